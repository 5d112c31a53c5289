/* The picture of a conversation: grader/explain/ladder.h. */
#include "fixture.h"

#include "grader/base/settings.h"
#include "grader/expect/echo.h"
#include "grader/expect/server.h"
#include "grader/explain/explain.h"
#include "grader/explain/ladder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cmocka.h>

enum { COLUMNS = 94 };

static void assert_narrow(const char *picture)
{
    char line[1024];
    const char *end;
    for (const char *at = picture; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        snprintf(line, sizeof line, "%.*s", (int)(end - at), at);
        if (text_columns(line) > COLUMNS)
            fail_msg("wider than %d columns: %s", COLUMNS, line);
    }
}

static void draw_stage(char *picture, size_t size)
{
    struct evidence evidence;
    evidence_take(&evidence);
    ladder_draw(&evidence, picture, size);
    evidence_free(&evidence);
}

/* The picture of the stage. */
static const char *draw(void)
{
    static char picture[sizeof told->ladder];
    draw_stage(picture, sizeof picture);
    assert_narrow(picture);
    return picture;
}

/* The same with a program that exists only here. */
static const char *draw_with(struct program *program)
{
    static char picture[sizeof told->ladder];
    stage.programs[stage.program_count++] = program;
    draw_stage(picture, sizeof picture);
    stage.program_count--;
    assert_narrow(picture);
    return picture;
}

static size_t times_in(const char *text, const char *words)
{
    size_t times = 0;
    for (; (text = strstr(text, words)) != NULL; text++)
        times++;
    return times;
}

/* PICTURE has a line with all WORDS, up to NULL, in this order. */
static void assert_line(const char *picture, const char *const *words)
{
    for (const char *line = picture; *line != '\0'; line += strcspn(line, "\n") + 1) {
        const char *at = line;
        size_t i = 0;
        while (words[i] != NULL && (at = strstr(at, words[i])) != NULL &&
               at < line + strcspn(line, "\n"))
            at += strlen(words[i++]);
        if (words[i] == NULL)
            return;
    }
    fail_msg("there is no line with %s ... in:\n%s", words[0], picture);
}
#define assert_row(picture, ...) assert_line(picture, (const char *const[]){__VA_ARGS__, NULL})

static void test_an_empty_stage_has_no_picture(void **state)
{
    (void)state;
    char picture[16] = "x";
    draw_stage(picture, sizeof picture);
    assert_string_equal(picture, "");
}

static void test_a_server_stands_on_the_right(void **state)
{
    (void)state;
    cast("echoes");
    char back[5];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    wait_until_pending(server, GROUP_RECEIVING);
    peer_send(client, "hello", 5);
    assert_int_equal(peer_receive(client, back, 5), 5);
    program_settle(server);
    expect_farewell(client);
    program_settle(server);
    const char *picture = draw();
    assert_row(picture, "client (the test)", "server");
    assert_row(picture, "connect", "─▶", "accept(3) = 4", "acts.c:");
    assert_row(picture, "send 5", "─▶", "recv(4, 4096) = 5", "acts.c:");
    assert_row(picture, "◀─", "send(4, 5) = 5", "acts.c:");
    assert_row(picture, "◀─", "FIN", "close(4)", "acts.c:");
    assert_row(picture, "accept(3) …", "acts.c:");
    assert_null(strstr(picture, "listen"));
}

static void test_a_client_stands_on_the_left(void **state)
{
    (void)state;
    char number[8];
    char hello[5];
    cast("asks");
    struct peer *listener = peer_listen("the listener");
    snprintf(number, sizeof number, "%u", listener->port);
    struct program *client = program_start("client", number, NULL);
    struct peer *server = peer_accept(listener, "the server");
    assert_int_equal(peer_receive(server, hello, 5), 5);
    peer_send(server, hello, 5);
    assert_int_equal(program_wait(client), DONE);
    const char *picture = draw();
    assert_row(picture, "client", "server (the test)");
    assert_row(picture, "send(3, 5) = 5", "acts.c:", "─▶");
    assert_row(picture, "recv(3, 4096) = 5", "acts.c:", "◀─", "send 5");
}

static void test_a_reset_shows_what_was_not_read(void **state)
{
    (void)state;
    size_t extra;
    cast("reads-four");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    peer_send(client, "123456789", 9);
    peer_receive_end(client, &extra);
    program_settle(server);
    assert_row(draw(), "◀─", " RST ", "close(4), 5 bytes unread");
}

static void test_before_anybody_comes_the_start_shows(void **state)
{
    (void)state;
    cast("accepts-nobody");
    start_server();
    const char *picture = draw();
    assert_row(picture, "socket() = 3");
    assert_row(picture, "bind(3) = 0");
    assert_row(picture, "listen(3) = 0");
}

static void test_what_repeats_is_told_once(void **state)
{
    (void)state;
    size_t extra;
    cast("never-ends");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    for (int i = 0; i < 40; i++)
        expect_echo(client, "hello", 5);
    peer_half_close(client);
    assert_false(peer_receive_end(client, &extra));
    assert_int_equal(stage.last, SPUN);
    const char *picture = draw();
    assert_row(picture, "⋮ the same ", " times more");
    assert_in_range(times_in(picture, "\n"), 5, 31);
}

static void test_a_long_conversation_keeps_its_ends(void **state)
{
    (void)state;
    static struct probe_trace memory;
    static struct probe_orders orders;
    struct program program = {
        .role = "server", .path = "/dev/null", .trace = &memory, .orders = &orders};
    for (uint32_t i = 0; i < 100; i++)
        memory.events[i] = (struct probe_event){.state = EVENT_DONE,
                                                .number = i,
                                                .call = CALL_RECV,
                                                .fd = (int32_t)i,
                                                .result = 1,
                                                .is_socket = 1,
                                                .ended = i + 1,
                                                .caller = (uint64_t)i * i + 1};
    const char *picture = draw_with(&program);
    assert_int_equal(times_in(picture, "\n"), 31);
    assert_row(picture, "⋮ 71 rows left out");
    assert_row(picture, "recv(0, 0) = 1");
    assert_row(picture, "recv(99, 0) = 1");
}

static void test_a_small_buffer_gets_whole_lines(void **state)
{
    (void)state;
    char all[4096];
    char part[4096];
    cast("echoes");
    struct peer *client = connect_client(start_server(), "the client");
    expect_echo(client, "hello", 5);
    draw_stage(all, sizeof all);
    for (size_t size = 1; size < strlen(all); size += 7) {
        memset(part, 'x', sizeof part);
        draw_stage(part, size);
        assert_true(strlen(part) < size);
        assert_memory_equal(part, all, strlen(part));
        assert_true(part[0] == '\0' || part[strlen(part) - 1] == '\n');
    }
}

/* ---- who acts ---- */

enum { FIRST = 100, SECOND = 101, THIRD = 102 };
#define STEP(...)                                                                                  \
    {                                                                                              \
        .event = {.state = EVENT_DONE, __VA_ARGS__ }                                               \
    }
#define ON(fd_, ...) .fd = (fd_), .is_socket = 1, .tcp_state = TCP_ESTABLISHED, __VA_ARGS__
#define SIZE_OF(array) (sizeof(array) / sizeof(array)[0])

static const char *draw_steps(struct step *steps, size_t count, struct evidence *evidence)
{
    static char picture[4096];
    for (size_t i = 0; i < count; i++) {
        if (steps[i].event.pid == 0)
            steps[i].event.pid = FIRST;
        steps[i].event.number = (uint32_t)i;
        steps[i].event.begun = 10 * i + 1;
        steps[i].event.ended = 10 * i + 2;
    }
    evidence->steps = steps;
    evidence->count = count;
    evidence->program.pid = FIRST;
    evidence->program_count = 1;
    snprintf(evidence->program.role, sizeof evidence->program.role, "server");
    ladder_draw(evidence, picture, sizeof picture);
    assert_narrow(picture);
    return picture;
}

static void test_threads_have_their_marks(void **state)
{
    struct step steps[] = {
        STEP(.call = CALL_ACCEPT, .tid = FIRST, ON(3, .result = 4, .port = 5001)),
        STEP(.call = CALL_PTHREAD_CREATE, .tid = FIRST, .fd = -1),
        STEP(.call = CALL_ACCEPT, .tid = FIRST, ON(3, .result = 5, .port = 5002)),
        STEP(.call = CALL_PTHREAD_CREATE, .tid = FIRST, .fd = -1),
        STEP(.call = CALL_THREAD_START, .tid = THIRD, .fd = -1, .creation = 3),
        STEP(.call = CALL_THREAD_START, .tid = SECOND, .fd = -1, .creation = 1),
        STEP(.call = CALL_RECV, .tid = SECOND, ON(4, .result = 7)),
        STEP(.call = CALL_RECV, .tid = THIRD, ON(5, .result = 8)),
    };
    struct evidence evidence = {.waiting = -1};
    (void)state;
    const char *picture = draw_steps(steps, SIZE_OF(steps), &evidence);
    assert_row(picture, "main accept(3) = 4");
    assert_row(picture, "main pthread_create() = 0 → T1");
    assert_row(picture, "main pthread_create() = 0 → T2");
    assert_row(picture, "T1   recv(4, 0) = 7");
    assert_row(picture, "T2   recv(5, 0) = 8");
}

/* The child closes the connection, and so does the parent, or not. */
static void test_processes_have_their_marks_and_the_last_close_counts(void **state)
{
    struct step steps[] = {
        STEP(.call = CALL_ACCEPT, .tid = FIRST, ON(3, .result = 4, .port = 5001)),
        STEP(.call = CALL_FORK, .tid = FIRST, .fd = -1, .result = SECOND),
        STEP(.call = CALL_CLOSE, .tid = SECOND, ON(4, .pid = SECOND)),
    };
    struct evidence_peer peer = {.port = 5001, .open = true, .ended = true};
    struct evidence evidence = {.waiting = -1, .peers = &peer, .peer_count = 1};
    (void)state;
    const char *picture = draw_steps(steps, SIZE_OF(steps), &evidence);
    assert_row(picture, "P  fork() = 101 → C1");
    assert_row(picture, "◀─", "FIN", "C1 close(4)");
    peer.ended = false;
    picture = draw_steps(steps, SIZE_OF(steps), &evidence);
    assert_row(picture, "C1 close(4)");
    assert_null(strstr(picture, "FIN"));
}

static void test_calls_with_other_arguments_are_told_one_by_one(void **state)
{
    struct step steps[10];
    struct evidence evidence = {.waiting = -1};
    (void)state;
    for (int i = 0; i < 10; i++)
        steps[i] = (struct step)STEP(.call = CALL_SEND, .tid = FIRST, .caller = 7,
                                     ON(4 + i / 5, .size = 9, .result = 9));
    const char *picture = draw_steps(steps, SIZE_OF(steps), &evidence);
    assert_row(picture, "send(4, 9) = 9");
    assert_row(picture, "send(5, 9) = 9");
    assert_int_equal(times_in(picture, "the same 4 times more"), 2);
}

/* A loop over descriptors: not the same, but not a screen of it either. */
static void test_of_many_that_differ_in_numbers_the_ends_are_told(void **state)
{
    struct step steps[12];
    struct evidence evidence = {.waiting = -1};
    (void)state;
    for (int i = 0; i < 12; i++)
        steps[i] = (struct step)STEP(.call = CALL_CLOSE, .tid = FIRST, .caller = 7, .fd = i,
                                     .result = -1, .error = EBADF);
    const char *picture = draw_steps(steps, SIZE_OF(steps), &evidence);
    assert_row(picture, "close(0) = -1 EBADF");
    assert_row(picture, "⋮ 11 more, with other numbers, the last:");
    assert_row(picture, "close(11) = -1 EBADF");
    assert_int_equal(times_in(picture, "\n"), 4);
    assert_int_equal(times_in(picture, "the same"), 0);
}

/* Neither the result of a call nor its line is ever cut off. */
static void test_few_columns_leave_out_arguments(void **state)
{
    struct step steps[] = {
        STEP(.call = CALL_ACCEPT, .tid = FIRST, ON(3, .result = 4, .port = 5001)),
        STEP(.call = CALL_SENDTO, .tid = FIRST, ON(444, .size = 123456789, .result = 123456)),
    };
    struct evidence evidence = {.waiting = -1};
    (void)state;
    steps[1].line = (struct line){.file = "a_file_with_a_rather_long_name.c", .number = 1234};
    settings.columns = 60;
    const char *picture = draw_steps(steps, SIZE_OF(steps), &evidence);
    settings.columns = 0;
    assert_row(picture, "sendt…) = 123456", "…:1234");
    for (const char *line = picture; *line != '\0'; line += strcspn(line, "\n") + 1) {
        char copy[512];
        snprintf(copy, sizeof copy, "%.*s", (int)strcspn(line, "\n"), line);
        if (text_columns(copy) > 54)
            fail_msg("%zu columns: %s", text_columns(copy), copy);
    }
}

static void test_several_peers_have_their_ports(void **state)
{
    struct step steps[] = {
        STEP(.call = CALL_ACCEPT, .tid = FIRST, ON(3, .result = 4, .port = 5001)),
        STEP(.call = CALL_ACCEPT, .tid = FIRST, ON(3, .result = 5, .port = 5002)),
        STEP(.call = CALL_RECV, .tid = FIRST, ON(5, .result = 8)),
        STEP(.call = CALL_RECV, .tid = FIRST, ON(4, .result = 7)),
    };
    struct note notes[] = {{.kind = NOTE_SEND, .port = 5001, .bytes = 7, .time = 20},
                           {.kind = NOTE_SEND, .port = 5002, .bytes = 8, .time = 21}};
    struct evidence evidence = {.waiting = -1, .notes = notes, .note_count = 2};
    (void)state;
    const char *picture = draw_steps(steps, SIZE_OF(steps), &evidence);
    assert_row(picture, "[5002] send 8", "─▶", "recv(5, 0) = 8");
    assert_row(picture, "[5001] send 7");
}

/* ---- nothing in the memory can be trusted ---- */

static void scribble(struct probe_trace *memory, int density)
{
    for (size_t i = 0; i < sizeof *memory; i++)
        ((unsigned char *)memory)[i] = (unsigned char)rand();
    for (size_t i = 0; i < PROBE_HEAD + PROBE_TAIL; i++) {
        memory->events[i].state = rand() % 100 < density ? (uint32_t)rand() % 3 : 7;
        memory->events[i].call = rand() % CALL_COUNT;
        if (rand() % 2 == 0)
            memory->events[i].is_socket = 1;
    }
}

static void test_garbage_is_drawn_and_explained(void **state)
{
    (void)state;
    static struct probe_trace memory;
    static struct probe_orders orders;
    const struct peer peer = {.name = "the client", .port = 4711};
    struct program program = {
        .role = "server", .path = "/dev/null", .trace = &memory, .orders = &orders};
    srand(3);
    for (int round = 0; round < 12; round++) {
        static const int densities[] = {1, 3, 50, 100};
        scribble(&memory, densities[round % 4]);
        program.role = round % 2 == 0 ? "server" : "client";
        program.ended = round % 3 == 0;
        program.status = rand() % 0x10000;
        program.asked_port = round % 5 == 0 ? -1 : rand() % 65536;
        stage.last = (enum wait_result)(round % 5);
        stage_note(&peer, (uint64_t)rand(), rand() % 7, rand(), "other");
        stage.programs[stage.program_count++] = &program;
        explain_failure(told);
        stage.program_count--;
        assert_true(memchr(told->cause, '\0', sizeof told->cause) != NULL);
        assert_narrow(told->ladder);
    }
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_an_empty_stage_has_no_picture),
        ON_STAGE(test_a_server_stands_on_the_right),
        ON_STAGE(test_a_client_stands_on_the_left),
        ON_STAGE(test_a_reset_shows_what_was_not_read),
        ON_STAGE(test_before_anybody_comes_the_start_shows),
        ON_STAGE(test_what_repeats_is_told_once),
        ON_STAGE(test_a_long_conversation_keeps_its_ends),
        ON_STAGE(test_a_small_buffer_gets_whole_lines),
        cmocka_unit_test(test_threads_have_their_marks),
        cmocka_unit_test(test_processes_have_their_marks_and_the_last_close_counts),
        cmocka_unit_test(test_calls_with_other_arguments_are_told_one_by_one),
        cmocka_unit_test(test_of_many_that_differ_in_numbers_the_ends_are_told),
        cmocka_unit_test(test_few_columns_leave_out_arguments),
        cmocka_unit_test(test_several_peers_have_their_ports),
        ON_STAGE(test_garbage_is_drawn_and_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
