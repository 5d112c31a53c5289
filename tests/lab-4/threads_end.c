/* -e: what threads leave behind, and what becomes of clients for whom there is none. */
#include "lab-4/common.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

/* Clients come, speak and leave, one after another, COUNT of them; or they vanish, and their
   sessions return -1. */
static void come_and_go(struct program *server, size_t count, bool vanish)
{
    for (size_t i = 0; i < count; i++) {
        struct peer *client = connect_client(server, "A client, one of many in turn,");
        speak(client);
        if (!vanish) {
            expect_farewell(client);
            continue;
        }
        peer_reset(client);
        expect_on_console(server, client->port, "disconnected", "A client vanished (RST)");
    }
}

/* What a thread takes for its stack, in kB. */
static long stack_size(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) == -1)
        grader_fault("getrlimit");
    return limit.rlim_cur == RLIM_INFINITY ? 2048 : (long)(limit.rlim_cur / 1024);
}

/* The C library keeps some 40 MB of stacks for the next threads, and several threads may be about
   to end at the same time: not more than half of the clients' stacks, though. A few threads may be
   there that join the others, or wait for the next client. */
enum { IN_TURN = 40, FEW_THREADS = 5 };

/* IN_TURN clients come and WENT ("went"), and SERVER keeps no stack of their threads. THREADS: so
   many it had at first. */
static void expect_no_stacks(struct program *server, long threads, const char *went)
{
    long before = count_at_rest(server, address_space_of);
    long most = before + IN_TURN / 2 * stack_size();
    come_and_go(server, IN_TURN, strcmp(went, "went") != 0);
    expect_threads_at_most(server, threads + FEW_THREADS, "%d clients came and %s", IN_TURN, went);
    long more = count_at_most(server, address_space_of, most) - before;
    if (more > most - before)
        fail_because("%d clients came and %s, one after another. The server's address space "
                     "(VmSize) should be about as large as before; it has grown by %ld MB, %ld kB "
                     "for each client: the stack of its thread is still there.",
                     IN_TURN, went, more / 1024, more / IN_TURN);
}

/* Clients have come and gone, one after another, and no thread was detached or joined twice. */
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
        text_add(&text, "%s", front[text.length > 0]);
        trace_place(&text, &lines[i]);
    }
    fail_because("Three clients came and went, one after another. Each one's thread should have "
                 "been detached once, or joined once. It was detached or joined twice%s%s. The "
                 "second time it may have ended, and its pthread_t may belong to another thread.",
                 text.length > 0 ? text.start : "",
                 lines[0].number == 0 && lines[1].number > 0 ? ", and by the attribute it was "
                                                               "created with"
                                                             : "");
}

SCENARIO(detached_or_joined, 3, "-e: keeps no stack of a thread that has ended",
         "A thread that has ended keeps its stack for pthread_join. Detach it, or join it "
         "later.",
         "Detached or joined")
{
    struct program *server = start_server_that_repeats();
    struct peer *witness = connect_and_speak(server, "A client that stays");
    long threads = count_at_rest(server, threads_of);
    come_and_go(server, 3, false);
    expect_threads_at_most(server, threads + FEW_THREADS, "After three clients had come and gone");
    expect_detached_once(server);
    expect_no_stacks(server, threads, "went");
    expect_no_stacks(server, threads, "vanished (RST), so that their sessions returned -1");
    speak(witness);
}

SCENARIO(many_in_turn, 2, "-e: is after 500 clients as it was before",
         "What each client gets, memory, a descriptor, a place in a table, has to be given "
         "back when it leaves.",
         "Detached or joined")
{
    enum { FEW = 20 };
    struct program *server = start_server_that_repeats();
    struct peer *witness = connect_and_speak(server, "A client that stays");
    long threads = count_at_rest(server, threads_of);
    long before = descriptors_at_rest(server);
    expect_visitors_served(server);
    expect_next(server, "After 500 clients had come and gone");
    /* Up to ten of them were there at once: so many threads may be kept for others. */
    expect_threads_at_most(server, threads + FEW,
                           "After %d clients had come and gone, and with two there", VISITORS);
    expect_few_descriptors(server, before, 1, "With one client, the server had",
                           "After 500 others had come and gone, and one had come and stayed");
    speak(witness);
}

/* A client comes while no thread can be created, and is let go. */
static void expect_let_go(struct program *server, long threads)
{
    struct peer *client = connect_client(server, "A client that comes while pthread_create fails");
    if (is_let_go(client))
        return;
    if (fault_hits(server, GROUP_THREADING) == 0) {
        speak(client);
        if (threads_of(server) > threads)
            not_tested_unseen(server, GROUP_THREADING, "make fail");
    }
    fail_not_let_go(client, "pthread_create failed: it returned EAGAIN");
}

SCENARIO(create_fails, 3, "-e: lets a client go when pthread_create fails",
         "pthread_create returns the error, and not -1; errno says nothing. Nobody else will "
         "close this connection.",
         "When pthread_create fails")
{
    enum { CLIENTS = 12 }; /* more than somebody who counts errors puts up with */
    struct program *server = start_server_that_repeats();
    struct peer *witness = connect_and_speak(server, "A client that came before");
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

SCENARIO(accept_fatal, 2, "-e: ends with status 1 when its listener cannot be used",
         "When tcp_accept returns -1, the listener is of no use any more: serve returns -1, too. "
         "The return from main then ends all threads.",
         "When accept fails")
{
    fault_at_start(GROUP_ACCEPTING, EBADF, 0, INT32_MAX, 0);
    struct program *server = start_server_that_repeats();
    peer_begin_connect("A client", "127.0.0.1", server->port); /* if accept is not called before */
    expect_end_of_service(server, EBADF);
}
