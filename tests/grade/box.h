/*
 * A box: a program and all that it starts, kept away from the rest of the machine by bubblewrap.
 *
 * Inside there are the system's programs and libraries (/usr, read-only), an /etc of our own
 * making, a new /proc, a few devices, empty folders of limited size to write in, a network with
 * nothing but its loopback (127.0.0.1 and ::1), and what `shares` names. Nothing else: no home, no
 * other process, no descriptor, no variable of the environment. Nothing inside outlives box_end().
 *
 * Root of the box has no power outside. Started by root, it is a user that nobody else is; started
 * by anybody else, it is that person, who cannot reach outside what belongs to them.
 *
 * For a process of one thread. Ask box_prove() (grade/box_proof.h) before the first stranger's
 * program goes in.
 */
#ifndef SOCKLADDER_BOX_H
#define SOCKLADDER_BOX_H

#include "grader/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A file or folder outside and where it is inside: two absolute names. One name inside never lies
   below another: bubblewrap would follow what a stranger put there (EINVAL). Root's shares must be
   readable by everybody; the folders on the way to them need not. Who may write to a writable one:
   box_owner(). */
struct box_share {
    const char *outside;
    const char *inside;
    bool writable;
};

/* A descriptor outside, and its number inside (below BOX_DESCRIPTORS). */
struct box_descriptor {
    int outside;
    int inside;
};
enum { BOX_DESCRIPTORS = 64 };

/* Who can be whom inside. */
enum box_users {
    BOX_BEST, /* many if that can be had here, else one */
    BOX_ONE,  /* everything inside runs as one user */
    BOX_MANY, /* root inside may give each test a user of its own */
};

/* 0: no limit, but for `folders`. */
struct box_limits {
    double seconds;         /* box_run() ends the box then */
    size_t output;          /* bytes; box_run() ends the box that writes more */
    size_t file;            /* bytes of one file: RLIMIT_FSIZE */
    size_t address_space;   /* bytes of one process: RLIMIT_AS. Not for what runs valgrind */
    size_t processor;       /* seconds of one process: RLIMIT_CPU */
    size_t tasks;           /* processes and threads of one user of the box: RLIMIT_NPROC */
    size_t folders;         /* bytes in each of /tmp, /var/tmp, /dev/shm and `scratch`; 0: 64 MB */
    const char *group;      /* a cgroups(7) folder, version 1 or 2, in which the box gets a group of
                               its own with the limits below; NULL: none */
    size_t group_memory;    /* bytes of the whole box, with its folders */
    size_t group_processes; /* and all its processes and threads */
};

struct box {
    const struct box_share *shares;
    size_t share_count;
    /* Descriptors to pass on. Unless named here, 0 is /dev/null, and so are 1 and 2. */
    const struct box_descriptor *descriptors;
    size_t descriptor_count;
    const char *const *environment; /* NAME=VALUE, the last is NULL; NULL: PATH and LANG alone */
    const char *directory;          /* the working directory inside; NULL: / */
    const char *scratch; /* where inside an empty folder shall be, which root of the box owns;
                            NULL: nowhere */
    enum box_users users;
    bool gives_users; /* the program inside may change users, owners and mounts of the box, trace
                         and end what runs there: what the grader needs, and no compiler */
    struct box_limits limits;
};

/* A box that has been started. */
struct boxed {
    pid_t pid;       /* ends when everything inside has ended; heeds no signal but SIGKILL, with
                        which everything ends */
    int status;      /* a pipe: what bubblewrap says of it */
    char group[512]; /* its cgroup; empty: none */
};

/* How a box ended. */
enum box_end {
    BOX_ENDED,       /* the program ended by itself: *status, 128 + N if signal N killed it */
    BOX_NOT_STARTED, /* the program never ran; WHY says the reason in a line */
    BOX_LATE,        /* limits.seconds */
    BOX_TOO_LONG,    /* limits.output */
    BOX_INTERRUPTED, /* *status is the signal that we were sent: SIGINT, SIGTERM, SIGHUP, SIGQUIT
                        or SIGTSTP. The box is ended; whoever called should end as well. */
    BOX_KILLED,      /* from outside, or because memory ran out */
};

/* The user outside who is root inside a box that we start: who has to own what it shall write. */
uid_t box_owner(void);

/* Are there many users in a box that asks for the best? */
bool box_has_many_users(void);

/* Starts ARGUMENTS (the last is NULL; the first an absolute name, or one to look up in PATH) in a
   box. The caller ends it with box_end(), whatever has become of it. It ends as well, with all that
   runs inside, when this process ends. False: not started, and WHY says the reason in a line. */
bool box_start(struct boxed *boxed, const struct box *box, const char *const *arguments,
               struct text *why);

/* Kills all that is left in the box, waits until it is gone, and frees what was opened. The exit
   status of the program; -1 if it did not end by itself. */
int box_end(struct boxed *boxed);

/* From beginning to end: starts ARGUMENTS in a box, hands what they write to descriptors 1 and 2 to
   OUTPUT as it comes (up to limits.output bytes of it), and ends the box. Signals that end a
   program (BOX_INTERRUPTED) are held back meanwhile. */
enum box_end box_run(const struct box *box, const char *const *arguments,
                     void (*output)(void *argument, const char *bytes, size_t length),
                     void *argument, int *status, struct text *why);

#endif
