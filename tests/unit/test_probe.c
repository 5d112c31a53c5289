/*
 * The probe in a program, tests/probe: what it writes down, which faults and gates it carries out,
 * and what the program sees of it. The program is programs/calls.c.
 */
#include "fixture.h"

#include "grader/observe/memcheck.h"
#include "grader/observe/trace.h"
#include "grader/observe/valgrind.h"
#include "grader/play/orders.h"
#include "grader/play/peer.h"
#include "grader/play/places.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ALWAYS = INT32_MAX };

static struct program *start_with_port(const char *what, uint16_t port)
{
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    return program_start("calls", what, number, NULL);
}

/* Lets a program begin that waits for it. */
static void go(struct program *program)
{
    assert_int_equal(write(program->in, "g", 1), 1);
}

static void assert_silent_about(const struct program *program, const char *words)
{
    assert_null(program->said.start == NULL ? NULL : strstr(program->said.start, words));
}

/* ---- what is written down ---- */

static void test_a_conversation_is_written_down_with_its_lines(void **state)
{
    (void)state;
    size_t count;
    struct peer *listener = peer_listen("the server");
    struct program *program = start_with_port("client", listener->port);
    go(program);
    struct peer *peer = peer_accept(listener, "the server");
    char hello[5];
    assert_int_equal(peer_receive(peer, hello, 5), 5);
    assert_memory_equal(hello, "hello", 5);
    peer_send(peer, "abc", 3);
    peer_half_close(peer);
    wait_for_end(program);
    struct step *steps = places_of_steps(program, &count);
    assert_int_equal(count, 6);
    assert_step(program, &steps[0], "socket", "socket() = 3");
    assert_step(program, &steps[1], "connect", "connect(3) = 0");
    assert_step(program, &steps[2], "send", "send(3, 5) = 5");
    assert_step(program, &steps[3], "recv", "recv(3, 10) = 3");
    assert_step(program, &steps[5], "close", "close(3)");
    assert_string_equal(steps[3].line.function, "client");
    assert_int_equal(steps[1].event.port, listener->port);
    assert_int_equal(steps[1].event.address, INADDR_LOOPBACK);
    assert_int_equal(steps[1].event.tcp_state, TCP_ESTABLISHED);
    assert_int_equal(steps[4].event.result, 0);
    assert_int_equal(steps[4].event.tcp_state, TCP_CLOSE_WAIT);
    assert_int_equal(steps[5].event.tcp_state, TCP_CLOSE_WAIT);
    assert_int_equal(steps[5].event.unread, 0);
    for (size_t i = 1; i < count; i++) {
        assert_true(steps[i].event.is_socket);
        assert_int_equal(steps[i].event.number, i);
    }
    assert_int_equal(trace_received(program), 3);
    free(steps);
}

static void test_failures_are_written_down_with_errno(void **state)
{
    (void)state;
    size_t count;
    struct program *program = start_with_port("client", peer_bind("nobody")->port);
    go(program);
    wait_for_end(program);
    struct step *steps = places_of_steps(program, &count);
    assert_int_equal(count, 3);
    assert_step(program, &steps[1], "connect", "connect(3) = -1 ECONNREFUSED");
    assert_step(program, &steps[2], "close", "close(99) = -1 EBADF");
    assert_false(steps[2].event.is_socket);
    assert_said(program, "connect = -1 ECONNREFUSED\nclose = -1 EBADF\n");
    assert_int_equal(trace_failures(program, GROUP_CONNECTING, ECONNREFUSED), 1);
    assert_int_equal(trace_failures(program, GROUP_CONNECTING, EBADF), 0);
    free(steps);
}

static void test_ports_and_unread_bytes_of_a_server_are_written_down(void **state)
{
    (void)state;
    size_t count;
    struct program *program = start_with_port("server", 0);
    wait_until_pending(program, GROUP_ACCEPTING);
    struct step *steps = places_of_steps(program, &count);
    const struct step *listening = step_of(steps, count, CALL_LISTEN);
    assert_int_equal(listening->event.backlog, 7);
    assert_int_equal(listening->event.address, INADDR_LOOPBACK);
    assert_int_equal(listening->event.tcp_state, TCP_LISTEN);
    struct peer *peer = peer_connect("the client", "127.0.0.1", (uint16_t)listening->event.port);
    free(steps);
    peer_send(peer, "unread!", 7);
    assert_int_equal(write(program->in, "x", 1), 1);
    wait_for_end(program);
    steps = places_of_steps(program, &count);
    const struct step *accepting = step_of(steps, count, CALL_ACCEPT);
    assert_int_equal(accepting->event.port, peer->port);
    assert_int_equal(accepting->event.result, 4);
    const struct step *closing = step_of(steps, count, CALL_CLOSE);
    assert_int_equal(closing->event.unread, 7);
    assert_int_equal(steps[count - 1].event.tcp_state, TCP_LISTEN);
    assert_false(step_of(steps, count, CALL_READ)->event.is_socket);
    free(steps);
}

static void test_of_very_many_calls_the_first_and_the_last_are_kept(void **state)
{
    (void)state;
    size_t count;
    struct program *program = program_start("calls", "many", "6000", NULL);
    wait_for_end(program);
    struct step *steps = places_of_steps(program, &count);
    assert_int_equal(count, PROBE_HEAD + PROBE_TAIL);
    for (size_t i = 0; i < count; i++) {
        size_t number = i < PROBE_HEAD ? i : i + 6000 - count;
        assert_int_equal(steps[i].event.number, number);
        assert_int_equal(steps[i].event.fd, 10000 + (int)number);
    }
    free(steps);
}

static void test_a_child_and_a_thread_write_into_the_same_memory(void **state)
{
    (void)state;
    size_t count;
    struct program *program = program_start("calls", "forks", NULL);
    wait_for_end(program);
    struct step *steps = places_of_steps(program, &count);
    long child = number_said(program, "pid = ");
    assert_int_equal(step_of(steps, count, CALL_FORK)->event.result, child);
    const struct step *closing = step_of(steps, count, CALL_CLOSE);
    assert_int_equal(closing->event.pid, child);
    assert_int_equal(closing->line.number, number_said(program, "child at "));
    assert_int_equal(step_of(steps, count, CALL_WAITPID)->event.result, child);
    free(steps);

    program = program_start("calls", "thread", NULL);
    wait_for_end(program);
    steps = places_of_steps(program, &count);
    closing = step_of(steps, count, CALL_CLOSE);
    assert_int_equal(closing->event.pid, program->pid);
    assert_int_not_equal(closing->event.tid, program->pid);
    free(steps);
}

static void test_clocks_and_handlers_are_noticed(void **state)
{
    (void)state;
    static const struct {
        const char *which;
        uint32_t interruptible, timed;
    } cases[] = {{"restarting", 0, 0},   {"plain", 1, 0},  {"timer", 1, 1},
                 {"microseconds", 1, 1}, {"option", 1, 1}, {"no option", 1, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct program *program = program_start("calls", "handlers", cases[i].which, NULL);
        wait_for_end(program);
        assert_int_equal(atomic_load(&program->trace->interruptible), cases[i].interruptible);
        assert_int_equal(atomic_load(&program->trace->timed), cases[i].timed);
    }
}

/* ---- faults ---- */

static void test_receives_of_sockets_are_cut_short(void **state)
{
    (void)state;
    fault_at_start(GROUP_RECEIVING, 0, 3, ALWAYS, 0);
    struct program *program = program_start("calls", "receives", NULL);
    wait_for_end(program);
    assert_said(program, "recv = 3\nread = 3\nrecvfrom = 3\nrecvmsg = 3\nreadv = 3\n");
    /* What is less already stays, who asks for all gets all, and a pipe is no network. */
    assert_said(program, "parts = 3\nshort = 2\nall = 10\npipe = 10\n");
    assert_int_equal(fault_hits(program, GROUP_RECEIVING), 6);
    /* Without a fault nothing is cut. */
    program = program_start("calls", "receives", NULL);
    wait_for_end(program);
    assert_said(program, "recv = 10\nread = 10\nrecvfrom = 10\nrecvmsg = 10\nreadv = 10\n");
}

static void test_sends_of_sockets_are_cut_short(void **state)
{
    (void)state;
    fault_at_start(GROUP_SENDING, 0, 5, ALWAYS, 0);
    struct program *program = program_start("calls", "sends", NULL);
    wait_for_end(program);
    assert_said(program, "send = 5\nwrite = 5\nsendto = 5\nsendmsg = 5\nwritev = 5\n"
                         "sendfile = 5\npipe = 10\n");
    assert_int_equal(fault_hits(program, GROUP_SENDING), 6);
    program = program_start("calls", "sends", NULL);
    wait_for_end(program);
    assert_said(program, "send = 10\nwrite = 10\nsendto = 10\nsendmsg = 10\nwritev = 10\n"
                         "sendfile = 10\npipe = 10\n");
}

static void test_errors_come_as_often_as_asked_for(void **state)
{
    (void)state;
    size_t count;
    fault_at_start(GROUP_RECEIVING, EINTR, 0, 2, 1);
    struct program *program = program_start("calls", "six", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "recv = 1\nrecv = -1 EINTR\nrecv = -1 EINTR\n"
                                             "recv = 1\nrecv = 1\nrecv = 1\n");
    assert_int_equal(fault_hits(program, GROUP_RECEIVING), 2);
    assert_int_equal(trace_failures(program, GROUP_RECEIVING, EINTR), 2);
    struct step *steps = places_of_steps(program, &count);
    size_t faulted = 0;
    for (size_t i = 0; i < count; i++)
        faulted += steps[i].event.faulted;
    assert_int_equal(faulted, 2);
    free(steps);
}

static void test_processes_and_threads_fail_to_begin(void **state)
{
    (void)state;
    fault_at_start(GROUP_FORKING, EAGAIN, 0, 1, 0);
    struct program *program = program_start("calls", "forks", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "fork = -1 EAGAIN\n");
    fault_at_start(GROUP_THREADING, EAGAIN, 0, 1, 0);
    program = program_start("calls", "thread", NULL);
    wait_for_end(program);
    char expected[40];
    snprintf(expected, sizeof expected, "pthread_create = %d, errno = ENOTTY\n", EAGAIN);
    assert_string_equal(program->said.start, expected);
    assert_int_equal(fault_hits(program, GROUP_THREADING), 1);
    assert_int_equal(trace_failures(program, GROUP_THREADING, EAGAIN), 1);
}

/* ---- threads ---- */

static const struct step *nth_step(const struct step *steps, size_t count, enum probe_call call,
                                   size_t n)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].event.call == (int32_t)call && n-- == 0)
            return &steps[i];
    fail_msg("there are too few calls number %d in the trace", (int)call);
    return NULL;
}

static void test_threads_begin_as_they_would(void **state)
{
    (void)state;
    size_t count;
    struct program *program = program_start("calls", "begins", NULL);
    go(program);
    wait_for_end(program);
    assert_said(program, "argument = 1\njoin = 0\nresult = 1\nargument = 2\nargument = 3\n"
                         "detach = EINVAL\n");
    struct step *steps = places_of_steps(program, &count);
    assert_step(program, step_of(steps, count, CALL_PTHREAD_CREATE), "create",
                "pthread_create() = 0");
    assert_step(program, step_of(steps, count, CALL_PTHREAD_JOIN), "join", "pthread_join() = 0");
    assert_step(program, nth_step(steps, count, CALL_PTHREAD_DETACH, 1), "detach",
                "pthread_detach() = EINVAL");
    for (size_t i = 0; i < 3; i++) {
        const struct step *created = nth_step(steps, count, CALL_PTHREAD_CREATE, i);
        const struct step *begun = NULL; /* those of the detached ones come in any order */
        for (size_t k = 0; k < 3; k++)
            if (nth_step(steps, count, CALL_THREAD_START, k)->event.creation ==
                created->event.number)
                begun = nth_step(steps, count, CALL_THREAD_START, k);
        assert_non_null(begun);
        assert_int_equal(begun->line.number, 0);
        assert_int_not_equal(begun->event.tid, program->pid);
        assert_int_equal(created->event.detached, i == 1);
    }
    free(steps);
}

static void test_valgrind_sees_nothing_of_how_threads_begin(void **state)
{
    (void)state;
    struct program *program = program_start_memcheck("calls", "begins", NULL);
    go(program);
    wait_for_end(program);
    /* The process may end before a detached thread has: its block is possibly lost then. */
    struct memcheck memcheck;
    memcheck_read(&program->valgrind, valgrind_own_file, &memcheck);
    assert_true(memcheck.complete);
    assert_int_equal(memcheck.errors, 0);
    assert_int_equal(memcheck.leaks, 0);
}

static void test_a_gate_holds_a_thread_before_it_begins(void **state)
{
    (void)state;
    struct program *program = program_start("calls", "begins", NULL);
    gate_arm(program, GROUP_STARTING, 0, false);
    go(program);
    assert_int_equal(gate_wait(program, GROUP_STARTING), DONE);
    assert_int_not_equal(gate_holds_whom(program, GROUP_STARTING), program->pid);
    assert_int_equal(program_wait(program), STALLED);
    assert_silent_about(program, "argument");
    gate_open(program, GROUP_STARTING);
    wait_for_end(program);
    assert_said(program, "argument = 1\n");
}

static void test_a_gate_holds_before_a_lock(void **state)
{
    (void)state;
    struct program *program = program_start("calls", "locks", NULL);
    gate_arm(program, GROUP_LOCKING, 1, false);
    go(program);
    assert_int_equal(gate_wait(program, GROUP_LOCKING), DONE);
    assert_int_not_equal(gate_holds_whom(program, GROUP_LOCKING), program->pid);
    go(program);
    gate_open(program, GROUP_LOCKING);
    wait_for_end(program);
    assert_said(program, "lock = 0\n");
}

static void test_a_lock_is_written_down_when_it_is_not_free(void **state)
{
    (void)state;
    size_t count;
    struct program *program = program_start("calls", "locks", NULL);
    go(program);
    wait_until_pending(program, GROUP_LOCKING);
    program_look(program);
    struct step *steps = places_of_steps(program, &count);
    const struct step *waiting = step_of(steps, count, CALL_PTHREAD_MUTEX_LOCK);
    assert_int_not_equal(waiting->event.tid, program->pid);
    assert_int_equal(waiting->line.number, number_said(program, "lock at "));
    bool known = false;
    for (size_t i = 0; i < PROBE_LOCKS; i++) {
        const struct probe_lock *lock = &program->trace->locks[i];
        if (atomic_load(&lock->mutex) != (uint64_t)waiting->event.mutex)
            continue;
        struct line line;
        uint64_t caller = atomic_load(&lock->caller);
        places_find(program->path, &caller, 1, &line);
        assert_int_equal(atomic_load(&lock->tid), program->pid);
        assert_int_equal(line.number, number_said(program, "first at "));
        known = true;
    }
    assert_true(known);
    free(steps);
    go(program);
    wait_for_end(program);
    assert_said(program, "lock = 0\n");
}

static void test_an_exit_is_written_down(void **state)
{
    (void)state;
    size_t count;
    struct program *program = program_start("calls", "exits", "7", NULL);
    wait_for_end(program);
    assert_int_equal(WEXITSTATUS(program->status), 7);
    struct step *steps = places_of_steps(program, &count);
    const struct step *step = step_of(steps, count, CALL_EXIT);
    assert_int_equal(step->event.status, 7);
    assert_int_equal(step->line.number, number_said(program, "exit at "));
    free(steps);
}

static bool is_spinning(void *argument)
{
    return atomic_load(&((struct program *)argument)->trace->spinning) != 0;
}

static void test_who_meets_the_same_error_for_ever_is_held(void **state)
{
    (void)state;
    fault_at_start(GROUP_RECEIVING, ECONNRESET, 0, ALWAYS, 0);
    struct program *program = program_start("calls", "spins", NULL);
    program_watch(program);
    assert_int_equal(stage_wait(NULL, is_spinning, program), DONE);
    assert_int_equal(atomic_load(&program->trace->spinning), 1 + CALL_RECV);
    assert_int_equal(fault_hits(program, GROUP_RECEIVING), PROBE_SPIN_BUDGET);
    /* Held: waiting for its end shows at once that it spun. */
    assert_int_equal(program_wait(program), SPUN);
    assert_int_equal(fault_hits(program, GROUP_RECEIVING), PROBE_SPIN_BUDGET);
}

/* ---- gates ---- */

/* A gate for a program that reads a byte from standard input, then one from a socket. */
static struct program *start_before_gate(int32_t skip, bool after)
{
    struct program *program = program_start("calls", "input", NULL);
    gate_arm(program, GROUP_RECEIVING, skip, after);
    go(program);
    return program;
}

static void test_a_gate_holds_before_a_call(void **state)
{
    (void)state;
    struct peer *listener = peer_listen("the server");
    struct program *program = start_with_port("client", listener->port);
    gate_arm(program, GROUP_RECEIVING, 0, false);
    go(program);
    struct peer *peer = peer_accept(listener, "the server");
    peer_send(peer, "abc", 3);
    assert_int_equal(gate_wait(program, GROUP_RECEIVING), DONE);
    assert_int_equal(gate_holds_whom(program, GROUP_RECEIVING), program->pid);
    /* The call has not been made: the bytes are still there. */
    assert_int_equal(trace_received(program), 0);
    assert_int_equal(program_wait(program), STALLED);
    peer_half_close(peer);
    gate_open(program, GROUP_RECEIVING);
    wait_for_end(program);
    assert_said(program, "recv = 3\nend = 0\n");
}

static void test_a_gate_holds_after_a_call(void **state)
{
    (void)state;
    struct peer *listener = peer_listen("the server");
    struct program *program = start_with_port("client", listener->port);
    gate_arm(program, GROUP_RECEIVING, 1, true);
    go(program);
    struct peer *peer = peer_accept(listener, "the server");
    peer_send(peer, "abc", 3);
    peer_half_close(peer);
    assert_int_equal(gate_wait(program, GROUP_RECEIVING), DONE);
    /* The first has passed, the second has been made and has not returned to the program. */
    assert_int_equal(trace_received(program), 3);
    assert_int_equal(program_wait(program), STALLED);
    assert_said(program, "recv = 3\n");
    assert_silent_about(program, "\nend =");
    gate_open(program, GROUP_RECEIVING);
    wait_for_end(program);
    assert_said(program, "end = 0\n");
}

static void test_a_gate_of_receiving_is_for_sockets(void **state)
{
    (void)state;
    struct program *program = start_before_gate(0, false);
    assert_int_equal(write(program->in, "x", 1), 1);
    assert_int_equal(gate_wait(program, GROUP_RECEIVING), DONE);
    program_look(program);
    assert_said(program, "input = 1\n");
    gate_open(program, GROUP_RECEIVING);
    wait_for_end(program);
    assert_said(program, "socket = 1\n");
}

static void test_a_gate_at_the_start_holds_one_call_after_the_other(void **state)
{
    (void)state;
    gate_at_start(GROUP_CLOSING, 0, true);
    struct program *other = program_start("calls", "flickers", NULL);
    program_watch(other);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(gate_wait(other, GROUP_CLOSING), DONE);
        assert_int_equal(program_wait(other), STALLED);
        gate_next(other, GROUP_CLOSING);
    }
    assert_int_equal(gate_wait(other, GROUP_CLOSING), DONE);
    gate_open(other, GROUP_CLOSING);
}

static void test_a_gate_that_nobody_comes_to_is_told(void **state)
{
    (void)state;
    struct program *program = start_before_gate(9, false);
    assert_int_equal(gate_wait(program, GROUP_RECEIVING), STALLED);
    assert_int_equal(write(program->in, "x", 1), 1);
    assert_int_equal(gate_wait(program, GROUP_RECEIVING), ENDED);
}

/* ---- what the program sees ---- */

static void test_the_program_starts_as_from_a_shell(void **state)
{
    (void)state;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    signal(SIGUSR1, SIG_IGN);
    struct program *program = program_start("calls", "start", NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    signal(SIGUSR1, SIG_DFL);
    wait_for_end(program);
    assert_said(program, "descriptor 0\ndescriptor 1\ndescriptor 2\nleader 1\n");
    assert_silent_about(program, "descriptor 3");
    assert_silent_about(program, "descriptor 10");
    assert_silent_about(program, "blocked");
    assert_silent_about(program, "LD_PRELOAD");
    assert_silent_about(program, "SOCKLADDER");
    assert_said(program, "environment LC_ALL=C\n");
    /* Those of a crash alone have a handler: the probe's. */
    static const char *const others[] = {"PIPE", "USR1", "CHLD", "INT", "TERM", "HUP", "ALRM"};
    char words[40];
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        snprintf(words, sizeof words, "disposition %s", others[i]);
        assert_silent_about(program, words);
    }
}

static void crash_is_noted(const char *number, int expected)
{
    struct program *program = program_start("calls", "crash", number, NULL);
    wait_for_end(program);
    assert_true(WIFSIGNALED(program->status));
    assert_int_equal(WTERMSIG(program->status), expected);
    assert_int_equal(atomic_load(&program->trace->crash.signal), expected);
    assert_int_equal(program->trace->crash.pid, program->pid);
    assert_in_range(program->trace->crash.count, 3, PROBE_FRAMES);
    struct line lines[PROBE_FRAMES];
    uint64_t frames[PROBE_FRAMES];
    memcpy(frames, program->trace->crash.frames, sizeof frames);
    places_find(program->path, frames, program->trace->crash.count, lines);
    size_t first = 0;
    while (first < program->trace->crash.count && lines[first].number == 0)
        first++;
    assert_true(first < program->trace->crash.count);
    assert_string_equal(lines[first].file, "calls.c");
    assert_int_equal(lines[first].number, number_said(program, "before at ") + 1);
}

static void test_a_crash_is_noted_with_its_line_and_still_kills(void **state)
{
    (void)state;
    crash_is_noted("11", SIGSEGV);
    crash_is_noted("6", SIGABRT);
}

/* ---- names ---- */

/* The last line of the log also counts descriptors that are open at the end, from valgrind 3.23 on.
 */
static void has_freed_all_without_an_error(const struct program *program)
{
    struct memcheck memcheck;
    memcheck_read(&program->valgrind, valgrind_own_file, &memcheck);
    assert_true(memcheck.complete);
    assert_int_equal(memcheck.errors, 0);
    assert_non_null(strstr(program->valgrind.start, "All heap blocks were freed"));
}

static void test_names_that_never_exist_are_not_found(void **state)
{
    (void)state;
    struct program *program = program_start("calls", "names", "no.such.host.invalid", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "getaddrinfo: Name or service not known\n");
}

static void test_dead_addresses_come_first_and_last_and_are_freed(void **state)
{
    (void)state;
    struct program *program = program_start("calls", "names", "127.0.0.1", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "address 127.0.0.1 4711\n");

    fault_at_start(GROUP_LOOKING_UP, 0, 0, 1, 0);
    program = program_start_memcheck("calls", "names", "127.0.0.1", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start,
                        "address 127.255.255.254 4711\naddress 127.0.0.1 4711\n"
                        "address 127.255.255.254 4711\n");
    has_freed_all_without_an_error(program);
    assert_int_equal(fault_hits(program, GROUP_LOOKING_UP), 1);
}

static void test_an_address_of_ipv6_comes_first_for_who_did_not_ask_for_ipv4(void **state)
{
    (void)state;
    fault_at_start(GROUP_LOOKING_UP, 0, AF_INET6, 1, 0);
    struct program *program = program_start("calls", "names", "127.0.0.1", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "address 127.0.0.1 4711\n");

    fault_at_start(GROUP_LOOKING_UP, 0, AF_INET6, 1, 0);
    program = program_start_memcheck("calls", "any names", "127.0.0.1", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "address of IPv6\naddress 127.0.0.1 4711\n");
    has_freed_all_without_an_error(program);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_a_conversation_is_written_down_with_its_lines),
        ON_STAGE(test_failures_are_written_down_with_errno),
        ON_STAGE(test_ports_and_unread_bytes_of_a_server_are_written_down),
        ON_STAGE(test_of_very_many_calls_the_first_and_the_last_are_kept),
        ON_STAGE(test_a_child_and_a_thread_write_into_the_same_memory),
        ON_STAGE(test_clocks_and_handlers_are_noticed),
        ON_STAGE(test_receives_of_sockets_are_cut_short),
        ON_STAGE(test_sends_of_sockets_are_cut_short),
        ON_STAGE(test_errors_come_as_often_as_asked_for),
        ON_STAGE(test_processes_and_threads_fail_to_begin),
        ON_STAGE(test_threads_begin_as_they_would),
        ON_STAGE(test_valgrind_sees_nothing_of_how_threads_begin),
        ON_STAGE(test_a_gate_holds_a_thread_before_it_begins),
        ON_STAGE(test_a_gate_holds_before_a_lock),
        ON_STAGE(test_a_lock_is_written_down_when_it_is_not_free),
        ON_STAGE(test_an_exit_is_written_down),
        ON_STAGE(test_who_meets_the_same_error_for_ever_is_held),
        ON_STAGE(test_a_gate_holds_before_a_call),
        ON_STAGE(test_a_gate_holds_after_a_call),
        ON_STAGE(test_a_gate_of_receiving_is_for_sockets),
        ON_STAGE(test_a_gate_at_the_start_holds_one_call_after_the_other),
        ON_STAGE(test_a_gate_that_nobody_comes_to_is_told),
        ON_STAGE(test_the_program_starts_as_from_a_shell),
        ON_STAGE(test_a_crash_is_noted_with_its_line_and_still_kills),
        ON_STAGE(test_names_that_never_exist_are_not_found),
        ON_STAGE(test_dead_addresses_come_first_and_last_and_are_freed),
        ON_STAGE(test_an_address_of_ipv6_comes_first_for_who_did_not_ask_for_ipv4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
