/* common/address.c: which texts are ports, and which port is in an address. */
#include "common/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* A port address.c never writes by itself, to see that a failure leaves the caller's alone. */
enum { UNTOUCHED = 4711 };

static void test_decimal_numbers_from_0_to_65535_are_ports(void **state)
{
    static const struct {
        const char *text;
        uint16_t port;
    } good[] = {
        {"0", 0},         {"1", 1},     {"80", 80}, {"8014", 8014},        {"19999", 19999},
        {"65535", 65535}, {"0080", 80}, {"00", 0},  {"0000065535", 65535},
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        uint16_t port = UNTOUCHED;
        if (!port_parse(good[i].text, &port))
            fail_msg("\"%s\" is refused", good[i].text);
        assert_int_equal(port, good[i].port);
    }
}

static void test_anything_else_is_not_a_port_and_changes_nothing(void **state)
{
    static const char *const bad[] = {
        "",      "-1",     "+1",   " 1",     "1 ",         "\t1",
        "1\n",   "0x50",   "x",    "80abc",  "abc80",      "8 0",
        "1.0",   "1e3",    "-0",   "65536",  "65540",      "70000",
        "99999", "655350", "http", "1,000",  "4294967296", "4294967376",
        ":80",   "80:",    "\xb2", "--help", "/",          "18446744073709551617"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint16_t port = UNTOUCHED;
        if (port_parse(bad[i], &port))
            fail_msg("\"%s\" is taken for port %u", bad[i], (unsigned)port);
        assert_int_equal(port, UNTOUCHED);
    }
}

static void test_the_port_of_an_ipv4_address(void **state)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(19999)};
    (void)state;
    memcpy(&address, &v4, sizeof v4);
    assert_int_equal(port_of(&address), 19999);
}

static void test_the_port_of_an_ipv6_address(void **state)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(65535)};
    (void)state;
    memcpy(&address, &v6, sizeof v6);
    assert_int_equal(port_of(&address), 65535);
}

static void test_other_addresses_have_no_port(void **state)
{
    struct sockaddr_storage address;
    struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/tmp/socket"};
    (void)state;
    memset(&address, 0xff, sizeof address);
    memcpy(&address, &local, sizeof local);
    assert_int_equal(port_of(&address), 0);
    address.ss_family = AF_UNSPEC;
    assert_int_equal(port_of(&address), 0);
}

static void test_the_port_a_socket_is_bound_to(void **state)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof any;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)state;
    assert_int_equal(port_of_socket(fd), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &length), 0);
    assert_int_not_equal(ntohs(any.sin_port), 0);
    assert_int_equal(port_of_socket(fd), ntohs(any.sin_port));
    close(fd);
}

static void test_a_unix_socket_has_port_0(void **state)
{
    int pair[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(port_of_socket(pair[0]), 0);
    close(pair[0]);
    close(pair[1]);
}

static void test_what_is_no_socket_has_no_port(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    errno = 0;
    assert_int_equal(port_of_socket(ends[0]), -1);
    assert_int_equal(errno, ENOTSOCK);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(port_of_socket(-1), -1);
    assert_int_equal(errno, EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal_numbers_from_0_to_65535_are_ports),
        cmocka_unit_test(test_anything_else_is_not_a_port_and_changes_nothing),
        cmocka_unit_test(test_the_port_of_an_ipv4_address),
        cmocka_unit_test(test_the_port_of_an_ipv6_address),
        cmocka_unit_test(test_other_addresses_have_no_port),
        cmocka_unit_test(test_the_port_a_socket_is_bound_to),
        cmocka_unit_test(test_a_unix_socket_has_port_0),
        cmocka_unit_test(test_what_is_no_socket_has_no_port),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
