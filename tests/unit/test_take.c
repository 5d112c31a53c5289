/* What is taken of a stranger's tree, and what is left: grade/take.h. */
#include "grade/take.h"

#include <errno.h>
#include <fcntl.h>
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

static char place[] = "/tmp/take.XXXXXX";
static struct taken taken;
static struct text why;

static void put(const char *name, const char *bytes)
{
    char folder[256];
    snprintf(folder, sizeof folder, "%s", name);
    for (char *slash = folder; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
        *slash = '\0';
        if (mkdir(folder, 0700) == -1)
            assert_int_equal(errno, EEXIST);
    }
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_true(fputs(bytes, file) >= 0);
    int closed = fclose(file); /* cppcheck takes it for a use in the assertion */
    assert_int_equal(closed, 0);
}

static int make_place(void **state)
{
    (void)state;
    snprintf(place, sizeof place, "/tmp/take.XXXXXX");
    why = (struct text){0};
    return mkdtemp(place) != NULL && chdir(place) == 0 && mkdir("given", 0700) == 0 ? 0 : -1;
}

static int remove_place(void **state)
{
    (void)state;
    char command[64];
    taken_free(&taken);
    text_free(&why);
    snprintf(command, sizeof command, "rm -rf %s", place);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1; // NOLINT(concurrency-mt-unsafe)
}

/* Takes NAME ("tcp") of lab 1 from the folder TREE. */
static bool take_of(const char *tree, const char *name)
{
    const struct tree source = {.path = tree, .shown = "labs"};
    const char *names[LAB_FILES] = {name};
    return take(&taken, &source, find_lab_files("1"), names, "given", &why);
}

static void assert_taken(const char *name, const char *bytes)
{
    for (size_t i = 0; i < taken.count; i++)
        if (strcmp(taken.files[i].name, name) == 0) {
            assert_string_equal(taken.files[i].bytes.start, bytes);
            return;
        }
    fail_msg("%s was not taken", name);
}

static void assert_refused(const char *words)
{
    assert_non_null(why.start);
    if (strstr(why.start, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why.start, words);
}

static void test_file_of_the_lab_is_taken(void **state)
{
    (void)state;
    put("tree/1-echo/tcp.c", "int x;\n");
    put("tree/1-echo/Makefile", "all:\n");
    put("tree/1-echo/other.c", "int y;\n");
    assert_true(take_of("tree", "tcp"));
    assert_int_equal(taken.count, 1);
    assert_taken("tcp.c", "int x;\n");
}

static void test_loose_file_is_taken(void **state)
{
    (void)state;
    put("tree/tcp.c", "loose");
    assert_true(take_of("tree", "tcp"));
    assert_taken("tcp.c", "loose");
}

static void test_folders_too_many_are_passed(void **state)
{
    (void)state;
    put("tree/ann/work/1-echo/tcp.c", "deep");
    assert_true(take_of("tree", "tcp"));
    assert_taken("tcp.c", "deep");
}

static void test_folder_called_labs_comes_first(void **state)
{
    (void)state;
    put("tree/solutions/1-echo/tcp.c", "answer");
    put("tree/labs/1-echo/tcp.c", "own");
    assert_true(take_of("tree", "tcp"));
    assert_taken("tcp.c", "own");
}

static void test_files_of_another_lab_are_no_loose_ones(void **state)
{
    (void)state;
    put("tree/3-fork/serve.c", "of lab 3");
    assert_false(take_of("tree", "serve"));
    assert_refused("There is no lab 1-echo in tree");
}

static void test_two_candidates_are_not_guessed_between(void **state)
{
    (void)state;
    put("tree/a/tcp.c", "one");
    put("tree/b/1-echo/tcp.c", "other");
    assert_false(take_of("tree", "tcp"));
    assert_refused("More than one folder could be meant");
}

static void test_missing_file_is_told(void **state)
{
    (void)state;
    put("tree/1-echo/tcp.c", "int x;\n");
    assert_false(take_of("tree", "echo"));
    assert_refused("labs/1-echo/echo.c is missing");
}

static void test_link_is_not_followed(void **state)
{
    (void)state;
    put("secret.c", "secret");
    put("tree/1-echo/echo.c", "");
    assert_int_equal(symlink("../../secret.c", "tree/1-echo/tcp.c"), 0);
    assert_false(take_of("tree", "tcp"));
    assert_refused("labs/1-echo/tcp.c is a link");
    for (size_t i = 0; i < taken.count; i++)
        assert_int_equal(taken.files[i].bytes.length, 0);
}

static void test_linked_folder_is_not_followed(void **state)
{
    (void)state;
    put("secret/1-echo/tcp.c", "secret");
    assert_int_equal(mkdir("tree", 0700), 0);
    assert_int_equal(symlink("../secret/1-echo", "tree/1-echo"), 0);
    assert_false(take_of("tree", "tcp"));
    assert_refused("There is no lab 1-echo");
}

static void test_pipe_is_not_waited_for(void **state)
{
    (void)state;
    assert_int_equal(mkdir("tree", 0700), 0);
    assert_int_equal(mkfifo("tree/tcp.c", 0700), 0);
    assert_false(take_of("tree", "tcp"));
    assert_refused("labs/1-echo/tcp.c is not a regular file");
}

static void test_large_file_is_refused(void **state)
{
    (void)state;
    put("tree/tcp.c", "");
    assert_int_equal(truncate("tree/tcp.c", (1 << 20) + 1), 0);
    assert_false(take_of("tree", "tcp"));
    assert_refused("labs/1-echo/tcp.c is too large");
}

static void test_plain_headers_come_along(void **state)
{
    (void)state;
    put("given/tcp.h", "of the kit");
    put("tree/tcp.c", "");
    put("tree/tcp.h", "a header that the lab gives");
    put("tree/queue.h", "own");
    put("tree/$(id).h", "a name to run");
    put("tree/.h", "a name without a name");
    assert_true(take_of("tree", "tcp"));
    assert_int_equal(taken.count, 2);
    assert_taken("queue.h", "own");
}

static void test_tree_that_is_not_there_is_told(void **state)
{
    (void)state;
    assert_false(take_of("no\033where", "tcp"));
    assert_refused("There is no folder no\\ewhere to grade");
}

static void test_labs_take_from_those_below(void **state)
{
    (void)state;
    struct taken all[1 + LAB_FILES];
    size_t count;
    const struct tree tree = {.path = "tree", .shown = "labs"};
    const struct tree base = {.path = "base", .shown = "solutions"};
    put("tree/3-fork/serve.c", "serve");
    put("base/1-echo/tcp.c", "tcp");
    put("base/2-chat/line.c", "line");
    put("base/2-chat/chat.c", "chat");
    assert_true(take_for(all, &count, &tree, &base, find_lab_files("3-fork"), place, &why));
    assert_int_equal(count, 3);
    assert_string_equal(all[1].files[0].bytes.start, "tcp");
    assert_int_equal(all[2].count, 2);
    assert_string_equal(all[2].files[1].name, "chat.c");
    for (size_t i = 0; i < count; i++)
        taken_free(&all[i]);
}

static void test_objects_are_taken_of_the_reference_alone(void **state)
{
    (void)state;
    const struct tree kept = {.path = "kept", .shown = "reference", .holds_objects = true};
    const char *names[LAB_FILES] = {"tcp"};
    put("kept/1-echo/tcp.o", "object");
    put("kept/1-echo/tcp.c", "source");
    assert_true(take(&taken, &kept, find_lab_files("1"), names, "given", &why));
    assert_int_equal(taken.count, 1);
    assert_string_equal(taken.files[0].name, "tcp.o");
    taken_free(&taken);
    assert_int_equal(unlink("kept/1-echo/tcp.c"), 0);
    assert_false(take_of("kept", "tcp"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        TEST(test_file_of_the_lab_is_taken),
        TEST(test_loose_file_is_taken),
        TEST(test_folders_too_many_are_passed),
        TEST(test_folder_called_labs_comes_first),
        TEST(test_files_of_another_lab_are_no_loose_ones),
        TEST(test_two_candidates_are_not_guessed_between),
        TEST(test_missing_file_is_told),
        TEST(test_link_is_not_followed),
        TEST(test_linked_folder_is_not_followed),
        TEST(test_pipe_is_not_waited_for),
        TEST(test_large_file_is_refused),
        TEST(test_plain_headers_come_along),
        TEST(test_tree_that_is_not_there_is_told),
        TEST(test_labs_take_from_those_below),
        TEST(test_objects_are_taken_of_the_reference_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
