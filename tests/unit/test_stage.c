/* How a wait ends, and how a test: grader/play/stage.h. The programs are those of programs/acts.c.
 */
#include "fixture.h"

#include "grader/base/settings.h"
#include "grader/expect/echo.h"
#include "grader/expect/server.h"
#include "grader/play/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static bool at_once(void *argument)
{
    (void)argument;
    return true;
}

static bool never(void *argument)
{
    (void)argument;
    return false;
}

static double seconds_since(uint64_t begun)
{
    return (double)(stage_now() - begun) / 1e9;
}

static void test_what_is_there_has_come(void **state)
{
    (void)state;
    assert_int_equal(stage_wait(NULL, at_once, NULL), DONE);
    cast("burns");
    program_start("server", "0", NULL);
    assert_int_equal(stage_wait(NULL, at_once, NULL), DONE);
    assert_int_equal(stage.last, DONE);
}

static void test_after_the_end_of_all_programs_nothing_comes(void **state)
{
    (void)state;
    cast("refuses");
    program_start("server", "0", NULL);
    program_start("server", "0", NULL);
    assert_int_equal(stage_wait(NULL, never, NULL), ENDED);
    assert_int_equal(stage.last, ENDED);
}

static bool has_said_why(void *argument)
{
    return ((struct program *)argument)->complained.length > 0;
}

static void test_the_last_words_of_a_program_have_come(void **state)
{
    (void)state;
    cast("refuses");
    for (int i = 0; i < 8; i++) {
        struct program *program = program_start("server", "0", NULL);
        assert_int_equal(stage_wait(NULL, has_said_why, program), DONE);
    }
}

static void test_who_waits_for_us_has_stalled(void **state)
{
    (void)state;
    uint64_t begun = stage_now();
    assert_int_equal(stage_wait(NULL, never, NULL), STALLED); /* nobody at all */
    cast("waits");
    struct program *program = program_start("server", "0", NULL);
    assert_int_equal(program_wait(program), STALLED);
    assert_true(seconds_since(begun) < 4);
    assert_int_equal(write(program->in, "x", 1), 1);
    assert_int_equal(program_wait(program), DONE);
}

static void test_who_keeps_the_processor_busy_spins(void **state)
{
    (void)state;
    cast("burns");
    struct program *program = program_start("server", "0", NULL);
    uint64_t begun = stage_now();
    assert_int_equal(program_wait(program), SPUN);
    assert_true(seconds_since(begun) < 6);
}

static bool sends_one_more(void *argument)
{
    atomic_fetch_add(&((struct program *)argument)->trace->sent, 1);
    return false;
}

static void test_who_is_busy_sending_does_not_spin(void **state)
{
    (void)state;
    settings.patience = 0.1; /* twice 0.8 s: longer than what a program that spins is given */
    cast("burns");
    struct program *program = program_start("server", "0", NULL);
    assert_int_equal(stage_wait(NULL, sends_one_more, program), LATE);
}

static bool sends_unseen(void *argument)
{
    assert_int_equal(write(*(int *)argument, "x", 1), 1);
    return false;
}

/* As a program does that writes to its connection by way of stdio, a few bytes at a time, while the
   test takes none of them. */
static void test_who_sends_what_nobody_takes_does_not_spin(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    peer_connect("client", "127.0.0.1", ntohs(address.sin_port));
    int conn = accept(listener, NULL, NULL);
    settings.patience = 0.1;
    cast("burns");
    program_start("server", "0", NULL);
    assert_int_equal(stage_wait(NULL, sends_unseen, &conn), LATE);
    close(conn);
    close(listener);
}

static void test_who_goes_by_the_clock_is_late_at_the_deadline(void **state)
{
    (void)state;
    static const char *const acts[] = {"sleeps", "polls"};
    settings.patience = 0.01;
    for (size_t i = 0; i < 2; i++) {
        cast(acts[i]);
        struct program *program = program_start("server", "0", NULL);
        /* A deadline is for one wait. */
        assert_int_equal(program_wait(program), LATE);
        assert_int_equal(program_wait(program), LATE);
    }
}

static void test_a_timer_is_no_stall(void **state)
{
    (void)state;
    settings.patience = 0.01;
    cast("waits");
    struct program *program = program_start("server", "0", NULL);
    atomic_store(&program->trace->timed, 1);
    assert_int_equal(program_wait(program), LATE);
}

static bool has_bytes(void *argument)
{
    char byte;
    return peer_peek(argument, &byte) == 1;
}

static void test_bytes_that_are_there_come_before_the_end(void **state)
{
    (void)state;
    cast("echoes-and-more");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    peer_send(client, "abc", 3);
    assert_int_equal(stage_wait(NULL, has_bytes, client), DONE);
    program_terminate(server);
    assert_int_equal(stage_wait(NULL, has_bytes, client), DONE);
    assert_int_equal(stage_wait(NULL, never, NULL), ENDED);
}

static void test_notes_are_kept_up_to_their_number(void **state)
{
    (void)state;
    const struct peer peer = {.name = "the client", .port = 4711};
    for (int i = 0; i < STAGE_NOTES + 5; i++)
        stage_note(&peer, 17, NOTE_OTHER, i,
                   "a text that is longer than what a note has room for, "
                   "and is cut off at its end");
    assert_int_equal(stage.note_count, STAGE_NOTES);
    assert_int_equal(stage.notes[STAGE_NOTES - 1].bytes, STAGE_NOTES - 1);
    assert_int_equal(strlen(stage.notes[0].text), sizeof stage.notes[0].text - 1);
    assert_int_equal(stage.notes[0].port, 4711);
}

static void test_closing_ends_everybody_and_counts_the_uninvited(void **state)
{
    (void)state;
    cast("leaves-children");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    expect_echo(client, "abc", 3);
    assert_int_equal(stage_close(), 2);
    assert_int_equal(stage.program_count, 0);
    assert_int_equal(stage.peer_count, 0);
    stage_open(stage.scenario, stage.result);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_what_is_there_has_come),
        ON_STAGE(test_after_the_end_of_all_programs_nothing_comes),
        ON_STAGE(test_the_last_words_of_a_program_have_come),
        ON_STAGE(test_who_waits_for_us_has_stalled),
        ON_STAGE(test_who_keeps_the_processor_busy_spins),
        ON_STAGE(test_who_is_busy_sending_does_not_spin),
        ON_STAGE(test_who_sends_what_nobody_takes_does_not_spin),
        ON_STAGE(test_who_goes_by_the_clock_is_late_at_the_deadline),
        ON_STAGE(test_a_timer_is_no_stall),
        ON_STAGE(test_bytes_that_are_there_come_before_the_end),
        ON_STAGE(test_notes_are_kept_up_to_their_number),
        ON_STAGE(test_closing_ends_everybody_and_counts_the_uninvited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
