/*
 * Runs commands that read what strangers wrote (the compiler and the linker), several at once, each
 * bounded in time, memory, output and disk, in a folder that they may fill and nothing else. The
 * time is that of the processor; by the clock there is so much that only a busy machine uses it up.
 */
#ifndef SOCKLADDER_GRADE_COMMAND_H
#define SOCKLADDER_GRADE_COMMAND_H

#include "grade/box.h"
#include "grader/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define COMMAND_BOX_FOLDER "/place"

/* Where and how commands run. */
struct command_place {
    const char *folder; /* their working directory, absolute; the only one they may write in */
    uid_t user;         /* who they run as when root starts them; 0: as who we are */
    bool boxed;         /* in a box (grade/box.h) */
    double patience;    /* multiplies the time they may take */
};

enum command_end {
    COMMAND_EXITED,  /* by itself, or because it had used too much processor time: see status */
    COMMAND_LATE,    /* it took too long and was killed */
    COMMAND_FLOODED, /* it printed too much and was killed */
};

struct command {
    const char *const *words; /* up to NULL */
    struct text said;         /* what it printed, raw; the caller frees it */
    enum command_end end;
    int status;         /* as from waitpid(2) */
    pid_t pid;          /* 0: not running */
    struct boxed boxed; /* its box, if it runs in one */
    int output;         /* our end of its standard output and error; -1 after its end of file */
};

/* Runs COMMANDS, COUNT of them, side by side, and returns when all have ended and been reaped.
   False when they could not be run, with errno: EINTR when a signal asked this process to end
   (interrupt.h), ETIME when one was late for want of a processor. None of them runs any more. */
bool commands_run(struct command *commands, size_t count, const struct command_place *place);

#endif
