/* -e: what ended threads leave behind, and what happens when no thread can be created. */
#include "lab-4/common.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

/* COUNT clients, one after another, connect, send a line and leave; or they reset their connection,
   and their sessions return -1. */
static void come_and_go(struct program *server, size_t count, bool vanish)
{
    for (size_t i = 0; i < count; i++) {
        struct peer *client = connect_client(server, "One of many clients");
        speak(client);
        if (!vanish) {
            expect_farewell(client);
            continue;
        }
        peer_reset(client);
        expect_on_console(server, client->port, "disconnected",
                          "A client reset its connection (RST)");
    }
}

/* The size of a thread's stack, in kB. */
static long stack_size(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) == -1)
        grader_fault("getrlimit");
    return limit.rlim_cur == RLIM_INFINITY ? 2048 : (long)(limit.rlim_cur / 1024);
}

/* The C library keeps some 40 MB of stacks for later threads, and several threads may be about to
   end at the same time, but not more than half of them. A few threads may join the others, or wait
   for the next client. */
enum { IN_TURN = 40, FEW_THREADS = 5 };

/* IN_TURN clients connect and leave; WENT says how ("left"). Expects SERVER to keep no stack of
   their threads. It had THREADS threads at first. */
static void expect_no_stacks(struct program *server, long threads, const char *went)
{
    long before = count_at_rest(server, address_space_of);
    long most = before + IN_TURN / 2 * stack_size();
    come_and_go(server, IN_TURN, strcmp(went, "left") != 0);
    expect_threads_at_most(server, threads + FEW_THREADS, "After %d clients connected and %s",
                           IN_TURN, went);
    long more = count_at_most(server, address_space_of, most) - before;
    if (more > most - before)
        fail_because(EXPECT_RESOURCES,
                     "%d clients connected and %s, one after another. The server's address space "
                     "(VmSize) should be about as large as before. It has grown by %ld MB, which "
                     "is %ld kB for each client: the stacks of their threads are still there.",
                     IN_TURN, _(went), more / 1024, more / IN_TURN);
}

/* Clients have connected and left, one after another: no thread was detached or joined twice. */
static void expect_detached_once(const struct program *server)
{
    static const char *const front[] = {", at ", " and "};
    struct line lines[2] = {{.number = 0}, {.number = 0}};
    uint64_t places[2] = {0, 0};
    struct text text = {0};
    if (trace_most_detached(server, places) < 2)
        return;
    places_find(server->path, places, 2, lines);
    for (size_t i = 0; i < 2; i++) {
        if (lines[i].number == 0)
            continue;
        text_add(&text, "%s", _(front[text.length > 0]));
        trace_place(&text, &lines[i]);
    }
    fail_because(
        EXPECT_RESOURCES,
        "Three clients connected and left, one after another. Each one's thread should have "
        "been detached once, or joined once. It was detached or joined twice%s%s. The "
        "second time it may have ended, and its pthread_t may belong to another thread.",
        text.length > 0 ? text.start : "",
        _(lines[0].number == 0 && lines[1].number > 0 ? ", and by the attribute it was "
                                                        "created with"
                                                      : ""));
}

SCENARIO(detached_or_joined, 2, "-e: leaks no stacks of threads that have ended",
         "After a thread has ended, its stack stays until pthread_join. Detach the thread, or join "
         "it later.",
         "Detached or joined")
{
    struct program *server = start_server_that_repeats();
    struct peer *witness = connect_and_speak(server, "A client that stays");
    long threads = count_at_rest(server, threads_of);
    come_and_go(server, 3, false);
    expect_threads_at_most(server, threads + FEW_THREADS, "After three clients connected and left");
    expect_detached_once(server);
    expect_no_stacks(server, threads, "left");
    expect_no_stacks(server, threads,
                     "reset their connections (RST), so that their sessions returned -1");
    speak(witness);
}

SCENARIO(many_in_turn, 2, "-e: leaks no threads or descriptors over 500 clients",
         "When a client leaves, release everything that you allocated for it: memory, a "
         "descriptor, a place in a table.",
         "Detached or joined")
{
    enum { FEW = 20 };
    struct program *server = start_server_that_repeats();
    struct peer *witness = connect_and_speak(server, "A client that stays");
    long threads = count_at_rest(server, threads_of);
    long before = descriptors_at_rest(server);
    expect_visitors_served(server);
    expect_next(server, "After 500 clients had connected and left");
    /* Up to ten of them were there at once: the server may keep as many threads for others. */
    expect_threads_at_most(server, threads + FEW,
                           "After %d clients connected and left, and with two connected", VISITORS);
    expect_few_descriptors(server, before, 1, "With one client, the server had",
                           "After 500 others had connected and left, and one had stayed");
    speak(witness);
}

/* A client connects while pthread_create fails. Expects the server to close its connection. */
static void expect_let_go(struct program *server, long threads)
{
    struct peer *client =
        connect_client(server, "A client that connects while pthread_create fails");
    if (is_let_go(client))
        return;
    if (fault_hits(server, GROUP_THREADING) == 0) {
        speak(client);
        if (threads_of(server) > threads)
            not_tested_unseen(server, GROUP_THREADING, "make fail");
        stage.explained = true;
        stage.result->advised = true; /* what to do when pthread_create fails is no help here */
        fail_because(EXPECT_TASKS,
                     "%s was served, but not by a thread of its own: the server did not call "
                     "pthread_create. serve must create a thread for each client.",
                     client->name);
    }
    fail_not_let_go(client, "pthread_create failed: it returned EAGAIN");
}

SCENARIO(create_fails, 2, "-e: closes the connection when pthread_create fails",
         "pthread_create returns the error number, not -1, and does not set errno. There is no "
         "thread, so serve must close the connection.",
         "When pthread_create fails")
{
    enum { CLIENTS = 12 }; /* to catch a server that gives up after a number of errors */
    struct program *server = start_server_that_repeats();
    struct peer *witness = connect_and_speak(server, "A client that connected before");
    long threads = count_at_rest(server, threads_of);
    long before = descriptors_at_rest(server);
    fault_error(server, GROUP_THREADING, EAGAIN, INT32_MAX, 0);
    for (int i = 0; i < CLIENTS; i++)
        expect_let_go(server, threads);
    expect_thread_complaints(server, CLIENTS);
    expect_few_descriptors(server, before, 0, "Before pthread_create failed, the server had",
                           "After it had failed for twelve clients");
    fault_off(server, GROUP_THREADING);
    expect_next(server, "After pthread_create had failed with EAGAIN");
    speak(witness);
}

SCENARIO(accept_fatal, 2, "-e: ends with status 1 when its socket cannot be used",
         "If tcp_accept returns -1, the listening socket cannot be used: return -1 from serve too. "
         "The return from main then ends all threads.",
         "When accept fails")
{
    fault_at_start(GROUP_ACCEPTING, EBADF, 0, INT32_MAX, 0);
    struct program *server = start_server_that_repeats();
    peer_begin_connect("A client", "127.0.0.1", server->port); /* if accept is not called before */
    expect_end_of_service(server, EBADF);
}
