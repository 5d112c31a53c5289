/* Lab 3, fork: many clients at once, a process for each, as seen from the other side. */
#include "grader/expect/scenario.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#undef SCENARIO
#undef SLOW
#undef VALGRIND
#define SCENARIO ENTRY
#define SLOW SLOW_ENTRY
#define VALGRIND VALGRIND_ENTRY

/* ---- what the scenarios are made of ---- */

/* The parent has nothing to do but to wait for clients, or for signals. */
static void expect_rest(const char *when)
{
    if (!everything_waits() && stage.last == SPUN)
        fail_because("%s, the server should wait. It keeps the processor busy.", when);
}

static bool no_zombies(void *nothing)
{
    (void)nothing;
    return children_zombies() == 0;
}

/* Another client has been accepted after WHAT: no zombie is left. */
static void expect_reaped(const char *what, const char *then)
{
    /* Who is about to reap is awake, or about to wake up. A timer that goes off later is too late:
       while everything sleeps, the zombies have been left. */
    enum wait_result result = stage_settle(NULL, no_zombies, NULL);
    if (result == LATE) /* something is awake still, or the machine is busy */
        result = stage_wait(NULL, no_zombies, NULL);
    if (result == DONE)
        return;
    size_t count = children_zombies();
    fail_because("After %s, and after another client had been accepted%s, %zu %s left that nobody "
                 "has reaped: %s.",
                 what, then, count, count == 1 ? "process is" : "processes are",
                 count == 1 ? "a zombie" : "zombies");
}

/* A new client is the barrier: when it has its answer, signals that came before it have been dealt
   with, and whoever reaps after each accept has done so. */
static void expect_no_zombies(struct program *server, const char *what)
{
    struct text why = {0};
    text_add(&why, "After %s", what);
    expect_next(server, why.start);
    text_free(&why);
    expect_reaped(what, "");
}

static void say_at_keyboard(struct program *server, const char *line)
{
    char typed[200];
    int length = snprintf(typed, sizeof typed, "%s\n", line);
    program_type(server, typed, (size_t)length);
}

/* ---- many at once ---- */

static void two_clients(void)
{
    expect_two_served(start_server());
}

static void fifty_clients(void)
{
    expect_many_served(start_server(), 50);
}

static void two_hundred_clients(void)
{
    expect_many_served(start_server(), MOST_CLIENTS);
}

static void demonstration(void)
{
    struct screen screen = {.server = start_server()};
    expect_demonstration(&screen);
    text_free(&screen.expected);
}

static void own_process(void)
{
    static pid_t before[MOST_CHILDREN];
    struct program *server = start_server();
    struct peer *first = connect_and_speak(server, "The first client");
    pid_t process = expect_process(server, first);
    expect_rest("With one client that is silent");
    size_t count = children_alive(before, MOST_CHILDREN);
    struct peer *second = connect_and_speak(server, "The second client");
    pid_t other = expect_process(server, second);
    if (process == other)
        fail_because("Two clients are connected, and one process serves both. Each should have "
                     "a process of its own.");
    for (size_t i = 0; i < count; i++)
        if (before[i] == other)
            fail_because("The second client is served by a process that was there before it came. "
                         "It should have been started when the client had been accepted.");
}

static void one_leaves(void)
{
    struct program *server = start_server();
    struct peer *first = connect_and_speak(server, "The first client");
    struct peer *second = connect_and_speak(server, "The second client");
    struct peer *third = connect_and_speak(server, "The third client");
    pid_t process = expect_process(server, second);
    expect_farewell(second);
    expect_process_end(server, process, "The second client of three");
    expect_rest("After one of three clients had left");
    expect_next(server, "After one of three clients had left");
    speak(third);
    speak(first);
}

/* ---- the operator ---- */

static const char prompt[] = "You want to say: ";

struct prompts {
    struct program *server;
    const char *line; /* what the client said, as the console shows it */
    int count;
};

static bool has_prompted(void *argument)
{
    const struct prompts *prompts = argument;
    const struct text *said = &prompts->server->said;
    int count = 0;
    for (const char *at = said->start; at != NULL && (at = strstr(at, prompt)) != NULL; at++)
        count++;
    return count >= prompts->count && said->start != NULL &&
           strstr(said->start, prompts->line) != NULL;
}

/* CLIENT says LINE; it is shown, with a prompt below it; what the operator types is the answer. */
static void talk(struct program *server, struct peer *client, int turn, const char *line,
                 const char *answer)
{
    char sent[100];
    char shown[100];
    char wanted[100];
    int length = snprintf(sent, sizeof sent, "%s\n", line);
    snprintf(shown, sizeof shown, "client says: %s\n", line);
    peer_send(client, sent, (size_t)length);
    struct prompts prompts = {server, shown, turn};
    if (stage_wait(NULL, has_prompted, &prompts) != DONE) {
        struct text text = {0};
        text_harmless(&text, server->said.start, server->said.length, 600, true);
        fail_because("%s said \"%s\". The operator should have seen \"client says: %s\", and below "
                     "it \"%s\". The console shows:\n%s",
                     client->name, line, line, prompt, text.start != NULL ? text.start : "nothing");
    }
    say_at_keyboard(server, answer);
    length = snprintf(wanted, sizeof wanted, "%s\n", answer);
    char back[100];
    size_t received = peer_receive(client, back, (size_t)length);
    if (received == (size_t)length && memcmp(back, wanted, received) == 0)
        return;
    struct text text = {0};
    text_add(&text, "The operator answered %s with \"%s\". The client got ", client->name, answer);
    if (received == 0)
        text_add(&text, "nothing");
    else
        text_harmless(&text, back, received, 100, false);
    text_add(&text, ", ");
    add_ending(&text, client);
    fail_because("%s.", text.start);
}

static void operator_answers(void)
{
    struct program *server = start_server_with_operator();
    struct peer *first = connect_client(server, "the first client");
    struct peer *second = connect_client(server, "the second client");
    talk(server, first, 1, "I'm Client1", "Hello Client1");
    talk(server, second, 2, "I'm Client2", "Hello Client2");
    talk(server, first, 3, "How is Client2?", "Ask it yourself");
    char line[40];
    snprintf(line, sizeof line, "[%u] disconnected", second->port);
    peer_close(second);
    /* A prompt may stand in front of it: the operator's own newline is not on this console. */
    if (program_wait_line(server, line) != DONE ||
        strstr(server->said.start, "client left\n") == NULL)
        fail_because("The second client left. The console should have said \"client left\" and "
                     "\"%s\".",
                     line);
    talk(server, first, 4, "Where did it go?", "Home");
}

/* ---- who closes what ---- */

static void end_of_stream(void)
{
    struct program *server = start_server();
    struct peer *first = connect_and_speak(server, "The first client");
    /* What the parent had not closed by now, the second child would hold as well. */
    struct peer *second = connect_and_speak(server, "The second client");
    expect_process(server, first);
    expect_process(server, second);
    expect_farewell(first);
    expect_farewell(second);
}

static void descriptors(void)
{
    struct program *server = start_server();
    struct peer *client = connect_and_speak(server, "The first client");
    expect_process(server, client);
    long before = descriptors_at_rest(server);
    expect_visitors_served(server);
    expect_few_descriptors(server, before, 0, "With one client, the server's first process had",
                           "After 500 others had come and gone");
}

/* True when nobody listens on SERVER's port. */
static bool nobody_listens(const struct program *server)
{
    int error = 0;
    struct peer *caller = peer_begin_connect("A newcomer", "127.0.0.1", server->port);
    enum wait_result result = peer_end_connect(caller, &error);
    peer_close(caller);
    return result == DONE && error != 0;
}

static void listener_closed(void)
{
    for (int attempt = 0; attempt < 3; attempt++) {
        uint16_t port = peer_free_port();
        struct program *server = start_server_on(port);
        if (server == NULL)
            continue;
        struct peer *client = connect_and_speak(server, "A client");
        expect_process(server, client);
        server->terminated = kill(server->pid, SIGKILL) == 0;
        program_wait(server);
        if (!nobody_listens(server))
            fail_because("The server's first process was killed while a client was served. "
                         "Port %u should be closed now; it still takes connections, which "
                         "nobody will accept.",
                         port);
        if (try_server_on(port)) {
            expect_next(stage.programs[stage.program_count - 1],
                        "After the server had been started again on its port");
            return;
        }
    }
    fail_because("The server's first process was killed while a client was served, and the server "
                 "was started again on the same port. It could not listen: the port was taken.");
}

/* ---- how children end ---- */

enum { TOO_LONG = 3000 };

static void send_too_long(struct peer *client)
{
    static char line[TOO_LONG];
    fill_letters(line, sizeof line);
    peer_send(client, line, sizeof line);
}

/* A session may end while its client is still there: a line that is too long ends it. */
static void expect_end_of_session(struct program *server)
{
    size_t extra;
    struct peer *client = connect_and_speak(server, "The fourth client");
    pid_t process = expect_process(server, client);
    send_too_long(client);
    if (!peer_receive_end(client, &extra))
        fail_because("The fourth client sent %d bytes without a newline: too much for a line, so "
                     "its session ends. The connection should have been closed; it was not.",
                     TOO_LONG);
    if (!children_end(&process, 1))
        fail_because("The fourth client sent %d bytes without a newline: too much for a line, so "
                     "its session ends. The client stays, but the process that served it should "
                     "have ended; it %s.",
                     TOO_LONG, stage.last == SPUN ? "keeps the processor busy" : "is still there");
}

static void child_ends(void)
{
    struct program *server = start_server();
    connect_and_speak(server, "A client that stays");
    struct peer *client = connect_and_speak(server, "The second client");
    pid_t process = expect_process(server, client);
    expect_farewell(client);
    expect_process_end(server, process, "The second client");
    client = connect_and_speak(server, "The third client");
    process = expect_process(server, client);
    peer_reset(client);
    expect_process_end(server, process, "The third client, which broke off,");
    expect_end_of_session(server);
    expect_rest("After a client had left");
    expect_next(server, "After two of three clients had left");
}

/* The child that served CLIENT has ended, and the parent before it: what has not been said by now,
   nobody will say. WHAT became of the session begins the sentences. */
static void expect_last_line(struct program *server, const struct peer *client, const char *what)
{
    char line[40];
    snprintf(line, sizeof line, "[%u] disconnected", client->port);
    program_look(server);
    if (!has_line(&server->said, line))
        fail_because("%s, after the server's first process had been killed, and the process that "
                     "served it has ended. The console should have said \"%s\": that is for the "
                     "child to say, before it ends.",
                     what, line);
}

static void expect_status_0(struct program *server, int status, const char *what)
{
    if (WIFSIGNALED(status))
        fail_because("%s, and the process that served it was ended by a signal, %s, instead of "
                     "with status 0.",
                     what, strsignal(WTERMSIG(status)));
    program_look(server);
    if (WEXITSTATUS(status) == 0)
        return;
    struct text said = {0};
    if (server->complained.length > 0) {
        text_add(&said, " It said:");
        text_quote(&said, server->complained.start, server->complained.length, 300);
    }
    fail_because("%s, and the process that served it ended with exit status %d instead of 0.%s",
                 what, WEXITSTATUS(status), said.length > 0 ? said.start : "");
}

/* The status that a child ends with is for its parent to see. When the parent is gone, that is this
   process, where all orphans go. END makes the session fail; the status is 0 nevertheless. */
static void expect_good_end(void (*end)(struct peer *client), const char *what)
{
    int status = 0;
    struct program *server = start_server();
    struct peer *client = connect_and_speak(server, "A client");
    pid_t process = expect_process(server, client);
    server->terminated = kill(server->pid, SIGKILL) == 0;
    program_wait(server);
    everything_waits();
    if (process_has_ended(process))
        not_tested("The process of a client ended together with the server's first process.");
    end(client);
    if (!children_end(&process, 1))
        fail_because("%s, after the server's first process had been killed. The process that "
                     "served it should have ended; it %s.",
                     what, stage.last == SPUN ? "keeps the processor busy" : "is still there");
    if (waitpid(process, &status, WNOHANG) != process)
        not_tested("The process that served a client was not this test's to wait for.");
    expect_last_line(server, client, what);
    expect_status_0(server, status, what);
}

static void child_status(void)
{
    expect_good_end(peer_reset, "A client has broken off");
    expect_good_end(send_too_long, "A client has sent a line that is too long");
}

static void crashed_child(void)
{
    static const int signals[] = {SIGKILL, SIGTRAP};
    struct program *server = start_server();
    struct peer *witness = connect_and_speak(server, "A client of another process");
    for (size_t i = 0; i < 2; i++) {
        size_t extra;
        struct peer *victim = connect_and_speak(server, "The client of a process that crashed");
        pid_t process = expect_process(server, victim);
        kill(process, signals[i]);
        if (!children_end(&process, 1))
            not_tested("The process of a client could not be ended.");
        if (!peer_receive_end(victim, &extra))
            fail_because("The process of a client crashed. The client should see the end of the "
                         "connection; it sees nothing.");
        speak(witness);
        expect_no_zombies(server, "the process of a client had crashed");
    }
    /* Two at the same moment: one signal stands for both. */
    pid_t processes[2];
    for (size_t i = 0; i < 2; i++)
        processes[i] = expect_process(
            server, connect_and_speak(server, "The client of a process that crashed"));
    program_pause(server);
    kill(processes[0], SIGKILL);
    kill(processes[1], SIGKILL);
    if (!children_end(processes, 2))
        not_tested("The processes of two clients could not be ended.");
    program_resume(server);
    expect_no_zombies(server, "the processes of two clients had crashed at the same moment");
}

static void stopped_child(void)
{
    struct program *server = start_server();
    struct peer *client = connect_and_speak(server, "The client of a process that was stopped");
    pid_t process = expect_process(server, client);
    program_settle(server); /* it is stopped while it waits for its client, wherever that is */
    process_stop(process);
    expect_rest("While the process of a client is stopped");
    expect_next(server, "While the process of another client is stopped (SIGSTOP)");
    kill(process, SIGCONT);
    speak(client);
    expect_farewell(client);
    expect_process_end(server, process, "A client whose process was stopped for a while");
}

/* ---- zombies ---- */

static void one_zombie(void)
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

static void fifty_zombies(void)
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

static void early_end(void)
{
    struct program *server = start_server();
    gate_arm(server, GROUP_FORKING, 0, true);
    struct peer *client = connect_client(server, "A client that leaves at once");
    if (gate_wait(server, GROUP_FORKING) != DONE) {
        speak(client);
        expect_process(server, client);
        not_tested("The server does not start processes with a call that the probe could hold.");
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

/* ---- signals ---- */

static void signal_in_accept(void)
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

static void listener_broken(void)
{
    struct program *server = start_server();
    struct peer *client = connect_and_speak(server, "The first client");
    expect_process(server, client);
    expect_rest("While a client is silent");
    fault_error(server, GROUP_ACCEPTING, EBADF, INT32_MAX, 0);
    /* The one may be let in by the call that was waiting already; the other comes too late. */
    peer_begin_connect("The second client", "127.0.0.1", server->port);
    peer_begin_connect("The third client", "127.0.0.1", server->port);
    expect_end_of_service(server, EBADF);
}

/* ---- fork fails ---- */

/* A client comes while no process can be started, for ERROR, and is let go. */
static void expect_let_go(struct program *server, int error)
{
    struct text why = {0};
    struct peer *client = connect_client(server, "A client that comes while fork fails");
    if (is_let_go(client))
        return;
    if (fault_hits(server, GROUP_FORKING) == 0) {
        expect_process(server, client);
        not_tested("The server does not start processes with a call that the probe could make "
                   "fail.");
    }
    text_add(&why, "fork failed with %s", strerrorname_np(error));
    fail_not_let_go(client, why.start);
}

/* So many clients, one after another, come while fork fails with ERROR. */
static void expect_all_let_go(struct program *server, size_t count, int error)
{
    const struct text *words = &server->complained;
    struct text said = {0};
    text_free(&server->complained);
    fault_error(server, GROUP_FORKING, error, INT32_MAX, 0);
    for (size_t i = 0; i < count; i++)
        expect_let_go(server, error);
    if (wait_complaints(server, "fork", count, error))
        return;
    if (words->length > 0)
        text_quote(&said, words->start, words->length, 300);
    fail_because("fork failed with %s, for %zu clients one after another. Each time the server "
                 "should have said so on standard error: \"fork: %s\". It said%s%s",
                 strerrorname_np(error), count, strerror(error),
                 said.length > 0 ? ":" : " nothing.", said.length > 0 ? said.start : "");
}

static void fork_fails(void)
{
    enum { CLIENTS = 12 }; /* more than somebody who counts errors puts up with */
    struct program *server = start_server();
    struct peer *witness = connect_and_speak(server, "A client that came before");
    struct peer *leaver = connect_and_speak(server, "A client that leaves");
    expect_process(server, witness);
    pid_t process = expect_process(server, leaver);
    long before = descriptors_at_rest(server);
    fault_error(server, GROUP_FORKING, EAGAIN, INT32_MAX, 0);
    expect_farewell(leaver);
    expect_process_end(server, process, "A client");
    expect_all_let_go(server, CLIENTS, EAGAIN);
    expect_rest("After fork had failed");
    expect_few_descriptors(server, before, 0, "Before fork failed, the server's first process had",
                           "After it had failed for some clients");
    expect_reaped("a client had left", ", for whom fork failed");
    expect_all_let_go(server, 1, ENOMEM);
    fault_off(server, GROUP_FORKING);
    expect_next(server, "After fork had failed with EAGAIN");
    speak(witness);
}

static void no_child(void)
{
    struct program *server = start_server();
    struct peer *witness = connect_and_speak(server, "A client that came before");
    expect_process(server, witness);
    fault_error(server, GROUP_FORKING, EAGAIN, 1, 0);
    expect_let_go(server, EAGAIN);
    expect_rest("After fork had failed");
    if (trace_signals_everyone(server))
        fail_because("fork failed and returned -1. The server then sent a signal to process -1, "
                     "which means every process of this user. (The test did not let it happen.)");
    expect_next(server, "After fork had failed, while another client is served");
    speak(witness);
}

/* Without a signal, SERVER deals with a fork that fails as it should. Whether it does is another
   test's business: where it does not, errno cannot be looked at. */
static void require_good_complaint(struct program *server)
{
    size_t extra;
    fault_error(server, GROUP_FORKING, EAGAIN, 1, 0);
    struct peer *client = connect_client(server, "A client that comes while fork fails");
    bool let_go = peer_receive_end(client, &extra);
    if (fault_hits(server, GROUP_FORKING) == 0)
        not_tested("The server does not start processes with a call that the probe could make "
                   "fail.");
    if (!let_go || !wait_complaint(server, "fork"))
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

static void errno_kept(void)
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
        not_tested("The server does not go on as it should when fork has failed, so the test "
                   "cannot see what a handler does to errno. See the test fork_fails.");
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
static void safe_handler(void)
{
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
    if (!trace_prints_in_handler(server, &caller))
        return;
    places_find(server->path, &caller, 1, &line);
    if (line.number > 0) {
        text_add(&place, ", ");
        trace_place(&place, &line);
    }
    fail_because("A client had left, and a signal handler of the server's first process ran. It "
                 "called printf, or another function of stdio or console.h%s.",
                 place.length > 0 ? place.start : "");
}

/* ---- the console of many processes ---- */

/* Everything on the console is whole lines. */
static void expect_whole_lines(struct program *server, struct peer *client, const char *did)
{
    program_look(server);
    const struct text *said = &server->said;
    if (said->length > 0 && said->start[said->length - 1] == '\n')
        return;
    const char *last = memrchr(said->start, '\n', said->length);
    struct text rest = {0};
    last = last == NULL ? said->start : last + 1;
    text_harmless(&rest, last, (size_t)(said->start + said->length - last), 100, false);
    fail_because("A client with port %u %s. What was written about it in one call is \"%s\": not a "
                 "whole line, so lines of other processes can come in between.",
                 client->port, did, rest.start);
}

/* Whoever writes next is held right after it: is what has been written until then whole lines? */
static void expect_line_at_once(struct program *server, struct peer *client, const char *did,
                                const char *word)
{
    char line[40];
    snprintf(line, sizeof line, "[%u] %s", client->port, word);
    /* stdio writes without the probe: then the line must be there, and that is all. */
    if (gate_wait(server, GROUP_SHOWING) == DONE)
        expect_whole_lines(server, client, did);
    else if (!has_line(&server->said, line))
        fail_because("A client with port %u %s. The console should have said \"%s\".", client->port,
                     did, line);
    gate_open(server, GROUP_SHOWING);
}

static void whole_lines(void)
{
    struct program *server = start_server();
    connect_and_speak(server, "The first client");
    expect_rest("While a client is silent");
    gate_arm(server, GROUP_SHOWING, 0, true);
    struct peer *client = connect_client(server, "The second client");
    expect_line_at_once(server, client, "came", "connected");
    speak(client);
    expect_rest("While two clients are silent");
    gate_arm(server, GROUP_SHOWING, 0, true);
    peer_close(client);
    expect_line_at_once(server, client, "left", "disconnected");
}

static void fifty_speakers(void)
{
    expect_fifty_speakers_served(start_server());
}

/* ---- under valgrind ---- */

static bool nobody_is_served(void *nothing)
{
    static pid_t pids[MOST_CHILDREN];
    (void)nothing;
    return children_alive(pids, MOST_CHILDREN) == 0;
}

static void memcheck(void)
{
    static pid_t pids[MOST_CHILDREN];
    struct program *server = start_server_memcheck();
    struct peer *first = connect_and_speak(server, "The first client");
    struct peer *second = connect_and_speak(server, "The second client");
    speak(first);
    expect_farewell(first);
    struct peer *third = connect_and_speak(server, "The third client");
    peer_reset(third);
    speak(second);
    expect_farewell(second);
    size_t count = children_alive(pids, MOST_CHILDREN);
    for (size_t i = 0; i < count; i++)
        stage_watch_end(pids[i]);
    if (stage_wait(NULL, nobody_is_served, NULL) != DONE && server->ended)
        fail_because("All clients have left, one of them with a reset. The server should go on; it "
                     "has ended.");
    if (stage.last != DONE)
        fail_because("All clients have left. The processes that served them should have ended; "
                     "some are still there.");
    program_terminate(server);
    expect_clean_family(server, 3);
}

/* ---- the table ---- */

static const struct scenario *const scenarios[] = {
    SCENARIO(two_clients, 5, "serves two clients at once",
             "The process that accepts must not be the one that talks: start another for each "
             "client, and go back to accept at once.",
             "One prototype, three bodies"),
    SCENARIO(own_process, 5, "starts a process for each client when it comes",
             "fork returns twice: 0 in the child, which serves, and the child's number in the "
             "parent, which accepts the next client.",
             "What fork copies"),
    SCENARIO(fifty_clients, 5, "serves fifty at once, and one more who is silent for ever",
             "No client may have to wait for another: not in accept, not in wait.",
             "One prototype, three bodies"),
    SLOW(two_hundred_clients, 3, "serves two hundred at once",
         "Is there an array or a counter that is too small, or a wait for somebody to leave?",
         "One prototype, three bodies"),
    SCENARIO(one_leaves, 3, "takes the next client when one of several has left",
             "A wait without WNOHANG waits for those who are still being served.", "Zombies"),
    SCENARIO(demonstration, 5, "says who comes, who speaks and who goes",
             "Say that a client is connected before its session, and that it is disconnected after "
             "it, with console_tell(): what waits in a buffer is copied by fork.",
             "Lines of many processes"),
    SCENARIO(whole_lines, 3, "writes whole lines to the console, in one call each",
             "Between two calls of write, another process may write: one line, one call.",
             "Lines of many processes"),
    SCENARIO(fifty_speakers, 2, "shows each line of fifty who speak at once, whole and once",
             "One line, one call of console_tell(). What printf has in its buffer at fork is "
             "written by both processes.",
             "Lines of many processes"),
    SCENARIO(operator_answers, 5, "-i: lets the operator answer two clients in turns",
             "The child has the parent's standard input and its own copy of the context: pass both "
             "to the session as they are.",
             "One keyboard for everybody"),
    SCENARIO(end_of_stream, 5, "the client sees the end when its process is done",
             "After fork both have the connection open. It ends when the last copy is closed: the "
             "parent closes its own at once.",
             "Who closes what"),
    SLOW(descriptors, 4, "the parent has nothing left open after 500 clients",
         "Each accept opens a descriptor in the parent, and the child's close does not close "
         "it there.",
         "Who closes what"),
    SCENARIO(listener_closed, 4, "frees its port when the parent alone is killed",
             "The child has a copy of the listener as well: close it first.", "Who closes what"),
    SCENARIO(child_ends, 4, "the child ends when its client has left",
             "After the session the child has nothing more to do: _exit. Whoever returns into the "
             "loop goes on with accept.",
             "A child must end"),
    SCENARIO(child_status, 3, "the child has the last word, ends with status 0, never accepts",
             "After the session the child says that its client is disconnected, and ends. It must "
             "not go on in serve: not to accept, and not back to main.",
             "A child must end"),
    SCENARIO(crashed_child, 4, "goes on when a child crashes",
             "A crash ends one process; what the others have is theirs.", "A child must end"),
    SCENARIO(stopped_child, 4, "goes on when a child is stopped for a while",
             "SIGCHLD comes for a stopped child as well, and then there is nothing to reap: wait "
             "would block. WNOHANG, and SA_NOCLDSTOP.",
             "Signals merge"),
    SCENARIO(one_zombie, 5, "leaves no zombie after one client, nor the next, nor the next",
             "A child that has ended stays as a zombie until its parent has called wait for it, or "
             "has said that it never will.",
             "Zombies"),
    SCENARIO(fifty_zombies, 5, "leaves no zombie when fifty leave in the same instant",
             "Signals are not counted: one may stand for fifty children. Reap until there is no "
             "more.",
             "Signals merge"),
    SCENARIO(early_end, 3, "leaves no zombie when a child is faster than its parent",
             "The child may have ended before fork returns in the parent: whatever reaps must be "
             "set up before.",
             "Zombies"),
    SCENARIO(signal_in_accept, 5, "goes on when the end of a child interrupts accept",
             "A handler without SA_RESTART makes accept return -1 with EINTR: try again.",
             "When a signal interrupts accept"),
    SCENARIO(errno_kept, 3, "its handler leaves errno as it was",
             "A handler may run between a call that fails and the line that says why. Keep errno "
             "in a variable, and put it back.",
             "When a signal interrupts accept"),
    SCENARIO(safe_handler, 1, "its handler calls only what is safe in a handler",
             "printf may be interrupted in the middle of its work, by the handler as well: then it "
             "waits for itself for ever. signal-safety(7) lists what a handler may call.",
             "Signals merge"),
    SCENARIO(fork_fails, 5, "lets a client go when fork fails, and serves the next",
             "fork may return -1. Then there is no child: say so, close the connection, and go on.",
             "When fork fails"),
    SCENARIO(no_child, 2, "signals and waits for nobody when fork has failed",
             "As a process number, -1 means all of them: in kill, and in waitpid.",
             "When fork fails"),
    SCENARIO(
        listener_broken, 2, "ends when the listener itself cannot be used",
        "When tcp_accept returns -1, the listener is of no use any more: serve returns -1, too.",
        "When accept fails"),
    VALGRIND(memcheck, 5, "parent and children are clean under valgrind",
             "The child has a copy of all the parent's memory and descriptors; valgrind looks at "
             "each process by itself.",
             "What valgrind sees"),
};

const struct lab lab_3 = {.name = "3-fork",
                          .handout = "handouts/en/3-fork.md",
                          .scenarios = scenarios,
                          .count = sizeof scenarios / sizeof scenarios[0],
                          .tasks = 512};
