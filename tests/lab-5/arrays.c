/* What valgrind cannot see: arrays on the stack and static ones, however full they get. */
#include "grader/expect/arrays.h"

#include "lab-5/client.h"

#include <stdio.h>

#define ARRAYS_HINT                                                                                \
    "Give the array one byte more than UDP_LARGEST if you put a 0 behind the datagram, or work "   \
    "with the length that was received, and put no 0 there."

ARRAYS(server_arrays, 1, "server: writes only into its own arrays", ARRAYS_HINT,
       "What valgrind sees")
{
    enum { LIMIT = 2000 };
    struct peer *client = datagram_open("The client");
    fill_bytes(largest_data, DATAGRAM_MOST);
    struct program *server = expect_listening(program_start_sanitized("server", "0", NULL));
    expect_answer(server, client, largest_data, DATAGRAM_MOST);
    expect_within_arrays(server);
    server = expect_listening(program_start_sanitized("server", "-l", "2000", "0", NULL));
    expect_answer(server, client, largest_data, LIMIT);
    datagram_send(client, server->port, largest_data, LIMIT + 1);
    datagram_send(client, server->port, largest_data, DATAGRAM_MOST);
    expect_within_arrays(server);
}

ARRAYS(client_arrays, 1, "client: writes only into its own arrays", ARRAYS_HINT,
       "What valgrind sees")
{
    enum { LETTERS = 65505 };
    static char words[DATAGRAM_MOST + 1] = "1 ";
    char port[8];
    struct peer *server = datagram_open("The server");
    snprintf(port, sizeof port, "%u", server->port);
    struct program *client =
        program_start_sanitized("client", "-n", "2", "-w", LONG, "127.0.0.1", port, NULL);
    fill_letters(words + 2, LETTERS);
    type_line(client, words + 2);
    expect_question(client, server, words);
    send_back(server);
    expect_answer_shown(client, words + 2);
    end_client(client);
    expect_within_arrays(client);
}
