/* Text that grows, and text made harmless. */
#ifndef SOCKLADDER_TEXT_H
#define SOCKLADDER_TEXT_H

#include "grader/base/messages.h"

#include <stdbool.h>
#include <stddef.h>

/* A string that grows. Start with {0}; `start` is NULL as long as it is empty; text_free() ends it.
   When memory runs out the program ends with a message and abort(3), which no parent takes for a
   verdict. */
struct text {
    char *start; /* ends with a zero */
    size_t length;
    size_t capacity;
};

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_free(struct text *text);

/* Adds what FD holds from where it stands to its end, at most LIMIT bytes. False, with errno, when
   it cannot be read. FD stays open. */
bool text_read(struct text *text, int fd, size_t limit);

/* Writes all of TEXT to FD, which stays open. False, with errno. */
bool text_write(const struct text *text, int fd);

/*
 * Adds LENGTH BYTES that a stranger's program wrote, made harmless: valid UTF-8 stays, and so does
 * a newline when KEEP_NEWLINES is set; every control character (C0, DEL, C1, line separators),
 * every character that is not seen (bidirectional and other format characters, spaces of no width,
 * tags, variation selectors), every U+xxFFFE and U+xxFFFF, and every byte that is not UTF-8 becomes
 * \n, \r, \t, \0, \e or \xHH. After LIMIT bytes of input, or a little earlier when that would cut a
 * character in two, the rest is left out and told: "… (4096 more bytes)".
 *
 * Text that is harmless already comes out as it went in. What comes out is valid in JSON and, once
 * &, < and " are escaped, in XML 1.0.
 */
void text_harmless(struct text *text, const char *bytes, size_t length, size_t limit,
                   bool keep_newlines);

/* Adds STRING broken into lines of at most WIDTH columns at its spaces and between its Chinese
   characters, each line begun with INDENT spaces, which count as columns, and ended with a newline.
   A word too long for a line is broken where the line ends. A line of STRING that begins with a
   space is never broken; the newlines of STRING stay, one at its end adds no empty line. */
void text_wrap(struct text *text, const char *string, size_t width, size_t indent);

/* Adds LENGTH BYTES that a program wrote on lines of their own, each begun with a newline and two
   spaces, harmless and without white space at the end; at most LIMIT bytes of them. */
void text_quote(struct text *text, const char *bytes, size_t length, size_t limit);

/* ONE when COUNT is 1, else MANY: text_add(&text, "%zu %s", count, text_plural(count, "byte",
   "bytes")). In another language the translation of ONE, whatever COUNT is. */
const char *text_plural(size_t count, const char *one, const char *many);

/* How many columns of a terminal STRING takes: two for a wide character, such as a Chinese one, and
   one for every other. */
size_t text_columns(const char *string);
size_t text_columns_of(const char *bytes, size_t length);

/* The first byte behind those characters of STRING that fit into COLUMNS columns. */
const char *text_behind(const char *string, size_t columns);

/* True if LINE stands in TEXT as a line of its own. */
bool has_line(const struct text *text, const char *line);

/* True if WORDS stand anywhere in TEXT. */
bool has_words(const struct text *text, const char *words);

#endif
