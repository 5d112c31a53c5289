/* Lab 1, echo: what the server and the client do, seen by their peer. */
#include "lab-1/common.h"

/* In the order of the report. */
/* clang-format off */
#define SCENARIOS(ADD) \
    ADD(one_message) \
    ADD(port_asked) \
    ADD(several_messages) \
    ADD(long_message) \
    ADD(binary) \
    ADD(byte_by_byte) \
    ADD(silent_client) \
    ADD(half_close) \
    ADD(console) \
    ADD(ten_clients) \
    ADD(waiting_clients) \
    ADD(every_address) \
    ADD(port_in_use) \
    ADD(restart) \
    ADD(slow_reader) \
    ADD(not_reading) \
    ADD(short_sends) \
    ADD(short_receives) \
    ADD(interrupted) \
    ADD(vanish_after_sending) \
    ADD(reset_waiting) \
    ADD(reset_during) \
    ADD(reset_after) \
    ADD(broken_connection) \
    ADD(descriptors) \
    ADD(accept_interrupted) \
    ADD(accept_aborted) \
    ADD(no_descriptors) \
    ADD(shortages) \
    ADD(listener_broken) \
    ADD(server_memcheck) \
    ADD(server_arrays) \
    ADD(client_message) \
    ADD(client_empty) \
    ADD(client_long) \
    ADD(client_pieces) \
    ADD(client_short_sends) \
    ADD(server_closes_early) \
    ADD(connection_breaks) \
    ADD(server_gone) \
    ADD(server_answers_too_much) \
    ADD(server_is_silent) \
    ADD(refused) \
    ADD(localhost) \
    ADD(next_address) \
    ADD(unknown_host) \
    ADD(client_memcheck) \
    ADD(client_arrays)
/* clang-format on */

SCENARIOS(DECLARE_SCENARIO)
static const struct scenario *const scenarios[] = {SCENARIOS(LIST_SCENARIO)};

const struct lab lab_1 = {.name = "1-echo",
                          .handout = "handouts/en/1-echo.md",
                          .scenarios = scenarios,
                          .count = sizeof scenarios / sizeof scenarios[0],
                          .tasks = 64,
                          .after = "lab 2: handouts/en/2-chat.md."};
