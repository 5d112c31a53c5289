/* Reads a table as spreadsheets and platforms write it: RFC 4180. */
#ifndef SOCKLADDER_CLASS_TABLE_H
#define SOCKLADDER_CLASS_TABLE_H

#include "grader/base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct row {
    char **cells; /* without their quotes */
    size_t count;
};

/* Starts with {0}; table_free() ends it. */
struct table {
    struct row *rows;
    size_t count;
};

/* Reads BYTES into TABLE: cells parted by commas, or by semicolons if the first line has no comma;
   quotes, line ends of Unix and of Windows, a byte order mark. Empty lines are no rows. False when
   a zero byte is in it, or a quote does not end. */
bool table_read(struct table *table, const struct text *bytes);
void table_free(struct table *table);

/* The cell of ROW in COLUMN; "" if it has none. */
const char *table_cell(const struct row *row, size_t column);

/* The column whose head, in the first row, is NAME. False if there is none. */
bool table_column(const struct table *table, const char *name, size_t *column);

#endif
