#include "grade/command_line.h"

#include "grader/base/version.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void usage(FILE *stream)
{
    fprintf(
        stream,
        "usage: grade --lab N --tree DIR [options]\n"
        "Copies the files of one lab from a folder, builds and tests them, and prints the score.\n"
        "  --lab N          the lab: 1 to 5\n"
        "  --tree DIR       the folder to grade: DIR/1-echo/tcp.c, or DIR/tcp.c\n"
        "  --base DIR       the folder with the labs before it (default: the one of --tree)\n"
        "  --typed          repeat both as they are here, in the report and the commands in it\n"
        "  --kit DIR        the folder of this kit (default: the current folder)\n"
        "  --cc COMMAND     the compiler (default: gcc)\n"
        "  --only A,B       run only these tests, or groups of them\n"
        "  --step N         run only the tests of this step of the lab\n"
        "  --first A,B      start these tests, if there are such, before the others\n"
        "  --until-failure  stop at the first test that fails\n"
        "  --json FILE      write the results for Gradescope\n"
        "  --junit FILE     write the results as JUnit XML\n"
        "  --score FILE     write the score, for the list that `make` prints\n"
        "  --jobs N         run N tests at a time\n"
        "  --patience X     multiply all time limits by X, for slow machines\n"
        "  --verbose        report every failure in full\n"
        "  --no-valgrind    skip the tests under valgrind\n"
        "  --box            build and test in a box, isolated from this machine\n"
        "  --debug          run the one test of --only again, with its program in gdb\n"
        "  --break PLACE    stop there (default: at the line that the report names)\n"
        "  --commands FILE  gdb commands to use instead of the terminal\n"
        "  --version        print the version of the kit\n"
        "  --record DIR     keep the evidence of each failed test in DIR, for maintainers\n"
        "  --trace DIR      draw the conversation of each test of --only, in DIR and in the "
        "report\n"
        "  --hint FILE      give the next hint for the first failure; FILE keeps which ones were "
        "given\n"
        "  --into DIR       only build, and put server and client into DIR\n"
        "  --all            with --into: and whatever else the tests run, for maintainers\n"
        "Exit status: 0 full marks, 1 less, 2 wrong usage, 3 the machine or the autograder is at "
        "fault.\n");
}

static _Noreturn void wrong_usage(const char *what, const char *value)
{
    fprintf(stderr, "grade: %s%s (%s --help lists the options)\n", what, value,
            program_invocation_name);
    exit(USAGE);
}

/* The options that take a value, and where it goes. */
struct value {
    const char *name;
    const char **place;
};

static void read_words(struct options *options, const struct value *values, size_t count, int argc,
                       char **argv)
{
    enum {
        MOST = 32,
        HELP = MOST,
        VERBOSE,
        NO_VALGRIND,
        BOX,
        DEBUG,
        VERSION,
        ALL,
        UNTIL,
        TYPED,
        FLAGS = 9
    };
    struct option known[MOST] = {{"help", no_argument, NULL, HELP},
                                 {"verbose", no_argument, NULL, VERBOSE},
                                 {"no-valgrind", no_argument, NULL, NO_VALGRIND},
                                 {"box", no_argument, NULL, BOX},
                                 {"debug", no_argument, NULL, DEBUG},
                                 {"version", no_argument, NULL, VERSION},
                                 {"all", no_argument, NULL, ALL},
                                 {"until-failure", no_argument, NULL, UNTIL},
                                 {"typed", no_argument, NULL, TYPED}};
    for (size_t i = 0; i < count; i++)
        known[FLAGS + i] = (struct option){values[i].name, required_argument, NULL, (int)i};
    for (int word; (word = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (word == HELP) {
            usage(stdout);
            exit(FULL_MARKS);
        }
        if (word == VERSION) {
            puts("sockladder " KIT_VERSION);
            exit(FULL_MARKS);
        }
        if (word == '?')
            exit(USAGE);
        options->verbose |= word == VERBOSE;
        options->no_valgrind |= word == NO_VALGRIND;
        options->boxed |= word == BOX;
        options->debug |= word == DEBUG;
        options->all |= word == ALL;
        options->until_failure |= word == UNTIL;
        options->typed |= word == TYPED;
        if (word < MOST && optarg[0] != '\0')
            *values[word].place = optarg;
    }
    if (optind < argc)
        wrong_usage("unexpected argument: ", argv[optind]);
}

void read_command_line(struct options *options, int argc, char **argv)
{
    const char *lab = NULL;
    *options = (struct options){.kit = ".", .compiler = "gcc", .place = "lab"};
    const struct value values[] = {
        {"lab", &lab},
        {"tree", &options->tree},
        {"base", &options->base},
        {"kit", &options->kit},
        {"cc", &options->compiler},
        {"only", &options->only},
        {"step", &options->step},
        {"first", &options->first},
        {"json", &options->json},
        {"junit", &options->junit},
        {"score", &options->score},
        {"jobs", &options->jobs},
        {"patience", &options->patience},
        {"place", &options->place},
        {"record", &options->record},
        {"trace", &options->trace},
        {"hint", &options->hint},
        {"into", &options->into},
        {"break", &options->stop},
        {"commands", &options->commands},
    };
    read_words(options, values, sizeof values / sizeof values[0], argc, argv);
    if (lab == NULL || options->tree == NULL)
        wrong_usage("missing: ", lab == NULL ? "--lab" : "--tree");
    options->lab = find_lab_files(lab);
    if (options->lab == NULL)
        wrong_usage("no such lab: ", lab);
    if (options->debug && (options->only == NULL || options->boxed))
        wrong_usage("a debugger is for one test, --only (ONLY=), and not for a box", "");
    if (options->base == NULL)
        options->base = options->tree;
    if (options->patience != NULL && !(strtod(options->patience, NULL) > 0))
        wrong_usage("--patience must be a number above 0: ", options->patience);
}
