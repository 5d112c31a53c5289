#include "class/table.h"

#include <stdlib.h>
#include <string.h>

static void add_row(struct table *table)
{
    table->rows = reallocarray(table->rows, table->count + 1, sizeof table->rows[0]);
    if (table->rows == NULL)
        abort();
    table->rows[table->count++] = (struct row){0};
}

/* Takes CELL over. */
static void add_cell(struct row *row, struct text *cell)
{
    row->cells = reallocarray(row->cells, row->count + 1, sizeof row->cells[0]);
    if (row->cells == NULL)
        abort();
    char *string = cell->start != NULL ? cell->start : strdup(""); /* an empty text has none */
    if (string == NULL)
        abort();
    row->cells[row->count++] = string;
    *cell = (struct text){0};
}

/* Reads the quoted string that begins at *AT, after its quote. False if it does not end. */
static bool read_quoted(struct text *cell, const char **at)
{
    for (;; (*at)++) {
        if (**at == '\0')
            return false;
        if (**at == '"') {
            (*at)++;
            if (**at != '"')
                return true;
        }
        text_add_bytes(cell, *at, 1);
    }
}

/* Reads a row from *AT on, up to its line end. */
static bool read_row(struct row *row, const char **at, char separator)
{
    struct text cell = {0};
    const char special[] = {separator, '"', '\r', '\n', '\0'};
    for (;;) {
        size_t plain = strcspn(*at, special);
        text_add_bytes(&cell, *at, plain);
        *at += plain;
        if (**at == '"') {
            ++*at;
            if (!read_quoted(&cell, at)) {
                text_free(&cell);
                return false;
            }
            continue;
        }
        add_cell(row, &cell);
        if (**at != separator)
            return true;
        ++*at;
    }
}

bool table_read(struct table *table, const struct text *bytes)
{
    const char *at = bytes->start != NULL ? bytes->start : "";
    if (strlen(at) != bytes->length)
        return false;
    if (strncmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    size_t line = strcspn(at, "\r\n");
    char separator = memchr(at, ',', line) == NULL && memchr(at, ';', line) != NULL ? ';' : ',';
    for (;;) {
        at += strspn(at, "\r\n");
        if (*at == '\0')
            return true;
        add_row(table);
        if (!read_row(&table->rows[table->count - 1], &at, separator))
            return false;
    }
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        for (size_t cell = 0; cell < table->rows[i].count; cell++)
            free(table->rows[i].cells[cell]);
        free(table->rows[i].cells);
    }
    free(table->rows);
    *table = (struct table){0};
}

const char *table_cell(const struct row *row, size_t column)
{
    return column < row->count ? row->cells[column] : "";
}

bool table_column(const struct table *table, const char *name, size_t *column)
{
    for (size_t i = 0; table->count > 0 && i < table->rows[0].count; i++)
        if (strcmp(table->rows[0].cells[i], name) == 0) {
            *column = i;
            return true;
        }
    return false;
}
