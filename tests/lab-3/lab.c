/* Lab 3, fork: many clients at once, a process for each, seen by their peer. */
#include "lab-3/common.h"

/* In the order of the report. */
/* clang-format off */
#define SCENARIOS(ADD) \
    ADD(two_clients) \
    ADD(own_process) \
    ADD(fifty_clients) \
    ADD(two_hundred_clients) \
    ADD(one_leaves) \
    ADD(demonstration) \
    ADD(whole_lines) \
    ADD(fifty_speakers) \
    ADD(operator_answers) \
    ADD(end_of_stream) \
    ADD(descriptors) \
    ADD(listener_closed) \
    ADD(child_ends) \
    ADD(child_status) \
    ADD(crashed_child) \
    ADD(stopped_child) \
    ADD(one_zombie) \
    ADD(fifty_zombies) \
    ADD(early_end) \
    ADD(signal_in_accept) \
    ADD(errno_kept) \
    ADD(safe_handler) \
    ADD(fork_fails) \
    ADD(no_child) \
    ADD(listener_broken) \
    ADD(memcheck) \
    ADD(arrays)
/* clang-format on */

SCENARIOS(DECLARE_SCENARIO)
static const struct scenario *const scenarios[] = {SCENARIOS(LIST_SCENARIO)};

const struct lab lab_3 = {.name = "3-fork",
                          .handout = "handouts/en/3-fork.md",
                          .scenarios = scenarios,
                          .count = sizeof scenarios / sizeof scenarios[0],
                          .tasks = 512,
                          .after = "lab 4: handouts/en/4-pthread.md."};
