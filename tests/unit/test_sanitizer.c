/* What AddressSanitizer writes: grader/observe/sanitizer.h. As gcc 12 and clang 14 write it. */
#include "grader/observe/sanitizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool read(struct sanitizer *found, const char *words)
{
    struct text log = {0};
    text_add(&log, "a line of the program's\n%s", words);
    bool there = sanitizer_read(&log, found);
    text_free(&log);
    return there;
}

static void test_nothing_is_found_without_a_report(void **state)
{
    (void)state;
    struct sanitizer found;
    struct text nothing = {0};
    assert_false(sanitizer_read(&nothing, &found));
    assert_false(read(&found, "server: recv: Connection reset by peer\n"));
}

static void test_an_array_on_the_stack(void **state)
{
    (void)state;
    struct sanitizer found;
    assert_true(read(&found,
                     "==7==ERROR: AddressSanitizer: stack-buffer-overflow on address 0x7ffc at pc\n"
                     "WRITE of size 1 at 0x7ffc thread T0\n"
                     "    #0 0x55 (/x/server.sanitized+0x1)\n\n"
                     "Address 0x7ffc is located in stack of thread T0 at offset 4192 in frame\n"
                     "  This frame has 2 object(s):\n"
                     "    [32, 48) 'peer' (line 43)\n"
                     "    [96, 4192) 'bytes' (line 44) <== Memory access at offset 4192 overflows "
                     "this variable\n"));
    assert_string_equal(found.kind, "stack-buffer-overflow");
    assert_true(found.writes);
    assert_int_equal(found.size, 1);
    assert_string_equal(found.variable, "bytes");
    assert_int_equal(found.line, 44);
    assert_int_equal(found.room, 4096);
}

static void test_a_static_array(void **state)
{
    (void)state;
    struct sanitizer found;
    assert_true(read(&found,
                     "==7==ERROR: AddressSanitizer: global-buffer-overflow on address 0x55 at pc\n"
                     "READ of size 12 at 0x55 thread T0\n"
                     "0x55 is located 0 bytes to the right of global variable 'bytes' defined in "
                     "'labs/5-udp/udp.c:44:17' (0x54) of size 65507\n"));
    assert_false(found.writes);
    assert_int_equal(found.size, 12);
    assert_string_equal(found.variable, "bytes");
    assert_int_equal(found.line, 44);
    assert_int_equal(found.room, 65507);
}

static void test_a_block_of_malloc(void **state)
{
    (void)state;
    struct sanitizer found;
    assert_true(read(&found, "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x60\n"
                             "WRITE of size 2 at 0x60 thread T1\n"
                             "0x60 is located 0 bytes after 10-byte region [0x5f,0x60)\n"));
    assert_int_equal(found.room, 10);
    assert_string_equal(found.variable, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_found_without_a_report),
        cmocka_unit_test(test_an_array_on_the_stack),
        cmocka_unit_test(test_a_static_array),
        cmocka_unit_test(test_a_block_of_malloc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
