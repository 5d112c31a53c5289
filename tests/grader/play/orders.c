#include "grader/play/orders.h"

#include "grader/base/settings.h"
#include "grader/play/program.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Faults and gates for the program that is started next. */
static struct probe_fault faults_at_start[GROUP_COUNT];
static struct probe_gate gates_at_start[GROUP_COUNT];

static uint32_t time_limit; /* ms */

void time_limit_at_start(void)
{
    time_limit = 20;
}

void orders_give(struct program *program)
{
    program->orders->time_limit = time_limit;
    time_limit = 0;
    memcpy(program->orders->faults, faults_at_start, sizeof faults_at_start);
    for (size_t group = 0; group < GROUP_COUNT; group++)
        program->faults_set |= atomic_load(&faults_at_start[group].armed) != 0;
    memset(faults_at_start, 0, sizeof faults_at_start);
    memcpy(program->orders->gates, gates_at_start, sizeof gates_at_start);
    memset(gates_at_start, 0, sizeof gates_at_start);
    program->orders->stops = settings.debugger != 0 && stage.program_count == settings.debugged;
}

/* ---- faults ---- */

static void arm(struct probe_fault *fault, int error, int32_t count, int32_t skip)
{
    atomic_store(&fault->armed, 0);
    fault->error = error;
    atomic_store(&fault->skip, (uint32_t)skip);
    atomic_store(&fault->count, (uint32_t)count);
    atomic_fetch_add(&fault->turn, 1);
    atomic_store(&fault->armed, 1);
}

/* Before the hits are counted anew. */
static void note_hits(struct program *program, enum probe_group group)
{
    program->faults_met |= fault_hits(program, group) > 0;
}

bool program_met_fault(struct program *program)
{
    for (enum probe_group group = 0; group < GROUP_COUNT; group++)
        note_hits(program, group);
    return program->faults_met || !program->faults_set;
}

void program_needs_no_fault(struct program *program)
{
    program->faults_set = false;
}

void fault_error(struct program *program, enum probe_group group, int error, int32_t count,
                 int32_t skip)
{
    note_hits(program, group);
    program->faults_set = true;
    arm(&program->orders->faults[group], error, count, skip);
}

void fault_signal(struct program *program, enum probe_group group, int number)
{
    program->orders->faults[group].signal = number;
}

void fault_limit(struct program *program, enum probe_group group, int64_t most)
{
    program->orders->faults[group].limit = most;
    fault_error(program, group, 0, INT32_MAX, 0);
}

void fault_at_start(enum probe_group group, int error, int64_t most, int32_t count, int32_t skip)
{
    struct probe_fault *fault = &faults_at_start[group];
    fault->limit = most;
    arm(fault, error, count, skip);
}

void stale_errno(struct program *program, int error)
{
    atomic_store(&program->orders->stale_errno, (uint32_t)error);
}

void fault_off(struct program *program, enum probe_group group)
{
    atomic_store(&program->orders->faults[group].armed, 0);
}

/* How many calls the probe has counted since TURN. */
static uint32_t calls_since(const probe_count *count, uint32_t turn)
{
    uint64_t calls = atomic_load(count);
    return calls >> 32 == turn ? (uint32_t)calls : 0;
}

uint32_t fault_hits(const struct program *program, enum probe_group group)
{
    const struct probe_fault *fault = &program->orders->faults[group];
    uint32_t calls = calls_since(&program->trace->faults[group], atomic_load(&fault->turn));
    uint32_t skip = atomic_load(&fault->skip);
    uint32_t most = atomic_load(&fault->count);
    uint32_t hits = calls > skip ? calls - skip : 0;
    return hits < most ? hits : most;
}

/* ---- gates ---- */

static void set_gate(struct probe_gate *gate, uint32_t turn, uint32_t state)
{
    atomic_store(&gate->state, turn * GATE_STATES + state);
}

static uint32_t turn_of(const struct probe_gate *gate)
{
    return atomic_load(&gate->state) / GATE_STATES;
}

void gate_arm(struct program *program, enum probe_group group, int32_t skip, bool after)
{
    struct probe_gate *gate = &program->orders->gates[group];
    program_watch(program);
    set_gate(gate, turn_of(gate), GATE_OFF);
    gate->after = after;
    gate->skip = (uint32_t)skip;
    set_gate(gate, turn_of(gate) + 1, GATE_ARMED);
}

bool gate_is_holding(const struct program *program, enum probe_group group)
{
    uint32_t state = atomic_load(&program->orders->gates[group].state);
    return state % GATE_STATES == GATE_ARMED &&
           atomic_load(&program->trace->holds[group].turn) == state / GATE_STATES;
}

int32_t gate_holds_whom(const struct program *program, enum probe_group group)
{
    return program->trace->holds[group].tid;
}

struct holding {
    const struct program *program;
    enum probe_group group;
};

static bool gate_holds(void *argument)
{
    const struct holding *holding = argument;
    return gate_is_holding(holding->program, holding->group);
}

enum wait_result gate_wait(struct program *program, enum probe_group group)
{
    struct holding holding = {program, group};
    return stage_wait(NULL, gate_holds, &holding);
}

/* Wakes whoever is held; the state of the gate is another one now. */
static void let_go(struct probe_gate *gate)
{
    syscall(SYS_futex, (uint32_t *)&gate->state, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

void gate_open(struct program *program, enum probe_group group)
{
    struct probe_gate *gate = &program->orders->gates[group];
    set_gate(gate, turn_of(gate), GATE_OPEN);
    let_go(gate);
}

void gate_next(struct program *program, enum probe_group group)
{
    struct probe_gate *gate = &program->orders->gates[group];
    gate->skip = 0;
    set_gate(gate, turn_of(gate) + 1, GATE_ARMED);
    let_go(gate);
}

void gate_at_start(enum probe_group group, int32_t skip, bool after)
{
    struct probe_gate *gate = &gates_at_start[group];
    gate->after = after;
    gate->skip = (uint32_t)skip;
    set_gate(gate, turn_of(gate) + 1, GATE_ARMED);
}
