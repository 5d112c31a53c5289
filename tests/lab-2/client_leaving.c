/* The client: one side leaves, or there is no server. */
#include "lab-2/common.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

static void expect_nothing_shown(struct program *program)
{
    if (is_shown(program, ""))
        fail_dialogue(EXPECT_NOTHING, program, NULL,
                      "The %s's console should have shown nothing more.", _(program->role));
}

SCENARIO(client_keyboard_ends, 1, "client: ends at end of file of its keyboard",
         "If line_read returns 0 for the keyboard, there is no line: send nothing, and return 0.",
         "When somebody leaves")
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    type_end(client);
    expect_exit(client, 0);
    expect_hang_up(server);
    expect_nothing_said(client);
}

SCENARIO(server_leaves, 1, "client: says \"server left\" when the server closes",
         "At end of file line_read returns 0: print \"server left\", and return 0. No word, such "
         "as \"bye\", ends the session.",
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
    expect_left_told(client, "server", 1);
    expect_nothing_shown(client);
}

SCENARIO(server_vanishes, 1, "client: says \"server left\" when the connection breaks",
         "If recv fails, the server has left too; then chat_ask returns -1.",
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
    expect_complaint(client, "Connection reset");
    expect_left_told(client, "server", 1);
}

SCENARIO(server_gone, 1, "client: survives a send to a server that has gone",
         "A send to a peer that has closed the connection raises SIGPIPE, which kills the program. "
         "Ignore the signal, or use MSG_NOSIGNAL. If send returns -1, complain.",
         "When somebody leaves")
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    leave(server, FIN_AND_RESET);
    type_line(client, "are you there?");
    dialogue_did("The server closed and reset the connection (FIN, RST) while the client waited "
                 "for its keyboard. Then a line was typed.");
    expect_shown(client, "server left\n");
    /* Whether that is end of file or an error depends on which call notices it first. */
    if (program_wait(client) != DONE || !WIFEXITED(client->status))
        fail_dialogue(EXPECT_EXIT, client, NULL,
                      "The client should have ended, with an exit status.");
    /* Makes a send fail; if no send can be made to fail, the next receive fails. */
    server = meet_and_talk(&client);
    fault_error(client, GROUP_SENDING, ECONNRESET, 1, 0);
    type_line(client, "are you there?");
    program_settle(client);
    if (fault_hits(client, GROUP_SENDING) == 0)
        leave(server, RESET);
    dialogue_did("A line was typed at the client's keyboard, and the connection broke: send "
                 "fails.");
    expect_shown(client, "server left\n");
    expect_failure(client, "Connection reset", NULL);
    expect_complaint(client, "Connection reset");
    expect_left_told(client, "server", 1);
}

SCENARIO(nobody_listens, 1, "client: takes turns, and reports \"Connection refused\"",
         "tcp_connect of lab 1 reports why it failed.", "Who closes what")
{
    char port[8];
    struct program *client;
    meet_and_talk(&client);
    type_end(client);
    expect_exit(client, 0);
    /* Bound, so that no other program gets the port, but not listening. */
    struct peer *nobody = peer_bind("nobody");
    snprintf(port, sizeof port, "%u", nobody->port);
    client = program_start("client", "127.0.0.1", port, NULL);
    expect_failure(client, "Connection refused", NULL);
    expect_complaint(client, "Connection refused");
}

SCENARIO(server_is_silent, 1, "client: waits for a slow server",
         "recv blocks until something arrives; you need no loop for that.", "Taking turns")
{
    struct word line = new_word();
    struct program *client;
    time_limit_at_start(); /* whoever waits for a while only, gives up here */
    struct peer *server = meet_and_talk(&client);
    type_line(client, line.letters);
    expect_line(server, line.letters);
    bool busy = keeps_busy(client, 1000);
    if (client->ended || busy)
        fail_dialogue(EXPECT_RUNNING, client, server,
                      "The server had not answered yet. The client should have waited for the "
                      "answer, but it %s.",
                      _(client->ended ? "ended" : "was in a busy loop"));
    say_line(server, "at last");
    expect_said(client, "server says: ", "at last");
}

VALGRIND(client_memcheck, 1, "client: is clean under valgrind",
         "valgrind reports the line that uses memory that is not yours or not initialized, and the "
         "descriptors that are still open at the end.",
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
    expect_closed_once(client, "chat_ask must leave conn open; main closes it.");
    expect_clean(client, 0);
}
