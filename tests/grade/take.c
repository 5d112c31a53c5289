#include "grade/take.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MOST_BYTES = 1 << 20, /* of a file */
    MOST_ENTRIES = 1000,  /* of a folder, that are looked at */
    DEEPEST = 2,          /* so many folders down the lab may stand */
};

static int open_folder(int folder, const char *name)
{
    return openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_there(int folder, const char *name)
{
    struct stat status;
    return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- where the lab stands ---- */

/* What is looked for, and what was found so far. */
struct search {
    const struct lab_files *lab;
    int found;           /* the lab's folder; -1: none yet */
    size_t candidates;   /* how many there were */
    struct text *places; /* and where, for people */
};

static bool holds_loose_files(const struct search *search, int folder)
{
    char name[PLAIN_NAME];
    for (size_t i = 0; i < count_names(search->lab->written); i++) {
        snprintf(name, sizeof name, "%s.c", search->lab->written[i]);
        if (is_there(folder, name))
            return true;
    }
    return false;
}

/* The lab's folder if FOLDER is it or holds it; else -1. */
static int lab_folder_in(const struct search *search, int folder)
{
    int inside = open_folder(folder, search->lab->name);
    if (inside != -1)
        return inside;
    return holds_loose_files(search, folder) ? dup(folder) : -1;
}

/* Folders that are never meant: hidden ones, what macOS adds to archives, and other labs'. */
static bool is_out_of_question(const char *name)
{
    bool out = name[0] == '.' || strcmp(name, "__MACOSX") == 0;
    for (size_t i = 0; i < LABS; i++)
        out |= strcmp(name, all_labs[i].name) == 0;
    return out;
}

static void found(struct search *search, int folder, const char *name)
{
    text_add(search->places, search->candidates == 0 ? "" : ", ");
    text_harmless(search->places, name, strlen(name), 80, false);
    if (search->candidates++ == 0)
        search->found = folder;
    else
        close(folder);
}

/* Looks into the folders of FOLDER, and if none of them is it or holds it, into theirs. A folder
   called "labs" is meant before all others: a whole kit holds solutions as well. */
static void search_below(struct search *search, int folder, int depth)
{
    int labs_folder = open_folder(folder, "labs");
    int inside = labs_folder == -1 ? -1 : lab_folder_in(search, labs_folder);
    if (labs_folder != -1)
        close(labs_folder);
    if (inside != -1) {
        found(search, inside, "labs");
        return;
    }
    for (int level = depth; level <= DEEPEST && search->candidates == 0; level++) {
        int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *entries = copy == -1 ? NULL : fdopendir(copy);
        struct dirent *entry;
        for (int i = 0; entries != NULL && i < MOST_ENTRIES && (entry = readdir(entries)); i++) {
            int below = is_out_of_question(entry->d_name) ? -1 : open_folder(folder, entry->d_name);
            if (below == -1)
                continue;
            if (level > depth)
                search_below(search, below, DEEPEST);
            else if ((inside = lab_folder_in(search, below)) != -1)
                found(search, inside, entry->d_name);
            close(below);
        }
        if (entries != NULL)
            closedir(entries);
    }
}

static int find_lab(const char *tree, const struct lab_files *lab, struct text *why)
{
    struct text places = {0};
    struct search search = {.lab = lab, .found = -1, .places = &places};
    int folder =
        open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* a link is as good: it was named */
    if (folder == -1) {
        text_add(why, _("There is no folder "));
        text_harmless(why, tree, strlen(tree), 200, false);
        text_add(why, _(" to grade (%s).\n"), strerror(errno));
        return -1;
    }
    search.found = lab_folder_in(&search, folder);
    if (search.found == -1)
        search_below(&search, folder, 1);
    close(folder);
    if (search.candidates > 1) {
        text_add(why, _("More than one folder could be meant: %s. Name the one to grade.\n"),
                 places.start);
        close(search.found);
        search.found = -1;
    } else if (search.found == -1) {
        text_add(why, _("There is no lab %s in "), lab->name);
        text_harmless(why, tree, strlen(tree), 200, false);
        text_add(why, _(": no folder of that name, and no file %s.c.\n"), lab->written[0]);
    }
    text_free(&places);
    return search.found;
}

/* ---- its files ---- */

bool read_plain_file(int folder, const char *name, size_t most, struct text *bytes)
{
    int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    if (file == -1)
        return false;
    int error = 0;
    if (fstat(file, &status) == -1)
        error = errno;
    else if (!S_ISREG(status.st_mode))
        error = EINVAL;
    char piece[16384];
    ssize_t count;
    while (error == 0 && (count = read(file, piece, sizeof piece)) != 0) {
        if (count == -1)
            error = errno;
        else if (bytes->length + (size_t)count > most)
            error = EFBIG;
        else
            text_add_bytes(bytes, piece, (size_t)count);
    }
    close(file);
    errno = error;
    return error == 0;
}

static const char *what_is_wrong(int error)
{
    switch (error) {
    case ENOENT:
        return "is missing";
    case ELOOP:
        return "is a link; hand in the file itself";
    case EINVAL:
    case ENXIO:
        return "is not a regular file";
    case EFBIG:
        return "is too large (over 1 MiB)";
    default:
        return strerror(error);
    }
}

static bool take_file(struct taken *taken, int folder, const char *name)
{
    struct taken_file *file = &taken->files[taken->count];
    snprintf(file->name, sizeof file->name, "%.*s", PLAIN_NAME - 1, name);
    if (read_plain_file(folder, name, MOST_BYTES, &file->bytes)) {
        taken->count++;
        return true;
    }
    int error = errno;
    text_free(&file->bytes); /* what was read halfway */
    errno = error;
    return false;
}

static bool is_plain_header(const char *name)
{
    size_t length = strlen(name);
    if (length < 3 || length >= PLAIN_NAME || strcmp(name + length - 2, ".h") != 0)
        return false;
    for (const char *at = name; at < name + length - 2; at++)
        if (!isalnum((unsigned char)*at) && *at != '_' && *at != '-')
            return false;
    return true;
}

/* Headers are an extra: one that cannot be taken is missed by the compiler, which says so. */
static void take_headers(struct taken *taken, int folder, const char *given)
{
    int gift = open(given, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy == -1 ? NULL : fdopendir(copy);
    size_t most = taken->count + MOST_HEADERS;
    struct dirent *entry;
    for (int i = 0; entries != NULL && i < MOST_ENTRIES && (entry = readdir(entries)); i++)
        if (taken->count < most && is_plain_header(entry->d_name) && !is_there(gift, entry->d_name))
            take_file(taken, folder, entry->d_name);
    if (entries != NULL)
        closedir(entries);
    if (gift != -1)
        close(gift);
}

bool take(struct taken *taken, const struct tree *tree, const struct lab_files *lab,
          const char *const *names, const char *given, struct text *why)
{
    *taken = (struct taken){.tree = tree, .lab = lab};
    int folder = find_lab(tree->path, lab, why);
    bool good = folder != -1;
    for (size_t i = 0; folder != -1 && i < count_names(names); i++) {
        char name[PLAIN_NAME];
        snprintf(name, sizeof name, "%s.%c", names[i], tree->holds_objects ? 'o' : 'c');
        if (!take_file(taken, folder, name)) {
            text_add(why, _("%s/%s/%s %s.\n"), tree->shown, lab->name, name,
                     _(what_is_wrong(errno)));
            good = false;
        }
    }
    if (folder != -1) {
        take_headers(taken, folder, given);
        close(folder);
    }
    return good;
}

/* Takes NAMES of LAB, which the kit in ROOT gives headers for. */
static bool take_one(struct taken *taken, const struct tree *tree, const struct lab_files *lab,
                     const char *const *names, const char *root, struct text *why)
{
    char given[2 * PATH_MAX];
    snprintf(given, sizeof given, "%s/labs/%s", root, lab->name);
    return take(taken, tree, lab, names, given, why);
}

bool take_for(struct taken *taken, size_t *count, const struct tree *tree, const struct tree *base,
              const struct lab_files *lab, const char *root, struct text *why)
{
    bool good = take_one(&taken[0], tree, lab, lab->written, root, why);
    *count = 1;
    for (size_t i = 0; i < count_names(lab->below);) {
        const char *names[LAB_FILES] = {NULL};
        size_t folder = strcspn(lab->below[i], "/") + 1;
        const char *first = lab->below[i];
        for (size_t n = 0;
             i < count_names(lab->below) && strncmp(lab->below[i], first, folder) == 0; n++)
            names[n] = lab->below[i++] + folder;
        char below[PLAIN_NAME];
        snprintf(below, sizeof below, "%.*s", (int)folder - 1, first);
        good = take_one(&taken[(*count)++], base, find_lab_files(below), names, root, why) && good;
    }
    return good;
}

void taken_free(struct taken *taken)
{
    for (size_t i = 0; i < taken->count; i++)
        text_free(&taken->files[i].bytes);
    taken->count = 0;
}
