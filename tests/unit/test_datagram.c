/* Peers that talk in datagrams, and what is told of them: grader/play/datagram.h,
 * grader/explain/causes/datagrams.c.
 */
#include "fixture.h"

#include "grader/expect/datagrams.h"
#include "grader/expect/echo.h"
#include "grader/play/datagram.h"
#include "grader/run/run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct datagram got;

/* ---- two peers ---- */

static void test_datagrams_keep_their_boundaries_and_senders(void **state)
{
    (void)state;
    struct peer *first = datagram_open("the first");
    struct peer *second = datagram_open("the second");
    struct peer *third = datagram_open("the third");
    assert_false(datagram_take(third, &got));
    datagram_send(first, third->port, "abc", 3);
    datagram_send(second, third->port, "", 0);
    datagram_send(first, third->port, "de", 2);
    assert_true(datagram_receive(third, &got));
    assert_int_equal(got.length, 3);
    assert_string_equal(got.bytes, "abc");
    assert_int_equal(got.from, first->port);
    assert_true(datagram_receive(third, &got));
    assert_int_equal(got.length, 0);
    assert_int_equal(got.from, second->port);
    assert_true(datagram_take(third, &got));
    assert_string_equal(got.bytes, "de");
    assert_false(datagram_receive(third, &got));
    assert_int_equal(stage.last, STALLED);
    assert_int_equal(first->sent, 5);
    assert_int_equal(third->received, 5);
}

static void test_the_largest_datagram_arrives(void **state)
{
    (void)state;
    static char bytes[DATAGRAM_MOST];
    struct peer *first = datagram_open("the first");
    struct peer *second = datagram_open("the second");
    fill_bytes(bytes, sizeof bytes);
    datagram_send(first, second->port, bytes, sizeof bytes);
    assert_true(datagram_receive(second, &got));
    assert_int_equal(got.length, DATAGRAM_MOST);
    assert_memory_equal(got.bytes, bytes, DATAGRAM_MOST);
}

static bool never(void *argument)
{
    (void)argument;
    return false;
}

/* However late the test looks. */
static void test_a_datagram_has_the_time_of_its_arrival(void **state)
{
    (void)state;
    struct peer *first = datagram_open("the first");
    struct peer *second = datagram_open("the second");
    uint64_t before = stage_now();
    datagram_send(first, second->port, "abc", 3);
    uint64_t after = stage_now();
    stage_settle(NULL, never, NULL);
    uint64_t look = stage_now();
    assert_true(datagram_take(second, &got));
    /* Two clocks are compared; they do not run exactly alike. */
    assert_in_range(got.time, before - 1000000, after + 1000000);
    assert_true(look - got.time > 10000000);
}

static void test_a_port_that_is_taken_is_told(void **state)
{
    (void)state;
    struct peer *first = datagram_open("the first");
    assert_false(datagram_port_free(first->port));
    assert_null(datagram_open_at("the second", "127.0.0.1", first->port));
    assert_non_null(datagram_open_at("the neighbour", "127.0.0.2", first->port));
    assert_in_range(datagram_free_port(), 10000, 29999);
}

static void test_who_has_left_is_not_there_and_keeps_its_port(void **state)
{
    (void)state;
    char byte;
    struct peer *here = datagram_open("the one here");
    struct peer *away = datagram_open("the one away");
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_storage to;
    socklen_t size = sizeof to;
    assert_int_equal(getsockname(away->fd, (struct sockaddr *)&to, &size), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, size), 0);
    datagram_leave(away);
    assert_int_equal(send(fd, "a", 1, 0), 1);
    assert_int_equal(recv(fd, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNREFUSED);
    assert_false(datagram_port_free(away->port));
    datagram_return(away);
    assert_false(datagram_take(away, &got));
    datagram_send(here, away->port, "b", 1);
    assert_true(datagram_receive(away, &got));
    assert_string_equal(got.bytes, "b");
    close(fd);
}

/* ---- a peer and a program: what is told when all is not well ---- */

/* A server like BEHAVIOUR gets LENGTH bytes, which should come back. */
static void ask_server(const char *behaviour, const char *bytes, size_t length)
{
    cast(behaviour);
    struct program *server = start_datagram_server();
    expect_answer(server, datagram_open("The client"), bytes, length);
}

static void answers(void)
{
    ask_server("answers", "abcdef", 6);
    expect_answer(stage.programs[0], stage.peers[0], "", 0);
}

static void answers_more(void)
{
    ask_server("answers-more", "abcdef", 6);
}

static void answers_eight_bytes(void)
{
    ask_server("answers-eight-bytes", "abcdefghij", 10);
}

static void answers_nothing(void)
{
    ask_server("answers-nothing", "abcdef", 6);
}

static void ends_on_nothing(void)
{
    ask_server("ends-on-nothing", "", 0);
}

static void uses_tcp(void)
{
    ask_server("echoes", "abcdef", 6);
}

static void never_binds(void)
{
    ask_server("waits", "abcdef", 6);
}

static void answers_the_first(void)
{
    ask_server("answers-the-first", "abc", 3);
    struct peer *second = datagram_open("The second client");
    expect_answer(stage.programs[0], second, "defg", 4);
}

static void answers_at_one_address(void)
{
    cast("answers-at-one-address");
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    datagram_send_to(client, "127.0.0.2", server->port, "abc", 3);
    expect_datagram(client, "abc", 3, "The client sent 3 bytes.");
}

/* A client like BEHAVIOUR asks, WANTED times, and gets no answer. */
static void lose(const char *behaviour, int wanted)
{
    char port[8];
    cast(behaviour);
    struct peer *server = datagram_open("The server");
    snprintf(port, sizeof port, "%u", server->port);
    program_start("client", port, NULL);
    for (int i = 0; i < wanted; i++) {
        if (!datagram_receive(server, &got))
            fail_because(EXPECT_OTHER, "%d came", i);
        datagram_lose(server, &got);
    }
}

static void asks_once(void)
{
    lose("asks-once", 2);
}

static void asks_again(void)
{
    lose("asks-again", 4);
    fail_because(EXPECT_OTHER, "all came");
}

static void waits_again(void)
{
    lose("waits-again", 2);
}

static const struct {
    const struct scenario *scenario;
    const char *story;
    const char *cause;
    const char *row; /* of the ladder */
} cases[] = {
    {ENTRY(answers, 1, "", "", ""), "", "", ""},
    {ENTRY(answers_more, 1, "", "", ""),
     "A datagram of 6 bytes should have come back. The one that came has 11 ",
     "6 bytes were received and 11 sent", "sendto(3, 11) = 11 →"},
    {ENTRY(answers_eight_bytes, 1, "", "", ""), "The one that came has 8 ",
     "recvfrom had room for 8 bytes", "] \"abcdefghij\" "},
    {ENTRY(answers_nothing, 1, "", "", ""),
     "None came: the server is blocked, and no datagram is on its way.",
     "A datagram of 6 bytes was received, acts.c:", "recv(3, 4096) = 6 "},
    {ENTRY(ends_on_nothing, 1, "", "", ""), "None came: the server has ended, exit status 0.",
     "With datagrams that is no end of file", "recv(3, 4096) = 0 "},
    {ENTRY(uses_tcp, 1, "", "", ""), "None came", "SOCK_STREAM, acts.c:", "accept(3) "},
    {ENTRY(never_binds, 1, "", "", ""), "never listened", "bind(2) was never called", ""},
    {ENTRY(answers_the_first, 1, "", "", ""), "But the client, on port ",
     "and its answer went to port ", "sendto(3, 4) = 4 →"},
    {ENTRY(answers_at_one_address, 1, "", "", ""), "None came",
     "127.0.0.1 alone, acts.c:", "] \"abc\" "},
    {ENTRY(asks_once, 1, "", "", ""), "1 came", "The client waits in poll, acts.c:", "▶ lost"},
    {ENTRY(asks_again, 1, "", "", ""), "all came", "", "▶ lost"},
    {ENTRY(waits_again, 1, "", "", ""), "1 came",
     "poll ended 4 times because its time was over, acts.c:", "▶ lost"},
};
enum { COUNT = sizeof cases / sizeof cases[0] };

static struct result *results;

static bool is_everything(const struct scenario *scenario, void *argument)
{
    (void)argument;
    return scenario->run != NULL;
}

static void ignore(size_t index, void *argument)
{
    (void)index;
    (void)argument;
}

static int run_all(void **state)
{
    (void)state;
    static const struct scenario *scenarios[COUNT];
    const struct lab lab = {.name = "5-datagram", .scenarios = scenarios, .count = COUNT};
    for (size_t i = 0; i < COUNT; i++)
        scenarios[i] = cases[i].scenario;
    read_settings();
    results = run_results(COUNT);
    return results != NULL && run_scenarios(&lab, results, 4, is_everything, ignore, NULL) ? 0 : -1;
}

static void test_what_went_wrong_is_told(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const struct result *result = &results[i];
        if (result->status == (cases[i].story[0] == '\0' ? PASSED : FAILED) &&
            strstr(result->story, cases[i].story) != NULL &&
            strstr(result->cause, cases[i].cause) != NULL &&
            strstr(result->ladder, cases[i].row) != NULL)
            continue;
        print_error("%s: status %d\n%s\n%s\n%s\n", cases[i].scenario->id, (int)result->status,
                    result->story, result->ladder, result->cause);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_datagrams_keep_their_boundaries_and_senders),
        ON_STAGE(test_the_largest_datagram_arrives),
        ON_STAGE(test_a_datagram_has_the_time_of_its_arrival),
        ON_STAGE(test_a_port_that_is_taken_is_told),
        ON_STAGE(test_who_has_left_is_not_there_and_keeps_its_port),
        cmocka_unit_test(test_what_went_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, run_all, NULL);
}
