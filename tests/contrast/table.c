/* The table: plays all cells, and prints what they have counted. */
#include "contrast/contrast.h"
#include "grader/base/settings.h"
#include "grader/base/text.h"
#include "grader/base/tools.h"
#include "grader/run/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings settings = {.source = "labs", .patience = 1};
const char *trees;

/* A row after the other, TCP first. */
/* clang-format off */
#define CELLS(ADD) \
    ADD(calls_tcp) \
    ADD(calls_udp) \
    ADD(three_tcp) \
    ADD(three_udp) \
    ADD(long_tcp) \
    ADD(long_udp) \
    ADD(too_long_tcp) \
    ADD(too_long_udp) \
    ADD(nobody_tcp) \
    ADD(nobody_udp) \
    ADD(lost_tcp) \
    ADD(lost_udp) \
    ADD(crowd_processes) \
    ADD(crowd_udp) \
    ADD(crowd_threads)
/* clang-format on */

CELLS(DECLARE_SCENARIO)
static const struct scenario *const cells[] = {CELLS(LIST_SCENARIO)};
enum { COUNT = sizeof cells / sizeof cells[0], FIRST = 20, COLUMN = 37 };
static const struct lab table = {.name = "contrast",
                                 .handout = "handouts/en/5-udp.md",
                                 .scenarios = cells,
                                 .count = COUNT,
                                 .tasks = 512};

static bool every(const struct scenario *scenario, void *argument)
{
    (void)scenario;
    (void)argument;
    return true;
}

static void next(size_t index, void *argument)
{
    (void)index;
    (void)argument;
}

/* Prints TEXTS beside each other, broken into lines. */
static void print_row(const char *const texts[3])
{
    static const size_t widths[3] = {FIRST, COLUMN, COLUMN};
    struct text columns[3] = {{0}};
    const char *rest[3];
    for (int i = 0; i < 3; i++) {
        text_wrap(&columns[i], texts[i], widths[i], 0);
        rest[i] = columns[i].start != NULL ? columns[i].start : "";
    }
    while (*rest[0] != '\0' || *rest[1] != '\0' || *rest[2] != '\0') {
        size_t gap = 0; /* printed only when something follows it */
        for (int i = 0; i < 3; i++) {
            char line[4 * (COLUMN + 1)];
            size_t length = strcspn(rest[i], "\n");
            snprintf(line, sizeof line, "%.*s", (int)length, rest[i]);
            printf("%*s%s", length > 0 ? (int)gap : 0, "", line);
            gap = (length > 0 ? 0 : gap) + widths[i] + 2 - text_columns(line);
            rest[i] += length + (rest[i][length] == '\n');
        }
        printf("\n");
    }
    for (int i = 0; i < 3; i++)
        text_free(&columns[i]);
}

static const char *text_of(const struct result *result)
{
    return result->status == PASSED ? result->story : "–";
}

static bool print_table(const struct result *results)
{
    bool complete = true;
    printf("The same questions over TCP and over UDP: ");
    if (strcmp(settings.base, settings.source) == 0)
        printf("%s/\n\n", settings.source);
    else
        printf("%s/ and %s/\n\n", settings.base, settings.source);
    print_row((const char *const[]){"", "TCP (1-echo)", "UDP (5-udp)"});
    printf("\n");
    for (size_t i = 0; i < COUNT; i++)
        complete = complete && results[i].status == PASSED;
    for (size_t i = 0; i < COUNT; i += 2) {
        const char *udp = i + 1 < COUNT ? text_of(&results[i + 1]) : "";
        print_row((const char *const[]){cells[i]->sentence, text_of(&results[i]), udp});
        printf("\n");
    }
    if (!complete)
        printf(
            "–: this program does not do it yet, or with calls that cannot be seen; make contrast "
            "SRC=reference shows what the reference does.\n");
    return complete;
}

int main(int argc, char **argv)
{
    if (!tools_reduce_path()) {
        perror("contrast: PATH");
        return 1;
    }
    if (argc != 5) {
        fprintf(stderr, "usage: contrast TREES PROBE TCP UDP\n"
                        "TREES holds the built programs of each lab; TCP and UDP are the names of "
                        "the trees they come from.\n");
        return 2;
    }
    trees = realpath(argv[1], NULL);
    settings.programs = trees;
    settings.tasks = table.tasks;
    settings.probe = realpath(argv[2], NULL);
    settings.base = argv[3];
    settings.sources = settings.source = argv[4];
    struct result *results = run_results(COUNT);
    if (trees == NULL || settings.probe == NULL || results == NULL) {
        perror("contrast");
        return 3;
    }
    if (!run_scenarios(&table, results, (int)sysconf(_SC_NPROCESSORS_ONLN), every, next, NULL))
        return 130;
    return print_table(results) ? 0 : 1;
}
