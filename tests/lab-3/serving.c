/* Many clients at once, the operator, and the lines of many processes on the console. */
#include "grader/expect/sessions.h"
#include "grader/observe/trace.h"
#include "lab-3/common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say_at_keyboard(struct program *server, const char *line)
{
    char typed[200];
    int length = snprintf(typed, sizeof typed, "%s\n", line);
    program_type(server, typed, (size_t)length);
}

SCENARIO(two_clients, 4, "serves two clients at once",
         "The process that accepts must not serve clients itself: fork a child for each client, "
         "and call accept again at once.",
         "One prototype, three bodies")
{
    time_limit_at_start(); /* whoever gives a client a second, or an hour, gives up here */
    expect_two_served(start_server());
}

SCENARIO(fifty_clients, 3, "serves fifty clients at once, while others are silent",
         "No client may wait for another one: neither in accept nor in wait.",
         "One prototype, three bodies")
{
    expect_many_served(start_server(), 50);
}

SLOW(two_hundred_clients, 3, "serves two hundred clients at once",
     "Is there an array or a counter that is too small, or a wait for a client to leave?",
     "One prototype, three bodies")
{
    expect_many_served(start_server(), MOST_CLIENTS);
}

/* Returns the first line that the console shows more than once, and that is no line about a client;
   NULL if there is none. *LENGTH is that of the line. */
static const char *line_shown_again(const struct text *said, size_t *length)
{
    for (const char *line = said->start; line != NULL && *line != '\0'; line += *length + 1) {
        *length = strcspn(line, "\n");
        if (line[*length] == '\0')
            break;
        if (line[0] == '[' || *length == 0)
            continue;
        for (const char *other = line + *length + 1; *other != '\0';
             other += strcspn(other, "\n") + (strchr(other, '\n') != NULL))
            if (strncmp(other, line, *length + 1) == 0)
                return line;
    }
    return NULL;
}

/* Three clients have come, and left. What waited in printf's buffer when the server called fork,
   and its children have written as well, is on the console several times. */
static void expect_buffer_written_once(struct program *server)
{
    size_t length;
    size_t count;
    int64_t pending = 0;
    struct text text = {0};
    program_settle(server);
    struct step *steps = trace_steps(server, &count);
    for (size_t i = 0; i < count && pending == 0; i++)
        if (steps[i].event.call == CALL_FORK)
            pending = steps[i].event.pending;
    free(steps);
    const char *line = pending > 0 ? line_shown_again(&server->said, &length) : NULL;
    if (line == NULL)
        return;
    text_harmless(&text, line, length, 100, false);
    stage.explained = true;
    fail_because(
        EXPECT_CONSOLE,
        "Three clients connected, and left. The console shows \"%s\" more than once. When "
        "the server called fork, %lld %s waited in the buffer of printf. fork copied them, "
        "and the child wrote them again at its end. Call fflush(stdout) before fork, or "
        "_exit in the child.",
        text.start, (long long)pending, text_plural((size_t)pending, "byte", "bytes"));
}

SCENARIO(demonstration, 3, "logs each connect, line and disconnect",
         "Print `connected` before the session and `disconnected` after it, once for each client, "
         "with console_tell(): fork copies whatever waits in a buffer of printf.",
         "Lines of many processes")
{
    struct screen screen = {.server = start_server()};
    expect_demonstration(&screen);
    expect_buffer_written_once(screen.server);
    text_free(&screen.expected);
}

SCENARIO(
    serve_sessions, 3, "runs the session that serve was given, in the child",
    "In the child: console_tell(peer, \"connected\"), session(conn, peer, context), close(conn), "
    "console_tell(peer, \"disconnected\"), _exit(0), with the context that serve got.",
    "One prototype, three bodies")
{
    expect_sessions_at_once(expect_listening(program_start_driver("call_serve", NULL)),
                            expect_process);
}

SCENARIO(serve_broken_sessions, 3, "goes on as usual when sessions have returned -1",
         "What a session returns concerns its client alone: the child closes the connection, "
         "prints `disconnected`, and ends.",
         "A child must end")
{
    expect_sessions_at_once(expect_listening(program_start_driver("call_serve", "break", NULL)),
                            expect_process);
}

SCENARIO(
    own_process, 3, "starts a process for each client when it connects",
    "Call fork once for each client, after tcp_accept. It returns 0 in the child, which serves "
    "the client, and the child's ID in the parent, which accepts the next client.",
    "What fork copies")
{
    static pid_t before[MOST_CHILDREN];
    struct program *server = start_server();
    struct peer *first = connect_and_speak(server, "The first client");
    pid_t process = expect_process(server, first);
    expect_rest("With one client that is silent");
    size_t count = children_alive(before, MOST_CHILDREN);
    struct peer *second = connect_and_speak(server, "The second client");
    pid_t other = expect_process(server, second);
    if (process == other)
        fail_because(EXPECT_TASKS,
                     "Two clients are connected, and one process serves both. Each should have its "
                     "own process.");
    for (size_t i = 0; i < count; i++)
        if (before[i] == other)
            fail_because(EXPECT_TASKS,
                         "The process that serves the second client was running before this client "
                         "connected. The server should have started it after accept.");
}

SCENARIO(one_leaves, 3, "accepts the next client when one of several has left",
         "Without WNOHANG, waitpid blocks until the next child ends, and its client may stay for "
         "hours.",
         "Zombies")
{
    struct program *server = start_server();
    struct peer *first = connect_and_speak(server, "The first client");
    struct peer *second = connect_and_speak(server, "The second client");
    struct peer *third = connect_and_speak(server, "The third client");
    pid_t process = expect_process(server, second);
    expect_farewell(second);
    expect_process_end(server, process, "The second client of three");
    expect_rest("After one of three clients had left");
    expect_next(server, "After one of three clients had left");
    speak(third);
    speak(first);
}

static const char prompt[] = "You want to say: ";

struct prompts {
    struct program *server;
    const char *line; /* the client's line, as the console shows it */
    int count;
};

static bool has_prompted(void *argument)
{
    const struct prompts *prompts = argument;
    const struct text *said = &prompts->server->said;
    int count = 0;
    for (const char *at = said->start; at != NULL && (at = strstr(at, prompt)) != NULL; at++)
        count++;
    return count >= prompts->count && said->start != NULL &&
           strstr(said->start, prompts->line) != NULL;
}

/* CLIENT sends LINE. Expects it on the console, with a prompt below it. Then the operator types
   ANSWER, and CLIENT must get it. */
static void talk(struct program *server, struct peer *client, int turn, const char *line,
                 const char *answer)
{
    char sent[100];
    char shown[100];
    char wanted[100];
    int length = snprintf(sent, sizeof sent, "%s\n", line);
    snprintf(shown, sizeof shown, "client says: %s\n", line);
    peer_send(client, sent, (size_t)length);
    struct prompts prompts = {server, shown, turn};
    if (stage_wait(NULL, has_prompted, &prompts) != DONE) {
        struct text text = {0};
        text_harmless(&text, server->said.start, server->said.length, 600, true);
        fail_because(EXPECT_CONSOLE,
                     "%s sent \"%s\". The console should show \"client says: %s\", and below it "
                     "\"%s\". It shows:\n%s",
                     client->name, line, line, prompt,
                     text.start != NULL ? text.start : _("nothing"));
    }
    say_at_keyboard(server, answer);
    length = snprintf(wanted, sizeof wanted, "%s\n", answer);
    char back[100];
    size_t received = peer_receive(client, back, (size_t)length);
    if (received == (size_t)length && memcmp(back, wanted, received) == 0)
        return;
    struct text text = {0};
    text_add(&text, _("The operator answered %s with \"%s\". The client got "), client->name,
             answer);
    if (received == 0)
        text_add(&text, _("nothing"));
    else
        text_harmless(&text, back, received, 100, false);
    text_add(&text, _(", "));
    add_ending(&text, client);
    fail_because(EXPECT_LINE, "%s.", text.start);
}

SCENARIO(operator_answers, 3, "-i: lets the operator answer two clients in turn",
         "The child shares the parent's standard input, and has its own copy of the context: pass "
         "the context on to the session.",
         "One keyboard for everybody")
{
    struct program *server = start_server_with_operator();
    struct peer *first = connect_client(server, "the first client");
    struct peer *second = connect_client(server, "the second client");
    talk(server, first, 1, "I'm Client1", "Hello Client1");
    talk(server, second, 2, "I'm Client2", "Hello Client2");
    talk(server, first, 3, "How is Client2?", "Ask it yourself");
    char line[40];
    snprintf(line, sizeof line, "[%u] disconnected", second->port);
    peer_close(second);
    /* A prompt may be in front of it, because the operator's newline does not appear here. */
    if (program_wait_line(server, line) != DONE ||
        strstr(server->said.start, "client left\n") == NULL)
        fail_because(EXPECT_CONSOLE,
                     "The second client left. The server should have printed \"client left\" and "
                     "\"%s\".",
                     line);
    talk(server, first, 4, "Where did it go?", "Home");
}

/* Expects only whole lines on the console. */
static void expect_whole_lines(struct program *server, struct peer *client, const char *did)
{
    program_look(server);
    const struct text *said = &server->said;
    if (said->length > 0 && said->start[said->length - 1] == '\n')
        return;
    const char *last = memrchr(said->start, '\n', said->length);
    struct text rest = {0};
    last = last == NULL ? said->start : last + 1;
    text_harmless(&rest, last, (size_t)(said->start + said->length - last), 100, false);
    fail_because(EXPECT_CONSOLE,
                 "A client with port %u %s. One call of write wrote \"%s\". This is not a whole "
                 "line, so lines of other processes can appear in between.",
                 client->port, _(did), rest.start);
}

/* Holds the server right after its next write, and expects only whole lines until then. */
static void expect_line_at_once(struct program *server, struct peer *client, const char *did,
                                const char *word)
{
    char line[40];
    snprintf(line, sizeof line, "[%u] %s", client->port, word);
    /* The probe does not see writes of stdio: then it is enough if the line is there. */
    if (gate_wait(server, GROUP_SHOWING) == DONE)
        expect_whole_lines(server, client, did);
    else if (!has_line(&server->said, line))
        fail_because(EXPECT_CONSOLE,
                     "A client with port %u %s. The server should have printed \"%s\".",
                     client->port, _(did), line);
    gate_open(server, GROUP_SHOWING);
}

SCENARIO(whole_lines, 3, "writes each line to the console with a single call",
         "Between two calls of write, another process may write. Write each line with one call.",
         "Lines of many processes")
{
    struct program *server = start_server();
    connect_and_speak(server, "The first client");
    expect_rest("While a client is silent");
    gate_arm(server, GROUP_SHOWING, 0, true);
    struct peer *client = connect_client(server, "The second client");
    expect_line_at_once(server, client, "connected", "connected");
    speak(client);
    expect_rest("While two clients are silent");
    gate_arm(server, GROUP_SHOWING, 0, true);
    peer_close(client);
    expect_line_at_once(server, client, "left", "disconnected");
}

SCENARIO(fifty_speakers, 2, "shows each line of fifty clients whole, and only once",
         "Write each line with one call of console_tell(). At fork, both processes get what waits "
         "in printf's buffer, and both write it.",
         "Lines of many processes")
{
    expect_fifty_speakers_served(start_server());
}
