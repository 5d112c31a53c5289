/* What valgrind cannot see: arrays on the stack and static ones, however full they get. */
#include "grader/expect/arrays.h"

#include "grader/expect/people.h"
#include "lab-1/common.h"

ARRAYS(server_arrays, 1, "server: writes only into its own arrays",
       "An array of N bytes ends with byte N - 1. Give recv no more than sizeof of the array; a "
       "terminating 0 needs a byte of its own.",
       "What valgrind sees")
{
    enum { SOME = 10, AT_ONCE = 200 * 1000 }; /* more than most buffers have room for */
    struct program *server = start_server_sanitized();
    struct peer *client = connect_client(server, "A client that sends much at once");
    fill_bytes(much, AT_ONCE);
    enum wait_result result;
    /* The server is held before it sends something back, so that all the rest waits in the socket
       when it receives again. (A signal to stop it would interrupt epoll_wait.) */
    gate_arm(server, GROUP_SENDING, 0, false);
    peer_push(client, much, SOME, &result);
    gate_wait(server, GROUP_SENDING);
    size_t sent = SOME + peer_flood(client, much + SOME, AT_ONCE - SOME);
    gate_open(server, GROUP_SENDING);
    expect_echo_of_rest(client, much, AT_ONCE, sent);
    expect_farewell(client);
    expect_within_arrays(server);
}

ARRAYS(client_arrays, 1, "client: writes only into its own arrays",
       "An array of N bytes ends with byte N - 1. `reply` has room for the bytes of the message "
       "and for no more: no terminating 0.",
       "What valgrind sees")
{
    static char message[5001];
    struct program *client;
    fill_letters(message, sizeof message - 1);
    struct peer *server = meet_client_with(program_start_sanitized, &client, "localhost", message);
    char *bytes = much;
    if (peer_receive(server, bytes, sizeof message - 1) == sizeof message - 1)
        peer_send(server, bytes, sizeof message - 1);
    expect_exit(client, 0);
    expect_within_arrays(client);
}
