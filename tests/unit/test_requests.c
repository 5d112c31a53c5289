/* What a program says to valgrind, tests/grade/requests.c. */
#include "grade/requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif

static const unsigned char x86_64[] = {0x48, 0xc1, 0xc7, 0x03, 0x48, 0xc1, 0xc7, 0x0d,
                                       0x48, 0xc1, 0xc7, 0x3d, 0x48, 0xc1, 0xc7, 0x33};
static const unsigned char arm64[] = {0x8c, 0x0d, 0xcc, 0x93, 0x8c, 0x35, 0xcc, 0x93,
                                      0x8c, 0xcd, 0xcc, 0x93, 0x8c, 0xf5, 0xcc, 0x93};

static void found_at_any_place(const unsigned char *request, size_t size)
{
    unsigned char bytes[100];
    for (size_t at = 0; at + size <= sizeof bytes; at++) {
        memset(bytes, 0x48, sizeof bytes);
        memcpy(bytes + at, request, size);
        assert_true(holds_client_request(bytes, sizeof bytes));
        assert_false(holds_client_request(bytes, at + size - 1)); /* not whole */
        bytes[at + size / 2] ^= 1;
        assert_false(holds_client_request(bytes, sizeof bytes));
    }
}

static void test_requests_of_both_processors_are_found_at_any_place(void **state)
{
    (void)state;
    found_at_any_place(x86_64, sizeof x86_64);
    found_at_any_place(arm64, sizeof arm64);
}

static void test_nothing_holds_no_request(void **state)
{
    (void)state;
    assert_false(holds_client_request("", 0));
    assert_false(holds_client_request(NULL, 0));
    assert_false(holds_client_request("\x48\xc1\xc7\x03", 4));
}

/* The bytes of file PATH, *LENGTH of them. */
static unsigned char *read_file(const char *path, size_t *length)
{
    enum { MOST = 64 << 20 };
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    unsigned char *bytes = malloc(MOST);
    assert_non_null(bytes);
    *length = fread(bytes, 1, MOST, file);
    fclose(file);
    return bytes;
}

static bool is_held_by(const char *path)
{
    size_t length;
    unsigned char *bytes = read_file(path, &length);
    bool held = holds_client_request(bytes, length);
    free(bytes);
    return held;
}

static void test_a_program_without_requests_holds_none(void **state)
{
    (void)state;
    char path[4200];
    snprintf(path, sizeof path, "%s/calls", getenv("PROGRAMS"));
    assert_false(is_held_by(path));
}

#ifdef RUNNING_ON_VALGRIND
static void test_what_the_compiler_makes_of_a_request_is_found(void **state)
{
    (void)state;
    assert_in_range(RUNNING_ON_VALGRIND, 0, 2); /* so this program holds one */
    assert_true(is_held_by("/proc/self/exe"));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_of_both_processors_are_found_at_any_place),
        cmocka_unit_test(test_nothing_holds_no_request),
        cmocka_unit_test(test_a_program_without_requests_holds_none),
#ifdef RUNNING_ON_VALGRIND
        cmocka_unit_test(test_what_the_compiler_makes_of_a_request_is_found),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
