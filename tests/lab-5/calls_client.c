/* The client's functions, one at a time: what each returns, and what it leaves. */
#include "grader/expect/complaint.h"
#include "lab-5/common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_port(char number[8], const struct peer *server)
{
    snprintf(number, 8, "%u", server->port);
}

/* ---- udp_open ---- */

static struct program *call_open(const char *host, const struct peer *server,
                                 struct returned *returned, const char *situation)
{
    char port[8];
    stage.datagrams = true;
    write_port(port, server);
    driver_holds();
    struct program *driver = program_start_driver("call_udp", "open", host, port, NULL);
    *returned = expect_returned(driver, "udp_open", 1, situation);
    return driver;
}

SCENARIO(open_returns, 1, "udp_open: returns 0, and has sent nothing",
         "Look up HOST, open a socket, keep the address. Whether a server is there, UDP does not "
         "show before it is asked.",
         "No connection at all")
{
    static const char situation[] = "The test called udp_open for 127.0.0.1";
    struct returned returned;
    struct peer *server = datagram_open("The server");
    struct program *driver = call_open("127.0.0.1", server, &returned, situation);
    expect_value_for(EXPECT_OTHER, &returned, 0, situation);
    expect_sockets(driver, &returned, 1, situation, "the one in CLIENT->sock");
    if (datagram_take(server, &got))
        fail_because(EXPECT_NOTHING,
                     "%s. It sent a datagram of %zu bytes, and should have sent "
                     "none.",
                     _(situation), got.length);
}

SCENARIO(open_fails, 4, "udp_open: returns -1 when a call fails, and closes its socket",
         "Look HOST up with getaddrinfo. Whatever fails, say why, close what you have opened, and "
         "return -1.",
         "No connection at all")
{
    struct returned returned;
    struct peer *server = datagram_open("The server");
    const char *situation = "socket failed with EMFILE";
    fault_at_start(GROUP_OPENING, EMFILE, 0, INT32_MAX, 0);
    struct program *driver = call_open("127.0.0.1", server, &returned, situation);
    expect_met(driver, &returned, GROUP_OPENING, "socket");
    expect_value(&returned, -1, situation);
    expect_reported(driver, &returned, "socket", strerror(EMFILE), situation);
    if (has_complained_of(driver, "connect", NULL)) {
        stage.explained = true;
        fail_because(EXPECT_COMPLAINT,
                     "%s. udp_open should have returned then. It went on, and reported that "
                     "connect failed too.",
                     situation);
    }
    situation = "connect failed with EACCES";
    fault_at_start(GROUP_CONNECTING, EACCES, 0, INT32_MAX, 0);
    driver = call_open("127.0.0.1", server, &returned, situation);
    if (fault_hits(driver, GROUP_CONNECTING) > 0) {
        expect_value(&returned, -1, situation);
        expect_reported(driver, &returned, "connect", strerror(EACCES), situation);
        expect_sockets(driver, &returned, 0, situation, "udp_open closes what it has opened");
    } else {
        program_needs_no_fault(driver); /* it does not connect its socket */
    }
    /* .invalid never exists: RFC 6761. */
    situation = "The test called udp_open for no-such-host.invalid, which does not exist";
    driver = call_open("no-such-host.invalid", server, &returned, situation);
    expect_value(&returned, -1, situation);
    expect_reported(driver, &returned, "get", NULL, situation);
    expect_sockets(driver, &returned, 0, situation, "udp_open closes what it has opened");
}

/* ---- udp_ask ---- */

/* Starts a driver that asks SERVER the two questions, and has so many tries of WAIT ms. */
static struct program *start_asking(const struct peer *server, const char *tries, const char *wait,
                                    const char *first, const char *second)
{
    char port[8];
    stage.datagrams = true;
    stage.note_count = 0; /* the ladder is about this driver */
    write_port(port, server);
    driver_holds();
    return program_start_driver("call_udp", "ask", "127.0.0.1", port, tries, wait, first, second,
                                NULL);
}

/* The next datagram to SERVER is QUESTION, which is in `got` then. AGAIN: it has come before, and
   was lost. */
static void expect_try(struct peer *server, const char *question, bool again)
{
    struct text text = {0};
    bool came = datagram_receive(server, &got);
    if (came && got.length == strlen(question) && memcmp(got.bytes, question, got.length) == 0)
        return;
    stage.data = question;
    stage.data_length = strlen(question);
    stage.back = came ? got.bytes : NULL;
    stage.back_length = came ? got.length : 0;
    text_add(&text,
             again ? _("The first try was lost. udp_ask should have sent \"%s\" again. It sent ")
                   : _("udp_ask should have sent \"%s\". It sent "),
             question);
    if (came) {
        text_add(&text, "\"");
        text_harmless(&text, got.bytes, got.length, 60, false);
        text_add(&text, "\"");
    } else {
        text_add(&text, _("nothing"));
    }
    fail_because(EXPECT_DATAGRAM, "%s.", text.start);
}

static void expect_asked(struct peer *server, const char *question)
{
    expect_try(server, question, false);
}

static void answer(struct peer *server, const char *bytes)
{
    datagram_send(server, got.from, bytes, strlen(bytes));
}

/* Call NUMBER of udp_ask returns the length of ANSWER, which the driver shows. */
static void expect_answered(struct program *driver, size_t number, const char *answer,
                            const char *situation)
{
    struct text shown = {0};
    struct returned returned = expect_returned(driver, "udp_ask", number, situation);
    stage.explained = returned.result != -1; /* or else a cause may say why it has no answer */
    expect_value_for(EXPECT_DATAGRAM, &returned, (int64_t)strlen(answer), situation);
    program_look(driver);
    text_add(&shown, "[%zu] %zu:%s\n", number, strlen(answer), answer);
    stage.explained = !has_words(&driver->said, shown.start);
    if (stage.explained)
        fail_because(EXPECT_DATAGRAM,
                     "%s. udp_ask returned %zu, which is right, but ANSWER does not hold the bytes "
                     "after the space.",
                     _(situation), strlen(answer));
    text_free(&shown);
    expect_sockets_or_cause(driver, &returned, 1, situation,
                            "the socket stays open for the next question");
}

SCENARIO(ask_answered, 4, "udp_ask: returns the length of the answer",
         "Send the number, a space and the question as one datagram. Return how many bytes of the "
         "answer follow its space, which may be 0, and put them into ANSWER.",
         "Numbers against late answers")
{
    struct peer *server = datagram_open("The server");
    struct program *driver = start_asking(server, "2", "20000", "hello", "");
    expect_asked(server, "1 hello");
    answer(server, "1 hi there");
    expect_answered(driver, 1, "hi there", "The server answered \"1 hi there\"");
    driver_goes_on(driver);
    expect_asked(server, "2 ");
    answer(server, "2 ");
    expect_answered(driver, 2, "", "The server answered \"2 \"");
}

SCENARIO(ask_second_try, 2, "udp_ask: takes an empty answer to the second try",
         "When the wait is over, send the question again. An answer of no bytes is an answer too: "
         "return 0.",
         "Nobody tells you about a loss")
{
    struct peer *server = datagram_open("The server");
    struct program *driver = start_asking(server, "20", "30", "", "next");
    expect_asked(server, "1 ");
    datagram_lose(server, &got);
    expect_try(server, "1 ", true);
    answer(server, "1 ");
    expect_answered(driver, 1, "",
                    "The first try was lost. The server answered \"1 \" to the "
                    "second");
}

/* Call 1 of udp_ask has given up, with ERROR. A call of GROUP, such as CALL, was to fail; NULL:
   none. AGAIN: it has sent its question again. */
static void expect_given_up(struct program *driver, enum probe_group group, const char *call,
                            int error, bool again, const char *situation)
{
    struct returned returned = expect_returned(driver, "udp_ask", 1, situation);
    if (call != NULL)
        expect_met(driver, &returned, group, call);
    if (!again)
        fail_because(EXPECT_DATAGRAM,
                     "%s. With two tries, udp_ask should have sent \"1 hello\" "
                     "twice before it gave up. It sent it once.",
                     _(situation));
    expect_error(&returned, error, situation);
    expect_reported(driver, &returned, "udp_ask", NULL, situation);
    expect_sockets_or_cause(driver, &returned, 1, situation,
                            "the socket stays open, and the caller closes it");
}

/* The server does not answer, and no call fails. */
static void expect_two_tries(struct peer *server)
{
    struct program *driver = start_asking(server, "2", "20", "hello", "");
    expect_asked(server, "1 hello");
    bool again = datagram_receive(server, &got);
    expect_given_up(driver, GROUP_NONE, NULL, ETIMEDOUT, again, "The server did not answer");
}

/* After the first try a receive fails with ECONNREFUSED, as it does when the kernel has been told
   that nobody has the port. Not earlier: who empties the socket before asking need not mind. */
static void expect_refusal_kept(struct peer *server)
{
    gate_at_start(GROUP_SENDING, 0, true);
    struct program *driver = start_asking(server, "2", "60", "hello", "");
    gate_wait(driver, GROUP_SENDING);
    fault_error(driver, GROUP_RECEIVING, ECONNREFUSED, 1, 0);
    expect_asked(server, "1 hello");
    answer(server, "0"); /* who polls first receives only when something has come */
    gate_open(driver, GROUP_SENDING);
    bool again = datagram_receive(server, &got);
    expect_given_up(driver, GROUP_RECEIVING, "recv", ECONNREFUSED, again,
                    "The server sent \"0\", which is no answer, and receiving failed once with "
                    "ECONNREFUSED");
    trust_fault(driver, GROUP_RECEIVING, "make fail");
}

SCENARIO(ask_gives_up, 3, "udp_ask: returns -1 with ETIMEDOUT, or ECONNREFUSED",
         "complain_because(\"udp_ask\", \"no answer\"), then set errno: ECONNREFUSED if a call, "
         "sending or receiving, failed with that, else ETIMEDOUT.",
         "Giving up")
{
    struct peer *server = datagram_open("The server");
    expect_two_tries(server);
    fault_at_start(GROUP_SENDING, ECONNREFUSED, 0, 1, 1);
    struct program *driver = start_asking(server, "2", "20", "hello", "");
    expect_given_up(driver, GROUP_SENDING, "send", ECONNREFUSED, true,
                    "The server did not answer, and the second try failed with ECONNREFUSED");
    trust_fault(driver, GROUP_SENDING, "make fail");
    expect_refusal_kept(datagram_open("The server"));
}

/* Calls of GROUP fail with ERROR: udp_ask returns at once. */
static void expect_failure_told(enum probe_group group, const char *call, const char *other,
                                int error, const char *situation)
{
    struct peer *server = datagram_open("The server");
    fault_at_start(group, error, 0, INT32_MAX, 0);
    struct program *driver = start_asking(server, "3", "20000", "hello", "");
    if (group == GROUP_RECEIVING) {
        expect_asked(server, "1 hello");
        answer(server, "1 hello");
    }
    struct returned returned = expect_returned(driver, "udp_ask", 1, situation);
    expect_met(driver, &returned, group, call);
    expect_error(&returned, error, situation);
    expect_either_reported(driver, &returned, call, other, strerror(error), situation);
    expect_sockets(driver, &returned, 1, situation,
                   "the socket stays open, and the caller closes it");
}

SCENARIO(ask_fails, 2, "udp_ask: returns -1 when a call fails for good",
         "No other try cures EBADF, for example: complain() with the name of the call, and return "
         "-1 with its errno.",
         "Giving up")
{
    expect_failure_told(GROUP_SENDING, "send", "write", EBADF, "Sending failed with EBADF");
    expect_failure_told(GROUP_RECEIVING, "recv", "read", ENOTSOCK,
                        "Receiving failed with ENOTSOCK");
}

SCENARIO(ask_interrupted, 1, "udp_ask: asks although its send is interrupted",
         "EINTR means that nothing was sent yet: call send again.", "How long to wait")
{
    struct peer *server = datagram_open("The server");
    fault_at_start(GROUP_SENDING, EINTR, 0, 1, 0);
    struct program *driver = start_asking(server, "20", "50", "hello", "");
    expect_asked(server, "1 hello");
    trust_fault(driver, GROUP_SENDING, "make fail");
    answer(server, "1 hi");
    expect_answered(driver, 1, "hi", "The first send failed with EINTR");
}
