/* Who closes what, and how children end. */
#include "lab-3/common.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

SCENARIO(end_of_stream, 4, "the client sees end of file when its process is done",
         "After fork, parent and child both have a descriptor for the connection. The client sees "
         "end of file when both are closed: close the parent's at once.",
         "Who closes what")
{
    struct program *server = start_server();
    struct peer *first = connect_and_speak(server, "The first client");
    /* If the parent has not closed the first connection by now, the second child holds it too. */
    struct peer *second = connect_and_speak(server, "The second client");
    expect_process(server, first);
    expect_process(server, second);
    expect_farewell(first);
    expect_farewell(second);
}

SLOW(descriptors, 4, "the parent leaks no descriptors over 500 clients",
     "Each accept opens a descriptor in the parent. The child's close does not close the parent's "
     "descriptor.",
     "Who closes what")
{
    struct program *server = start_server();
    struct peer *client = connect_and_speak(server, "The first client");
    expect_process(server, client);
    long before = descriptors_at_rest(server);
    expect_visitors_served(server);
    expect_few_descriptors(server, before, 0, "With one client, the server's first process had",
                           "After 500 others had connected and left");
}

/* Returns whether no process listens on SERVER's port. */
static bool nobody_listens(const struct program *server)
{
    int error = 0;
    struct peer *caller = peer_begin_connect("A newcomer", "127.0.0.1", server->port);
    enum wait_result result = peer_end_connect(caller, &error);
    peer_close(caller);
    return result == DONE && error != 0;
}

SCENARIO(listener_closed, 4, "frees its port when only the parent is killed",
         "The child has a copy of the listening socket too: close it first.", "Who closes what")
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
            fail_because(EXPECT_RESOURCES,
                         "The test killed the server's first process while a client was connected. "
                         "Now port %u should be closed. But it still takes connections: another "
                         "process has the listening socket open.",
                         port);
        if (try_server_on(port)) {
            expect_next(stage.programs[stage.program_count - 1],
                        "After the test had started the server again on its port");
            return;
        }
    }
    fail_because(EXPECT_CONNECT,
                 "The test killed the server's first process while a client was connected, and "
                 "started the server again on the same port. It could not listen, because the port "
                 "was taken.");
}

enum { TOO_LONG = 3000 };

static void send_too_long(struct peer *client)
{
    static char line[TOO_LONG];
    fill_letters(line, sizeof line);
    peer_send(client, line, sizeof line);
}

/* A session may end while its client is still connected: a line that is too long ends it. */
static void expect_end_of_session(struct program *server)
{
    size_t extra;
    struct peer *client = connect_and_speak(server, "The fourth client");
    pid_t process = expect_process(server, client);
    send_too_long(client);
    if (!peer_receive_end(client, &extra))
        fail_because(EXPECT_CLOSE,
                     "The fourth client sent %d bytes without a newline. That is too long for a "
                     "line, so its session ends. The server should have closed the connection, but "
                     "it did not.",
                     TOO_LONG);
    if (!children_end(&process, 1))
        fail_because(EXPECT_TASKS,
                     "The fourth client sent %d bytes without a newline. That is too long for a "
                     "line, so its session ends. The client is still connected, but the process "
                     "that served it should have ended. It %s.",
                     TOO_LONG, _(stage.last == SPUN ? "is in a busy loop" : "is still running"));
}

SCENARIO(child_ends, 5, "the child ends when its client has left",
         "Call _exit in the child after the session. If the child stays in the loop, it calls "
         "accept.",
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
    expect_process_end(server, process, "The third client, which reset its connection,");
    expect_end_of_session(server);
    expect_rest("After a client had left");
    expect_next(server, "After two of three clients had left");
}

/* The child that served CLIENT has ended, and the parent before it, so nothing more will be
   printed. WHAT happened to the session is the beginning of the report. */
static void expect_last_line(struct program *server, const struct peer *client, const char *what)
{
    char line[40];
    snprintf(line, sizeof line, "[%u] disconnected", client->port);
    program_look(server);
    if (!has_line(&server->said, line))
        fail_because(EXPECT_CONSOLE,
                     "The test killed the server's first process. %s, and the process that served "
                     "it has ended. The child should have printed \"%s\" before it ended.",
                     _(what), line);
}

static void expect_status_0(struct program *server, int status, const char *what)
{
    if (WIFSIGNALED(status))
        fail_because(EXPECT_EXIT,
                     "The test killed the server's first process. %s. The process that served it "
                     "should have ended with status 0, but a signal killed it: %s.",
                     _(what), strsignal(WTERMSIG(status)));
    program_look(server);
    if (WEXITSTATUS(status) == 0)
        return;
    struct text said = {0};
    if (server->complained.length > 0) {
        text_add(&said, _(" It printed:"));
        text_quote(&said, server->complained.start, server->complained.length, 300);
    }
    fail_because(EXPECT_EXIT,
                 "The test killed the server's first process. %s. The process that served it "
                 "should have ended with status 0, but ended with status %d.%s",
                 _(what), WEXITSTATUS(status), said.length > 0 ? said.start : "");
}

/* A child's status goes to its parent. When the parent is gone, this process adopts the child, and
   gets its status. END makes the session fail; the status must still be 0. */
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
        fail_because(EXPECT_TASKS,
                     "The test killed the server's first process. %s. The process that served it "
                     "should have ended. It %s.",
                     _(what), _(stage.last == SPUN ? "is in a busy loop" : "is still running"));
    if (waitpid(process, &status, WNOHANG) != process)
        not_tested("The test did not become the parent of the process that served a client.");
    expect_last_line(server, client, what);
    expect_status_0(server, status, what);
}

SCENARIO(child_status, 3, "the child logs the disconnect, ends with 0, never accepts",
         "After the session, print `disconnected` in the child, and call _exit(0), whatever the "
         "session returned. The child must not call accept, and must not return to main.",
         "A child must end")
{
    expect_good_end(peer_reset, "Then a client reset its connection");
    expect_good_end(send_too_long, "Then a client sent a line that is too long");
}

SCENARIO(crashed_child, 4, "goes on when a child crashes",
         "A crash ends only one process. Reap it, whatever its status, and accept the next client.",
         "A child must end")
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
            not_tested("The test could not end the process of a client.");
        if (!peer_receive_end(victim, &extra))
            fail_because(EXPECT_CLOSE,
                         "The process of a client crashed. The client should have got end of file "
                         "or a reset, but it got neither.");
        speak(witness);
        expect_no_zombies(server, "the process of a client had crashed");
    }
    /* Two at the same moment: the parent gets one signal for both. */
    pid_t processes[2];
    for (size_t i = 0; i < 2; i++)
        processes[i] = expect_process(
            server, connect_and_speak(server, "The client of a process that crashed"));
    program_pause(server);
    kill(processes[0], SIGKILL);
    kill(processes[1], SIGKILL);
    if (!children_end(processes, 2))
        not_tested("The test could not end the processes of two clients.");
    program_resume(server);
    expect_no_zombies(server, "the processes of two clients had crashed at the same moment");
}

SCENARIO(stopped_child, 4, "goes on when a child is stopped for a while",
         "A stopped child also raises SIGCHLD, but then there is nothing to reap and wait blocks. "
         "Use WNOHANG and SA_NOCLDSTOP.",
         "Signals merge")
{
    struct program *server = start_server();
    struct peer *client = connect_and_speak(server, "The client of a process that was stopped");
    pid_t process = expect_process(server, client);
    program_settle(server); /* the child is stopped while it waits for its client */
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

VALGRIND(memcheck, 4, "parent and children are clean under valgrind",
         "The child has a copy of the parent's memory and descriptors. valgrind checks each "
         "process separately.",
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
        fail_because(
            EXPECT_RUNNING,
            "All clients have left, one of them with a reset. The server should go on, but "
            "it has ended.");
    if (stage.last != DONE)
        fail_because(EXPECT_TASKS,
                     "All clients have left. The processes that served them should have ended, but "
                     "some are still running.");
    program_terminate(server);
    expect_clean_family(server, 3);
}
