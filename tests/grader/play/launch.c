#include "grader/play/launch.h"

#include "grader/base/settings.h"
#include "grader/observe/access.h"
#include "grader/play/orders.h"
#include "grader/play/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum {
    MEMORY_FD = 100, /* out of the way of the descriptors that programs get */
    LOG_FD = 101,
    ORDERS_FD = 102,
    FAILED_FD = 103,
};

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
    bool watched;
};

/* In the child. It shares the parent's memory, so only async-signal-safe calls, and none that
   changes what the parent still needs. Its stack is none that AddressSanitizer knows. */
__attribute__((no_sanitize("address"))) static int become(void *argument)
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
    if (done && sandbox_enter(spawning->user, spawning->watched))
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

/* Writes `VARIABLE=` and the absolute name FILE. LD_PRELOAD and LD_LIBRARY_PATH end a name at a
   colon, and the one at a space too (ld.so(8)), and the kit may stand in a folder whose name has
   these. So the name begins at the working directory, and goes up no further than it must. */
static void name_from_here(char *buffer, size_t size, const char *variable, const char *file)
{
    char here[4096];
    if (getcwd(here, sizeof here - 1) == NULL)
        grader_fault("getcwd");
    strcat(here, "/");
    size_t common = 0;
    for (size_t i = 0; here[i] != '\0' && here[i] == file[i]; i++)
        if (here[i] == '/')
            common = i + 1;
    size_t used = (size_t)snprintf(buffer, size, "%s=./", variable);
    for (const char *left = here + common; (left = strchr(left, '/')) != NULL && used < size;
         left++)
        used += (size_t)snprintf(buffer + used, size - used, "../");
    if (used < size)
        snprintf(buffer + used, size - used, "%s", file + common);
}

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
    orders_give(program);
    program->orders->under_valgrind = program->under_valgrind;
}

/* AddressSanitizer reads this before the probe removes it. It ends the program with SIGABRT, and
   leaves all other signals alone: the probe sees where that was. Leaks are valgrind's. */
static char sanitizer_options[] =
    "ASAN_OPTIONS=abort_on_error=1:detect_leaks=0:symbolize=0:handle_segv=0:handle_sigbus=0:"
    "handle_sigfpe=0:handle_sigill=0:handle_abort=0:use_sigaltstack=0:print_legend=0:"
    "detect_odr_violation=0:allocator_may_return_null=1:quarantine_size_mb=16";

void launch(struct program *program, const char *const *arguments)
{
    char preload[4200];
    char library[4200];
    char path[4200];
    char fd[64];
    char search[4200];
    const char *own_path = getenv("PATH");
    name_from_here(preload, sizeof preload, "LD_PRELOAD", settings.probe);
    snprintf(path, sizeof path, PROBE_PROGRAM_VARIABLE "=%s", program->path);
    snprintf(fd, sizeof fd, PROBE_FD_VARIABLE "=%d,%d", MEMORY_FD, ORDERS_FD);
    snprintf(search, sizeof search, "PATH=%s", own_path != NULL ? own_path : "/usr/bin:/bin");
    char *environment[] = {preload, path, fd, search, "LC_ALL=C", "TERM=dumb", NULL, NULL};
    if (program->sanitized)
        environment[COUNT(environment) - 2] = sanitizer_options;
    if (program->under_valgrind && settings.library != NULL && settings.library[0] != '\0') {
        name_from_here(library, sizeof library, "LD_LIBRARY_PATH", settings.library);
        environment[COUNT(environment) - 2] = library;
    }
    struct pipes pipes;
    struct spawn spawning = {.arguments = arguments,
                             .environment = environment,
                             .pipes = &pipes,
                             .trace = -1,
                             .watched = program->under_valgrind || program->sanitized};
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

/* What stands in front of the program's own words; up to NULL. */
static const char *const tools[][14] = {
    [PLAIN] = {NULL},
    [SANITIZER] = {NULL},
    [MEMCHECK] = {"valgrind", "--tool=memcheck", "--command-line-only=yes", "--log-fd=101",
                  "--trace-children=no", "--child-silent-after-fork=no", "--num-callers=24",
                  "--vgdb=no", "--read-inline-info=no", "--leak-check=full",
                  "--show-leak-kinds=definite,indirect", "--track-fds=yes"},
    /* Without the names of local variables and of fields: they take five times as long. */
    [HELGRIND] = {"valgrind", "--tool=helgrind", "--command-line-only=yes", "--log-fd=101",
                  "--trace-children=no", "--child-silent-after-fork=no", "--num-callers=24",
                  "--vgdb=no", "--read-inline-info=no", "--error-limit=no", "--free-is-write=yes"},
};

size_t launch_with_tool(const char **arguments, enum tool tool)
{
    size_t count = 0;
    for (; tools[tool][count] != NULL; count++)
        arguments[count] = tools[tool][count];
    return count;
}
