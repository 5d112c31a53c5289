/* Other people's programs, and where they are looked for: grader/base/tools.h. */
#include "grader/base/tools.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_reduced(const char *path, const char *expected)
{
    if (path == NULL)
        unsetenv("PATH");
    else
        setenv("PATH", path, 1);
    assert_true(tools_reduce_path());
    assert_string_equal(getenv("PATH"), expected);
}

static void test_only_absolute_folders_stay(void **state)
{
    (void)state;
    assert_reduced("/usr/bin:/bin", "/usr/bin:/bin");
    assert_reduced(".:/usr/bin::bin:/bin:", "/usr/bin:/bin");
    assert_reduced("./tools:../bin:/a b", "/a b");
    assert_reduced(".", "/usr/local/bin:/usr/bin:/bin");
    assert_reduced("", "/usr/local/bin:/usr/bin:/bin");
    assert_reduced(NULL, "/usr/local/bin:/usr/bin:/bin");
}

static void test_no_file_of_the_working_folder_is_a_tool(void **state)
{
    (void)state;
    char place[] = "/tmp/sockladder-tools.XXXXXX";
    char path[4096];
    assert_non_null(mkdtemp(place));
    assert_int_equal(chdir(place), 0);
    FILE *file = fopen("sh", "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(chmod("sh", 0755), 0);
    setenv("PATH", "::.:/nowhere:/usr/bin:/bin", 1); /* not even when it was not reduced */
    assert_true(tools_find("sh", path, sizeof path));
    assert_true(path[0] == '/' && path[1] != 't');
    assert_false(tools_find("no-such-tool", path, sizeof path));
    assert_false(tools_find("sh", path, 4));
    setenv("PATH", place, 1);
    assert_true(tools_find("sh", path, sizeof path));
    assert_int_equal(unlink("sh"), 0);
    assert_int_equal(mkdir("sh", 0755), 0);
    assert_false(tools_find("sh", path, sizeof path));
    assert_int_equal(rmdir("sh"), 0);
    assert_int_equal(rmdir(place), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_absolute_folders_stay),
        cmocka_unit_test(test_no_file_of_the_working_folder_is_a_tool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
