/* Which trees a grading reads: grade/trees.h. */
#include "grade/trees.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmocka.h>

static char place[] = "/tmp/trees.XXXXXX";
static char objects[256]; /* "./reference/x86_64" */
static struct reference_tree reference;
static struct tree tree;
static struct tree base;

static int make_place(void **state)
{
    (void)state;
    struct utsname machine;
    snprintf(place, sizeof place, "/tmp/trees.XXXXXX");
    if (uname(&machine) == -1 || mkdtemp(place) == NULL || chdir(place) == -1)
        return -1;
    snprintf(objects, sizeof objects, "./reference/%s", machine.machine);
    return mkdir("labs", 0700);
}

static int remove_place(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", place);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1; // NOLINT(concurrency-mt-unsafe)
}

static void give_objects(void)
{
    assert_int_equal(mkdir("reference", 0700), 0);
    assert_int_equal(mkdir(objects, 0700), 0);
}

static bool find(const char *of, const char *below)
{
    const struct options options = {.tree = of, .base = below, .kit = "."};
    return trees_find(&tree, &base, &reference, &options);
}

static void test_reference_is_the_solutions(void **state)
{
    (void)state;
    assert_int_equal(mkdir("solutions", 0700), 0);
    give_objects();
    assert_true(find("labs", "reference"));
    assert_string_equal(base.path, "./solutions");
    assert_string_equal(base.shown, "solutions");
    assert_false(base.holds_objects);
}

static void test_reference_is_objects_for_this_machine(void **state)
{
    (void)state;
    give_objects();
    assert_true(find("labs", "reference"));
    assert_string_equal(tree.shown, "labs");
    assert_false(tree.holds_objects);
    assert_string_equal(base.path, objects);
    assert_string_equal(base.shown, "reference");
    assert_true(base.holds_objects);
}

static void test_no_other_tree_holds_objects(void **state)
{
    (void)state;
    give_objects();
    assert_true(find(objects, "./reference"));
    assert_false(tree.holds_objects);
    assert_false(base.holds_objects);
}

static void test_objects_for_another_machine_are_none(void **state)
{
    (void)state;
    assert_int_equal(mkdir("reference", 0700), 0);
    assert_int_equal(mkdir("reference/pdp11", 0700), 0);
    assert_false(find("labs", "reference"));
}

static void test_missing_trees_are_refused(void **state)
{
    (void)state;
    assert_false(find("nowhere", "labs"));
    assert_false(find("labs", "nowhere"));
    assert_false(find("labs", "solutions"));
    assert_false(find("reference", "labs"));
}

static void test_odd_names_are_not_shown(void **state)
{
    (void)state;
    assert_int_equal(mkdir("a b", 0700), 0);
    assert_int_equal(mkdir("given", 0700), 0);
    assert_true(find("a b", "labs"));
    assert_string_equal(tree.path, "a b");
    assert_string_equal(tree.shown, "labs");
    assert_true(find("a b", "a b"));
    assert_string_equal(base.shown, "labs");
    assert_true(find("labs", "given"));
    assert_string_equal(base.shown, "base");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        TEST(test_reference_is_the_solutions),  TEST(test_reference_is_objects_for_this_machine),
        TEST(test_no_other_tree_holds_objects), TEST(test_objects_for_another_machine_are_none),
        TEST(test_missing_trees_are_refused),   TEST(test_odd_names_are_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
