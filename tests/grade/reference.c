#include "grade/reference.h"

#include "grade/box_proof.h"
#include "grade/build.h"
#include "grade/hash.h"
#include "grade/objects.h"
#include "grade/trees.h"
#include "grader/base/lean.h"
#include "grader/base/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_BYTES = 64 << 20 };

/* A test that fails by chance must not be out for everybody. */
static const char tries[] = "3";

static const char *const parts[] = {"grader", "probe.so", "labs/5-udp/link"};

static void add_hash(struct text *facts, const char *name, const struct text *bytes)
{
    text_add(facts, "%s %zu %016llx\n", name, bytes->length, (unsigned long long)hash_of(bytes));
}

static void add_part(struct text *facts, const struct play *play, const char *name)
{
    struct text bytes = {0};
    char *path = kit_built(play->kit, name);
    read_plain_file(AT_FDCWD, path, MOST_BYTES, &bytes);
    add_hash(facts, name, &bytes);
    text_free(&bytes);
    free(path);
}

/* All that the result depends on: the kit, the reference, and the surroundings. */
static void add_facts(struct text *facts, const struct play *play, const struct taken *taken,
                      size_t count)
{
    const struct lab_files *lab = taken->lab;
    char library[PATH_MAX];
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        add_part(facts, play, parts[i]);
    for (size_t i = 0; i < LAB_PROGRAMS && lab->programs[i].name != NULL; i++) {
        char name[PLAIN_NAME];
        snprintf(name, sizeof name, "%s.o", lab->programs[i].main);
        add_part(facts, play, name);
    }
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < taken[t].count; i++)
            add_hash(facts, taken[t].files[i].name, &taken[t].files[i].bytes);
    text_add(facts, "language %s\ncompiler %s\npatience %s\nbox %d\n", translation_language(),
             play->kit->compiler_path, play->patience != NULL ? play->patience : "1", play->boxed);
    machine_facts(facts);
    text_add(facts, "lean library %d\n", lean_library(play->kit->build, library, sizeof library));
}

static bool read_all(int file, struct text *bytes)
{
    char piece[16384];
    ssize_t count;
    off_t at = 0;
    while ((count = pread(file, piece, sizeof piece, at)) > 0) {
        text_add_bytes(bytes, piece, (size_t)count);
        at += count;
    }
    return count == 0;
}

/* Before the first program of a stranger goes into a box here, a canary does. */
static bool box_holds(const struct play *play, const struct place *place)
{
    struct text why = {0};
    char *canary = kit_built(play->kit, "canary");
    const struct box box = {.scratch = "/scratch", .gives_users = true};
    bool good = box_prove(&box, canary, place->path, &why);
    if (!good)
        fprintf(stderr, "grade: %s\n", why.start);
    text_free(&why);
    free(canary);
    return good;
}

/* Builds and plays the reference in a place of its own. */
static bool play_now(const struct play *play, const struct lab_files *lab,
                     const struct taken *taken, size_t count, struct text *json)
{
    struct place place;
    struct text said = {0};
    int results = memfd_create("reference", MFD_CLOEXEC);
    bool good = results != -1 && place_make(&place, play->kit->build, "reference", play->boxed);
    good = good && (!play->boxed || box_holds(play, &place));
    struct build build = {.kit = play->kit,
                          .place = &place,
                          .boxed = play->boxed,
                          .patience = play->patience != NULL ? strtod(play->patience, NULL) : 1};
    if (good && build_programs(&build, lab, taken, count, "programs", &said) != BUILD_DONE) {
        fprintf(stderr, "grade: not even the reference can be built here:\n%s",
                said.start != NULL ? said.start : strerror(errno));
        good = false;
    }
    struct run run = {.lab = lab,
                      .place = &place,
                      .programs = "programs",
                      .shown = taken->tree->shown,
                      .base = taken->tree->shown,
                      .words = {"--tries", tries},
                      .fds = {{"--json-fd", results}},
                      .silent = true};
    if (good && isatty(STDERR_FILENO))
        fprintf(stderr, "Trying what can be tested on this machine (once) …\n");
    int status = good ? play_run(play, &run) : -1;
    good = status != -1 && WIFEXITED(status) && read_all(results, json) && json->length > 0;
    if (!good)
        fprintf(stderr,
                "grade: the reference could not be played here, so nothing can be graded\n");
    text_free(&said);
    place_remove(&place);
    if (results != -1)
        close(results);
    return good;
}

enum reference_result reference_play(const struct play *play, const struct lab_files *lab,
                                     struct text *json)
{
    struct reference_tree reference = {.path = ""};
    struct taken taken[1 + LAB_FILES];
    struct text facts = {0};
    struct text why = {0};
    size_t count = 0;
    if (!reference_find(&reference, play->kit->root))
        return REFERENCE_NONE;
    const struct tree tree = reference.tree;
    char *kept = kit_built(play->kit, "references");
    bool good = take_for(taken, &count, &tree, &tree, lab, play->kit->root, &why);
    if (good)
        add_facts(&facts, play, taken, count);
    else
        fprintf(stderr, "grade: %s", why.start);
    struct text said = {0};
    if (good && !objects_find(kept, &facts, json, &said)) {
        good = play_now(play, lab, taken, count, json);
        /* Where nothing could be played at all, it may be possible next time. */
        if (good && strstr(json->start, "\"status\"") != NULL)
            objects_keep(kept, &facts, json, &said);
    }
    for (size_t i = 0; i < count; i++)
        taken_free(&taken[i]);
    text_free(&facts);
    text_free(&why);
    text_free(&said);
    free(kept);
    return good ? REFERENCE_KNOWN : REFERENCE_FAULT;
}
