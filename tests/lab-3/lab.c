/* Lab 3, fork: many clients at once, a process for each, seen by their peer. */
#include "lab-3/common.h"

/* In the order of the report, step by step as the handout has them. */
/* clang-format off */
#define TO_FORK(ADD) \
    ADD(two_clients) \
    ADD(own_process) \
    ADD(fifty_clients) \
    ADD(two_hundred_clients) \
    ADD(serve_sessions) \
    ADD(demonstration) \
    ADD(whole_lines) \
    ADD(fifty_speakers) \
    ADD(operator_answers) \
    ADD(end_of_stream) \
    ADD(descriptors)
#define TO_END(ADD) \
    ADD(listener_closed) \
    ADD(child_ends) \
    ADD(child_status) \
    ADD(serve_broken_sessions)
#define TO_REAP(ADD) \
    ADD(one_leaves) \
    ADD(crashed_child) \
    ADD(stopped_child) \
    ADD(one_zombie) \
    ADD(fifty_zombies) \
    ADD(early_end) \
    ADD(errno_kept) \
    ADD(safe_handler)
#define TO_FAIL(ADD) \
    ADD(signal_in_accept) \
    ADD(fork_fails) \
    ADD(serve_fork_fails) \
    ADD(no_child) \
    ADD(listener_broken) \
    ADD(serve_returns) \
    ADD(memcheck) \
    ADD(arrays)
#define SCENARIOS(ADD) TO_FORK(ADD) TO_END(ADD) TO_REAP(ADD) TO_FAIL(ADD)
/* clang-format on */

SCENARIOS(DECLARE_SCENARIO)
static const struct scenario *const scenarios[] = {SCENARIOS(LIST_SCENARIO)};

static const struct step_of_lab steps[] = {
    LAB_STEP("fork", TO_FORK),
    LAB_STEP("child, and how it ends", TO_END),
    LAB_STEP("no zombies", TO_REAP),
    LAB_STEP("what can fail", TO_FAIL),
};

const struct lab lab_3 = {.name = "3-fork",
                          .handout = "handouts/en/3-fork.md",
                          .scenarios = scenarios,
                          .count = sizeof scenarios / sizeof scenarios[0],
                          .steps = steps,
                          .step_count = sizeof steps / sizeof steps[0],
                          .tasks = 512,
                          .after = "lab 4: handouts/en/4-pthread.md."};
