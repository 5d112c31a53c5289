/* Which changes of a source are found, how they are told apart, and what is kept: mutants/. */
#include "mutants/equivalent.h"
#include "mutants/find.h"
#include "mutants/kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/mutants.XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/mutants.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/file.c", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(const char *words)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(words, file) >= 0);
    int closed = fclose(file); /* cppcheck takes it for a use in the assertion */
    assert_int_equal(closed, 0);
}

/* ---- what is found ---- */

static struct text source;
static struct mutations found;

static void find_in(const char *words)
{
    text_free(&source);
    mutations_free(&found);
    write_file(words);
    assert_true(find_mutations(path, ".", &source, &found));
}

/* How many mutations make NEW of the line OLD. */
static int count_of(const char *old, const char *new)
{
    int count = 0;
    for (size_t i = 0; i < found.count; i++) {
        struct change change;
        mutation_describe(&found.list[i], &source, &change);
        count += strcmp(change.old.start, old) == 0 &&
                 strcmp(change.new.start != NULL ? change.new.start : "", new) == 0;
        change_free(&change);
    }
    return count;
}

static int forget(void **state)
{
    text_free(&source);
    mutations_free(&found);
    return remove_folder(state);
}

static void test_operators(void **state)
{
    (void)state;
    find_in("int f(int a, int b)\n{\n    a += 2;\n    if (a < b && b)\n        a = b - a;\n"
            "    return a | b;\n}\n");
    assert_int_equal(count_of("if (a < b && b)", "if (a <= b && b)"), 1);
    assert_int_equal(count_of("if (a < b && b)", "if (a >= b && b)"), 1);
    assert_int_equal(count_of("if (a < b && b)", "if (a < b || b)"), 1);
    assert_int_equal(count_of("if (a < b && b)", "if (!(a < b) && b)"), 1);
    assert_int_equal(count_of("if (a < b && b)", "if (a < b && 1)"), 1);
    assert_int_equal(count_of("if (a < b && b)", "if (0)"), 1);
    assert_int_equal(count_of("a = b - a;", "a = b + a;"), 1);
    assert_int_equal(count_of("a += 2;", "a -= 2;"), 1);
    assert_int_equal(count_of("return a | b;", "return a & b;"), 1);
}

static void test_constants_and_values(void **state)
{
    (void)state;
    find_in("enum { LIMIT = 7 };\nint g(const char *);\nint f(void)\n{\n    char b[LIMIT];\n"
            "    b[3] = 0;\n    g(\"x\");\n    return g(b);\n}\n");
    assert_int_equal(count_of("enum { LIMIT = 7 };", "enum { LIMIT = (7 - 1) };"), 1);
    assert_int_equal(count_of("char b[LIMIT];", "char b[(LIMIT + 1)];"), 1);
    assert_int_equal(count_of("char b[LIMIT];", "static char b[LIMIT];"), 1);
    assert_int_equal(count_of("g(\"x\");", "g(\"\");"), 1);
    assert_int_equal(count_of("return g(b);", "return -1;"), 1);
    assert_int_equal(count_of("b[3] = 0;", "b[(3 - 1)] = 0;"), 1);
}

static void test_calls(void **state)
{
    (void)state;
    find_in("#include <string.h>\n#include <sys/socket.h>\nint f(int fd, char *a, const char *b)\n"
            "{\n    memcpy(a, b, sizeof *a);\n    return (int)send(fd, a, 2, MSG_NOSIGNAL);\n}\n");
    assert_int_equal(count_of("memcpy(a, b, sizeof *a);", "memcpy(b, a, sizeof *a);"), 1);
    assert_int_equal(count_of("memcpy(a, b, sizeof *a);", "memcpy(a, b, (sizeof *a - 1));"), 1);
    assert_int_equal(count_of("memcpy(a, b, sizeof *a);", ";"), 1);
    assert_int_equal(
        count_of("return (int)send(fd, a, 2, MSG_NOSIGNAL);", "return (int)send(fd, a, 2, 0);"), 1);
    assert_int_equal(count_of("return (int)send(fd, a, 2, MSG_NOSIGNAL);",
                              "return (int)send(a, fd, 2, MSG_NOSIGNAL);"),
                     0); /* a pointer for a number is no slip that compiles without a word */
}

static void test_initialisers_and_labels(void **state)
{
    (void)state;
    find_in("struct s {\n    int a, b;\n};\nint f(int n)\n{\n    struct s s = {.a = n, .b = n};\n"
            "    switch (n) {\n    case 1:\n    case 2:\n        return s.a;\n    default:\n"
            "        break;\n    }\n    return 0;\n}\n");
    assert_int_equal(count_of("struct s s = {.a = n, .b = n};", "struct s s = { .b = n};"), 1);
    assert_int_equal(count_of("struct s s = {.a = n, .b = n};", "struct s s ;"), 1);
    assert_int_equal(count_of("case 1: case 2:", "case 2:"), 1);
    assert_int_equal(count_of("break;", ";"), 1);
}

/* Its own text is all that a mutation may change. */
static void test_a_macro_is_left_whole(void **state)
{
    (void)state;
    find_in("#include <errno.h>\n#define TWO (1 + 1)\nint f(void)\n{\n    errno = 0;\n"
            "    return TWO;\n}\n");
    assert_int_equal(count_of("return TWO;", "return 0;"), 1);
    for (size_t i = 0; i < found.count; i++)
        assert_true(found.list[i].begin > (size_t)(strstr(source.start, "f(") - source.start));
    assert_int_equal(count_of("return TWO;", "return (1 - 1);"), 0);
}

static void test_the_last_return_stays(void **state)
{
    (void)state;
    find_in("int f(int a)\n{\n    if (a)\n        return 2;\n    return a;\n}\n");
    assert_int_equal(count_of("return 2;", ";"), 1);
    assert_int_equal(count_of("return a;", ";"), 0);
}

static void test_a_file_with_an_error_is_refused(void **state)
{
    (void)state;
    text_free(&source);
    mutations_free(&found);
    write_file("int f(void)\n{\n    return x;\n}\n");
    assert_false(find_mutations(path, ".", &source, &found));
}

/* ---- how they are told apart ---- */

static void test_a_change_is_told_without_comments(void **state)
{
    (void)state;
    struct change change;
    find_in("int g(int);\nint f(int a)\n{\n    /* one\n       two */\n    int b = a;\n\n"
            "    g(a +  /* why */ b); /* not */\n    return 0;\n}\n");
    for (size_t i = 0; i < found.count; i++) {
        mutation_describe(&found.list[i], &source, &change);
        if (strcmp(found.list[i].kind, "arithmetic") == 0) {
            assert_string_equal(found.list[i].function, "f");
            assert_int_equal(change.line, 8);
            assert_string_equal(change.before.start, "int b = a;");
            assert_string_equal(change.old.start, "g(a + b);");
        }
        change_free(&change);
    }
}

/* ---- the list ---- */

static const char a_list[] = "# words\n= because\n\n1-echo/tcp.c f\n  int b;\n- g(a);\n+ ;\n"
                             "1-echo/tcp.c f\n- h(a);\n+ ;\n";

static struct equivalent *find_listed(struct equivalents *equivalents, const char *function,
                                      const char *before, const char *old)
{
    struct change change = {.line = 99};
    text_add(&change.before, "%s", before);
    text_add(&change.old, "%s", old);
    text_add(&change.new, ";");
    struct equivalent *one = equivalents_find(equivalents, "1-echo/tcp.c", function, &change);
    change_free(&change);
    return one;
}

static void test_a_line_of_the_list_stands_for_its_mutant(void **state)
{
    (void)state;
    struct equivalents equivalents;
    write_file(a_list);
    assert_true(equivalents_read(&equivalents, path));
    assert_int_equal(equivalents.count, 2);
    struct equivalent *one = find_listed(&equivalents, "f", "int b;", "g(a);");
    assert_non_null(one);
    assert_string_equal(one->reason, "because");
    assert_int_equal(one->line, 4);
    assert_null(find_listed(&equivalents, "f", "int c;", "g(a);"));
    assert_null(find_listed(&equivalents, "k", "int b;", "g(a);"));
    assert_non_null(find_listed(&equivalents, "f", "int c;", "h(a);"));
    equivalents_free(&equivalents);
}

static void test_a_list_without_sense_is_refused(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "1-echo/tcp.c f\n- a\n+ b\n",        /* no reason */
        "= why\n1-echo/tcp.c f\n- a\n",      /* no line + */
        "= why\n1-echo/tcp.c f\n+ b\n- a\n", /* the wrong way round */
        "= why\n1-echo/tcp.c\n- a\n+ b\n",   /* no function */
        "= why\n- a\n+ b\n",                 /* no place */
        "= why\n1-echo/tcp.c f\n- a\n- a\n+ b\n",
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct equivalents equivalents;
        write_file(lists[i]);
        assert_false(equivalents_read(&equivalents, path));
        equivalents_free(&equivalents);
    }
}

/* ---- what is kept ---- */

static void test_what_is_kept_is_there_again(void **state)
{
    (void)state;
    struct kept kept = {0};
    assert_true(kept_open(&kept, path));
    kept_add(&kept, &(struct kept_line){.object = 10, .by = 1});
    kept_add(&kept, &(struct kept_line){10, 2, KILLED, "long_message"});
    kept_close(&kept);

    assert_true(kept_open(&kept, path));
    assert_int_equal(kept_object(&kept, 1)->object, 10);
    assert_null(kept_object(&kept, 2));
    assert_int_equal(kept_verdict(&kept, 10, 2, false)->verdict, KILLED);
    assert_string_equal(kept_verdict(&kept, 10, 2, false)->test, "long_message");
    assert_null(kept_verdict(&kept, 10, 3, false)); /* another kit */
    assert_non_null(kept_verdict(&kept, 10, 3, true));
    assert_null(kept_verdict(&kept, 11, 2, true));
    kept_close(&kept);
}

static void test_a_line_cut_short_is_left_out(void **state)
{
    (void)state;
    struct kept kept = {0};
    write_file("object a 1 -\nkilled a 2 long_mess");
    assert_true(kept_open(&kept, path));
    assert_non_null(kept_object(&kept, 1));
    assert_null(kept_verdict(&kept, 10, 2, true));
    kept_add(&kept, &(struct kept_line){10, 2, SURVIVED, ""});
    kept_close(&kept);
    assert_true(kept_open(&kept, path));
    assert_int_equal(kept_verdict(&kept, 10, 2, true)->verdict, SURVIVED);
    kept_close(&kept);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_operators),
        TEST(test_constants_and_values),
        TEST(test_calls),
        TEST(test_initialisers_and_labels),
        TEST(test_a_macro_is_left_whole),
        TEST(test_the_last_return_stays),
        TEST(test_a_file_with_an_error_is_refused),
        TEST(test_a_change_is_told_without_comments),
        TEST(test_a_line_of_the_list_stands_for_its_mutant),
        TEST(test_a_list_without_sense_is_refused),
        TEST(test_what_is_kept_is_there_again),
        TEST(test_a_line_cut_short_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
