/*
 * The bad network of lab 5: what labs/5-udp/network.c decides, at times that are made up here, and
 * the program labs/5-udp/link.c, between sockets of ours. The environment says where it is: LINK.
 */
#include "datagrams.h"

#include "5-udp/network.h"

#define USAGE                                                                                      \
    "usage: link LISTEN-PORT HOST PORT [--loss PERCENT] [--duplicate PERCENT]\n"                   \
    "            [--reorder PERCENT] [--delay MILLISECONDS] [--seed N]\n"

enum { MS = 1000 * 1000 };

/* ---- what is decided, without sockets and without a clock ---- */

static void open_way(struct way *way, uint64_t seed, uint64_t number)
{
    struct sockaddr_in nowhere = {.sin_family = AF_INET};
    way_open(way, -1, &nowhere, seed, number);
}

static void take(struct network *network, struct way *way, const char *words, int64_t now)
{
    network_take(network, way, words, strlen(words), now);
}

/* The next that leaves at NOW has these words. */
static void assert_next(struct network *network, const char *words, int64_t now)
{
    struct datagram *next = network_next(network, now);
    assert_non_null(next);
    assert_int_equal(next->length, strlen(words));
    assert_memory_equal(next->bytes, words, next->length);
    network_sent(network, next, true);
}

static void assert_counts(const struct network *network, unsigned long passed, unsigned long lost,
                          unsigned long duplicated, unsigned long reordered, unsigned long delayed)
{
    assert_int_equal(network->passed, passed);
    assert_int_equal(network->lost, lost);
    assert_int_equal(network->duplicated, duplicated);
    assert_int_equal(network->reordered, reordered);
    assert_int_equal(network->delayed, delayed);
    assert_int_equal(network->waiting, 0);
    assert_null(network->first);
}

/* Sends COUNT datagrams into a network with this loss; '.' in FATES for each that passes, '-' for
   each that is lost. Returns how many are lost. */
static size_t watch(struct way *way, uint16_t loss, char *fates, size_t count)
{
    struct network network = {.loss = loss};
    for (size_t i = 0; i < count; i++) {
        network_take(&network, way, "x", 1, 0);
        struct datagram *next = network_next(&network, 0);
        fates[i] = next == NULL ? '-' : '.';
        if (next != NULL)
            network_sent(&network, next, true);
    }
    fates[count] = '\0';
    assert_int_equal(network.passed + network.lost, count);
    return network.lost;
}

static void test_a_good_network_passes_everything_at_once(void **state)
{
    struct network network = {0};
    struct way way;
    (void)state;
    open_way(&way, 1, 0);
    take(&network, &way, "one", 5);
    take(&network, &way, "", 5);
    take(&network, &way, "three", 5);
    assert_int_equal(network_wait(&network, 5), 0);
    assert_next(&network, "one", 5);
    assert_next(&network, "", 5);
    assert_next(&network, "three", 5);
    assert_null(network_next(&network, 5));
    assert_int_equal(network_wait(&network, 5), -1);
    assert_counts(&network, 3, 0, 0, 0, 0);
}

static void test_loss_loses_that_many(void **state)
{
    static char fates[10001];
    static char more[10001];
    struct way way;
    (void)state;
    open_way(&way, 1, 0);
    assert_int_equal(watch(&way, 0, fates, 1000), 0);
    assert_int_equal(watch(&way, 100, fates, 1000), 1000);
    for (uint64_t seed = 0; seed < 5; seed++) {
        open_way(&way, seed, 0);
        assert_in_range(watch(&way, 30, fates, 10000), 2800, 3200);
        open_way(&way, seed, 0);
        assert_in_range(watch(&way, 60, more, 10000), 5800, 6200);
        for (size_t i = 0; i < 10000; i++) /* those, and others besides */
            assert_true(more[i] == '-' || fates[i] == '.');
    }
}

/* Written down, for it must be the same on every machine. */
static void test_the_same_seed_has_the_same_fates(void **state)
{
    char fates[41];
    char others[41];
    struct way way;
    (void)state;
    open_way(&way, 7, 0);
    watch(&way, 50, fates, 40);
    assert_string_equal(fates, "--.-.-.--....---.--.-...-.-.----.--..-..");
    open_way(&way, 7, 1);
    watch(&way, 50, others, 40);
    assert_string_not_equal(fates, others);
    open_way(&way, 8, 0);
    watch(&way, 50, others, 40);
    assert_string_not_equal(fates, others);
}

/* What else the network does decides nothing about who is lost. */
static void test_the_fates_do_not_depend_on_other_settings(void **state)
{
    struct network network = {.loss = 50, .duplicate = 30, .reorder = 30, .delay_ms = 5};
    char fates[101];
    struct way way;
    struct way other;
    (void)state;
    open_way(&way, 3, 0);
    watch(&way, 50, fates, 100);
    open_way(&way, 3, 0);
    open_way(&other, 3, 1);
    for (int i = 0; i < 100; i++) {
        unsigned long lost = network.lost;
        take(&network, &way, "x", i);
        assert_int_equal(network.lost - lost, fates[i] == '-');
        take(&network, &other, "y", i);
    }
    network_drop(&network, NULL);
    assert_int_equal(network.lost, 200);
}

static void test_a_duplicate_comes_right_after(void **state)
{
    struct network network = {.duplicate = 100};
    struct way way;
    (void)state;
    open_way(&way, 1, 0);
    take(&network, &way, "one", 0);
    take(&network, &way, "two", 0);
    assert_next(&network, "one", 0);
    assert_next(&network, "one", 0);
    assert_next(&network, "two", 0);
    assert_next(&network, "two", 0);
    assert_counts(&network, 2, 0, 2, 0, 0);
}

static void test_the_held_one_is_overtaken_by_the_next(void **state)
{
    struct network network = {.reorder = 100};
    struct way way;
    struct way other;
    (void)state;
    open_way(&way, 1, 0);
    open_way(&other, 1, 1);
    take(&network, &way, "one", 0);
    assert_null(network_next(&network, 9 * MS));
    take(&network, &other, "not on this way", 9 * MS);
    assert_null(network_next(&network, 9 * MS));
    take(&network, &way, "two", 9 * MS);
    assert_next(&network, "two", 9 * MS);
    assert_next(&network, "one", 9 * MS);
    assert_null(network_next(&network, 9 * MS));
    assert_next(&network, "not on this way", 19 * MS);
    take(&network, &way, "three", 20 * MS);
    take(&network, &way, "four", 20 * MS);
    assert_next(&network, "four", 20 * MS);
    assert_next(&network, "three", 20 * MS);
    assert_counts(&network, 5, 0, 0, 2, 0);
}

static void test_nobody_is_held_for_ever(void **state)
{
    struct network network = {.reorder = 100};
    struct way way;
    (void)state;
    open_way(&way, 1, 0);
    take(&network, &way, "one", 0);
    assert_int_equal(network_wait(&network, 0), 10);
    assert_int_equal(network_wait(&network, 10 * MS - 1), 1);
    assert_null(network_next(&network, 10 * MS - 1));
    assert_int_equal(network_wait(&network, 10 * MS), 0);
    assert_next(&network, "one", 10 * MS);
    assert_counts(&network, 1, 0, 0, 0, 0);
}

static void test_a_delay_is_the_same_for_all(void **state)
{
    struct network network = {.delay_ms = 50};
    struct way way;
    (void)state;
    open_way(&way, 1, 0);
    take(&network, &way, "one", 0);
    take(&network, &way, "two", 20 * MS);
    assert_int_equal(network_wait(&network, 20 * MS), 30);
    assert_null(network_next(&network, 50 * MS - 1));
    assert_next(&network, "one", 50 * MS);
    assert_null(network_next(&network, 70 * MS - 1));
    assert_next(&network, "two", 70 * MS);
    assert_counts(&network, 2, 0, 0, 0, 2);
}

static void test_a_full_network_loses_whoever_comes(void **state)
{
    struct network network = {.delay_ms = 1};
    struct way way;
    (void)state;
    open_way(&way, 1, 0);
    for (int i = 0; i < NETWORK_WAITING_MOST + 3; i++)
        take(&network, &way, "x", 0);
    assert_int_equal(network.waiting, NETWORK_WAITING_MOST);
    assert_int_equal(network.lost, 3);
    for (int i = 0; i < NETWORK_WAITING_MOST; i++)
        assert_next(&network, "x", MS);
    assert_counts(&network, NETWORK_WAITING_MOST, 3, 0, 0, NETWORK_WAITING_MOST);
}

static void test_a_way_that_ends_takes_its_datagrams_along(void **state)
{
    struct network network = {.reorder = 100};
    struct way way;
    struct way other;
    (void)state;
    open_way(&way, 1, 0);
    open_way(&other, 1, 1);
    take(&network, &way, "gone", 0);
    take(&network, &other, "here", 0);
    network_drop(&network, &way);
    assert_null(way.held);
    assert_next(&network, "here", 10 * MS);
    assert_counts(&network, 1, 1, 0, 0, 0);
}

static void test_what_could_not_leave_is_lost(void **state)
{
    struct network network = {.duplicate = 100, .delay_ms = 1};
    struct way way;
    (void)state;
    open_way(&way, 1, 0);
    take(&network, &way, "one", 0);
    network_sent(&network, network_next(&network, MS), false);
    network_sent(&network, network_next(&network, MS), false);
    assert_counts(&network, 0, 1, 0, 0, 0);
}

/* ---- the command line ---- */

static void test_link_explains_itself(void **state)
{
    struct process run;
    (void)state;
    RUN(&run, "LINK", "--help");
    assert_memory_equal(run.said, USAGE, strlen(USAGE));
    assert_string_equal(run.complained, "");
    assert_int_equal(run.status, 0);
    RUN(&run, "LINK", "0", "--help", "--loss", "5");
    assert_memory_equal(run.said, USAGE, strlen(USAGE));
    assert_int_equal(run.status, 0);
}

static void test_link_wants_two_ports_and_a_host(void **state)
{
    static const char complaint[] =
        "link: three arguments are expected: port, host and port\n" USAGE;
    struct process run;
    (void)state;
    RUN(&run, "LINK", NULL);
    assert_wrong_usage(&run, complaint);
    RUN(&run, "LINK", "0", "localhost", "--loss", "5");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "LINK", "0", "localhost", "1", "2");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "LINK", "0x", "localhost", "1");
    assert_wrong_usage(&run, "link: \"0x\" is not a port (0 to 65535)\n" USAGE);
    RUN(&run, "LINK", "0", "localhost", "0");
    assert_wrong_usage(&run, "link: \"0\" is not a port (1 to 65535)\n" USAGE);
}

static void test_link_refuses_bad_options(void **state)
{
    static const char *const percents[] = {"loss", "duplicate", "reorder"};
    static const char *const bad[] = {"101", "-1", "5%", "", "x"};
    char option[40];
    char complaint[400];
    struct process run;
    (void)state;
    for (size_t i = 0; i < 15; i++) {
        snprintf(option, sizeof option, "--%s", percents[i / 5]);
        snprintf(complaint, sizeof complaint,
                 "link: %s \"%s\" is not a percentage (0 to 100)\n" USAGE, option, bad[i % 5]);
        RUN(&run, "LINK", "0", "localhost", "1", option, bad[i % 5]);
        assert_wrong_usage(&run, complaint);
    }
    RUN(&run, "LINK", "0", "localhost", "1", "--delay", "65536");
    assert_wrong_usage(&run, "link: --delay \"65536\" is not a number from 0 to 65535\n" USAGE);
    RUN(&run, "LINK", "0", "localhost", "1", "--seed", "one");
    assert_wrong_usage(&run, "link: --seed \"one\" is not a number from 0 to 65535\n" USAGE);
    RUN(&run, "LINK", "0", "localhost", "1", "--speed", "1");
    assert_wrong_usage(&run, "LINK: unrecognized option '--speed'\n" USAGE);
    RUN(&run, "LINK", "0", "localhost", "1", "-x");
    assert_wrong_usage(&run, "LINK: invalid option -- 'x'\n" USAGE);
    RUN(&run, "LINK", "0", "localhost", "1", "--loss");
    assert_wrong_usage(&run, "LINK: option '--loss' requires an argument\n" USAGE);
}

static void test_link_tells_what_the_system_refuses(void **state)
{
    char port[8];
    struct process run;
    int taken = take_udp_port(port, sizeof port);
    (void)state;
    RUN(&run, "LINK", port, "127.0.0.1", "1");
    close(taken);
    assert_string_equal(run.complained, "link: bind: Address already in use\n");
    assert_string_equal(run.said, "");
    assert_int_equal(run.status, 1);
    RUN(&run, "LINK", "0", "no-such-host.invalid", "1");
    assert_memory_equal(run.complained, "link: getaddrinfo: ", 19);
    assert_int_equal(run.status, 1);
}

/* ---- datagrams ---- */

/* A link, what stands behind it, and the port in front of it. */
struct between {
    struct process link;
    int server;
    char port[8];
};

static void put_between(struct between *between, const char *first, const char *second)
{
    char port[8];
    between->server = take_udp_port(port, sizeof port);
    START(&between->link, "LINK", "0", "127.0.0.1", port, first, second);
    hear_port(&between->link, between->port, sizeof between->port);
}

/* Ends the link, whose closing line must be this one. */
static void expect_sum(struct between *between, const char *line)
{
    end(&between->link);
    close(between->server);
    assert_string_equal(between->link.said, line);
    assert_string_equal(between->link.complained, "");
    assert_int_equal(between->link.status, 0);
}

static void test_link_passes_datagrams_there_and_back(void **state)
{
    static char largest[65507];
    static char got[sizeof largest];
    struct between between;
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    (void)state;
    put_between(&between, NULL, NULL);
    int client = reach(between.port);
    send_words(client, "");
    expect_from(between.server, "", &from);
    send_words_to(between.server, "", &from);
    expect_words(client, "");
    for (size_t i = 0; i < sizeof largest; i++)
        largest[i] = (char)(i * 7);
    assert_int_equal(send(client, largest, sizeof largest, 0), sizeof largest);
    assert_int_equal(
        recvfrom(between.server, got, sizeof got, MSG_TRUNC, (struct sockaddr *)&from, &length),
        sizeof largest);
    assert_memory_equal(got, largest, sizeof largest);
    send_words_to(between.server, "much", &from);
    expect_words(client, "much");
    close(client);
    expect_sum(&between, "passed 4, lost 0, duplicated 0, reordered 0, delayed 0\n");
}

/* What the first client's datagrams meet is known beforehand: the same dice fall here. So the test
   ends with one that passes, and waits for nothing that does not come. */
static void test_link_loses_what_its_seed_says(void **state)
{
    char fates[41];
    char words[12];
    char sum[100];
    struct way way;
    struct between between;
    int count = 40;
    int passed = 0;
    (void)state;
    open_way(&way, 7, 0);
    watch(&way, 60, fates, (size_t)count);
    while (fates[count - 1] == '-')
        count--;
    put_between(&between, "--loss=60", "--seed=7");
    int client = reach(between.port);
    for (int i = 0; i < count; i++) {
        snprintf(words, sizeof words, "%d", i);
        send_words(client, words);
    }
    for (int i = 0; i < count; i++) {
        snprintf(words, sizeof words, "%d", i);
        if (fates[i] == '.') {
            expect_words(between.server, words);
            passed++;
        }
    }
    expect_nothing_more(between.server);
    close(client);
    snprintf(sum, sizeof sum, "passed %d, lost %d, duplicated 0, reordered 0, delayed 0\n", passed,
             count - passed);
    expect_sum(&between, sum);
}

static void test_link_that_loses_all_passes_nothing(void **state)
{
    struct between between;
    (void)state;
    put_between(&between, "--loss=0", "--loss=100"); /* the last one counts */
    int client = reach(between.port);
    for (int i = 0; i < 40; i++)
        send_words(client, "x");
    end(&between.link);
    expect_nothing_more(between.server);
    close(between.server);
    close(client);
    assert_memory_equal(between.link.said, "passed 0, lost ", 15);
    assert_int_equal(between.link.status, 0);
}

static void test_link_duplicates_in_both_directions(void **state)
{
    struct between between;
    struct sockaddr_in from;
    (void)state;
    put_between(&between, "--duplicate=100", NULL);
    int client = reach(between.port);
    send_words(client, "one");
    expect_words(between.server, "one");
    expect_from(between.server, "one", &from);
    send_words_to(between.server, "two", &from);
    expect_words(client, "two");
    expect_words(client, "two");
    expect_nothing_more(between.server);
    expect_nothing_more(client);
    close(client);
    expect_sum(&between, "passed 2, lost 0, duplicated 2, reordered 0, delayed 0\n");
}

static void test_link_passes_what_it_holds_and_what_it_delays(void **state)
{
    struct between between;
    (void)state;
    put_between(&between, "--reorder=100", "--delay=20");
    int client = reach(between.port);
    send_words(client, "alone");
    expect_words(between.server, "alone");
    close(client);
    expect_sum(&between, "passed 1, lost 0, duplicated 0, reordered 0, delayed 1\n");
}

static void test_link_knows_who_has_asked(void **state)
{
    struct between between;
    struct sockaddr_in from[2];
    (void)state;
    put_between(&between, NULL, NULL);
    int one = reach(between.port);
    int two = reach(between.port);
    send_words(one, "one");
    expect_from(between.server, "one", &from[0]);
    send_words(two, "two");
    expect_from(between.server, "two", &from[1]);
    assert_int_not_equal(from[0].sin_port, from[1].sin_port);
    send_words_to(between.server, "for two", &from[1]);
    send_words_to(between.server, "for one", &from[0]);
    expect_words(one, "for one");
    expect_words(two, "for two");
    expect_nothing_more(one);
    expect_nothing_more(two);
    send_words(one, "again");
    struct sockaddr_in again;
    expect_from(between.server, "again", &again);
    assert_int_equal(again.sin_port, from[0].sin_port);
    close(one);
    close(two);
    expect_sum(&between, "passed 5, lost 0, duplicated 0, reordered 0, delayed 0\n");
}

/* A stranger who sends to the socket of a client's, instead of the server, is not let through. */
static void test_link_takes_answers_from_the_server_only(void **state)
{
    char port[8];
    struct between between;
    struct sockaddr_in from;
    (void)state;
    put_between(&between, NULL, NULL);
    int client = reach(between.port);
    int stranger = take_udp_port(port, sizeof port);
    send_words(client, "question");
    expect_from(between.server, "question", &from);
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    send_words_to(stranger, "wrong", &from);
    send_words_to(between.server, "right", &from);
    expect_words(client, "right");
    expect_nothing_more(client);
    close(client);
    close(stranger);
    expect_sum(&between, "passed 2, lost 0, duplicated 0, reordered 0, delayed 0\n");
}

/* 256 clients fit; the 257th takes the place of the first, who gets a new one when it asks. */
static void test_link_makes_room_for_one_more_client(void **state)
{
    enum { CLIENTS = 257 };
    int clients[CLIENTS];
    struct between between;
    struct sockaddr_in from;
    (void)state;
    put_between(&between, NULL, NULL);
    for (int i = 0; i <= CLIENTS; i++) {
        if (i < CLIENTS)
            clients[i] = reach(between.port);
        send_words(clients[i % CLIENTS], "question");
        expect_from(between.server, "question", &from);
        send_words_to(between.server, "answer", &from);
        expect_words(clients[i % CLIENTS], "answer");
    }
    for (int i = 0; i < CLIENTS; i++)
        close(clients[i]);
    expect_sum(&between, "passed 516, lost 0, duplicated 0, reordered 0, delayed 0\n");
}

/* The refusal reaches nobody, and later datagrams still find a server that has come back. It is
   away while its socket takes datagrams from itself only. */
static void test_link_outlives_a_server_that_is_away(void **state)
{
    struct between between;
    struct sockaddr_in from;
    struct sockaddr_in self;
    socklen_t length = sizeof self;
    char words[10] = "lost";
    (void)state;
    put_between(&between, NULL, NULL);
    int client = reach(between.port);
    send_words(client, "first");
    expect_from(between.server, "first", &from);
    assert_int_equal(getsockname(between.server, (struct sockaddr *)&self, &length), 0);
    assert_int_equal(connect(between.server, (struct sockaddr *)&self, sizeof self), 0);
    for (int i = 0; i < 5; i++)
        send_words(client, "lost");
    assert_int_equal(connect(between.server, (struct sockaddr *)&from, sizeof from), 0);
    send_words(client, "found");
    while (strcmp(words, "lost") == 0) { /* some may have been under way so long */
        ssize_t got = recv(between.server, words, sizeof words - 1, 0);
        assert_true(got > 0);
        words[got] = '\0';
    }
    assert_string_equal(words, "found");
    close(client);
    kill(between.link.pid, SIGINT); /* the person's Ctrl-C */
    expect_sum(&between, "passed 7, lost 0, duplicated 0, reordered 0, delayed 0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_network_passes_everything_at_once),
        cmocka_unit_test(test_loss_loses_that_many),
        cmocka_unit_test(test_the_same_seed_has_the_same_fates),
        cmocka_unit_test(test_the_fates_do_not_depend_on_other_settings),
        cmocka_unit_test(test_a_duplicate_comes_right_after),
        cmocka_unit_test(test_the_held_one_is_overtaken_by_the_next),
        cmocka_unit_test(test_nobody_is_held_for_ever),
        cmocka_unit_test(test_a_delay_is_the_same_for_all),
        cmocka_unit_test(test_a_full_network_loses_whoever_comes),
        cmocka_unit_test(test_a_way_that_ends_takes_its_datagrams_along),
        cmocka_unit_test(test_what_could_not_leave_is_lost),
        cmocka_unit_test(test_link_explains_itself),
        cmocka_unit_test(test_link_wants_two_ports_and_a_host),
        cmocka_unit_test(test_link_refuses_bad_options),
        cmocka_unit_test(test_link_tells_what_the_system_refuses),
        cmocka_unit_test(test_link_passes_datagrams_there_and_back),
        cmocka_unit_test(test_link_loses_what_its_seed_says),
        cmocka_unit_test(test_link_that_loses_all_passes_nothing),
        cmocka_unit_test(test_link_duplicates_in_both_directions),
        cmocka_unit_test(test_link_passes_what_it_holds_and_what_it_delays),
        cmocka_unit_test(test_link_knows_who_has_asked),
        cmocka_unit_test(test_link_takes_answers_from_the_server_only),
        cmocka_unit_test(test_link_makes_room_for_one_more_client),
        cmocka_unit_test(test_link_outlives_a_server_that_is_away),
    };
    alarm(DEADLINE);
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
