/* -e, where each line only comes back: a thread serves each client. */
#include "lab-4/common.h"

#include <string.h>

SCENARIO(two_clients, 3, "-e: serves two clients at once",
         "The thread that accepts must not be the one that talks: create another for each "
         "client, and go back to accept at once.",
         "A thread for each client")
{
    expect_two_served(start_server_that_repeats());
}

SCENARIO(fifty_clients, 3, "-e: serves fifty at once, and one more who is silent for ever",
         "No client may have to wait for another: no pthread_join right after pthread_create, "
         "and no lock around a session.",
         "A thread for each client")
{
    expect_many_served(start_server_that_repeats(), 50);
}

SCENARIO(two_hundred_clients, 1, "-e: serves two hundred at once",
         "Is there an array or a counter that is too small, or a wait for somebody to leave?",
         "A thread for each client")
{
    expect_many_served(start_server_that_repeats(), MOST_CLIENTS);
}

/* The thread of the first client is held before its first instruction, until the second has been
   accepted and served: what the first was given is still its own. */
SCENARIO(own_arguments, 4, "-e: each thread serves the client it was created for",
         "The new thread may begin late. What its argument points to must be memory of its "
         "own, which neither the next accept nor the creator changes or frees.",
         "Whose argument is it")
{
    static const char when[] =
        "Two clients came and spoke. The thread that was created for the first began only after "
        "the second client had been accepted";
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
    size_t received = peer_receive(clients[1], back, WORD); /* or all wait for the one held */
    gate_open(server, GROUP_STARTING);
    received += peer_receive(clients[1], back + received, WORD - received);
    for (size_t i = 2; i-- > 0;) {
        struct text text = {0};
        if (i == 0)
            received = peer_receive(clients[0], back, WORD);
        if (received == WORD && memcmp(back, words[i].letters, WORD) == 0)
            continue;
        text_add(&text, "%s. The %s client sent %d bytes and got %zu back; ", when,
                 i == 0 ? "first" : "second", WORD, received);
        add_ending(&text, clients[i]);
        fail_because("%s.", text.start);
    }
    for (size_t i = 0; i < 2; i++) {
        words[i].letters[WORD - 1] = '\0';
        expect_on_console(server, clients[i]->port, "connected", when);
        expect_on_console(server, clients[i]->port, words[i].letters, when);
        expect_farewell(clients[i]);
        expect_on_console(server, clients[i]->port, "disconnected", when);
    }
}

SCENARIO(one_leaves, 2, "-e: closes the connection of one who leaves, and of nobody else",
         "All threads share one table of descriptors: the thread closes its client's "
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
        text_add(&text,
                 "The third client sent %zu bytes without a newline, which is too long for "
                 "a line: its session returned -1. Its connection should have been closed; ",
                 sizeof too_long);
        add_ending(&text, third);
        fail_because("%s.", text.start);
    }
    speak(next);
    speak(first);
    expect_next(server, "After a session had returned -1");
}

/* The main thread is held when pthread_create has returned: a client is connected before it can
   have said anything. */
static void expect_connected_first(struct screen *screen)
{
    struct program *server = screen->server;
    gate_arm(server, GROUP_THREADING, 0, true);
    struct peer *client = connect_client(server, "The fourth client");
    gate_wait(server, GROUP_THREADING);
    peer_send(client, "abc\n", 4);
    char back[4];
    size_t received = peer_receive(client, back, 4); /* or its thread waits for the one held */
    gate_open(server, GROUP_THREADING);
    expect_back(client, &"abc\n"[received], 4 - received);
    text_add(&screen->expected, "[%u] connected\n", client->port);
    expect_on_screen(screen, client->port, "abc");
}

SCENARIO(console, 3, "-e: says who comes, who speaks and who goes, in this order",
         "connected is said before the session, by the creator before it creates the thread or "
         "by the thread; disconnected after it, by the thread.",
         "A thread for each client")
{
    struct screen screen = {.server = start_server_that_repeats()};
    expect_demonstration(&screen);
    expect_connected_first(&screen);
    text_free(&screen.expected);
}

/* A newcomer's thread is held when it is about to write for the second time, and somebody
   else speaks: what is said in two pieces has another line between them. */
static void speak_in_between(struct program *server)
{
    struct peer *client = connect_and_speak(server, "A client that stays");
    struct word word = new_word();
    gate_arm(server, GROUP_SHOWING, 1, false);
    connect_client(server, "A newcomer");
    if (gate_wait(server, GROUP_SHOWING) != DONE)
        gate_open(server, GROUP_SHOWING); /* it has said in one piece that it is connected */
    peer_send(client, word.letters, strlen(word.letters));
    peer_send(client, "\n", 1);
    expect_on_console(server, client->port, word.letters,
                      "A client came, and while its thread said so, another one spoke");
    gate_open(server, GROUP_SHOWING);
}

SCENARIO(fifty_speakers, 1, "-e: shows each line of fifty who speak at once, whole and once",
         "One line, one call of console_tell(). What printf writes may wait in a buffer, and "
         "mix with the words of others.",
         "What the threads share")
{
    struct program *server = start_server_that_repeats();
    speak_in_between(server);
    expect_fifty_speakers_served(server);
}

SCENARIO(reset, 2, "-e: goes on when clients vanish, even in the middle of an answer",
         "SIGPIPE ends the whole process, whichever thread it hits: MSG_NOSIGNAL, or ignore "
         "the signal. A session that returns -1 concerns its client alone.",
         "A thread for each client")
{
    struct program *server = start_server_that_repeats();
    struct peer *witness = connect_and_speak(server, "A client that stays");
    struct peer *client = connect_and_speak(server, "The second client");
    peer_reset(client);
    expect_next(server, "After a client had vanished (RST)");
    speak(witness);
    client = connect_and_speak(server, "The third client");
    /* All of this reaches the server at once: a line to send back, and nobody to send it to. */
    program_pause(server);
    peer_send(client, "are you there?\n", 15);
    peer_half_close(client);
    peer_reset(client);
    program_resume(server);
    expect_next(server, "After a client had sent a line and vanished before the answer");
    speak(witness);
}
