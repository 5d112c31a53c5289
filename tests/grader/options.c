#include "grader/options.h"

#include "grader/settings.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void usage(FILE *stream)
{
    fprintf(stream,
            "usage: grader --lab N --programs DIR --probe FILE --sources DIR [options]\n"
            "  --lab N          the lab to grade\n"
            "  --programs DIR   where its server and client are built\n"
            "  --probe FILE     the library to preload into them\n"
            "  --sources DIR    where the student's files of this lab are\n"
            "  --source TREE    whose code it is, for the report and the commands in it\n"
            "  --base TREE      where the labs below came from\n"
            "  --broken LAB     say first that this lab below does not work\n"
            "  --smoke          just the first test of the table: does it work at all?\n"
            "  --only TEST      just this test (see --list)\n"
            "  --no-memcheck    leave out the tests under valgrind\n"
            "  --json FILE      write the results as Gradescope reads them\n"
            "  --junit FILE     write the results as JUnit XML\n"
            "  --score FILE     write the score, for the overview of bare make\n"
            "  --jobs N         tests at a time (four for each processor: most of them wait)\n"
            "  --patience X     multiply all deadlines, for slow machines\n"
            "  --verbose        tell every failure whole\n"
            "  --not-built      the programs could not be built: report 0 points\n"
            "  --list           print the tests and their points\n"
            "Exit status: 0 full marks, 1 less, 2 wrong usage, 3 the grader itself failed.\n");
}

static _Noreturn void wrong_usage(const char *what, const char *value)
{
    fprintf(stderr, "grader: %s: %s\n", what, value);
    usage(stderr);
    exit(USAGE);
}

static const struct lab *find_lab(const struct lab *const *labs, size_t count, const char *number)
{
    if (number == NULL)
        wrong_usage("missing", "--lab");
    for (size_t i = 0; i < count; i++)
        if (strtol(labs[i]->name, NULL, 10) == strtol(number, NULL, 10))
            return labs[i];
    wrong_usage("no such lab", number);
}

void list_scenarios(const struct lab *lab)
{
    for (size_t i = 0; i < lab->count; i++)
        printf("%-28s %3d  %s\n", lab->scenarios[i].id, lab->scenarios[i].points,
               lab->scenarios[i].sentence);
}

static void check_only(const struct options *options)
{
    for (size_t i = 0; i < options->lab->count; i++)
        if (options->only == NULL || strcmp(options->lab->scenarios[i].id, options->only) == 0)
            return;
    fprintf(stderr, "grader: no test is called \"%s\"; these are:\n", options->only);
    list_scenarios(options->lab);
    exit(USAGE);
}

/* The options that take a value, and where it goes. */
struct value {
    const char *name;
    const char **place;
};

static void read_words(const struct value *values, size_t count, struct options *options, int argc,
                       char **argv)
{
    enum { MOST = 32, HELP = MOST, NOT_BUILT, NO_MEMCHECK, LIST, VERBOSE, SMOKE };
    struct option known[MOST] = {{"help", no_argument, NULL, HELP},
                                 {"not-built", no_argument, NULL, NOT_BUILT},
                                 {"no-memcheck", no_argument, NULL, NO_MEMCHECK},
                                 {"list", no_argument, NULL, LIST},
                                 {"verbose", no_argument, NULL, VERBOSE},
                                 {"smoke", no_argument, NULL, SMOKE}};
    for (size_t i = 0; i < count; i++)
        known[6 + i] = (struct option){values[i].name, required_argument, NULL, (int)i};
    for (int word; (word = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (word == HELP) {
            usage(stdout);
            exit(FULL_MARKS);
        }
        if (word == '?') {
            usage(stderr);
            exit(USAGE);
        }
        options->not_built |= word == NOT_BUILT;
        options->no_memcheck |= word == NO_MEMCHECK;
        options->list |= word == LIST;
        options->verbose |= word == VERBOSE;
        options->smoke |= word == SMOKE;
        if (word < MOST)
            *values[word].place = optarg;
    }
    if (optind < argc)
        wrong_usage("unexpected argument", argv[optind]);
}

void read_options(struct options *options, const struct lab *const *labs, size_t count, int argc,
                  char **argv)
{
    const char *lab = NULL;
    const char *jobs = NULL;
    const char *patience = "1";
    const char *programs = "";
    const char *probe = "";
    const char *sources = "";
    const struct value values[] = {
        {"lab", &lab},
        {"programs", &programs},
        {"probe", &probe},
        {"sources", &sources},
        {"source", &settings.source},
        {"base", &settings.base},
        {"only", &options->only},
        {"json", &options->json},
        {"junit", &options->junit},
        {"score", &options->score},
        {"jobs", &jobs},
        {"patience", &patience},
        {"broken", &options->broken},
    };
    read_words(values, sizeof values / sizeof values[0], options, argc, argv);
    options->lab = find_lab(labs, count, lab);
    check_only(options);
    /* Tests wait more than they compute, so two more than there are processors. */
    options->jobs =
        jobs == NULL ? 4 * (int)sysconf(_SC_NPROCESSORS_ONLN) : (int)strtol(jobs, NULL, 10);
    settings.tasks = options->lab->tasks;
    settings.patience = strtod(patience, NULL);
    settings.programs = realpath(programs, NULL);
    settings.probe = realpath(probe, NULL);
    settings.sources = realpath(sources, NULL);
    if (settings.base == NULL)
        settings.base = settings.source;
    if (options->jobs <= 0)
        wrong_usage("--jobs must be a number above 0", jobs);
    if (!(settings.patience > 0))
        wrong_usage("--patience must be a number above 0", patience);
}
