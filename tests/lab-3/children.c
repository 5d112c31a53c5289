/* Who closes what, and how children end. */
#include "lab-3/common.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

SCENARIO(end_of_stream, 5, "the client sees the end when its process is done",
         "After fork both have the connection open. It ends when the last copy is closed: the "
         "parent closes its own at once.",
         "Who closes what")
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

SLOW(descriptors, 4, "the parent has nothing left open after 500 clients",
     "Each accept opens a descriptor in the parent, and the child's close does not close "
     "it there.",
     "Who closes what")
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

SCENARIO(listener_closed, 4, "frees its port when the parent alone is killed",
         "The child has a copy of the listener as well: close it first.", "Who closes what")
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

SCENARIO(child_ends, 4, "the child ends when its client has left",
         "After the session the child has nothing more to do: _exit. Whoever returns into the "
         "loop goes on with accept.",
         "A child must end")
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

SCENARIO(child_status, 3, "the child has the last word, ends with status 0, never accepts",
         "After the session the child says that its client is disconnected, and ends. It must "
         "not go on in serve: not to accept, and not back to main.",
         "A child must end")
{
    expect_good_end(peer_reset, "A client has broken off");
    expect_good_end(send_too_long, "A client has sent a line that is too long");
}

SCENARIO(crashed_child, 4, "goes on when a child crashes",
         "A crash ends one process; what the others have is theirs.", "A child must end")
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

SCENARIO(stopped_child, 4, "goes on when a child is stopped for a while",
         "SIGCHLD comes for a stopped child as well, and then there is nothing to reap: wait "
         "would block. WNOHANG, and SA_NOCLDSTOP.",
         "Signals merge")
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

static bool nobody_is_served(void *nothing)
{
    static pid_t pids[MOST_CHILDREN];
    (void)nothing;
    return children_alive(pids, MOST_CHILDREN) == 0;
}

VALGRIND(memcheck, 5, "parent and children are clean under valgrind",
         "The child has a copy of all the parent's memory and descriptors; valgrind looks at "
         "each process by itself.",
         "What valgrind sees")
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
