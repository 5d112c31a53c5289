/* The client: how long it waits for an answer. */
#include "grader/base/settings.h"
#include "grader/observe/procfs.h"
#include "lab-5/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVERY_MS = 10,
    LIMIT_MS = 2500,
    LATE_MS = 50, /* a wait may end so much later */
    ATTEMPTS = 3  /* the clock of a busy machine is not to be trusted */
};

/* What the test does while the client waits for its answer. */
struct bother {
    struct program *client;
    struct peer *server;
    struct peer *stranger; /* sends rubbish; NULL: the client is stopped and continued */
    uint16_t port;
    uint64_t last;
    uint64_t until;
    bool interrupts; /* its calls also fail with EINTR */
    bool asked_again;
};

static bool bother(void *argument)
{
    struct bother *bother = argument;
    while (!bother->asked_again && datagram_take(bother->server, &got)) /* not "1 before", late */
        bother->asked_again = strcmp(got.bytes, "2 hello") == 0;
    if (bother->asked_again || stage_now() > bother->until || bother->client->ended)
        return true;
    if (stage_now() < bother->last + EVERY_MS * MS)
        return false;
    bother->last = stage_now();
    if (bother->stranger != NULL) {
        datagram_send(bother->stranger, bother->port, "1 rubbish", 9);
        datagram_send(bother->server, bother->port, "0 rubbish", 9);
        return false;
    }
    program_pause(bother->client);
    program_resume(bother->client);
    if (!bother->interrupts)
        return false;
    /* The datagram wakes the client up, and its next calls are interrupted. */
    fault_error(bother->client, GROUP_RECEIVING, EINTR, 1, 0);
    fault_error(bother->client, GROUP_WAITING, EINTR, 1, 0);
    datagram_send(bother->server, bother->port, "0 rubbish", 9);
    return false;
}

/* A program that uses alarm(2) as its timer may take any EINTR for the alarm. */
static bool has_an_alarm(const struct program *program)
{
    size_t count;
    bool found = false;
    struct step *steps = trace_steps(program, &count);
    for (size_t i = 0; i < count; i++) {
        const struct probe_event *event = &steps[i].event;
        found = found || ((event->call == CALL_SIGACTION || event->call == CALL_SIGNAL) &&
                          event->signal == SIGALRM);
    }
    free(steps);
    return found;
}

/* Returns by how many milliseconds a wait that may last MOST was too long, when it lasted PASSED
   and the client had no processor for DELAYED seconds of it; 0 if it was not. */
static long too_late(long passed, long most, double delayed)
{
    double late = (double)(passed - most) - LATE_MS * settings.patience - delayed * 1000;
    return late > 0 ? (long)late : 0;
}

/* The client asks with -w WAIT. The test bothers it until it asks again, and then answers. WHAT
   says how it bothers it. Returns how long the client waited, in milliseconds; *TOO_LONG gets
   whether that was too long. */
static long bother_until_second_try(bool rubbish, const char *wait, const char *what,
                                    bool *too_long)
{
    struct peer *server = datagram_open("The server");
    struct peer *stranger = rubbish ? datagram_open("A stranger") : NULL;
    struct program *client = start_client(server, MANY, wait);
    ask_and_answer(client, server, 1, "before");
    bool interrupts = !rubbish && !has_an_alarm(client); /* before the wait: it takes a moment */
    type_line(client, "hello");
    expect_question(client, server, "2 hello");
    struct bother bothering = {.client = client,
                               .server = server,
                               .stranger = stranger,
                               .port = got.from,
                               .interrupts = interrupts,
                               .until =
                                   stage_now() + (uint64_t)(LIMIT_MS * settings.patience) * MS};
    uint64_t begun = got.time;
    double delayed = procfs_delayed_seconds_of(client->pid);
    datagram_lose(server, &got);
    server->wants = POLLIN;
    stage_wait(server, bother, &bothering);
    server->wants = 0;
    fault_off(client, GROUP_RECEIVING);
    fault_off(client, GROUP_WAITING);
    dialogue_did("With -w %s the client sent \"2 hello\", and it was lost; %s.", wait, _(what));
    if (!bothering.asked_again && client->ended)
        fail_dialogue(EXPECT_DATAGRAM, client, server,
                      "The client should have waited until its time-out, and then sent it again.");
    if (!bothering.asked_again)
        fail_because(EXPECT_DATAGRAM,
                     "With -w %s the client sent \"2 hello\", and it was lost; %s. The client "
                     "should have sent it again after %s ms. It had not after %d ms. Does its wait "
                     "start again each time?",
                     wait, _(what), wait, LIMIT_MS);
    long waited = (long)((got.time - begun) / MS);
    if (waited < shortest_wait(strtol(wait, NULL, 10)))
        fail_because(EXPECT_TIME,
                     "With -w %s the client sent \"2 hello\", and it was lost; %s. The client "
                     "should have sent it again after %s ms. It sent it after %ld ms already: "
                     "nothing but the answer ends a wait early.",
                     wait, _(what), wait, waited);
    delayed = procfs_delayed_seconds_of(client->pid) - delayed;
    *too_long = too_late(waited, strtol(wait, NULL, 10), delayed) > 0;
    send_back(server);
    expect_answer_shown(client, "hello");
    end_client(client);
    return waited;
}

SCENARIO(rubbish, 2, "client: waits no longer when rubbish arrives",
         "Compute the deadline before the wait begins. What arrives during the wait must not "
         "change it.",
         "How long to wait")
{
    long waited = 0;
    bool too_long = true;
    for (int attempt = 0; attempt < ATTEMPTS && too_long; attempt++)
        waited = bother_until_second_try(true, "150",
                                         "then rubbish arrived all the time, from the server and "
                                         "from a stranger",
                                         &too_long);
    if (too_long)
        fail_because(
            EXPECT_TIME,
            "With -w 150 the client asked \"2 hello\", which was lost. Then rubbish arrived "
            "all the time. The client should have asked again after 150 ms. It asked "
            "again after %ld ms.",
            waited);
}

SLOW(wait_interrupted, 1, "client: continues its wait after EINTR",
     "After EINTR, wait for the remaining time. Do not send, and do not give up.",
     "How long to wait")
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask_and_answer(client, server, 1, "before");
    if (!has_an_alarm(client)) {
        fault_error(client, GROUP_RECEIVING, EINTR, 1, 0);
        fault_error(client, GROUP_WAITING, EINTR, 1, 0);
    }
    type_line(client, "hello");
    expect_question(client, server, "2 hello");
    program_settle(client);
    /* This interrupts calls with SO_RCVTIMEO, and some others: signal(7). */
    program_pause(client);
    program_resume(client);
    uint16_t port = got.from;
    expect_no_effect(client, server,
                     "With -w " LONG " the client sent \"2 hello\", and a signal interrupted its "
                     "wait (EINTR).");
    datagram_send(server, port, "2 hello", 7);
    dialogue_did("The client sent \"2 hello\", a signal interrupted its wait (EINTR), and then the "
                 "answer arrived.");
    expect_answer_shown(client, "hello");
    end_client(client);
    bool too_long; /* it was stopped at times */
    bother_until_second_try(false, "150",
                            "then the test stopped and continued the client (SIGSTOP, SIGCONT), "
                            "again and again",
                            &too_long);
}

/* The client must sleep until its answer arrives, but not forever. */
static void expect_limited_sleep(void)
{
    enum { LOOK_MS = 150 };
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    datagram_lose(server, &got);
    dialogue_did("With -w " LONG " the client sent \"1 hello\", and it was lost.");
    if (keeps_busy(client, LOOK_MS))
        fail_dialogue(EXPECT_TIME, client, server,
                      "The client should have slept until the answer or its time-out, but it was "
                      "in a busy loop.");
    if (stage.last == STALLED)
        fail_dialogue(EXPECT_TIME, client, server,
                      "The client should have waited for 20 seconds, and then sent it again. But "
                      "it waits without a time-out.");
    program_terminate(client);
}

/* The waits with -w 60: three after the first question, one after the second. */
enum { GAPS = 4, WAIT_MS = 60 };

/* Returns the time from the last datagram to the next one, in milliseconds. */
static long next_gap(struct program *client, struct peer *server)
{
    uint64_t last = got.time;
    datagram_lose(server, &got);
    receive_question(client, server);
    return (long)((got.time - last) / MS);
}

/* Measures the waits. Returns false if one is clearly too short or too long. On a busy machine the
   client may not get to run, which is not its fault: so the caller tries again, unless a wait is
   *FAR too long. */
static bool gaps_are_right(long gaps[GAPS], bool *far)
{
    enum { FAR_MS = 500 };
    static const long most[GAPS] = {WAIT_MS, 2L * WAIT_MS, 4L * WAIT_MS, WAIT_MS};
    struct peer *server = datagram_open("The server");
    struct program *client =
        start_client(server, "10000", "60"); /* so that a client that never waits still runs */
    bool right = true;
    for (int i = 0; i < GAPS; i++) {
        if (i == 0 || i == GAPS - 1) {
            type_line(client, i == 0 ? "hello" : "again");
            expect_question(client, server, i == 0 ? "1 hello" : "2 again");
        }
        double delayed = procfs_delayed_seconds_of(client->pid);
        gaps[i] = next_gap(client, server);
        delayed = procfs_delayed_seconds_of(client->pid) - delayed;
        long late = too_late(gaps[i], most[i], delayed);
        right = right && gaps[i] >= shortest_wait(WAIT_MS) && late == 0;
        *far = *far || late > FAR_MS;
        if (i < GAPS - 2)
            continue;
        send_back(server);
        expect_answer_shown(client, i < GAPS - 1 ? "hello" : "again");
    }
    end_client(client);
    return right;
}

SLOW(pauses, 1, "client: waits the given time after each try",
     "-w is in milliseconds, as poll needs it. A timeval has microseconds, and select may change "
     "it.",
     "How long to wait")
{
    long gaps[GAPS];
    bool far = false;
    expect_limited_sleep();
    for (int attempt = 0; attempt < ATTEMPTS && !far; attempt++)
        if (gaps_are_right(gaps, &far))
            return;
    fail_because(EXPECT_TIME,
                 "The test ran `client -w 60`. The server did not answer the first three tries of "
                 "the first question, and the first try of the second. For each question, the "
                 "client should have waited 60 ms after the first try. Each later wait should have "
                 "been as long as the one before, or up to twice as long. The waits were %ld, %ld "
                 "and %ld ms for the first question, and %ld ms for the second.",
                 gaps[0], gaps[1], gaps[2], gaps[3]);
}

SLOW(long_wait, 1, "client: waits longer than a second if it is told to",
     "A struct timespec has two parts: compare tv_sec as well as tv_nsec. One second has "
     "1,000,000,000 ns.",
     "How long to wait")
{
    enum { FAR_MS = 500 };
    static const char wait[] = "1010"; /* a second ends on the way, on every clock */
    long waited = 0;
    long late = 1;
    for (int attempt = 0; attempt < ATTEMPTS && late > 0 && late <= FAR_MS; attempt++) {
        struct peer *server = datagram_open("The server");
        struct program *client = start_client(server, MANY, wait);
        type_line(client, "hello");
        expect_question(client, server, "1 hello");
        double delayed = procfs_delayed_seconds_of(client->pid);
        waited = next_gap(client, server);
        delayed = procfs_delayed_seconds_of(client->pid) - delayed;
        late = too_late(waited, strtol(wait, NULL, 10), delayed);
        send_back(server);
        expect_answer_shown(client, "hello");
        end_client(client);
    }
    if (late > 0 || waited < shortest_wait(strtol(wait, NULL, 10)))
        fail_because(EXPECT_TIME,
                     "With -w %s the client sent \"1 hello\", and it was lost. The client should "
                     "have sent it again after %s ms. It sent it after %ld ms.",
                     wait, wait, waited);
}
