/* Plays all scenes, and prints for each a line with its name and title, and its rows. */
#include "grader/base/settings.h"
#include "grader/base/tools.h"
#include "grader/run/run.h"
#include "sequences/sequences.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct settings settings = {.source = "solutions", .base = "solutions", .patience = 1};
const char *trees;

#define SCENES(ADD)                                                                                \
    ADD(run_echo)                                                                                  \
    ADD(run_time_wait)                                                                             \
    ADD(run_turns)                                                                                 \
    ADD(run_fork)                                                                                  \
    ADD(run_child_ends)                                                                            \
    ADD(run_room)                                                                                  \
    ADD(run_user_leaves)                                                                           \
    ADD(run_server_leaves)                                                                         \
    ADD(run_lost)                                                                                  \
    ADD(run_late)
SCENES(DECLARE_SCENARIO)
static const struct scenario *const scenes[] = {SCENES(LIST_SCENARIO)};
enum { COUNT = sizeof scenes / sizeof scenes[0] };
static const struct lab table = {
    .name = "sequences", .handout = "", .scenarios = scenes, .count = COUNT, .tasks = 64};

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

static bool print_scenes(const struct result *results)
{
    bool complete = true;
    for (size_t i = 0; i < COUNT; i++) {
        if (results[i].status != PASSED) {
            fprintf(stderr, "sequences: %s: %s\n", scenes[i]->id, results[i].story);
            complete = false;
            continue;
        }
        printf("# %s" SEPARATOR "%s" SEPARATOR "%s\n%s", scenes[i]->id, scenes[i]->sentence,
               scenes[i]->hint, results[i].story);
    }
    return complete && fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: sequences TREES PROBE\n"
                        "TREES holds the built programs of each lab's reference.\n");
        return 2;
    }
    trees = realpath(argv[1], NULL);
    settings.programs = trees;
    settings.tasks = table.tasks;
    settings.probe = realpath(argv[2], NULL);
    settings.sources = settings.source;
    struct result *results = run_results(COUNT);
    if (!tools_reduce_path() || trees == NULL || settings.probe == NULL || results == NULL) {
        perror("sequences");
        return 3;
    }
    if (!run_scenarios(&table, results, 1, every, next, NULL))
        return 130;
    return print_scenes(results) ? 0 : 1;
}
