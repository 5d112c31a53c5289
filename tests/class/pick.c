/* Which of the files that a student handed in are graded as which lab. */
#include "class/roll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_GROUPS = 64 };

/* Files that stand in the same folder, or in the same archive. */
struct group {
    const struct handed **files;
    size_t count;
    const char *folder; /* their path up to the last slash */
    size_t length;
    int lab;  /* 1 to 5; 0: it cannot be told */
    int rank; /* what is meant rather: the lower */
    int64_t modified;
};

/* ---- groups ---- */

static size_t folder_length(const struct handed *handed)
{
    return (size_t)(last_part(handed->entry->path) - handed->entry->path);
}

/* Of two files with one name in one place, the later counts. */
static bool is_newer(const struct handed *one, const struct handed *other)
{
    if (one->number != other->number)
        return one->number > other->number;
    return one->entry->modified > other->entry->modified;
}

static void group_add(struct group *group, const struct handed *handed)
{
    if (handed->entry->modified > group->modified)
        group->modified = handed->entry->modified;
    for (size_t i = 0; i < group->count; i++)
        if (strcmp(group->files[i]->name, handed->name) == 0) {
            if (is_newer(handed, group->files[i]))
                group->files[i] = handed;
            return;
        }
    group->files = reallocarray(group->files, group->count + 1, sizeof(struct handed *));
    if (group->files == NULL)
        abort();
    group->files[group->count++] = handed;
}

static size_t make_groups(struct group *groups, const struct student *student, struct text *notes)
{
    size_t count = 0;
    for (size_t i = 0; i < student->count; i++) {
        const struct handed *handed = &student->files[i];
        size_t length = folder_length(handed);
        size_t at = 0;
        while (at < count && (groups[at].length != length ||
                              strncmp(groups[at].folder, handed->entry->path, length) != 0))
            at++;
        if (at == MOST_GROUPS) {
            note(notes, handed->entry->path, "is one of too many folders, and is left out");
            continue;
        }
        if (at == count)
            groups[count++] = (struct group){.folder = handed->entry->path, .length = length};
        group_add(&groups[at], handed);
    }
    return count;
}

static bool group_holds(const struct group *group, const char *stem)
{
    for (size_t i = 0; i < group->count; i++) {
        const char *name = group->files[i]->name;
        size_t length = strlen(stem);
        if (strncmp(name, stem, length) == 0 && strcmp(name + length, ".c") == 0)
            return true;
    }
    return false;
}

static size_t count_held(const struct group *group, const struct lab_files *lab)
{
    size_t held = 0;
    for (size_t i = 0; i < count_names(lab->written); i++)
        held += group_holds(group, lab->written[i]);
    return held;
}

/* ---- which lab ---- */

/* How many labs have a file called STEM. */
static size_t count_labs_with(const char *stem, const bool *asked)
{
    size_t labs = 0;
    for (size_t lab = 0; lab < LABS; lab++)
        for (size_t i = 0; i < count_names(all_labs[lab].written); i++)
            labs += (asked == NULL || asked[lab]) && strcmp(all_labs[lab].written[i], stem) == 0;
    return labs;
}

/* May all of GROUP be of LAB? All its own files are there, or one that no other lab asked for has,
   and none that is another lab's alone. */
static bool may_be(const struct group *group, size_t lab, const bool *asked)
{
    size_t all = count_names(all_labs[lab].written);
    bool own = all > 1 && count_held(group, &all_labs[lab]) == all;
    for (size_t i = 0; i < all; i++)
        own |= group_holds(group, all_labs[lab].written[i]) &&
               count_labs_with(all_labs[lab].written[i], asked) == 1;
    return own && asked[lab];
}

/* Says what PATH's folders say: the lab, and how likely the folder is meant. */
static void read_folders(struct group *group, const char *inside)
{
    static const char *const least[] = {"solutions", "tests", "build", "starters"};
    group->rank = 1;
    for (const char *part = inside; strchr(part, '/') != NULL;) {
        size_t length = strcspn(part, "/");
        int lab = lab_named(part, length);
        if (lab != 0)
            group->lab = lab;
        if (length == 4 && strncmp(part, "labs", 4) == 0 && group->rank == 1)
            group->rank = 0;
        for (size_t i = 0; i < sizeof least / sizeof least[0]; i++)
            if (strlen(least[i]) == length && strncmp(least[i], part, length) == 0)
                group->rank = 2;
        part += length + 1;
    }
}

/* Is GROUP all of LAB's files, several, and no other lab's? */
static bool is_exactly(const struct group *group, size_t lab)
{
    size_t all = count_names(all_labs[lab].written);
    size_t sources = 0;
    for (size_t i = 0; i < group->count; i++)
        sources += group->files[i]->name[strlen(group->files[i]->name) - 1] == 'c';
    return all > 1 && sources == all && count_held(group, &all_labs[lab]) == all;
}

/* What is wrong with loose files that may be of LABS labs. */
static void note_unclear(const struct group *group, size_t labs, struct text *notes)
{
    struct text where = {0};
    text_add_bytes(&where, group->folder, group->length);
    text_add(&where, "%s", last_part(group->files[0]->entry->path));
    note(notes, where.start,
         labs == 0 ? "may be of several labs, so it is not graded: name one (LABS=3)"
                   : "and the files beside it may be of several labs, so they are not graded: name "
                     "one (LABS=3), or part them into folders 1-echo, 2-chat …");
    text_free(&where);
}

static void tell_lab(struct group *group, const bool *asked, struct text *notes)
{
    size_t labs = 0;
    size_t own = 0;
    int may = 0;
    read_folders(group, group->files[0]->inside);
    if (group->lab != 0)
        return;
    for (size_t lab = 0; lab < LABS; lab++) {
        own += asked[lab] ? count_held(group, &all_labs[lab]) : 0;
        if (asked[lab] && is_exactly(group, lab)) {
            group->lab = (int)lab + 1;
            return;
        }
        if (may_be(group, lab, asked)) {
            labs++;
            may = (int)lab + 1;
        }
    }
    if (labs == 1)
        group->lab = may;
    else if (own > 0)
        note_unclear(group, labs, notes);
}

/* ---- which of several ---- */

/* Would the same be graded? */
static bool are_same(const struct group *one, const struct group *other)
{
    if (one->count != other->count)
        return false;
    for (size_t i = 0; i < one->count; i++) {
        const struct text *left = &one->files[i]->entry->bytes;
        bool found = false;
        for (size_t j = 0; j < other->count; j++) {
            const struct text *right = &other->files[j]->entry->bytes;
            found |= strcmp(one->files[i]->name, other->files[j]->name) == 0 &&
                     left->length == right->length &&
                     (left->length == 0 || memcmp(left->start, right->start, left->length) == 0);
        }
        if (!found)
            return false;
    }
    return true;
}

/* Below 0: ONE is to be taken rather than OTHER; 0: it cannot be told. */
static int compare(const struct group *one, const struct group *other, const struct lab_files *lab)
{
    size_t all = count_names(lab->written);
    int whole = (count_held(other, lab) == all) - (count_held(one, lab) == all);
    if (one->rank != other->rank)
        return one->rank - other->rank;
    if (whole != 0)
        return whole;
    return (one->modified < other->modified) - (one->modified > other->modified);
}

static void note_group(const struct group *group, const char *what, struct text *notes)
{
    struct text where = {0};
    text_add_bytes(&where, group->folder, group->length);
    note(notes, where.start != NULL ? where.start : "", what);
    text_free(&where);
}

static const struct group *choose(const struct group *groups, size_t count, size_t lab,
                                  struct text *notes)
{
    const struct lab_files *files = &all_labs[lab];
    const struct group *best = NULL;
    for (size_t i = 0; i < count; i++)
        if (groups[i].lab == (int)lab + 1 && count_held(&groups[i], files) > 0 &&
            (best == NULL || compare(&groups[i], best, files) < 0))
            best = &groups[i];
    for (size_t i = 0; best != NULL && i < count; i++) {
        const struct group *other = &groups[i];
        if (other == best || other->lab != (int)lab + 1 || count_held(other, files) == 0 ||
            are_same(other, best))
            continue;
        if (compare(other, best, files) == 0) {
            note_group(other,
                       "is as new as another folder of the same lab, and different: none "
                       "of them is graded",
                       notes);
            return NULL;
        }
        note_group(other,
                   other->rank > best->rank ? "is not graded: another folder of the lab is meant"
                   : other->modified > best->modified
                       ? "is newer, but not complete: the complete one is graded"
                       : "is not graded: there is a newer one",
                   notes);
    }
    return best;
}

static void keep(struct picked *picked, const struct group *group, size_t lab)
{
    picked->files = calloc(group->count, sizeof(struct handed *));
    if (picked->files == NULL)
        abort();
    for (size_t i = 0; i < group->count; i++) {
        const struct handed *handed = group->files[i];
        size_t length = strlen(handed->name);
        bool mine = handed->name[length - 1] == 'h';
        for (size_t n = 0; n < count_names(all_labs[lab].written); n++) {
            const char *stem = all_labs[lab].written[n];
            mine |= strlen(stem) == length - 2 && strncmp(stem, handed->name, length - 2) == 0;
        }
        if (!mine)
            continue;
        picked->files[picked->count++] = handed;
        if (handed->entry->modified > picked->modified)
            picked->modified = handed->entry->modified;
    }
}

/* Says what a student handed in instead of a lab's files: it may only be named wrongly. */
static void note_others(const struct student *student, struct text *notes)
{
    struct text what = {0};
    if (student->count > 0 || student->others.length == 0)
        return;
    text_add(&what, "no file has a name that a lab asks for. There is: %s", student->others.start);
    note(notes, student->platform == CANVAS ? student->name : student->folder, what.start);
    text_free(&what);
}

void pick(struct roll *roll, const bool *asked, struct text *notes)
{
    for (size_t s = 0; s < roll->count; s++) {
        struct group groups[MOST_GROUPS];
        struct student *student = &roll->students[s];
        size_t count = make_groups(groups, student, notes);
        note_others(student, notes);
        for (size_t i = 0; i < count; i++)
            tell_lab(&groups[i], asked, notes);
        for (size_t lab = 0; lab < LABS; lab++) {
            const struct group *group = choose(groups, count, lab, notes);
            if (group != NULL)
                keep(&student->labs[lab], group, lab);
        }
        for (size_t i = 0; i < count; i++)
            free(groups[i].files);
    }
}
