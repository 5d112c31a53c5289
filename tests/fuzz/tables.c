/* Tables, lists and dates that instructors and platforms write, with strangers' names in them:
   class/table.h, csv.h, marks.h, gradescope.h and late.h. */
#include "fuzz/fuzz.h"

#include "class/csv.h"
#include "class/gradescope.h"
#include "class/late.h"
#include "class/marks.h"
#include "class/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void rewrite(struct text *csv, const struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        for (size_t cell = 0; cell < table->rows[i].count; cell++)
            csv_cell(csv, table_cell(&table->rows[i], cell));
        csv_end_line(csv);
    }
}

/* A table that was written can be read, is written likewise again, and holds no formula. */
static void read_table(const struct text *bytes)
{
    struct table table = {0};
    struct table again = {0};
    struct text csv = {0};
    size_t column;
    if (table_read(&table, bytes) && table.count > 0) {
        (void)table_column(&table, "ID", &column);
        rewrite(&csv, &table);
        fuzz_must(table_read(&again, &csv), "a table that was written can be read");
        for (size_t i = 0; i < again.count; i++)
            for (size_t cell = 0; cell < again.rows[i].count; cell++) {
                const char *words = table_cell(&again.rows[i], cell);
                fuzz_must(words[0] == '\0' || strchr("=+-@|%", words[0]) == NULL,
                          "no cell is a formula");
            }
        table_free(&again);
    }
    text_free(&csv);
    table_free(&table);
}

static void read_lists(const struct text *bytes, const char *word)
{
    struct marks marks = {0};
    struct text why = {0};
    struct gradescope found = {0};
    struct late late;
    if (marks_read(&marks, bytes, &why))
        for (size_t lab = 0; lab < LABS; lab++)
            (void)marks_check(&marks, lab, bytes, &why);
    (void)gradescope_find(&found, bytes, "submission_1");
    if (late_read(&late, word, "10%/day") || late_read(&late, "2026-12-01T18:00Z", word)) {
        double cost = late_cost(&late, INT64_C(2000000000));
        fuzz_must(cost >= 0 && cost <= 100, "being late costs a part of the score");
    }
    gradescope_free(&found);
    text_free(&why);
    marks_free(&marks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct text bytes = fuzz_text(data, size);
    char *word = fuzz_line(&input);
    read_table(&bytes);
    read_lists(&bytes, word);
    free(word);
    text_free(&bytes);
    return 0;
}
