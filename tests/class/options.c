#include "class/options.h"

#include "class/entries.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void usage(FILE *stream)
{
    fprintf(stream,
            "usage: class --class DIR [options]\n"
            "Grades what a class has handed in, as Moodle, Canvas and Gradescope name it, or in\n"
            "plain folders, files and archives. A second run grades only what has changed.\n"
            "  --class DIR      the folder with the submissions, or an archive of it\n"
            "  --out DIR        where the results go (default: DIR-grades)\n"
            "  --labs \"1 3\"     the labs to grade (default: all that anybody has handed in)\n"
            "  --base DIR       take the labs below from DIR (default: from each student, or from\n"
            "                   the reference where they are not handed in)\n"
            "  --canvas FILE    fill the points into this export of Canvas's gradebook\n"
            "  --points FILE    points of tests: a line \"2-chat any_bytes 4\", or hidden, or off\n"
            "  --due TIME       when it was due: 2026-12-01T18:00, or with Z in UTC\n"
            "  --late RATE      what it costs to be late, in points of 100: 10%%/day, 5%%/hour, "
            "20%%\n"
            "  --times files    trust the times of files where the platform gives none\n"
            "  --jobs N         grade N labs at a time (default: one for each processor)\n"
            "  --box 0          do not isolate the programs, though bubblewrap is installed\n"
            "  --seed N         the order in which they are graded\n"
            "  --engine NAME    give the jobs to GNU parallel, or to slurm, and wait for them\n"
            "  --hosts FILE     the hosts for parallel, a line each, as its --sshloginfile\n"
            "  --joblist FILE   grade nothing: write the jobs to FILE, a command a line\n"
            "  --job DIR        play the job in DIR: what these commands do\n"
            "  --language NAME  the language of its report: en or zh\n"
            "  --patience X     multiply all time limits by X, for slow machines\n"
            "  --kit DIR        the folder of this kit (default: the current folder)\n"
            "  --cc COMMAND     the compiler (default: gcc)\n"
            "Exit status: 0 all is graded, 2 wrong usage, 3 something could not be graded, 130 "
            "interrupted.\n");
}

static _Noreturn void wrong_usage(const char *what, const char *value)
{
    fprintf(stderr, "class: %s%s (%s --help lists the options)\n", what, value,
            program_invocation_name);
    exit(CLASS_USAGE);
}

/* A whole number from 1 on. */
static long number_of(const char *word, const char *what)
{
    char *end;
    errno = 0;
    long number = strtol(word, &end, 10);
    if (errno != 0 || *end != '\0' || number < 1)
        wrong_usage(what, word);
    return number;
}

static void read_labs(struct class_options *options, const char *labs)
{
    for (const char *at = labs; *at != '\0';) {
        char word[16];
        size_t length = strcspn(at, " ,");
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        const struct lab_files *lab = length > 0 ? find_lab_files(word) : NULL;
        if (length > 0 && lab == NULL)
            wrong_usage("no such lab: ", word);
        if (lab != NULL)
            options->labs[lab - all_labs] = options->labs_named = true;
        at += length + (at[length] != '\0');
    }
}

static void read_due(struct class_options *options, const char *due, const char *rate,
                     const char *times)
{
    if (due == NULL && rate != NULL)
        wrong_usage("LATE needs the time when it was due: DUE=2026-12-01T18:00", "");
    if (due != NULL && !late_read(&options->late, due, rate))
        wrong_usage("DUE is a time such as 2026-12-01T18:00, and LATE a rate such as 10%/day", "");
    if (times != NULL && strcmp(times, "files") != 0)
        wrong_usage("TIMES can only be files, not ", times);
    options->file_times = times != NULL;
}

static void check_engine(const struct class_options *options)
{
    const char *engine = options->engine;
    if (engine != NULL && strcmp(engine, "parallel") != 0 && strcmp(engine, "slurm") != 0)
        wrong_usage("ENGINE is parallel or slurm, not ", engine);
    if (options->hosts != NULL && (engine == NULL || strcmp(engine, "parallel") != 0))
        wrong_usage("HOSTS is for ENGINE=parallel", "");
    if (options->joblist != NULL && engine != NULL)
        wrong_usage("JOBLIST writes a list, ENGINE runs one: give one of them", "");
    if (options->job != NULL && !options->labs_named)
        wrong_usage("--job needs its lab: --labs 1-echo", "");
}

/* DIR-grades beside DIR: what it was named like, without a slash or the ending of an archive. */
static const char *default_out(const char *class)
{
    static char out[4096];
    size_t length = strlen(class);
    while (length > 1 && class[length - 1] == '/')
        length--;
    snprintf(out, sizeof out, "%.*s", (int)length, class);
    const char *name = last_part(out);
    size_t stem = archive_stem(name);
    if (stem > 0)
        length = (size_t)(name - out) + stem;
    snprintf(out, sizeof out, "%.*s-grades", (int)length, class);
    return out;
}

static void set_defaults(struct class_options *options)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *options = (struct class_options){.kit = ".", .compiler = "gcc"};
    options->jobs = (int)sysconf(_SC_NPROCESSORS_ONLN);
    options->seed = (uint64_t)(now.tv_nsec / 1000 + now.tv_sec) % 1000000 + 1;
}

void class_options_read(struct class_options *options, int argc, char **argv)
{
    const char *labs = NULL;
    const char *jobs = NULL;
    const char *seed = NULL;
    const char *due = NULL;
    const char *rate = NULL;
    const char *times = NULL;
    set_defaults(options);
    const struct {
        const char *name;
        const char **place;
    } values[] = {{"class", &options->class},
                  {"out", &options->out},
                  {"base", &options->base},
                  {"canvas", &options->canvas},
                  {"points", &options->points},
                  {"due", &due},
                  {"late", &rate},
                  {"times", &times},
                  {"kit", &options->kit},
                  {"cc", &options->compiler},
                  {"box", &options->box},
                  {"engine", &options->engine},
                  {"hosts", &options->hosts},
                  {"joblist", &options->joblist},
                  {"job", &options->job},
                  {"patience", &options->patience},
                  {"language", &options->language},
                  {"labs", &labs},
                  {"jobs", &jobs},
                  {"seed", &seed}};
    enum { VALUES = sizeof values / sizeof values[0], HELP = VALUES };
    struct option known[VALUES + 2] = {{0}};
    for (int i = 0; i < VALUES; i++)
        known[i] = (struct option){values[i].name, required_argument, NULL, i};
    known[VALUES] = (struct option){"help", no_argument, NULL, HELP};
    for (int word; (word = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (word == HELP) {
            usage(stdout);
            exit(CLASS_DONE);
        }
        if (word == '?')
            exit(CLASS_USAGE);
        if (optarg[0] != '\0')
            *values[word].place = optarg;
    }
    if (optind < argc)
        wrong_usage("unexpected argument: ", argv[optind]);
    read_due(options, due, rate, times);
    if (labs != NULL)
        read_labs(options, labs);
    check_engine(options);
    if (options->class == NULL && options->job == NULL)
        wrong_usage("no class: make grade CLASS=DIR", "");
    if (jobs != NULL) {
        options->jobs = (int)number_of(jobs, "not a number of jobs: ");
        options->jobs_named = true;
    }
    if (seed != NULL)
        options->seed = (uint64_t)number_of(seed, "not a seed: ");
    if (options->patience != NULL && !(strtod(options->patience, NULL) > 0))
        wrong_usage("--patience must be a number above 0: ", options->patience);
    if (options->out == NULL && options->class != NULL)
        options->out = default_out(options->class);
}
