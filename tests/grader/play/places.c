#include "grader/play/places.h"

#include "grader/base/limit.h"
#include "grader/base/settings.h"
#include "grader/base/tools.h"
#include "grader/observe/procfs.h"
#include "grader/observe/valgrind.h"
#include "grader/play/sandbox.h"
#include "grader/play/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    AT_ONCE = 200,
    CPU_SECONDS = 1,      /* it needs a hundredth of that */
    MOST_SECONDS = 4,     /* whatever it waits for, */
    MOST_GRACE = 3,       /* and so many times as long at most, for want of a processor */
    MOST_BYTES = 1 << 18, /* of its answer: two lines for each address */
    MOST_LINES = 1000000, /* of a file */
};
static const rlim_t MOST_MEMORY = (rlim_t)512 << 20;

/* What the child needs to become addr2line. */
struct helper {
    char *const *arguments;
    int output;
    uid_t user;
};

/* In the child, which shares the parent's memory: only async-signal-safe calls. Its stack is none
   that AddressSanitizer knows. */
__attribute__((no_sanitize("address"))) static int become(void *argument)
{
    static char *const environment[] = {"LC_ALL=C", NULL};
    const struct helper *helper = argument;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    int output = fcntl(helper->output, F_DUPFD, 3); /* out of the way */
    int nothing = open("/dev/null", O_RDWR);
    if (output == -1 || nothing == -1 || dup2(nothing, 0) != 0 || dup2(output, 1) != 1 ||
        dup2(nothing, 2) != 2)
        _exit(127);
    syscall(SYS_close_range, 3, ~0U, 0);
    if (sandbox_enter(helper->user, false)) {
        limit_to(RLIMIT_CPU, CPU_SECONDS);
        limit_to(RLIMIT_AS, MOST_MEMORY);
        limit_to(RLIMIT_FSIZE, 0);
        execve(helper->arguments[0], helper->arguments, environment);
    }
    _exit(127);
}

/* Starts it; *OUTPUT is the end of the pipe to read from. -1: it could not be started. */
static pid_t start(const char *program, char *const *arguments, int *output)
{
    enum { STACK = 64 << 10 };
    static _Alignas(16) char stack[STACK];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
        return -1;
    struct helper helper = {arguments, ends[1], sandbox_user(program)};
    /* Its own end blocks as usual. */
    pid_t pid = fcntl(ends[1], F_SETFL, 0) == -1 ? -1
                                                 : clone(become, stack + sizeof stack,
                                                         CLONE_VM | CLONE_VFORK | SIGCHLD, &helper);
    close(ends[1]);
    if (pid == -1)
        close(ends[0]);
    *output = ends[0];
    return pid;
}

/* How many milliseconds PID, which was started at BEGUN, still has; 0: none. The time while no
   processor was free for it does not count. */
static int time_left(uint64_t begun, pid_t pid)
{
    double most = MOST_SECONDS * settings.patience;
    double delayed = procfs_delayed_seconds_of(pid);
    most += delayed < MOST_GRACE * most ? delayed : MOST_GRACE * most;
    double left = most - (double)(stage_now() - begun) / 1e9;
    return left > 0 ? (int)(left * 1000) + 1 : 0;
}

/* Reads what PID says up to the end, or until it has had too much time or said too much. What has
   come is read, however late this process gets to it. True at the end. */
static bool read_answer(pid_t pid, int output, struct text *answer)
{
    char bytes[4096];
    uint64_t begun = stage_now();
    while (answer->length < MOST_BYTES) {
        struct pollfd fd = {.fd = output, .events = POLLIN};
        int left = time_left(begun, pid);
        int ready = poll(&fd, 1, left);
        if (ready == -1 && errno != EINTR)
            return false;
        if (ready == 0 && left == 0)
            return false;
        ssize_t count = read(output, bytes, sizeof bytes);
        if (count == 0)
            return true;
        if (count == -1 && errno != EAGAIN && errno != EINTR)
            return false;
        if (count > 0)
            text_add_bytes(answer, bytes, (size_t)count);
    }
    return false;
}

/* The next line of *REST, which is moved behind it; NULL when no whole line is left. */
static char *next_line(char **rest)
{
    char *line = *rest;
    char *end = line == NULL ? NULL : strchr(line, '\n');
    if (end == NULL)
        return NULL;
    *end = '\0';
    *rest = end + 1;
    return line;
}

/* Two lines an address: the function, then path:number. False when they are not there. */
static bool read_line(char **rest, struct line *line)
{
    const char *function = next_line(rest);
    char *place = next_line(rest);
    char *colon = place == NULL ? NULL : strrchr(place, ':');
    if (colon == NULL)
        return false;
    *colon = '\0';
    const char *slash = strrchr(place, '/');
    long number = strtol(colon + 1, NULL, 10);
    if (place[0] == '?' || number <= 0 || number > MOST_LINES)
        return true;
    snprintf(line->file, sizeof line->file, "%.63s", slash != NULL ? slash + 1 : place);
    snprintf(line->function, sizeof line->function, "%.63s", function);
    line->number = (int)number;
    return true;
}

/* False when it could not be asked, or had to be ended: then there is no use in asking again. */
static bool ask(const char *program, char *const *arguments, size_t count, struct line *lines)
{
    struct text answer = {0};
    int output;
    pid_t pid = start(program, arguments, &output);
    if (pid == -1)
        return false;
    bool whole = read_answer(pid, output, &answer);
    close(output);
    kill(pid, SIGKILL); /* though its output has ended, it may not have */
    waitpid(pid, NULL, 0);
    char *rest = answer.start;
    for (size_t i = 0; i < count && whole; i++)
        whole = read_line(&rest, &lines[i]);
    text_free(&answer);
    return whole;
}

void places_find(const char *program, const uint64_t *addresses, size_t count, struct line *lines)
{
    static bool hopeless; /* in this process, for good */
    char tool[4096];
    char words[AT_ONCE][24];
    char *arguments[AT_ONCE + 5] = {tool, "-f", "-e", (char *)program};
    memset(lines, 0, count * sizeof *lines);
    if (count == 0 || hopeless || !tools_find("addr2line", tool, sizeof tool))
        return;
    for (size_t from = 0; from < count && !hopeless; from += AT_ONCE) {
        size_t some = count - from < AT_ONCE ? count - from : AT_ONCE;
        for (size_t i = 0; i < some; i++) {
            snprintf(words[i], sizeof words[i], "%#" PRIx64, addresses[from + i]);
            arguments[4 + i] = words[i];
        }
        arguments[4 + some] = NULL;
        hopeless = !ask(program, arguments, some, lines + from);
    }
}

/* Programs make their calls in few places: each is looked up once. */
static void find_lines(const struct program *program, struct step *steps, size_t count)
{
    enum { MOST_PLACES = 400 };
    static uint64_t places[MOST_PLACES];
    static struct line lines[MOST_PLACES];
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < known && places[at] != steps[i].event.caller)
            at++;
        if (at == known && known < MOST_PLACES && steps[i].event.caller != 0)
            places[known++] = steps[i].event.caller;
    }
    places_find(program->path, places, known, lines);
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < known; at++)
            if (places[at] == steps[i].event.caller)
                steps[i].line = lines[at];
}

struct step *places_of_steps(const struct program *program, size_t *count)
{
    struct step *steps = trace_steps(program, count);
    if (steps != NULL)
        find_lines(program, steps, *count);
    return steps;
}

struct line places_of_crash(const struct program *program)
{
    struct line lines[PROBE_FRAMES] = {{.number = 0}};
    uint64_t frames[PROBE_FRAMES];
    uint32_t count = program->trace->crash.count;
    if (count > PROBE_FRAMES)
        count = PROBE_FRAMES;
    memcpy(frames, program->trace->crash.frames, sizeof frames);
    if (count > 0)
        places_find(program->path, frames, count, lines);
    for (uint32_t i = 0; i < count; i++)
        if (lines[i].number > 0 && valgrind_own_file(lines[i].file))
            return lines[i];
    return (struct line){.number = 0};
}
