/* Recorded evidence, tests/unit/evidence/ID.json: what `grade --record` kept of a program with just
   the fault ID. In each of them that cause is found, and so every other one stays silent. */
#include "grader/explain/cause.h"
#include "grader/explain/evidence.h"
#include "grader/explain/sentence.h"
#include "grader/run/pages.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "fixture.h"

static const char folder[] = "tests/unit/evidence";

/* What FILE holds, ended by a zero; NULL if there is no such file. */
static char *read_file(const char *file)
{
    char path[512];
    struct text text = {0};
    char bytes[4096];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *stream = fopen(path, "r");
    if (stream == NULL)
        return NULL;
    for (size_t count; (count = fread(bytes, 1, sizeof bytes, stream)) > 0;)
        text_add_bytes(&text, bytes, count);
    fclose(stream);
    return text.start;
}

/* Calls CHECK with the id and the text of each recording. Returns how many there are. */
static int for_each(void (*check)(const char *id, const char *json))
{
    struct dirent **entries;
    int count = 0;
    int all = scandir(folder, &entries, NULL, alphasort);
    if (all == -1)
        fail_msg("%s cannot be read", folder);
    for (int i = 0; i < all; i++) {
        char *dot = strrchr(entries[i]->d_name, '.');
        if (dot != NULL && strcmp(dot, ".json") == 0) {
            char *json = read_file(entries[i]->d_name);
            *dot = '\0';
            check(entries[i]->d_name, json);
            free(json);
            count++;
        }
        free(entries[i]);
    }
    free(entries);
    return count;
}

static void explains(const char *id, const char *json)
{
    struct evidence evidence;
    struct text text = {0};
    if (!evidence_read(&evidence, json))
        fail_msg("%s.json is no evidence", id);
    const struct cause *cause = cause_find(&evidence, &text);
    if (cause == NULL || strcmp(cause->id, id) != 0)
        fail_msg("%s.json is explained by %s: %s", id, cause == NULL ? "nothing" : cause->id,
                 text.start != NULL ? text.start : "");
    text_free(&text);
    evidence_free(&evidence);
}

static void test_each_recording_is_explained_by_its_own_cause(void **state)
{
    (void)state;
    assert_true(for_each(explains) > 0);
}

/* The sentence that was kept is what is found, but for how its bytes are written. */
static void says_the_same(const char *id, const char *json)
{
    struct evidence evidence;
    struct text text = {0};
    struct text again = {0};
    assert_true(evidence_read(&evidence, json));
    cause_find(&evidence, &text);
    cJSON *whole = cJSON_Parse(json);
    const char *test = cJSON_GetStringValue(cJSON_GetObjectItem(whole, "test"));
    evidence_write(&again, &evidence, test, id, text.start);
    if (strcmp(again.start, json) != 0)
        fail_msg("%s.json is not what is written of it: %.300s", id, again.start);
    cJSON_Delete(whole);
    text_free(&text);
    text_free(&again);
    evidence_free(&evidence);
}

static void test_what_was_read_is_written_again(void **state)
{
    (void)state;
    for_each(says_the_same);
}

static void test_each_cause_has_a_recording(void **state)
{
    (void)state;
    int missing = 0;
    for (size_t i = 0; cause_at(i) != NULL; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s.json", cause_at(i)->id);
        char *json = read_file(name);
        if (json == NULL)
            print_error("no recording of %s\n", cause_at(i)->id);
        missing += json == NULL;
        free(json);
    }
    assert_int_equal(missing, 0);
}

static void test_what_is_no_evidence_is_not_read(void **state)
{
    static const char *const wrong[] = {"", "{", "[]", "null", "{\"steps\": 3}"};
    struct evidence evidence;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(evidence_read(&evidence, wrong[i]));
}

/* What is there goes in; a number that does not fit is none. */
static void test_evidence_with_odd_numbers_is_read(void **state)
{
    struct evidence evidence;
    (void)state;
    assert_true(evidence_read(&evidence, "{\"steps\": [{\"steps\": [], \"times\": 1e300},"
                                         " {\"call\": \"CLOSE\", \"fd\": 1e300}],"
                                         " \"sockets\": [1e300], \"now\": -1e300}"));
    assert_int_equal(evidence.count, 1);
    assert_int_equal(evidence.steps[0].event.fd, -1);
    assert_int_equal(evidence.sockets[0], 0);
    evidence_free(&evidence);
}

/* ---- the table ---- */

static void test_ids_are_words(void **state)
{
    (void)state;
    for (size_t i = 0; cause_at(i) != NULL; i++) {
        const char *id = cause_at(i)->id;
        size_t length = strlen(id);
        if (strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != length || length >= 48)
            fail_msg("\"%s\" is no id", id);
        assert_string_equal(cause_named(id)->id, id);
    }
    assert_null(cause_named("no-such-cause"));
}

/* Each sentence can be written, whatever was found, and ends as one. */
static void test_each_sentence_can_be_written(void **state)
{
    struct step step = {.event = {.call = CALL_RECV, .fd = 4, .result = -1, .error = 104}};
    struct evidence evidence = {.waiting = -1, .program = {.role = "server"}};
    (void)state;
    for (size_t i = 0; cause_at(i) != NULL; i++)
        for (unsigned parts = 0; parts < 16; parts++) {
            struct text text = {0};
            struct finding finding = {.word = "word", .parts = parts, .n = (int)parts, .m = 1};
            for (size_t k = 1; k < FINDING_STEPS; k++)
                finding.step[k] = &step;
            text_add(&finding.quote, "quote");
            sentence_add(&text, cause_at(i)->sentence, &evidence, &finding);
            if (text.length == 0 || strpbrk(text.start, "$[]{}|") != NULL ||
                strchr(".?)", text.start[text.length - 1]) == NULL)
                fail_msg("%s: %s", cause_at(i)->id, text.start != NULL ? text.start : "");
            text_free(&text);
            text_free(&finding.quote);
        }
}

static bool has_heading(const char *page, const char *section)
{
    bool found = false;
    char line[512];
    FILE *stream = fopen(page, "r");
    while (stream != NULL && !found && fgets(line, sizeof line, stream) != NULL) {
        const char *heading = line + strspn(line, "#");
        found = heading >= line + 2 && *heading == ' ' &&
                strncmp(heading + 1, section, strlen(section)) == 0 &&
                heading[1 + strlen(section)] == '\n';
    }
    if (stream != NULL)
        fclose(stream);
    return found;
}

/* The sentence of not-written says all there is to do. */
static void test_each_cause_has_a_hint_of_its_own(void **state)
{
    const struct cause *cause;
    (void)state;
    for (size_t i = 0; (cause = cause_at(i)) != NULL; i++) {
        bool ends =
            cause->hint != NULL && strchr(".?", cause->hint[strlen(cause->hint) - 1]) != NULL;
        if (!ends && strcmp(cause->id, "not-written") != 0)
            fail_msg("%s: \"%s\" is no hint", cause->id, cause->hint != NULL ? cause->hint : "");
    }
}

/* A report finds the hint and the section by the id. */
static void test_causes_of_one_name_have_one_hint(void **state)
{
    const struct cause *cause;
    (void)state;
    for (size_t i = 0; (cause = cause_at(i)) != NULL; i++) {
        const struct cause *first = cause_named(cause->id);
        if (cause->hint != NULL)
            assert_string_equal(cause->hint, first->hint);
        if ((cause->section == NULL) != (first->section == NULL) ||
            (cause->section != NULL && strcmp(cause->section, first->section) != 0))
            fail_msg("%s has another section in another row", cause->id);
    }
}

/* In the page that a report names for it, whatever the lab: its own page, if that has it. What lab
   5 explains, without connections, no other lab has. */
static void test_a_section_is_a_heading(void **state)
{
    static const char *const pages[] = {"handouts/en/1-echo.md", "handouts/en/2-chat.md",
                                        "handouts/en/3-fork.md", "handouts/en/4-pthread.md"};
    const struct cause *cause;
    (void)state;
    for (size_t i = 0; (cause = cause_at(i)) != NULL; i++)
        for (size_t k = 0; cause->section != NULL && k < sizeof pages / sizeof pages[0]; k++) {
            const char *page = page_of(cause->section, pages[k]);
            if (has_heading(pages[k], cause->section))
                assert_string_equal(page, pages[k]);
            else if (!has_heading(page, cause->section) &&
                     !has_heading("handouts/en/5-udp.md", cause->section))
                fail_msg("%s: %s has no heading \"%s\"", cause->id, page, cause->section);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_recording_is_explained_by_its_own_cause),
        cmocka_unit_test(test_what_was_read_is_written_again),
        cmocka_unit_test(test_each_cause_has_a_recording),
        cmocka_unit_test(test_what_is_no_evidence_is_not_read),
        cmocka_unit_test(test_evidence_with_odd_numbers_is_read),
        cmocka_unit_test(test_ids_are_words),
        cmocka_unit_test(test_each_sentence_can_be_written),
        cmocka_unit_test(test_each_cause_has_a_hint_of_its_own),
        cmocka_unit_test(test_causes_of_one_name_have_one_hint),
        cmocka_unit_test(test_a_section_is_a_heading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
