/*
 * What a lab is to the autograder: a table of scenarios. tests/lab-N.c defines one `struct lab`;
 * a scenario is one function and one line of that table.
 */
#ifndef SOCKLADDER_LAB_H
#define SOCKLADDER_LAB_H

#include <stdbool.h>
#include <stddef.h>

/* The longest sentence, so that a scenario's line in the report fits into 80 columns. */
enum { SENTENCE_COLUMNS = 64 };

/* One behaviour of one program. */
struct scenario {
    const char *id;       /* the function's name, and what ONLY= takes: long_message */
    const char *sentence; /* who does what when all is right: "server: echoes one message" */
    int points;
    const char *hint; /* what to think about, for somebody whose test failed: a sentence or two */
    const char *section; /* the heading of the handout that explains it */
    void (*run)(void);   /* plays the scenario; returns if all went well (scenario.h) */
    bool memcheck;       /* runs its programs under valgrind: slow to start, so it goes first */
    bool slow;           /* takes long by the clock, so it goes before the others */
};

/* A line of the table. */
/* clang-format off */
#define SCENARIO(function, points, sentence, hint, section) \
    {#function, sentence, points, hint, section, function, false, false}
#define SLOW(function, points, sentence, hint, section) \
    {#function, sentence, points, hint, section, function, false, true}
#define VALGRIND(function, points, sentence, hint, section) \
    {#function, sentence, points, hint, section, function, true, true}
/* clang-format on */

struct lab {
    const char *name;    /* "1-echo", as its folders are called */
    const char *handout; /* "handouts/en/1-echo.md" */
    const struct scenario *scenarios;
    size_t count;
    int tasks; /* more processes and threads than the right programs of a test have at once */
};

/* Says on standard error everything that is wrong with LAB's table (points that do not add up to
   100, an id or a sentence twice, an id with other characters than a-z, 0-9 and _, an empty text, a
   sentence too long, no tasks, a name that does not begin with the lab's number) and returns false,
   or returns true. */
bool lab_is_sound(const struct lab *lab);

/* The scenario of LAB whose id is the LENGTH bytes at ID; NULL if there is none. */
const struct scenario *lab_find(const struct lab *lab, const char *id, size_t length);

/* The scenario whose id is closest to the LENGTH bytes at ID, for somebody who mistyped it; NULL if
   none is close. */
const struct scenario *lab_find_close(const struct lab *lab, const char *id, size_t length);

#endif
