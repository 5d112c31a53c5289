#include "grade/command.h"

#include "grade/interrupt.h"
#include "grader/base/landlock.h"
#include "grader/base/limit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PROCESSOR_SECONDS = 8, /* of each process: one of the lab's files takes a fraction of one */
    SECONDS = 90,      /* by the clock: all of them are over before, unless the machine is busy */
    BUSY_SECONDS = 10, /* of a processor, together: who had so much was not kept from it */
    MOST_OUTPUT = 256 << 10,
    MOST_AT_ONCE = 16,
};
static const rlim_t most_memory = (rlim_t)2 << 30;
static const rlim_t most_disk = (rlim_t)64 << 20; /* for each file */
static const rlim_t most_tasks = 64;              /* where they have a user of their own */

/* ---- in the child ---- */

/* Reads the system's compiler, and not the kit's answers, other submissions or anybody's home. An
   old kernel cannot hold it to that: README says so. */
static bool restrict_files(void)
{
    static const char *const readable[] = {"/etc/alternatives", "/etc/ld.so.cache", "/proc/self",
                                           NULL};
    static const char *const runnable[] = {"/bin",  "/lib", "/lib32", "/lib64", "/libx32",
                                           "/sbin", "/usr", "/opt",   "/nix",   NULL};
    static const char *const writable[] = {"/dev/null", "/dev/full", "/dev/zero", NULL};
    static const char *const owned[] = {".", NULL};
    const struct landlock_rules rules = {readable, runnable, writable, owned};
    return landlock_restrict(&rules) || errno == ENOSYS || errno == EOPNOTSUPP;
}

static rlim_t processor_seconds(const struct command_place *place)
{
    return (rlim_t)(PROCESSOR_SECONDS * place->patience) + 1;
}

static bool confine(const struct command_place *place)
{
    bool good = limit_to(RLIMIT_CORE, 0) && limit_processor(processor_seconds(place)) &&
                limit_to(RLIMIT_FSIZE, most_disk) && limit_to(RLIMIT_AS, most_memory) &&
                prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && restrict_files();
    if (place->user == 0)
        return good;
    return good && limit_to(RLIMIT_NPROC, most_tasks) && setgroups(0, NULL) == 0 &&
           setresgid(place->user, place->user, place->user) == 0 &&
           setresuid(place->user, place->user, place->user) == 0;
}

static _Noreturn void become(const struct command *command, const struct command_place *place,
                             int output)
{
    /* Nothing of ours but the search path, and messages in the words that we look for. */
    const char *path = getenv("PATH");
    char variable[4096] = "PATH=/usr/bin:/bin";
    if (path != NULL && strlen(path) + sizeof "PATH=" <= sizeof variable)
        strcpy(stpcpy(variable, "PATH="), path);
    char *environment[] = {variable, "LC_ALL=C", "TMPDIR=objects", NULL};

    setsid(); /* so that all it starts can be killed at once */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    interrupt_reset();
    umask(022); /* another user runs what it makes */
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing != -1 && dup2(nothing, STDIN_FILENO) == STDIN_FILENO &&
        dup2(output, STDOUT_FILENO) == STDOUT_FILENO &&
        dup2(output, STDERR_FILENO) == STDERR_FILENO && chdir(place->folder) == 0 && confine(place))
        execvpe(command->words[0], (char *const *)command->words, environment);
    dprintf(output, "%s: %s\n", command->words[0], strerror(errno));
    _exit(127);
}

/* ---- in the parent ---- */

/* Starts COMMAND as our child, with OUTPUT for what it says. */
static bool start_here(struct command *command, const struct command_place *place, int output)
{
    pid_t pid = fork();
    if (pid == 0)
        become(command, place, output);
    command->pid = pid == -1 ? 0 : pid;
    return pid != -1;
}

/* The same in a box of its own, which holds nothing but the folder. */
static bool start_in_box(struct command *command, const struct command_place *place, int output)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", "TMPDIR=objects",
                                              NULL};
    const struct box_share share = {place->folder, COMMAND_BOX_FOLDER, true};
    const struct box_descriptor descriptors[] = {{output, 1}, {output, 2}};
    const struct box box = {
        .shares = &share,
        .share_count = 1,
        .descriptors = descriptors,
        .descriptor_count = sizeof descriptors / sizeof descriptors[0],
        .environment = environment,
        .directory = COMMAND_BOX_FOLDER,
        .users = BOX_ONE,
        .limits = {.file = most_disk,
                   .address_space = most_memory,
                   .processor = (size_t)processor_seconds(place),
                   .tasks = most_tasks},
    };
    struct text why = {0};
    bool good = box_start(&command->boxed, &box, command->words, &why);
    if (good)
        command->pid = command->boxed.pid;
    else
        text_add(&command->said, "%s\n", why.start);
    text_free(&why);
    return good;
}

static bool start(struct command *command, const struct command_place *place)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == -1)
        return false;
    bool good =
        place->boxed ? start_in_box(command, place, ends[1]) : start_here(command, place, ends[1]);
    int error = errno;
    close(ends[1]);
    command->output = ends[0];
    if (good && fcntl(command->output, F_SETFL, O_NONBLOCK) == 0)
        return true;
    errno = error;
    return false;
}

/* Kills COMMAND with all that it has started, and reaps it. */
static void stop(struct command *command)
{
    if (command->pid != 0 && command->boxed.pid != 0) {
        int status = box_end(&command->boxed);
        command->status = W_EXITCODE(status == -1 ? 128 + SIGKILL : status, 0);
    } else if (command->pid != 0) {
        kill(-command->pid, SIGKILL);
        kill(command->pid, SIGKILL); /* it may not have its session yet */
        waitpid(command->pid, &command->status, 0);
        while (waitpid(-command->pid, NULL, 0) > 0) /* what it has started is ours now */
            continue;
    }
    command->pid = 0;
    command->boxed = (struct boxed){.pid = 0};
}

static void take_in(struct command *command)
{
    char bytes[16384];
    ssize_t count;
    while ((count = read(command->output, bytes, sizeof bytes)) > 0) {
        text_add_bytes(&command->said, bytes, (size_t)count);
        if (command->said.length > MOST_OUTPUT) {
            command->end = COMMAND_FLOODED;
            stop(command);
        }
    }
    if (count == 0 || errno != EAGAIN) {
        close(command->output);
        command->output = -1;
    }
}

/* Reads what COMMAND says, and notices its end. False when it has ended. */
static bool look(struct command *command)
{
    if (command->output != -1)
        take_in(command);
    siginfo_t info = {0};
    if (command->pid != 0 && command->output == -1 &&
        waitid(P_PID, (id_t)command->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid != 0)
        stop(command);
    return command->pid != 0 || command->output != -1;
}

static bool wait_for_all(struct command *commands, size_t count, double deadline)
{
    for (;;) {
        struct pollfd fds[MOST_AT_ONCE + 1] = {{.fd = interrupt_open(), .events = POLLIN}};
        size_t running = 0;
        for (size_t i = 0; i < count; i++) {
            running += look(&commands[i]);
            fds[i + 1] = (struct pollfd){.fd = commands[i].output, .events = POLLIN};
        }
        if (running == 0)
            return true;
        int left = (int)((deadline - seconds_now()) * 1000) + 1;
        if (left > 0 && poll(fds, count + 1, left) == -1 && errno != EINTR)
            return false;
        if (interrupt_seen() != 0) {
            errno = EINTR;
            return false;
        }
        for (size_t i = 0; i < count && seconds_now() >= deadline; i++)
            if (commands[i].pid != 0) {
                commands[i].end = COMMAND_LATE;
                stop(&commands[i]);
            }
    }
}

static double seconds_used(void)
{
    struct rusage used = {0};
    getrusage(RUSAGE_CHILDREN, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* One that was late though it had hardly any processor time was kept from it by the machine. (Of
   those in a box nobody knows how much they had: they are stopped before they are late.) */
static bool machine_is_too_busy(const struct command *commands, size_t count, double used,
                                const struct command_place *place)
{
    bool late = false;
    for (size_t i = 0; i < count; i++)
        late |= commands[i].end == COMMAND_LATE;
    return late && (place->boxed || used < BUSY_SECONDS * place->patience);
}

bool commands_run(struct command *commands, size_t count, const struct command_place *place)
{
    bool good = count <= MOST_AT_ONCE && interrupt_open() != -1;
    double used = seconds_used();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (size_t i = 0; i < count; i++)
        commands[i].output = -1;
    for (size_t i = 0; good && i < count; i++)
        good = start(&commands[i], place);
    good = good && wait_for_all(commands, count, seconds_now() + SECONDS * place->patience);
    int error = errno;
    for (size_t i = 0; i < count; i++) {
        stop(&commands[i]);
        if (commands[i].output != -1)
            close(commands[i].output);
        commands[i].output = -1;
    }
    if (good && machine_is_too_busy(commands, count, seconds_used() - used, place)) {
        good = false;
        error = ETIME;
    }
    errno = error;
    return good;
}
