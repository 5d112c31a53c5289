/* What valgrind cannot see: arrays on the stack and static ones, however full they get. */
#include "grader/expect/arrays.h"

#include "lab-3/common.h"

ARRAYS(arrays, 1, "writes only into its own arrays",
       "An array of N elements ends with element N - 1. Whatever is kept for each child must have "
       "room for any number of them.",
       "What valgrind sees")
{
    enum { CLIENTS = 70 };
    stage_needs(2 * CLIENTS + 16, 2 * CLIENTS + 16);
    struct program *server = start_server_sanitized();
    for (int i = 0; i < CLIENTS; i++)
        connect_and_speak(server, "One of 70 clients");
    expect_within_arrays(server);
}
