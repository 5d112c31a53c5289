/* grade: one grading from beginning to end. Takes the lab's files of a tree, builds them, plays
   them, and hands on the report. */
#include "grade/box_proof.h"
#include "grade/build.h"
#include "grade/command_line.h"
#include "grade/debug.h"
#include "grade/interrupt.h"
#include "grade/link.h"
#include "grade/play.h"
#include "grade/reference.h"
#include "grade/trees.h"
#include "grader/base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUTS = 3, MOST_TAKEN = 1 + LAB_FILES };

/* Everything about this grading. */
struct grading {
    const struct options *options;
    struct kit kit;
    struct place place;
    struct tree tree;
    struct tree base;
    struct reference_tree kept; /* where they are the reference */
    struct taken taken[MOST_TAKEN];
    size_t taken_count;
    struct whole_file outputs[OUTPUTS];
    struct text said;      /* by the compiler and the linker, or by us about the files */
    struct text reference; /* the reference's results */
};

/* ---- the files that results go to ---- */

static bool open_outputs(struct grading *grading)
{
    const char *paths[OUTPUTS] = {grading->options->json, grading->options->junit,
                                  grading->options->score};
    for (size_t i = 0; i < OUTPUTS; i++)
        if (paths[i] != NULL && !whole_file_begin(&grading->outputs[i], paths[i]))
            return false;
    return true;
}

/* The results are good unless nobody came to any. */
static int close_outputs(struct grading *grading, int status)
{
    bool written = status == FULL_MARKS || status == LESS || status == FAULT;
    for (size_t i = 0; i < OUTPUTS; i++) {
        if (grading->outputs[i].fd == -1)
            continue;
        if (!written)
            whole_file_abandon(&grading->outputs[i]);
        else if (!whole_file_commit(&grading->outputs[i]))
            status = FAULT;
    }
    return status;
}

/* ---- building ---- */

static double patience_of(const struct options *options)
{
    return options->patience != NULL ? strtod(options->patience, NULL) : 1;
}

static struct build build_of(const struct grading *grading)
{
    return (struct build){.kit = &grading->kit,
                          .place = &grading->place,
                          .boxed = grading->options->boxed,
                          .patience = patience_of(grading->options)};
}

static struct play play_of(const struct grading *grading)
{
    return (struct play){&grading->kit, grading->options->patience, grading->options->jobs,
                         grading->options->boxed};
}

/* Adds to RUN's options, of which there are WORDS, which tests are to run. Returns how many there
   are. */
static size_t word_selection(const struct options *options, struct run *run, size_t words)
{
    if (options->only != NULL) {
        run->words[words++] = "--only";
        run->words[words++] = options->only;
    }
    if (options->step != NULL) {
        run->words[words++] = "--step";
        run->words[words++] = options->step;
    }
    return words;
}

/* Can ONLY and STEP be played without the programs with AddressSanitizer, which take as long to
   link as all others together? The grader knows its tests. */
static bool is_plain_enough(const struct grading *grading)
{
    const struct options *options = grading->options;
    if ((options->only == NULL && options->step == NULL) || options->into != NULL)
        return false;
    struct play play = play_of(grading);
    play.boxed = false; /* nothing of the student's takes part */
    struct run run = {.lab = options->lab,
                      .place = &grading->place,
                      .shown = grading->tree.shown,
                      .base = grading->base.shown,
                      .silent = true};
    size_t words = word_selection(options, &run, 0);
    run.words[words] = "--sanitizer";
    int status = play_run(&play, &run);
    return WIFEXITED(status) && WEXITSTATUS(status) == LESS;
}

static enum build_result take_and_build(struct grading *grading)
{
    const struct options *options = grading->options;
    struct build build = build_of(grading);
    build.plain = is_plain_enough(grading);
    build.by_hand = options->into != NULL && !options->all;
    /* What cannot be taken is missed only by the programs that need it. */
    take_for(grading->taken, &grading->taken_count, &grading->tree, &grading->base, options->lab,
             grading->kit.root, &grading->said);
    if (grading->taken[0].count == 0)
        return BUILD_WRONG;
    return build_programs(&build, options->lab, grading->taken, grading->taken_count, "programs",
                          &grading->said);
}

/* Copies the program NAME to the folder that a person wants it in: FULL_MARKS, LESS if it could not
   be built, or FAULT after a message. */
static int put_program(const struct grading *grading, const char *name)
{
    char from[64];
    char to[PATH_MAX];
    struct text bytes = {0};
    snprintf(from, sizeof from, "programs/%s", name);
    snprintf(to, sizeof to, "%s/%s", grading->options->into, name);
    bool good = read_plain_file(grading->place.folder, from, SIZE_MAX, &bytes);
    if (!good && errno == ENOENT) { /* the compiler has said why */
        text_free(&bytes);
        return LESS;
    }
    good = good && (unlink(to) == 0 || errno == ENOENT);
    FILE *file = good ? fopen(to, "wex") : NULL;
    good = file != NULL && fwrite(bytes.start, 1, bytes.length, file) == bytes.length &&
           fchmod(fileno(file), 0755) == 0;
    if (file != NULL && fclose(file) != 0)
        good = false;
    text_free(&bytes);
    if (!good)
        perror(to);
    return good ? FULL_MARKS : FAULT;
}

/* Copies server and client there, and with --all the other programs as well. */
static int put_programs(const struct grading *grading)
{
    const struct options *options = grading->options;
    int status = FULL_MARKS;
    for (size_t i = 0; i < LAB_PROGRAMS && options->lab->programs[i].name != NULL; i++) {
        const struct lab_program *program = &options->lab->programs[i];
        char sanitized[32];
        snprintf(sanitized, sizeof sanitized, "%s" SANITIZED, program->name);
        if (status == FULL_MARKS && (options->all || !program->is_driver))
            status = put_program(grading, program->name);
        if (status == FULL_MARKS && options->all && !program->is_driver)
            status = put_program(grading, sanitized);
    }
    return status;
}

/* ---- playing ---- */

static int exit_status(int status)
{
    if (status == -1) {
        perror("grade: the grader cannot be run");
        return FAULT;
    }
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    fprintf(
        stderr,
        _("grade: the autograder was killed by SIG%s, so there is no score. Run it again; if it "
          "happens again, please report it.\n"),
        sigabbrev_np(WTERMSIG(status)));
    return FAULT;
}

/* Hands the outputs on to RUN, whose descriptors from FIRST on are free. */
static void hand_on_outputs(const struct grading *grading, struct run *run, size_t first)
{
    static const char *const options[OUTPUTS] = {"--json-fd", "--junit-fd", "--score-fd"};
    for (size_t i = 0; i < OUTPUTS; i++)
        if (grading->outputs[i].fd != -1) {
            run->fds[first].option = options[i];
            run->fds[first++].fd = grading->outputs[i].fd;
        }
}

/* A descriptor to read TEXT from; -1 after a message. */
static int readable(const struct text *text, const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    size_t done = 0;
    while (fd != -1 && done < text->length) {
        ssize_t count = write(fd, text->start + done, text->length - done);
        if (count == -1 && errno != EINTR) {
            close(fd);
            fd = -1;
        }
        done += count > 0 ? (size_t)count : 0;
    }
    if (fd == -1 || lseek(fd, 0, SEEK_SET) == -1)
        perror("grade: memfd_create");
    return fd;
}

/* Begins RUN's options. Returns how many there are. */
static size_t word_trees(const struct options *options, struct run *run)
{
    size_t words = 0;
    if (options->typed) {
        run->words[words++] = "--typed";
        run->words[words++] = options->tree;
        run->words[words++] = "--typed-base";
        run->words[words++] = options->base;
    }
    return words;
}

/* The programs could not be built: the grader reports that, with what the compiler said. */
static int report_not_built(struct grading *grading)
{
    struct play play = play_of(grading);
    int said = readable(&grading->said, "said");
    if (said == -1)
        return FAULT;
    struct run run = {.lab = grading->options->lab,
                      .place = &grading->place,
                      .shown = grading->tree.shown,
                      .base = grading->base.shown,
                      .fds = {{"--not-built", said}}};
    word_trees(grading->options, &run);
    hand_on_outputs(grading, &run, 1);
    int status = exit_status(play_run(&play, &run));
    close(said);
    return status;
}

/* Does the lab below, of BASE, work at all? The reference does. Fills TAKEN, which the caller ends,
   like all else, whatever comes. */
static bool base_is_broken(struct grading *grading)
{
    const char *below = grading->options->lab->stands_on;
    if (below == NULL || grading->base.holds_objects ||
        strcmp(grading->base.shown, "solutions") == 0)
        return false;
    struct taken taken[MOST_TAKEN];
    size_t count = 0;
    struct text said = {0};
    const struct lab_files *lab = find_lab_files(below);
    struct build build = build_of(grading);
    build.by_hand = true;
    struct play play = play_of(grading);
    bool works =
        take_for(taken, &count, &grading->base, &grading->base, lab, grading->kit.root, &said) &&
        build_programs(&build, lab, taken, count, "below", &said) == BUILD_DONE;
    struct run run = {.lab = lab,
                      .place = &grading->place,
                      .programs = "below",
                      .shown = grading->base.shown,
                      .base = grading->base.shown,
                      .words = {"--smoke"},
                      .silent = true};
    if (works)
        works = exit_status(play_run(&play, &run)) == FULL_MARKS;
    for (size_t i = 0; i < count; i++)
        taken_free(&taken[i]);
    text_free(&said);
    return !works;
}

/* What the command line asks of the grader. */
static void word_options(struct grading *grading, struct run *run)
{
    const struct options *options = grading->options;
    size_t words = word_selection(options, run, word_trees(options, run));
    if (options->first != NULL) {
        run->words[words++] = "--first";
        run->words[words++] = options->first;
    }
    if (options->until_failure)
        run->words[words++] = "--until-failure";
    if (options->verbose)
        run->words[words++] = "--verbose";
    if (options->no_valgrind)
        run->words[words++] = "--no-valgrind";
    if (base_is_broken(grading)) {
        run->words[words++] = "--broken";
        run->words[words++] = options->lab->stands_on;
    }
}

/* What the grader writes to besides the results. */
enum { KEPT = 3 };
struct kept {
    const char *option;
    const char *path; /* NULL: not wanted */
    int flags;
    int fd;
};

/* Opens what is wanted; false after a message. */
static bool open_kept(struct kept kept[KEPT])
{
    for (size_t i = 0; i < KEPT; i++) {
        if (kept[i].path == NULL)
            continue;
        kept[i].fd = open(kept[i].path, kept[i].flags | O_CLOEXEC, 0666);
        if (kept[i].fd == -1) {
            perror(kept[i].path);
            return false;
        }
    }
    return true;
}

static int play_programs(struct grading *grading, bool in_part)
{
    const struct options *options = grading->options;
    struct play play = play_of(grading);
    enum reference_result known = reference_play(&play, options->lab, &grading->reference);
    int reference = -1;
    int said = -1;
    struct kept kept[KEPT] = {{"--record", options->record, O_RDONLY | O_DIRECTORY, -1},
                              {"--trace", options->trace, O_RDONLY | O_DIRECTORY, -1},
                              {"--hint", options->hint, O_RDWR | O_CREAT, -1}};
    if (!open_kept(kept) || (in_part && (said = readable(&grading->said, "said")) == -1) ||
        known == REFERENCE_FAULT ||
        (known == REFERENCE_KNOWN &&
         (reference = readable(&grading->reference, "reference")) == -1))
        return FAULT;
    struct run run = {.lab = options->lab,
                      .place = &grading->place,
                      .programs = "programs",
                      .shown = grading->tree.shown,
                      .base = grading->base.shown};
    size_t fds = 0;
    word_options(grading, &run);
    if (reference != -1) {
        run.fds[fds].option = "--reference";
        run.fds[fds++].fd = reference;
    }
    if (said != -1) {
        run.fds[fds].option = "--not-built";
        run.fds[fds++].fd = said;
    }
    struct debug debug = {.build = grading->kit.build, .sources = grading->place.path};
    if (options->debug && !debug_begin(&debug, options))
        return FAULT;
    if (options->debug) {
        run.fds[fds].option = "--debug-fd";
        run.fds[fds++].fd = debug.grader;
    }
    for (size_t i = 0; i < KEPT; i++)
        if (kept[i].fd != -1) {
            run.fds[fds].option = kept[i].option;
            run.fds[fds++].fd = kept[i].fd;
        }
    hand_on_outputs(grading, &run, fds);
    int status = interrupt_seen() != 0 ? INTERRUPTED : exit_status(play_run(&play, &run));
    if (options->debug)
        status = debug_end(&debug, status);
    const int fds_used[] = {reference, said, kept[0].fd, kept[1].fd, kept[2].fd};
    for (size_t i = 0; i < sizeof fds_used / sizeof fds_used[0]; i++)
        if (fds_used[i] != -1)
            close(fds_used[i]);
    return status;
}

/* ---- the whole ---- */

/* Warnings are shown at every run: what was compiled before says them again. */
static void show(const struct text *said)
{
    if (said->start != NULL)
        fputs(said->start, stderr);
}

static int grade(struct grading *grading)
{
    const struct options *options = grading->options;
    struct text why = {0};
    if (options->boxed && !box_is_available(&why)) {
        fprintf(stderr, "grade: %s\n", why.start);
        text_free(&why);
        return FAULT;
    }
    if (options->debug && !debug_is_possible(options))
        return USAGE;
    if (!place_make(&grading->place, grading->kit.build, options->place, options->boxed)) {
        fprintf(stderr,
                _("grade: no place to work can be made in %s: %s\n"
                  "Does it belong to somebody else, after `sudo make`? Then: sudo rm -rf %s\n"),
                grading->kit.build, strerror(errno), grading->kit.build);
        return FAULT;
    }
    enum build_result built = take_and_build(grading);
    switch (built) {
    case BUILD_DONE:
    case BUILD_PART:
        show(&grading->said);
        return options->into != NULL ? put_programs(grading)
                                     : play_programs(grading, built == BUILD_PART);
    case BUILD_WRONG:
        show(&grading->said);
        return options->into != NULL ? LESS : report_not_built(grading);
    default:
        if (interrupt_seen() == 0 && errno == ETIME)
            fprintf(stderr,
                    _("grade: the compiler hardly got any processor time: this machine is too "
                      "busy. Try again, or with PATIENCE=3.\n"));
        else if (interrupt_seen() == 0)
            perror("grade: the programs cannot be built here");
        return interrupt_seen() != 0 ? INTERRUPTED : FAULT;
    }
}

int main(int argc, char **argv)
{
    struct options options;
    struct grading grading = {.options = &options, .place = {.folder = -1}};
    for (size_t i = 0; i < OUTPUTS; i++)
        grading.outputs[i].fd = -1;
    signal(SIGPIPE, SIG_IGN); /* who reads the report may stop; what was begun is still ended */
    read_command_line(&options, argc, argv);
    if (!trees_find(&grading.tree, &grading.base, &grading.kept, &options))
        return USAGE;
    if (interrupt_open() == -1 || !kit_find(&grading.kit, options.kit, options.compiler) ||
        !open_outputs(&grading))
        return FAULT;
    int status = close_outputs(&grading, grade(&grading));
    place_remove(&grading.place);
    for (size_t i = 0; i < grading.taken_count; i++)
        taken_free(&grading.taken[i]);
    text_free(&grading.said);
    text_free(&grading.reference);
    return status;
}
