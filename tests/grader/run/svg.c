#include "grader/run/svg.h"

#include "grader/run/lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Pixels of a column and of a line; the heading takes HEAD of them. */
enum { COLUMN = 8, LINE = 22, HEAD = 34, MARGIN = 14, TIP = 7 };

static const char head[] =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
    "<style>\n"
    "  text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace;"
    " fill: #1f2328; white-space: pre }\n"
    "  .title { font-weight: bold }\n"
    "  rect { fill: #ffffff }\n"
    "  line { stroke: #0969da; stroke-width: 1.5 }\n"
    "  path { fill: #0969da }\n"
    "  @media (prefers-color-scheme: dark) {\n"
    "    text { fill: #e6edf3 } rect { fill: #0d1117 } line { stroke: #58a6ff }"
    " path { fill: #58a6ff }\n"
    "  }\n"
    "</style>\n"
    "<rect width=\"100%%\" height=\"100%%\"/>\n";

static void add_escaped(struct text *out, const char *string, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        switch (string[i]) {
        case '&':
            text_add(out, "&amp;");
            break;
        case '<':
            text_add(out, "&lt;");
            break;
        case '>':
            text_add(out, "&gt;");
            break;
        default:
            text_add_bytes(out, string + i, 1);
        }
    }
}

/* The signs that arrows are drawn with; each takes three bytes and one column. */
enum { SIGN = 3 };

static bool is_arrow(const char *at)
{
    return strncmp(at, "─", SIGN) == 0 || strncmp(at, "◀", SIGN) == 0 ||
           strncmp(at, "▶", SIGN) == 0;
}

/* A word of the line, or what stands between two arrows, from COLUMN_NOW on. */
static void add_words(struct text *out, const char *words, size_t length, int x, int y)
{
    text_add(out, "<text x=\"%d\" y=\"%d\" textLength=\"%d\">", x, y,
             (int)text_columns_of(words, length) * COLUMN);
    add_escaped(out, words, length);
    text_add(out, "</text>\n");
}

/* COUNT signs of an arrow from AT on. */
static void add_shaft(struct text *out, const char *at, size_t count, int x, int y)
{
    int end = x + (int)count * COLUMN;
    int middle = y - 4;
    text_add(out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", x, middle, end, middle);
    if (strncmp(at, "◀", SIGN) == 0)
        text_add(out, "<path d=\"M%d %d l%d -4 v8 z\"/>\n", x, middle, TIP);
    if (strncmp(at + (count - 1) * SIGN, "▶", SIGN) == 0)
        text_add(out, "<path d=\"M%d %d l-%d -4 v8 z\"/>\n", end, middle, TIP);
}

/* How many bytes at AT are text without an arrow, up to two blanks in a row. */
static size_t words_at(const char *at)
{
    size_t length = 0;
    while (at[length] != '\0' && at[length] != '\n' && !is_arrow(at + length) &&
           strncmp(at + length, "  ", 2) != 0)
        length++;
    return length;
}

static void add_line(struct text *out, const char *at, int y)
{
    int x = MARGIN;
    while (*at != '\0' && *at != '\n') {
        size_t length = 0;
        size_t signs = 0;
        while (is_arrow(at + signs * SIGN))
            signs++;
        if (signs > 0)
            add_shaft(out, at, signs, x, y);
        else if (*at != ' ' && (length = words_at(at)) > 0)
            add_words(out, at, length, x, y);
        else
            length = 1;
        size_t columns = signs > 0 ? signs : text_columns_of(at, length);
        x += (int)columns * COLUMN;
        at += signs > 0 ? signs * SIGN : length;
    }
}

void svg_draw(struct text *out, const char *title, const char *ladder)
{
    size_t widest = text_columns(title);
    int lines = 0;
    for (const char *at = ladder; *at != '\0'; lines++) {
        size_t length = strcspn(at, "\n");
        size_t columns = text_columns_of(at, length);
        widest = columns > widest ? columns : widest;
        at += length + (at[length] == '\n');
    }
    int width = 2 * MARGIN + (int)widest * COLUMN;
    int height = HEAD + (lines + 1) * LINE;
    text_add(out, head, width, height, width, height);
    text_add(out, "<text class=\"title\" x=\"%d\" y=\"%d\">", MARGIN, HEAD - 10);
    add_escaped(out, title, strlen(title));
    text_add(out, "</text>\n");
    int y = HEAD + LINE / 2 + 5;
    for (const char *at = ladder; *at != '\0'; y += LINE) {
        size_t length = strcspn(at, "\n");
        add_line(out, at, y);
        at += length + (at[length] == '\n');
    }
    text_add(out, "</svg>\n");
}

static bool write_one(const struct scenario *scenario, const struct result *result, int folder)
{
    char name[128];
    struct text ladder = lines_field(result->ladder, sizeof result->ladder);
    struct text text = {0};
    snprintf(name, sizeof name, "%s.svg", scenario->id);
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    svg_draw(&text, _(scenario->sentence), ladder.start);
    bool written = fd != -1 && text_write(&text, fd);
    if (fd != -1)
        close(fd);
    text_free(&text);
    text_free(&ladder);
    return written;
}

bool svg_write_all(const struct outcome *outcome, int folder)
{
    bool written = true;
    for (size_t i = 0; i < outcome->lab->count; i++)
        if (outcome->results[i].ladder[0] != '\0')
            written =
                write_one(outcome->lab->scenarios[i], &outcome->results[i], folder) && written;
    return written;
}
