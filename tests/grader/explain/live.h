/* What a cause is found from, and the words that all rules (cause.c and its like) share. */
#ifndef SOCKLADDER_LIVE_H
#define SOCKLADDER_LIVE_H

#include "grader/base/text.h"
#include "grader/observe/trace.h"
#include "grader/play/program.h"

#include <stdbool.h>
#include <stddef.h>

struct live {
    const struct program *program;
    const struct step *steps; /* its calls, COUNT of them, in the order they began */
    size_t count;
    struct text *text; /* where the sentences go */
};

/* True when the rule applies: then its sentences have been added, and else nothing. */
typedef bool evidence_rule(const struct live *evidence);

/* Asks COUNT rules, from the surest to the vaguest; true when one of them applies. */
bool evidence_try(evidence_rule *const *rules, size_t count, const struct live *evidence);

/* The last call of GROUP, or the last CALL; NULL if there is none. */
const struct step *evidence_last_of(const struct live *evidence, enum probe_group group);
const struct step *evidence_last(const struct live *evidence, enum probe_call call);

/* True when STEP was done in the process that the test has started. */
bool evidence_is_first(const struct live *evidence, const struct step *step);

/* True when that process has started others. */
bool evidence_has_forked(const struct live *evidence);

/* True when the test itself holds thread TID at a gate: what it has not done yet is no fault. */
bool evidence_is_held(const struct live *evidence, int32_t tid);

/* True when the program has created threads. */
bool evidence_has_threads(const struct live *evidence);

/* True when STEP is a call of GROUP on a socket; on socket FD. */
bool evidence_on_socket(const struct step *step, enum probe_group group);

/* True when the call has returned -1. */
bool evidence_failed(const struct step *step);

/* Who the test waited for last, or who came last; NULL if nobody did. */
const struct peer *evidence_peer(void);

/* The next call behind STEP in the same thread that is none of the console's (common/console.c);
   NULL if there is none. */
const struct step *evidence_next(const struct live *evidence, const struct step *step);

/* The innermost place with a line where PROGRAM, or a child of it, has crashed; `number` is 0 if
   there is none. */
struct line evidence_crash(const struct program *program);

/* Adds `, serve.c:24`, or nothing if the line is not known. */
void evidence_place(struct text *text, const struct step *step);

/* Adds `bind failed with EADDRINUSE (Address already in use), tcp.c:41`. */
void evidence_failure(struct text *text, const struct step *step);

#endif
