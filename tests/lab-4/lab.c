/* Lab 4, pthread: many clients at once, a thread for each, and the chat room that they share. */
#include "lab-4/common.h"

/* In the order of the report, step by step as the handout has them. */
/* clang-format off */
#define TO_SERVE(ADD) \
    ADD(serve_sessions) \
    ADD(serve_broken_sessions) \
    ADD(serve_returns) \
    ADD(two_clients) \
    ADD(fifty_clients) \
    ADD(two_hundred_clients) \
    ADD(own_arguments) \
    ADD(one_leaves) \
    ADD(console) \
    ADD(fifty_speakers) \
    ADD(reset) \
    ADD(detached_or_joined) \
    ADD(many_in_turn) \
    ADD(create_fails) \
    ADD(accept_fatal)
#define TO_SHARE(ADD) \
    ADD(join_returns) \
    ADD(say_and_announce) \
    ADD(leave_returns) \
    ADD(used_after_empty) \
    ADD(room_no_memory) \
    ADD(room_freed) \
    ADD(call_send_fails) \
    ADD(call_deaf) \
    ADD(many_threads) \
    ADD(calls_between) \
    ADD(conversation) \
    ADD(not_to_speaker) \
    ADD(same_number) \
    ADD(joins_and_leaves) \
    ADD(operator) \
    ADD(empty_room) \
    ADD(any_bytes) \
    ADD(longest_line) \
    ADD(hundreds_in_room) \
    ADD(fifty_in_room) \
    ADD(at_the_same_time) \
    ADD(said_while_joining) \
    ADD(between_locks) \
    ADD(woken_late) \
    ADD(no_memory) \
    ADD(short_sends) \
    ADD(leaving) \
    ADD(broken_member) \
    ADD(send_fails) \
    ADD(number_reused) \
    ADD(stalled_member) \
    ADD(stalled_member_closed) \
    ADD(stalled_member_and_operator) \
    ADD(server_helgrind) \
    ADD(server_memcheck) \
    ADD(server_arrays)
#define TO_TALK(ADD) \
    ADD(talk_server_ends) \
    ADD(talk_both_end) \
    ADD(talk_fails) \
    ADD(talk_no_thread) \
    ADD(client_listens) \
    ADD(client_speaks) \
    ADD(client_half_line) \
    ADD(client_half_typed) \
    ADD(client_held_up) \
    ADD(client_lines) \
    ADD(client_keyboard_ends) \
    ADD(client_server_ends) \
    ADD(client_server_breaks) \
    ADD(client_too_long) \
    ADD(client_memory) \
    ADD(client_no_thread) \
    ADD(client_helgrind) \
    ADD(client_arrays)
#define SCENARIOS(ADD) TO_SERVE(ADD) TO_SHARE(ADD) TO_TALK(ADD)
/* clang-format on */

SCENARIOS(DECLARE_SCENARIO)
static const struct scenario *const scenarios[] = {SCENARIOS(LIST_SCENARIO)};

static const struct step_of_lab steps[] = {
    LAB_STEP("serve", TO_SERVE),
    LAB_STEP("room, and the whole server", TO_SHARE),
    LAB_STEP("talk, and the whole client", TO_TALK),
};

const struct lab lab_4 = {.name = "4-pthread",
                          .handout = "handouts/en/4-pthread.md",
                          .scenarios = scenarios,
                          .count = sizeof scenarios / sizeof scenarios[0],
                          .steps = steps,
                          .step_count = sizeof steps / sizeof steps[0],
                          .smoke = &SCENARIO_OF(LAB, two_clients),
                          .tasks = 512,
                          .after = "lab 5: handouts/en/5-udp.md."};
