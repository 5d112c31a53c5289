/* The client: questions and answers, long questions, and finding the server. */
#include "grader/expect/complaint.h"
#include "lab-5/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

SCENARIO(client_question, 3, "client: asks a question and shows its answer",
         "Send a question as its number, a space and its bytes. The answer looks the same: show "
         "the bytes after the space.",
         "Numbers against late answers")
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask_and_answer(client, server, 1, "hello");
    /* A question may contain any bytes. */
    type_bytes(client, "a\0b\n", 4);
    expect_question_bytes(client, server, "2 a\0b", 5);
    datagram_send(server, got.from, "2 zero", 6);
    expect_answer_shown(client, "zero");
    end_client(client);
    if (datagram_take(server, &got))
        fail_because(EXPECT_NOTHING,
                     "The client asked two questions, got their answers, and showed them. But it "
                     "sent another datagram, of %zu bytes.",
                     got.length);
}

SCENARIO(client_numbers, 2, "client: numbers its questions",
         "The first question has number 1, and each later one a number higher by 1. An empty line "
         "is a question too.",
         "Numbers against late answers")
{
    enum { MOST = 1000 };
    static const char *const lines[] = {"one",   "two",   "3 is a number", "",    " five",   "six",
                                        "seven", "eight", "nine",          "ten", "eleven  "};
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    for (int i = 0; i < (int)(sizeof lines / sizeof lines[0]); i++)
        ask_and_answer(client, server, i + 1, lines[i]);
    /* More than fits into one byte or three digits. */
    for (int number = (int)(sizeof lines / sizeof lines[0]) + 1; number <= MOST; number++)
        ask_and_answer(client, server, number, "and so on");
    end_client(client);
}

SCENARIO(question_too_long, 1, "client: reports \"Message too long\"",
         "A datagram has at most 65,507 bytes. With more, send fails with EMSGSIZE, and another "
         "try cannot succeed.",
         "The largest datagram")
{
    enum { LETTERS = 65506, MUCH = 200 * 1000 };
    static char words[MUCH + 1];
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask_and_answer(client, server, 1, "short");
    end_client(client);
    fill_letters(words, LETTERS);
    client = start_client(server, "2", "50");
    type_line(client, words);
    if (datagram_receive(server, &got))
        fail_because(EXPECT_NOTHING,
                     "A question of 65,506 bytes was typed. With its number and a space, it is one "
                     "byte too long for a datagram. The client should have sent nothing. It sent "
                     "%zu bytes.",
                     got.length);
    expect_failure(client, "Message too long", NULL);
    expect_complained_of(client, NULL, strerror(EMSGSIZE));
    expect_exit(client, 1);
    /* So many bytes that a program that copies them into its buffer without a check crashes. */
    fill_letters(words, MUCH);
    client = start_client(server, "2", "50");
    if (fcntl(client->in, F_SETPIPE_SZ, 2 * MUCH) == -1)
        return; /* the keyboard's pipe has no room for it */
    type_line(client, words);
    if (datagram_receive(server, &got))
        fail_because(EXPECT_NOTHING,
                     "A question of 200,000 bytes was typed. The client should have sent nothing. "
                     "It sent a datagram of %zu bytes.",
                     got.length);
    expect_failure(client, "Message too long", NULL);
    expect_exit(client, 1);
}

SCENARIO(largest_question, 1, "client: sends and shows 65,505 bytes",
         "Number, space and question may have 65,507 bytes together, and so may the answer.",
         "The largest datagram")
{
    enum { LETTERS = 65505 };
    static char words[DATAGRAM_MOST + 1] = "1 ";
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    fill_letters(words + 2, LETTERS);
    type_line(client, words + 2);
    expect_question(client, server, words);
    send_back(server);
    expect_answer_shown(client, words + 2);
    end_client(client);
}

SCENARIO(two_clients, 1, "client: works while another client runs",
         "Let the kernel choose a free port for each client. A port that you choose may be in use.",
         "No connection at all")
{
    struct peer *server = datagram_open("The server");
    struct program *clients[2];
    uint16_t ports[2];
    for (int i = 0; i < 2; i++) {
        clients[i] = start_client(server, "2", LONG);
        ask_and_answer(clients[i], server, 1, "hello");
        ports[i] = got.from;
    }
    type_line(clients[0], "red");
    expect_question(clients[0], server, "2 red");
    type_line(clients[1], "blue");
    expect_question(clients[1], server, "2 blue");
    datagram_send(server, ports[0], "2 red", 5);
    datagram_send(server, ports[1], "2 blue", 6);
    expect_answer_shown(clients[0], "red");
    expect_answer_shown(clients[1], "blue");
    end_client(clients[0]);
    end_client(clients[1]);
}

SCENARIO(localhost, 1, "client: finds the server by name",
         "getaddrinfo turns a name, or an address in digits, into a list of addresses. Ask for "
         "AF_INET: with AF_UNSPEC the first may be an IPv6 address, where there is no server.",
         "No connection at all")
{
    char port[8];
    struct peer *server = datagram_open("The server");
    snprintf(port, sizeof port, "%u", server->port);
    /* With AF_UNSPEC the client gets ::1 first, as on many machines. */
    fault_at_start(GROUP_LOOKING_UP, 0, AF_INET6, 1, 0);
    struct program *client = program_start("client", "-w", LONG, "localhost", port, NULL);
    ask_and_answer(client, server, 1, "hello");
    end_client(client);
}

SCENARIO(unknown_host, 1, "client: reports an unknown host",
         "getaddrinfo returns its own error code; gai_strerror turns it into words.",
         "No connection at all")
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask_and_answer(client, server, 1, "hello");
    end_client(client);
    /* .invalid never exists: RFC 6761. */
    stage.note_count = 0;
    client = program_start("client", "no-such-host.invalid", "7", NULL);
    expect_failure(client, NULL, NULL);
    const struct text *words = &client->complained;
    if (words->length == 0 || has_words(words, "Success"))
        fail_because(EXPECT_COMPLAINT,
                     "`client no-such-host.invalid 7` ended with an error, which is correct, but "
                     "should have printed the reason. It printed: %s",
                     _(words->length == 0 ? "nothing."
                                          : "Success. getaddrinfo does not set errno; "
                                            "gai_strerror says what its result means."));
}

VALGRIND(client_memcheck, 1, "client: is clean under valgrind",
         "valgrind reports the line that uses memory that is not yours or not initialized, and the "
         "memory and descriptors that leak. Free the list of addresses with freeaddrinfo.",
         "What valgrind sees")
{
    char port[8];
    struct peer *server = datagram_open("The server");
    struct peer *neighbour = datagram_open("A stranger");
    snprintf(port, sizeof port, "%u", server->port);
    struct program *client =
        program_start_memcheck("client", "-n", "60", "-w", "100", "localhost", port, NULL);
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    datagram_lose(server, &got);
    receive_question(client, server);
    send_back(server);
    expect_answer_shown(client, "hello");
    type_line(client, "");
    expect_question(client, server, "2 ");
    uint16_t from = got.from;
    datagram_send(neighbour, from, "2 lies", 6);
    datagram_send(server, from, "1 hello", 7);
    datagram_send(server, from, "2", 1);
    datagram_send(server, from, "", 0);
    datagram_send(server, from, "2 ", 2);
    expect_answer_shown(client, "");
    type_line(client, "much");
    expect_question(client, server, "3 much");
    memset(largest_data, 'x', DATAGRAM_MOST);
    largest_data[0] = '3';
    largest_data[1] = ' ';
    datagram_send(server, from, largest_data, DATAGRAM_MOST);
    expect_answer_shown(client, largest_data + 2);
    end_client(client);
    expect_clean(client, 0);
}
