/* Lab 1, echo: what the server and the client do, seen by their peer. */
#include "lab-1/common.h"

/* In the order of the report, step by step as the handout has them. */
/* clang-format off */
#define TO_LISTEN(ADD) \
    ADD(listen_returns) \
    ADD(listen_queue) \
    ADD(listen_fails) \
    ADD(listen_closes)
#define TO_ACCEPT(ADD) \
    ADD(accept_returns) \
    ADD(accept_retries) \
    ADD(accept_short) \
    ADD(accept_broken)
#define TO_SERVE(ADD) \
    ADD(serve_sessions) \
    ADD(serve_broken_session) \
    ADD(serve_returns)
#define TO_SESSION(ADD) \
    ADD(session_returns) \
    ADD(session_recv_fails) \
    ADD(session_send_fails) \
    ADD(session_interrupted) \
    ADD(session_threads) \
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
    ADD(server_arrays)
#define TO_CONNECT(ADD) \
    ADD(connect_returns) \
    ADD(connect_refused) \
    ADD(connect_fails)
#define TO_ASK(ADD) \
    ADD(ask_returns) \
    ADD(ask_early_end) \
    ADD(ask_fails) \
    ADD(ask_interrupted) \
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
#define SCENARIOS(ADD) \
    TO_LISTEN(ADD) TO_ACCEPT(ADD) TO_SERVE(ADD) TO_SESSION(ADD) TO_CONNECT(ADD) TO_ASK(ADD)
/* clang-format on */

SCENARIOS(DECLARE_SCENARIO)
static const struct scenario *const scenarios[] = {SCENARIOS(LIST_SCENARIO)};

static const struct step_of_lab steps[] = {
    LAB_STEP("tcp_listen", TO_LISTEN),   LAB_STEP("tcp_accept", TO_ACCEPT),
    LAB_STEP("serve", TO_SERVE),         LAB_STEP("echo_session, and the whole server", TO_SESSION),
    LAB_STEP("tcp_connect", TO_CONNECT), LAB_STEP("echo_ask, and the whole client", TO_ASK),
};

const struct lab lab_1 = {.name = "1-echo",
                          .handout = "handouts/en/1-echo.md",
                          .scenarios = scenarios,
                          .count = sizeof scenarios / sizeof scenarios[0],
                          .steps = steps,
                          .smoke = &SCENARIO_OF(LAB, one_message),
                          .step_count = sizeof steps / sizeof steps[0],
                          .tasks = 64,
                          .after = "lab 2: handouts/en/2-chat.md."};
