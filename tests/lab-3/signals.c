/* Zombies, and what the signals that tell of them do to the server. */
#include "lab-3/common.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

SCENARIO(one_zombie, 5, "leaves no zombie after one client, nor the next, nor the next",
         "A child that has ended stays as a zombie until its parent has called wait for it, or "
         "has said that it never will.",
         "Zombies")
{
    static const char *const what[] = {"a client had left", "a second client had left",
                                       "a third client had left"};
    struct program *server = start_server();
    expect_rest("Before the first client has come"); /* there is no child to wait for */
    for (size_t i = 0; i < 3; i++) {
        struct peer *client = connect_and_speak(server, "A client");
        pid_t process = expect_process(server, client);
        expect_farewell(client);
        expect_process_end(server, process, "A client");
        expect_no_zombies(server, what[i]);
    }
}

enum { TOGETHER = 50 };

SCENARIO(fifty_zombies, 5, "leaves no zombie when fifty leave in the same instant",
         "Signals are not counted: one may stand for fifty children. Reap until there is no "
         "more.",
         "Signals merge")
{
    static struct peer *clients[TOGETHER];
    static pid_t processes[MOST_CHILDREN];
    stage_needs(2 * TOGETHER + 16, 2 * TOGETHER + 16);
    struct program *server = start_server();
    for (size_t i = 0; i < TOGETHER; i++)
        clients[i] = connect_and_speak(server, "A client, one of fifty,");
    expect_process(server, clients[TOGETHER - 1]);
    size_t count = children_alive(processes, MOST_CHILDREN);
    if (count < TOGETHER)
        fail_because("Fifty clients are connected, and should be served by fifty processes. There "
                     "are %zu.",
                     count);
    /* The parent sees nothing until all have gone: then one signal stands for all of them. */
    program_pause(server);
    for (size_t i = 0; i < TOGETHER; i++)
        peer_close(clients[i]);
    if (!children_end(processes, count))
        fail_because("Fifty clients have left. The processes that served them should have ended; "
                     "some %s.",
                     stage.last == SPUN ? "keep the processor busy" : "are still there");
    program_resume(server);
    expect_no_zombies(server, "fifty clients had left in the same instant");
}

/* Whoever is held at the gate, or SERVER, is all that lives. */
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
         "The child may have ended before fork returns in the parent: whatever reaps must be "
         "set up before.",
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
    /* fork has not yet returned in the parent, and the child has come to its end. */
    char line[40];
    snprintf(line, sizeof line, "[%u] connected", client->port);
    speak(client);
    program_look(server);
    if (!has_line(&server->said, line))
        fail_because("A client came, and its child was faster than the parent, for which fork had "
                     "not yet returned: the client's line was shown and answered. The console "
                     "should have said \"%s\" before its session began.",
                     line);
    peer_close(client);
    if (stage_wait(NULL, only_the_held_live, server) != DONE)
        fail_because("A client came, spoke and left before fork had returned in the server's first "
                     "process. The process that served it should have ended; it %s.",
                     stage.last == SPUN ? "keeps the processor busy" : "is still there");
    gate_open(server, GROUP_FORKING);
    expect_no_zombies(server, "a client had left before fork had returned in the parent");
}

SCENARIO(signal_in_accept, 5, "goes on when the end of a child interrupts accept",
         "A handler without SA_RESTART makes accept return -1 with EINTR: try again.",
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
    not_tested("The server does not let the client go when fork has failed, so the test cannot see "
               "what a handler does to errno. See the test fork_fails.");
}

/* Without a signal, SERVER deals with a fork that fails as it should. Whether it does is another
   test's business: where it does not, errno cannot be looked at. */
static void require_good_complaint(struct program *server)
{
    size_t extra;
    fault_error(server, GROUP_FORKING, EAGAIN, 1, 0);
    struct peer *client = connect_client(server, "A client that comes while fork fails");
    bool let_go = peer_receive_end(client, &extra);
    trust_fault(server, GROUP_FORKING, "make fail");
    if (!let_go)
        not_tested_without_errno();
    if (!wait_complaint(server, "fork"))
        not_tested("The server does not say \"fork: %s\" when fork fails, so the test cannot see "
                   "what a handler does to errno. See the test fork_fails.",
                   strerror(EAGAIN));
    peer_close(client);
    text_free(&server->complained);
}

/* Another client comes while fork fails. Whether that goes well is another test's business too. */
static bool comes_and_is_let_go(struct program *server)
{
    int error = 0;
    struct peer *client =
        peer_begin_connect("A client that comes while fork fails", "127.0.0.1", server->port);
    return peer_end_connect(client, &error) == DONE && error == 0 && is_let_go(client);
}

SCENARIO(errno_kept, 3, "its handler leaves errno as it was",
         "A handler may run between a call that fails and the line that says why. Keep errno "
         "in a variable, and put it back.",
         "When a signal interrupts accept")
{
    struct program *server = start_server();
    struct peer *client = connect_and_speak(server, "The first client");
    pid_t process = expect_process(server, client);
    require_good_complaint(server);
    expect_farewell(client);
    expect_process_end(server, process, "The first client");
    everything_waits();
    /* No child is left: a handler that calls waitpid now meets ECHILD. */
    fault_signal(server, GROUP_FORKING, SIGCHLD);
    fault_error(server, GROUP_FORKING, EAGAIN, 1, 0);
    if (!comes_and_is_let_go(server))
        not_tested_without_errno();
    if (wait_complaint(server, "fork"))
        return;
    if (server->complained.length == 0)
        not_tested("The server did not say this time why fork has failed, so the test cannot see "
                   "what a handler does to errno. See the test fork_fails.");
    struct text said = {0};
    text_quote(&said, server->complained.start, server->complained.length, 300);
    fail_because("fork failed with EAGAIN, and right then a signal arrived (SIGCHLD), whose "
                 "handler may have changed errno. The server should have said so on standard "
                 "error: \"fork: %s\". It said:%s",
                 strerror(EAGAIN), said.start);
}

/* By the time the next client is served, the handler has run. */
SCENARIO(safe_handler, 1, "its handler calls only what is safe in a handler",
         "The handler may interrupt printf or malloc in the middle of its work. If it calls the "
         "same again, that waits for itself, or spoils what it works on. signal-safety(7) lists "
         "what a handler may call.",
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
        text_add(&place, ", ");
        trace_place(&place, &line);
    }
    fail_because("A client had left, and a signal handler of the server's first process ran. It "
                 "called %s%s.",
                 unsafe[what], place.length > 0 ? place.start : "");
}
