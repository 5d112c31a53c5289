/* What is said to students: which language it is, the catalog of Chinese, and what a report needs
   of a translation. The catalog is chosen once in a process, so each test is one of its own. */
#include "grader/base/lab.h"
#include "grader/base/messages.h"
#include "grader/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

extern const struct lab lab_1;
extern const struct lab lab_2;
extern const struct lab lab_3;
extern const struct lab lab_4;
extern const struct lab lab_5;
static const struct lab *const all_labs[] = {&lab_1, &lab_2, &lab_3, &lab_4, &lab_5};

/* NULL: not set. */
struct wish {
    const char *lc_all, *lc_messages, *lang, *language;
};

static void set(const char *name, const char *value)
{
    if (value != NULL)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

/* Is it Chinese that a process gets with the environment WISH? */
static bool is_chinese(struct wish wish)
{
    int status;
    pid_t pid = fork();
    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        set("LC_ALL", wish.lc_all);
        set("LC_MESSAGES", wish.lc_messages);
        set("LANG", wish.lang);
        set("LANGUAGE", wish.language);
        _exit(strcmp(translation_language(), "zh") == 0 && strcmp(_("next: "), "next: ") != 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 1;
}

static void test_english_is_the_default(void **state)
{
    (void)state;
    assert_false(is_chinese((struct wish){NULL}));
    assert_false(is_chinese((struct wish){.lang = ""}));
    assert_false(is_chinese((struct wish){.lang = "C"}));
    assert_false(is_chinese((struct wish){.lang = "en_GB.UTF-8"}));
    assert_false(is_chinese((struct wish){.lang = "de_DE.UTF-8", .language = "de:fr"}));
    assert_false(is_chinese((struct wish){.lang = "zhx"}));
}

static void test_the_locale_asks_for_chinese(void **state)
{
    (void)state;
    assert_true(is_chinese((struct wish){.lang = "zh_CN.UTF-8"}));
    assert_true(is_chinese((struct wish){.lang = "zh_TW.utf8"}));
    assert_true(is_chinese((struct wish){.lang = "en_GB.UTF-8", .lc_messages = "zh_CN.UTF-8"}));
    assert_true(is_chinese((struct wish){.lang = "en_GB.UTF-8", .lc_all = "zh"}));
    assert_false(is_chinese((struct wish){.lang = "zh_CN.UTF-8", .lc_all = "C.UTF-8"}));
    assert_false(is_chinese((struct wish){.lang = "zh_CN.GB18030"}));
}

static void test_the_list_of_languages_comes_first(void **state)
{
    (void)state;
    assert_true(is_chinese((struct wish){.language = "zh"}));
    assert_true(is_chinese((struct wish){.language = "zh_CN:en", .lang = "C.UTF-8"}));
    assert_true(is_chinese((struct wish){.language = "de:zh:en", .lang = "en_GB.UTF-8"}));
    assert_false(is_chinese((struct wish){.language = "en:zh", .lang = "zh_CN.UTF-8"}));
    assert_true(is_chinese((struct wish){.language = "", .lang = "zh_CN.UTF-8"}));
    /* As gettext(3): whoever says C wants no language. */
    assert_false(is_chinese((struct wish){.language = "zh", .lc_all = "C"}));
    assert_false(is_chinese((struct wish){.language = "zh", .lang = "POSIX"}));
}

static void begin_chinese(void)
{
    unsetenv("LC_ALL");
    setenv("LANG", "C.UTF-8", 1);
    setenv("LANGUAGE", "zh", 1);
}

static void test_what_has_no_translation_stays(void **state)
{
    (void)state;
    begin_chinese();
    assert_string_equal(_("no such sentence"), "no such sentence");
    assert_string_equal(_(""), "");
    assert_string_equal(text_plural(1, "test", "tests"), text_plural(2, "test", "tests"));
    assert_string_equal(text_plural(2, "no such word", "no such words"), "no such words");
}

/* The title of a test has its line in the report, and tells it apart from all others. */
static void test_titles_fit_into_their_lines(void **state)
{
    (void)state;
    begin_chinese();
    for (size_t l = 0; l < sizeof all_labs / sizeof all_labs[0]; l++)
        for (size_t i = 0; i < all_labs[l]->count; i++) {
            const char *title = _(all_labs[l]->scenarios[i]->sentence);
            if (text_columns(title) > SENTENCE_COLUMNS)
                fail_msg("too long: %s", title);
            for (size_t k = 0; k < i; k++)
                assert_string_not_equal(title, _(all_labs[l]->scenarios[k]->sentence));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_english_is_the_default),
        cmocka_unit_test(test_the_locale_asks_for_chinese),
        cmocka_unit_test(test_the_list_of_languages_comes_first),
        cmocka_unit_test(test_what_has_no_translation_stays),
        cmocka_unit_test(test_titles_fit_into_their_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
