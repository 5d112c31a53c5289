#include "grader/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Makes room for MORE bytes and the zero after them. abort() rather than exit(): an exit status
   could be taken for a verdict. */
static void make_room(struct text *text, size_t more)
{
    size_t needed = text->length + more + 1;
    if (needed <= text->capacity)
        return;

    size_t capacity = 2 * text->capacity > needed ? 2 * text->capacity : needed + 62;
    char *start = realloc(text->start, capacity);
    if (!start) {
        fputs("grader: out of memory\n", stderr);
        abort();
    }
    text->start = start;
    text->capacity = capacity;
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length <= 0)
        return;

    make_room(text, (size_t)length);
    va_start(arguments, format);
    vsnprintf(text->start + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    if (length == 0)
        return;
    make_room(text, length);
    memcpy(text->start + text->length, bytes, length);
    text->length += length;
    text->start[text->length] = '\0';
}

const char *text_plural(size_t count, const char *one, const char *many)
{
    const char *translated = _(one);
    if (translated != one)
        return translated;
    return count == 1 ? one : many;
}

void text_free(struct text *text)
{
    free(text->start);
    *text = (struct text){0};
}

bool text_read(struct text *text, int fd, size_t limit)
{
    char piece[4096];
    for (size_t left = limit; left > 0;) {
        ssize_t count = read(fd, piece, left < sizeof piece ? left : sizeof piece);
        if (count == -1 && errno != EINTR)
            return false;
        if (count == 0)
            return true;
        if (count > 0) {
            text_add_bytes(text, piece, (size_t)count);
            left -= (size_t)count;
        }
    }
    return true;
}

bool text_write(const struct text *text, int fd)
{
    for (size_t done = 0; done < text->length;) {
        ssize_t count = write(fd, text->start + done, text->length - done);
        if (count == -1 && errno != EINTR)
            return false;
        if (count > 0)
            done += (size_t)count;
    }
    return true;
}

/* Of the LENGTH (at least 1) bytes at START: how many make up the first character, and in *CODE
   which it is. 0 if they do not begin with a whole, shortest-form UTF-8 character. */
static size_t decode(const unsigned char *start, size_t length, uint32_t *code)
{
    /* The first number each length is for: anything below it is an overlong form. */
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = start[0];
    size_t size = first < 0x80             ? 1
                  : (first & 0xE0) == 0xC0 ? 2
                  : (first & 0xF0) == 0xE0 ? 3
                  : (first & 0xF8) == 0xF0 ? 4
                                           : 0;
    if (size == 0 || size > length)
        return 0;

    uint32_t value = size == 1 ? first : first & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((start[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (start[i] & 0x3Fu);
    }
    if (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code = value;
    return size;
}

/* Characters that hide or reorder what is seen: those of Unicode 15 that are format characters (Cf)
   or have the property Default_Ignorable_Code_Point. */
static bool is_unseen(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } unseen[] = {
        {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x0600, 0x0605},   {0x061C, 0x061C},
        {0x06DD, 0x06DD},   {0x070F, 0x070F},   {0x0890, 0x0891},   {0x08E2, 0x08E2},
        {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},
        {0x202A, 0x202E},   {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},
        {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0x110BD, 0x110BD},
        {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
        {0xE0000, 0xE0FFF},
    };
    for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++)
        if (code >= unseen[i].first && code <= unseen[i].last)
            return true;
    return false;
}

/* May CODE reach a person's terminal, a JSON file and an XML file as it is? */
static bool is_harmless(uint32_t code)
{
    bool control = code < 0x20 || (code >= 0x7F && code <= 0x9F);
    bool separator = code == 0x2028 || code == 0x2029;
    bool no_character = (code & 0xFFFE) == 0xFFFE; /* XML has no way to write U+FFFE */
    return !control && !separator && !is_unseen(code) && !no_character;
}

static void add_escaped(struct text *text, unsigned char byte)
{
    switch (byte) {
    case '\n':
        text_add(text, "\\n");
        break;
    case '\r':
        text_add(text, "\\r");
        break;
    case '\t':
        text_add(text, "\\t");
        break;
    case '\0':
        text_add(text, "\\0");
        break;
    case '\033':
        text_add(text, "\\e");
        break;
    default:
        text_add(text, "\\x%02x", byte);
    }
}

void text_harmless(struct text *text, const char *bytes, size_t length, size_t limit,
                   bool keep_newlines)
{
    const unsigned char *start = (const unsigned char *)bytes;
    size_t done = 0;
    while (done < length) {
        uint32_t code = 0;
        size_t size = decode(start + done, length - done, &code);
        bool keep = size > 0 && (is_harmless(code) || (keep_newlines && code == '\n'));
        if (size == 0)
            size = 1;
        if (done >= limit || size > limit - done) /* a character is never cut in two */
            break;

        if (keep)
            text_add_bytes(text, bytes + done, size);
        else
            for (size_t i = 0; i < size; i++)
                add_escaped(text, start[done + i]);
        done += size;
    }

    size_t left = length - done;
    if (left > 0)
        text_add(text, _("… (%zu more byte%s)"), left, left == 1 ? "" : "s");
}

/* ---- lines ---- */

/* Does CODE take two columns of a terminal? Those of Unicode 15 that are wide or fullwidth. */
static bool is_wide(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } wide[] = {
        {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},
        {0x4E00, 0xA4CF},   {0xA960, 0xA97C},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
        {0xFE10, 0xFE19},   {0xFE30, 0xFE6B},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},
        {0x16FE0, 0x18CFF}, {0x1AFF0, 0x1B2FF}, {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF},
        {0x20000, 0x3FFFD},
    };
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (code >= wide[i].first && code <= wide[i].last)
            return true;
    return false;
}

/* The character at AT, of the LENGTH (at least 1) bytes there: how many it has, in *CODE which it
   is, and in *COLUMNS how many it takes. */
static size_t next_character(const char *at, size_t length, uint32_t *code, size_t *columns)
{
    size_t size = decode((const unsigned char *)at, length, code);
    if (size == 0) { /* a stray byte; those that only continue a character count for nothing */
        *code = 0;
        *columns = ((unsigned char)*at & 0xC0) != 0x80;
        return 1;
    }
    *columns = is_wide(*code) ? 2 : 1;
    return size;
}

/* May a line end between the characters BEFORE and CODE? Around wide ones, but for punctuation that
   belongs to its neighbour. */
static bool is_break(uint32_t before, uint32_t code)
{
    static const uint32_t opening[] = {0x201C, 0x300A, 0x3010, 0xFF08, 0};
    static const uint32_t closing[] = {0x201D, 0x2026, 0x3001, 0x3002, 0x300B, 0x3011, 0xFF01,
                                       0xFF09, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF1F, 0};
    if ((!is_wide(before) && !is_wide(code)) || before == '(' || before == '`' || before == '"')
        return false;
    for (size_t i = 0; opening[i] != 0; i++)
        if (before == opening[i])
            return false;
    for (size_t i = 0; closing[i] != 0; i++)
        if (code == closing[i])
            return false;
    return code < 0x80 ? isalnum((int)code) || code == '`' || code == '(' : true;
}

/* How many of the LENGTH bytes at LINE go before the break when at most MOST columns fit: up to a
   space, or around a wide character, if there is one; else all that fit of a word too long for any
   line. */
static size_t bytes_that_fit(const char *line, size_t length, size_t most)
{
    size_t columns = 0, last = 0, i = 0;
    uint32_t before = ' ';
    while (i < length) {
        uint32_t code;
        size_t wide;
        size_t size = next_character(line + i, length - i, &code, &wide);
        if (code == ' ' || (i > 0 && is_break(before, code)))
            last = i;
        if (columns + wide > most)
            return last > 0 ? last : i;
        columns += wide;
        before = code;
        i += size;
    }
    return length;
}

static void wrap_line(struct text *text, const char *line, size_t length, size_t columns,
                      size_t indent)
{
    if (length > 0 && line[0] == ' ')
        columns = SIZE_MAX;
    do {
        size_t now = bytes_that_fit(line, length, columns);
        if (now > 0)
            text_add(text, "%*s", (int)indent, "");
        size_t shown = now;
        while (shown < length && shown > 0 && line[shown - 1] == ' ') /* two spaces at the break */
            shown--;
        text_add_bytes(text, line, shown);
        text_add_bytes(text, "\n", 1);
        while (now < length && line[now] == ' ')
            now++;
        line += now;
        length -= now;
    } while (length > 0);
}

void text_wrap(struct text *text, const char *string, size_t width, size_t indent)
{
    size_t columns = width > indent ? width - indent : 1;
    while (*string) {
        size_t length = strcspn(string, "\n");
        wrap_line(text, string, length, columns, indent);
        string += length;
        if (*string == '\n')
            string++;
    }
}

size_t text_columns_of(const char *bytes, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t wide;
        i += next_character(bytes + i, length - i, &code, &wide);
        columns += wide;
    }
    return columns;
}

size_t text_columns(const char *string)
{
    return text_columns_of(string, strlen(string));
}

const char *text_behind(const char *string, size_t columns)
{
    size_t length = strlen(string);
    size_t i = 0;
    while (i < length) {
        uint32_t code;
        size_t wide;
        size_t size = next_character(string + i, length - i, &code, &wide);
        if (wide > columns)
            break;
        columns -= wide;
        i += size;
    }
    return string + i;
}

void text_quote(struct text *text, const char *bytes, size_t length, size_t limit)
{
    struct text harmless = {0};
    while (length > 0 && isspace((unsigned char)bytes[length - 1]))
        length--;
    text_harmless(&harmless, bytes, length, limit, true);
    text_add(text, "\n  ");
    for (const char *at = harmless.start; at != NULL && *at != '\0'; at++)
        text_add(text, *at == '\n' ? "\n  " : "%c", *at);
    text_free(&harmless);
}

bool has_line(const struct text *text, const char *line)
{
    size_t length = strlen(line);
    const char *end = text->start + text->length;
    for (const char *at = text->start;
         at != NULL && (at = memmem(at, (size_t)(end - at), line, length)) != NULL; at++)
        if ((at == text->start || at[-1] == '\n') && at[length] == '\n')
            return true;
    return false;
}

bool has_words(const struct text *text, const char *words)
{
    return text->start != NULL && memmem(text->start, text->length, words, strlen(words)) != NULL;
}
