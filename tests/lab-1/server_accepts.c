/* The server: accept fails. */
#include "grader/base/settings.h"
#include "grader/expect/complaint.h"
#include "grader/observe/procfs.h"
#include "lab-1/common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first calls of accept fail with ERROR. Expects the server to go on after that. */
static void accept_fails_with(int error, const char *why)
{
    enum { MANY_TIMES = 12 }; /* to catch a server that gives up after a number of errors */
    fault_at_start(GROUP_ACCEPTING, error, 0, 1, 0);
    struct program *server = start_server();
    expect_service(server, why);
    trust_fault(server, GROUP_ACCEPTING, "make fail");
    expect_no_pause(server, error);
    fault_error(server, GROUP_ACCEPTING, error, MANY_TIMES, 0);
    expect_service(server, why);
    expect_service(server, why);
    expect_no_session_too_many(server, why);
}

SCENARIO(accept_interrupted, 1, "server: retries accept after EINTR",
         "EINTR from accept is no reason to end: call accept again.", "When accept fails")
{
    accept_fails_with(EINTR, "After accept failed with EINTR");
}

SCENARIO(accept_aborted, 1, "server: retries accept after ECONNABORTED",
         "ECONNABORTED means that one client has gone. Accept the next one.", "When accept fails")
{
    accept_fails_with(ECONNABORTED, "After accept failed with ECONNABORTED");
}

/* A client that waits during a shortage may be served late or lose its connection: tcp.h. */
static void let_one_go(struct program *server)
{
    size_t extra;
    struct peer *client = connect_client(server, "A client that may lose its connection");
    peer_half_close(client);
    peer_receive_end(client, &extra);
    peer_close(client);
}

/* accept of SERVER has failed with ERROR. Expects the server to have reported that. */
static void expect_accept_complaint(struct program *server, int error)
{
    program_look(server);
    if (!has_words(&server->complained, strerror(error)))
        fail_because(EXPECT_COMPLAINT,
                     "accept failed with %s. The server should have printed on standard error: "
                     "\"accept: %s\".",
                     strerrorname_np(error), strerror(error));
    expect_complained_of(server, "accept", strerror(error));
}

/* accept of SERVER has failed with ERROR, twice or more. Expects a pause of 10 ms at least once. */
static void expect_paused(const struct program *server, int error)
{
    struct retries retries = trace_retries(server, GROUP_ACCEPTING, error);
    trust_next_accept(server, error);
    if (retries.paused > 0 || (retries.at_once == 0 && retries.brief == 0))
        return;
    fail_because(EXPECT_TIME,
                 "accept failed with %s. The server should have paused for 10 to 1000 ms before it "
                 "called accept again. It called accept again %s.",
                 strerrorname_np(error), _(retries.at_once > 0 ? "at once" : "too soon"));
}

/* accept has failed twice with ERROR since BEGUN (stage_now()), and then a client has been served.
   Expects two pauses of 1000 ms at most. DELAYED: procfs_delayed_seconds() at BEGUN. */
static void expect_short_pauses(int error, uint64_t begun, double delayed)
{
    enum { LONGEST_PAUSES = 3 }; /* the third second is for a busy machine */
    double waited = (double)(stage_now() - begun) / 1e9;
    if (waited > (LONGEST_PAUSES + procfs_delayed_seconds() - delayed) * settings.patience)
        fail_because(EXPECT_TIME,
                     "accept failed with %s, twice. The server should have paused for 10 to 1000 "
                     "ms each time. The next client was served only after %.1f seconds.",
                     strerrorname_np(error), waited);
}

/* Each of these errors goes away: here, when accept is called again. */
SCENARIO(shortages, 1, "server: retries accept after ENFILE, ENOBUFS and ENOMEM",
         "ENFILE, ENOBUFS and ENOMEM go away, like EMFILE. Complain, pause for a moment, and call "
         "accept again.",
         "When accept fails")
{
    static const int errors[] = {ENFILE, ENOBUFS, ENOMEM};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char why[64];
        snprintf(why, sizeof why, _("After accept failed with %s"), strerrorname_np(errors[i]));
        fault_at_start(GROUP_ACCEPTING, errors[i], 0, 2, 0);
        struct program *server = start_server();
        uint64_t begun = stage_now();
        double delayed = procfs_delayed_seconds();
        let_one_go(server);
        expect_service(server, why);
        expect_short_pauses(errors[i], begun, delayed);
        trust_fault(server, GROUP_ACCEPTING, "make fail");
        expect_accept_complaint(server, errors[i]);
        expect_paused(server, errors[i]);
        program_terminate(server);
    }
}

/* Returns the descriptor of the connection that the server accepted last, or -1. */
static int last_accepted(const struct program *server)
{
    int fd = -1;
    size_t count;
    struct step *steps = trace_steps(server, &count);
    for (size_t i = 0; i < count; i++)
        if (trace_group(&steps[i].event) == GROUP_ACCEPTING && steps[i].event.result >= 0)
            fd = (int)steps[i].event.result;
    free(steps);
    return fd;
}

/* Returns the lowest number that is not an open descriptor of PID, or is CONN. */
static int lowest_free(pid_t pid, int conn)
{
    for (int fd = 0; fd < 1000; fd++)
        if (fd == conn || !procfs_has_descriptor(pid, fd))
            return fd;
    return -1;
}

/* tcp.h allows one second. Even on a busy machine it does not become more than this. */
static const uint64_t TOO_LONG_NS = 4000000000;

struct refusal {
    struct program *server;
    struct peer *client;
};

static bool has_failed_often(void *argument)
{
    const struct refusal *refusal = argument;
    char byte;
    struct retries retries = trace_retries(refusal->server, GROUP_ACCEPTING, EMFILE);
    return retries_tell(&retries) || retries.longest > TOO_LONG_NS || refusal->server->ended ||
           peer_peek(refusal->client, &byte) != -1;
}

/* accept of SERVER has failed with EMFILE again and again since BEFORE. Fails the test unless the
   server paused for 10 to 1000 ms each time, without using the CPU. */
static void expect_pauses(const struct program *server, const struct effort *before)
{
    struct retries retries = trace_retries(server, GROUP_ACCEPTING, EMFILE);
    if (retries_hurry(&retries) && retries.brief > 0)
        fail_because(EXPECT_TIME,
                     "accept failed with EMFILE, because no descriptor was free. Each time, the "
                     "server paused for less than 10 ms before it called accept again.");
    if (retries_hurry(&retries))
        fail_because(EXPECT_TIME,
                     "accept failed with EMFILE, because no descriptor was free. The server called "
                     "accept again at once, again and again. This busy loop burns a whole CPU "
                     "until a descriptor is free.");
    if (have_been_busy(before))
        fail_because(EXPECT_TIME,
                     "accept failed with EMFILE, because no descriptor was free. The server waited "
                     "before it called accept again, but in a busy loop. It should have slept.");
    if (retries.longest > TOO_LONG_NS)
        fail_because(EXPECT_TIME,
                     "accept failed with EMFILE, because no descriptor was free. The server should "
                     "have paused for 1000 ms at most. It paused for more than %d seconds.",
                     (int)(TOO_LONG_NS / 1000000000));
}

SCENARIO(no_descriptors, 1, "server: pauses after EMFILE, then accepts again",
         "After EMFILE, complain(\"accept\"), pause for a moment, and call accept again, until a "
         "descriptor has been closed. Without a pause, the loop burns a whole CPU.",
         "When accept fails")
{
    char hello[20];
    struct program *server = start_server();
    struct peer *first = connect_client(server, "The first client");
    fill_letters(hello, sizeof hello);
    expect_echo(first, hello, sizeof hello);
    int conn = last_accepted(server);
    int lowest = lowest_free(server->pid, conn);
    if (conn == -1 || lowest <= 0)
        not_tested("The test could not find out which descriptor is the connection.");
    /* From now on, the server cannot get a new descriptor: accept really fails with EMFILE. */
    atomic_store(&server->orders->descriptors, (uint32_t)lowest);
    program_watch(server);
    struct effort before = effort_now();
    struct peer *second =
        connect_client(server, "A client that connects while no descriptor is free");
    expect_farewell(first);
    struct refusal refusal = {server, second};
    enum wait_result result = stage_wait(second, has_failed_often, &refusal);
    if (server->ended || result == SPUN)
        fail_because(EXPECT_RUNNING,
                     "accept failed with EMFILE, because no descriptor was free. The server should "
                     "have called accept again after a pause, but it %s.",
                     _(server->ended ? "ended" : "was in a busy loop"));
    expect_pauses(server, &before);
    char byte;
    bool was_let_go = peer_peek(second, &byte) == 0;
    expect_accept_complaint(server, EMFILE);
    atomic_store(&server->orders->descriptors, 0);
    peer_close(second);
    /* A server that drops clients may have got EMFILE again by now, and may drop one more. */
    if (was_let_go)
        let_one_go(server);
    expect_service(server, "After no descriptor was free for a while");
}

/* accept fails with ERROR, which does not go away: expects serve to return. */
static void break_listener(int error)
{
    char hello[20];
    char words[80];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    fault_error(server, GROUP_ACCEPTING, error, INT32_MAX, 0);
    expect_farewell(client);
    /* A server that first waits in poll, for example, calls accept only now. */
    peer_begin_connect("The next client", "127.0.0.1", server->port);
    expect_end_of_service(server, error);
    snprintf(words, sizeof words, "accept: %s", strerror(error));
    expect_failure(server, words, NULL);
    expect_complained_of(server, "accept", strerror(error));
}

SCENARIO(listener_broken, 1, "server: ends when its listening socket cannot be used",
         "EBADF, EINVAL and ENOTSOCK do not go away: complain(\"accept\"), and return -1 from "
         "tcp_accept, and then from serve.",
         "When accept fails")
{
    break_listener(EBADF);
    break_listener(EINVAL);
}
