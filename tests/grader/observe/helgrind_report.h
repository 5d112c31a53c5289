/* A report of helgrind's, taken apart: between reading it (helgrind.c) and telling it in words
   (helgrind_tell.c). For those two only. */
#ifndef SOCKLADDER_HELGRIND_REPORT_H
#define SOCKLADDER_HELGRIND_REPORT_H

#include "grader/base/text.h"
#include "grader/observe/helgrind.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A paragraph of a report: what it says, and the stack below it. */
struct part {
    char words[200];
    char caller[64];   /* function of the innermost frame */
    char place[80];    /* `room.c:58`: the first frame in a file of the student's; or empty */
    size_t frames;     /* of the stack, so far */
    bool freed_within; /* the C library frees there what it has allocated itself, as fclose does */
    bool in_probe;     /* the innermost frame is the probe's: so is what is used there */
    bool in_stack;     /* the C library was making a thread's stack there, or taking an old one */
    bool in_stdio;     /* the C library was making the buffer of a FILE there */
    bool locked;       /* the thread held a lock */
};

enum { MOST_PARTS = 16, MOST_THREADS = 600, MOST_KEYS = 64, KEY_ROOM = 256 };

struct report {
    struct part parts[MOST_PARTS];
    size_t count;
    size_t heading; /* which part says what it is about; the locks held may be told before it */
};

struct reader {
    struct helgrind *helgrind;
    bool (*own)(const char *);
    struct report report;
    long announced;                 /* the thread whose creation stands here; 0: none */
    char created[MOST_THREADS][80]; /* where each thread was created, if in the student's files */
    char keys[MOST_KEYS][KEY_ROOM]; /* what has been told already */
};

static inline const struct part *heading_of(const struct report *report)
{
    return &report->parts[report->heading];
}

static inline bool begins(const char *string, const char *words)
{
    return strncmp(string, words, strlen(words)) == 0;
}

/* The number in `Thread #4: ...`; 0 if there is none. */
long helgrind_thread(const char *words);

/* Adds to TEXT a sentence on READER's report, and to KEY what tells this mistake from others,
   unless that is the sentence. False when it is no mistake, or none of the student's. */
bool helgrind_tell(struct text *text, struct text *key, const struct reader *reader);

#endif
