/* Replies that leave at once: common/delay.h. */
#include "common/delay.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Whether Nagle's algorithm is off for SOCK: 1, or 0. */
static int has_no_delay(int sock)
{
    int value = -1;
    socklen_t size = sizeof value;
    assert_int_equal(getsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &value, &size), 0);
    return value;
}

static void test_a_listener_passes_it_on(void **state)
{
    (void)state;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof in;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int clients[2];
    assert_int_equal(bind(listener, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(listener, 2), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &size), 0);
    for (int i = 0; i < 2; i++) {
        if (i == 1)
            send_without_delay(listener);
        clients[i] = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(connect(clients[i], (struct sockaddr *)&in, sizeof in), 0);
        int conn = accept(listener, NULL, NULL);
        assert_int_equal(has_no_delay(conn), i);
        assert_int_equal(has_no_delay(clients[i]), 0);
        close(conn);
        close(clients[i]);
    }
    close(listener);
}

static void test_an_error_changes_nothing(void **state)
{
    (void)state;
    int file = open("/dev/null", O_RDONLY);
    errno = EINPROGRESS;
    send_without_delay(file);
    assert_int_equal(errno, EINPROGRESS);
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_listener_passes_it_on),
        cmocka_unit_test(test_an_error_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
