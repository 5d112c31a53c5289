/* talk by itself: what it returns, what it leaves open, and who still uses it then. */
#include "grader/expect/complaint.h"
#include "lab-4/common.h"

#include <errno.h>
#include <string.h>

/* Starts a driver that calls talk. The test is the server of its connection. HOW is NULL, or
   "moved": the keyboard is not descriptor 0. */
static struct program *start_talk_with(struct peer **server, const char *how)
{
    driver_holds();
    struct program *driver = expect_listening(program_start_driver("call_talk", how, NULL));
    *server = connect_client(driver, "The server");
    return driver;
}

static struct program *start_talk(struct peer **server)
{
    return start_talk_with(server, NULL);
}

/* talk has returned. The connection and the keyboard are open, and nobody reads or sends any more.
 */
static void expect_left_alone(struct program *driver, const struct returned *returned,
                              struct peer *server, const char *situation)
{
    char byte;
    expect_sockets(driver, returned, 1, situation,
                   "the connection stays open, and the caller closes it");
    if (!procfs_has_descriptor(driver->pid, 0)) {
        stage.explained = true;
        fail_because(EXPECT_RESOURCES,
                     "%s. When talk has returned, the keyboard should still be open: its caller "
                     "may need it. It is closed.",
                     _(situation));
    }
    if (driver->in == -1)
        return;
    program_settle(driver);
    type_line(driver, "too late");
    program_settle(driver);
    if (waits_at_keyboard(driver) || peer_peek(server, &byte) == 1) {
        stage.explained = true;
        fail_because(
            EXPECT_TASKS,
            "%s, and talk has returned. No thread of it should still use the keyboard. "
            "One of them %s.",
            _(situation),
            _(waits_at_keyboard(driver) ? "waits there" : "has sent what was typed later"));
    }
}

SCENARIO(talk_server_ends, 2, "client: talk returns 0 when the server has left",
         "At the end of the server's lines: show `server left`, end the thread at the keyboard, "
         "wait for it (pthread_join), and return 0. Close nothing.",
         "How the client ends")
{
    static const char situation[] = "The server sent a line, and closed its sending side";
    struct peer *server;
    struct program *driver = start_talk(&server);
    send_typed(driver, server, "hello");
    show(driver, server, "good bye");
    leave(server, HALF_CLOSE);
    struct returned returned = expect_returned(driver, "talk", 1, situation);
    expect_value(&returned, 0, situation);
    expect_console(driver, "server left\n");
    expect_left_alone(driver, &returned, server, situation);
}

SCENARIO(talk_both_end, 1, "client: talk returns 0 when both sides have ended",
         "At Ctrl-D: shut down the sending side, and show what still comes. When the server has "
         "ended too, return 0. Close nothing. Read from KEYBOARD, and look at errno only after -1.",
         "How the client ends")
{
    static const char situation[] = "Ctrl-D was typed, and then the server closed its sending side";
    struct peer *server;
    struct program *driver = start_talk_with(&server, "moved");
    stale_errno(driver, ETIMEDOUT); /* says nothing, because no call fails */
    send_typed(driver, server, "hello");
    type_end(driver);
    expect_end_of_file(driver, server, "The server should have got end of file.");
    show(driver, server, "good bye");
    leave(server, HALF_CLOSE);
    struct returned returned = expect_returned(driver, "talk", 1, situation);
    expect_value(&returned, 0, situation);
    expect_left_alone(driver, &returned, server, situation);
}

/* After a line in each direction, the calls of GROUP fail with ERROR, and another line is typed or
   comes. */
static void talk_while_failing(enum probe_group group, int error, const char *situation)
{
    struct peer *server;
    struct program *driver = start_talk(&server);
    send_typed(driver, server, "hello");
    show(driver, server, "hello");
    program_settle(driver);
    fault_error(driver, group, error, INT32_MAX, 0);
    if (group == GROUP_SENDING)
        type_line(driver, "are you there?");
    else
        say_line(server, "are you there?");
    program_settle(driver);
    if (group == GROUP_RECEIVING) /* the call that waited already may have taken the first line */
        say_line(server, "are you there?");
    struct returned returned = expect_returned(driver, "talk", 1, situation);
    expect_met(driver, &returned, group, group == GROUP_SENDING ? "send" : "recv");
    expect_error(&returned, error, situation);
    expect_left_alone(driver, &returned, server, situation);
}

SCENARIO(talk_fails, 2, "client: talk returns -1 with errno when a call fails",
         "line_read and line_send return -1 and set errno. Keep it: pthread_join, close and "
         "shutdown may change it, and each thread has an errno of its own.",
         "How the client ends")
{
    static char line[1025 + 1];
    struct peer *server;
    talk_while_failing(GROUP_SENDING, EPIPE, "send failed with EPIPE");
    talk_while_failing(GROUP_RECEIVING, ETIMEDOUT, "recv failed with ETIMEDOUT");
    fill_letters(line, sizeof line - 1);
    struct program *driver = start_talk(&server);
    show(driver, server, "hello");
    type_line(driver, line);
    const char *situation = "A line of 1025 bytes was typed";
    struct returned returned = expect_returned(driver, "talk", 1, situation);
    expect_error(&returned, EMSGSIZE, situation);
    driver = start_talk(&server);
    show(driver, server, "hello");
    say_line(server, line);
    situation = "The server sent a line of 1025 bytes";
    returned = expect_returned(driver, "talk", 1, situation);
    expect_error(&returned, EMSGSIZE, situation);
    expect_left_alone(driver, &returned, server, situation);
}

SCENARIO(talk_no_thread, 1, "client: talk returns -1 when pthread_create fails",
         "pthread_create returns the error: complain_because(\"pthread_create\", "
         "strerror(error)), set errno to it, and return -1. Close nothing.",
         "When pthread_create fails")
{
    static const char situation[] = "pthread_create failed: it returned EAGAIN";
    struct peer *server;
    fault_at_start(GROUP_THREADING, EAGAIN, 0, INT32_MAX, 0);
    struct program *driver = start_talk(&server);
    program_settle(driver);
    if (fault_hits(driver, GROUP_THREADING) == 0) {
        if (threads_of(driver) > 1)
            not_tested_unseen(driver, GROUP_THREADING, "make fail");
        program_needs_no_fault(driver);
        show(driver, server, "hello");
        send_typed(driver, server, "hello");
        return;
    }
    struct returned returned = expect_returned(driver, "talk", 1, situation);
    expect_error(&returned, EAGAIN, situation);
    expect_reported(driver, &returned, "pthread_create", strerror(EAGAIN), situation);
    expect_left_alone(driver, &returned, server, situation);
}
