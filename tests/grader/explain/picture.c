#include "grader/explain/picture.h"

#include "grader/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_ROWS = 30, /* of the picture; what is between the first and the last is left out */
    FIRST_ROWS = 12,
    MANY_ALIKE = 8,
    MOST_PEER = 34,
    MOST_CALL = 40,
    MOST_PLACE = 22,
    USUAL_ARROW = 16,
    USUAL_PLACE = 15,
    LEAST_PEER = 17, /* "client (the test)" */
    LEAST_ARROW = 8,
    LEAST_CALL = 12,
    LEAST_PLACE = 10,
};

/* The rows, and the columns that each part of a row has; the space behind it is not counted. */
struct picture {
    const struct row *rows;
    size_t count;
    bool program_is_left;
    size_t peer, arrow, mark, call, place;
};

/* ---- columns ---- */

static void widen(size_t *columns, const char *string, size_t most)
{
    size_t needed = text_columns(string);
    if (needed > most)
        needed = most;
    if (needed > *columns)
        *columns = needed;
}

/* Takes columns from *PART, which keeps LEAST of them, until *EXCESS is gone. */
static void shrink(size_t *part, size_t least, size_t *excess)
{
    size_t spare = *part > least ? *part - least : 0;
    size_t taken = spare < *excess ? spare : *excess;
    *part -= taken;
    *excess -= taken;
}

static void lay_out(struct picture *picture, const char *role, size_t columns)
{
    picture->peer = LEAST_PEER;
    picture->arrow = USUAL_ARROW;
    widen(&picture->call, role, MOST_CALL);
    for (size_t i = 0; i < picture->count; i++) {
        const struct row *row = &picture->rows[i];
        widen(&picture->peer, row->peer, MOST_PEER);
        widen(&picture->mark, row->mark, ACTOR_SIZE);
        widen(&picture->call, row->call, MOST_CALL);
        widen(&picture->place, row->place, MOST_PLACE);
    }
    size_t used = picture->peer + 1 + picture->arrow + 1 + picture->call + 1 + picture->place;
    used += picture->mark > 0 ? picture->mark + 1 : 0;
    size_t excess = used > columns ? used - columns : 0;
    shrink(&picture->arrow, LEAST_ARROW, &excess);
    shrink(&picture->place, USUAL_PLACE, &excess);
    shrink(&picture->call, (size_t)2 * LEAST_CALL, &excess);
    shrink(&picture->peer, LEAST_PEER, &excess);
    shrink(&picture->place, LEAST_PLACE, &excess);
    shrink(&picture->call, LEAST_CALL, &excess);
    shrink(&picture->peer, LEAST_CALL, &excess);
}

/* Adds STRING; if it takes more than COLUMNS, `…` for what is in front of its END, of which it
   keeps as much as there is room for. */
static void add_fitted(struct text *text, const char *string, const char *end, size_t columns)
{
    size_t all = text_columns(string);
    if (all <= columns) {
        text_add(text, "%s", string);
        return;
    }
    size_t tail = text_columns(end);
    if (tail + 1 > columns) /* less than all of the end */
        tail = columns - 1;
    const char *head_end = text_behind(string, columns - 1 - tail);
    text_add_bytes(text, string, (size_t)(head_end - string));
    text_add(text, "…%s", text_behind(string, all - tail));
}

/* What a call returned, with the blank in front of it; the end of CALL if it has not. */
static const char *result_of(const char *call)
{
    const char *result = strstr(call, ") ");
    return result != NULL ? result : call + strlen(call);
}

static const char *number_of(const char *place)
{
    const char *colon = strrchr(place, ':');
    return colon != NULL ? colon : place + strlen(place);
}

/* ---- drawing ---- */

static void pad_to(struct text *text, size_t start, size_t columns)
{
    size_t used = text->start != NULL ? text_columns(text->start + start) : 0;
    text_add(text, "%*s", used < columns ? (int)(columns - used) : 0, "");
}

static void draw_arrow(struct text *text, const struct picture *picture, const struct row *row,
                       bool rightwards)
{
    size_t label = row->label != NULL ? strlen(row->label) + 2 : 0;
    size_t dashes = picture->arrow - 1 - label;
    if (row->arrow == NO_ARROW) {
        text_add(text, "%*s", (int)picture->arrow, "");
        return;
    }
    if (!rightwards)
        text_add(text, "◀");
    for (size_t i = 0; i < dashes; i++) {
        text_add(text, "─");
        if (row->label != NULL && i == dashes / 2)
            text_add(text, " %s ", row->label);
    }
    if (rightwards)
        text_add(text, "▶");
}

static void draw_call(struct text *text, const struct picture *picture, const struct row *row)
{
    size_t start = text->length;
    if (picture->mark > 0)
        text_add(text, "%-*s ", (int)picture->mark, row->mark);
    size_t width = (picture->mark > 0 ? picture->mark + 1 : 0) + picture->call;
    add_fitted(text, row->call, result_of(row->call), picture->call);
    pad_to(text, start, width + 1);
    add_fitted(text, row->place, number_of(row->place), picture->place);
    if (picture->program_is_left)
        pad_to(text, start, width + 1 + picture->place + 1);
}

static void end_line(struct text *text)
{
    while (text->length > 0 && text->start[text->length - 1] == ' ')
        text->start[--text->length] = '\0';
    text_add(text, "\n");
}

static void draw_row(struct text *text, const struct picture *picture, const struct row *row)
{
    const char *end = row->peer + strlen(row->peer);
    if (picture->program_is_left) {
        draw_call(text, picture, row);
        draw_arrow(text, picture, row, row->arrow == TO_PEER);
        text_add(text, " ");
        add_fitted(text, row->peer, end, picture->peer);
    } else {
        add_fitted(text, row->peer, end, picture->peer);
        pad_to(text, 0, picture->peer + 1);
        draw_arrow(text, picture, row, row->arrow == TO_PROGRAM);
        text_add(text, " ");
        draw_call(text, picture, row);
    }
    end_line(text);
}

/* How many times the PERIOD rows at I come again right after themselves. */
static size_t repeats(const struct picture *picture, size_t i, size_t period)
{
    size_t times = 0;
    for (size_t at = i + period; at + period <= picture->count; at += period, times++)
        for (size_t k = 0; k < period; k++)
            if (picture->rows[at + k].key != picture->rows[i + k].key)
                return times;
    return times;
}

/* How many rows at I and right after it are of one kin. */
static size_t relatives(const struct picture *picture, size_t i)
{
    size_t count = 1;
    while (i + count < picture->count && picture->rows[i + count].kin == picture->rows[i].kin)
        count++;
    return count;
}

/* The length of the pattern that comes again and again at I; 0: there is none. */
static size_t period_at(const struct picture *picture, size_t i)
{
    if (repeats(picture, i, 1) >= 3)
        return 1;
    for (size_t period = 2; period <= 4; period++)
        if (repeats(picture, i, period) >= 2)
            return period;
    return 0;
}

/* Rows that only repeat are told once, with a count; of many that differ in numbers alone, the
   first and the last. Returns the lines of the picture. */
static size_t draw_rows(struct text *lines, size_t room, const struct picture *picture)
{
    size_t count = 0;
    for (size_t i = 0; i < picture->count && count + 5 < room;) {
        size_t period = period_at(picture, i);
        size_t alike = relatives(picture, i);
        for (size_t k = 0; k < (period > 0 ? period : 1); k++)
            draw_row(&lines[count++], picture, &picture->rows[i + k]);
        if (period > 0) {
            size_t times = repeats(picture, i, period);
            text_add(&lines[count++], _("⋮ the same %zu times more\n"), times);
            i += period * (times + 1);
        } else if (alike >= MANY_ALIKE) {
            text_add(&lines[count++], _("⋮ %zu more, with other numbers, the last:\n"), alike - 1);
            i += alike - 1;
        } else {
            i++;
        }
    }
    return count;
}

static void draw_heading(struct text *text, const struct picture *picture, const char *role)
{
    size_t mark = picture->mark > 0 ? picture->mark + 1 : 0;
    if (picture->program_is_left) {
        text_add(text, "%s", _(role));
        pad_to(text, 0, mark + picture->call + 1 + picture->place + 1 + picture->arrow + 1);
        text_add(text, _("server (the test)\n"));
    } else {
        text_add(text, "%s", _(strcmp(role, "driver") == 0 ? "the test" : "client (the test)"));
        pad_to(text, 0, picture->peer + 1 + picture->arrow + 1);
        text_add(text, "%s\n", _(role));
    }
}

static void copy_lines(char *buffer, size_t size, struct text *lines, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const char *line = lines[i].start;
        char gap[64] = "";
        if (count > MOST_ROWS && i == FIRST_ROWS) {
            snprintf(gap, sizeof gap, _("⋮ %zu rows left out\n"), count - MOST_ROWS);
            line = gap;
        } else if (count > MOST_ROWS && i > FIRST_ROWS && i < count - (MOST_ROWS - FIRST_ROWS)) {
            continue;
        }
        size_t length = strlen(line);
        if (used + length >= size)
            break;
        memcpy(buffer + used, line, length + 1);
        used += length;
    }
}

void picture_draw(const struct row *rows, size_t count, const char *role, size_t columns,
                  char *buffer, size_t size)
{
    struct picture picture = {
        .rows = rows, .count = count, .program_is_left = strcmp(role, "client") == 0};
    size_t room = count * 2 + 8;
    struct text *lines = calloc(room, sizeof *lines);
    buffer[0] = '\0';
    if (lines != NULL && count > 0) {
        lay_out(&picture, role, columns);
        draw_heading(&lines[0], &picture, role);
        size_t drawn = 1 + draw_rows(lines + 1, room - 1, &picture);
        copy_lines(buffer, size, lines, drawn);
    }
    for (size_t i = 0; lines != NULL && i < room; i++)
        text_free(&lines[i]);
    free(lines);
}
