/* The student's files, read as a stranger's: grader/observe/source.h. */
#include "grader/base/settings.h"
#include "grader/observe/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char place[] = "/tmp/sockladder-source.XXXXXX";

static int make_place(void **state)
{
    (void)state;
    settings.sources = mkdtemp(place);
    return settings.sources == NULL || chdir(place) == -1 ? -1 : 0;
}

static int remove_place(void **state)
{
    (void)state;
    static const char *const names[] = {"tcp.c", "link.c", "pipe.c", "large.c"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(names[i]);
    rmdir("folder.c");
    return rmdir(place);
}

static void assert_missing(const char *name)
{
    assert_null(source_open(name));
    assert_false(source_is_there(name));
}

static void test_a_file_is_read(void **state)
{
    (void)state;
    char line[64];
    FILE *file = fopen("tcp.c", "w");
    assert_non_null(file);
    fputs("int tcp_listen(uint16_t port)\n", file);
    fclose(file);
    FILE *source = source_open("tcp.c");
    assert_non_null(source);
    assert_non_null(fgets(line, sizeof line, source));
    assert_string_equal(line, "int tcp_listen(uint16_t port)\n");
    fclose(source);
    assert_true(source_is_there("tcp.c"));
}

/* None of them may be waited for: nobody writes to the pipe, and the device has no end. */
static void test_anything_else_is_not_there(void **state)
{
    (void)state;
    assert_missing("udp.c");
    assert_int_equal(symlink("/dev/zero", "link.c"), 0);
    assert_missing("link.c");
    assert_int_equal(unlink("link.c"), 0);
    assert_int_equal(symlink("tcp.c", "link.c"), 0);
    assert_missing("link.c");
    assert_int_equal(mkfifo("pipe.c", 0600), 0);
    assert_missing("pipe.c");
    assert_int_equal(mkdir("folder.c", 0700), 0);
    assert_missing("folder.c");
    assert_missing("../etc/passwd");
    FILE *large = fopen("large.c", "w");
    assert_non_null(large);
    fclose(large);
    assert_true(source_is_there("large.c"));
    assert_int_equal(truncate("large.c", (off_t)1 << 30), 0);
    assert_missing("large.c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_is_read),
        cmocka_unit_test(test_anything_else_is_not_there),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
