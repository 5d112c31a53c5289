/* What earlier runs have found out about one lab, in a file that grows: so a run that is
   interrupted goes on where it was, and one after a change plays only what the change concerns. */
#ifndef SOCKLADDER_MUTANTS_KEPT_H
#define SOCKLADDER_MUTANTS_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TEST_NAME = 64 };

enum verdict {
    UNPLAYED,
    KILLED,   /* a test has failed, and has failed again alone */
    SURVIVED, /* no test has failed, nor with valgrind */
    UNEARNED, /* none has failed, but one could not be played because of the program */
    UNSTEADY, /* one has failed, and has passed alone, again and again */
    FAULTY,   /* the grader itself has failed: never kept */
};

/* One line of the file: what an object's bytes are, by the hash of the source; or what became of
   them, by the hash of the kit. */
struct kept_line {
    uint64_t object;
    uint64_t by;
    enum verdict verdict; /* UNPLAYED: the line of a source */
    char test[TEST_NAME]; /* the test of KILLED, UNEARNED and UNSTEADY; or "-" */
};

/* Starts with {0}; kept_close() ends it. */
struct kept {
    struct kept_line *lines;
    size_t count;
    size_t capacity;
    FILE *file;
};

/* Reads the file PATH, if there is one, and opens it to add to. False after a message. A line that
   is cut short is left out. */
bool kept_open(struct kept *kept, const char *path);
void kept_close(struct kept *kept);

/* Keeps what LINE says. */
void kept_add(struct kept *kept, const struct kept_line *line);

/* The line of the source with hash SOURCE; NULL if there is none. */
const struct kept_line *kept_object(const struct kept *kept, uint64_t source);

/* The last line with a verdict on OBJECT with the kit KIT; if there is none and ANY_KIT, with any
   kit; NULL if there is none. */
const struct kept_line *kept_verdict(const struct kept *kept, uint64_t object, uint64_t kit,
                                     bool any_kit);

/* The word for VERDICT: "killed". */
const char *verdict_word(enum verdict verdict);

#endif
