/* The server: a client leaves, and the server serves the next one. */
#include "lab-2/common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

SCENARIO(leaves_mid_line, 1, "server: survives a reset in the middle of a line",
         "If recv fails, the client has left: print \"client left\", and serve the next client.",
         "When somebody leaves")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    say_piece(server, client, "half a li", 9);
    leave(client, RESET);
    dialogue_did("The client sent half a line, and reset the connection (RST).");
    expect_shown(server, "client left\n");
    expect_complaint(server, "Connection reset");
    client = come_and_talk(server, "The next client");
    /* If no call of the server can be made to fail, reset this connection too. */
    fault_error(server, GROUP_RECEIVING, ETIMEDOUT, 1, 0);
    say_piece(server, client, "half a li", 9);
    if (fault_hits(server, GROUP_RECEIVING) == 0)
        leave(client, RESET);
    dialogue_did("The client sent half a line, and then its network failed: recv fails.");
    expect_shown(server, "client left\n");
    come_and_talk(server, "The last client");
    expect_left_told(server, "client", 2);
}

/* The client leaves while the server waits for the operator. Then the operator answers. */
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
    dialogue_did("The client sent a line and %s. Then the operator answered.",
                 _(how == CLOSE   ? "closed the connection"
                   : how == RESET ? "reset the connection (RST)"
                                  : "closed and reset the connection (FIN, RST)"));
    if (how != FIN_AND_RESET) /* that test is about SIGPIPE */
        expect_shown(server, "client left\n");
    client = come(server, "The next client");
    say_line(client, line.letters);
    if (how == FIN_AND_RESET)
        expect_said(server, "client says: ", line.letters);
    else
        expect_said_next(server, "client says: ", line.letters);
    type_line(server, other.letters);
    /* A server that watches both sides may keep the first answer for the next client. */
    if (peer_receive(client, back, sizeof back) < sizeof back ||
        (memcmp(back, answer.letters, WORD) != 0 && memcmp(back, other.letters, WORD) != 0))
        fail_dialogue(EXPECT_LINE, server, client,
                      "The next client sent a line. It should have received the answer.");
    if (how != FIN_AND_RESET)
        expect_left_told(server, "client", 1);
}

SCENARIO(leaves_in_turn, 1, "server: notices that the client left while it waited",
         "Go back to line_read after each answer: the first send to a client that has closed still "
         "succeeds, but the next recv returns 0.",
         "When somebody leaves")
{
    leaves_while_typing(CLOSE);
}

SCENARIO(vanishes_in_turn, 1, "server: survives a send to a client that has gone",
         "A send to a peer that has closed the connection raises SIGPIPE, which kills the program. "
         "Ignore the signal, or use MSG_NOSIGNAL.",
         "When somebody leaves")
{
    leaves_while_typing(FIN_AND_RESET);
}

SCENARIO(reset_in_turn, 1, "server: says \"client left\" when send fails",
         "If send fails because the connection is broken, the client has left: say so, and end the "
         "session.",
         "When somebody leaves")
{
    leaves_while_typing(RESET);
}

SCENARIO(second_client, 2, "server: serves the second client when the first has left",
         "A connected client waits in the kernel's queue, and the kernel keeps what it sends. "
         "chat_answer must return when the first client leaves, and not at a word like \"bye\". "
         "Then serve must call accept again.",
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
    dialogue_did("The second client connected and sent a line while the server was serving the "
                 "first. Then the first client left.");
    struct text wanted = {0};
    text_add(&wanted, "client says: %s\n", line.letters);
    if (!wait_shown(server, wanted.start)) {
        int queued = connection_queue(server->port);
        dialogue.peer = NULL;
        program_settle(server);
        if (server->ended)
            fail_dialogue(EXPECT_RUNNING, server, NULL,
                          "The server should now serve the second client. But the server has "
                          "ended: a session must return, and must never call exit.");
        if (queued > 0)
            fail_dialogue(EXPECT_CONNECT, server, NULL,
                          "The server should now serve the second client. But its connection is "
                          "still in the accept queue: the server has not called accept again.");
        fail_dialogue(EXPECT_CONSOLE, server, NULL,
                      "The server should now serve the second client. It has accepted the "
                      "connection, but has not shown the client's line.");
    }
    text_free(&wanted);
    type_line(server, answer.letters);
    expect_line(second, answer.letters);
    expect_left_told(server, "client", 1);
}

SCENARIO(leftovers, 1, "server: gives no bytes of one client to the next",
         "Received bytes belong to their connection. Use a new reader for each client, not a "
         "static one.",
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
        "The first client sent \"secret\" without a newline, and reset the connection. The second "
        "client sent \"%s\" and a newline.",
        line.letters);
    expect_said(server, "client says: ", line.letters);
    say_bytes(client, "two\nthree\n", 10);
    leave(client, FIN_AND_RESET);
    type_bytes(server, "one\n", 4);
    size_t place = server->console_read;
    client = come(server, "The third client");
    say_line(client, line.letters);
    dialogue_did(
        "The second client sent two more lines, and closed and reset the connection before it got "
        "an answer. Then a third client connected and sent \"%s\\n\".",
        line.letters);
    expect_said(server, "client says: ", line.letters);
    server->console_read = place;
    expect_not_shown(server, "three");
}

VALGRIND(server_memcheck, 1, "server: is clean under valgrind",
         "valgrind reports the line that uses memory that is not yours or not initialized, and the "
         "line that opened a descriptor that is still open.",
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
    /* When it waits for the next client, the last session has ended. */
    snprintf(line, sizeof line, "[%u] disconnected", port);
    if (program_wait_line(server, line) == SPUN)
        fail_because(EXPECT_CLOSE, "The last client closed its connection. The server should have "
                                   "closed it too, but it is in a busy loop.");
    program_settle(server);
    program_terminate(server);
    expect_closed_once(server, "chat_answer must leave conn open; serve closes it.");
    expect_clean(server, 1);
}
