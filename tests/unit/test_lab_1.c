/* The scenarios of lab 1, tests/lab-1. Run in the top directory, where the handout is. */
#include "grader/base/lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

extern const struct lab lab_1;

static void test_the_table_is_sound(void **state)
{
    (void)state;
    assert_true(lab_is_sound(&lab_1));
}

static bool has_heading(const char *path, const char *heading)
{
    char line[512];
    bool found = false;
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (!found && fgets(line, sizeof line, file) != NULL) {
        size_t marks = strspn(line, "#");
        line[strcspn(line, "\n")] = '\0';
        found = marks > 0 && line[marks] == ' ' && strcmp(line + marks + 1, heading) == 0;
    }
    fclose(file);
    return found;
}

static void test_every_section_is_a_heading_of_the_handout(void **state)
{
    (void)state;
    for (size_t i = 0; i < lab_1.count; i++)
        if (!has_heading(lab_1.handout, lab_1.scenarios[i]->section))
            fail_msg("%s: %s has no heading \"%s\"", lab_1.scenarios[i]->id, lab_1.handout,
                     lab_1.scenarios[i]->section);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table_is_sound),
        cmocka_unit_test(test_every_section_is_a_heading_of_the_handout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
