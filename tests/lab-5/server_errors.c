/* The server: an error of one client must not affect the others. */
#include "grader/observe/procfs.h"
#include "lab-5/common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A new client sends a datagram to SERVER, and expects its answer. WHY is the beginning of the
   report: "After a client had gone,". */
static void expect_served(struct program *server, const char *why)
{
    char hello[20];
    char what[200];
    struct peer *next = datagram_open("The next client");
    snprintf(what, sizeof what, _("%s the next client sent 20 bytes."), _(why));
    fill_letters(hello, sizeof hello);
    datagram_send(next, server->port, hello, sizeof hello);
    expect_datagram(next, hello, sizeof hello, what);
    peer_close(next);
}

SCENARIO(peer_gone, 1, "server: survives a client that goes before its answer",
         "An answer that cannot be delivered concerns one client. Serve the others.",
         "Everybody at one socket")
{
    struct program *server = start_datagram_server();
    expect_served(server, "Before any error,");
    for (int turn = 0; turn < 3; turn++) {
        struct peer *client = datagram_open("A client that goes");
        program_pause(server);
        datagram_send(client, server->port, "hello", 5);
        peer_close(client);
        program_resume(server);
        expect_served(server, "A client had sent a datagram and closed its socket. After that");
    }
}

SCENARIO(receiving_fails, 2, "server: goes on after an error of recvfrom",
         "ECONNREFUSED from recvfrom means that an earlier answer went to a closed port. Go on "
         "with the next datagram.",
         "Everybody at one socket")
{
    static const int errors[] = {ECONNREFUSED, EHOSTUNREACH, ENETUNREACH};
    struct program *server = start_datagram_server();
    expect_served(server, "Before any error,");
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char why[120];
        snprintf(why, sizeof why, _("Receiving failed with %s. After that"),
                 strerrorname_np(errors[i]));
        /* Many times, to catch a server that gives up after a number of errors. */
        fault_error(server, GROUP_RECEIVING, errors[i], i == 0 ? 12 : 1, 0);
        /* The call that already waits may still succeed; the next call fails. */
        expect_served(server, why);
        expect_served(server, why);
        trust_fault(server, GROUP_RECEIVING, "make fail");
    }
}

struct complaint {
    const struct program *server;
    size_t before;
};

static bool has_complained(void *argument)
{
    const struct complaint *complaint = argument;
    return complaint->server->complained.length > complaint->before || complaint->server->ended;
}

SCENARIO(sending_fails, 1, "server: tells when an answer cannot be sent, and goes on",
         "complain(\"sendto\") says so, and the next datagram is somebody else's.",
         "Everybody at one socket")
{
    static const int errors[] = {ENOBUFS, ECONNREFUSED, EHOSTUNREACH, EPERM};
    struct program *server = start_datagram_server();
    expect_served(server, "Before anything had gone wrong,");
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char what[160];
        const char *name = strerrorname_np(errors[i]);
        struct complaint complaint = {server, server->complained.length};
        struct peer *client = datagram_open("The client");
        fault_error(server, GROUP_SENDING, errors[i], 1, 0);
        datagram_send(client, server->port, "first", 5);
        stage_wait(client, has_complained, &complaint);
        trust_fault(server, GROUP_SENDING, "make fail");
        if (server->complained.length == complaint.before && !server->ended) {
            struct text text = {0};
            text_add(
                &text,
                _("Sending an answer failed with %s. The server should have reported that with "
                  "complain(). It printed"),
                name);
            add_said(&text, server);
            fail_because(EXPECT_COMPLAINT, "%s.", text.start);
        }
        snprintf(what, sizeof what,
                 _("Sending an answer failed with %s. After that, the client sent \"second\"."),
                 name);
        datagram_send(client, server->port, "second", 6);
        expect_datagram(client, "second", 6, what);
        peer_close(client);
    }
}

SCENARIO(interrupted, 1, "server: retries recvfrom and sendto after EINTR",
         "EINTR means that nothing has happened yet: call the function again.",
         "Everybody at one socket")
{
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    expect_answer(server, client, "hello", 5);
    fault_error(server, GROUP_RECEIVING, EINTR, 2, 0);
    for (int turn = 0; turn < 2; turn++) {
        static const char *const words[] = {"again", "still"};
        datagram_send(client, server->port, words[turn], 5);
        expect_datagram(client, words[turn], 5,
                        "Receiving failed with EINTR. Then the client sent 5 bytes.");
    }
    trust_fault(server, GROUP_RECEIVING, "make fail");
    fault_error(server, GROUP_SENDING, EINTR, 2, 0);
    datagram_send(client, server->port, "once more", 9);
    expect_datagram(client, "once more", 9,
                    "The client sent 9 bytes, and sending the answer failed with EINTR. The server "
                    "has to send it again.");
    trust_fault(server, GROUP_SENDING, "make fail");
}

SCENARIO(socket_unusable, 1, "server: ends when its socket cannot be used",
         "After EBADF no later call can succeed. Complain, and return -1: otherwise the loop never "
         "ends.",
         "Everybody at one socket")
{
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    expect_answer(server, client, "hello", 5);
    fault_error(server, GROUP_RECEIVING, EBADF, INT32_MAX, 0);
    /* Calls that already wait, one in each thread, may still receive the first ones. */
    for (int i = 0; i < 8; i++)
        datagram_send(client, server->port, "hello", 5);
    enum wait_result result = program_wait(server);
    trust_fault(server, GROUP_RECEIVING, "make fail");
    if (result != DONE)
        fail_because(EXPECT_EXIT,
                     "Every recvfrom failed with EBADF. The server should have reported that and "
                     "ended, but it %s.",
                     _(result == SPUN ? "calls recvfrom again in a busy loop" : "goes on"));
    expect_exit(server, 1);
    if (server->complained.length == 0)
        fail_because(EXPECT_COMPLAINT,
                     "Every recvfrom failed with EBADF. The server ended, which is correct, but "
                     "did not print the reason on standard error.");
    expect_closed_once(server, "udp_serve leaves the socket open, and main closes it.");
}

/* Returns the number of open descriptors of SERVER while it waits; -1 if it is not known. */
static int count_descriptors(struct program *server)
{
    program_settle(server);
    return procfs_count_descriptors(server->pid);
}

SCENARIO(descriptors, 1, "server: leaks no descriptors over 50 clients",
         "One socket is enough for all clients. If you open another one, close it.",
         "Everybody at one socket")
{
    enum { CLIENTS = 50 };
    struct program *server = start_datagram_server();
    expect_served(server, "Before the others,");
    int before = count_descriptors(server);
    for (int i = 0; i < CLIENTS; i++)
        expect_served(server, "50 clients asked, one after another:");
    int after = count_descriptors(server);
    if (before == -1 || after == -1)
        not_tested("The system does not let the test see the server's descriptors.");
    if (after > before)
        fail_because(EXPECT_RESOURCES,
                     "After the first client, the server had %d open descriptors. After %d more "
                     "clients it has %d.",
                     before, CLIENTS, after);
}

VALGRIND(server_memcheck, 1, "server: is clean under valgrind",
         "valgrind reports the line that uses memory that is not yours or not initialized, and the "
         "descriptors that are still open.",
         "What valgrind sees")
{
    enum { LIMIT = 2000 };
    struct peer *client = datagram_open("The client");
    struct peer *other = datagram_open("Another client");
    struct program *server =
        expect_listening(program_start_memcheck("server", "-l", "2000", "0", NULL));
    fill_bytes(largest_data, DATAGRAM_MOST);
    expect_answer(server, client, largest_data, 600);
    expect_answer(server, client, largest_data, LIMIT);
    expect_answer(server, client, largest_data, 0);
    struct peer *gone = datagram_open("A client that goes");
    datagram_send(gone, server->port, "hello", 5);
    peer_close(gone);
    expect_answer(server, client, largest_data, 5);
    /* Whether these are refused is tested by too_long. */
    datagram_send(other, server->port, largest_data, LIMIT + 1);
    datagram_send(other, server->port, largest_data, DATAGRAM_MOST);
    program_settle(server);
    program_terminate(server);
    expect_clean(server, 1);
}
