/* What valgrind cannot see: arrays on the stack and static ones, however full they get. */
#include "grader/expect/arrays.h"

#include "grader/expect/ending.h"
#include "lab-2/common.h"

#define ARRAYS_HINT                                                                                \
    "An array of N bytes ends with byte N - 1. A line of 1024 bytes needs room for 1025: its "     \
    "terminating 0 is not counted."

ARRAYS(server_arrays, 1, "server: writes only into its own arrays", ARRAYS_HINT,
       "What valgrind sees")
{
    struct program *server = start_server_sanitized();
    struct peer *client = come_and_talk(server, "The client");
    turn(server, client, letters(LIMIT), "one");
    turn(server, client, "two", letters(LIMIT));
    const char *line = letters(LIMIT);
    say_piece(server, client, line, LIMIT);
    say_bytes(client, "\r\n", 2);
    dialogue_did("The client sent %d bytes, and a moment later CR and newline; the limit is %d.",
                 LIMIT, LIMIT);
    expect_said(server, "client says: ", line);
    type_bytes(server, line, LIMIT);
    type_bytes(server, "\r\n", 2);
    expect_line(client, line);
    say_line(client, letters(LIMIT + 1));
    expect_hang_up(client);
    expect_within_arrays(server);
}

ARRAYS(client_arrays, 1, "client: writes only into its own arrays", ARRAYS_HINT,
       "What valgrind sees")
{
    struct program *client;
    struct peer *server = meet(program_start_sanitized, &client);
    ask(client, server, letters(LIMIT), "one");
    ask(client, server, "two", letters(LIMIT));
    type_end(client);
    expect_hang_up(server);
    expect_exit(client, 0);
    expect_within_arrays(client);
}
