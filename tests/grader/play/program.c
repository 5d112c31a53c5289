#include "grader/play/program.h"

#include "grader/base/settings.h"
#include "grader/observe/access.h"
#include "grader/observe/procfs.h"
#include "grader/observe/valgrind.h"
#include "grader/play/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MOST_ARGUMENTS = 32,
    MOST_OUTPUT = 1 << 20, /* of each stream; the rest is read and thrown away */
    MEMORY_FD = 100,       /* out of the way of the descriptors that programs get */
    LOG_FD = 101,
    ORDERS_FD = 102,
    FAILED_FD = 103,
};

/* ---- starting ---- */

struct pipes {
    int in[2];
    int out[2];
    int err[2];
    int log[2];
    int failed[2]; /* errno of an exec that failed; else it ends without a word */
};

static void open_pipes(struct pipes *pipes, bool with_log)
{
    pipes->log[0] = pipes->log[1] = -1;
    if (pipe2(pipes->in, O_CLOEXEC) == -1 || pipe2(pipes->out, O_CLOEXEC) == -1 ||
        pipe2(pipes->err, O_CLOEXEC) == -1 || pipe2(pipes->failed, O_CLOEXEC) == -1 ||
        (with_log && pipe2(pipes->log, O_CLOEXEC) == -1))
        grader_fault("pipe2");
    /* Our ends only: the program gets ordinary blocking ones. */
    int ours[] = {pipes->out[0], pipes->err[0], pipes->failed[0], pipes->log[0]};
    for (int i = 0; i < (with_log ? 4 : 3); i++)
        if (fcntl(ours[i], F_SETFL, O_NONBLOCK) == -1)
            grader_fault("fcntl");
}

/* In the child: an empty mask and default dispositions, as from a shell. */
static void reset_signals(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What the child needs to become the program. */
struct spawn {
    const char *const *arguments;
    char **environment;
    const struct pipes *pipes;
    int trace;
    int orders;
    uid_t user;
};

/* In the child. It shares the parent's memory, so only async-signal-safe calls, and none that
   changes what the parent still needs. */
static int become(void *argument)
{
    const struct spawn *spawning = argument;
    const struct pipes *pipes = spawning->pipes;
    setsid();
    reset_signals();
    /* Above all numbers in use first, so that no dup2 hits what is still needed. */
    int high_memory = fcntl(spawning->trace, F_DUPFD, FAILED_FD + 1);
    int high_orders = fcntl(spawning->orders, F_DUPFD, FAILED_FD + 1);
    int high_log = pipes->log[1] == -1 ? -1 : fcntl(pipes->log[1], F_DUPFD, FAILED_FD + 1);
    int high_failed = fcntl(pipes->failed[1], F_DUPFD, FAILED_FD + 1);
    bool done = high_memory != -1 && high_orders != -1 && high_failed != -1 &&
                dup3(high_failed, FAILED_FD, O_CLOEXEC) == FAILED_FD &&
                dup2(pipes->in[0], 0) == 0 && dup2(pipes->out[1], 1) == 1 &&
                dup2(pipes->err[1], 2) == 2 && dup2(high_memory, MEMORY_FD) == MEMORY_FD &&
                dup2(high_orders, ORDERS_FD) == ORDERS_FD &&
                (high_log == -1 || dup2(high_log, LOG_FD) == LOG_FD);
    syscall(SYS_close_range, 3, MEMORY_FD - 1, 0);
    if (high_log == -1)
        close(LOG_FD);
    syscall(SYS_close_range, FAILED_FD + 1, ~0U, 0);
    if (done && sandbox_enter(spawning->user, high_log != -1))
        execvpe(spawning->arguments[0], (char *const *)spawning->arguments, spawning->environment);
    int error = errno;
    _exit(write(FAILED_FD, &error, sizeof error) == sizeof error ? 126 : 127);
}

/* A child in the parent's memory, until it is the program: no page need be copied, which is
   much of a start where page faults are dear. (posix_spawn(3) does the same, but cannot confine.)
 */
static pid_t spawn(struct spawn *spawning)
{
    enum { STACK = 64 << 10 };
    static _Alignas(16) char stack[STACK]; /* the parent's thread waits, and there is but one */
    return clone(become, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, spawning);
}

/* LD_PRELOAD ends a name at a space or a colon (ld.so(8)), and the kit may stand in a folder whose
   name has one. So the name begins at the working directory, and goes up no further than it must.
 */
static void name_probe(char *buffer, size_t size)
{
    char here[4096];
    if (getcwd(here, sizeof here - 1) == NULL)
        grader_fault("getcwd");
    strcat(here, "/");
    size_t common = 0;
    for (size_t i = 0; here[i] != '\0' && here[i] == settings.probe[i]; i++)
        if (here[i] == '/')
            common = i + 1;
    size_t used = (size_t)snprintf(buffer, size, "LD_PRELOAD=./");
    for (const char *left = here + common; (left = strchr(left, '/')) != NULL && used < size;
         left++)
        used += (size_t)snprintf(buffer + used, size - used, "../");
    if (used < size)
        snprintf(buffer + used, size - used, "%s", settings.probe + common);
}

/* Faults and gates for the program that is started next. */
static struct probe_fault faults_at_start[GROUP_COUNT];
static struct probe_gate gates_at_start[GROUP_COUNT];

/* SIZE bytes to share with a program; their descriptor, for the program, in *FD. */
static void *open_memory(const char *name, size_t size, int *fd)
{
    *fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    /* Sealed: a program that shortened it would end this process with SIGBUS. */
    if (*fd == -1 || ftruncate(*fd, (off_t)size) == -1 ||
        fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == -1)
        grader_fault("memfd_create");
    void *place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (place == MAP_FAILED)
        grader_fault("mmap");
    return place;
}

/* From now on nobody can write there but through the mapping that this process has. */
static void seal(int orders)
{
    if (fcntl(orders, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == -1)
        grader_fault("fcntl");
}

/* What PROGRAM shares with the probe; the descriptors go to BIRTH. */
static void open_memories(struct program *program, struct spawn *spawning)
{
    program->trace = open_memory("probe", sizeof *program->trace, &spawning->trace);
    program->orders = open_memory("orders", sizeof *program->orders, &spawning->orders);
    seal(spawning->orders);
    memcpy(program->orders->faults, faults_at_start, sizeof faults_at_start);
    for (size_t group = 0; group < GROUP_COUNT; group++)
        program->faults_set |= atomic_load(&faults_at_start[group].armed) != 0;
    memset(faults_at_start, 0, sizeof faults_at_start);
    memcpy(program->orders->gates, gates_at_start, sizeof gates_at_start);
    memset(gates_at_start, 0, sizeof gates_at_start);
    program->orders->under_valgrind = program->under_valgrind;
}

static void launch(struct program *program, const char *const *arguments)
{
    char preload[4200];
    char path[4200];
    char fd[64];
    char search[4200];
    const char *own_path = getenv("PATH");
    name_probe(preload, sizeof preload);
    snprintf(path, sizeof path, PROBE_PROGRAM_VARIABLE "=%s", program->path);
    snprintf(fd, sizeof fd, PROBE_FD_VARIABLE "=%d,%d", MEMORY_FD, ORDERS_FD);
    snprintf(search, sizeof search, "PATH=%s", own_path != NULL ? own_path : "/usr/bin:/bin");
    char *environment[] = {preload, path, fd, search, "LC_ALL=C", "TERM=dumb", NULL};
    struct pipes pipes;
    struct spawn spawning = {
        .arguments = arguments, .environment = environment, .pipes = &pipes, .trace = -1};
    open_pipes(&pipes, program->under_valgrind);
    open_memories(program, &spawning);
    spawning.user = sandbox_user(program->path);
    access_is_for(spawning.user);
    program->pid = spawn(&spawning);
    if (program->pid == -1)
        grader_fault("clone");
    close(spawning.trace);
    close(spawning.orders);
    close(pipes.in[0]);
    close(pipes.out[1]);
    close(pipes.err[1]);
    close(pipes.failed[1]);
    if (pipes.log[1] != -1)
        close(pipes.log[1]);
    program->in = pipes.in[1];
    program->out = pipes.out[0];
    program->err = pipes.err[0];
    program->log = pipes.log[0];
    program->failed = pipes.failed[0];
}

enum tool { PLAIN, MEMCHECK, HELGRIND };

/* What stands in front of the program's own words; up to NULL. */
static const char *const tools[][14] = {
    [PLAIN] = {NULL},
    [MEMCHECK] = {"valgrind", "--tool=memcheck", "--command-line-only=yes", "--log-fd=101",
                  "--trace-children=no", "--child-silent-after-fork=no", "--num-callers=24",
                  "--vgdb=no", "--read-inline-info=no", "--leak-check=full",
                  "--show-leak-kinds=definite,indirect", "--track-fds=yes"},
    /* Without the names of local variables and of fields: they take five times as long. */
    [HELGRIND] = {"valgrind", "--tool=helgrind", "--command-line-only=yes", "--log-fd=101",
                  "--trace-children=no", "--child-silent-after-fork=no", "--num-callers=24",
                  "--vgdb=no", "--read-inline-info=no", "--error-limit=no", "--free-is-write=yes"},
};

/* Puts it in front of ARGUMENTS; returns of how many words it is. */
static size_t name_tool(const char **arguments, enum tool tool)
{
    size_t count = 0;
    for (; tools[tool][count] != NULL; count++)
        arguments[count] = tools[tool][count];
    return count;
}

static struct program *start(const char *role, enum tool tool, va_list words)
{
    struct program *program = calloc(1, sizeof *program);
    if (program == NULL || stage.program_count == STAGE_PROGRAMS)
        grader_fault("calloc");
    program->role = role;
    program->under_valgrind = tool != PLAIN;
    program->watcher = -1;
    program->asked_port = -1;
    if (strcmp(role, "link") == 0) /* given, so it is built beside the probe */
        snprintf(program->path, sizeof program->path, "%.*s/labs/5-udp/link",
                 (int)(strrchr(settings.probe, '/') - settings.probe), settings.probe);
    else
        snprintf(program->path, sizeof program->path, "%s/%s", settings.programs, role);
    const char *arguments[MOST_ARGUMENTS] = {NULL};
    size_t count = name_tool(arguments, tool);
    arguments[count++] = program->path;
    for (const char *word;
         (word = va_arg(words, const char *)) != NULL && count < MOST_ARGUMENTS - 1;)
        arguments[count++] = word;
    launch(program, arguments);
    stage.programs[stage.program_count++] = program;
    return program;
}

struct program *program_start(const char *role, ...)
{
    va_list words;
    va_start(words, role);
    struct program *program = start(role, PLAIN, words);
    va_end(words);
    return program;
}

struct program *program_start_memcheck(const char *role, ...)
{
    va_list words;
    va_start(words, role);
    struct program *program = start(role, MEMCHECK, words);
    va_end(words);
    return program;
}

struct program *program_start_helgrind(const char *role, ...)
{
    va_list words;
    va_start(words, role);
    struct program *program = start(role, HELGRIND, words);
    va_end(words);
    return program;
}

/* ---- watching ---- */

/* A thread beside the test turns the futex into something that poll(2) can wait for. It ends with
   the process; the program under test has no descriptor of it. */
static void *pass_on_events(void *argument)
{
    const struct program *program = argument;
    _Atomic uint32_t *wake = &program->trace->wake;
    for (uint32_t seen = atomic_load(wake);;) {
        syscall(SYS_futex, (uint32_t *)wake, FUTEX_WAIT, seen, NULL, NULL, 0);
        seen = atomic_load(wake);
        uint64_t one = 1;
        if (write(program->watcher, &one, sizeof one) == -1 && errno != EAGAIN)
            return NULL;
    }
}

void program_watch(struct program *program)
{
    if (program->watcher != -1)
        return;
    pthread_t thread;
    program->watcher = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (program->watcher == -1)
        grader_fault("eventfd");
    errno = pthread_create(&thread, NULL, pass_on_events, program);
    if (errno != 0)
        grader_fault("pthread_create");
    pthread_detach(thread);
    atomic_store(&program->orders->watched, 1);
}

/* Reads what is there; closes the pipe at its end. */
static void take_in(int *fd, struct text *text)
{
    char bytes[16384];
    for (int turn = 0; *fd != -1 && turn < 64; turn++) {
        ssize_t count = read(*fd, bytes, sizeof bytes);
        if (count == -1 && (errno == EAGAIN || errno == EINTR))
            return;
        if (count <= 0) {
            close(*fd);
            *fd = -1;
        } else if (text->length < MOST_OUTPUT) {
            text_add_bytes(text, bytes, (size_t)count);
        }
    }
}

void program_look(struct program *program)
{
    if (!program->ended) {
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)program->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            info.si_pid != 0)
            program->ended = waitpid(program->pid, &program->status, 0) == program->pid;
    }
    uint64_t events;
    if (program->watcher != -1)
        (void)!read(program->watcher, &events, sizeof events);
    take_in(&program->out, &program->said);
    take_in(&program->err, &program->complained);
    take_in(&program->log, &program->valgrind);
}

static bool has_ended(void *argument)
{
    return ((struct program *)argument)->ended;
}

enum wait_result program_wait(struct program *program)
{
    stage.waiting = NULL;
    return stage_wait(has_ended, program);
}

enum wait_result program_settle(struct program *program)
{
    stage.waiting = NULL;
    return stage_settle(has_ended, program);
}

struct typing {
    const struct program *program;
    const char *bytes;
    size_t left;
};

static bool is_typed(void *argument)
{
    struct typing *typing = argument;
    while (typing->left > 0) {
        ssize_t count = write(typing->program->in, typing->bytes, typing->left);
        if (count == -1 && errno == EAGAIN)
            return false;
        if (count == -1 && errno == EPIPE)
            return true;
        if (count == -1)
            grader_fault("write to the keyboard");
        typing->bytes += count;
        typing->left -= (size_t)count;
    }
    return true;
}

void program_type(struct program *program, const void *bytes, size_t length)
{
    struct typing typing = {program, bytes, length};
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || fcntl(program->in, F_SETFL, O_NONBLOCK) == -1)
        grader_fault("keyboard");
    /* The first try by itself: it succeeds unless the pipe is full, and needs no look at anything.
     */
    if (is_typed(&typing))
        return;
    stage.waiting = NULL;
    if (stage_wait(is_typed, &typing) != DONE)
        fail_because("%zu %s typed at the %s's keyboard; it has not read them, and nothing more "
                     "can be typed.",
                     length, length == 1 ? "byte was" : "bytes were", program->role);
}

static bool has_stopped(void *argument)
{
    const struct program *program = argument;
    siginfo_t info = {0};
    return program->ended ||
           (waitid(P_PID, (id_t)program->pid, &info, WSTOPPED | WNOHANG) == 0 && info.si_pid != 0);
}

void program_pause(struct program *program)
{
    if (program->ended || kill(program->pid, SIGSTOP) == -1)
        return;
    enum wait_result last = stage.last;
    bool stopped = stage_settle(has_stopped, program) == DONE || program->ended;
    stage.last = last;
    if (!stopped)
        fail_because("The %s was sent SIGSTOP, which stops every process, and it did not stop%s.",
                     program->role,
                     procfs_tracer(program->pid) != 0 ? ": another process traces it (ptrace)"
                                                      : "");
}

void program_resume(struct program *program)
{
    if (!program->ended)
        kill(program->pid, SIGCONT);
}

bool has_line(const struct text *text, const char *line)
{
    size_t length = strlen(line);
    const char *end = text->start + text->length;
    for (const char *at = text->start;
         at != NULL && (at = memmem(at, (size_t)(end - at), line, length)) != NULL; at++)
        if ((at == text->start || at[-1] == '\n') && at[length] == '\n')
            return true;
    return false;
}

bool has_words(const struct text *text, const char *words)
{
    return text->start != NULL && memmem(text->start, text->length, words, strlen(words)) != NULL;
}

struct line_wanted {
    struct program *program;
    const char *line;
};

static bool has_said(void *argument)
{
    const struct line_wanted *wanted = argument;
    return has_line(&wanted->program->said, wanted->line);
}

enum wait_result program_wait_line(struct program *program, const char *line)
{
    struct line_wanted wanted = {program, line};
    stage.waiting = NULL;
    return stage_wait(has_said, &wanted);
}

enum wait_result program_terminate(struct program *program)
{
    /* valgrind writes its summary when a signal ends the program, but not when that is SIGKILL. */
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0] && !program->ended; i++) {
        program->terminated = kill(program->pid, signals[i]) == 0;
        program_settle(program);
    }
    if (!program->ended)
        program->terminated = kill(program->pid, SIGKILL) == 0;
    return program_wait(program);
}

static void unmap_memories(struct program *program)
{
    munmap(program->trace, sizeof *program->trace);
    munmap(program->orders, sizeof *program->orders);
}

void program_free(struct program *program)
{
    int fds[] = {program->in, program->out, program->err, program->log, program->failed};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] != -1)
            close(fds[i]);
    text_free(&program->said);
    text_free(&program->complained);
    text_free(&program->valgrind);
    if (program->watcher == -1) { /* else the thread still uses it; it goes with the process */
        unmap_memories(program);
        free(program);
    }
}

/* Waits until PID, a child, has ended, whatever the stage's programs do; ends it after a while. */
static void await_end(pid_t pid, int *status)
{
    enum { MOST_SECONDS = 5, LOOK_MS = 20 };
    uint64_t deadline = stage_now() + (uint64_t)(MOST_SECONDS * settings.patience * 1e9);
    while (waitpid(pid, status, WNOHANG) == 0) {
        struct pollfd fd = {.fd = stage.children, .events = POLLIN};
        struct signalfd_siginfo told;
        poll(&fd, 1, LOOK_MS);
        while (read(stage.children, &told, sizeof told) == sizeof told)
            continue; /* each program is looked at anyway */
        if (stage_now() > deadline)
            kill(pid, SIGKILL);
    }
}

/* A program that is certainly sound, in the place of one that has not begun: does this machine let
   it begin? Then it lets all. */
static bool a_sound_one_begins(enum tool tool)
{
    struct program *shell = calloc(1, sizeof *shell);
    const char *arguments[MOST_ARGUMENTS] = {NULL};
    size_t count = name_tool(arguments, tool);
    if (shell == NULL || realpath("/bin/sh", shell->path) == NULL)
        grader_fault("/bin/sh");
    shell->role = "shell";
    shell->watcher = -1;
    shell->under_valgrind = tool != PLAIN;
    arguments[count++] = shell->path;
    arguments[count++] = "-c";
    arguments[count++] = ":";
    launch(shell, arguments);
    await_end(shell->pid, &shell->status);
    take_in(&shell->log, &shell->valgrind);
    bool begins = tool == PLAIN ? atomic_load(&shell->trace->ready) != 0
                                : valgrind_is_there(&shell->valgrind);
    program_free(shell);
    return begins;
}

void program_must_have_begun(const struct program *program)
{
    int error;
    if (read(program->failed, &error, sizeof error) == sizeof error) {
        errno = error;
        grader_fault(program->under_valgrind ? "valgrind could not be started (is it installed? sh "
                                               ".ci/install student)"
                                             : "the program could not be started");
    }
    if (program->under_valgrind && !valgrind_is_there(&program->valgrind) &&
        !a_sound_one_begins(MEMCHECK)) {
        errno = ENOENT;
        grader_fault("valgrind could not be started");
    }
    /* The memory is the program's as well, which may have wiped out that the probe was there. */
    if (!program->under_valgrind && atomic_load(&program->trace->ready) == 0 &&
        !a_sound_one_begins(PLAIN)) {
        errno = ENOEXEC;
        grader_fault("the probe could not be loaded");
    }
}

void program_ending(struct text *text, const struct program *program)
{
    if (WIFSIGNALED(program->status))
        text_add(text, "killed by SIG%s (%s)", sigabbrev_np(WTERMSIG(program->status)),
                 sigdescr_np(WTERMSIG(program->status)));
    else
        text_add(text, "exit status %d", WEXITSTATUS(program->status));
}

/* ---- faults and gates ---- */

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
    stage.waiting = NULL;
    return stage_wait(gate_holds, &holding);
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
