/* The server: clients leave, and the next one is served. */
#include "lab-2/common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

SCENARIO(leaves_mid_line, 1, "server: survives a client that vanishes in mid-line",
         "When receiving fails, the client has left: say so, and go on with the next one.",
         "When somebody leaves")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    say_piece(server, client, "half a li", 9);
    leave(client, RESET);
    dialogue_did("The client sent half a line, and vanished (RST).");
    expect_shown(server, "client left\n");
    expect_complaint(server, "Connection reset");
    client = come_and_talk(server, "The next client");
    /* Where no call can be made to fail that way, this one is reset as well. */
    fault_error(server, GROUP_RECEIVING, ETIMEDOUT, 1, 0);
    say_piece(server, client, "half a li", 9);
    if (fault_hits(server, GROUP_RECEIVING) == 0)
        leave(client, RESET);
    dialogue_did("The client sent half a line, and its network broke down: receiving fails.");
    expect_shown(server, "client left\n");
    come_and_talk(server, "The last client");
}

/* The client leaves while the operator thinks; then the operator answers. */
static void leaves_while_typing(enum leaving how)
{
    char back[WORD + 1];
    struct word line = new_word();
    struct word answer = new_word();
    struct word other = new_word();
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    say_line(client, line.letters);
    expect_said(server, "client says: ", line.letters);
    leave(client, how);
    type_line(server, answer.letters);
    dialogue_did("The client spoke and %s; then the operator answered.",
                 how == CLOSE   ? "left"
                 : how == RESET ? "vanished (RST)"
                                : "vanished (FIN and RST)");
    if (how != FIN_AND_RESET) /* there it is SIGPIPE that matters */
        expect_shown(server, "client left\n");
    client = come(server, "The next client");
    say_line(client, line.letters);
    if (how == FIN_AND_RESET)
        expect_said(server, "client says: ", line.letters);
    else
        expect_said_next(server, "client says: ", line.letters);
    type_line(server, other.letters);
    /* Who watches both sides has noticed in time, and kept the first answer for the next client. */
    if (peer_receive(client, back, sizeof back) < sizeof back ||
        (memcmp(back, answer.letters, WORD) != 0 && memcmp(back, other.letters, WORD) != 0))
        fail_dialogue(server, client,
                      "The next client spoke, and should have received the answer.");
}

SCENARIO(leaves_in_turn, 2, "server: notices that a client left while it was typing",
         "The first send after the client has closed succeeds; the next recv tells.",
         "When somebody leaves")
{
    leaves_while_typing(CLOSE);
}

SCENARIO(vanishes_in_turn, 2, "server: survives answering a client that has gone",
         "Sending on a connection that the other side has left raises SIGPIPE, which ends the "
         "program unless it is ignored or MSG_NOSIGNAL is given.",
         "When somebody leaves")
{
    leaves_while_typing(FIN_AND_RESET);
}

SCENARIO(reset_in_turn, 1, "server: says \"client left\" when sending fails",
         "A send that fails because the connection is gone means that the client has left.",
         "When somebody leaves")
{
    leaves_while_typing(RESET);
}

SCENARIO(second_client, 4, "server: serves the second client when the first has left",
         "A client that has connected waits in the kernel's queue, with what it has sent. The "
         "server gets to it when chat_answer returns, which it does when the first one leaves "
         "and not at a word such as \"bye\", and accept is called again.",
         "Waiting in the queue")
{
    struct word line = new_word();
    struct word answer = new_word();
    struct program *server = start_server();
    struct peer *first = come_and_talk(server, "The first client");
    for (const char *const *word = farewells; *word != NULL; word++)
        turn(server, first, *word, *word);
    struct peer *second = come(server, "The second client");
    say_line(second, line.letters);
    turn(server, first, new_word().letters, new_word().letters);
    expect_not_shown(server, line.letters);
    leave(first, CLOSE);
    dialogue_did("The second client connected and spoke while the first was being served. Then the "
                 "first left.");
    struct text wanted = {0};
    text_add(&wanted, "client says: %s\n", line.letters);
    if (!wait_shown(server, wanted.start)) {
        int queued = connection_queue(server->port);
        dialogue.peer = NULL;
        program_settle(server);
        if (server->ended)
            fail_dialogue(server, NULL,
                          "Now it is the second client's turn. But the server has ended: a session "
                          "returns, and never calls exit.");
        if (queued > 0)
            fail_dialogue(server, NULL,
                          "Now it is the second client's turn. But its connection still "
                          "sits in the accept queue: accept has not been called again.");
        fail_dialogue(server, NULL,
                      "Now it is the second client's turn. Its connection has been "
                      "accepted, but what it said was not shown.");
    }
    text_free(&wanted);
    type_line(server, answer.letters);
    expect_line(second, answer.letters);
}

SCENARIO(leftovers, 3, "server: gives nothing of one client to the next",
         "What has been received belongs to its connection: a new reader for each client, not "
         "a static one.",
         "What is left over")
{
    struct word line = new_word();
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The first client");
    say_piece(server, client, "secret", 6);
    leave(client, RESET);
    client = come(server, "The second client");
    say_line(client, line.letters);
    dialogue_did(
        "The first client sent \"secret\", no newline, and vanished. The second sent \"%s\" and "
        "a newline.",
        line.letters);
    expect_said(server, "client says: ", line.letters);
    say_bytes(client, "two\nthree\n", 10);
    leave(client, FIN_AND_RESET);
    type_bytes(server, "one\n", 4);
    size_t place = server->console_read;
    client = come(server, "The third client");
    say_line(client, line.letters);
    dialogue_did(
        "The second client sent two more lines and vanished before it was answered. Then a "
        "third one came, and sent \"%s\\n\".",
        line.letters);
    expect_said(server, "client says: ", line.letters);
    server->console_read = place;
    expect_not_shown(server, "three");
}

VALGRIND(server_memcheck, 3, "server: is clean under valgrind",
         "valgrind tells where memory is used that is not yours or not set, and where a "
         "descriptor that is still open was opened.",
         "What valgrind sees")
{
    char line[40];
    struct program *server = start_server_memcheck();
    struct peer *client = come_and_talk(server, "The client");
    turn(server, client, letters(LIMIT), "");
    say_piece(server, client, "one\nand the second li", 21);
    type_bytes(server, "1\n2\n", 4);
    say_bytes(client, "ne\n", 3);
    expect_line(client, "1");
    expect_line(client, "2");
    say_piece(server, client, "half", 4);
    leave(client, RESET);
    client = come_and_talk(server, "The second client");
    say_line(client, letters(LIMIT + 10));
    expect_hang_up(client);
    client = come_and_talk(server, "The last client");
    uint16_t port = client->port;
    leave(client, CLOSE);
    /* It has left the last session when it waits for the next client. */
    snprintf(line, sizeof line, "[%u] disconnected", port);
    program_wait_line(server, line);
    program_settle(server);
    program_terminate(server);
    expect_closed_once(server, "chat_answer leaves conn open, and serve closes it.");
    expect_clean(server, 1);
}
