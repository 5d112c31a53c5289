/* The client: when somebody leaves. */
#include "lab-4/common.h"

#include <errno.h>
#include <sys/wait.h>

/* CLIENT has ended: talk has returned, and left the connection to main. */
static void expect_return_of_talk(const struct program *client)
{
    expect_return(client, "talk", CALL_CONNECT);
    expect_closed_once(client, "talk leaves conn open, and main closes it.");
}

SCENARIO(client_keyboard_ends, 3, "client: shows what is on its way after Ctrl-D",
         "shutdown with SHUT_WR ends the one direction only. Go on receiving until the server "
         "has closed as well, and say nothing.",
         "How the client ends")
{
    struct program *client;
    struct text shown = {0};
    struct peer *server = meet_client(program_start, &client);
    show(client, server, "welcome");
    program_settle(client); /* the keyboard is to end while the client listens to the server */
    type_bytes(client, "bye\nand a last word", 19);
    type_end(client);
    dialogue_did(
        "Two lines were typed at the client's keyboard, the last without a newline, and then "
        "Ctrl-D.");
    expect_line(server, "bye");
    expect_line(server, "and a last word");
    size_t extra = 0;
    if (!peer_receive_end(server, &extra) || server->reset || extra > 0)
        fail_dialogue(client, server,
                      "The server should have got both lines, and then the end of the stream.");
    enum wait_result result = program_wait(client);
    if (result == DONE || result == SPUN)
        fail_dialogue(client, server,
                      "The server has not closed yet, and may still send. The client should have "
                      "waited for it; it %s.",
                      result == DONE ? "ended" : "kept the processor busy");
    for (int i = 0; i < 100; i++)
        text_add(&shown, "line %d\n", i);
    /* The first of it alone: a client that only takes what is there already is gone then. */
    say_piece(client, server, shown.start, 7);
    say_bytes(server, shown.start + 7, shown.length - 7);
    leave(server, CLOSE);
    dialogue_did("Ctrl-D was typed at the client's keyboard. After that the server still sent 100 "
                 "lines, and closed.");
    expect_shown(client, "line 0\n");
    expect_shown(client, "line 99\n");
    expect_exit(client, 0);
    if (is_shown(client, "server left"))
        fail_dialogue(client, NULL, "It was the person who left first: nothing should be said.");
    expect_return_of_talk(client);
    text_free(&shown);
}

SCENARIO(client_server_ends, 3, "client: ends at once when the server has left",
         "The thread at the keyboard may wait for ever: end it (pthread_cancel, then "
         "pthread_join) when the server has gone.",
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
    dialogue_did("The server sent 101 lines, the last without a newline, and closed its side. The "
                 "person had typed half a line.");
    text_add(&shown, "\nserver left\n");
    expect_console(client, shown.start);
    expect_exit(client, 0);
    if (is_shown(client, "server left"))
        fail_dialogue(client, NULL, "\"server left\" should be said once.");
    expect_return_of_talk(client);
    peer_close(server);
    server = meet_client(program_start, &client);
    show(client, server, "hello");
    leave(server, CLOSE);
    expect_console(client, "server left\n");
    expect_exit(client, 0);
    text_free(&shown);
}

/* Only sending fails, and the server goes on: that is the end as well. */
static void expect_send_error(void)
{
    struct program *client;
    struct peer *server = meet_client(program_start, &client);
    send_typed(client, server, "hello");
    fault_error(client, GROUP_SENDING, EPIPE, 1, 0);
    type_line(client, "are you there?");
    program_settle(client);
    dialogue_did("A line was typed at the client's keyboard, and sending it failed (EPIPE).");
    if (fault_hits(client, GROUP_SENDING) == 0)
        return; /* the probe cannot make it fail */
    if (program_wait(client) != DONE)
        fail_dialogue(client, NULL, "The client should have ended with status 1.");
    expect_failure(client, NULL, NULL);
    if (is_shown(client, "server left"))
        fail_dialogue(client, NULL, "The server has not left: this should not have been said.");
}

SCENARIO(client_server_breaks, 1, "client: ends with status 1 when the connection breaks",
         "What line_read or line_send returned decides: -1 from either is -1 from talk.",
         "How the client ends")
{
    struct program *client;
    struct peer *server = meet_client(program_start, &client);
    show(client, server, "hello");
    leave(server, RESET);
    expect_failure(client, NULL, NULL);
    expect_return_of_talk(client);
    /* The same when it shows in sending, and reading has found the end of the stream: whatever the
       client finds first, SIGPIPE is not its end. */
    server = meet_client(program_start, &client);
    show(client, server, "hello");
    program_pause(client);
    leave(server, FIN_AND_RESET);
    type_line(client, "are you there?");
    program_resume(client);
    dialogue_did("The server vanished (FIN and RST), and a line was typed.");
    if (program_wait(client) != DONE || !WIFEXITED(client->status))
        fail_dialogue(client, NULL, "The client should have ended by itself.");
    expect_send_error();
}

SCENARIO(client_too_long, 1, "client: ends with status 1 when a line is too long",
         "line_read returns -1 with EMSGSIZE, for the server as for the keyboard.",
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
        fail_dialogue(client, NULL, "The server has not left: this should not have been said.");
    server = meet_client(program_start, &client);
    show(client, server, "hello");
    line[1025] = '\0';
    type_line(client, line);
    dialogue_did("A line of 1025 bytes was typed at the client's keyboard; the limit is 1024.");
    expect_failure(client, "longer than 1024", NULL);
    expect_return_of_talk(client);
    expect_hang_up(server);
}
