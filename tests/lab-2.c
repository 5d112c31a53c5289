/* Lab 2, chat: what two people see who talk in turns, and what goes over the line between them. */
#include "grader/expect/dialogue.h"
#include "grader/expect/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#undef SCENARIO
#undef SLOW
#undef VALGRIND
#define SCENARIO ENTRY
#define SLOW SLOW_ENTRY
#define VALGRIND VALGRIND_ENTRY

#define PROMPT "You want to say: "

enum { LIMIT = 1024, WORD = 8, MANY = 300 };

/* ---- turns ---- */

struct word {
    char letters[WORD + 1];
};

static struct word new_word(void)
{
    struct word word = {""};
    fill_letters(word.letters, WORD);
    return word;
}

/* The console of PROGRAM shows that WHO ("client says: ") has said LINE. */
static void expect_said(struct program *program, const char *who, const char *line)
{
    struct text text = {0};
    text_add(&text, "%s%s\n", who, line);
    expect_shown(program, text.start);
    text_free(&text);
}

/* The same, and nothing else first. */
static void expect_said_next(struct program *program, const char *who, const char *line)
{
    struct text text = {0};
    text_add(&text, "%s%s\n", who, line);
    expect_console(program, text.start);
    text_free(&text);
}

/* One turn at the server: the client says LINE, and the operator ANSWERs. */
static void turn(struct program *server, struct peer *client, const char *line, const char *answer)
{
    say_line(client, line);
    expect_said(server, "client says: ", line);
    type_line(server, answer);
    expect_line(client, answer);
}

/* One turn at the client: the person says LINE, and the server ANSWERs. */
static void ask(struct program *client, struct peer *server, const char *line, const char *answer)
{
    type_line(client, line);
    expect_line(server, line);
    say_line(server, answer);
    expect_said(client, "server says: ", answer);
}

/* A client comes to SERVER, after what the test did last. */
static struct peer *connect_next(struct program *server, const char *name)
{
    int error = 0;
    struct peer *client = peer_begin_connect(name, "127.0.0.1", server->port);
    if (peer_end_connect(client, &error) != DONE || error != 0)
        fail_dialogue(server, NULL, "%s could not connect (%s).", name,
                      error == 0 ? "no answer" : strerror(error));
    return client;
}

/* It comes and has a first turn. */
static struct peer *come(struct program *server, const char *name)
{
    struct peer *client = connect_next(server, name);
    turn(server, client, new_word().letters, new_word().letters);
    return client;
}

/* PEER sends LINE in two pieces, the second after PROGRAM has taken the first, CUT bytes. */
static void say_in_two(struct program *program, struct peer *peer, const char *line, size_t cut)
{
    say_piece(program, peer, line, cut);
    say_line(peer, line + cut);
    dialogue_did("%s sent \"%.*s\", and after a while \"%s\\n\".", peer->name, (int)cut, line,
                 line + cut);
}

static struct peer *meet(struct program **client, bool memcheck)
{
    char port[8];
    struct peer *listener = peer_listen("the server");
    snprintf(port, sizeof port, "%u", listener->port);
    *client = memcheck ? program_start_memcheck("client", "127.0.0.1", port, NULL)
                       : program_start("client", "127.0.0.1", port, NULL);
    struct peer *server = peer_accept(listener, "The server");
    if (server == NULL)
        fail_before("connected to its server", *client);
    dialogue_did("The client was started, and is connected.");
    return server;
}

/* A client comes to the test's server, and has a first turn. */
static struct peer *meet_and_talk(struct program **client)
{
    struct peer *server = meet(client, false);
    ask(*client, server, new_word().letters, new_word().letters);
    return server;
}

/* PROGRAM has said WORDS on standard error. */
static void expect_complaint(struct program *program, const char *words)
{
    program_look(program);
    const char *said = program->complained.start;
    if (said != NULL && strstr(said, words) != NULL)
        return;
    program_settle(program); /* if it has crashed, that is what there is to tell */
    fail_dialogue(program, NULL,
                  "The %s should have said why on standard error (\"%s\"); it said %s.",
                  program->role, words, said == NULL ? "nothing" : "something else");
}

static void expect_not_shown(struct program *program, const char *words)
{
    if (is_shown(program, words))
        fail_dialogue(program, NULL, "The %s's console should not have shown \"%s\".",
                      program->role, words);
}

/* Nothing else stands on PROGRAM's console, once it has said all. */
static void expect_nothing_said(struct program *program)
{
    if (is_anything_said(program, PROMPT))
        fail_dialogue(program, NULL, "The %s's console should have said nothing.", program->role);
}

static void expect_nothing_shown(struct program *program)
{
    if (is_shown(program, ""))
        fail_dialogue(program, NULL, "The %s's console should have shown nothing more.",
                      program->role);
}

/* Bytes of every kind that a line may hold, but no zero. */
static const char *strange_line(void)
{
    static char line[400] = "Gr\xc3\xbc\xc3\x9f"
                            "e, \xe4\xbd\xa0\xe5\xa5\xbd! 100 %d %x ";
    size_t length = strlen(line);
    for (int byte = 1; byte < 256; byte++)
        if (byte != '\n' && byte != '\r')
            line[length++] = (char)byte;
    line[length] = '\0';
    return line;
}

static const char *letters(size_t length)
{
    static char line[2 * LIMIT];
    fill_letters(line, length);
    line[length] = '\0';
    return line;
}

/* Only who leaves ends a conversation: these words are lines like any other. */
static const char *const farewells[] = {"bye", "exit", "quit", "q", NULL};

/* ---- the server: a conversation ---- */

static void conversation(void)
{
    struct program *server = start_server();
    struct peer *client = connect_next(server, "The client");
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

static void prompt(void)
{
    struct program *server = start_server();
    struct peer *client = connect_next(server, "The client");
    for (int i = 0; i < 3; i++) {
        struct word word = new_word();
        say_line(client, word.letters);
        expect_said(server, "client says: ", word.letters);
        expect_console(server, PROMPT);
        type_line(server, word.letters);
        expect_line(client, word.letters);
    }
}

/* ---- the server: lines over a stream ---- */

static void cut_anywhere(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    for (size_t cut = 1; cut <= WORD; cut++) {
        struct word line = new_word();
        struct word answer = new_word();
        say_in_two(server, client, line.letters, cut);
        expect_said(server, "client says: ", line.letters);
        type_line(server, answer.letters);
        expect_line(client, answer.letters);
    }
}

static void glued_lines(void)
{
    enum { LINES = 5 };
    struct word lines[LINES];
    struct text text = {0};
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    for (int i = 0; i < LINES; i++) {
        lines[i] = new_word();
        text_add(&text, "%s\n", lines[i].letters);
    }
    say_bytes(client, text.start, text.length);
    text_free(&text);
    for (int i = 0; i < LINES; i++) {
        struct word answer = new_word();
        expect_said(server, "client says: ", lines[i].letters);
        type_line(server, answer.letters);
        expect_line(client, answer.letters);
    }
}

static void line_and_half(void)
{
    struct word words[2] = {new_word(), new_word()};
    struct text text = {0};
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    text_add(&text, "%s\n%.3s", words[0].letters, words[1].letters);
    say_piece(server, client, text.start, text.length);
    text_free(&text);
    expect_said(server, "client says: ", words[0].letters);
    struct word answer = new_word();
    type_line(server, answer.letters);
    expect_line(client, answer.letters);
    say_line(client, words[1].letters + 3);
    dialogue_did("The client sent \"%s\\n%.3s\", and after its answer \"%s\\n\".", words[0].letters,
                 words[1].letters, words[1].letters + 3);
    expect_said(server, "client says: ", words[1].letters);
    type_line(server, answer.letters);
    expect_line(client, answer.letters);
}

static void many_lines(void)
{
    struct text lines = {0};
    struct text answers = {0};
    char word[16];
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    for (int i = 0; i < MANY; i++) {
        text_add(&lines, "line %d\n", i);
        text_add(&answers, "%d\n", i);
    }
    type_bytes(server, answers.start, answers.length);
    say_bytes(client, lines.start, lines.length);
    text_free(&answers);
    text_free(&lines);
    for (int i = 0; i < MANY; i++) {
        snprintf(word, sizeof word, "line %d", i);
        expect_said(server, "client says: ", word);
        expect_line(client, word + 5);
    }
}

static void empty_lines(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    turn(server, client, "", "");
    turn(server, client, "", new_word().letters);
    turn(server, client, new_word().letters, "");
    turn(server, client, new_word().letters, new_word().letters);
}

static void short_receives(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    fault_limit(server, GROUP_RECEIVING, 3);
    turn(server, client, "a line in pieces of three bytes", "one");
    turn(server, client, "another one", "two");
    if (fault_hits(server, GROUP_RECEIVING) == 0)
        not_tested("The server does not receive with a call that the probe could cut short.");
}

static void short_sends(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    fault_limit(server, GROUP_SENDING, 5);
    turn(server, client, "one", "a line that send takes in pieces of five bytes");
    turn(server, client, "two", "another one");
    if (fault_hits(server, GROUP_SENDING) == 0)
        not_tested("The server does not send with a call that the probe could cut short.");
}

static void interrupted(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    /* Without a handler, or with SA_RESTART, no call of this program can be interrupted. */
    if (!trust_interruptible(server))
        return;
    fault_error(server, GROUP_RECEIVING, EINTR, 2, 0);
    fault_error(server, GROUP_SENDING, EINTR, 2, 0);
    turn(server, client, new_word().letters, new_word().letters);
    turn(server, client, new_word().letters, new_word().letters);
}

/* ---- the server: what a line may be ---- */

static void at_limit(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    turn(server, client, letters(LIMIT), "one");
    turn(server, client, letters(LIMIT - 1), "two");
    turn(server, client, "three", letters(LIMIT));
    turn(server, client, "four", "four");
    /* Its end comes apart. */
    const char *line = letters(LIMIT);
    say_piece(server, client, line, LIMIT);
    say_bytes(client, "\r\n", 2);
    dialogue_did("The client sent %d bytes, and after a while CR and newline; the limit is %d.",
                 LIMIT, LIMIT);
    expect_said(server, "client says: ", line);
    type_line(server, "five");
    expect_line(client, "five");
}

/* The client has sent what no line may be: it is let go, and the next one, who is returned, is
   served. */
static struct peer *expect_refusal(struct program *server, struct peer *client)
{
    struct word line = new_word();
    expect_hang_up(client);
    expect_complaint(server, "longer than 1024");
    expect_not_shown(server, "client says: ");
    expect_not_shown(server, "client left");
    client = connect_next(server, "The next client");
    say_line(client, line.letters);
    dialogue_did("A client whose line was too long has been let go. The next one came and sent "
                 "\"%s\\n\".",
                 line.letters);
    expect_said(server, "client says: ", line.letters);
    type_line(server, line.letters);
    expect_line(client, line.letters);
    return client;
}

static void over_limit(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    say_line(client, letters(LIMIT + 1));
    dialogue_did("The client sent a line of %d bytes; the limit is %d.", LIMIT + 1, LIMIT);
    client = expect_refusal(server, client);
    say_bytes(client, letters(LIMIT + 1), LIMIT + 1);
    leave(client, HALF_CLOSE);
    dialogue_did(
        "The client sent %d bytes without a newline, and closed its sending side; the limit "
        "is %d.",
        LIMIT + 1, LIMIT);
    expect_refusal(server, client);
}

static void endless_line(void)
{
    static char line[100000];
    enum { SOME = 1000 };
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    fill_letters(line, sizeof line);
    say_piece(server, client, line, SOME);
    say_endless(client, line + SOME, sizeof line - SOME);
    dialogue_did(
        "The client sent %d bytes, after a while %zu more, and no newline; the limit is %d.", SOME,
        sizeof line - SOME, LIMIT);
    client = expect_refusal(server, client);
    say_endless(client, line, LIMIT + 2);
    dialogue_did(
        "The client sent %d bytes without a newline, and went on waiting; the limit is %d.",
        LIMIT + 2, LIMIT);
    expect_refusal(server, client);
}

static void any_bytes(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    turn(server, client, strange_line(), new_word().letters);
    turn(server, client, new_word().letters, "\xc3\xa4\xff\x80\t\x01 \xe5\xa5\xbd");
    turn(server, client, "  two  spaces around ", " \t ");
    turn(server, client, "\t ", "  two  spaces around ");
}

static void zero_byte(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    say_bytes(client, "ab\0cd\n", 6);
    expect_said(server, "client says: ", "ab");
    type_bytes(server, "x\0y\n", 4);
    expect_bytes(client, "x\0y", 3);
    say_bytes(client, "e\0f\nsecond\nth\0ird\n", 18);
    type_bytes(server, "\0001\n2\n3\n", 7);
    expect_bytes(client, "\0001", 2);
    expect_said(server, "client says: ", "second");
    expect_line(client, "2");
    expect_said(server, "client says: ", "th");
    expect_line(client, "3");
    turn(server, client, new_word().letters, new_word().letters);
}

static void cr_lf(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    say_bytes(client, "hello\r\n", 7);
    expect_said(server, "client says: ", "hello");
    type_bytes(server, "hi\r\n", 4);
    expect_line(client, "hi");
    say_piece(server, client, "in two pieces\r", 14);
    say_bytes(client, "\n", 1);
    expect_said(server, "client says: ", "in two pieces");
    type_line(server, "yes");
    expect_line(client, "yes");
    turn(server, client, "a\rb", "c\rd");
    say_bytes(client, "one stays\r\r\n", 12);
    expect_said(server, "client says: ", "one stays\r");
    type_line(server, "yes");
    expect_line(client, "yes");
    say_bytes(client, "the first\nthe second\r\n", 22);
    type_bytes(server, "1\n2\r\n", 5);
    expect_said(server, "client says: ", "the first");
    expect_line(client, "1");
    expect_said(server, "client says: ", "the second");
    expect_line(client, "2");
    say_bytes(client, "\r\n", 2);
    expect_said(server, "client says: ", "");
}

/* A client sends LINE, without a newline and the last one, behind BEFORE: nothing, or lines. */
static void expect_last_line(struct program *server, const char *before, const char *line)
{
    struct text sent = {0};
    struct word answer = new_word();
    struct peer *client = come(server, "The client");
    text_add(&sent, "%s%s", before, line);
    say_bytes(client, sent.start, sent.length);
    leave(client, HALF_CLOSE);
    text_free(&sent);
    if (*before != '\0') {
        type_line(server, answer.letters);
        expect_line(client, answer.letters);
    }
    dialogue_did("The client sent %s\"%s\" without a newline, and closed its sending side.",
                 *before != '\0' ? "a whole line and behind it " : "", line);
    expect_said(server, "client says: ", line);
    type_line(server, answer.letters);
    expect_line(client, answer.letters);
    expect_hang_up(client);
}

static void last_line(void)
{
    struct program *server = start_server();
    expect_last_line(server, "", new_word().letters);
    expect_last_line(server, "", "q");
    expect_last_line(server, "a line, and\n", "half");
}

/* ---- the server: its keyboard ---- */

static void typed_ahead(void)
{
    struct program *server = start_server();
    type_bytes(server, "one\ntwo\nthree\n", 14);
    struct peer *client = connect_next(server, "The client");
    say_line(client, "first");
    expect_said(server, "client says: ", "first");
    expect_line(client, "one");
    say_line(client, "second");
    expect_said(server, "client says: ", "second");
    expect_line(client, "two");
    leave(client, CLOSE);
    client = connect_next(server, "The next client");
    say_line(client, "third");
    expect_line(client, "three");
}

static void keyboard_ends(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    struct word line = new_word();
    say_line(client, line.letters);
    expect_said(server, "client says: ", line.letters);
    size_t place = server->console_read;
    type_end(server);
    expect_hang_up(client);
    program_settle(server); /* or is it about to end? */
    expect_nothing_said(server);
    /* Nobody can be answered any more, but the server is there. */
    client = connect_next(server, "The next client");
    say_line(client, line.letters);
    expect_said(server, "client says: ", line.letters);
    server->console_read = place;
    expect_not_shown(server, "client left");
    expect_hang_up(client);
}

static void keyboard_last_line(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
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

static void keyboard_too_long(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    say_line(client, "what else?");
    expect_said(server, "client says: ", "what else?");
    type_line(server, letters(LIMIT + 1));
    dialogue_did("A line of %d bytes was typed at the server's keyboard; the limit is %d.",
                 LIMIT + 1, LIMIT);
    expect_hang_up(client);
    expect_complaint(server, "longer than 1024");
    expect_not_shown(server, "client left");
}

/* ---- the server: clients leave ---- */

static void leaves_mid_line(void)
{
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
    say_piece(server, client, "half a li", 9);
    leave(client, RESET);
    dialogue_did("The client sent half a line, and vanished (RST).");
    expect_shown(server, "client left\n");
    expect_complaint(server, "Connection reset");
    client = come(server, "The next client");
    /* Where no call can be made to fail that way, this one is reset as well. */
    fault_error(server, GROUP_RECEIVING, ETIMEDOUT, 1, 0);
    say_piece(server, client, "half a li", 9);
    if (fault_hits(server, GROUP_RECEIVING) == 0)
        leave(client, RESET);
    dialogue_did("The client sent half a line, and its network broke down: receiving fails.");
    expect_shown(server, "client left\n");
    come(server, "The last client");
}

/* The client leaves while the operator thinks; then the operator answers. */
static void leaves_while_typing(enum leaving how)
{
    char back[WORD + 1];
    struct word line = new_word();
    struct word answer = new_word();
    struct word other = new_word();
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
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
    client = connect_next(server, "The next client");
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

static void leaves_in_turn(void)
{
    leaves_while_typing(CLOSE);
}

static void vanishes_in_turn(void)
{
    leaves_while_typing(FIN_AND_RESET);
}

static void reset_in_turn(void)
{
    leaves_while_typing(RESET);
}

static void second_client(void)
{
    struct word line = new_word();
    struct word answer = new_word();
    struct program *server = start_server();
    struct peer *first = come(server, "The first client");
    for (const char *const *word = farewells; *word != NULL; word++)
        turn(server, first, *word, *word);
    struct peer *second = connect_next(server, "The second client");
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

static void leftovers(void)
{
    struct word line = new_word();
    struct program *server = start_server();
    struct peer *client = come(server, "The first client");
    say_piece(server, client, "secret", 6);
    leave(client, RESET);
    client = connect_next(server, "The second client");
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
    client = connect_next(server, "The third client");
    say_line(client, line.letters);
    dialogue_did(
        "The second client sent two more lines and vanished before it was answered. Then a "
        "third one came, and sent \"%s\\n\".",
        line.letters);
    expect_said(server, "client says: ", line.letters);
    server->console_read = place;
    expect_not_shown(server, "three");
}

/* ---- the server under valgrind ---- */

static void server_memcheck(void)
{
    char line[40];
    struct program *server = start_server_memcheck();
    struct peer *client = come(server, "The client");
    turn(server, client, letters(LIMIT), "");
    say_piece(server, client, "one\nand the second li", 21);
    type_bytes(server, "1\n2\n", 4);
    say_bytes(client, "ne\n", 3);
    expect_line(client, "1");
    expect_line(client, "2");
    say_piece(server, client, "half", 4);
    leave(client, RESET);
    client = come(server, "The second client");
    say_line(client, letters(LIMIT + 10));
    expect_hang_up(client);
    client = come(server, "The last client");
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

/* ---- the client ---- */

static void client_conversation(void)
{
    struct program *client;
    struct peer *server = meet(&client, false);
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

static void client_prompt(void)
{
    struct program *client;
    struct peer *server = meet(&client, false);
    expect_console(client, PROMPT);
    for (int i = 0; i < 3; i++) {
        ask(client, server, new_word().letters, new_word().letters);
        expect_console(client, PROMPT);
    }
}

static void client_cut(void)
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

static void client_glued(void)
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
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

static void client_typed_ahead(void)
{
    char byte;
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    type_bytes(client, "one\ntwo\nthree", 13);
    type_end(client);
    dialogue_did("Three lines were typed at once, the last without a newline, and then Ctrl-D.");
    expect_line(server, "one");
    program_settle(client);
    if (peer_peek(server, &byte) == 1)
        fail_dialogue(client, server,
                      "The server had the first line and had not answered yet. The "
                      "client should have waited; it sent more.");
    say_line(server, "1");
    expect_line(server, "two");
    say_line(server, "2");
    expect_line(server, "three");
    say_line(server, "3");
    expect_said(client, "server says: ", "3");
    expect_exit(client, 0);
}

static void client_lines(void)
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    ask(client, server, "", "");
    ask(client, server, letters(LIMIT), "one");
    ask(client, server, "two", letters(LIMIT));
    ask(client, server, new_word().letters, "");
    ask(client, server, new_word().letters, new_word().letters);
}

static void client_bytes(void)
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    ask(client, server, "\xc3\xa4\xff\x80\t\x01 \xe5\xa5\xbd", strange_line());
    ask(client, server, "  two  spaces around ", " \t ");
    type_line(client, "telnet?");
    expect_line(server, "telnet?");
    say_bytes(server, "yes\r\n", 5);
    expect_said(client, "server says: ", "yes");
}

static void client_short_calls(void)
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    fault_limit(client, GROUP_SENDING, 5);
    fault_limit(client, GROUP_RECEIVING, 3);
    ask(client, server, "a line that send takes in pieces", "an answer that comes in pieces");
    ask(client, server, "another one", "and another");
    if (fault_hits(client, GROUP_SENDING) == 0)
        not_tested("The client does not send with a call that the probe could cut short.");
}

static void client_keyboard_ends(void)
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    type_end(client);
    expect_exit(client, 0);
    expect_hang_up(server);
    expect_nothing_said(client);
}

static void server_leaves(void)
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

static void server_vanishes(void)
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

static void server_gone(void)
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

static void server_last_line(void)
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

static void answer_too_long(void)
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
    expect_not_shown(client, "server left");
    expect_not_shown(client, "server says: ");
}

static void typed_too_long(void)
{
    struct program *client;
    struct peer *server = meet_and_talk(&client);
    type_line(client, letters(LIMIT + 1));
    dialogue_did("A line of %d bytes was typed at the client's keyboard; the limit is %d.",
                 LIMIT + 1, LIMIT);
    expect_failure(client, "longer than 1024", NULL);
    expect_hang_up(server);
    expect_not_shown(client, "server left");
}

static void nobody_listens(void)
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

static void server_is_silent(void)
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

static void client_memcheck(void)
{
    struct program *client;
    struct peer *server = meet(&client, true);
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

/* ---- the table ---- */

static const struct scenario *const scenarios[] = {
    SCENARIO(conversation, 6, "server: two people talk, and see what was promised",
             "Receive a line, show it, prompt, read a line from the keyboard, send it; and so on "
             "until somebody leaves.",
             "Taking turns"),
    SCENARIO(prompt, 3, "server: prompts before it waits for the keyboard",
             "What printf writes stays in a buffer when the console is a pipe. console_prompt() "
             "writes at once; so does fflush(stdout).",
             "Prompts and buffers"),
    SCENARIO(cut_anywhere, 5, "server: takes a line in two pieces, wherever it is cut",
             "A line is complete when its newline has come, not when recv returns. Receive behind "
             "what is there already.",
             "Lines over a stream"),
    SCENARIO(short_receives, 1, "server: takes what recv gives, however little",
             "recv may return fewer bytes than have been sent, at any time.",
             "A stream has no messages"),
    SCENARIO(glued_lines, 5, "server: answers five lines that come at once, one by one",
             "What follows the newline belongs to the next line. Look for a whole line in the "
             "buffer before receiving again.",
             "What is left over"),
    SCENARIO(line_and_half, 3, "server: keeps half a line until the rest comes",
             "After a line is taken out, what is left moves to the front of the buffer, and the "
             "next bytes go behind it.",
             "What is left over"),
    SCENARIO(many_lines, 3, "server: loses none of 300 lines, nor of 300 answers",
             "The pieces that arrive end anywhere; keep what follows a line, each time. Source and "
             "target overlap when it is moved: memmove.",
             "What is left over"),
    SCENARIO(empty_lines, 3, "server: takes an empty line for a line, and sends one",
             "An empty line is its newline. Only recv or read returning 0 means the end.",
             "Lines over a stream"),
    SCENARIO(at_limit, 3, "server: takes and sends lines of exactly 1024 bytes",
             "LINE_LIMIT does not count the newline, and the zero behind a string needs room too.",
             "A limit, and what is past it"),
    SCENARIO(over_limit, 3, "server: lets a client go whose line is too long",
             "One byte more than LINE_LIMIT is too long: complain, return -1 with EMSGSIZE, and "
             "end this conversation, not the server.",
             "A limit, and what is past it"),
    SCENARIO(endless_line, 2, "server: gives up a line that never ends",
             "When the buffer is full and holds no newline, the line is too long already. A recv "
             "with no room left returns 0, which looks like the end.",
             "A limit, and what is past it"),
    SCENARIO(
        any_bytes, 2, "server: shows and sends UTF-8 and bytes of every other kind",
        "A char may be negative. Nothing but the newline ends a line, and spaces belong to it.",
        "The end of a line"),
    SCENARIO(zero_byte, 1, "server: passes on what stands behind a zero byte",
             "strlen and strchr stop at a zero. A line's length is known without them.",
             "The end of a line"),
    SCENARIO(cr_lf, 2, "server: takes CR LF for the end of a line",
             "One carriage return right before the newline is not part of the line; anywhere else "
             "it is.",
             "The end of a line"),
    SCENARIO(last_line, 2, "server: answers a last line that has no newline",
             "The end of the stream ends a line too, if there is something of it.",
             "The end of a line"),
    SCENARIO(short_sends, 2, "server: finishes a send that took less than it was given",
             "send returns how many bytes it took. Call it again with the rest, until nothing is "
             "left; the newline is part of it.",
             "How much did send take?"),
    SCENARIO(interrupted, 1, "server: goes on when a signal interrupts recv or send",
             "EINTR means that nothing has happened yet: make the call again.",
             "How much did send take?"),
    SCENARIO(typed_ahead, 2, "server: keeps what is typed ahead, also for the next client",
             "One reader for the keyboard, for all clients: what it holds is not thrown away when "
             "a conversation ends.",
             "Taking turns"),
    SCENARIO(keyboard_ends, 2, "server: ends the conversation when its keyboard ends",
             "line_read returning 0 for the keyboard is no line: send nothing, say nothing, return "
             "0.",
             "When somebody leaves"),
    SCENARIO(keyboard_last_line, 1, "server: sends a last typed line that has no newline",
             "A keyboard is a stream like any other: its end ends a line, too.",
             "The end of a line"),
    SCENARIO(keyboard_too_long, 1, "server: sends no typed line that is too long",
             "line_read returns -1 for the keyboard as well: end the conversation.",
             "A limit, and what is past it"),
    SCENARIO(leaves_mid_line, 1, "server: survives a client that vanishes in mid-line",
             "When receiving fails, the client has left: say so, and go on with the next one.",
             "When somebody leaves"),
    SCENARIO(leaves_in_turn, 2, "server: notices that a client left while it was typing",
             "The first send after the client has closed succeeds; the next recv tells.",
             "When somebody leaves"),
    SCENARIO(vanishes_in_turn, 2, "server: survives answering a client that has gone",
             "Sending on a connection that the other side has left raises SIGPIPE, which ends the "
             "program unless it is ignored or MSG_NOSIGNAL is given.",
             "When somebody leaves"),
    SCENARIO(reset_in_turn, 1, "server: says \"client left\" when sending fails",
             "A send that fails because the connection is gone means that the client has left.",
             "When somebody leaves"),
    SCENARIO(second_client, 4, "server: serves the second client when the first has left",
             "A client that has connected waits in the kernel's queue, with what it has sent. The "
             "server gets to it when chat_answer returns, which it does when the first one leaves "
             "and not at a word such as \"bye\", and accept is called again.",
             "Waiting in the queue"),
    SCENARIO(leftovers, 3, "server: gives nothing of one client to the next",
             "What has been received belongs to its connection: a new reader for each client, not "
             "a static one.",
             "What is left over"),
    VALGRIND(server_memcheck, 3, "server: is clean under valgrind",
             "valgrind tells where memory is used that is not yours or not set, and where a "
             "descriptor that is still open was opened.",
             "What valgrind sees"),
    SCENARIO(client_conversation, 4, "client: two people talk, and see what was promised",
             "Prompt, read a line from the keyboard, send it, receive a line, show it; and so on.",
             "Taking turns"),
    SCENARIO(client_prompt, 2, "client: prompts before it waits for the keyboard",
             "What printf writes stays in a buffer when the console is a pipe. console_prompt() "
             "writes at once; so does fflush(stdout).",
             "Prompts and buffers"),
    SCENARIO(client_cut, 3, "client: takes an answer in two pieces, wherever it is cut",
             "An answer is complete when its newline has come, not when recv returns.",
             "Lines over a stream"),
    SCENARIO(client_glued, 3, "client: shows two answers that come at once, both of them",
             "What follows the newline is the next answer: keep it for the next turn.",
             "What is left over"),
    SCENARIO(client_typed_ahead, 2, "client: sends lines typed at once one by one, in turns",
             "One line, then its answer, then the next line. The end of the keyboard ends a line, "
             "too.",
             "Taking turns"),
    SCENARIO(client_lines, 2, "client: sends and shows empty lines and lines of 1024 bytes",
             "An empty line is its newline. LINE_LIMIT does not count the newline.",
             "A limit, and what is past it"),
    SCENARIO(client_bytes, 2, "client: sends and shows any bytes, and takes CR LF",
             "Nothing but the newline ends a line; one carriage return right before it belongs to "
             "that end.",
             "The end of a line"),
    SCENARIO(client_short_calls, 1, "client: goes on when send or recv move only a little",
             "send returns how many bytes it took. Call it again with the rest.",
             "How much did send take?"),
    SCENARIO(client_keyboard_ends, 1, "client: ends the conversation when its keyboard ends",
             "line_read returning 0 for the keyboard is no line: send nothing, return 0.",
             "When somebody leaves"),
    SCENARIO(server_leaves, 2, "client: says \"server left\" when the server closes",
             "line_read returns 0 at the end of the stream: say so, and return 0. No word, such as "
             "\"bye\", ends a conversation.",
             "When somebody leaves"),
    SCENARIO(server_vanishes, 1, "client: says \"server left\" when the connection breaks",
             "When receiving fails, the server has left as well; chat_ask then returns -1.",
             "When somebody leaves"),
    SCENARIO(server_gone, 1, "client: survives sending to a server that has gone",
             "Sending on a connection that the other side has left raises SIGPIPE, which ends the "
             "program unless it is ignored or MSG_NOSIGNAL is given. When send returns -1, "
             "complain.",
             "When somebody leaves"),
    SCENARIO(server_last_line, 1, "client: shows a last answer that has no newline",
             "The end of the stream ends a line too, if there is something of it.",
             "The end of a line"),
    SCENARIO(answer_too_long, 1, "client: gives up an answer that is too long",
             "When LINE_LIMIT + 2 bytes hold no newline, the line is too long: complain, and "
             "return -1 with EMSGSIZE.",
             "A limit, and what is past it"),
    SCENARIO(typed_too_long, 1, "client: sends no typed line that is too long",
             "line_read returns -1 for the keyboard as well: end the conversation.",
             "A limit, and what is past it"),
    SCENARIO(nobody_listens, 1, "client: talks, and tells when nobody listens",
             "tcp_connect of lab 1 says why it failed.", "Who closes what"),
    SCENARIO(server_is_silent, 1, "client: waits for a server that takes its time",
             "recv waits by itself until something arrives.", "Taking turns"),
    VALGRIND(client_memcheck, 2, "client: is clean under valgrind",
             "valgrind tells where memory is used that is not yours or not set, and what is still "
             "open at the end.",
             "What valgrind sees"),
};

const struct lab lab_2 = {.name = "2-chat",
                          .handout = "handouts/en/2-chat.md",
                          .scenarios = scenarios,
                          .count = sizeof scenarios / sizeof scenarios[0],
                          .tasks = 64};
