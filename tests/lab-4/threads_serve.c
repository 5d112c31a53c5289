/* -e: each line goes back to its client, and a thread serves each client. */
#include "lab-4/common.h"

#include <string.h>

SCENARIO(two_clients, 2, "-e: serves two clients at once",
         "The thread that accepts must not serve clients itself: create a thread for each client, "
         "and call accept again at once.",
         "A thread for each client")
{
    time_limit_at_start(); /* whoever gives a client a second, or an hour, gives up here */
    expect_two_served(start_server_that_repeats());
}

SCENARIO(fifty_clients, 2, "-e: serves fifty clients at once, while others are silent",
         "No client may wait for another one: no pthread_join right after pthread_create, and no "
         "lock around a session.",
         "A thread for each client")
{
    expect_many_served(start_server_that_repeats(), 50);
}

SCENARIO(
    two_hundred_clients, 1, "-e: serves two hundred clients at once",
    "Set no limit by an array or a counter, and wait for no client before you accept the next.",
    "A thread for each client")
{
    expect_many_served(start_server_that_repeats(), MOST_CLIENTS);
}

/* The test holds the first client's thread before its first instruction, until the second client
   has been accepted and served. The first thread's arguments must not have changed. */
SCENARIO(own_arguments, 3, "-e: each thread serves the client it was created for",
         "The new thread may start late. Its argument must point to memory of its own, which "
         "neither the next accept nor the creator changes or frees.",
         "Whose argument is it")
{
    static const char when[] =
        "Two clients connected, and each sent a line. The first client's thread started only after "
        "the server had accepted the second client";
    enum wait_result result;
    char back[2 * WORD];
    struct word words[2] = {new_word(), new_word()};
    struct program *server = start_server_that_repeats();
    long before = count_at_rest(server, threads_of);
    gate_arm(server, GROUP_STARTING, 0, false);
    struct peer *clients[2];
    clients[0] = connect_client(server, "The first client");
    bool held = gate_wait(server, GROUP_STARTING) == DONE;
    if (!held && threads_of(server) > before)
        not_tested_unseen(server, GROUP_THREADING, "hold");
    for (size_t i = 0; i < 2; i++) {
        if (i == 1)
            clients[1] = connect_client(server, "The second client");
        words[i].letters[WORD - 1] = '\n';
        peer_push(clients[i], words[i].letters, WORD, &result);
    }
    size_t received = peer_receive(clients[1], back, WORD); /* or all wait for the held thread */
    gate_open(server, GROUP_STARTING);
    received += peer_receive(clients[1], back + received, WORD - received);
    for (size_t i = 2; i-- > 0;) {
        struct text text = {0};
        if (i == 0)
            received = peer_receive(clients[0], back, WORD);
        if (received == WORD && memcmp(back, words[i].letters, WORD) == 0)
            continue;
        text_add(&text, _("%s. The %s client sent %d bytes and got %zu back, "), _(when),
                 _(i == 0 ? "first" : "second"), WORD, received);
        add_ending(&text, clients[i]);
        fail_because(EXPECT_LINE, "%s.", text.start);
    }
    for (size_t i = 0; i < 2; i++) {
        words[i].letters[WORD - 1] = '\0';
        expect_on_console(server, clients[i]->port, "connected", when);
        expect_on_console(server, clients[i]->port, words[i].letters, when);
        expect_farewell(clients[i]);
        expect_on_console(server, clients[i]->port, "disconnected", when);
    }
}

SCENARIO(one_leaves, 2, "-e: closes only the connection of the client that leaves",
         "All threads share one table of descriptors. Each thread must close its own client's "
         "connection after the session, once, and nothing else.",
         "A thread for each client")
{
    char too_long[1100];
    size_t extra;
    struct program *server = start_server_that_repeats();
    struct peer *first = connect_and_speak(server, "The first client");
    struct peer *second = connect_and_speak(server, "The second client");
    struct peer *third = connect_and_speak(server, "The third client");
    expect_farewell(second);
    struct peer *next = expect_next(server, "After one of three clients had left");
    speak(third);
    /* Its session returns -1. */
    fill_letters(too_long, sizeof too_long);
    peer_send(third, too_long, sizeof too_long);
    if (!peer_receive_end(third, &extra)) {
        struct text text = {0};
        text_add(
            &text,
            _("The third client sent %zu bytes without a newline, which is too long for a line, "
              "so its session returned -1. The server should have closed its connection. It did "
              "not, "),
            sizeof too_long);
        add_ending(&text, third);
        fail_because(EXPECT_CLOSE, "%s.", text.start);
    }
    speak(next);
    speak(first);
    expect_next(server, "After a session had returned -1");
}

/* The test holds the main thread when pthread_create has returned. `connected` must appear before
   the client's first line. */
static void expect_connected_first(struct screen *screen)
{
    struct program *server = screen->server;
    gate_arm(server, GROUP_THREADING, 0, true);
    struct peer *client = connect_client(server, "The fourth client");
    gate_wait(server, GROUP_THREADING);
    peer_send(client, "abc\n", 4);
    char back[4];
    size_t received = peer_receive(client, back, 4); /* or its thread waits for the held one */
    gate_open(server, GROUP_THREADING);
    expect_back(client, &"abc\n"[received], 4 - received);
    text_add(&screen->expected, "[%u] connected\n", client->port);
    expect_on_screen(screen, client->port, "abc");
}

SCENARIO(console, 2, "-e: logs each connect, line and disconnect, in this order",
         "Print `connected` before the session: in the thread, or before you create it. Print "
         "`disconnected` after the session, in the thread.",
         "A thread for each client")
{
    struct screen screen = {.server = start_server_that_repeats()};
    expect_demonstration(&screen);
    expect_connected_first(&screen);
    text_free(&screen.expected);
}

/* The test holds a new client's thread before its second write to the console, and another client
   sends a line. If a line is written in two pieces, this line appears between them. */
static void speak_in_between(struct program *server)
{
    struct peer *client = connect_and_speak(server, "A client that stays");
    struct word word = new_word();
    gate_arm(server, GROUP_SHOWING, 1, false);
    connect_client(server, "A new client");
    if (gate_wait(server, GROUP_SHOWING) != DONE)
        gate_open(server, GROUP_SHOWING); /* it has printed `connected` in one piece */
    peer_send(client, word.letters, strlen(word.letters));
    peer_send(client, "\n", 1);
    expect_on_console(server, client->port, word.letters,
                      "A client connected, and while its thread printed that, another client sent "
                      "a line");
    gate_open(server, GROUP_SHOWING);
}

SCENARIO(fifty_speakers, 1, "-e: shows each line of fifty clients whole, and only once",
         "Write each line with one call of console_tell(). printf's output may wait in a buffer, "
         "and mix with other lines.",
         "What the threads share")
{
    struct program *server = start_server_that_repeats();
    speak_in_between(server);
    expect_fifty_speakers_served(server);
}

SCENARIO(reset, 1, "-e: survives resets, even in the middle of an answer",
         "SIGPIPE kills the whole process, whichever thread gets it: use MSG_NOSIGNAL, or ignore "
         "the signal. A session that returns -1 concerns only its client.",
         "A thread for each client")
{
    struct program *server = start_server_that_repeats();
    struct peer *witness = connect_and_speak(server, "A client that stays");
    struct peer *client = connect_and_speak(server, "The second client");
    peer_reset(client);
    expect_next(server, "After a client reset its connection (RST)");
    speak(witness);
    client = connect_and_speak(server, "The third client");
    /* All of this reaches the server at once: a line to send back, and a connection that is gone.
     */
    program_pause(server);
    peer_send(client, "are you there?\n", 15);
    peer_half_close(client);
    peer_reset(client);
    program_resume(server);
    expect_next(server, "After a client sent a line and reset its connection before the answer");
    speak(witness);
}
