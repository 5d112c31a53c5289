/* The linker's words in the student's terms: grade/linker.h. */
#include "grade/linker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What LINKED comes to in LAB; the caller frees it. */
static struct text explained(const char *lab, const char *linked)
{
    struct kit kit = {.root = "."};
    struct text said = {0};
    linker_explain(&said, linked, find_lab_files(lab), &kit);
    return said;
}

static void assert_explained(const char *lab, const char *linked, const char *expected)
{
    struct text said = explained(lab, linked);
    assert_string_equal(said.start != NULL ? said.start : "", expected);
    text_free(&said);
}

static void test_missing_function_has_a_home(void **state)
{
    (void)state;
    assert_explained("1-echo",
                     "/usr/bin/ld: given/objects/labs/1-echo/server.o: in function `main':\n"
                     "server.c:40: undefined reference to `serve'\n"
                     "collect2: error: ld returned 1 exit status\n",
                     "serve is not defined anywhere. It belongs in 1-echo/serve.c.\n");
    assert_explained("2-chat", "chat.c:9: undefined reference to `line_read'\n",
                     "line_read is not defined anywhere. It belongs in 2-chat/line.c.\n");
    assert_explained("2-chat", "server.c:9: undefined reference to `tcp_listen'\n",
                     "tcp_listen is not defined anywhere. It belongs in 1-echo/tcp.c.\n");
}

static void test_missing_function_is_told_once(void **state)
{
    (void)state;
    assert_explained("1-echo",
                     "a.c:1: undefined reference to `tcp_listen'\n"
                     "b.c:2: undefined reference to `tcp_listen'\n",
                     "tcp_listen is not defined anywhere. It belongs in 1-echo/tcp.c.\n");
}

static void test_function_of_nobodys(void **state)
{
    (void)state;
    assert_explained("1-echo", "echo.c:7: undefined reference to `pritnf'\n",
                     "pritnf is called, and not defined anywhere. Is its name spelled right?\n");
}

static void test_function_that_is_there_twice(void **state)
{
    (void)state;
    assert_explained("1-echo",
                     "/usr/bin/ld: x.o: in function `main':\n"
                     "echo.c:3: multiple definition of `main'; server.o:server.c:12: first "
                     "defined here\n",
                     "main is defined twice. The lab has a main already: write none.\n");
}

static void test_other_words_stay(void **state)
{
    (void)state;
    assert_explained("1-echo", "ld: cannot do it\n", "ld: cannot do it\n");
    assert_explained("1-echo", NULL, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_function_has_a_home),
        cmocka_unit_test(test_missing_function_is_told_once),
        cmocka_unit_test(test_function_of_nobodys),
        cmocka_unit_test(test_function_that_is_there_twice),
        cmocka_unit_test(test_other_words_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
