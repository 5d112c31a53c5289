/* The client: a chat in turns, and lines over a stream. */
#include "lab-2/common.h"

SCENARIO(client_conversation, 3, "client: takes turns with the server",
         "Repeat: prompt, read a line from the keyboard, send it, read the server's line, show it.",
         "Taking turns")
{
    struct program *client;
    struct peer *server = meet(program_start, &client);
    expect_console(client, PROMPT);
    type_line(client, "hello Server!");
    expect_line(server, "hello Server!");
    say_line(server, "hello Client!");
    expect_console(client, "server says: hello Client!\n" PROMPT);
    type_line(client, "Bye~");
    expect_line(server, "Bye~");
    say_line(server, "Bye~");
    expect_console(client, "server says: Bye~\n" PROMPT);
}

SCENARIO(client_prompt, 1, "client: prompts before it waits for the keyboard",
         "When the console is a pipe, printf's output stays in a buffer. Use console_prompt(), or "
         "call fflush(stdout) after printf.",
         "Prompts and buffers")
{
    struct program *client;
    struct peer *server = meet(program_start, &client);
    expect_console(client, PROMPT);
    for (int i = 0; i < 3; i++) {
        ask(client, server, new_word().letters, new_word().letters);
        expect_console(client, PROMPT);
    }
}

SCENARIO(client_cut, 2, "client: reads an answer that arrives in two pieces",
         "An answer is complete when its newline has arrived, not when recv returns.",
         "Lines over a stream")
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    for (size_t cut = 1; cut <= WORD; cut++) {
        struct word line = new_word();
        struct word answer = new_word();
        type_line(client, line.letters);
        expect_line(server, line.letters);
        say_in_two(client, server, answer.letters, cut);
        expect_said(client, "server says: ", answer.letters);
    }
}

SCENARIO(client_glued, 1, "client: shows both of two answers that arrive at once",
         "The bytes after the newline are the next answer: keep them for the next turn.",
         "What is left over")
{
    struct program *client;
    struct peer *server = meet(program_start, &client);
    struct word words[2] = {new_word(), new_word()};
    struct text text = {0};
    text_add(&text, "%s\n%s\n", words[0].letters, words[1].letters);
    type_line(client, "two answers, please");
    expect_line(server, "two answers, please");
    say_bytes(server, text.start, text.length);
    text_free(&text);
    expect_said(client, "server says: ", words[0].letters);
    type_line(client, "and?");
    expect_line(server, "and?");
    expect_said(client, "server says: ", words[1].letters);
    ask(client, server, new_word().letters, new_word().letters);
}

SCENARIO(client_typed_ahead, 1, "client: sends lines typed ahead one by one, in turns",
         "Send one line, wait for its answer, then send the next line. End of file of the keyboard "
         "also ends a line.",
         "Taking turns")
{
    char byte;
    struct program *client;
    struct peer *server = meet(program_start, &client);
    type_bytes(client, "one\ntwo\nthree", 13);
    type_end(client);
    dialogue_did("Three lines were typed at once, the last without a newline, and then Ctrl-D.");
    expect_line(server, "one");
    program_settle(client);
    if (peer_peek(server, &byte) == 1)
        fail_dialogue(EXPECT_NOTHING, client, server,
                      "The server had received the first line, and had not answered yet. The "
                      "client should have waited for the answer, but it sent more.");
    say_line(server, "1");
    expect_line(server, "two");
    say_line(server, "2");
    expect_line(server, "three");
    say_line(server, "3");
    expect_said(client, "server says: ", "3");
    expect_exit(client, 0);
}

SCENARIO(client_lines, 1, "client: sends and shows empty lines and lines of 1024 bytes",
         "An empty line is just a newline. LINE_LIMIT does not count the newline.",
         "A limit, and what is past it")
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    ask(client, server, "", "");
    ask(client, server, letters(LIMIT), "one");
    ask(client, server, "two", letters(LIMIT));
    ask(client, server, new_word().letters, "");
    ask(client, server, new_word().letters, new_word().letters);
}

SCENARIO(client_bytes, 1, "client: sends and shows any bytes, and accepts CR LF",
         "Only a newline ends a line. Remove one carriage return right before it.",
         "The end of a line")
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    ask(client, server, "\xc3\xa4\xff\x80\t\x01 \xe5\xa5\xbd", strange_line("\r"));
    ask(client, server, "  two  spaces around ", " \t ");
    type_line(client, "telnet?");
    expect_line(server, "telnet?");
    say_bytes(server, "yes\r\n", 5);
    expect_said(client, "server says: ", "yes");
    type_line(client, "and at once?");
    expect_line(server, "and at once?");
    say_bytes(server, "one\r\ntwo\r\n", 10);
    expect_said(client, "server says: ", "one");
    type_line(client, "next");
    expect_line(server, "next");
    expect_said(client, "server says: ", "two");
}

SCENARIO(client_short_calls, 1, "client: handles short reads and short writes",
         "send returns how many bytes it took. Call it again with the rest.",
         "How much did send take?")
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    fault_limit(client, GROUP_SENDING, 5);
    fault_limit(client, GROUP_RECEIVING, 3);
    ask(client, server, "a line that send takes in pieces", "an answer that comes in pieces");
    ask(client, server, "another one", "and another");
    trust_fault(client, GROUP_SENDING, "cut short");
}

SCENARIO(server_last_line, 1, "client: shows a last answer that has no newline",
         "At end of file, the remaining bytes are a line too, if there are any.",
         "The end of a line")
{
    struct word line = new_word();
    struct word answer = new_word();
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    type_line(client, line.letters);
    expect_line(server, line.letters);
    say_bytes(server, answer.letters, WORD);
    leave(server, HALF_CLOSE);
    dialogue_did("The server answered \"%s\" without a newline, and closed its sending side.",
                 answer.letters);
    expect_said(client, "server says: ", answer.letters);
    type_line(client, line.letters);
    expect_shown(client, "server left\n");
    expect_exit(client, 0);
}

SCENARIO(answer_too_long, 1, "client: refuses an answer that is too long",
         "If LINE_LIMIT + 2 bytes have no newline, the line is too long: complain, and return -1 "
         "with EMSGSIZE.",
         "A limit, and what is past it")
{
    static char line[3 * LIMIT];
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    type_line(client, "tell me a story");
    expect_line(server, "tell me a story");
    fill_letters(line, sizeof line);
    say_bytes(server, line, sizeof line);
    dialogue_did("The server answered with %zu bytes without a newline; the limit is %d.",
                 sizeof line, LIMIT);
    expect_failure(client, "longer than 1024", NULL);
    expect_complaint(client, "longer than 1024");
    expect_not_shown(client, "server left");
    expect_not_shown(client, "server says: ");
}

SCENARIO(typed_too_long, 1, "client: refuses a typed line that is too long",
         "line_read can return -1 for the keyboard too: then end the session.",
         "A limit, and what is past it")
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    type_line(client, letters(LIMIT + 1));
    dialogue_did("A line of %d bytes was typed at the client's keyboard; the limit is %d.",
                 LIMIT + 1, LIMIT);
    expect_failure(client, "longer than 1024", NULL);
    expect_complaint(client, "longer than 1024");
    expect_hang_up(server);
    expect_not_shown(client, "server left");
}
