/* The language in which causes are told: grader/explain/sentence.h. */
#include "grader/explain/sentence.h"

#include "fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct step known = {
    .event = {.call = CALL_RECV, .fd = 4, .size = 32, .result = -1, .error = ECONNRESET},
    .line = {.file = "serve.c", .function = "serve", .number = 18},
};
static const struct step unknown = {.event = {.call = CALL_LISTEN, .fd = 3, .backlog = -1}};
static const struct evidence evidence = {.program = {.role = "client"}};

/* With the two steps above, $n 1 and $m 2, and parts a and c. */
static void assert_sentence(const char *sentence, const char *expected)
{
    struct text text = {0};
    struct finding finding = {.step = {NULL, &known, &unknown},
                              .n = 1,
                              .m = 2,
                              .k = -3,
                              .word = "a word",
                              .parts = PART('a') | PART('c')};
    text_add(&finding.quote, "$1 [a:b]");
    sentence_add(&text, sentence, &evidence, &finding);
    assert_string_equal(text.start, expected);
    text_free(&text);
    text_free(&finding.quote);
}

static void test_plain_words_stay(void **state)
{
    (void)state;
    assert_sentence("100 % of %d; {a|b}.", "100 % of %d; {a|b}.");
    assert_sentence("$$1 $[a:x$]", "$1 [a:x]");
}

static void test_steps_tell_their_call_and_place(void **state)
{
    (void)state;
    assert_sentence("$c1 failed$1 ($e1).", "recv failed, serve.c:18 (Connection reset by peer).");
    assert_sentence("$c1 failed with $E1$(1).", "recv failed with ECONNRESET (serve.c:18).");
    assert_sentence("It ended at $p1 (in $f1).", "It ended at serve.c:18 (in serve).");
    assert_sentence("$c1($d1, $a1) = $r1.", "recv(4, 32) = -1.");
    assert_sentence("$A2 is $a2.", "18446744073709551615 is -1.");
}

static void test_a_place_that_is_not_known_is_left_out(void **state)
{
    (void)state;
    assert_sentence("$c2 failed$2$(2).", "listen failed.");
    assert_sentence("There is no step$3$(3).", "There is no step.");
}

static void test_numbers_choose_their_words(void **state)
{
    (void)state;
    assert_sentence("$n ${n:byte|bytes}, $m ${m:byte|bytes}, $k.", "1 byte, 2 bytes, -3.");
    assert_sentence("${n:One waits$1|$n wait}; ${m:one waits|$m wait$1}.",
                    "One waits, serve.c:18; 2 wait, serve.c:18.");
}

static void test_parts_that_were_not_found_are_left_out(void **state)
{
    (void)state;
    assert_sentence("x[a: in $c1][b: or $c2][c:, and $m].", "x in recv, and 2.");
}

static void test_what_a_program_wrote_is_not_read_as_a_sentence(void **state)
{
    (void)state;
    assert_sentence("\"$q\" and $w, $role.", "\"$1 [a:b]\" and a word, client.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_words_stay),
        cmocka_unit_test(test_steps_tell_their_call_and_place),
        cmocka_unit_test(test_a_place_that_is_not_known_is_left_out),
        cmocka_unit_test(test_numbers_choose_their_words),
        cmocka_unit_test(test_parts_that_were_not_found_are_left_out),
        cmocka_unit_test(test_what_a_program_wrote_is_not_read_as_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
