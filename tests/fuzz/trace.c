/* Memory that the program under test has scribbled over: grader/observe/trace.h, and all that is
   made of it. A line of the input is a call: of most fields the low bits of a byte. `!` begins a
   call whose bytes are as they stand, `*` what stands beside the calls. */
#include "fuzz/fuzz.h"

#include "grader/expect/dialogue.h"
#include "grader/explain/cause.h"
#include "grader/explain/evidence.h"
#include "grader/explain/ladder.h"
#include "grader/observe/trace.h"
#include "grader/play/stage.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return setenv("PATH", "/nonexistent", 1); /* no addr2line */
}

static struct probe_trace memory;
static const struct scenario scenario = {.id = "fuzz"};

enum { FIRST = 5000000 }; /* more than any process has as its number */

/* -128 to 127. */
static int little(struct fuzz_input *input)
{
    int byte = fuzz_byte(input);
    return byte < 128 ? byte : byte - 256;
}

static void write_call(struct probe_event *event, struct fuzz_input *input, uint32_t number)
{
    event->call = fuzz_byte(input) % (CALL_COUNT + 1);
    event->state = fuzz_byte(input) % 8 == 0 ? EVENT_BEGUN : EVENT_DONE;
    event->number = number;
    event->pid = FIRST + fuzz_byte(input) % 3;
    event->tid = event->pid + fuzz_byte(input) % 3;
    event->fd = little(input) % 8;
    event->given = little(input);
    event->result = little(input);
    event->error = event->result == -1 ? fuzz_byte(input) : 0;
    event->port = fuzz_byte(input) * 256;
    event->is_socket = fuzz_byte(input) % 2;
    event->process = FIRST + fuzz_byte(input) % 3;
    event->begun = number * 1000U + fuzz_byte(input);
    event->ended = event->begun + fuzz_byte(input);
    event->besides = fuzz_byte(input);
    event->tcp_state = fuzz_byte(input) % 16;
    event->faulted = fuzz_byte(input) % 2;
    event->unread = fuzz_byte(input);
    event->caller = fuzz_byte(input);
}

static void write_bytes(void *to, size_t size, struct fuzz_input *input)
{
    size_t count = size < input->left ? size : input->left;
    memcpy(to, input->at, count);
    input->at += count;
    input->left -= count;
}

/* What stands before the calls, beginning at the locks or at the crash. */
static void write_beside(struct fuzz_input *input)
{
    if (fuzz_byte(input) % 2 == 0)
        write_bytes(&memory.locks[fuzz_byte(input) % PROBE_LOCKS], sizeof memory.locks[0], input);
    else
        write_bytes(&memory.crash, sizeof memory.crash, input);
}

static void scribble(struct fuzz_input *input)
{
    memset(&memory, 0, sizeof memory);
    for (uint32_t i = 0; input->left > 0 && i < PROBE_HEAD + PROBE_TAIL; i++) {
        char *line;
        struct fuzz_input call;
        if (*input->at == '!') {
            fuzz_byte(input);
            write_bytes(&memory.events[i], sizeof memory.events[0], input);
            continue;
        }
        if (*input->at == '*') {
            fuzz_byte(input);
            write_beside(input);
            continue;
        }
        line = fuzz_line(input);
        call = (struct fuzz_input){(const uint8_t *)line, strlen(line)};
        write_call(&memory.events[i], &call, i);
        free(line);
    }
}

/* What the tests ask of the trace. */
static void ask(const struct program *program, uint8_t group, uint8_t call)
{
    enum probe_unsafe what;
    uint64_t places[2];
    struct retries retries = trace_retries(program, group % GROUP_COUNT, 24);
    (void)retries_hurry(&retries);
    (void)trace_received(program);
    (void)trace_failures(program, group % GROUP_COUNT, 24);
    (void)trace_closes_twice(program);
    (void)trace_leaves_open(program, call % CALL_COUNT);
    (void)trace_closes_after(program, call % CALL_COUNT);
    (void)trace_failed_at(program, call % CALL_COUNT);
    (void)trace_exit_place(program);
    (void)trace_signals_everyone(program);
    if (trace_unsafe_in_handler(program, &what, places))
        fuzz_must(what < UNSAFE_COUNT, "what is unsafe has a name");
    (void)trace_most_detached(program, places);
}

static void explain(void)
{
    static char ladder[16384];
    struct evidence evidence;
    struct text text = {0};
    evidence_take(&evidence);
    cause_find(&evidence, &text);
    if (text.length > 0)
        fuzz_must_be_harmless(text.start, text.length, true);
    ladder_draw(&evidence, ladder, sizeof ladder);
    fuzz_must_be_harmless(ladder, strlen(ladder), true);
    text_free(&text);
    evidence_free(&evidence);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct probe_orders orders;
    struct fuzz_input input = {data, size};
    uint8_t kind = fuzz_byte(&input);
    uint8_t group = fuzz_byte(&input);
    uint8_t call = fuzz_byte(&input);
    uint8_t expected = fuzz_byte(&input);
    struct program program = {.role = kind & 1 ? "server" : "client",
                              .pid = FIRST,
                              .in = -1,
                              .out = -1,
                              .err = -1,
                              .log = -1,
                              .ended = true,
                              .status = kind & 2 ? SIGSEGV : 256,
                              .watcher = -1,
                              .port = 40000,
                              .trace = &memory,
                              .orders = &orders};
    memset(&stage, 0, sizeof stage);
    stage.scenario = &scenario;
    stage.programs[0] = &program;
    stage.program_count = 1;
    stage.extra = -1;
    stage.datagrams = kind & 4;
    stage.last = kind & 8 ? ENDED : STALLED;
    stage.expected = (enum expectation)(1U << expected % 15);
    dialogue.in_lines = kind & 32;
    scribble(&input);
    ask(&program, group, call);
    explain();
    return 0;
}
