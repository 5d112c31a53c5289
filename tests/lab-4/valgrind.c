/* Server and client under valgrind. */
#include "lab-4/room.h"

#include <errno.h>

/* All clients have left. Expects `disconnected` on the console for each of them. */
static void expect_gone(struct program *server, struct peer *const *clients, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_on_console(server, clients[i]->port, "disconnected", "All clients have left");
}

VALGRIND(server_helgrind, 2, "room: has no data races under helgrind",
         "Lock the room's mutex before the first of the two lines that helgrind names, and unlock "
         "it after the last. If each thread may have a variable of its own, leave out `static`.",
         "What valgrind sees")
{
    struct program *server = start_server_helgrind();
    struct peer *clients[4];
    clients[0] = enter(server, "The first client");
    clients[1] = enter(server, "The second client");
    clients[2] = enter(server, "The third client");
    clients[3] = enter(server, "The fourth client");
    say_something(clients[1]);
    say_something(clients[0]);
    announce(server, "welcome");
    /* In an order in which each thread reads what another one has changed since it last held the
       lock, whether the table begins with the oldest member or with the newest. */
    go(clients[3], RESET);
    go(clients[0], CLOSE);
    go(clients[1], CLOSE);
    say_something(clients[2]);
    go(clients[2], HALF_CLOSE);
    expect_gone(server, clients, 4);
    program_settle(server); /* so that no thread holds a lock when the program ends */
    program_terminate(server);
    expect_no_races(server);
}

VALGRIND(
    server_memcheck, 1, "room: frees all memory and closes all connections",
    "Set all that malloc gives you before you read it. Free the arguments in the thread, or in "
    "its creator if pthread_create has failed, and a member when it leaves.",
    "What valgrind sees")
{
    struct program *server = start_server_memcheck();
    struct peer *clients[3];
    clients[0] = enter(server, "The first client");
    clients[1] = enter(server, "The second client");
    clients[2] = enter(server, "The third client");
    say_something(clients[1]);
    announce(server, "welcome");
    fault_error(server, GROUP_THREADING, EAGAIN, 1, 0);
    struct peer *unlucky =
        connect_next(server, "A client that connects while pthread_create fails");
    bool let_go = is_let_go(unlucky);
    trust_fault(server, GROUP_THREADING, "make fail"); /* it may create threads in another way */
    if (!let_go)
        fail_not_let_go(unlucky, "pthread_create failed: it returned EAGAIN");
    go(clients[2], RESET);
    /* A send to the other member fails. The server may drop it, or it leaves by itself. */
    fault_error(server, GROUP_SENDING, EPIPE, 1, 0);
    say_line(clients[0], "who hears me?");
    program_settle(server);
    fault_off(server, GROUP_SENDING);
    forget(clients[1]);
    peer_close(clients[1]);
    dialogue_did("A member sent a line. The send to another member failed (EPIPE), and this member "
                 "left.");
    expect_told(line_of(clients[1], "left"), NULL);
    clients[1] = enter(server, "The next client");
    say_something(clients[0]);
    go(clients[0], CLOSE);
    go(clients[1], HALF_CLOSE);
    expect_gone(server, clients, 3);
    /* The room was empty, and is used again. */
    clients[0] = enter(server, "The first client after all had left");
    clients[1] = enter(server, "The second client after all had left");
    say_something(clients[1]);
    go(clients[0], CLOSE);
    go(clients[1], CLOSE);
    expect_gone(server, clients, 2);
    program_settle(server);
    program_terminate(server);
    expect_clean(server, 1);
}

VALGRIND(client_helgrind, 1, "client: has no data races under helgrind",
         "If two threads use the same memory, protect it with a lock, or let one thread end "
         "(pthread_join) before the other uses it.",
         "What valgrind sees")
{
    struct program *client;
    struct peer *server = meet_client(program_start_helgrind, &client);
    show(client, server, "one");
    send_typed(client, server, "two");
    show(client, server, "three");
    type_line(client, "four");
    type_end(client);
    expect_line(server, "four");
    expect_hang_up(server);
    expect_exit(client, 0);
    expect_no_races(client);
}
