#include "grader/run/lines.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 4, LADDER_INDENT = 6 };

const char *lines_paint(const struct report *report, const char *colour)
{
    return report->colour ? colour : "";
}

size_t lines_in(const struct text *text)
{
    size_t count = 0;
    for (size_t i = 0; i < text->length; i++)
        count += text->start[i] == '\n';
    return count;
}

struct text lines_field(const char *field, size_t size)
{
    struct text copy = {0};
    text_harmless(&copy, field, strnlen(field, size), size, true);
    return copy;
}

struct text lines_path(const char *path)
{
    struct text copy = {0};
    text_harmless(&copy, path, strlen(path), SIZE_MAX, false);
    return copy;
}

void lines_prose(struct text *out, const struct report *report, const char *field, size_t size)
{
    struct text copy = lines_field(field, size);
    text_wrap(out, copy.start != NULL ? copy.start : "", report->width, INDENT);
    text_free(&copy);
}

/* SENTENCE up to where POINTS have room behind it; what does not fit goes to further lines. */
void lines_headline(struct text *out, const struct report *report, const char *colour,
                    const char *mark, const char *sentence, const char *points)
{
    size_t room = report->width - text_columns(points) - 1;
    struct text broken = {0};
    text_wrap(&broken, sentence, room, 2);
    broken.start[--broken.length] = '\0';
    const char *last = strrchr(broken.start, '\n');
    size_t used = text_columns(last != NULL ? last + 1 : broken.start);
    text_add(out, "%s%s%s %s%*s%s\n", lines_paint(report, colour), mark, lines_paint(report, PLAIN),
             broken.start + 2, (int)(room - used + 1), "", points);
    text_free(&broken);
}

/* ---- pictures ---- */

/* The line that leaves out LEFT_OUT rows of a picture. */
static void add_gap(struct text *out, size_t left_out)
{
    text_add(out, _("⋮ %zu rows left out\n"), left_out);
}

/* How many more rows than itself the LINE of a picture stands for. */
static size_t left_out_by(const char *line)
{
    struct text gap = {0};
    line += strspn(line, " ");
    size_t rows = strtoul(line + strcspn(line, "0123456789\n"), NULL, 10);
    add_gap(&gap, rows);
    bool is_one = rows > 0 && strncmp(line, gap.start, gap.length) == 0;
    text_free(&gap);
    return is_one ? rows - 1 : 0;
}

/* The row of a picture in place INDEX stands for several that are left out. */
static bool is_gap(const char *rows, size_t index)
{
    while (index-- > 0)
        rows += strcspn(rows, "\n") + 1;
    return left_out_by(rows) > 0;
}

void lines_ladder(struct text *out, const struct result *result, size_t most)
{
    struct text copy = lines_field(result->ladder, sizeof result->ladder);
    struct text rows = {0};
    if (copy.start == NULL)
        return;
    text_wrap(&rows, copy.start, SIZE_MAX, LADDER_INDENT);
    size_t count = lines_in(&rows);
    size_t first = count;
    if (most < 6)
        most = 6; /* less is no picture */
    if (count > most)
        first = (most - 1) / 3;
    size_t cut = count > most ? count - (most - 1) : 0;
    for (; cut > 0 && first > 0 && is_gap(rows.start, first - 1); cut++)
        first--; /* one gap, and not another beside it */
    while (cut > 0 && first + cut < count && is_gap(rows.start, first + cut))
        cut++;
    size_t left_out = cut;
    const char *at = rows.start;
    struct text last = {0};
    text_add(out, "\n");
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(at, "\n") + 1;
        if (i >= first && i < first + cut)
            left_out += left_out_by(at);
        else
            text_add_bytes(i < first ? out : &last, at, length);
        at += length;
    }
    if (cut > 0) {
        text_add(out, "%*s", LADDER_INDENT, "");
        add_gap(out, left_out);
    }
    text_add(out, "%s", last.start != NULL ? last.start : "");
    text_free(&last);
    text_add(out, "\n");
    text_free(&rows);
    text_free(&copy);
}

/* ---- what to type ---- */

/* Adds " NAME=VALUE" to a command line, as a shell must read it. (The Makefile takes values as they
   stand.) */
static void add_variable(struct text *command, const char *name, const char *value)
{
    struct text copy = lines_path(value);
    bool plain = true;
    for (const char *at = copy.start; at && *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("/._-+,:@%", *at))
            plain = false;

    text_add(command, " %s=%s", name, plain ? "" : "'");
    for (const char *at = copy.start; at && *at; at++) {
        if (*at == '\'')
            text_add(command, "'\\''");
        else
            text_add_bytes(command, at, 1);
    }
    text_add(command, "%s", plain ? "" : "'");
    text_free(&copy);
}

/* Which lab, as the names of make's targets end: "make hint-1". */
static void add_target(struct text *command, const char *target, const char *lab)
{
    text_add(command, "make %s-%.*s", target, (int)strspn(lab, "0123456789"), lab);
}

static void add_source(struct text *command, const char *source)
{
    if (strcmp(source, "labs") != 0)
        add_variable(command, "SRC", source);
}

static void add_trees(struct text *command, const struct outcome *outcome)
{
    add_source(command, outcome->source);
    if (strcmp(outcome->base, outcome->source) != 0)
        add_variable(command, "BASE", outcome->base);
}

void lines_lab_command(struct text *command, const char *lab, const char *source)
{
    add_target(command, "lab", lab);
    add_source(command, source);
}

void lines_command(struct text *command, const struct outcome *outcome, const char *id)
{
    add_target(command, "lab", outcome->lab->name);
    if (id != NULL)
        text_add(command, " ONLY=%s", id);
    add_trees(command, outcome);
}

void lines_step_command(struct text *command, const struct outcome *outcome, size_t step)
{
    add_target(command, "lab", outcome->lab->name);
    if (step != 0)
        text_add(command, " STEP=%zu", step);
    add_trees(command, outcome);
}

void lines_target(struct text *command, const struct outcome *outcome, const char *target)
{
    add_target(command, target, outcome->lab->name);
    add_trees(command, outcome);
}

void lines_advice(struct text *out, const struct report *report, const char *lead,
                  const struct outcome *outcome, const char *id)
{
    struct text command = {0};
    text_add(&command, _("again: "));
    lines_command(&command, outcome, id);
    size_t columns =
        INDENT + text_columns(lead) + text_columns(" · ") + text_columns(command.start);
    text_add(out, "%s%*s%s", lines_paint(report, DIM), INDENT, "", lead);
    if (*lead != '\0' && columns <= report->width)
        text_add(out, " · ");
    else if (*lead != '\0')
        text_add(out, "\n%*s", INDENT, "");
    text_add(out, "%s%s\n", command.start, lines_paint(report, PLAIN));
    text_free(&command);
}
