/* Which mutants are programs of their own: their object code tells. */
#include "grade/hash.h"
#include "grade/take.h"
#include "grade/words.h"
#include "mutants/mutants.h"
#include "mutants/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_OBJECT = 16 << 20 };

static const char compiler[] = "gcc";

/* Without debug information, which has lines. What no compiler takes without a word about pointers
   or a missing return is no slip that anybody hands in. */
static const char own_flags[] = "-g0 -Werror=return-type -Werror=incompatible-pointer-types "
                                "-Werror=int-conversion -Werror=discarded-qualifiers";

/* Something to compile: a mutant, or the original itself. */
struct work {
    const struct original *original;
    struct mutant *mutant; /* NULL: the original */
    uint64_t *object;      /* where its object code is told */
    uint64_t source;       /* the hash of all that it is compiled from */
};

/* Everything about one call of mutants_compile(). */
struct compilation {
    const struct workshop *workshop;
    struct kept *kept;
    uint64_t headers;
    struct process processes[MOST_JOBS];
    struct work running[MOST_JOBS];
    struct text files[MOST_JOBS][3]; /* of each: the source, the object, what was said */
};

/* Adds all headers of FOLDER to BYTES. */
static void add_headers(struct text *bytes, const char *root, const char *folder)
{
    struct text path = {0};
    struct dirent **entries;
    text_add(&path, "%s/%s", root, folder);
    int directory = open(path.start, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int count = scandir(path.start, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        size_t length = strlen(entries[i]->d_name);
        if (length > 2 && strcmp(entries[i]->d_name + length - 2, ".h") == 0)
            read_plain_file(directory, entries[i]->d_name, MOST_OBJECT, bytes);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    if (directory != -1)
        close(directory);
    text_free(&path);
}

static uint64_t hash_headers(const struct workshop *workshop)
{
    struct text bytes = {0};
    add_headers(&bytes, workshop->root, "common");
    for (size_t i = 0; i < LABS; i++) {
        char folder[64];
        snprintf(folder, sizeof folder, "labs/%s", all_labs[i].name);
        add_headers(&bytes, workshop->root, folder);
    }
    text_add(&bytes, "%s %s %s", compiler, CFLAGS_LAB, own_flags);
    uint64_t hash = hash_of(&bytes);
    text_free(&bytes);
    return hash;
}

static uint64_t hash_source(const struct compilation *compilation, const struct work *work)
{
    struct text all = {0};
    text_add(&all, "%s %llx\n", work->original->name, (unsigned long long)compilation->headers);
    mutant_source(work->original, work->mutant, &all);
    uint64_t hash = hash_of(&all);
    text_free(&all);
    return hash;
}

/* From standard input, which has no name. */
static bool start(struct compilation *compilation, size_t slot, const struct work *work)
{
    struct words words = {.count = 0};
    struct text *files = compilation->files[slot];
    const char *root = compilation->workshop->root;
    words_add(&words, compiler);
    words_split(&words, CFLAGS_LAB);
    words_split(&words, own_flags);
    words_make(&words, "-I%s", root);
    words_make(&words, "-I%s/labs", root);
    for (const char *const *word =
             (const char *const[]){"-x", "c", "-c", "-o", files[1].start, "-", NULL};
         *word != NULL; word++)
        words_add(&words, *word);
    compilation->running[slot] = *work;
    bool good = mutant_write(work->original, work->mutant, files[0].start);
    if (good &&
        !process_start(&compilation->processes[slot], words.list, files[0].start, files[2].start)) {
        perror("mutants: fork");
        good = false;
    }
    words_free(&words);
    return good;
}

/* Takes in the object of what has run in SLOT, and keeps what it is. */
static bool finish(struct compilation *compilation, size_t slot)
{
    const struct work *work = &compilation->running[slot];
    int status = compilation->processes[slot].status;
    struct text object = {0};
    uint64_t hash = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        text_add(&object, "%s\n", work->original->name);
        if (!read_plain_file(AT_FDCWD, compilation->files[slot][1].start, MOST_OBJECT, &object)) {
            perror("mutants: an object cannot be read");
            return false;
        }
        hash = hash_of(&object);
        text_free(&object);
    } else if (work->mutant == NULL || !WIFEXITED(status) || WEXITSTATUS(status) == 127) {
        fprintf(stderr, "mutants: %s cannot be compiled: %s says why\n", work->original->name,
                compilation->files[slot][2].start);
        return false;
    }
    *work->object = hash;
    kept_add(compilation->kept, &(struct kept_line){.object = hash, .by = work->source});
    return true;
}

/* Makes room for another, when all run; or waits for the last ones. Returns a slot that is free;
   -1 when it cannot go on. */
static int free_slot(struct compilation *compilation, bool all)
{
    size_t jobs = compilation->workshop->jobs;
    for (;;) {
        size_t running = 0;
        size_t free_one = jobs;
        for (size_t i = 0; i < jobs; i++) {
            running += compilation->processes[i].pid != 0;
            if (compilation->processes[i].pid == 0)
                free_one = i;
        }
        if (running == 0 || (!all && running < jobs))
            return (int)free_one;
        int ended = process_wait(compilation->processes, jobs);
        if (ended == -1 || !finish(compilation, (size_t)ended))
            return -1;
    }
}

/* Compiles WORK, unless it is known what that gives. */
static bool compile(struct compilation *compilation, struct work work)
{
    work.source = hash_source(compilation, &work);
    const struct kept_line *known = kept_object(compilation->kept, work.source);
    if (known != NULL) {
        *work.object = known->object;
        return true;
    }
    int slot = free_slot(compilation, false);
    return slot != -1 && start(compilation, (size_t)slot, &work);
}

static void name_files(struct compilation *compilation)
{
    static const char *const ends[] = {"c", "o", "said"};
    for (size_t i = 0; i < compilation->workshop->jobs; i++)
        for (int end = 0; end < 3; end++)
            text_add(&compilation->files[i][end], "%s/mutant-%zu.%s", compilation->workshop->folder,
                     i, ends[end]);
}

/* Tells which of MUTANTS are the original, whose objects are ORIGINALS, or one another. */
static void find_twins(struct mutants *mutants, const uint64_t *originals)
{
    for (size_t i = 0; i < mutants->count; i++) {
        struct mutant *mutant = &mutants->list[i];
        mutant->changes = mutant->object != originals[mutant->original - mutants->originals];
        for (size_t j = 0; j < i && mutant->twin == NULL; j++)
            if (mutants->list[j].object == mutant->object && mutants->list[j].twin == NULL)
                mutant->twin = &mutants->list[j];
    }
}

bool mutants_compile(struct mutants *mutants, const struct workshop *workshop, struct kept *kept)
{
    struct compilation compilation = {
        .workshop = workshop, .kept = kept, .headers = hash_headers(workshop)};
    uint64_t originals[LAB_FILES] = {0};
    bool good = true;
    name_files(&compilation);
    for (size_t i = 0; good && i < count_names(mutants->lab->written); i++)
        good = compile(&compilation,
                       (struct work){.original = &mutants->originals[i], .object = &originals[i]});
    for (size_t i = 0; good && i < mutants->count; i++)
        good = compile(&compilation, (struct work){.original = mutants->list[i].original,
                                                   .mutant = &mutants->list[i],
                                                   .object = &mutants->list[i].object});
    good = good && free_slot(&compilation, true) != -1;
    if (good)
        find_twins(mutants, originals);
    for (size_t i = 0; i < MOST_JOBS; i++)
        for (size_t file = 0; file < 3; file++) {
            if (compilation.files[i][file].start != NULL)
                unlink(compilation.files[i][file].start);
            text_free(&compilation.files[i][file]);
        }
    return good;
}
