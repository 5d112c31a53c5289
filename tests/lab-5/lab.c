/* Lab 5, UDP: questions and answers in datagrams, and lost, late and duplicate datagrams. */
#include "lab-5/common.h"

/* In the order of the report. */
/* clang-format off */
#define SCENARIOS(ADD) \
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
    ADD(server_arrays) \
    ADD(client_question) \
    ADD(client_numbers) \
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
    ADD(nobody_there) \
    ADD(server_returns) \
    ADD(wait_interrupted) \
    ADD(client_unusable) \
    ADD(question_too_long) \
    ADD(largest_question) \
    ADD(two_clients) \
    ADD(localhost) \
    ADD(unknown_host) \
    ADD(through_the_link) \
    ADD(client_memcheck) \
    ADD(client_arrays)
/* clang-format on */

SCENARIOS(DECLARE_SCENARIO)
static const struct scenario *const scenarios[] = {SCENARIOS(LIST_SCENARIO)};

const struct lab lab_5 = {
    .name = "5-udp",
    .handout = "handouts/en/5-udp.md",
    .scenarios = scenarios,
    .count = sizeof scenarios / sizeof scenarios[0],
    .tasks = 512,
    .after = "`make contrast`: it fills in the table of \"TCP and UDP side by side\"."};
