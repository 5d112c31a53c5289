/* echo.c, a function at a time: what each returns, and what it leaves. */
#include "lab-1/common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void expect_connection_open(struct program *driver, const struct returned *returned,
                                   const char *situation)
{
    expect_sockets(driver, returned, 1, situation,
                   "the connection stays open, and the caller closes it");
}

/* ---- echo_session ---- */

static struct program *start_session(void)
{
    driver_holds();
    return expect_listening(program_start_driver("call_echo", "session", NULL));
}

SCENARIO(session_returns, 1, "echo_session: returns 0 after end of file",
         "Return 0 when recv has returned 0, and not before: until then, the client may send more. "
         "Leave the connection open.",
         "End of file, and reset")
{
    static const char situation[] =
        "A client sent 100 bytes, got them back, and closed its sending "
        "side";
    char message[100];
    struct program *driver = start_session();
    struct peer *client = connect_client(driver, "The client");
    fill_letters(message, sizeof message);
    expect_echo(client, message, sizeof message);
    peer_half_close(client);
    struct returned returned = expect_returned(driver, "echo_session", 1, situation);
    expect_value(&returned, 0, situation);
    expect_connection_open(driver, &returned, situation);
    expect_not_reported(driver, &returned, "recv", situation);
}

/* After one echo, the calls of GROUP fail with ERROR. Expects echo_session to report CALL or
   OTHER_CALL, to return -1 with ERROR, and to leave the connection open. */
static void expect_failure_passed_on(enum probe_group group, const char *call,
                                     const char *other_call, int error, const char *situation)
{
    char message[20];
    struct program *driver = start_session();
    struct peer *client = connect_client(driver, "The client");
    fill_letters(message, sizeof message);
    expect_echo(client, message, sizeof message);
    fault_error(driver, group, error, INT32_MAX, 0);
    peer_send(client, message, sizeof message);
    struct returned returned = expect_returned(driver, "echo_session", 1, situation);
    expect_met(driver, &returned, group, call);
    expect_error(&returned, error, situation);
    expect_either_reported(driver, &returned, call, other_call, strerror(error), situation);
    expect_connection_open(driver, &returned, situation);
}

SCENARIO(session_recv_fails, 1, "echo_session: returns -1 when recv fails",
         "If recv fails, and not with EINTR: complain(\"recv\"), and return -1 with its errno.",
         "End of file, and reset")
{
    expect_failure_passed_on(GROUP_RECEIVING, "recv", "read", ETIMEDOUT,
                             "recv failed with ETIMEDOUT");
}

SCENARIO(session_send_fails, 1, "echo_session: returns -1 when send fails",
         "If send fails, and not with EINTR: complain(\"send\"), and return -1 with its errno.",
         "End of file, and reset")
{
    expect_failure_passed_on(GROUP_SENDING, "send", "write", EPIPE, "send failed with EPIPE");
}

SCENARIO(session_interrupted, 1, "echo_session: calls recv and send again after EINTR",
         "EINTR means that a signal handler ran, and nothing else has happened: call recv or send "
         "again.",
         "How much did send take?")
{
    char message[20];
    fault_at_start(GROUP_RECEIVING, EINTR, 0, 2, 0);
    struct program *driver = start_session();
    struct peer *client = connect_client(driver, "The client");
    fill_letters(message, sizeof message);
    expect_echo(client, message, sizeof message);
    trust_fault(driver, GROUP_RECEIVING, "make fail");
    fault_error(driver, GROUP_SENDING, EINTR, 2, 0);
    expect_echo(client, message, sizeof message);
    trust_fault(driver, GROUP_SENDING, "make fail");
}

VALGRIND(session_threads, 1, "echo_session: may run in two threads at the same time",
         "Send what recv has brought to the client that it came from. All threads share static "
         "variables "
         "and arrays: what belongs to one session must be on the stack.",
         "One client after another")
{
    char first[20];
    char second[20];
    struct program *driver =
        expect_listening(program_start_driver_helgrind("call_echo", "sessions", NULL));
    struct peer *held = connect_client(driver, "The first client");
    struct peer *other = connect_client(driver, "The second client");
    fill_letters(first, sizeof first);
    fill_letters(second, sizeof second);
    /* One thread has received its bytes, and is held before it sends them; the other goes on. (What
       only the kernel writes and reads, helgrind does not watch.) */
    gate_arm(driver, GROUP_SENDING, 0, false);
    peer_send(held, first, sizeof first);
    gate_wait(driver, GROUP_SENDING);
    expect_echo(other, second, sizeof second);
    gate_open(driver, GROUP_SENDING);
    expect_back(held, first, sizeof first);
    expect_farewell(held);
    expect_echo(other, second, sizeof second);
    expect_farewell(other);
    program_wait(driver);
    expect_no_races(driver);
}

/* ---- echo_ask ---- */

static const char question[] = "is anybody there?";
enum { QUESTION = sizeof question - 1 };

static struct program *start_asking(void)
{
    driver_holds();
    return expect_listening(program_start_driver("call_echo", "ask", question, NULL));
}

/* Connects to DRIVER as the server of the conversation, and receives the question. */
static struct peer *meet(struct program *driver)
{
    char bytes[QUESTION + 1] = "";
    struct peer *server = connect_client(driver, "The server");
    stage.data = question;
    stage.data_length = QUESTION;
    size_t received = peer_receive(server, bytes, QUESTION);
    if (received != QUESTION || memcmp(bytes, question, QUESTION) != 0)
        fail_because(EXPECT_BYTES,
                     "echo_ask was called with a message of %d bytes. The server received %zu "
                     "bytes, and not the message.",
                     QUESTION, received);
    return server;
}

/* echo_ask has returned 0: DRIVER prints the reply. */
static void expect_reply(struct program *driver, const char *situation)
{
    gate_open(driver, GROUP_DRIVEN);
    if (program_wait_line(driver, question) != DONE)
        fail_because(EXPECT_BYTES,
                     "%s. echo_ask returned 0, and the reply in its buffer is not the echo.",
                     _(situation));
}

SCENARIO(ask_returns, 1, "echo_ask: returns 0 when the whole echo is there",
         "Receive exactly LENGTH bytes, then return 0. Leave later bytes unread, and the "
         "connection open.",
         "A stream has no messages")
{
    static const char situation[] = "The server sent the whole echo, and three bytes more";
    struct program *driver = start_asking();
    struct peer *server = meet(driver);
    peer_send(server, question, 5);
    program_settle(driver);
    peer_send(server, question + 5, QUESTION - 5);
    peer_send(server, "...", 3);
    struct returned returned = expect_returned(driver, "echo_ask", 1, situation);
    expect_value(&returned, 0, situation);
    expect_connection_open(driver, &returned, situation);
    expect_reply(driver, situation);
}

SCENARIO(ask_early_end, 1, "echo_ask: returns -1 when the server closes too early",
         "When recv returns 0, errno is not set: call complain_because(\"recv\", \"connection "
         "closed by the server\"), set errno to ECONNRESET, and return -1.",
         "End of file, and reset")
{
    static const char situation[] = "The server sent half of the echo, and closed the connection";
    struct program *driver = start_asking();
    struct peer *server = meet(driver);
    peer_send(server, question, QUESTION / 2);
    peer_half_close(server);
    struct returned returned = expect_returned(driver, "echo_ask", 1, situation);
    expect_error(&returned, ECONNRESET, situation);
    expect_reported(driver, &returned, "recv", "connection closed by the server", situation);
    expect_connection_open(driver, &returned, situation);
}

SCENARIO(ask_fails, 2, "echo_ask: returns -1 when a call fails",
         "If send or recv fails, and not with EINTR: complain() with its name, and return -1 with "
         "its errno.",
         "End of file, and reset")
{
    const char *situation = "send failed with ETIMEDOUT";
    fault_at_start(GROUP_SENDING, ETIMEDOUT, 0, INT32_MAX, 0);
    struct program *driver = start_asking();
    connect_client(driver, "The server");
    struct returned returned = expect_returned(driver, "echo_ask", 1, situation);
    expect_met(driver, &returned, GROUP_SENDING, "send");
    expect_error(&returned, ETIMEDOUT, situation);
    expect_either_reported(driver, &returned, "send", "write", strerror(ETIMEDOUT), situation);
    situation = "recv failed with ETIMEDOUT";
    fault_at_start(GROUP_RECEIVING, ETIMEDOUT, 0, INT32_MAX, 0);
    driver = start_asking();
    struct peer *server = meet(driver);
    /* One that first waits in poll(2) calls recv now. */
    peer_send(server, question, QUESTION / 2);
    returned = expect_returned(driver, "echo_ask", 1, situation);
    expect_met(driver, &returned, GROUP_RECEIVING, "recv");
    expect_error(&returned, ETIMEDOUT, situation);
    expect_either_reported(driver, &returned, "recv", "read", strerror(ETIMEDOUT), situation);
}

SCENARIO(ask_interrupted, 1, "echo_ask: calls recv again after EINTR",
         "EINTR means that a signal handler ran, and nothing else has happened: call recv or send "
         "again.",
         "End of file, and reset")
{
    static const char situation[] = "recv failed with EINTR twice. Then the whole echo arrived";
    fault_at_start(GROUP_RECEIVING, EINTR, 0, 2, 0);
    struct program *driver = start_asking();
    struct peer *server = meet(driver);
    peer_send(server, question, QUESTION);
    struct returned returned = expect_returned(driver, "echo_ask", 1, situation);
    expect_value(&returned, 0, situation);
    expect_reply(driver, situation);
    trust_fault(driver, GROUP_RECEIVING, "make fail");
}
