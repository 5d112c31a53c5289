/* What the probe wrote down, in words: grader/observe/trace.h. The events are written here. */
#include "fixture.h"

#include "grader/observe/trace.h"
#include "grader/play/places.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static struct probe_event event(enum probe_call call, int fd, int64_t asked, int64_t result)
{
    return (struct probe_event){
        .state = EVENT_DONE, .call = call, .fd = fd, .size = asked, .result = result};
}

static void assert_words(struct probe_event event, const char *expected)
{
    struct text text = {0};
    trace_call(&text, &event);
    assert_string_equal(text.start, expected);
    text_free(&text);
}

static void test_a_call_looks_as_in_the_ladder(void **state)
{
    (void)state;
    assert_words(event(CALL_RECV, 4, 32, 32), "recv(4, 32) = 32");
    assert_words(event(CALL_RECV, 4, 32, 0), "recv(4, 32) = 0");
    assert_words(event(CALL_SOCKET, -1, SOCK_STREAM, 3), "socket() = 3");
    assert_words(event(CALL_ACCEPT, 3, 0, 4), "accept(3) = 4");
    assert_words(event(CALL_CLOSE, 4, 0, 0), "close(4)");
    assert_words(event(CALL_RECV, 4, -1, -1), "recv(4, 18446744073709551615) = -1");
}

static void test_failures_have_their_name(void **state)
{
    (void)state;
    struct probe_event one = event(CALL_ACCEPT, 3, 0, -1);
    one.error = EMFILE;
    assert_words(one, "accept(3) = -1 EMFILE");
    one.error = 12345;
    assert_words(one, "accept(3) = -1 (unknown error)");
    one = event(CALL_CLOSE, 4, 0, -1);
    one.error = EBADF;
    assert_words(one, "close(4) = -1 EBADF");
}

static void test_what_has_not_returned_and_what_was_not_read_shows(void **state)
{
    (void)state;
    struct probe_event one = event(CALL_RECV, 4, 32, 0);
    one.state = EVENT_BEGUN;
    assert_true(trace_is_pending(&one));
    assert_words(one, "recv(4, 32) …");
    one = event(CALL_CLOSE, 4, 0, 0);
    one.unread = 4968;
    assert_false(trace_is_pending(&one));
    assert_words(one, "close(4), 4968 bytes unread");
}

static void test_a_place_is_a_file_and_a_line(void **state)
{
    (void)state;
    struct text text = {0};
    trace_place(&text, &(struct line){.file = "echo.c"});
    assert_int_equal(text.length, 0);
    trace_place(&text, &(struct line){.file = "ec\033ho.c", .number = 24});
    assert_string_equal(text.start, "ec\\eho.c:24");
    text_free(&text);
}

static void test_lines_are_looked_up_many_at_once(void **state)
{
    (void)state;
    enum { MANY = 450 };
    static uint64_t places[MANY];
    static struct line lines[MANY];
    size_t count;
    struct program *program = program_start("calls", "many", "3", NULL);
    assert_int_equal(program_wait(program), DONE);
    struct step *steps = places_of_steps(program, &count);
    assert_int_equal(steps[0].line.number, steps[2].line.number);
    for (size_t i = 0; i < MANY; i++)
        places[i] = i % 3 == 0 ? steps[0].event.caller : UINT64_MAX - i;
    places_find(program->path, places, MANY, lines);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(lines[i].number, i % 3 == 0 ? steps[0].line.number : 0);
        assert_string_equal(lines[i].function, i % 3 == 0 ? "many" : "");
    }
    free(steps);
}

static void test_steps_stand_in_the_order_they_began(void **state)
{
    (void)state;
    size_t count;
    static struct probe_trace memory;
    const struct program program = {.path = "/dev/null", .trace = &memory};
    assert_null(places_of_steps(&program, &count));
    assert_int_equal(count, 0);
    for (uint32_t i = 0; i < 5; i++) {
        memory.events[i] = event(i == 3 ? CALL_COUNT : CALL_RECV, 4, 10, (int64_t)i);
        memory.events[i].number = 10 - i;
        memory.events[i].is_socket = i != 4;
    }
    memory.events[2].state = EVENT_BEGUN;
    struct step *steps = places_of_steps(&program, &count);
    assert_int_equal(count, 4);
    for (size_t i = 1; i < count; i++)
        assert_true(steps[i - 1].event.number < steps[i].event.number);
    assert_int_equal(trace_received(&program), 1);
    free(steps);
}

static void test_garbage_is_read(void **state)
{
    (void)state;
    static struct probe_trace memory;
    const struct program program = {.path = "/dev/null", .trace = &memory};
    srand(7);
    for (int round = 0; round < 8; round++) {
        size_t count;
        for (size_t i = 0; i < sizeof memory; i++)
            ((unsigned char *)&memory)[i] = (unsigned char)rand();
        for (size_t i = 0; i < PROBE_HEAD + PROBE_TAIL; i += 1 + (size_t)rand() % 3) {
            memory.events[i].state = (uint32_t)rand() % 3;
            memory.events[i].call = rand() % (CALL_COUNT + 1) - (rand() % 50 == 0);
        }
        struct step *steps = places_of_steps(&program, &count);
        assert_in_range(count, 1, PROBE_HEAD + PROBE_TAIL);
        for (size_t i = 0; i < count; i++) {
            struct text text = {0};
            trace_call(&text, &steps[i].event);
            trace_place(&text, &steps[i].line);
            text_free(&text);
        }
        free(steps);
        trace_received(&program);
        trace_failures(&program, GROUP_RECEIVING, EINTR);
    }
}

/* Lets accept fail COUNT times, each try GAP ns after the one before, with a call of CALL that
   returns RESULT in between (CALL_COUNT: none). */
static struct retries retries_after(int count, uint64_t gap, enum probe_call call, int64_t result)
{
    static struct probe_trace memory;
    const struct program program = {.path = "/dev/null", .trace = &memory};
    memset(&memory, 0, sizeof memory);
    uint64_t time = 1000;
    size_t used = 0;
    for (int i = 0; i < count; i++, time += gap) {
        memory.events[used] = event(CALL_ACCEPT, 3, 0, -1);
        memory.events[used].error = EMFILE;
        memory.events[used].begun = memory.events[used].ended = time;
        used++;
        if (call != CALL_COUNT)
            memory.events[used++] = event(call, -1, 0, result);
    }
    return trace_retries(&program, GROUP_ACCEPTING, EMFILE);
}

static void test_who_tries_again_without_a_pause_hurries(void **state)
{
    (void)state;
    struct retries retries = retries_after(4, 1000, CALL_COUNT, 0);
    assert_int_equal(retries.failures, 4);
    assert_int_equal(retries.at_once, 3);
    assert_true(retries_hurry(&retries));
    retries = retries_after(4, 1000, CALL_POLL, 1); /* a poll that finds the client again is none */
    assert_true(retries_hurry(&retries));
    retries = retries_after(4, 1000, CALL_NANOSLEEP, -1); /* one that failed, or of 20 ns */
    assert_true(retries_hurry(&retries));
    retries = retries_after(3, 1000, CALL_COUNT, 0);
    assert_false(retries_tell(&retries)); /* too few */
}

static void test_a_pause_of_less_than_10_ms_is_none(void **state)
{
    (void)state;
    struct retries retries = retries_after(4, 9900000, CALL_USLEEP, 0);
    assert_int_equal(retries.brief, 3);
    assert_true(retries_hurry(&retries));
    retries = retries_after(4, 1000, CALL_POLL, 0); /* its time was over */
    assert_int_equal(retries.brief, 3);
    assert_true(retries_hurry(&retries));
}

static void test_who_pauses_does_not_hurry_and_a_busy_machine_proves_nothing(void **state)
{
    (void)state;
    struct retries retries = retries_after(4, 20000000, CALL_NANOSLEEP, 0);
    assert_int_equal(retries.paused, 3);
    assert_int_equal(retries.longest, 20000000);
    assert_true(retries_tell(&retries));
    assert_false(retries_hurry(&retries));
    retries = retries_after(4, 20000000, CALL_COUNT, 0); /* long gaps, for whatever reason */
    assert_false(retries_tell(&retries));
    retries = retries_after(12, 20000000, CALL_COUNT, 0);
    assert_true(retries_tell(&retries));
    assert_false(retries_hurry(&retries));
}

static void test_every_sleep_between_two_tries_counts(void **state)
{
    (void)state;
    assert_int_equal(retries_after(4, 1000, CALL_NANOSLEEP, 0).slept, 3);
    assert_int_equal(retries_after(4, 1000, CALL_POLL, 0).slept, 0);
    assert_int_equal(retries_after(4, 20000000, CALL_COUNT, 0).slept, 0);
}

/* A program that has made these calls, the last of them NULL. */
static const struct program *program_with(const struct probe_event *const *events)
{
    static struct probe_trace memory;
    static const struct program program = {.path = "/dev/null", .trace = &memory};
    memset(&memory, 0, sizeof memory);
    for (uint64_t i = 0; events[i] != NULL; i++) {
        memory.events[i] = *events[i];
        memory.events[i].begun = memory.events[i].ended = 1000 + i;
    }
    return &program;
}

static struct probe_event failed(struct probe_event event, int error)
{
    event.result = -1;
    event.error = error;
    return event;
}

static void test_a_socket_that_is_closed_twice_is_seen(void **state)
{
    (void)state;
    const struct probe_event accepted = event(CALL_ACCEPT, 3, 0, 4);
    const struct probe_event closed = event(CALL_CLOSE, 4, 0, 0);
    const struct probe_event again = failed(closed, EBADF);
    struct probe_event of_another = again;
    of_another.pid = accepted.pid + 1;
    assert_true(trace_closes_twice(
        program_with((const struct probe_event *[]){&accepted, &closed, &again, NULL})));
    assert_false(trace_closes_twice(program_with(
        (const struct probe_event *[]){&accepted, &closed, &accepted, &closed, NULL})));
    assert_false(
        trace_closes_twice(program_with((const struct probe_event *[]){&closed, &again, NULL})));
    assert_false(trace_closes_twice(
        program_with((const struct probe_event *[]){&accepted, &closed, &of_another, NULL})));
}

static void test_a_socket_that_stays_open_after_a_failure_is_seen(void **state)
{
    (void)state;
    struct probe_event bound = event(CALL_BIND, 3, 0, 0);
    bound.is_socket = 1;
    const struct probe_event refused = failed(bound, EADDRINUSE);
    const struct probe_event closed = event(CALL_CLOSE, 3, 0, 0);
    const struct probe_event other = event(CALL_CLOSE, 5, 0, 0);
    assert_false(
        trace_leaves_open(program_with((const struct probe_event *[]){&bound, NULL}), CALL_BIND));
    assert_true(trace_leaves_open(
        program_with((const struct probe_event *[]){&refused, &other, NULL}), CALL_BIND));
    assert_false(trace_leaves_open(
        program_with((const struct probe_event *[]){&refused, &closed, NULL}), CALL_BIND));
    /* The one before it was closed, the last was not. */
    assert_true(trace_leaves_open(
        program_with((const struct probe_event *[]){&refused, &closed, &refused, NULL}),
        CALL_BIND));
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_call_looks_as_in_the_ladder),
        cmocka_unit_test(test_failures_have_their_name),
        cmocka_unit_test(test_what_has_not_returned_and_what_was_not_read_shows),
        cmocka_unit_test(test_a_place_is_a_file_and_a_line),
        ON_STAGE(test_lines_are_looked_up_many_at_once),
        cmocka_unit_test(test_steps_stand_in_the_order_they_began),
        cmocka_unit_test(test_garbage_is_read),
        cmocka_unit_test(test_who_tries_again_without_a_pause_hurries),
        cmocka_unit_test(test_a_pause_of_less_than_10_ms_is_none),
        cmocka_unit_test(test_who_pauses_does_not_hurry_and_a_busy_machine_proves_nothing),
        cmocka_unit_test(test_every_sleep_between_two_tries_counts),
        cmocka_unit_test(test_a_socket_that_is_closed_twice_is_seen),
        cmocka_unit_test(test_a_socket_that_stays_open_after_a_failure_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
