/* The lines that a report is made of. Fields come from processes that talked with a stranger's
   program: they are made harmless once more. */
#ifndef SOCKLADDER_LINES_H
#define SOCKLADDER_LINES_H

#include "grader/base/text.h"
#include "grader/run/report.h"

#define GREEN "\033[32m"
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define DIM "\033[2m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

/* COLOUR, or nothing where REPORT has none. */
const char *lines_paint(const struct report *report, const char *colour);

size_t lines_in(const struct text *text);

/* Copies: of what FIELD, of SIZE bytes, holds; of PATH, which stays on its line. */
struct text lines_field(const char *field, size_t size);
struct text lines_path(const char *path);

/* FIELD, of SIZE bytes, as prose, indented. */
void lines_prose(struct text *out, const struct report *report, const char *field, size_t size);

/* "✗ SENTENCE      0/8": POINTS end where the line ends. */
void lines_headline(struct text *out, const struct report *report, const char *colour,
                    const char *mark, const char *sentence, const char *points);

/* The picture, with an empty line before and behind it, of MOST lines: what is left out stands in
   the middle. Nothing if there is none. No line of it is broken. */
void lines_ladder(struct text *out, const struct result *result, size_t most);

/* What to type: to test LAB ("1-echo") of the tree SOURCE; to play scenario ID of OUTCOME again, or
   all of its lab (NULL); all tests of STEP, or of the lab (0); to make TARGET ("hint") of its lab.
 */
void lines_lab_command(struct text *command, const char *lab, const char *source);
void lines_command(struct text *command, const struct outcome *outcome, const char *id);
void lines_step_command(struct text *command, const struct outcome *outcome, size_t step);
void lines_target(struct text *command, const struct outcome *outcome, const char *target);

/* The last lines of a scenario: LEAD (where to read on) and what to type, side by side if they fit.
   Neither is ever broken: they are there to be copied. */
void lines_advice(struct text *out, const struct report *report, const char *lead,
                  const struct outcome *outcome, const char *id);

#endif
