#include "class/collect.h"

#include "class/unpack.h"
#include "grade/take.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MOST_LIST_BYTES = 64 << 20,
    MOST_IN_PLACE = 20000, /* names below one folder of the class */
};

struct walk {
    struct entries *entries;
    struct text *notes;
    size_t names; /* so many more may be looked at */
    struct stat results;
};

static bool is_results(const struct walk *walk, const struct stat *status)
{
    return walk->results.st_ino != 0 && walk->results.st_ino == status->st_ino &&
           walk->results.st_dev == status->st_dev;
}

static void unpack_file(const struct walk *walk, int folder, const char *name, const char *path)
{
    int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file == -1)
        note(walk->notes, path, strerror(errno));
    else if (archive_stem(last_part(path)) == 0)
        note(walk->notes, path,
             "is an archive of another kind than zip and tar: unpack it by hand");
    else
        unpack(walk->entries, file, path, walk->notes);
    if (file != -1)
        close(file);
}

/* Keeps what stands on PATH. Who has a hidden folder that no platform made is a student only by
   what a lab may need: of anything else there, nothing is kept. */
static void keep(const struct walk *walk, const char *path, enum entry_kind kind, int64_t modified,
                 struct text bytes)
{
    if (!in_hidden_folder(path) || kind == ENTRY_FILE || kind == ENTRY_ARCHIVE)
        entries_add(walk->entries, path, kind, modified, bytes);
    else
        text_free(&bytes);
}

static void add_file(const struct walk *walk, int folder, const char *name, const char *path,
                     int64_t modified)
{
    enum entry_kind kind;
    struct text bytes = {0};
    if (!kind_of_file(path, &kind))
        return;
    size_t most = kind == ENTRY_LIST ? MOST_LIST_BYTES : MOST_FILE_BYTES;
    if ((kind == ENTRY_FILE || kind == ENTRY_LIST) &&
        !read_plain_file(folder, name, most, &bytes)) {
        note(walk->notes, path, errno == EFBIG ? "is too large, and is left out" : strerror(errno));
        text_free(&bytes);
        return;
    }
    keep(walk, path, kind, modified, bytes);
    if (kind == ENTRY_ARCHIVE)
        unpack_file(walk, folder, name, path);
}

static void walk_folder(struct walk *walk, int folder, const char *path, int depth);

static bool holds_results(int folder)
{
    struct stat jobs;
    return fstatat(folder, ".jobs", &jobs, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(jobs.st_mode);
}

/* PATH, in FOLDER as NAME, is a folder. */
static void enter(struct walk *walk, int folder, const char *name, const char *path, int depth,
                  const struct stat *status)
{
    if (is_results(walk, status))
        return;
    int below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below != -1 && depth == 0 && holds_results(below)) {
        note(walk->notes, path, "holds results of a grading (.jobs), and is left out");
        close(below);
        return;
    }
    keep(walk, path, ENTRY_FOLDER, status->st_mtim.tv_sec, (struct text){0});
    if (below == -1)
        note(walk->notes, path, strerror(errno));
    else
        walk_folder(walk, below, path, depth + 1);
}

static void look_at(struct walk *walk, int folder, const char *name, const char *path, int depth)
{
    struct stat status;
    enum entry_kind kind;
    bool hidden = !kind_of_file(path, &kind);
    if (hidden && (depth > 0 || !may_be_student(name, strlen(name))))
        return;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == -1) {
        note(walk->notes, path, strerror(errno));
    } else if (S_ISREG(status.st_mode)) {
        add_file(walk, folder, name, path, status.st_mtim.tv_sec);
    } else if (S_ISDIR(status.st_mode)) {
        enter(walk, folder, name, path, depth, &status);
    } else if (hidden) {
        return; /* only a folder may be a student's */
    } else if (kind != ENTRY_OTHER) {
        note(walk->notes, path,
             S_ISLNK(status.st_mode) ? "is a link, and is left out"
                                     : "is not a regular file, and is left out");
    } else if (S_ISLNK(status.st_mode) && depth == 0) {
        note(walk->notes, path, "is a link, and is left out");
    }
}

/* Closes FOLDER. */
static void walk_folder(struct walk *walk, int folder, const char *path, int depth)
{
    char below[MOST_PATH];
    struct dirent *entry;
    DIR *names = fdopendir(folder);
    if (names == NULL || depth > MOST_DEPTH) {
        note(walk->notes, path, names == NULL ? strerror(errno) : "is too deep, and is left out");
        names != NULL ? closedir(names) : close(folder);
        return;
    }
    while ((entry = readdir(names)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (depth == 0)
            walk->names = MOST_IN_PLACE; /* one student's names cost no other's */
        if (walk->names == 0) {
            note(walk->notes, path, "holds too much: the rest of it is left out");
            break;
        }
        walk->names--;
        if (snprintf(below, sizeof below, "%s%s%s", path, depth > 0 ? "/" : "", entry->d_name) <
            (int)sizeof below)
            look_at(walk, folder, entry->d_name, below, depth);
        else
            note(walk->notes, path, "holds a name that is too long: it is left out");
    }
    closedir(names);
}

/* What is wrong with CLASS, which FILE is open on (-1: it could not be opened); NULL: nothing. */
static const char *wrong_class(const struct walk *walk, int file, const struct stat *status)
{
    if (file == -1)
        return strerror(errno);
    if (is_results(walk, status))
        return "the results cannot go into the folder of the submissions itself: name another one "
               "with OUT=DIR";
    if (S_ISDIR(status->st_mode) && holds_results(file))
        return "this folder holds the results of a grading, and no submissions";
    return NULL;
}

bool collect(struct entries *entries, const char *class, const char *results, struct text *notes)
{
    struct walk walk = {.entries = entries, .notes = notes, .names = MOST_IN_PLACE};
    struct stat status = {0};
    int file = open(class, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file != -1 && fstat(file, &status) == -1) {
        close(file);
        file = -1;
    }
    if (results == NULL || stat(results, &walk.results) == -1)
        walk.results = (struct stat){0};
    const char *wrong = wrong_class(&walk, file, &status);
    if (wrong != NULL) {
        struct text name = {0};
        text_harmless(&name, class, strlen(class), 300, false);
        fprintf(stderr, "class: CLASS=%s: %s\n", name.start, wrong);
        text_free(&name);
        if (file != -1)
            close(file);
        return false;
    }
    if (S_ISDIR(status.st_mode)) {
        walk_folder(&walk, file, "", 0);
    } else {
        unpack(entries, file, last_part(class), notes);
        close(file);
    }
    entries_sort(entries);
    return true;
}
