/* Lab 2, chat: what two people see who take turns, and what their programs send to each other. */
#include "lab-2/common.h"

/* In the order of the report, step by step as the handout has them. */
/* clang-format off */
#define TO_READ(ADD) \
    ADD(read_lines) \
    ADD(read_pieces) \
    ADD(read_keyboard) \
    ADD(read_file) \
    ADD(read_bytes) \
    ADD(read_both) \
    ADD(read_limit) \
    ADD(read_fails) \
    ADD(read_interrupted)
#define TO_SEND(ADD) \
    ADD(send_lines) \
    ADD(send_parts) \
    ADD(send_interrupted) \
    ADD(send_fails)
#define TO_ANSWER(ADD) \
    ADD(answer_returns) \
    ADD(answer_keyboard) \
    ADD(answer_fails) \
    ADD(answer_threads) \
    ADD(conversation) \
    ADD(prompt) \
    ADD(cut_anywhere) \
    ADD(short_receives) \
    ADD(glued_lines) \
    ADD(line_and_half) \
    ADD(many_lines) \
    ADD(empty_lines) \
    ADD(at_limit) \
    ADD(over_limit) \
    ADD(endless_line) \
    ADD(any_bytes) \
    ADD(zero_byte) \
    ADD(cr_lf) \
    ADD(last_line) \
    ADD(short_sends) \
    ADD(interrupted) \
    ADD(typed_ahead) \
    ADD(keyboard_ends) \
    ADD(silent_people) \
    ADD(keyboard_last_line) \
    ADD(keyboard_too_long) \
    ADD(leaves_mid_line) \
    ADD(leaves_in_turn) \
    ADD(vanishes_in_turn) \
    ADD(reset_in_turn) \
    ADD(second_client) \
    ADD(leftovers) \
    ADD(server_memcheck) \
    ADD(server_arrays)
#define TO_ASK(ADD) \
    ADD(ask_returns) \
    ADD(ask_keyboard) \
    ADD(ask_fails) \
    ADD(client_conversation) \
    ADD(client_prompt) \
    ADD(client_cut) \
    ADD(client_glued) \
    ADD(client_typed_ahead) \
    ADD(client_lines) \
    ADD(client_bytes) \
    ADD(client_short_calls) \
    ADD(client_keyboard_ends) \
    ADD(server_leaves) \
    ADD(server_vanishes) \
    ADD(server_gone) \
    ADD(server_last_line) \
    ADD(answer_too_long) \
    ADD(typed_too_long) \
    ADD(nobody_listens) \
    ADD(server_is_silent) \
    ADD(client_memcheck) \
    ADD(client_arrays)
#define SCENARIOS(ADD) TO_READ(ADD) TO_SEND(ADD) TO_ANSWER(ADD) TO_ASK(ADD)
/* clang-format on */

SCENARIOS(DECLARE_SCENARIO)
static const struct scenario *const scenarios[] = {SCENARIOS(LIST_SCENARIO)};

static const struct step_of_lab steps[] = {
    LAB_STEP("line_open and line_read", TO_READ),
    LAB_STEP("line_send", TO_SEND),
    LAB_STEP("chat_answer, and the whole server", TO_ANSWER),
    LAB_STEP("chat_ask, and the whole client", TO_ASK),
};

const struct lab lab_2 = {.name = "2-chat",
                          .handout = "handouts/en/2-chat.md",
                          .scenarios = scenarios,
                          .count = sizeof scenarios / sizeof scenarios[0],
                          .steps = steps,
                          .step_count = sizeof steps / sizeof steps[0],
                          .smoke = &SCENARIO_OF(LAB, conversation),
                          .tasks = 64,
                          .after = "lab 3: handouts/en/3-fork.md."};
