/* The client: lost datagrams, and datagrams that are not the answer. */
#include "lab-5/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A short wait makes the test fast, but on a busy machine it may be over before the test has
   answered. Then the test tries again with a longer wait. A client passes if it succeeds once. */
static const char *const waits[] = {"20", "100", "700"};
enum { WAITS = sizeof waits / sizeof waits[0], TRIES = 4 };

/* Loses the next question K times, and answers its next copy. Returns false if the client ended
   before that, or shows no answer; *SEEN is the number of datagrams that arrived. */
static bool answer_after(struct program *client, struct peer *server, int k, const char *line,
                         int *seen)
{
    char words[40];
    snprintf(words, sizeof words, "%d %s", k + 1, line);
    type_line(client, line);
    for (*seen = 0; *seen <= k; ++*seen) {
        if (*seen == 0)
            expect_question(client, server, words);
        else if (!datagram_receive(server, &got))
            return false;
        if (*seen < k)
            datagram_lose(server, &got);
    }
    send_back(server);
    char shown[60];
    snprintf(shown, sizeof shown, "server says: %s\n", line);
    return wait_shown(client, shown);
}

SCENARIO(first_lost, 4, "client: sends a lost question again",
         "No call reports a lost datagram: wait with a time-out, then send the question again.",
         "Nobody tells you about a loss")
{
    static const char *const words[TRIES] = {"red", "green", "blue", "white"};
    for (int attempt = 0;; attempt++) {
        /* A new one, because an earlier client may have sent something to the old one. */
        struct peer *server = datagram_open("The server");
        struct program *client = start_client(server, "4", waits[attempt]);
        int k = 0;
        int seen = 0;
        while (k < TRIES && answer_after(client, server, k, words[k], &seen))
            k++;
        if (k == TRIES) {
            end_client(client);
            return;
        }
        if (client->ended && attempt < WAITS - 1)
            continue;
        if (seen <= k)
            fail_dialogue(
                EXPECT_DATAGRAM, client, server,
                "It was lost %d time%s. With -n 4 the client should have sent it again after %s "
                "ms without an answer, up to 4 times altogether.",
                seen, seen == 1 ? "" : "s", waits[attempt]);
        fail_dialogue(
            EXPECT_CONSOLE, client, server,
            "With -n 4, it was lost %d time%s. The server answered the next datagram at once, and "
            "the client should have shown the answer.",
            k, k == 1 ? "" : "s");
    }
}

struct idleness {
    const struct program *client;
    uint64_t until;
};

static bool is_idle_no_more(void *argument)
{
    const struct idleness *idleness = argument;
    return idleness->client->ended || stage_now() > idleness->until;
}

/* Types nothing for longer than the client waits for an answer. No timer of the client may still
   run. */
static void expect_patience(struct program *client, struct peer *server)
{
    enum { IDLE_MS = 80 };
    struct idleness idleness = {client, stage_now() + IDLE_MS * MS};
    /* A client that sleeps, as it should, ends stage_settle at once: so it is called again. */
    while (!is_idle_no_more(&idleness))
        stage_settle(stage.waiting, is_idle_no_more, &idleness);
    dialogue_did("The server answered \"hello\". Then nothing was typed for longer than -w " SHORT
                 ".");
    if (client->ended)
        fail_dialogue(EXPECT_RUNNING, client, server,
                      "The client should have waited for the next line.");
}

SCENARIO(same_datagram, 2, "client: sends the same datagram again, from the same port",
         "Each time you send a question, use the same number, bytes and socket.",
         "Nobody tells you about a loss")
{
    enum { COPIES = 3 };
    static struct datagram first;
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, MANY, SHORT);
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    first = got;
    for (int i = 1; i < COPIES; i++) {
        datagram_lose(server, &got);
        receive_question(client, server);
        if (got.length != first.length || memcmp(got.bytes, first.bytes, got.length) != 0) {
            struct text text = {0};
            text_harmless(&text, got.bytes, got.length, 60, false);
            fail_because(EXPECT_DATAGRAM,
                         "The datagram \"1 hello\" was lost. The client should have sent the same "
                         "datagram again. It sent \"%s\" (%zu bytes).",
                         text.start, got.length);
        }
        if (got.from != first.from)
            fail_because(EXPECT_DATAGRAM,
                         "The datagram \"1 hello\" came from port %u and was lost. The client sent "
                         "it again from port %u. A late answer to the first port would not reach "
                         "the client any more.",
                         first.from, got.from);
    }
    send_back(server);
    expect_answer_shown(client, "hello");
    expect_patience(client, server);
    ask_and_answer(client, server, 2, "again");
    if (got.from != first.from)
        fail_because(EXPECT_DATAGRAM,
                     "The client's first question came from port %u, its second from port %u. It "
                     "should use the same socket for all questions.",
                     first.from, got.from);
    end_client(client);
}

SCENARIO(late_answer, 1, "client: accepts an answer to an earlier try",
         "All tries of a question have the same number: an answer to any of them is valid.",
         "Numbers against late answers")
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, MANY, SHORT);
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    uint16_t port = got.from;
    receive_question(client, server);
    dialogue_did("The server got \"1 hello\" twice, and then answered the first one.");
    datagram_send(server, port, "1 hello", 7);
    expect_answer_shown(client, "hello");
    end_client(client);
}

SCENARIO(duplicates, 2, "client: shows a duplicated answer only once",
         "Compare the number of each answer with that of your question, and ignore the others. The "
         "second copy of an answer is still in the socket when you ask the next question.",
         "Numbers against late answers")
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, MANY, LONG);
    static const char *const lines[] = {"red", "green", "blue"};
    for (int i = 0; i < 3; i++) {
        char words[20];
        snprintf(words, sizeof words, "%d %s", i + 1, lines[i]);
        type_line(client, lines[i]);
        expect_question(client, server, words);
        send_back(server);
        send_back(server);
        dialogue_did("The client asked \"%s\", and the server sent each answer twice.", lines[i]);
        expect_answer_shown(client, lines[i]);
    }
    end_client(client);
    expect_console(client, "");
}

SCENARIO(old_answer, 2, "client: ignores an old answer",
         "An answer begins with the number of its question. With another number, it answers "
         "another question: ignore it.",
         "Numbers against late answers")
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, MANY, SHORT);
    type_line(client, "old");
    expect_question(client, server, "1 old");
    uint16_t port = got.from;
    receive_question(client, server);
    datagram_send(server, port, "1 old", 5);
    expect_answer_shown(client, "old");
    type_line(client, "new");
    expect_question(client, server, "2 new");
    datagram_send(server, port, "1 old", 5);
    datagram_send(server, port, "2 new", 5);
    dialogue_did("The client sent \"old\" twice, and got an answer. Then it asked \"new\". It got "
                 "the second answer to \"old\", and after it the answer to \"new\".");
    expect_answer_shown(client, "new");
    end_client(client);
    expect_console(client, "");
}

/* The number of the question has two digits; other numbers begin or end with the same digits. */
static void expect_all_digits(struct program *client, struct peer *server)
{
    enum { NUMBER = 12 };
    static const char *const wrong[] = {"1 wrong", "2 wrong", "112 wrong", "120 wrong",
                                        "012 wrong"};
    for (int number = 2; number < NUMBER; number++)
        ask_and_answer(client, server, number, "more");
    type_line(client, "hello");
    expect_question(client, server, "12 hello");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        datagram_send(server, got.from, wrong[i], strlen(wrong[i]));
    expect_no_effect(client, server,
                     "The client asked \"12 hello\". The server sent \"1 wrong\", \"2 wrong\", "
                     "\"112 wrong\", \"120 wrong\" and \"012 wrong\".");
    datagram_send(server, got.from, "12 right", 8);
    dialogue_did("Then the server sent \"12 right\".");
    expect_answer_shown(client, "right");
}

/* recv returns 0 for it, and errno is that of an older failure, as it may be anywhere. */
static void expect_empty_ignored(struct program *client, struct peer *server)
{
    stale_errno(client, EBADF);
    datagram_send(server, got.from, "", 0);
    expect_no_effect(client, server,
                     "The client asked \"1 hello\". The server sent an empty datagram.");
    stale_errno(client, 0);
}

SCENARIO(
    almost_right, 2, "client: ignores a datagram that only looks like the answer",
    "Compare all digits and the space after them, and no more bytes than you received. What is "
    "no answer changes nothing: wait until the time is over.",
    "Numbers against late answers")
{
    /* In this order: after "1", the buffer still contains bytes of the datagram before it. */
    static const char *const wrong[] = {"12 wrong", "2 wrong",  "1",        "",        "1wrong",
                                        "01 wrong", " 1 wrong", "wrong 1 ", "+1 wrong"};
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    expect_empty_ignored(client, server);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        datagram_send(server, got.from, wrong[i], strlen(wrong[i]));
    expect_no_effect(client, server,
                     "The client asked \"1 hello\". The server sent \"12 wrong\", \"2 wrong\", "
                     "\"1\", an empty datagram, \"1wrong\", \"01 wrong\" and similar ones.");
    /* An answer may be longer than its question. */
    static const char right[] = "1 right, and longer than the question";
    datagram_send(server, got.from, right, sizeof right - 1);
    dialogue_did("Then the server sent \"%s\".", right);
    expect_answer_shown(client, right + 2);
    expect_all_digits(client, server);
    end_client(client);
}

SCENARIO(stranger, 3, "client: ignores an answer from a stranger",
         "Any program can send to the client's port. Compare the sender's address and port with "
         "the server's, or connect the socket.",
         "Answers from strangers")
{
    struct peer *server = datagram_open("The server");
    struct peer *neighbour = datagram_open("A stranger");
    struct peer *far = datagram_open_at("A stranger elsewhere", "127.0.0.2", server->port);
    struct program *client = start_client(server, "2", LONG);
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    uint16_t port = got.from;
    datagram_send(neighbour, port, "1 lies", 6);
    if (far != NULL)
        datagram_send(far, port, "1 more lies", 11);
    expect_no_effect(client, server,
                     "The client asked \"1 hello\". A stranger on another port, and a stranger on "
                     "the server's port at another address, answered it. The server did not.");
    datagram_send(server, port, "1 truth", 7);
    dialogue_did("Two strangers answered \"1 hello\", and then the server itself.");
    expect_answer_shown(client, "truth");
    end_client(client);
}
