/* The client: one of the two sides ends. */
#include "lab-4/common.h"

#include <errno.h>
#include <sys/wait.h>

/* CLIENT has ended: talk has returned, and left the connection to main. */
static void expect_return_of_talk(const struct program *client)
{
    expect_return(client, "talk", CALL_CONNECT);
    expect_closed_once(client, "talk must leave conn open; main closes it.");
}

SCENARIO(client_keyboard_ends, 2, "client: still shows incoming lines after Ctrl-D",
         "shutdown with SHUT_WR closes one direction only. Show lines until the server has closed "
         "the connection too, and print no message.",
         "How the client ends")
{
    struct program *client;
    struct text shown = {0};
    struct peer *server = meet_client(program_start, &client);
    show(client, server, "welcome");
    program_settle(client); /* so that the keyboard ends while the client waits for the server */
    type_bytes(client, "bye\nand a last word", 19);
    type_end(client);
    dialogue_did(
        "Two lines were typed at the client's keyboard, the last without a newline, and then "
        "Ctrl-D.");
    expect_line(server, "bye");
    expect_line(server, "and a last word");
    expect_end_of_file(client, server,
                       "The server should have got both lines, and then end of file.");
    enum wait_result result = program_wait(client);
    if (result == DONE || result == SPUN)
        fail_dialogue(EXPECT_RUNNING, client, server,
                      "The server has not closed the connection yet, and may still send. The "
                      "client should have waited for it, but it %s.",
                      _(result == DONE ? "ended" : "was in a busy loop"));
    for (int i = 0; i < 100; i++)
        text_add(&shown, "line %d\n", i);
    /* The first line alone, to catch a client that shows only what has already arrived. */
    say_piece(client, server, shown.start, 7);
    say_bytes(server, shown.start + 7, shown.length - 7);
    leave(server, CLOSE);
    dialogue_did("Ctrl-D was typed at the client's keyboard. After that the server sent 100 more "
                 "lines, and closed the connection.");
    expect_shown(client, "line 0\n");
    expect_shown(client, "line 99\n");
    expect_exit(client, 0);
    if (is_shown(client, "server left"))
        fail_dialogue(EXPECT_NOTHING, client, NULL,
                      "The user left first, so the client should not print \"server left\".");
    expect_return_of_talk(client);
    text_free(&shown);
}

SCENARIO(client_server_ends, 1, "client: ends at once when the server has left",
         "The thread that reads the keyboard may wait forever. End it (pthread_cancel, then "
         "pthread_join) when the server has left.",
         "How the client ends")
{
    struct program *client;
    struct text shown = {0};
    struct peer *server = meet_client(program_start, &client);
    send_typed(client, server, "hello");
    type_bytes(client, "half a li", 9);
    for (int i = 0; i < 100; i++)
        text_add(&shown, "line %d\n", i);
    text_add(&shown, "the last line");
    say_bytes(server, shown.start, shown.length);
    leave(server, HALF_CLOSE);
    dialogue_did("The server sent 101 lines, the last without a newline, and closed its sending "
                 "side. The user had typed half a line.");
    text_add(&shown, "\nserver left\n");
    expect_console(client, shown.start);
    expect_exit(client, 0);
    if (is_shown(client, "server left"))
        fail_dialogue(EXPECT_NOTHING, client, NULL,
                      "The client should print \"server left\" only once.");
    expect_return_of_talk(client);
    peer_close(server);
    server = meet_client(program_start, &client);
    show(client, server, "hello");
    leave(server, CLOSE);
    expect_console(client, "server left\n");
    expect_exit(client, 0);
    text_free(&shown);
}

/* Only sending fails, and the server goes on: the client must still end. */
static void expect_send_error(void)
{
    struct program *client;
    struct peer *server = meet_client(program_start, &client);
    send_typed(client, server, "hello");
    fault_error(client, GROUP_SENDING, EPIPE, 1, 0);
    type_line(client, "are you there?");
    program_settle(client);
    dialogue_did("A line was typed at the client's keyboard, and send failed with EPIPE.");
    if (fault_hits(client, GROUP_SENDING) == 0)
        return; /* the probe cannot make it fail */
    if (program_wait(client) != DONE)
        fail_dialogue(EXPECT_EXIT, client, NULL, "The client should have ended with status 1.");
    expect_failure(client, NULL, NULL);
    if (is_shown(client, "server left"))
        fail_dialogue(EXPECT_NOTHING, client, NULL,
                      "The server has not left, so the client should not print \"server left\".");
}

SCENARIO(client_server_breaks, 1, "client: ends with status 1 when the connection breaks",
         "If line_read or line_send returns -1, return -1 from talk.", "How the client ends")
{
    struct program *client;
    struct peer *server = meet_client(program_start, &client);
    show(client, server, "hello");
    leave(server, RESET);
    expect_failure(client, NULL, NULL);
    /* Now sending fails, and reading returns end of file. Whichever comes first, SIGPIPE must not
       kill the client. */
    expect_return_of_talk(client);
    server = meet_client(program_start, &client);
    show(client, server, "hello");
    program_pause(client);
    leave(server, FIN_AND_RESET);
    type_line(client, "are you there?");
    program_resume(client);
    dialogue_did("The server closed and reset the connection (FIN, RST), and a line was typed.");
    if (program_wait(client) != DONE || !WIFEXITED(client->status))
        fail_dialogue(EXPECT_EXIT, client, NULL,
                      "The client should have ended, with an exit status.");
    expect_send_error();
}

SCENARIO(client_too_long, 1, "client: ends with status 1 when a line is too long",
         "line_read returns -1 with EMSGSIZE, for the server and for the keyboard.",
         "How the client ends")
{
    static char line[3 * 1024];
    struct program *client;
    struct peer *server = meet_client(program_start, &client);
    show(client, server, "hello");
    fill_letters(line, sizeof line - 1);
    say_bytes(server, line, sizeof line - 1);
    dialogue_did("The server sent %zu bytes without a newline; the limit is 1024.",
                 sizeof line - 1);
    expect_failure(client, "longer than 1024", NULL);
    if (is_shown(client, "server left"))
        fail_dialogue(EXPECT_NOTHING, client, NULL,
                      "The server has not left, so the client should not print \"server left\".");
    server = meet_client(program_start, &client);
    show(client, server, "hello");
    line[1025] = '\0';
    type_line(client, line);
    dialogue_did("A line of 1025 bytes was typed at the client's keyboard; the limit is 1024.");
    expect_failure(client, "longer than 1024", NULL);
    expect_return_of_talk(client);
    expect_hang_up(server);
}
