#include "grader/play/program.h"

#include "grader/base/settings.h"
#include "grader/observe/procfs.h"
#include "grader/play/launch.h"

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

enum { MOST_OUTPUT = 1 << 20 }; /* of each stream; the rest is read and thrown away */

/* ---- starting ---- */

/* Once PROGRAM has stopped, tells who is to debug it. */
static void call_debugger(const struct program *program)
{
    siginfo_t info;
    if (waitid(P_PID, (id_t)program->pid, &info, WSTOPPED | WEXITED | WNOWAIT) == -1)
        grader_fault("waitid");
    if (info.si_code == CLD_STOPPED && dprintf(settings.debugger, "%d\n", (int)program->pid) < 0)
        grader_fault("write");
}

/* One that could not be built is missing, and the compiler has said why. */
static void must_be_built(const struct program *program)
{
    const char *file = strrchr(program->path, '/') + 1;
    if (!settings.in_part || access(program->path, F_OK) == 0 || errno != ENOENT)
        return;
    if (strcmp(program->role, "driver") == 0)
        not_tested("The functions of %s.c cannot be tested: it could not be built, and what is "
                   "wrong stands above.",
                   file + strlen("call_"));
    not_tested("The %s could not be built: what is wrong stands above.", _(program->role));
}

/* Starts FILE, which plays ROLE. */
static struct program *start(const char *role, const char *file, enum tool tool, va_list words)
{
    struct program *program = calloc(1, sizeof *program);
    if (program == NULL || stage.program_count == STAGE_PROGRAMS)
        grader_fault("calloc");
    program->role = role;
    program->under_valgrind = tool == MEMCHECK || tool == HELGRIND;
    program->sanitized = tool == SANITIZER;
    program->watcher = -1;
    program->asked_port = -1;
    if (strcmp(role, "link") == 0) /* given, so it is built beside the probe */
        snprintf(program->path, sizeof program->path, "%.*s/labs/5-udp/link",
                 (int)(strrchr(settings.probe, '/') - settings.probe), settings.probe);
    else
        snprintf(program->path, sizeof program->path, "%s/%s", settings.programs, file);
    must_be_built(program);
    if (tool == SANITIZER)
        strncat(program->path, SANITIZED, sizeof program->path - strlen(program->path) - 1);
    if (tool == SANITIZER && access(program->path, F_OK) == -1)
        not_tested("The %s could not be built with AddressSanitizer, which watches how a program "
                   "uses its arrays.",
                   _(role));
    const char *arguments[MOST_ARGUMENTS] = {NULL};
    size_t count = launch_with_tool(arguments, tool);
    arguments[count++] = program->path;
    for (const char *word;
         (word = va_arg(words, const char *)) != NULL && count < MOST_ARGUMENTS - 1;)
        arguments[count++] = word;
    launch(program, arguments);
    stage.programs[stage.program_count++] = program;
    if (program->orders->stops != 0)
        call_debugger(program);
    return program;
}

struct program *program_start(const char *role, ...)
{
    va_list words;
    va_start(words, role);
    struct program *program = start(role, role, PLAIN, words);
    va_end(words);
    return program;
}

struct program *program_start_driver(const char *name, ...)
{
    va_list words;
    va_start(words, name);
    struct program *program = start("driver", name, PLAIN, words);
    va_end(words);
    return program;
}

struct program *program_start_driver_helgrind(const char *name, ...)
{
    va_list words;
    va_start(words, name);
    struct program *program = start("driver", name, HELGRIND, words);
    va_end(words);
    return program;
}

struct program *program_start_memcheck(const char *role, ...)
{
    va_list words;
    va_start(words, role);
    struct program *program = start(role, role, MEMCHECK, words);
    va_end(words);
    return program;
}

struct program *program_start_helgrind(const char *role, ...)
{
    va_list words;
    va_start(words, role);
    struct program *program = start(role, role, HELGRIND, words);
    va_end(words);
    return program;
}

struct program *program_start_sanitized(const char *role, ...)
{
    va_list words;
    va_start(words, role);
    struct program *program = start(role, role, SANITIZER, words);
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
    return stage_wait(NULL, has_ended, program);
}

enum wait_result program_settle(struct program *program)
{
    return stage_settle(NULL, has_ended, program);
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
    if (stage_wait(NULL, is_typed, &typing) != DONE)
        fail_because(EXPECT_LINE,
                     "%zu %s typed at the %s's keyboard; it has not read them, and nothing more "
                     "can be typed.",
                     length, _(length == 1 ? "byte was" : "bytes were"), _(program->role));
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
    bool stopped = stage_settle(stage.waiting, has_stopped, program) == DONE || program->ended;
    stage.last = last;
    if (!stopped)
        fail_because(
            EXPECT_OTHER,
            "The %s was sent SIGSTOP, which stops every process, and it did not stop%s.",
            _(program->role),
            _(procfs_tracer(program->pid) != 0 ? ": another process traces it (ptrace)" : ""));
}

void program_resume(struct program *program)
{
    if (!program->ended)
        kill(program->pid, SIGCONT);
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
    return stage_wait(NULL, has_said, &wanted);
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

void program_ending(struct text *text, const struct program *program)
{
    if (WIFSIGNALED(program->status))
        text_add(text, _("killed by SIG%s (%s)"), sigabbrev_np(WTERMSIG(program->status)),
                 sigdescr_np(WTERMSIG(program->status)));
    else
        text_add(text, _("exit status %d"), WEXITSTATUS(program->status));
}
