#include "grade/debug.h"

#include "grade/interrupt.h"
#include "grade/words.h"
#include "grader/base/messages.h"
#include "grader/base/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool debug_is_possible(const struct options *options)
{
    char path[PATH_MAX];
    if (!tools_find("gdb", path, sizeof path)) {
        fprintf(stderr, _("gdb is not installed. Type: sh .ci/install student\n"));
        return false;
    }
    if (options->commands != NULL && access(options->commands, R_OK) == -1) {
        perror(options->commands);
        return false;
    }
    if (options->commands == NULL && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))) {
        fprintf(stderr,
                _("A debugger needs a terminal, or a file of its commands: COMMANDS=FILE\n"));
        return false;
    }
    return true;
}

/* ---- in the process that waits ---- */

/* What gdb does first, as a file that it can open: a descriptor; -1 with errno. It attaches,
   forgets the signal that the program has stopped itself with, and stays with all processes
   of the program. Then the place. SIGSTOP has its meaning again from there on. */
static int write_script(const char *place, const char *process)
{
    int fd = memfd_create("gdb", 0);
    if (fd != -1 && dprintf(fd,
                            "attach %s\n"
                            "handle SIGSTOP nostop noprint nopass\n"
                            "handle SIGCONT SIGUSR1 SIGTERM nostop noprint pass\n"
                            "set detach-on-fork off\n"
                            "set schedule-multiple on\n"
                            "break %s\n"
                            "continue\n"
                            "handle SIGSTOP nostop noprint pass\n",
                            process, place) > 0)
        return fd;
    if (fd != -1)
        close(fd);
    return -1;
}

/* Neither the folder it is started in nor the program under test has anything to say to gdb; it
   fetches nothing. */
static void word_gdb(struct words *words, char *gdb, const struct debug *debug, int script)
{
    static const char *const first[] = {"set auto-load local-gdbinit off",
                                        "set auto-load gdb-scripts off",
                                        "set auto-load python-scripts off",
                                        "set debuginfod enabled off",
                                        "set confirm off",
                                        "set breakpoint pending off"};
    words_add(words, gdb);
    words_add(words, "-q");
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        words_add(words, "-iex");
        words_add(words, first[i]);
    }
    words_add(words, "-iex");
    words_make(words, "set solib-search-path %s", debug->build);
    words_add(words, "-iex");
    words_make(words, "set directories %s:$cdir:$cwd", debug->sources);
    if (debug->commands != NULL)
        words_add(words, "-batch");
    words_add(words, "-x");
    words_make(words, "/proc/self/fd/%d", script);
    if (debug->commands != NULL) {
        words_add(words, "-x");
        words_add(words, debug->commands);
    }
}

/* Makes GROUP the one that Ctrl-C is for, and that may read the terminal. */
static void give_terminal(pid_t group)
{
    if (isatty(STDIN_FILENO) && tcsetpgrp(STDIN_FILENO, group) == -1)
        perror("grade: tcsetpgrp");
}

/* Runs gdb in a process group of its own, so that Ctrl-C is for it alone. */
static bool run_gdb(const struct debug *debug, const char *place, const char *process)
{
    struct words words = {.count = 0};
    char gdb[PATH_MAX];
    int status;
    if (!tools_find("gdb", gdb, sizeof gdb))
        return false;
    int script = write_script(place, process);
    if (script == -1)
        return false;
    word_gdb(&words, gdb, debug, script);
    signal(SIGTTOU, SIG_IGN); /* who has not the terminal must not be stopped for giving it away */
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* on which gdb ends, and leaves the terminal as it was */
        setpgid(0, 0);
        give_terminal(getpid());
        signal(SIGTTOU, SIG_DFL);
        execv(gdb, (char *const *)words.list);
        perror(gdb);
        _exit(127);
    }
    words_free(&words);
    close(script);
    bool ran = pid != -1 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
               WEXITSTATUS(status) != 127;
    give_terminal(getpgrp());
    return ran;
}

/* A line without its newline; false at the end. */
static bool read_line(FILE *stream, char *line, int size)
{
    if (stream == NULL || fgets(line, size, stream) == NULL)
        return false;
    line[strcspn(line, "\n")] = '\0';
    return true;
}

/* What this process exits with. */
enum { ATTENDED = 0, NOT_CALLED = 1, NO_GDB = 2 };

static int attend(const struct debug *debug, int from_grader)
{
    char place[256];
    char process[32];
    FILE *stream = fdopen(from_grader, "r");
    if (!read_line(stream, place, sizeof place))
        return NOT_CALLED;
    const char *stop = debug->stop != NULL ? debug->stop : place;
    if (stop[0] == '\0') {
        printf(_(
            "\nThe test passes, so no place is known to stop at. To stop all the same, name one:\n"
            "    BREAK=FILE.c:LINE or BREAK=FUNCTION\n"));
        return ATTENDED;
    }
    if (!read_line(stream, process, sizeof process)) {
        printf(_("\nThe program has ended before a debugger could be attached to it.\n"));
        return ATTENDED;
    }
    printf(_("\ngdb stops at %s. The test plays the other side, and nothing is ever late.\n"
             "`continue` goes on, Ctrl-C stops the program where it is, `quit` ends all.\n\n"),
           stop);
    fflush(stdout);
    return run_gdb(debug, stop, process) ? ATTENDED : NO_GDB;
}

/* ---- in grade's own ---- */

bool debug_begin(struct debug *debug, const struct options *options)
{
    int ends[2];
    debug->stop = options->stop;
    debug->commands = options->commands;
    if (pipe2(ends, O_CLOEXEC) == -1) {
        perror("grade: pipe2");
        return false;
    }
    fflush(NULL);
    debug->attendant = fork();
    if (debug->attendant == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        interrupt_reset();
        close(ends[1]);
        int result = attend(debug, ends[0]);
        fflush(stdout);
        signal(SIGTERM, SIG_IGN); /* this process is about to end, and knows how */
        if (result != NOT_CALLED)
            kill(getppid(), SIGTERM); /* the grader, which still plays, ends with it */
        _exit(result);
    }
    close(ends[0]);
    debug->grader = ends[1];
    if (debug->attendant == -1) {
        perror("grade: fork");
        close(ends[1]);
    }
    return debug->attendant != -1;
}

int debug_end(struct debug *debug, int status)
{
    int attended;
    close(debug->grader);
    if (interrupt_seen() != 0) /* by a person, or by the attendant, which ends then by itself */
        kill(debug->attendant, SIGTERM);
    if (waitpid(debug->attendant, &attended, 0) == -1 || !WIFEXITED(attended)) {
        if (interrupt_seen() != 0)
            return INTERRUPTED;
        fprintf(stderr, "grade: the debugger has ended unexpectedly\n");
        return FAULT;
    }
    switch (WEXITSTATUS(attended)) {
    case ATTENDED:
        return FULL_MARKS;
    case NOT_CALLED: /* the grader has said why */
        return status;
    default:
        fprintf(stderr, "grade: gdb cannot be run\n");
        return FAULT;
    }
}
