/* What is read from valgrind's words: grader/observe/memcheck.h. The logs are valgrind 3.19's,
   those called NEWER valgrind 3.24's on glibc 2.41. */
#include "fixture.h"

#include "grader/expect/echo.h"
#include "grader/expect/server.h"
#include "grader/observe/memcheck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BEGIN                                                                                      \
    "==17== Memcheck, a memory error detector\n"                                                   \
    "==17== Copyright (C) 2002-2022, and GNU GPL'd, by Julian Seward et al.\n"                     \
    "==17== Command: /build/server 0\n"                                                            \
    "==17== \n"
#define BEHIND                                                                                     \
    "==17== Invalid read of size 1\n"                                                              \
    "==17==    at 0x4849C4A: strlen (in /usr/libexec/vgpreload_memcheck-amd64-linux.so)\n"         \
    "==17==    by 0x10A409: echo_session (echo.c:24)\n"                                            \
    "==17==    by 0x10A655: serve (serve.c:193)\n"                                                 \
    "==17==  Address 0x4a4308a is 0 bytes after a block of size 10 alloc'd\n"                      \
    "==17==    at 0x48417B4: malloc (in /usr/libexec/vgpreload_memcheck-amd64-linux.so)\n"         \
    "==17==    by 0x10A3E7: echo_session (echo.c:20)\n"                                            \
    "==17== \n"
#define FREED                                                                                      \
    "==17== Invalid read of size 1\n"                                                              \
    "==17==    at 0x10A415: echo_session (echo.c:26)\n"                                            \
    "==17==  Address 0x4a430d3 is 3 bytes inside a block of size 20 free'd\n"                      \
    "==17==    at 0x484417B: free (in /usr/libexec/vgpreload_memcheck-amd64-linux.so)\n"           \
    "==17==    by 0x10A403: echo_session (echo.c:25)\n"                                            \
    "==17==  Block was alloc'd at\n"                                                               \
    "==17==    at 0x48417B4: malloc (in /usr/libexec/vgpreload_memcheck-amd64-linux.so)\n"         \
    "==17==    by 0x10A3F6: echo_session (echo.c:21)\n"                                            \
    "==17== \n"
#define KILLED                                                                                     \
    "==17== \n"                                                                                    \
    "==17== Process terminating with default action of signal 15 (SIGTERM)\n"                      \
    "==17==    at 0x49676EE: accept (accept.c:26)\n"                                               \
    "==17==    by 0x10A649: serve (serve.c:192)\n"                                                 \
    "==17== \n"
#define OPEN                                                                                       \
    "==17== FILE DESCRIPTORS: 5 open (3 std) at exit.\n"                                           \
    "==17== Open AF_INET socket 4: 127.0.0.1:35959 <-> 127.0.0.1:34792\n"                          \
    "==17==    at 0x49676F0: accept (accept.c:26)\n"                                               \
    "==17==    by 0x10A649: serve (serve.c:192)\n"                                                 \
    "==17== \n"                                                                                    \
    "==17== Open AF_INET socket 3: 0.0.0.0:35959 <-> unbound\n"                                    \
    "==17==    at 0x4967DC7: socket (syscall-template.S:120)\n"                                    \
    "==17==    by 0x10A7D5: tcp_listen (tcp.c:26)\n"                                               \
    "==17== \n"                                                                                    \
    "==17== Open file descriptor 10: /dev/null\n"                                                  \
    "==17==    <inherited from parent>\n"                                                          \
    "==17== \n"                                                                                    \
    "==17== Open file descriptor 11: /dev/null\n"                                                  \
    "==17==    at 0x49676F0: open (open.c:41)\n"                                                   \
    "==17== \n"
#define NEWER_OPEN                                                                                 \
    "==17== FILE DESCRIPTORS: 5 open (3 std) at exit.\n"                                           \
    "==17== Open AF_INET socket 4: 127.0.0.1:42661 <-> <unbound>\n"                                \
    "==17==    at 0x48EC3A7: __internal_syscall_cancel (cancellation.c:64)\n"                      \
    "==17==    by 0x48EC3CC: __syscall_cancel (cancellation.c:75)\n"                               \
    "==17==    by 0x496EF15: accept (accept.c:26)\n"                                               \
    "==17==    by 0x10A649: serve (serve.c:192)\n"                                                 \
    "==17== \n"                                                                                    \
    "==17== Open AF_INET socket 3: 0.0.0.0:42661 <-> <unbound>\n"                                  \
    "==17==    at 0x496F3B7: socket (syscall-template.S:120)\n"                                    \
    "==17==    by 0x10A7D5: tcp_listen (tcp.c:26)\n"                                               \
    "==17== \n"
#define NEWER_CLOSED                                                                               \
    "==17== File descriptor 4: AF_INET socket 4: 127.0.0.1:42661 <-> 127.0.0.1:58456 "             \
    "is already closed\n"                                                                          \
    "==17==    at 0x48EC3A7: __internal_syscall_cancel (cancellation.c:64)\n"                      \
    "==17==    by 0x48EC3CC: __syscall_cancel (cancellation.c:75)\n"                               \
    "==17==    by 0x495C6B9: close (close.c:27)\n"                                                 \
    "==17==    by 0x10A661: serve (serve.c:199)\n"                                                 \
    "==17==  Previously closed\n"                                                                  \
    "==17==    at 0x48EC3A7: __internal_syscall_cancel (cancellation.c:64)\n"                      \
    "==17==    by 0x48EC3CC: __syscall_cancel (cancellation.c:75)\n"                               \
    "==17==    by 0x495C6B9: close (close.c:27)\n"                                                 \
    "==17==    by 0x10A409: echo_session (echo.c:24)\n"                                            \
    "==17==  Originally opened\n"                                                                  \
    "==17==    at 0x48EC3A7: __internal_syscall_cancel (cancellation.c:64)\n"                      \
    "==17==    by 0x48EC3CC: __syscall_cancel (cancellation.c:75)\n"                               \
    "==17==    by 0x496EF15: accept (accept.c:26)\n"                                               \
    "==17==    by 0x10A649: serve (serve.c:192)\n"                                                 \
    "==17== File descriptor -1 Invalid file descriptor\n"                                          \
    "==17==    at 0x48EC3A7: __internal_syscall_cancel (cancellation.c:64)\n"                      \
    "==17==    by 0x48EC3CC: __syscall_cancel (cancellation.c:75)\n"                               \
    "==17==    by 0x495C6B9: close (close.c:27)\n"                                                 \
    "==17==    by 0x10A661: serve (serve.c:199)\n"
#define DUPLICATES                                                                                 \
    "==17== Open AF_INET socket 5: 0.0.0.0:35959 <-> unbound\n"                                    \
    "==17==    at 0x4967DC7: dup (syscall-template.S:120)\n"                                       \
    "==17==    by 0x10A7D5: serve (serve.c:26)\n"                                                  \
    "==17== \n"                                                                                    \
    "==17== Open AF_INET socket 6: 0.0.0.0:35959 <-> unbound\n"                                    \
    "==17==    at 0x4967DC7: __fcntl64_nocancel_adjusted (fcntl_nocancel.c:65)\n"                  \
    "==17==    by 0x10A7D5: serve (serve.c:27)\n"                                                  \
    "==17== \n"                                                                                    \
    "==17== Open AF_INET socket 7: 127.0.0.1:35959 <-> 127.0.0.1:34792\n"                          \
    "==17==    at 0x4967DC7: dup (syscall-template.S:120)\n"                                       \
    "==17==    by 0x10A7D5: serve (serve.c:28)\n"                                                  \
    "==17== \n"
#define LOST                                                                                       \
    "==17== HEAP SUMMARY:\n"                                                                       \
    "==17==     in use at exit: 4,106 bytes in 2 blocks\n"                                         \
    "==17== \n"                                                                                    \
    "==17== 10 bytes in 1 blocks are definitely lost in loss record 1 of 2\n"                      \
    "==17==    at 0x48417B4: malloc (in /usr/libexec/vgpreload_memcheck-amd64-linux.so)\n"         \
    "==17==    by 0x10A3E7: echo_session (echo.c:20)\n"                                            \
    "==17== \n"                                                                                    \
    "==17== 30 bytes in 1 blocks are possibly lost in loss record 2 of 2\n"                        \
    "==17==    at 0x48417B4: malloc (in /usr/libexec/vgpreload_memcheck-amd64-linux.so)\n"         \
    "==17== \n"                                                                                    \
    "==17== LEAK SUMMARY:\n"                                                                       \
    "==17==    definitely lost: 10 bytes in 1 blocks\n"                                            \
    "==17==    indirectly lost: 0 bytes in 0 blocks\n"                                             \
    "==17== \n"
#define END "==17== ERROR SUMMARY: 3 errors from 3 contexts (suppressed: 0 from 0)\n"

static bool is_own(const char *file)
{
    return strcmp(file, "echo.c") == 0 || strcmp(file, "serve.c") == 0 ||
           strcmp(file, "tcp.c") == 0;
}

static struct memcheck read_log(const char *words)
{
    struct text log = {0};
    struct memcheck memcheck;
    text_add(&log, "%s", words);
    memcheck_read(&log, is_own, &memcheck);
    text_free(&log);
    return memcheck;
}

static void assert_counts(const struct memcheck *memcheck, int errors, int leaks, int accepted,
                          int opened)
{
    assert_int_equal(memcheck->errors, errors);
    assert_int_equal(memcheck->leaks, leaks);
    assert_int_equal(memcheck->accepted, accepted);
    assert_int_equal(memcheck->opened, opened);
}

static void test_a_clean_log_is_clean(void **state)
{
    (void)state;
    struct memcheck memcheck = read_log(BEGIN KILLED END);
    assert_true(memcheck.begun && memcheck.complete);
    assert_counts(&memcheck, 0, 0, 0, 0);
    assert_string_equal(memcheck.first_error, "");
    assert_string_equal(memcheck.first_leak, "");
    assert_string_equal(memcheck.first_socket, "");
}

static void test_nothing_is_no_log(void **state)
{
    (void)state;
    struct memcheck memcheck;
    struct text empty = {0};
    memcheck_read(&empty, is_own, &memcheck);
    assert_false(memcheck.begun || memcheck.complete);
    assert_counts(&memcheck, 0, 0, 0, 0);
    memcheck = read_log("sh: valgrind: not found\n");
    assert_false(memcheck.begun || memcheck.complete);
}

static void test_an_error_is_counted_once_and_told_with_its_place(void **state)
{
    (void)state;
    struct memcheck memcheck = read_log(BEGIN BEHIND END);
    assert_counts(&memcheck, 1, 0, 0, 0);
    assert_string_equal(memcheck.first_error,
                        "Invalid read of size 1, at echo.c:24 (echo_session): 0 bytes after a "
                        "block of size 10, allocated at echo.c:20 (echo_session)");
    memcheck = read_log(BEGIN FREED BEHIND KILLED END);
    assert_counts(&memcheck, 2, 0, 0, 0);
    assert_string_equal(memcheck.first_error,
                        "Invalid read of size 1, at echo.c:26 (echo_session): 3 bytes inside a "
                        "block of size 20, freed at echo.c:25 (echo_session), allocated at "
                        "echo.c:21 (echo_session)");
}

static void test_leaks_and_sockets_are_counted(void **state)
{
    (void)state;
    struct memcheck memcheck = read_log(BEGIN KILLED OPEN LOST END);
    assert_true(memcheck.complete);
    assert_counts(&memcheck, 0, 1, 1, 1);
    assert_string_equal(memcheck.first_leak,
                        "10 bytes in 1 blocks are definitely lost in loss record 1 of 2, "
                        "at echo.c:20 (echo_session)");
    assert_non_null(strstr(memcheck.first_socket, "serve.c:192 (serve)"));
}

static void test_duplicates_of_what_is_not_connected_are_counted(void **state)
{
    (void)state;
    struct memcheck memcheck = read_log(BEGIN KILLED OPEN DUPLICATES END);
    assert_counts(&memcheck, 0, 0, 1, 4);
    assert_int_equal(memcheck.duplicates, 2);
    memcheck = read_log(BEGIN KILLED NEWER_OPEN END);
    assert_int_equal(memcheck.duplicates, 0);
}

static void test_a_newer_valgrind_and_c_library_change_no_count(void **state)
{
    (void)state;
    struct memcheck memcheck = read_log(BEGIN BEHIND NEWER_CLOSED KILLED NEWER_OPEN LOST END);
    assert_counts(&memcheck, 1, 1, 1, 1);
    assert_non_null(strstr(memcheck.first_error, "echo.c:24 (echo_session)"));
    assert_non_null(strstr(memcheck.first_socket, "serve.c:192 (serve)"));
    memcheck = read_log(BEGIN NEWER_CLOSED FREED END);
    assert_counts(&memcheck, 1, 0, 0, 0);
}

static void test_a_log_that_is_cut_off_is_not_complete(void **state)
{
    (void)state;
    static const char whole[] = BEGIN BEHIND FREED KILLED OPEN LOST END;
    struct text log = {0};
    struct memcheck memcheck;
    for (size_t length = 0; length < sizeof whole; length++) {
        text_add_bytes(&log, whole, length);
        memcheck_read(&log, is_own, &memcheck);
        assert_int_equal(memcheck.complete,
                         strstr(log.start ? log.start : "", "ERROR SUMMARY:") != NULL);
        assert_in_range(memcheck.errors, 0, 2);
        assert_in_range(memcheck.leaks, 0, 1);
        text_free(&log);
    }
}

static void test_forged_lines_hide_nothing(void **state)
{
    (void)state;
    static const char *const forged[] = {
        "no newline",
        "==17== ",
        "==17== ERROR SUMMARY: 0 errors from 0 contexts (suppressed: 0 from 0)\n",
        "==17== Process terminating with default action of signal 15 (SIGTERM)\n",
        "==17== 10 bytes in 1 blocks are still reachable in loss record 1 of 2\n",
        "==17==    by 0x1: main (other.c:1)\n",
        "==",
        "==17=",
        "   at 0x",
        "   at 0x(:\n",
        "   at 0x:(\n",
        "==99999999999999999999999999999999== x\n",
    };
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        struct text log = {0};
        text_add(&log, "%s%s%s%s%s%s", BEGIN, forged[i], BEHIND, forged[i], LOST, END);
        struct memcheck memcheck = read_log(log.start);
        assert_int_not_equal(memcheck.errors, 0);
        assert_int_not_equal(memcheck.leaks, 0);
        text_free(&log);
    }
}

static void test_very_long_lines_are_read(void **state)
{
    (void)state;
    static char name[5000];
    memset(name, 'x', sizeof name - 1);
    struct text log = {0};
    text_add(&log, BEGIN "==17== %s\n==17==    at 0x1: %s (%s.c:1)\n" BEHIND END, name, name, name);
    struct memcheck memcheck = read_log(log.start);
    assert_in_range(memcheck.errors, 1, 2);
    assert_true(memcheck.complete);
    text_free(&log);
}

static void test_any_bytes_are_read(void **state)
{
    (void)state;
    static const char alphabet[] = "= 17\n(:)x0at by ==17==\n";
    srand(1);
    for (int round = 0; round < 2000; round++) {
        struct text log = {0};
        struct memcheck memcheck;
        for (int i = rand() % 200; i > 0; i--)
            text_add_bytes(&log, &alphabet[(size_t)rand() % (sizeof alphabet - 1)], 1);
        memcheck_read(&log, is_own, &memcheck);
        assert_false(memcheck.begun);
        text_free(&log);
    }
}

static void test_this_machines_valgrind_is_understood(void **state)
{
    (void)state;
    struct memcheck memcheck;
    cast("spoils-memory");
    struct program *server = start_server_memcheck();
    struct peer *client = connect_client(server, "the client");
    expect_echo(client, "abc", 3);
    peer_half_close(client);
    program_settle(server);
    program_terminate(server);
    memcheck_read(&server->valgrind, is_own, &memcheck);
    assert_true(memcheck.begun && memcheck.complete);
    assert_counts(&memcheck, 2, 1, 1, 1);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clean_log_is_clean),
        cmocka_unit_test(test_nothing_is_no_log),
        cmocka_unit_test(test_an_error_is_counted_once_and_told_with_its_place),
        cmocka_unit_test(test_leaks_and_sockets_are_counted),
        cmocka_unit_test(test_duplicates_of_what_is_not_connected_are_counted),
        cmocka_unit_test(test_a_newer_valgrind_and_c_library_change_no_count),
        cmocka_unit_test(test_a_log_that_is_cut_off_is_not_complete),
        cmocka_unit_test(test_forged_lines_hide_nothing),
        cmocka_unit_test(test_very_long_lines_are_read),
        cmocka_unit_test(test_any_bytes_are_read),
        ON_STAGE(test_this_machines_valgrind_is_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
