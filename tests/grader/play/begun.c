#include "grader/play/begun.h"

#include "grader/base/settings.h"
#include "grader/base/tools.h"
#include "grader/observe/valgrind.h"
#include "grader/play/launch.h"
#include "grader/play/program.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

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
    size_t count = launch_with_tool(arguments, tool);
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
    program_look(shell);
    bool begins = tool == PLAIN ? atomic_load(&shell->trace->ready) != 0
                                : valgrind_is_there(&shell->valgrind);
    program_free(shell);
    return begins;
}

void program_must_have_begun(const struct program *program)
{
    int error;
    if (read(program->failed, &error, sizeof error) == sizeof error) {
        char tool[4096];
        /* What exec says when PATH has no such program may be about one of its folders. */
        bool missing = program->under_valgrind && !tools_find("valgrind", tool, sizeof tool);
        errno = missing ? 0 : error;
        grader_fault(missing                   ? "valgrind is not installed: sh .ci/install student"
                     : program->under_valgrind ? "valgrind could not be started"
                                               : "the program could not be started");
    }
    if (program->under_valgrind && !valgrind_is_there(&program->valgrind) &&
        !a_sound_one_begins(MEMCHECK)) {
        errno = 0;
        grader_fault("valgrind could not be started: it writes nothing");
    }
    /* The memory is the program's as well, which may have wiped out that the probe was there. */
    if (!program->under_valgrind && atomic_load(&program->trace->ready) == 0 &&
        !a_sound_one_begins(PLAIN)) {
        errno = 0;
        grader_fault("the probe could not be loaded");
    }
}

void valgrind_must_have_begun(const struct program *program)
{
    struct text text = {0};
    if (valgrind_is_there(&program->valgrind))
        return;
    program_must_have_begun(program);
    text_add(&text, _("valgrind runs other programs on this machine, and could not run the %s."),
             _(program->role));
    if (program->valgrind.length > 0) {
        text_add(&text, _(" It said:"));
        text_quote(&text, program->valgrind.start, program->valgrind.length, 300);
    }
    stage.explained = true;
    fail_because(EXPECT_MEMORY, "%s", text.start);
}

void valgrind_must_not_have_failed(const struct text *log)
{
    if (has_words(log, "Fatal error at startup: a function redirection"))
        not_tested("valgrind cannot start programs here: the debug information of the C library is "
                   "missing (sh .ci/install student, or apt-get install libc6-dbg).");
    if (has_words(log, "Fatal error at startup"))
        not_tested("valgrind cannot start programs here: it ends with a fatal error.");
    const char *end = log->start == NULL ? NULL : strstr(log->start, "the 'impossible' happened");
    /* A program that writes past its blocks brings valgrind down, too, which has told of it then.
     */
    if (end != NULL && memmem(log->start, (size_t)(end - log->start), "==    at 0x", 11) == NULL)
        not_tested(
            "valgrind has failed, by a mistake of its own or because the debug information of "
            "the C library is missing (sh .ci/install student, or apt-get install "
            "libc6-dbg).");
}
