/* The server's functions, one at a time: what each returns, and what it leaves. */
#include "grader/expect/complaint.h"
#include "lab-5/common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- udp_bind ---- */

static struct program *call_bind(uint16_t port, struct returned *returned, const char *situation)
{
    char number[8];
    stage.datagrams = true;
    snprintf(number, sizeof number, "%u", port);
    driver_holds();
    struct program *driver = program_start_driver("call_udp", "bind", number, NULL);
    *returned = expect_returned(driver, "udp_bind", 1, situation);
    return driver;
}

SCENARIO(
    bind_returns, 4, "udp_bind: returns a socket that has the port",
    "Open a socket with SOCK_DGRAM, bind it to htons(port), and return it. There is no listen.",
    "No connection at all")
{
    char situation[64];
    for (int attempt = 0; attempt < 3; attempt++) {
        struct returned returned;
        uint16_t port = datagram_free_port();
        snprintf(situation, sizeof situation, _("The test called udp_bind(%u)"), port);
        struct program *driver = call_bind(port, &returned, situation);
        if (returned.result == -1 && returned.error == EADDRINUSE && !datagram_port_free(port))
            continue; /* another program was faster */
        expect_socket(driver, &returned, situation);
        expect_sockets(driver, &returned, 1, situation, "the one that it has returned");
        if (!datagram_port_free(port))
            return;
        fail_because(EXPECT_CONNECT,
                     "%s, and it returned %d. No socket receives datagrams on port %u then.",
                     _(situation), (int)returned.result, port);
    }
    not_tested("Another program took every port that the test chose.");
}

SCENARIO(bind_fails, 3, "udp_bind: reports socket and bind when they fail",
         "complain() with the name of the call, close the socket if there is one, and return -1 "
         "with the errno of the call that failed: close may change it.",
         "No connection at all")
{
    static const struct {
        enum probe_group group;
        const char *name;
        int error;
    } failing[] = {{GROUP_OPENING, "socket", EMFILE}, {GROUP_BINDING, "bind", EACCES}};
    for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
        char situation[80];
        struct returned returned;
        snprintf(situation, sizeof situation, _("%s failed with %s"), failing[i].name,
                 strerrorname_np(failing[i].error));
        fault_at_start(failing[i].group, failing[i].error, 0, INT32_MAX, 0);
        fault_at_start(GROUP_CLOSING, EIO, 0, INT32_MAX, 0);
        struct program *driver = call_bind(0, &returned, situation);
        expect_met(driver, &returned, failing[i].group, failing[i].name);
        expect_error(&returned, failing[i].error, situation);
        expect_reported(driver, &returned, failing[i].name, strerror(failing[i].error), situation);
        expect_sockets(driver, &returned, 0, situation, "udp_bind closes what it has opened");
    }
}

/* ---- udp_serve ---- */

static struct program *start_serving(void)
{
    stage.datagrams = true;
    driver_holds();
    return expect_listening(program_start_driver("call_udp", "serve", "100", NULL));
}

/* An answer shows that DRIVER has done what it had to do before. */
static void expect_next_answer(struct program *driver, struct peer *client)
{
    char bytes[100];
    fill_letters(bytes, sizeof bytes);
    expect_answer(driver, client, bytes, sizeof bytes);
}

SCENARIO(serve_quiet, 2, "udp_serve: reports nothing while all goes well",
         "Only a result of -1 is an error. 0 is the length of an empty datagram, and one of LIMIT "
         "bytes, here 100, is not too long.",
         "A datagram is a message")
{
    struct text said = {0};
    struct program *driver = start_serving();
    struct peer *client = datagram_open("The client");
    expect_next_answer(driver, client);
    expect_answer(driver, client, "", 0);
    expect_next_answer(driver, client);
    program_settle(driver);
    if (!has_complained_of(driver, NULL, NULL))
        return;
    text_quote(&said, driver->complained.start, driver->complained.length, 300);
    stage.explained = true;
    fail_because(EXPECT_COMPLAINT,
                 "The client sent three datagrams, one of them empty, and got its answers. That is "
                 "no error, but udp_serve reported one on standard error:%s",
                 said.start);
}

SCENARIO(serve_reports, 2, "udp_serve: says by whom a datagram is too long or unsent",
         "Do not answer a datagram that is longer than LIMIT: complain_because(\"recvfrom\", \"a "
         "datagram is too long\"). When sendto fails: complain(\"sendto\"). Then go on.",
         "When a datagram is too long")
{
    char bytes[101];
    struct program *driver = start_serving();
    struct peer *client = datagram_open("The client");
    expect_next_answer(driver, client);
    fill_letters(bytes, sizeof bytes);
    datagram_send(client, driver->port, bytes, sizeof bytes);
    program_settle(driver); /* several threads may receive: another one would take the next */
    expect_next_answer(driver, client);
    expect_complained_of(driver, "recv", "too long");
    fault_error(driver, GROUP_SENDING, EPERM, 1, 0);
    datagram_send(client, driver->port, bytes, 10);
    program_settle(driver);
    expect_next_answer(driver, client);
    trust_fault(driver, GROUP_SENDING, "make fail");
    if (!has_complained_of(driver, "write", strerror(EPERM)))
        expect_complained_of(driver, "send", strerror(EPERM));
}

SCENARIO(serve_returns, 2, "udp_serve: returns -1 when the socket cannot be used",
         "complain() with the name of the call, and return -1 with its errno. The caller closes "
         "the socket.",
         "Everybody at one socket")
{
    static const int errors[] = {EBADF, ENOTSOCK};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char situation[80];
        snprintf(situation, sizeof situation, _("Receiving failed with %s"),
                 strerrorname_np(errors[i]));
        fault_at_start(GROUP_RECEIVING, errors[i], 0, INT32_MAX, 0);
        struct program *driver = start_serving();
        struct peer *client = datagram_open("The client");
        datagram_send(client, driver->port, "hello", 5); /* for one that first waits in poll(2) */
        struct returned returned = expect_returned(driver, "udp_serve", 1, situation);
        expect_met(driver, &returned, GROUP_RECEIVING, "recvfrom");
        expect_error(&returned, errors[i], situation);
        expect_either_reported(driver, &returned, "recv", "read", strerror(errors[i]), situation);
    }
}
