/* The students of a class, and what each handed in. */
#ifndef SOCKLADDER_CLASS_ROLL_H
#define SOCKLADDER_CLASS_ROLL_H

#include "class/entries.h"
#include "class/names.h"
#include "grade/labs.h"
#include "grade/take.h"

#include <stdbool.h>
#include <stddef.h>

/* A file that some lab may need. */
struct handed {
    const struct entry *entry;
    const char *inside; /* its path within what this student handed in; of a loose file, its name */
    char name[PLAIN_NAME]; /* "tcp.c" */
    int number;            /* how often it was uploaded again */
};

/* What of it is graded as one lab: files that stood side by side. */
struct picked {
    const struct handed **files;
    size_t count;
    int64_t modified; /* of the newest; 0: not known */
};

struct student {
    char *key;    /* tells this student from all others */
    char *plain;  /* the same for a file's name: letters, digits and - */
    char *name;   /* as it is shown, raw */
    char *folder; /* as the platform called it, for feedback; raw */
    char *id;     /* the platform's; empty: none */
    char *email;  /* empty: not known */
    enum platform platform;
    bool namesake;     /* another student has the same name */
    bool late;         /* the platform says so */
    int64_t handed_in; /* as the platform says, in seconds since 1970; 0: not known */
    struct handed *files;
    size_t count;
    size_t other_count;       /* of files that no lab asks for */
    struct text others;       /* the names of the first few of them; harmless */
    struct picked labs[LABS]; /* count 0: nothing handed in that is understood */
};

/* Starts with {0}; roll_free() ends it. */
struct roll {
    struct student *students; /* sorted by key */
    size_t count;
};

/* Finds the students in ENTRIES, which must live as long as the roll. What cannot be understood
   goes to NOTES. WHOLE: all ENTRIES come from one archive. */
void roll_call(struct roll *roll, const struct entries *entries, bool whole, struct text *notes);
void roll_free(struct roll *roll);

/* Picks what is graded: for each of the labs, of which ASKED says those that this class was to hand
   in (loose files are only taken for these), the newest files that stand together. What is
   ambiguous is not picked, and goes to NOTES. */
void pick(struct roll *roll, const bool *asked, struct text *notes);

#endif
