#include "class/entries.h"

#include "class/gradescope.h"
#include "class/names.h"
#include "grade/labs.h"
#include "grade/take.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void entries_add(struct entries *entries, const char *path, enum entry_kind kind, int64_t modified,
                 struct text bytes)
{
    if (entries->count == entries->capacity) {
        entries->capacity = entries->capacity > 0 ? 2 * entries->capacity : 64;
        entries->list = reallocarray(entries->list, entries->capacity, sizeof entries->list[0]);
    }
    char *copy = strdup(path);
    if (entries->list == NULL || copy == NULL)
        abort();
    struct entry *entry = &entries->list[entries->count++];
    *entry = (struct entry){.kind = kind, .modified = modified, .bytes = bytes};
    entry->path = copy;
}

static int by_path(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    return strcmp(a->path, b->path);
}

void entries_sort(struct entries *entries)
{
    size_t kept = 0;
    if (entries->count > 0)
        qsort(entries->list, entries->count, sizeof entries->list[0], by_path);
    for (size_t i = 0; i < entries->count; i++) {
        struct entry *entry = &entries->list[i];
        if (kept > 0 && strcmp(entries->list[kept - 1].path, entry->path) == 0) {
            free(entry->path);
            text_free(&entry->bytes);
        } else {
            entries->list[kept++] = *entry;
        }
    }
    entries->count = kept;
}

void entries_free(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        free(entries->list[i].path);
        text_free(&entries->list[i].bytes);
    }
    free(entries->list);
    *entries = (struct entries){0};
}

/* ---- what names say ---- */

const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Does PART, of LENGTH bytes, begin as one of NAMES does? WHOLE: and end so, too. */
static bool is_one_of(const char *part, size_t length, const char *const *names, bool whole)
{
    for (; *names != NULL; names++) {
        size_t size = strlen(*names);
        if ((whole ? size == length : size <= length) && strncmp(*names, part, size) == 0)
            return true;
    }
    return false;
}

bool may_be_student(const char *name, size_t length)
{
    static const char *const tools[] = {".git", ".svn", ".hg", ".jobs", NULL};
    static const char *const kinds[] = {"._", ".Trash", ".snapshot", ".zfs", ".nfs", NULL};
    return !is_one_of(name, length, tools, true) && !is_one_of(name, length, kinds, false);
}

/* Did a platform make a folder called PART, of LENGTH bytes, for a student? */
static bool is_platforms(const char *part, size_t length)
{
    struct who who = {0};
    char *name = strndup(part, length);
    if (name == NULL)
        abort();
    bool known = who_is(name, false, &who) && who.platform != PLAIN;
    who_free(&who);
    free(name);
    return known;
}

bool in_hidden_folder(const char *path)
{
    return path[0] == '.' && !is_platforms(path, strcspn(path, "/"));
}

/* Has PATH a part that is hidden and no student's folder, or one that only macOS and Windows put
   there? */
static bool is_junk(const char *path)
{
    static const char *const names[] = {"__MACOSX", "Thumbs.db", "desktop.ini", NULL};
    for (const char *part = path; part != NULL;) {
        size_t length = strcspn(part, "/");
        bool first = part == path && part[length] == '/';
        if (part[0] == '.' &&
            !(may_be_student(part, length) && (first || is_platforms(part, length))))
            return true;
        if (is_one_of(part, length, names, true))
            return true;
        part = part[length] == '/' ? part + length + 1 : NULL;
    }
    return false;
}

static bool ends_with(const char *name, size_t length, const char *end)
{
    size_t size = strlen(end);
    return length > size && strncasecmp(name + length - size, end, size) == 0;
}

size_t archive_stem(const char *name)
{
    static const char *const ends[] = {".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar",
                                       ".tgz",    ".tbz2",    ".txz",    ".zip"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends_with(name, length, ends[i]))
            return length - strlen(ends[i]);
    return 0;
}

bool is_foreign_archive(const char *name)
{
    static const char *const ends[] = {".rar", ".7z", ".gz", ".bz2", ".xz", ".zst", ".lzh", ".iso"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends_with(name, strlen(name), ends[i]))
            return true;
    return false;
}

bool kind_of_file(const char *path, enum entry_kind *kind)
{
    char name[PLAIN_NAME];
    if (is_junk(path))
        return false;
    *kind = ENTRY_OTHER;
    if (archive_stem(last_part(path)) > 0 || is_foreign_archive(last_part(path)))
        *kind = ENTRY_ARCHIVE;
    else if (strcmp(last_part(path), GRADESCOPE_FILE) == 0)
        *kind = ENTRY_LIST;
    else if (written_name(path, name, sizeof name) != -1)
        *kind = ENTRY_FILE;
    return true;
}

/* Is NAME, of LENGTH bytes and without an ending, a file that some lab asks for? */
static bool is_written(const char *name, size_t length)
{
    for (size_t lab = 0; lab < LABS; lab++)
        for (size_t i = 0; i < count_names(all_labs[lab].written); i++)
            if (strlen(all_labs[lab].written[i]) == length &&
                strncmp(all_labs[lab].written[i], name, length) == 0)
                return true;
    return false;
}

/* The number at the end of NAME, of *LENGTH bytes: "-1" or " (1)"; *LENGTH is then without it. 0 if
   there is none. */
static int number_at_end(const char *name, size_t *length)
{
    size_t end = *length;
    bool in_brackets = end > 0 && name[end - 1] == ')';
    end -= in_brackets;
    size_t start = end;
    while (start > 0 && end - start < 6 && isdigit((unsigned char)name[start - 1]))
        start--;
    const char *before = in_brackets ? " (" : "-";
    size_t before_length = strlen(before);
    if (start == end || start <= before_length ||
        strncmp(name + start - before_length, before, before_length) != 0)
        return 0;
    *length = start - before_length;
    return (int)strtol(name + start, NULL, 10);
}

static bool is_plain(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isascii(name[i]) || (!isalnum((unsigned char)name[i]) && !strchr("_-", name[i])))
            return false;
    return length > 0;
}

/* The same for PART, which is no path and has nothing of a platform in it. */
static int read_name(const char *part, char *name, size_t size)
{
    size_t length = strlen(part);
    int number = 0;
    if (length < 3 || length + 1 >= size || length >= PLAIN_NAME || part[length - 2] != '.')
        return -1;
    size_t stem = length - 2;
    char ending = part[length - 1];
    if (ending == 'h' ? !is_plain(part, stem) : ending != 'c')
        return -1;
    if (ending == 'c' && !is_written(part, stem))
        number = number_at_end(part, &stem);
    if (ending == 'c' && !is_written(part, stem))
        return -1;
    snprintf(name, size, "%.*s.%c", (int)stem, part, ending);
    return number;
}

int written_name(const char *path, char *name, size_t size)
{
    struct who who = {0};
    const char *part = last_part(path);
    int number = read_name(who_is(part, true, &who) ? who.file : part, name, size);
    who_free(&who);
    return number;
}

void note(struct text *notes, const char *path, const char *what)
{
    struct text line = {0};
    text_harmless(&line, path, strlen(path), 300, false);
    text_add(&line, ": %s", what);
    if (!has_line(notes, line.start))
        text_add(notes, "%s\n", line.start);
    text_free(&line);
}
