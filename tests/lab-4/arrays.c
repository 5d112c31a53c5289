/* What valgrind cannot see: arrays on the stack and static ones, however full they get. */
#include "grader/expect/arrays.h"

#include "2-chat/line.h"
#include "lab-4/room.h"

#define ARRAYS_HINT                                                                                \
    "Give the array room for the longest line, with the number in front, the newline, and the "    \
    "terminating 0 if there is one. Check each index before you use it: in an array of N, the "    \
    "last one is N - 1."

ARRAYS(server_arrays, 1, "room: writes only into its own arrays", ARRAYS_HINT, "What valgrind sees")
{
    static char line[ROOM_LINE_LIMIT + 1];
    enum { MEMBERS = 66 };
    struct program *server = start_server_sanitized();
    struct peer *first = enter(server, "The first client");
    struct peer *second = enter(server, "The second client");
    fill_letters(line, ROOM_LINE_LIMIT);
    say(first, line);
    announce(server, line);
    go(second, CLOSE);
    for (int i = 1; i < MEMBERS; i++)
        enter(server, "One of 66 clients");
    expect_within_arrays(server);
}

ARRAYS(client_arrays, 1, "client: writes only into its own arrays", ARRAYS_HINT,
       "What valgrind sees")
{
    static char line[LINE_LIMIT + 1];
    struct program *client;
    struct peer *server = meet_client(program_start_sanitized, &client);
    fill_letters(line, LINE_LIMIT);
    show(client, server, line);
    send_typed(client, server, line);
    type_end(client);
    expect_hang_up(server);
    expect_within_arrays(client);
}
