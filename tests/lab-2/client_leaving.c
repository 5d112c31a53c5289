/* The client: when somebody leaves, or never comes. */
#include "lab-2/common.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

static void expect_nothing_shown(struct program *program)
{
    if (is_shown(program, ""))
        fail_dialogue(program, NULL, "The %s's console should have shown nothing more.",
                      program->role);
}

SCENARIO(client_keyboard_ends, 1, "client: ends the conversation when its keyboard ends",
         "line_read returning 0 for the keyboard is no line: send nothing, return 0.",
         "When somebody leaves")
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    type_end(client);
    expect_exit(client, 0);
    expect_hang_up(server);
    expect_nothing_said(client);
}

SCENARIO(server_leaves, 2, "client: says \"server left\" when the server closes",
         "line_read returns 0 at the end of the stream: say so, and return 0. No word, such as "
         "\"bye\", ends a conversation.",
         "When somebody leaves")
{
    struct word line = new_word();
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    for (const char *const *word = farewells; *word != NULL; word++)
        ask(client, server, *word, *word);
    type_line(client, line.letters);
    expect_line(server, line.letters);
    leave(server, CLOSE);
    expect_shown(client, "server left\n");
    expect_exit(client, 0);
    expect_nothing_shown(client);
}

SCENARIO(server_vanishes, 1, "client: says \"server left\" when the connection breaks",
         "When receiving fails, the server has left as well; chat_ask then returns -1.",
         "When somebody leaves")
{
    struct word line = new_word();
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    type_line(client, line.letters);
    expect_line(server, line.letters);
    leave(server, RESET);
    expect_shown(client, "server left\n");
    expect_failure(client, "Connection reset", NULL);
}

SCENARIO(server_gone, 1, "client: survives sending to a server that has gone",
         "Sending on a connection that the other side has left raises SIGPIPE, which ends the "
         "program unless it is ignored or MSG_NOSIGNAL is given. When send returns -1, "
         "complain.",
         "When somebody leaves")
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    leave(server, FIN_AND_RESET);
    type_line(client, "are you there?");
    dialogue_did(
        "The server vanished (FIN and RST) while the client waited at its keyboard. Then a "
        "line was typed.");
    expect_shown(client, "server left\n");
    /* Whether that is the end of the stream or a failure depends on which call hears of it first.
     */
    if (program_wait(client) != DONE || !WIFEXITED(client->status))
        fail_dialogue(client, NULL, "The client should have ended by itself.");
    /* A send that fails for certain; where none can be made to, the receive behind it fails. */
    server = meet_and_talk(&client);
    fault_error(client, GROUP_SENDING, ECONNRESET, 1, 0);
    type_line(client, "are you there?");
    program_settle(client);
    if (fault_hits(client, GROUP_SENDING) == 0)
        leave(server, RESET);
    dialogue_did("A line was typed at the client's keyboard, and the connection broke: sending it "
                 "fails.");
    expect_shown(client, "server left\n");
    expect_failure(client, "Connection reset", NULL);
}

SCENARIO(nobody_listens, 1, "client: talks, and tells when nobody listens",
         "tcp_connect of lab 1 says why it failed.", "Who closes what")
{
    char port[8];
    struct program *client;
    meet_and_talk(&client);
    type_end(client);
    expect_exit(client, 0);
    /* Bound, so that nobody else gets the port, but not listening. */
    struct peer *nobody = peer_bind("nobody");
    snprintf(port, sizeof port, "%u", nobody->port);
    client = program_start("client", "127.0.0.1", port, NULL);
    expect_failure(client, "Connection refused", NULL);
}

SCENARIO(server_is_silent, 1, "client: waits for a server that takes its time",
         "recv waits by itself until something arrives.", "Taking turns")
{
    struct word line = new_word();
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    type_line(client, line.letters);
    expect_line(server, line.letters);
    enum wait_result result = program_wait(client);
    if (result == DONE || result == SPUN)
        fail_dialogue(client, server,
                      "The server had not answered yet. The client should have waited "
                      "for it; it %s.",
                      result == DONE ? "ended" : "kept the processor busy");
    say_line(server, "at last");
    expect_said(client, "server says: ", "at last");
}

VALGRIND(client_memcheck, 2, "client: is clean under valgrind",
         "valgrind tells where memory is used that is not yours or not set, and what is still "
         "open at the end.",
         "What valgrind sees")
{
    struct program *client;
    struct peer *server = meet(program_start_memcheck, &client);
    ask(client, server, letters(LIMIT), "");
    type_line(client, "two");
    expect_line(server, "two");
    say_piece(client, server, "one\nand the second li", 21);
    say_bytes(server, "ne\n", 3);
    expect_said(client, "server says: ", "one");
    type_bytes(client, "and?", 4);
    type_end(client);
    expect_line(server, "and?");
    expect_said(client, "server says: ", "and the second line");
    expect_exit(client, 0);
    expect_closed_once(client, "chat_ask leaves conn open, and main closes it.");
    expect_clean(client, 0);
}
