/* The server: a chat in turns, and the operator's keyboard. */
#include "lab-2/common.h"

SCENARIO(conversation, 4, "server: takes turns with the client",
         "Repeat until one side leaves: read the client's line, show it, prompt, read a line from "
         "the keyboard, send it.",
         "Taking turns")
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    say_line(client, "hello Server!");
    expect_console(server, "client says: hello Server!\n" PROMPT);
    type_line(server, "hello Client!");
    expect_line(client, "hello Client!");
    say_line(client, "Bye~");
    expect_console(server, "client says: Bye~\n" PROMPT);
    type_line(server, "Bye~");
    expect_line(client, "Bye~");
    leave(client, CLOSE);
    expect_console(server, "client left\n");
}

SCENARIO(prompt, 1, "server: prompts before it waits for the keyboard",
         "When the console is a pipe, printf's output stays in a buffer. Use console_prompt(), or "
         "call fflush(stdout) after printf.",
         "Prompts and buffers")
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    for (int i = 0; i < 3; i++) {
        struct word word = new_word();
        say_line(client, word.letters);
        expect_said(server, "client says: ", word.letters);
        expect_console(server, PROMPT);
        type_line(server, word.letters);
        expect_line(client, word.letters);
    }
}

SCENARIO(typed_ahead, 1, "server: keeps lines typed ahead for the next client",
         "Use one keyboard reader for all clients. Do not empty it when a session ends.",
         "Taking turns")
{
    struct program *server = start_server();
    type_bytes(server, "one\ntwo\nthree\n", 14);
    struct peer *client = come(server, "The client");
    say_line(client, "first");
    expect_said(server, "client says: ", "first");
    expect_line(client, "one");
    say_line(client, "second");
    expect_said(server, "client says: ", "second");
    expect_line(client, "two");
    leave(client, CLOSE);
    client = come(server, "The next client");
    say_line(client, "third");
    expect_line(client, "three");
}

SCENARIO(keyboard_ends, 1, "server: ends the session at end of file of its keyboard",
         "If line_read returns 0 for the keyboard, there is no line: send nothing, print nothing, "
         "and return 0.",
         "When somebody leaves")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    struct word line = new_word();
    say_line(client, line.letters);
    expect_said(server, "client says: ", line.letters);
    size_t place = server->console_read;
    type_end(server);
    expect_hang_up(client);
    program_settle(server); /* it may be about to end */
    expect_nothing_said(server);
    /* There can be no more answers, but the server must still accept clients. */
    client = come(server, "The next client");
    say_line(client, line.letters);
    expect_said(server, "client says: ", line.letters);
    server->console_read = place;
    expect_not_shown(server, "client left");
    expect_hang_up(client);
}

SLOW(
    silent_people, 1, "server: waits for people who take their time",
    "recv and read wait by themselves until something arrives. A time limit that passes is not the "
    "end of a conversation.",
    "Taking turns")
{
    struct word line = new_word();
    time_limit_at_start(); /* whoever waits for a while only, gives up here */
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    bool busy = keeps_busy(server, 1000);
    say_line(client, line.letters);
    dialogue_did("The client was silent for a while, and then sent \"%s\\n\".", line.letters);
    expect_said(server, "client says: ", line.letters);
    busy = keeps_busy(server, 1000) || busy;
    type_line(server, line.letters);
    dialogue_did("The client sent a line. The operator thought for a while, and answered.");
    expect_line(client, line.letters);
    if (busy)
        fail_dialogue(EXPECT_RUNNING, server, client,
                      "The server should have waited; it kept the processor busy.");
}

SCENARIO(keyboard_last_line, 1, "server: sends a last typed line that has no newline",
         "End of file of the keyboard also ends a line, as in any stream.", "The end of a line")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    say_line(client, "what else?");
    expect_said(server, "client says: ", "what else?");
    type_bytes(server, "nothing", 7);
    type_end(server);
    dialogue_did(
        "\"nothing\" was typed at the server's keyboard, without a newline, and then Ctrl-D.");
    expect_line(client, "nothing");
    say_line(client, "good bye");
    expect_said(server, "client says: ", "good bye");
    expect_hang_up(client);
}

SCENARIO(keyboard_too_long, 1, "server: refuses a typed line that is too long",
         "line_read can return -1 for the keyboard too: then end the session.",
         "A limit, and what is past it")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    say_line(client, "what else?");
    expect_said(server, "client says: ", "what else?");
    type_line(server, letters(LIMIT + 1));
    dialogue_did("A line of %d bytes was typed at the server's keyboard; the limit is %d.",
                 LIMIT + 1, LIMIT);
    expect_hang_up(client);
    expect_complaint(server, "longer than 1024");
    expect_not_shown(server, "client left");
}
