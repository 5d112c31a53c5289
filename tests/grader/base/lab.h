/*
 * What a lab is to the autograder: scenarios, in the order of the report. Each stands in one of the
 * files of tests/lab-N, all that there is to say about it above the function that plays it:
 *
 *     SCENARIO(client_long, 3, "client: sends and receives 60,000 bytes",
 *              "Neither one send nor one recv need be enough.", "A stream has no messages")
 *     {
 *         ...
 *     }
 *
 * tests/lab-N/lab.c puts them in order, and defines the `struct lab`.
 */
#ifndef SOCKLADDER_LAB_H
#define SOCKLADDER_LAB_H

#include "grader/base/messages.h"

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
    bool valgrind;       /* runs its programs under valgrind: slow to start, so it goes first */
    bool slow;           /* takes long by the clock, so it goes before the others */
    const char *file;    /* where it stands, tests/lab-4/room_talk.c: its theme */
    bool sanitizer;      /* runs its programs with AddressSanitizer, which must be built for it */
};

/* The head of a function that plays a scenario, and defines the scenario besides. SLOW takes long
   by the clock; VALGRIND runs its programs under valgrind, ARRAYS with AddressSanitizer. A file of
   them says first of which lab they are: `#define LAB 1`. */
#define SCENARIO(id, points, sentence, hint, section)                                              \
    DEFINE_SCENARIO(id, points, sentence, hint, section, false, false, false)
#define SLOW(id, points, sentence, hint, section)                                                  \
    DEFINE_SCENARIO(id, points, sentence, hint, section, false, true, false)
#define VALGRIND(id, points, sentence, hint, section)                                              \
    DEFINE_SCENARIO(id, points, sentence, hint, section, true, true, false)
#define ARRAYS(id, points, sentence, hint, section)                                                \
    DEFINE_SCENARIO(id, points, sentence, hint, section, false, false, true)

/* clang-format off */
#define DEFINE_SCENARIO(id, points, sentence, hint, section, valgrind, slow, sanitizer)     \
    static void id(void);                                                                   \
    DECLARE_SCENARIO(id)                                                                    \
    const struct scenario SCENARIO_OF(LAB, id) =                                            \
        {#id, sentence, points, hint, section, id, valgrind, slow, __FILE__, sanitizer};    \
    static void id(void)

/* For lab.c: scenario ID of LAB is in another file; its place in the table. */
#define DECLARE_SCENARIO(id) extern const struct scenario SCENARIO_OF(LAB, id);
#define LIST_SCENARIO(id) &SCENARIO_OF(LAB, id),
/* A step whose scenarios are listed by the macro LIST, as SCENARIOS above lists those of a lab. */
#define LAB_STEP(title, LIST) {title, sizeof((const char[]){LIST(COUNT_SCENARIO)})}
#define COUNT_SCENARIO(id) 1,

/* lab_1_long_message: several labs may have scenarios of one name. */
#define SCENARIO_OF(lab, id) PASTE_SCENARIO(lab, id)
#define PASTE_SCENARIO(lab, id) lab_##lab##_##id

/* A scenario without a name, for a table of them: FUNCTION plays it. */
#define ENTRY(function, points, sentence, hint, section) \
    &(const struct scenario){#function, sentence, points, hint, section, function, false, false, \
                             __FILE__, false}
#define VALGRIND_ENTRY(function, points, sentence, hint, section) \
    &(const struct scenario){#function, sentence, points, hint, section, function, true, true, \
                             __FILE__, false}
/* clang-format on */

/* What a student writes next, and the scenarios that it makes possible. The handout has the same
   steps. */
struct step_of_lab {
    const char *title; /* "tcp_listen" */
    size_t count;      /* of the scenarios, which follow those of the step before */
};

struct lab {
    const char *name;                        /* "1-echo", as its folders are called */
    const char *handout;                     /* "handouts/en/1-echo.md" */
    const struct scenario *const *scenarios; /* in the order of the report */
    size_t count;
    const struct step_of_lab *steps; /* all scenarios belong to one; NULL: the lab has no steps */
    size_t step_count;
    const struct scenario *smoke; /* shows whether the lab works at all; NULL: the first one does */
    int tasks; /* more processes and threads than the right programs of a test have at once */
    const char *after; /* what comes after it: "lab 2: handouts/en/2-chat.md."; NULL: nothing */
};

/* Says on standard error everything that is wrong with LAB's table (points that do not add up to
   100, an id or a sentence twice, an id with other characters than a-z, 0-9 and _, an empty text, a
   sentence too long, steps that do not hold all scenarios, no tasks, a name that does not begin
   with the lab's number) and returns false, or returns true. */
bool lab_is_sound(const struct lab *lab);

/* The scenario of LAB whose id is the LENGTH bytes at ID; NULL if there is none. */
const struct scenario *lab_find(const struct lab *lab, const char *id, size_t length);

/* True if IDS, with commas between them, names SCENARIO of LAB. */
bool lab_names(const struct lab *lab, const char *ids, const struct scenario *scenario);

/* Which of LAB's scenarios SCENARIO is, counted from 0. */
size_t lab_index(const struct lab *lab, const struct scenario *scenario);

/* The step of the scenario INDEX, counted from 1; 0 if LAB has no steps. */
size_t lab_step(const struct lab *lab, size_t index);

/* The part of its lab that SCENARIO belongs to: the word or option before the colon of its sentence
   ("room: tells all members ...", "-e: serves ..."), or else the first word of its theme. The
   scenarios of a part follow one another in the report. */
enum { LAB_NAME = 64 };
void scenario_part(const struct scenario *scenario, char part[LAB_NAME]);

/* Do the LENGTH bytes at NAME mean SCENARIO of LAB? They are its id; or, if they are no id, a group
   that it belongs to: its part, its theme ("room_talk") or the first word of that ("room"), or the
   first word of its step's title ("serve"). */
bool lab_means(const struct lab *lab, const char *name, size_t length,
               const struct scenario *scenario);

/* Writes the id or the name of a group that is closest to the LENGTH bytes at NAME, for somebody
   who mistyped it; false if none is close. */
bool lab_find_close(const struct lab *lab, const char *name, size_t length, char close[LAB_NAME]);

#endif
