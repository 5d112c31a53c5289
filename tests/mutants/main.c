/* mutants: do the tests notice every small fault that the solutions could have? */
#include "mutants/tell.h"

#include "grade/interrupt.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NONE_LEFT = 0, SURVIVORS = 1, USAGE = 2, FAULT = 3, INTERRUPTED = 130 };

static const char list[] = "tests/mutants/equivalent";

struct options {
    size_t jobs;
    bool show; /* list the mutants, play nothing */
};

static void usage(FILE *stream)
{
    fputs("usage: mutants [-j N] [-n] [LAB...]\n"
          "Changes the solutions of the labs (default: all) in one small place at a\n"
          "time, and grades each such mutant with the tests of its lab. One that gets\n"
          "full marks is a fault that no test sees: add a test, or put its lines into\n"
          "tests/mutants/equivalent, below a reason. Run it in the kit's folder.\n"
          "  LAB     a number or name: 2, 2-chat\n"
          "  -j N    grade N at a time (default: 1)\n"
          "  -n      only list the mutants; play nothing\n"
          "Ctrl-C ends it; the next run goes on from there. What is known of a mutant\n"
          "is kept in build/mutated/, and holds as long as the kit stays the same.\n"
          "Exit status: 0 none is left without a reason, 1 some are, or the list has\n"
          "wrong lines, 2 wrong usage, 3 the machine or the autograder is at fault,\n"
          "130 interrupted.\n",
          stream);
}

static _Noreturn void wrong_usage(const char *what, const char *value)
{
    fprintf(stderr, "mutants: %s%s; see mutants --help\n", what, value);
    exit(USAGE);
}

/* Returns which word of ARGV comes after the options. */
static int read_options(struct options *options, int argc, char **argv)
{
    static const struct option words[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    *options = (struct options){.jobs = 1};
    for (int letter; (letter = getopt_long(argc, argv, "hj:n", words, NULL)) != -1;) {
        char *end;
        switch (letter) {
        case 'h':
            usage(stdout);
            exit(NONE_LEFT);
        case 'n':
            options->show = true;
            break;
        case 'j':
            options->jobs = strtoul(optarg, &end, 10);
            if (*end != '\0' || options->jobs < 1 || options->jobs > MOST_JOBS)
                wrong_usage("-j takes a number from 1 to 16, not ", optarg);
            break;
        default:
            exit(USAGE);
        }
    }
    for (int i = optind; i < argc; i++)
        if (argv[i][0] != '\0' && find_lab_files(argv[i]) == NULL)
            wrong_usage("no such lab: ", argv[i]);
    return optind;
}

/* Which of EQUIVALENTS stand for which of MUTANTS. One with the same object code as another is the
   same mutant, on whichever line it stands. */
static void give_reasons(struct mutants *mutants, struct equivalents *equivalents)
{
    for (size_t i = 0; i < mutants->count; i++) {
        struct mutant *mutant = &mutants->list[i];
        struct equivalent *one = equivalents_find(equivalents, mutant->original->name,
                                                  mutant->mutation->function, &mutant->change);
        if (one == NULL)
            continue;
        struct mutant *counts = mutant->twin != NULL ? mutant->twin : mutant;
        if (counts->listed != one)
            one->found++;
        counts->listed = one;
    }
}

static void show(const struct mutants *mutants)
{
    for (size_t i = 0; i < mutants->count; i++) {
        const struct mutant *mutant = &mutants->list[i];
        if (mutant_counts(mutant))
            printf("%s:%zu: %s\n- %s\n+ %s\n", mutant->original->name, mutant->change.line,
                   mutant->mutation->kind, mutant->change.old.start,
                   mutant->change.new.start != NULL ? mutant->change.new.start : "");
    }
}

static int play(struct mutants *mutants, const struct workshop *workshop, struct kept *kept,
                struct teller *teller)
{
    struct equivalents equivalents;
    const struct progress progress = {tell_progress, teller};
    size_t wrong = 0;
    int status = FAULT;
    if (equivalents_read(&equivalents, list)) {
        give_reasons(mutants, &equivalents);
        bool all = mutants_play(mutants, workshop, kept, &progress);
        tell_end(teller);
        wrong = tell_survivors(mutants);
        if (all) {
            wrong += tell_wrong_reasons(mutants, &equivalents, list);
            tell_scores(mutants);
        }
        status = !all ? FAULT : wrong > 0 ? SURVIVORS : NONE_LEFT;
    }
    equivalents_free(&equivalents);
    return status;
}

static int do_lab(const struct options *options, const struct workshop *workshop,
                  const struct lab_files *lab)
{
    struct mutants mutants = {0};
    struct kept kept = {0};
    struct teller teller;
    char path[PATH_MAX];
    int status = FAULT;
    snprintf(path, sizeof path, "%s/%s.kept", workshop->folder, lab->name);
    if (kept_open(&kept, path) && mutants_find(&mutants, workshop, lab) &&
        mutants_compile(&mutants, workshop, &kept)) {
        tell_start(&teller, &mutants);
        fflush(stdout);
        if (options->show)
            show(&mutants);
        status = options->show ? NONE_LEFT : play(&mutants, workshop, &kept, &teller);
    }
    kept_close(&kept);
    mutants_free(&mutants);
    return interrupt_seen() != 0 ? INTERRUPTED : status;
}

/* Only one at a time works in the folder. */
static bool open_workshop(struct workshop *workshop, char *build, char *folder)
{
    ssize_t length = readlink("/proc/self/exe", build, PATH_MAX - 1);
    if (length == -1) {
        perror("mutants: /proc/self/exe");
        return false;
    }
    build[length] = '\0';
    *strrchr(build, '/') = '\0';
    snprintf(folder, PATH_MAX, "%.*s/mutated", PATH_MAX - 16, build);
    int fd = -1;
    if ((mkdir(folder, 0755) == -1 && errno != EEXIST) ||
        (fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
        fprintf(stderr, "mutants: %s: %s\n", folder, strerror(errno));
        return false;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
        fprintf(stderr, "mutants: another `make mutants` is at work in %s\n", folder);
        return false;
    }
    workshop->build = build;
    workshop->folder = folder;
    return true;
}

int main(int argc, char **argv)
{
    struct options options;
    static char build[PATH_MAX];
    static char folder[PATH_MAX];
    static char root[PATH_MAX];
    int first = read_options(&options, argc, argv);
    int status = NONE_LEFT;
    if (realpath(".", root) == NULL || access(list, R_OK) == -1)
        wrong_usage("run it in the kit's folder: there is no ", list);
    struct workshop workshop = {.root = root, .jobs = options.jobs};
    if (interrupt_open() == -1 || !open_workshop(&workshop, build, folder))
        return FAULT;
    for (size_t i = 0; i < LABS && (status == NONE_LEFT || status == SURVIVORS); i++) {
        bool wanted = first == argc || argv[first][0] == '\0';
        for (int word = first; word < argc; word++)
            wanted |= find_lab_files(argv[word]) == &all_labs[i];
        int one = wanted ? do_lab(&options, &workshop, &all_labs[i]) : NONE_LEFT;
        status = one > status ? one : status;
    }
    return status;
}
