/* Where the C library for programs under valgrind is found: grader/base/lean.h. */
#include "grader/base/lean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char place[] = "/tmp/sockladder-lean.XXXXXX";

static int make_place(void **state)
{
    (void)state;
    return mkdtemp(place) == NULL;
}

static int remove_place(void **state)
{
    (void)state;
    return rmdir(place);
}

/* As readelf(1) knows it. */
static void read_build_id(char *id, int size)
{
    static const char command[] = "library=$(ldd /proc/$PPID/exe | sed -n 's/.*libc.so.6 => "
                                  "\\([^ ]*\\) .*/\\1/p'); readelf -n \"$library\" | "
                                  "sed -n 's/.*Build ID: //p'";
    FILE *pipe = popen(command, "re");
    assert_non_null(pipe);
    if (fgets(id, size, pipe) == NULL)
        id[0] = '\0';
    pclose(pipe);
    id[strcspn(id, "\n")] = '\0';
}

static void test_it_is_that_of_this_process(void **state)
{
    (void)state;
    char id[200];
    char expected[300];
    char folder[300];
    read_build_id(id, sizeof id);
    if (id[0] == '\0')
        skip(); /* a library without one */
    assert_false(lean_library(place, folder, sizeof folder));
    assert_string_equal(folder, "");
    snprintf(expected, sizeof expected, "%s/lib-%s", place, id);
    assert_int_equal(mkdir(expected, 0755), 0);
    assert_true(lean_library(place, folder, sizeof folder));
    assert_string_equal(folder, expected);
    assert_false(lean_library(place, folder, strlen(expected)));
    assert_int_equal(rmdir(expected), 0);
}

static void test_one_of_another_library_is_none(void **state)
{
    (void)state;
    char other[300];
    char folder[300];
    snprintf(other, sizeof other, "%s/lib-0123456789abcdef", place);
    assert_int_equal(mkdir(other, 0755), 0);
    assert_false(lean_library(place, folder, sizeof folder));
    assert_int_equal(rmdir(other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_that_of_this_process),
        cmocka_unit_test(test_one_of_another_library_is_none),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
