/* What the kernel tells about the other end: grader/observe/connection.h. */
#include "fixture.h"

#include "grader/expect/echo.h"
#include "grader/expect/server.h"
#include "grader/observe/connection.h"
#include "grader/observe/procfs.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_the_kernel_can_be_asked(void **state)
{
    (void)state;
    assert_true(connection_can_be_asked());
}

static void test_who_waits_to_be_accepted_is_counted(void **state)
{
    (void)state;
    cast("accepts-nobody");
    struct program *server = start_server();
    assert_int_equal(connection_queue(server->port), 0);
    struct peer *client = connect_client(server, "the client");
    connect_client(server, "the second client");
    assert_int_equal(connection_queue(server->port), 2);
    struct peer *nobody = peer_bind("nobody");
    assert_int_equal(connection_queue(nobody->port), -1);
    assert_int_equal(connection_unread(nobody), -1);
    assert_int_equal(connection_unacknowledged(nobody), -1);

    peer_send(client, "abc", 3);
    assert_int_equal(connection_unread(client), 3);
    assert_int_equal(connection_inode(client), 0); /* nobody's descriptor yet */
}

/* Asks for the queue of PORT often; how many answers were not QUEUED. */
static int count_wrong(uint16_t port, int queued)
{
    int wrong = 0;
    for (int i = 0; i < 50000; i++)
        wrong += connection_queue(port) != queued;
    return wrong;
}

static void test_each_process_gets_its_own_answers(void **state)
{
    (void)state;
    int status;
    struct peer *listener = peer_listen("a listener");
    struct peer *nobody = peer_bind("nobody");
    assert_int_equal(connection_queue(listener->port), 0); /* before there are two processes */
    pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0)
        _exit(count_wrong(nobody->port, -1) > 0);
    int wrong = count_wrong(listener->port, 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(wrong, 0);
    assert_int_equal(status, 0);
}

static void test_what_was_received_does_not_count(void **state)
{
    (void)state;
    cast("echoes");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    expect_echo(client, "abc", 3);
    assert_int_equal(connection_unread(client), 0);
    assert_true(procfs_holds_socket(server->pid, connection_inode(client)));
    struct peer *second = peer_connect("the second client", "127.0.0.2", server->port);
    peer_send(second, "abc", 3);
    assert_int_equal(connection_unread(second), 3);
}

/* A socket of this process that listens for IPv6 and IPv4, as a student's may; its port. */
static int listen_for_both(uint16_t *port)
{
    struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
    socklen_t size = sizeof in;
    int no = 0;
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        skip(); /* this machine has no IPv6 */
    assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &size), 0);
    *port = ntohs(in.sin6_port);
    return fd;
}

static void test_both_ends_have_states(void **state)
{
    (void)state;
    int here;
    int there;
    cast("accepts-nobody");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    connection_states(client, &here, &there);
    assert_int_equal(here, TCP_ESTABLISHED);
    assert_int_equal(there, TCP_ESTABLISHED);
    peer_half_close(client);
    connection_states(client, &here, &there);
    assert_true(here == TCP_FIN_WAIT1 || here == TCP_FIN_WAIT2);
    connection_states(peer_bind("nobody"), &here, &there);
    assert_int_equal(here, 0);
    assert_int_equal(there, 0);
}

static void test_a_socket_for_both_families_is_found(void **state)
{
    (void)state;
    static char much[65536];
    uint16_t port;
    int listener = listen_for_both(&port);
    struct peer *client = peer_connect("the client", "127.0.0.1", port);
    assert_int_equal(connection_queue(port), 1);
    int conn = accept(listener, NULL, NULL);
    assert_int_equal(connection_queue(port), 0);
    assert_true(procfs_holds_socket(getpid(), connection_inode(client)));
    peer_send(client, "abc", 3);
    assert_int_equal(connection_unread(client), 3);

    assert_int_equal(connection_unacknowledged(client), 0);
    while (send(conn, much, sizeof much, MSG_DONTWAIT) > 0)
        continue;
    assert_true(connection_unacknowledged(client) > 0); /* the client does not read */
    close(conn);
    close(listener);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_the_kernel_can_be_asked),
        ON_STAGE(test_who_waits_to_be_accepted_is_counted),
        ON_STAGE(test_each_process_gets_its_own_answers),
        ON_STAGE(test_what_was_received_does_not_count),
        ON_STAGE(test_both_ends_have_states),
        ON_STAGE(test_a_socket_for_both_families_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
