/*
 * One lab of one student: a job of its own, in a folder of its own, which holds all that it needs
 * and all that comes of it.
 *
 *   tree/1-echo/tcp.c …    what is graded, and the student's own labs below
 *   report.txt errors.txt result.json result.xml   what came of it
 *   input                  all that the result depends on: written last, so that it stands for a
 *                          result that is whole
 *   asked                  the same, written before, for whoever plays it on another machine
 */
#ifndef SOCKLADDER_CLASS_JOB_H
#define SOCKLADDER_CLASS_JOB_H

#include "class/marks.h"
#include "class/options.h"
#include "class/roll.h"
#include "class/verdict.h"
#include "grade/kit.h"

#include <sys/types.h>

struct job {
    struct student *student;
    size_t lab; /* index of all_labs */
    char *folder;
    const char *base;  /* for --base; NULL: the student's own */
    struct text input; /* what the result depends on */
    bool kept;         /* the result is there already */
    bool done;
    bool again;             /* to be played once more, alone */
    int status;             /* as from waitpid(2), of the last time */
    pid_t pid;              /* 0: not running */
    double begun;           /* seconds_now() */
    double seconds;         /* how long it took */
    double cost;            /* what being late took off the score */
    const char *remark;     /* what to say of that; NULL: nothing */
    struct verdict verdict; /* when done; without tests: it could not be graded */
};

/* What all jobs have in common. */
struct session {
    const struct class_options *options;
    struct kit kit;
    bool boxed;
    char *out;      /* absolute */
    bool reference; /* BASE names the reference */
    char *base;     /* another folder that it names, absolute; NULL: none */
    struct text facts;
    struct marks marks;
};

/* Sets up the job of LAB for STUDENT, who has handed it in. Finds out whether a result of the same
   input is kept; else makes the folder afresh. False after a message. */
bool job_prepare(struct job *job, const struct session *session, struct student *student,
                 size_t lab);

/* ---- on other machines ---- */

/* Takes the lock of the job, FOLDER.lock, which whoever plays it holds, and waits for it if need
   be; a signal that ends a program ends the wait, too. The lock ends when the descriptor that is
   returned is closed. -1 with errno; ENOENT: MAKE is not set, and nobody has ever played it so. */
int job_lock(const struct job *job, bool make);

/* Finds out what is asked of the job in its folder, and whether its result is kept. False after a
   message. */
bool job_find(struct job *job);

/* Reads what came of a job that was played elsewhere. False: it has no score yet. */
bool job_collect(struct job *job);

/* Drops the result, so that it is played again. */
void job_forget(struct job *job);

/* ---- here ---- */

/* In a child of the caller's: becomes the grading. */
_Noreturn void job_become(const struct job *job, const struct session *session);

/* Reads what came of the job. A result that is one is kept. */
void job_finish(struct job *job);

/* Should it be played again alone? After a fault, or when it was nearly or really too late. */
bool job_is_doubtful(const struct job *job);

void job_free(struct job *job);

/* Makes the folder PATH and those above it. False after a message. */
bool make_folders(const char *path);

/* Writes TEXT to the file PATH, whole or not at all. False after a message. */
bool write_file(const char *path, const struct text *text);

#endif
