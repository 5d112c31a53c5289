/* The tables that platforms give and take: tests/class. */
#include "class/canvas.h"
#include "class/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool read_string(struct table *table, const char *string)
{
    struct text bytes = {0};
    text_add(&bytes, "%s", string);
    bool good = table_read(table, &bytes);
    text_free(&bytes);
    return good;
}

static void assert_cell(const struct table *table, size_t row, size_t column, const char *cell)
{
    assert_true(row < table->count);
    assert_string_equal(table_cell(&table->rows[row], column), cell);
}

static void test_table(void **state)
{
    struct table table = {0};
    size_t column;
    (void)state;
    assert_true(
        read_string(&table, "\xef\xbb\xbfStudent,ID,\"a\"\"b\nc\"\r\n\r\n\"Li, Bo\",7,\nx"));
    assert_int_equal(table.count, 3);
    assert_cell(&table, 0, 2, "a\"b\nc");
    assert_cell(&table, 1, 0, "Li, Bo");
    assert_cell(&table, 1, 2, "");
    assert_cell(&table, 2, 0, "x");
    assert_cell(&table, 2, 9, "");
    assert_true(table_column(&table, "ID", &column));
    assert_int_equal(column, 1);
    assert_false(table_column(&table, "id", &column));
    table_free(&table);
}

static void test_table_of_semicolons(void **state)
{
    struct table table = {0};
    (void)state;
    assert_true(read_string(&table, "Student;ID\nLi, Bo;7\n"));
    assert_cell(&table, 1, 0, "Li, Bo");
    table_free(&table);
}

static void test_no_table(void **state)
{
    struct table table = {0};
    (void)state;
    assert_false(read_string(&table, "a,\"b\nc"));
    table_free(&table);
    assert_true(read_string(&table, ""));
    assert_int_equal(table.count, 0);
    table_free(&table);
}

/* Canvas's export EXPORT, for the labs of which ASKED has the numbers. */
static bool read_export(struct canvas *canvas, const char *export, const char *asked)
{
    char path[] = "/tmp/canvas.XXXXXX";
    bool labs[LABS] = {false};
    for (; *asked != '\0'; asked++)
        labs[*asked - '1'] = true;
    int file = mkstemp(path);
    assert_int_not_equal(file, -1);
    assert_int_equal(write(file, export, strlen(export)), strlen(export));
    close(file);
    *canvas = (struct canvas){0};
    bool good = canvas_read(canvas, path, labs);
    unlink(path);
    return good;
}

static void test_canvas_columns(void **state)
{
    static const char export[] =
        "Student,ID,Section,Essay (3),Networks: Lab 1 (4),2-Chat (5),Lab 2 total\n"
        "    Points Possible,,,10,20,5,(read only)\nLi,7,,,,,\n";
    struct canvas canvas;
    (void)state;
    assert_true(read_export(&canvas, export, "12"));
    assert_int_equal(canvas.id, 1);
    assert_int_equal(canvas.columns[0], 4);
    assert_int_equal(canvas.columns[1], 5);
    assert_true(canvas.possible[0] == 20 && canvas.possible[1] == 5);
    canvas_free(&canvas);
    assert_false(read_export(&canvas, export, "13")); /* no column of lab 3 */
    canvas_free(&canvas);
    assert_false(read_export(&canvas, "Student,ID,Lab 1 (3),Lab 1 again (4)\n", "1"));
    canvas_free(&canvas);
    assert_false(read_export(&canvas, "Student,Number,Lab 1 (3)\n", "1"));
    canvas_free(&canvas);
    assert_true(read_export(&canvas, "Student,ID,Sockets (3)\n", "3")); /* the only one */
    assert_int_equal(canvas.columns[2], 2);
    assert_true(canvas.possible[2] == 100);
    canvas_free(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_table_of_semicolons),
        cmocka_unit_test(test_no_table),
        cmocka_unit_test(test_canvas_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
