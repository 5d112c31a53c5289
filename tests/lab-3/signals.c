/* Zombies, and how SIGCHLD affects the server. */
#include "lab-3/common.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

SCENARIO(one_zombie, 5, "leaves no zombie after each of three clients",
         "A child that has ended is a zombie until its parent calls waitpid for it. Or ignore "
         "SIGCHLD: then the kernel reaps it.",
         "Zombies")
{
    static const char *const what[] = {"a client had left", "a second client had left",
                                       "a third client had left"};
    struct program *server = start_server();
    expect_rest("Before the first client has connected"); /* there is no child to wait for */
    for (size_t i = 0; i < 3; i++) {
        struct peer *client = connect_and_speak(server, "A client");
        pid_t process = expect_process(server, client);
        expect_farewell(client);
        expect_process_end(server, process, "A client");
        expect_no_zombies(server, what[i]);
    }
}

enum { TOGETHER = 50 };

SCENARIO(fifty_zombies, 5, "leaves no zombie when fifty clients leave at the same moment",
         "The kernel does not count signals: you may get one for fifty children. Reap until no "
         "child is left to reap.",
         "Signals merge")
{
    static struct peer *clients[TOGETHER];
    static pid_t processes[MOST_CHILDREN];
    stage_needs(2 * TOGETHER + 16, 2 * TOGETHER + 16);
    struct program *server = start_server();
    for (size_t i = 0; i < TOGETHER; i++)
        clients[i] = connect_and_speak(server, "One of fifty clients");
    expect_process(server, clients[TOGETHER - 1]);
    size_t count = children_alive(processes, MOST_CHILDREN);
    if (count < TOGETHER)
        fail_because(
            EXPECT_TASKS,
            "Fifty clients are connected, and fifty processes should serve them. There are "
            "%zu.",
            count);
    /* The parent is stopped until all have gone: then it gets one signal for all of them. */
    program_pause(server);
    for (size_t i = 0; i < TOGETHER; i++)
        peer_close(clients[i]);
    if (!children_end(processes, count))
        fail_because(EXPECT_TASKS,
                     "Fifty clients have left. The processes that served them should have ended, "
                     "but some are %s.",
                     _(stage.last == SPUN ? "in a busy loop" : "still running"));
    program_resume(server);
    expect_no_zombies(server, "fifty clients had left at the same moment");
}

/* Returns whether only SERVER, and the process held at the gate, are still running. */
static bool only_the_held_live(void *argument)
{
    static pid_t pids[MOST_CHILDREN];
    const struct program *server = argument;
    size_t count = children_alive(pids, MOST_CHILDREN);
    for (size_t i = 0; i < count; i++)
        if (pids[i] != gate_holds_whom(server, GROUP_FORKING))
            return false;
    return true;
}

SCENARIO(early_end, 3, "leaves no zombie when a child is faster than its parent",
         "The child may end before fork returns in the parent: install the handler before you "
         "call fork.",
         "Zombies")
{
    struct program *server = start_server();
    gate_arm(server, GROUP_FORKING, 0, true);
    struct peer *client = connect_client(server, "A client that leaves at once");
    if (gate_wait(server, GROUP_FORKING) != DONE) {
        speak(client);
        expect_process(server, client);
        not_tested_unseen(server, GROUP_FORKING, "hold");
    }
    /* fork has not yet returned in the parent. The child serves the client. */
    char line[40];
    snprintf(line, sizeof line, "[%u] connected", client->port);
    speak(client);
    program_look(server);
    if (!has_line(&server->said, line))
        fail_because(EXPECT_CONSOLE,
                     "A client connected, and the child was faster than the parent: fork had not "
                     "yet returned in the parent when the child answered the client's line. The "
                     "server should have printed \"%s\" before the session began.",
                     line);
    peer_close(client);
    if (stage_wait(NULL, only_the_held_live, server) != DONE)
        fail_because(EXPECT_TASKS,
                     "A client connected, sent a line and left before fork had returned in the "
                     "server's first process. The process that served it should have ended. It "
                     "%s.",
                     _(stage.last == SPUN ? "is in a busy loop" : "is still running"));
    gate_open(server, GROUP_FORKING);
    expect_no_zombies(server, "a client had left before fork had returned in the parent");
}

SCENARIO(signal_in_accept, 4, "goes on when the end of a child interrupts accept",
         "With a handler without SA_RESTART, accept fails with EINTR: call accept again.",
         "When a signal interrupts accept")
{
    struct program *server = start_server();
    struct peer *witness = connect_and_speak(server, "A client that stays");
    struct peer *client = connect_and_speak(server, "The second client");
    pid_t process = expect_process(server, client);
    expect_rest("While two clients are silent");
    peer_close(client);
    expect_process_end(server, process, "The second client");
    expect_rest("After a client had left");
    expect_no_zombies(server, "a client had left while the server waited for the next");
    speak(witness);
}

static _Noreturn void not_tested_without_errno(void)
{
    not_tested("The server does not disconnect the client when fork has failed, so the test cannot "
               "see whether its handler changes errno. See the test fork_fails.");
}

/* Checks that SERVER handles a failed fork correctly when there is no signal. If it does not,
   another test fails, and this one cannot check errno. */
static void require_good_complaint(struct program *server)
{
    size_t extra;
    fault_error(server, GROUP_FORKING, EAGAIN, 1, 0);
    struct peer *client = connect_client(server, "A client that connects while fork fails");
    bool let_go = peer_receive_end(client, &extra);
    trust_fault(server, GROUP_FORKING, "make fail");
    if (!let_go)
        not_tested_without_errno();
    if (!wait_complaint(server, "fork"))
        not_tested("The server does not print \"fork: %s\" when fork fails, so the test cannot see "
                   "whether its handler changes errno. See the test fork_fails.",
                   strerror(EAGAIN));
    peer_close(client);
    text_free(&server->complained);
}

/* Another client connects while fork fails. Returns whether the server closes its connection. */
static bool comes_and_is_let_go(struct program *server)
{
    int error = 0;
    struct peer *client =
        peer_begin_connect("A client that connects while fork fails", "127.0.0.1", server->port);
    return peer_end_connect(client, &error) == DONE && error == 0 && is_let_go(client);
}

SCENARIO(errno_kept, 3, "its signal handler does not change errno",
         "A handler may run between a failed call and the line that reports it. Save errno in a "
         "variable at the start of the handler, and restore it at the end.",
         "When a signal interrupts accept")
{
    struct program *server = start_server();
    struct peer *client = connect_and_speak(server, "The first client");
    pid_t process = expect_process(server, client);
    require_good_complaint(server);
    expect_farewell(client);
    expect_process_end(server, process, "The first client");
    everything_waits();
    /* No child is left: in a handler, waitpid now fails with ECHILD. */
    fault_signal(server, GROUP_FORKING, SIGCHLD);
    fault_error(server, GROUP_FORKING, EAGAIN, 1, 0);
    if (!comes_and_is_let_go(server))
        not_tested_without_errno();
    if (wait_complaint(server, "fork"))
        return;
    if (server->complained.length == 0)
        not_tested("This time the server did not print why fork failed, so the test cannot see "
                   "whether its handler changes errno. See the test fork_fails.");
    struct text said = {0};
    text_quote(&said, server->complained.start, server->complained.length, 300);
    fail_because(EXPECT_COMPLAINT,
                 "fork failed with EAGAIN, and at that moment a signal arrived (SIGCHLD), whose "
                 "handler may have changed errno. The server should have printed on standard "
                 "error: \"fork: %s\". It printed:%s",
                 strerror(EAGAIN), said.start);
}

/* By the time the next client is served, the handler has run. */
SCENARIO(
    safe_handler, 1, "its signal handler calls only async-signal-safe functions",
    "Call in a handler only what signal-safety(7) lists, such as waitpid: no printf, no malloc, "
    "nothing of console.h. Whom the signal has interrupted may be in the middle of these.",
    "Signals merge")
{
    static const char *const unsafe[UNSAFE_COUNT] = {
        [UNSAFE_STDIO] = "printf, or another function of stdio or console.h",
        [UNSAFE_HEAP] = "malloc, free, or another function that manages memory",
        [UNSAFE_LOCK] = "pthread_mutex_lock",
        [UNSAFE_EXIT] = "exit",
    };
    struct line line = {0};
    struct text place = {0};
    struct program *server = start_server();
    struct peer *client = connect_and_speak(server, "A client");
    pid_t process = expect_process(server, client);
    expect_farewell(client);
    expect_process_end(server, process, "A client");
    everything_waits();
    expect_next(server, "After a client had left");
    uint64_t caller;
    enum probe_unsafe what;
    if (!trace_unsafe_in_handler(server, &what, &caller))
        return;
    places_find(server->path, &caller, 1, &line);
    if (line.number > 0) {
        text_add(&place, _(", "));
        trace_place(&place, &line);
    }
    fail_because(EXPECT_OTHER,
                 "A client left, and a signal handler of the server's first process ran. It called "
                 "%s%s.",
                 _(unsafe[what]), place.length > 0 ? place.start : "");
}
