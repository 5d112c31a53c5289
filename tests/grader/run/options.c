#include "grader/run/options.h"

#include "grader/base/lean.h"
#include "grader/base/settings.h"
#include "grader/base/text.h"
#include "grader/base/version.h"
#include "grader/explain/cause.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void usage(void)
{
    printf(
        "usage: grader --lab N --programs DIR --probe FILE --sources DIR [options]\n"
        "  --lab N          the lab to grade\n"
        "  --programs DIR   the folder with its server and client\n"
        "  --probe FILE     the library to preload into them\n"
        "  --sources DIR    the folder with the student's files of this lab\n"
        "  --scratch DIR    create the tests' working directories here (default: in --programs)\n"
        "  --source TREE    the tree's name, for the report and the commands in it\n"
        "  --base TREE      the name of the tree with the labs before it\n"
        "  --typed TREE     the tree as it was typed, if the report and its commands are to repeat "
        "that\n"
        "  --typed-base T   the same for the tree with the labs before it\n"
        "  --broken LAB     report first that this earlier lab does not work\n"
        "  --smoke          run only the first test: does the lab work at all?\n"
        "  --only A,B       run only these tests, or groups of them (see --list)\n"
        "  --step N         run only the tests of this step of the lab\n"
        "  --no-valgrind    skip the tests under valgrind\n"
        "  --jobs N         run N tests at a time (default: four for each processor)\n"
        "  --first A,B      start these tests, if there are such, before the others\n"
        "  --shuffle SEED   start the tests in an order that this number decides\n"
        "  --until-failure  stop at the first test that fails\n"
        "  --tries N        rerun a test that did not pass, alone, up to N times (default: 0)\n"
        "  --patience X     multiply all time limits by X, for slow machines\n"
        "  --verbose        report every failure in full\n"
        "  --list           print the tests and their points\n"
        "  --sanitizer      run nothing: exit with 0 if a test that is to run needs the programs\n"
        "                   with AddressSanitizer, and with 1 if none does\n"
        "  --causes         print the causes that a report can name, and their sentences\n"
        "  --version        print the version of the kit\n"
        "Descriptors, which must be open and above 2:\n"
        "  --reference FD   the JSON of the reference's run: do not count tests it did not pass\n"
        "  --not-built FD   not all programs could be built: the compiler's messages\n"
        "  --json-fd FD     write the results for Gradescope\n"
        "  --junit-fd FD    write the results as JUnit XML\n"
        "  --record FD      a folder: keep the evidence of each failed test there\n"
        "  --trace FD       a folder: draw the conversation of each test, in the report and there\n"
        "                   as NAME.svg; without --only, of the first test\n"
        "  --hint FD        instead of a report, give the next hint for the first failure; the "
        "file\n"
        "                   keeps which hints were given\n"
        "  --score-fd FD    write the score of the whole lab, for the list that `make` prints\n"
        "  --debug-fd FD    run the one test of --only again for a debugger; write the place to "
        "stop\n"
        "                   at, and the number of the process that waits to be attached to\n"
        "Exit status: 0 full marks, 1 less, 2 wrong usage, 3 no score, because the autograder or\n"
        "the machine is at fault.\n");
}

static _Noreturn void wrong_usage(const char *what, const char *value)
{
    struct text harmless = {0};
    text_harmless(&harmless, value, strlen(value), 200, false);
    fprintf(stderr, "grader: %s: %s (grader --help lists the options)\n", what,
            harmless.start != NULL ? harmless.start : "\"\"");
    text_free(&harmless);
    exit(USAGE);
}

/* VALUE as a number from LEAST on; WHAT tells what it is for. */
static int read_number(const char *value, int least, const char *what)
{
    char *end;
    errno = 0;
    long number = strtol(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || number < least || number > INT_MAX)
        wrong_usage(what, value);
    return (int)number;
}

/* VALUE as a descriptor that is open, and that no other program gets. */
static int read_descriptor(const char *value)
{
    if (value == NULL)
        return NONE;
    int fd = read_number(value, STDERR_FILENO + 1, "not the number of a descriptor above 2");
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
        wrong_usage("this descriptor is not open", value);
    return fd;
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
        printf("%-28s %3d  %s\n", lab->scenarios[i]->id, lab->scenarios[i]->points,
               _(lab->scenarios[i]->sentence));
}

bool is_wanted(const struct options *options, const struct scenario *scenario)
{
    if (options->step != 0 &&
        lab_step(options->lab, lab_index(options->lab, scenario)) != options->step)
        return false;
    return options->only == NULL || lab_names(options->lab, options->only, scenario);
}

bool is_sanitizer_wanted(const struct options *options)
{
    for (size_t i = 0; i < options->lab->count; i++)
        if (options->lab->scenarios[i]->sanitizer && is_wanted(options, options->lab->scenarios[i]))
            return true;
    return false;
}

static const char separators[] = ", ";

static _Noreturn void no_such_test(const struct lab *lab, const char *id, size_t length)
{
    char close[LAB_NAME];
    struct text harmless = {0};
    text_harmless(&harmless, id, length, 200, false);
    fprintf(stderr, _("grader: lab %s has no test \"%s\""), lab->name,
            harmless.start != NULL ? harmless.start : "");
    if (lab_find_close(lab, id, length, close))
        fprintf(stderr, _("; did you mean %s?"), close);
    fprintf(stderr, _(" (make list-%.*s lists them)\n"), (int)strspn(lab->name, "0123456789"),
            lab->name);
    text_free(&harmless);
    exit(USAGE);
}

static bool is_known(const struct lab *lab, const char *name, size_t length)
{
    for (size_t i = 0; i < lab->count; i++)
        if (lab_means(lab, name, length, lab->scenarios[i]))
            return true;
    return false;
}

static void check_only(const struct options *options)
{
    const char *at = options->only;
    if (at == NULL)
        return;
    do {
        size_t length = strcspn(at, separators);
        if (!is_known(options->lab, at, length))
            no_such_test(options->lab, at, length);
        at += length;
        at += strspn(at, separators);
    } while (*at != '\0');
}

/* A debugger is for one program of one test, and cannot be attached to valgrind. */
static void check_debug(const struct options *options)
{
    const char *only = options->only != NULL ? options->only : "";
    const struct scenario *one = lab_find(options->lab, only, strlen(only));
    if (options->debug == NONE)
        return;
    if (one == NULL)
        wrong_usage("a debugger is for one test: --only (ONLY=), not", only);
    if (one->valgrind)
        wrong_usage("gdb is not for a test under valgrind; its report names the line", one->id);
}

static void list_causes(void)
{
    const struct cause *cause;
    for (size_t i = 0; (cause = cause_at(i)) != NULL; i++)
        printf("%-32s %s\n", cause->id, cause->sentence);
}

/* The options that take a value, and where it goes. */
struct value {
    const char *name;
    const char **place;
};

static void read_words(const struct value *values, size_t count, struct options *options, int argc,
                       char **argv)
{
    enum {
        MOST = 40,
        HELP = MOST,
        NO_VALGRIND,
        LIST,
        VERBOSE,
        SMOKE,
        VERSION,
        CAUSES,
        UNTIL,
        SANITIZER,
        FLAGS = 9
    };
    struct option known[MOST] = {
        {"help", no_argument, NULL, HELP},          {"no-valgrind", no_argument, NULL, NO_VALGRIND},
        {"list", no_argument, NULL, LIST},          {"verbose", no_argument, NULL, VERBOSE},
        {"smoke", no_argument, NULL, SMOKE},        {"version", no_argument, NULL, VERSION},
        {"causes", no_argument, NULL, CAUSES},      {"until-failure", no_argument, NULL, UNTIL},
        {"sanitizer", no_argument, NULL, SANITIZER}};
    for (size_t i = 0; i < count; i++)
        known[FLAGS + i] = (struct option){values[i].name, required_argument, NULL, (int)i};
    for (int word; (word = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (word == HELP) {
            usage();
            exit(FULL_MARKS);
        }
        if (word == VERSION) {
            puts("sockladder " KIT_VERSION);
            exit(FULL_MARKS);
        }
        if (word == CAUSES) {
            list_causes();
            exit(FULL_MARKS);
        }
        if (word == '?') /* getopt_long has said what is wrong */
            exit(USAGE);
        options->no_valgrind |= word == NO_VALGRIND;
        options->list |= word == LIST;
        options->sanitizer |= word == SANITIZER;
        options->verbose |= word == VERBOSE;
        options->smoke |= word == SMOKE;
        settings.until_failure |= word == UNTIL;
        if (word < MOST)
            *values[word].place = optarg;
    }
    if (optind < argc)
        wrong_usage("unexpected argument", argv[optind]);
}

/* The values that are read as they stand, once all are known. */
struct values {
    const char *lab, *step, *jobs, *patience, *tries, *shuffle;
    const char *programs, *probe, *sources, *scratch;
    const char *reference, *not_built, *json, *junit, *score, *record, *debug, *trace, *hint;
};

static void read_descriptors(struct options *options, const struct values *values)
{
    options->reference = read_descriptor(values->reference);
    options->not_built = read_descriptor(values->not_built);
    settings.in_part = options->not_built != NONE;
    options->json = read_descriptor(values->json);
    options->junit = read_descriptor(values->junit);
    options->score = read_descriptor(values->score);
    settings.record = values->record != NULL ? read_descriptor(values->record) : 0;
    options->debug = read_descriptor(values->debug);
    options->hint = read_descriptor(values->hint);
    options->trace = read_descriptor(values->trace);
    settings.traced = options->trace != NONE;
    options->smoke |= settings.traced && options->only == NULL && values->step == NULL;
    if (options->score != NONE && (options->only || values->step || options->smoke ||
                                   options->no_valgrind || settings.until_failure))
        wrong_usage("a part of the lab has no score", "--score-fd");
}

/* It is beside the probe. */
static const char *find_library(void)
{
    static char library[PATH_MAX];
    char build[PATH_MAX];
    const char *slash = settings.probe != NULL ? strrchr(settings.probe, '/') : NULL;
    if (slash == NULL)
        return library;
    snprintf(build, sizeof build, "%.*s", (int)(slash - settings.probe), settings.probe);
    lean_library(build, library, sizeof library);
    return library;
}

static void read_places(const struct values *values)
{
    settings.programs = realpath(values->programs, NULL);
    settings.probe = realpath(values->probe, NULL);
    settings.library = find_library();
    settings.sources = realpath(values->sources, NULL);
    if (values->scratch != NULL && (settings.scratch = realpath(values->scratch, NULL)) == NULL)
        wrong_usage("--scratch: no such folder", values->scratch);
    if (settings.base == NULL)
        settings.base = settings.source;
}

static void read_numbers(struct options *options, const struct values *values)
{
    /* Tests wait more than they compute, so four for each processor. */
    options->jobs = 4 * (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (values->jobs != NULL)
        options->jobs = read_number(values->jobs, 1, "--jobs must be a number above 0");
    if (values->tries != NULL)
        settings.tries = read_number(values->tries, 0, "--tries must be a number");
    settings.shuffled = values->shuffle != NULL;
    if (settings.shuffled)
        settings.seed = (unsigned)read_number(values->shuffle, 0, "--shuffle must be a number");
    if (values->step != NULL)
        options->step = (size_t)read_number(values->step, 1, "--step must be a number above 0");
    if (options->step > options->lab->step_count) {
        fprintf(stderr, _("grader: lab %s has no step %zu: its steps are 1 to %zu\n"),
                options->lab->name, options->step, options->lab->step_count);
        exit(USAGE);
    }
    settings.tasks = options->lab->tasks;
    settings.patience = strtod(values->patience, NULL);
    if (!(settings.patience > 0))
        wrong_usage("--patience must be a number above 0", values->patience);
}

void read_options(struct options *options, const struct lab *const *labs, size_t count, int argc,
                  char **argv)
{
    struct values values = {.patience = "1", .programs = "", .probe = "", .sources = ""};
    const struct value places[] = {
        {"lab", &values.lab},
        {"programs", &values.programs},
        {"probe", &values.probe},
        {"sources", &values.sources},
        {"scratch", &values.scratch},
        {"source", &settings.source},
        {"base", &settings.base},
        {"typed", &options->typed},
        {"typed-base", &options->typed_base},
        {"only", &options->only},
        {"step", &values.step},
        {"reference", &values.reference},
        {"not-built", &values.not_built},
        {"json-fd", &values.json},
        {"junit-fd", &values.junit},
        {"score-fd", &values.score},
        {"record", &values.record},
        {"debug-fd", &values.debug},
        {"trace", &values.trace},
        {"hint", &values.hint},
        {"jobs", &values.jobs},
        {"tries", &values.tries},
        {"first", &settings.first},
        {"shuffle", &values.shuffle},
        {"patience", &values.patience},
        {"broken", &options->broken},
    };
    read_words(places, sizeof places / sizeof places[0], options, argc, argv);
    read_descriptors(options, &values);
    options->lab = find_lab(labs, count, values.lab);
    check_only(options);
    check_debug(options);
    read_places(&values);
    read_numbers(options, &values);
}
