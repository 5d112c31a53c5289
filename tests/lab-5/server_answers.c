/* The server: where it receives, and where its answers go. */
#include "grader/expect/depth.h"
#include "lab-5/common.h"

#include <stdio.h>
#include <string.h>

/* Sends no datagram for a while. The server must sleep and use no CPU time. */
static void expect_idleness(struct program *server)
{
    enum { IDLE_MS = 1200 };
    static const char did[] =
        "The client got its answer, and then the test sent nothing for a moment.";
    struct text text = {0};
    if (keeps_busy(server, IDLE_MS))
        fail_because(EXPECT_RUNNING,
                     "%s The server should have slept until the next datagram, but it was in a "
                     "busy loop.",
                     _(did));
    if (!server->ended)
        return;
    text_add(&text, _("%s The server should have waited for the next datagram"), _(did));
    add_outcome(&text);
    fail_because(EXPECT_RUNNING, "%s.", text.start);
}

SCENARIO(one_question, 3, "server: answers a datagram",
         "recvfrom returns the number of bytes and the sender's address. Send this many bytes back "
         "to this address with sendto.",
         "No connection at all")
{
    char hello[26];
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    fill_letters(hello, sizeof hello);
    expect_answer(server, client, hello, sizeof hello);
    program_settle(server);
    if (datagram_take(client, &got))
        fail_because(EXPECT_NOTHING,
                     "The client sent one datagram, and got it back. Then the server sent another "
                     "one, of %zu bytes. It must send one answer to one question.",
                     got.length);
    expect_idleness(server);
    /* The same bytes may be the same question again, because its answer was lost. */
    datagram_send(client, server->port, hello, sizeof hello);
    expect_datagram(client, hello, sizeof hello,
                    "The client sent a datagram of 26 bytes, and then the same one again.");
}

/* Starts `server PORT`. Returns NULL if another program has taken PORT in the meantime. */
static struct program *serve_at(uint16_t port)
{
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    stage.datagrams = true;
    struct program *server = program_start("server", number, NULL);
    server->asked_port = port;
    program_settle(server); /* it may print lines of its own before it has the port, or ends */
    return server->ended && !datagram_port_free(port) ? NULL : expect_listening(server);
}

SCENARIO(port_asked, 1, "server: receives on the port it was asked for",
         "Put the port into the sockaddr_in in network byte order (htons), and call bind.",
         "No connection at all")
{
    char hello[20];
    struct program *server = NULL;
    uint16_t port = 0;
    for (int attempt = 0; attempt < 3 && server == NULL; attempt++)
        server = serve_at(port = datagram_free_port());
    if (server == NULL)
        not_tested("Another program took every port that the test chose.");
    struct peer *client = datagram_open("The client");
    char what[120];
    snprintf(what, sizeof what, _("The test ran `server %u`. The client sent 20 bytes to port %u."),
             port, port);
    fill_letters(hello, sizeof hello);
    datagram_send(client, port, hello, sizeof hello);
    expect_datagram(client, hello, sizeof hello, what);
}

SCENARIO(every_address, 1, "server: receives on every address of the machine",
         "A socket bound to one address receives nothing on the others. Bind to INADDR_ANY.",
         "No connection at all")
{
    char hello[20];
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    fill_letters(hello, sizeof hello);
    expect_answer(server, client, hello, sizeof hello);
    fill_letters(hello, sizeof hello);
    /* All of 127.0.0.0/8 is this machine. */
    datagram_send_to(client, "127.0.0.2", server->port, hello, sizeof hello);
    expect_datagram(client, hello, sizeof hello,
                    "The client sent 20 bytes to 127.0.0.2, which is also this machine.");
}

SCENARIO(port_taken, 2, "server: reports \"Address already in use\"",
         "If bind fails, call complain(\"bind\") and return -1 from udp_bind. Do not set "
         "SO_REUSEADDR: for UDP it lets two sockets have the same port.",
         "No connection at all")
{
    char hello[20];
    char number[8];
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    fill_letters(hello, sizeof hello);
    expect_answer(server, client, hello, sizeof hello);
    snprintf(number, sizeof number, "%u", server->port);
    struct program *second = program_start("server", number, NULL);
    second->asked_port = server->port;
    stage.note_count = 0; /* the ladder is about the second server */
    program_settle(second);
    if (!second->ended && says_its_port(second))
        fail_because(EXPECT_CONNECT,
                     "The test ran `server %s` while another server had port %s. It should have "
                     "reported that the address is in use. But it says that it listens, and now "
                     "one of the two servers gets no datagrams.",
                     number, number);
    expect_failure(second, "Address already in use", NULL);
    if (!has_words(&second->complained, "bind"))
        fail_because(EXPECT_COMPLAINT,
                     "The server ended with an error, which is correct. But its message should "
                     "have named the failed call, bind. It printed:\n  %.*s",
                     (int)strcspn(second->complained.start, "\n"), second->complained.start);
    expect_closed_after(second, "bind", CALL_BIND);
}

SCENARIO(two_peers, 3, "server: sends two clients their own answers",
         "recvfrom fills in the sender's address each time: send the answer to this address.",
         "Everybody at one socket")
{
    enum { TURNS = 4 };
    char words[30];
    struct program *server = start_datagram_server();
    struct peer *first = datagram_open("The first client");
    struct peer *second = datagram_open("The second client");
    for (size_t i = 0; i < TURNS; i++) {
        fill_letters(words, sizeof words);
        expect_answer(server, first, words, 10 + i);
        fill_letters(words, sizeof words);
        expect_answer(server, second, words, 20 + i);
    }
    /* Now both datagrams wait at the same time. */
    char others[16];
    fill_letters(words, sizeof words);
    fill_letters(others, sizeof others);
    program_pause(server);
    datagram_send(second, server->port, others, sizeof others);
    datagram_send(first, server->port, words, sizeof words);
    program_resume(server);
    expect_datagram(first, words, sizeof words,
                    "The second client sent 16 bytes, and the first client 30 bytes.");
    expect_datagram(second, others, sizeof others,
                    "The second client sent 16 bytes, and the first client 30 bytes.");
}

SCENARIO(hundred_peers, 1, "server: answers 100 clients on one socket",
         "One socket receives from all clients. Send each answer to the client that asked.",
         "Everybody at one socket")
{
    enum { CLIENTS = 100 };
    static char words[CLIENTS][12];
    struct peer *clients[CLIENTS];
    struct program *server = start_datagram_server();
    /* The first one shows that the server works at all. */
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = datagram_open("One of 100 clients");
        fill_letters(words[i], sizeof words[i]);
    }
    expect_answer(server, clients[0], words[0], sizeof words[0]);
    fill_letters(words[0], sizeof words[0]);
    program_pause(server);
    for (size_t i = 0; i < CLIENTS; i++)
        datagram_send(clients[i], server->port, words[i], sizeof words[i]);
    program_resume(server);
    for (size_t i = 0; i < CLIENTS; i++)
        expect_datagram(clients[i], words[i], sizeof words[i],
                        "100 clients sent 12 bytes each, at the same time.");
    expect_loop(server, GROUP_RECEIVING, 1, "100 clients sent a datagram each");
}
