/* Lab 5, UDP: questions and answers in datagrams, and lost, late and duplicate datagrams. */
#include "lab-5/common.h"

/* In the order of the report, step by step as the handout has them. */
/* clang-format off */
#define TO_BIND(ADD) \
    ADD(bind_returns) \
    ADD(bind_fails)
#define TO_SERVE(ADD) \
    ADD(serve_quiet) \
    ADD(serve_reports) \
    ADD(serve_returns) \
    ADD(one_question) \
    ADD(port_asked) \
    ADD(every_address) \
    ADD(port_taken) \
    ADD(two_peers) \
    ADD(hundred_peers) \
    ADD(three_datagrams) \
    ADD(empty_datagram) \
    ADD(binary) \
    ADD(largest) \
    ADD(too_long) \
    ADD(burst) \
    ADD(peer_gone) \
    ADD(receiving_fails) \
    ADD(sending_fails) \
    ADD(interrupted) \
    ADD(socket_unusable) \
    ADD(descriptors) \
    ADD(server_memcheck) \
    ADD(server_arrays)
#define TO_OPEN(ADD) \
    ADD(open_returns) \
    ADD(open_fails)
#define TO_ASK(ADD) \
    ADD(ask_answered) \
    ADD(client_question) \
    ADD(client_numbers) \
    ADD(question_too_long) \
    ADD(largest_question) \
    ADD(two_clients) \
    ADD(localhost) \
    ADD(unknown_host)
#define TO_TRY_AGAIN(ADD) \
    ADD(ask_second_try) \
    ADD(ask_gives_up) \
    ADD(ask_fails) \
    ADD(ask_interrupted) \
    ADD(first_lost) \
    ADD(same_datagram) \
    ADD(late_answer) \
    ADD(duplicates) \
    ADD(old_answer) \
    ADD(almost_right) \
    ADD(stranger) \
    ADD(rubbish) \
    ADD(silence) \
    ADD(pauses) \
    ADD(long_wait) \
    ADD(nobody_there) \
    ADD(server_returns) \
    ADD(wait_interrupted) \
    ADD(client_unusable) \
    ADD(through_the_link) \
    ADD(client_memcheck) \
    ADD(client_arrays)
#define SCENARIOS(ADD) TO_BIND(ADD) TO_SERVE(ADD) TO_OPEN(ADD) TO_ASK(ADD) TO_TRY_AGAIN(ADD)
/* clang-format on */

SCENARIOS(DECLARE_SCENARIO)
static const struct scenario *const scenarios[] = {SCENARIOS(LIST_SCENARIO)};

static const struct step_of_lab steps[] = {
    LAB_STEP("udp_bind", TO_BIND),
    LAB_STEP("udp_serve, and the whole server", TO_SERVE),
    LAB_STEP("udp_open", TO_OPEN),
    LAB_STEP("udp_ask, the good case", TO_ASK),
    LAB_STEP("udp_ask, all other cases", TO_TRY_AGAIN),
};

const struct lab lab_5 = {
    .name = "5-udp",
    .handout = "handouts/en/5-udp.md",
    .scenarios = scenarios,
    .count = sizeof scenarios / sizeof scenarios[0],
    .steps = steps,
    .step_count = sizeof steps / sizeof steps[0],
    .smoke = &SCENARIO_OF(LAB, one_question),
    .tasks = 512,
    .after = "`make contrast`: it fills in the table of \"TCP and UDP side by side\"."};
