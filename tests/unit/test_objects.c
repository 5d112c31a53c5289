/* Objects that are kept, and found again by their inputs alone: grade/objects.h. */
#include "grade/objects.h"

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

static char folder[] = "/tmp/objects.XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/objects.XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? 0 : -1; // NOLINT(concurrency-mt-unsafe)
}

static struct text text_of(const char *string)
{
    struct text text = {0};
    text_add(&text, "%s", string);
    return text;
}

static void keep(const char *inputs, const char *object, const char *said)
{
    struct text parts[] = {text_of(inputs), text_of(object), text_of(said)};
    objects_keep(folder, &parts[0], &parts[1], &parts[2]);
    for (size_t i = 0; i < 3; i++)
        text_free(&parts[i]);
}

/* What is kept for INPUTS, as "object|words"; "" if nothing is. */
static const char *found(const char *inputs)
{
    static char buffer[256];
    struct text key = text_of(inputs);
    struct text object = {0};
    struct text said = {0};
    bool there = objects_find(folder, &key, &object, &said);
    snprintf(buffer, sizeof buffer, there ? "%s|%s" : "", object.start,
             said.start != NULL ? said.start : "");
    text_free(&key);
    text_free(&object);
    text_free(&said);
    return buffer;
}

static void test_what_is_kept_is_found(void **state)
{
    (void)state;
    assert_string_equal(found("int x;"), "");
    keep("int x;", "object", "warning\n");
    assert_string_equal(found("int x;"), "object|warning\n");
}

static void test_other_inputs_find_nothing(void **state)
{
    (void)state;
    keep("int x;", "object", "");
    assert_string_equal(found("int y;"), "");
    assert_string_equal(found("int x; "), "");
}

/* More inputs than there are places: each is its own object's or none's. */
static void test_inputs_that_share_a_place_are_told_apart(void **state)
{
    (void)state;
    enum { MANY = 6000 };
    char inputs[32];
    size_t right = 0;
    for (int i = 0; i < MANY; i++) {
        snprintf(inputs, sizeof inputs, "source %d", i);
        keep(inputs, inputs, "");
    }
    for (int i = 0; i < MANY; i++) {
        char expected[64];
        snprintf(inputs, sizeof inputs, "source %d", i);
        snprintf(expected, sizeof expected, "%s|", inputs);
        const char *object = found(inputs);
        assert_true(object[0] == '\0' || strcmp(object, expected) == 0);
        right += object[0] != '\0';
    }
    assert_true(right > 1000 && right < MANY);
}

static void test_half_a_file_is_not_believed(void **state)
{
    (void)state;
    char command[128];
    keep("int x;", "object", "");
    assert_string_equal(found("int x;"), "object|");
    snprintf(command, sizeof command, "for f in %s/*; do truncate -s -1 \"$f\"; done", folder);
    assert_int_equal(system(command), 0); // NOLINT(concurrency-mt-unsafe)
    assert_string_equal(found("int x;"), "");
}

static void test_link_is_not_followed(void **state)
{
    (void)state;
    char command[256];
    keep("int x;", "object", "");
    snprintf(command, sizeof command,
             "cd %s && for f in *; do mv \"$f\" /tmp/$$ && ln -s /tmp/$$ \"$f\"; done", folder);
    assert_int_equal(system(command), 0); // NOLINT(concurrency-mt-unsafe)
    assert_string_equal(found("int x;"), "");
    snprintf(command, sizeof command, "rm -f \"$(readlink %s/*)\"", folder);
    assert_int_equal(system(command), 0); // NOLINT(concurrency-mt-unsafe)
}

static void test_folder_that_cannot_be_written_keeps_nothing(void **state)
{
    (void)state;
    struct text text = text_of("x");
    objects_keep("/proc/nowhere", &text, &text, &text);
    assert_false(objects_find("/proc/nowhere", &text, &text, &text));
    text_free(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_kept_is_found),
        TEST(test_other_inputs_find_nothing),
        TEST(test_inputs_that_share_a_place_are_told_apart),
        TEST(test_half_a_file_is_not_believed),
        TEST(test_link_is_not_followed),
        TEST(test_folder_that_cannot_be_written_keeps_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
