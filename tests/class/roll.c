#include "class/roll.h"

#include "class/gradescope.h"
#include "grade/hash.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *bytes, size_t length)
{
    char *made = strndup(bytes, length);
    if (made == NULL)
        abort();
    return made;
}

/* ---- a folder too many ---- */

/* Where the students' names begin in the paths of all entries, LENGTH being where it was thought so
   far: a folder that holds all others is no student. */
static bool is_around_all(const struct entries *entries, size_t length, size_t *longer)
{
    const char *first = NULL;
    const char *child = NULL;
    size_t size = 0;
    bool several = false;
    for (size_t i = 0; i < entries->count; i++) {
        const char *at = entries->list[i].path + length;
        if (strlen(entries->list[i].path) < length)
            continue;
        if (first == NULL) {
            first = at;
            size = strcspn(at, "/");
        }
        if (strncmp(at, first, size) != 0 || (at[size] != '/' && at[size] != '\0'))
            return false;
        if (at[size] == '\0')
            continue;
        const char *below = at + size + 1;
        size_t below_size = strcspn(below, "/");
        struct who who;
        bool loose = below[below_size] == '\0' && entries->list[i].kind == ENTRY_FILE;
        if (loose && !who_is(below, true, &who))
            return false;
        if (loose)
            who_free(&who);
        if (lab_named(below, below_size) != 0 || strncmp(below, "labs/", 5) == 0 ||
            strncmp(below, "src/", 4) == 0)
            return false;
        several |= child != NULL && (strncmp(child, below, below_size) != 0 ||
                                     (child[below_size] != '/' && child[below_size] != '\0'));
        child = child != NULL ? child : below;
    }
    *longer = length + size + 1;
    return several;
}

static size_t find_students(const struct entries *entries, bool whole, struct text *notes)
{
    size_t length = 0;
    size_t longer = 0;
    if (whole && entries->count > 0)
        length = strcspn(entries->list[0].path, "/") + 1;
    while (entries->count > 0 && is_around_all(entries, length, &longer)) {
        struct text folder = {0};
        const char *path = entries->list[entries->count - 1].path;
        text_add_bytes(&folder, path, longer - 1);
        note(notes, folder.start, "holds everything, so the students are taken to be in it");
        text_free(&folder);
        length = longer;
    }
    return length;
}

/* ---- students ---- */

/* A name for files: ASCII letters and digits of NAME, and what tells it from all others. */
static char *plain_name(const char *name, const char *key)
{
    char *plain = NULL;
    char short_name[33];
    size_t length = 0;
    struct text text = {0};
    for (const char *at = name; *at != '\0' && length + 1 < sizeof short_name; at++)
        if (isascii(*at) && isalnum((unsigned char)*at))
            short_name[length++] = *at;
        else if (length > 0 && short_name[length - 1] != '-')
            short_name[length++] = '-';
    short_name[length] = '\0';
    text_add(&text, "%s", key);
    if (asprintf(&plain, "%s%s%08llx", short_name,
                 length == 0 || short_name[length - 1] == '-' ? "" : "-",
                 (unsigned long long)hash_of(&text) & 0xffffffffU) == -1)
        abort();
    text_free(&text);
    return plain;
}

static struct student *student_of(struct roll *roll, const struct who *who, const char *folder)
{
    char *key = NULL;
    if (asprintf(&key, "%d %s", who->platform, who->id[0] != '\0' ? who->id : who->name) == -1)
        abort();
    for (size_t i = 0; i < roll->count; i++)
        if (strcmp(roll->students[i].key, key) == 0) {
            free(key);
            return &roll->students[i];
        }
    roll->students = reallocarray(roll->students, roll->count + 1, sizeof roll->students[0]);
    if (roll->students == NULL)
        abort();
    struct student *student = &roll->students[roll->count++];
    *student = (struct student){.key = key,
                                .plain = plain_name(who->name, key),
                                .name = copy(who->name, strlen(who->name)),
                                .folder = copy(folder, strlen(folder)),
                                .id = copy(who->id, strlen(who->id)),
                                .email = copy("", 0),
                                .platform = who->platform};
    return student;
}

static void add_file(struct student *student, const struct entry *entry, const char *inside)
{
    struct handed handed = {.entry = entry, .inside = inside};
    handed.number = written_name(entry->path, handed.name, sizeof handed.name);
    if (handed.number == -1)
        return;
    student->files = reallocarray(student->files, student->count + 1, sizeof student->files[0]);
    if (student->files == NULL)
        abort();
    student->files[student->count++] = handed;
}

/* Keeps the name of a file that no lab needs, for who handed in nothing else. */
static void add_other(struct student *student, const char *name)
{
    enum { MOST_NAMES = 4, MOST_NAME = 60 };
    if (++student->other_count > MOST_NAMES + 1)
        return;
    text_add(&student->others, "%s", student->other_count > 1 ? ", " : "");
    if (student->other_count > MOST_NAMES)
        text_add(&student->others, "…");
    else
        text_harmless(&student->others, name, strlen(name), MOST_NAME, false);
}

/* The entry's first part names a student, and the rest is what he or she handed in. */
static void add_entry(struct roll *roll, const struct entry *entry, size_t start,
                      struct text *notes)
{
    struct who who;
    const char *at = entry->path + start;
    size_t size = strcspn(at, "/");
    bool loose = at[size] == '\0' && entry->kind != ENTRY_FOLDER;
    char *first = copy(at, size);
    size_t stem = archive_stem(first);
    bool known = who_is(first, loose || stem > 0, &who);
    if (!known && stem > 0) { /* an archive is as good as a folder */
        first[stem] = '\0';
        known = who_is(first, false, &who);
    }
    if (!known && entry->kind == ENTRY_FILE)
        note(notes, entry->path,
             "is in no student's folder, and no name of a student is in its own");
    if (known) {
        struct student *student = student_of(roll, &who, first);
        student->late |= who.late;
        if (entry->kind == ENTRY_FILE)
            add_file(student, entry,
                     loose ? last_part(entry->path)
                     /* Canvas's archive has a name of the student's own, which may be a lab's. */
                     : who.file[0] != '\0' ? at + size - strlen(who.file)
                                           : at + size + 1);
        if (entry->kind == ENTRY_OTHER)
            add_other(student, last_part(entry->path));
        who_free(&who);
    }
    free(first);
}

/* Gives the students of Gradescope the names, numbers and times that its list has for their
   folders. LIST stands beside these; one that a student handed in does not. */
static void read_list(struct roll *roll, const struct entry *list)
{
    for (size_t i = 0; i < roll->count; i++) {
        struct student *student = &roll->students[i];
        struct gradescope found;
        if (gradescope_find(&found, &list->bytes, student->folder)) {
            char **const places[] = {&student->name, &student->id, &student->email};
            const struct text *const texts[] = {&found.names, &found.id, &found.email};
            for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
                free(*places[t]);
                *places[t] = copy(texts[t]->start != NULL ? texts[t]->start : "", texts[t]->length);
            }
            student->platform = GRADESCOPE;
            student->handed_in = found.handed_in;
        }
        gradescope_free(&found);
    }
}

static int by_key(const void *left, const void *right)
{
    const struct student *a = left;
    const struct student *b = right;
    return strcmp(a->key, b->key);
}

/* Two names may give the same name for files: the second one gets more. */
static void tell_apart(struct roll *roll)
{
    for (size_t i = 1; i < roll->count; i++)
        for (size_t before = 0; before < i; before++) {
            if (strcmp(roll->students[i].name, roll->students[before].name) == 0)
                roll->students[i].namesake = roll->students[before].namesake = true;
            if (strcmp(roll->students[i].plain, roll->students[before].plain) == 0) {
                char *longer = NULL;
                if (asprintf(&longer, "%s-%zu", roll->students[i].plain, i) == -1)
                    abort();
                free(roll->students[i].plain);
                roll->students[i].plain = longer;
            }
        }
}

void roll_call(struct roll *roll, const struct entries *entries, bool whole, struct text *notes)
{
    size_t start = find_students(entries, whole, notes);
    for (size_t i = 0; i < entries->count; i++)
        if (strlen(entries->list[i].path) > start)
            add_entry(roll, &entries->list[i], start, notes);
    for (size_t i = 0; i < entries->count; i++)
        if (entries->list[i].kind == ENTRY_LIST && strlen(entries->list[i].path) > start &&
            strcmp(entries->list[i].path + start, GRADESCOPE_FILE) == 0)
            read_list(roll, &entries->list[i]);
    if (roll->count > 0)
        qsort(roll->students, roll->count, sizeof roll->students[0], by_key);
    tell_apart(roll);
}

void roll_free(struct roll *roll)
{
    for (size_t i = 0; i < roll->count; i++) {
        struct student *student = &roll->students[i];
        char *const strings[] = {student->key,    student->plain, student->name,
                                 student->folder, student->id,    student->email};
        for (size_t s = 0; s < sizeof strings / sizeof strings[0]; s++)
            free(strings[s]);
        for (size_t lab = 0; lab < LABS; lab++)
            free(student->labs[lab].files);
        free(student->files);
        text_free(&student->others);
    }
    free(roll->students);
    *roll = (struct roll){0};
}
