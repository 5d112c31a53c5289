#include "class/canvas.h"

#include "class/csv.h"
#include "grade/take.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_EXPORT = 64 << 20 };

/* Is HEAD that of an assignment: "Lab 1 (12345)"? */
static bool is_assignment(const char *head)
{
    const char *number = strrchr(head, '(');
    size_t digits = number != NULL ? strspn(number + 1, "0123456789") : 0;
    return digits > 0 && strcmp(number + 1 + digits, ")") == 0;
}

/* Does HEAD name LAB, from 0, anywhere? */
static bool names_lab(const char *head, size_t lab)
{
    const char *name = all_labs[lab].name;
    for (const char *at = head; *at != '\0'; at++) {
        if (at > head && isalnum((unsigned char)at[-1]))
            continue;
        if (lab_named(at, strlen(at)) == (int)lab + 1 ||
            (strncasecmp(at, name, strlen(name)) == 0 && !isalnum((unsigned char)at[strlen(name)])))
            return true;
    }
    return false;
}

/* A number that stands alone in CELL. */
static bool is_number(const char *cell, double *number)
{
    char *end;
    *number = strtod(cell, &end);
    return end != cell && *end == '\0' && strspn(cell, "-0123456789.") == strlen(cell);
}

/* The points that the assignment in COLUMN has; 100 where the export does not say. */
static double points_possible(const struct table *table, size_t column)
{
    double points;
    for (size_t i = 1; i < table->count && i < 4; i++) {
        const char *name = table_cell(&table->rows[i], 0);
        name += strspn(name, " ");
        if (strncmp(name, "Points Possible", 15) == 0 &&
            is_number(table_cell(&table->rows[i], column), &points) && points > 0)
            return points;
    }
    return 100;
}

/* How many columns are LAB's; SOLE: any assignment is. The last of them goes to *COLUMN. */
static size_t find_columns(const struct table *table, size_t lab, bool sole, size_t *column)
{
    size_t found = 0;
    for (size_t i = 0; i < table->rows[0].count; i++) {
        const char *head = table_cell(&table->rows[0], i);
        if (is_assignment(head) && (sole || names_lab(head, lab))) {
            *column = i;
            found++;
        }
    }
    return found;
}

static bool find_lab(struct canvas *canvas, size_t lab, bool sole)
{
    const char *name = all_labs[lab].name;
    size_t found = find_columns(&canvas->table, lab, false, &canvas->columns[lab]);
    if (found == 0 && sole && find_columns(&canvas->table, lab, true, &canvas->columns[lab]) == 1)
        found = 1;
    if (found == 1)
        canvas->possible[lab] = points_possible(&canvas->table, canvas->columns[lab]);
    else if (found == 0)
        fprintf(stderr,
                "class: CANVAS: no assignment in it is called %s or Lab %zu. Call it so in the "
                "first line of the file\n",
                name, lab + 1);
    else
        fprintf(stderr,
                "class: CANVAS: several assignments in it are called %s or Lab %zu: delete the "
                "columns of the others\n",
                name, lab + 1);
    return found == 1;
}

bool canvas_read(struct canvas *canvas, const char *path, const bool *labs)
{
    struct text bytes = {0};
    size_t asked = 0;
    bool good = read_plain_file(AT_FDCWD, path, MOST_EXPORT, &bytes);
    if (!good)
        fprintf(stderr, "class: CANVAS=%s: %s\n", path, strerror(errno));
    else if (!table_read(&canvas->table, &bytes) ||
             !table_column(&canvas->table, "ID", &canvas->id)) {
        fprintf(stderr,
                "class: CANVAS=%s is not an export of the gradebook: in its first line there is no "
                "column ID\n",
                path);
        good = false;
    }
    text_free(&bytes);
    for (size_t lab = 0; lab < LABS; lab++)
        asked += labs[lab];
    for (size_t lab = 0; good && lab < LABS; lab++)
        good = !labs[lab] || find_lab(canvas, lab, asked == 1);
    return good;
}

void canvas_free(struct canvas *canvas)
{
    table_free(&canvas->table);
}

static const struct student *student_of(const struct class_results *results, const char *id)
{
    for (size_t s = 0; *id != '\0' && s < results->roll->count; s++) {
        const struct student *student = &results->roll->students[s];
        if (student->platform == CANVAS && strcmp(student->id, id) == 0)
            return student;
    }
    return NULL;
}

/* Adds what stands in COLUMN for STUDENT (NULL: nobody's), or else what stood there. */
static void add_cell(struct text *csv, const struct canvas *canvas,
                     const struct class_results *results, const struct student *student,
                     const char *before, size_t column)
{
    double number;
    for (size_t lab = 0; student != NULL && lab < LABS; lab++) {
        if (!results->labs[lab] || canvas->columns[lab] != column)
            continue;
        const struct job *job = job_of(results, student, lab);
        if (job != NULL && job->done && job->verdict.scored) {
            csv_number(csv, job->verdict.score * canvas->possible[lab] / 100);
            return;
        }
    }
    if (is_number(before, &number))
        csv_plain(csv, before);
    else
        csv_cell(csv, before);
}

/* Says which students Canvas does not know, and if it is nobody's file that canvas.csv is of. */
static void tell_missing(const struct canvas *canvas, const struct class_results *results)
{
    size_t students = 0;
    for (size_t s = 0; s < results->roll->count; s++) {
        const struct student *student = &results->roll->students[s];
        bool found = student->platform != CANVAS;
        students += student->platform == CANVAS;
        for (size_t i = 1; !found && i < canvas->table.count; i++)
            found = strcmp(table_cell(&canvas->table.rows[i], canvas->id), student->id) == 0;
        if (!found) {
            struct text name = {0};
            text_harmless(&name, student->name, strlen(student->name), 60, false);
            printf("Not in the export of CANVAS, and so not in canvas.csv: number %s, %s\n",
                   student->id, name.start != NULL ? name.start : "");
            text_free(&name);
        }
    }
    if (students == 0)
        printf("canvas.csv has no new points: no file of this class is named as Canvas does.\n");
}

bool canvas_write(const struct canvas *canvas, const struct class_results *results, const char *out)
{
    struct text csv = {0};
    char *path = NULL;
    for (size_t i = 0; i < canvas->table.count; i++) {
        const struct row *row = &canvas->table.rows[i];
        const struct student *student =
            i > 0 ? student_of(results, table_cell(row, canvas->id)) : NULL;
        for (size_t column = 0; column < canvas->table.rows[0].count; column++)
            add_cell(&csv, canvas, results, student, table_cell(row, column), column);
        csv_end_line(&csv);
    }
    tell_missing(canvas, results);
    if (asprintf(&path, "%s/canvas.csv", out) == -1)
        abort();
    bool good = write_file(path, &csv);
    free(path);
    text_free(&csv);
    return good;
}
