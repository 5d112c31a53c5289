/*
 * Questions to the steps of the evidence: the first or the last one that is like this or like that.
 *
 *     closed = LAST(e, failed, .call = IS(CALL_CLOSE), .fd = IS(fd), .not_tid = IS(tid));
 */
#ifndef SOCKLADDER_QUERY_H
#define SOCKLADDER_QUERY_H

#include "grader/explain/evidence.h"

struct want_value {
    bool set;
    int64_t value;
};
/* Versions of clang-format differ on braces in a macro. */
/* clang-format off */
#define IS(number) {true, (number)}
/* clang-format on */

enum want_how {
    ON_SOCKET = 1 << 0,
    PENDING = 1 << 1,           /* the program is blocked in it, or ended in it */
    RETURNED = 1 << 2,          /* the opposite */
    FAILED_WITH_ERRNO = 1 << 3, /* it returned -1 */
    IN_ERROR = 1 << 4,          /* the same, or a pthread_ call that returned an error */
    WENT_WELL = 1 << 5,         /* it returned 0 or more */
    MOVED = 1 << 6,             /* it returned more than 0 */
    UNTOUCHED = 1 << 7,         /* no fault was carried out in it */
    IN_FIRST = 1 << 8,          /* in the process that the test has started */
    IN_CHILD = 1 << 9,          /* in another one */
    OUTSIDE_CONSOLE = 1 << 10,  /* not of common/console.c */
    OFF_SOCKET = 1 << 11,
};

/* What a step must be like; what is not set may be anything. */
struct want {
    enum probe_group group;
    struct want_value call, fd, result, given, error, port, process, pid, tid, not_tid;
    unsigned how;
};

/* The last such step before BEFORE, or of all if that is NULL; the first one behind AFTER, or of
   all if that is NULL. NULL: there is none. */
#define LAST(e, before, ...) query_last(e, before, &(const struct want){__VA_ARGS__})
#define FIRST(e, after, ...) query_first(e, after, &(const struct want){__VA_ARGS__})
const struct step *query_last(const struct evidence *e, const struct step *before,
                              const struct want *want);
const struct step *query_first(const struct evidence *e, const struct step *after,
                               const struct want *want);

/* For each of them, in the order they began. */
#define EACH(e, name, ...)                                                                         \
    for (const struct step *name = NULL; (name = FIRST(e, name, __VA_ARGS__)) != NULL;)

/* How many there are. */
#define COUNT(e, ...) query_count(e, &(const struct want){__VA_ARGS__})
size_t query_count(const struct evidence *e, const struct want *want);

/* Is STEP, which is not NULL, like that? */
#define LIKE(e, which, ...) query_is(e, which, &(const struct want){__VA_ARGS__})
bool query_is(const struct evidence *e, const struct step *step, const struct want *want);

/* ---- what more than one theme asks ---- */

/* The next call behind STEP in the same thread that is none of the console's; NULL: none. */
const struct step *query_next(const struct evidence *e, const struct step *step);

/* Calls between these two steps were made that the trace has not kept. */
bool has_gap(const struct step *from, const struct step *to);

bool is_pending(const struct step *step);
enum probe_group group_of(const struct step *step);
bool is_in(const struct step *step, const char *file); /* its line is in FILE */

/* STEP is a receive or a send of a socket. */
bool is_transfer(const struct step *step);

bool is_server(const struct evidence *e);
bool is_client(const struct evidence *e);
bool runs_serve(const struct evidence *e); /* a server, or a driver of serve() */
bool has_forked(const struct evidence *e);
bool has_threads(const struct evidence *e);

/* The program has ended by itself: with an exit status, or (the second) by signal NUMBER. */
bool has_exited(const struct evidence *e);
bool was_killed_by(const struct evidence *e, int number);

/* The wait that failed found everything blocked; or that, or it took too long. */
bool has_stalled(const struct evidence *e);
bool waits_in_vain(const struct evidence *e);

bool thread_lives(const struct evidence *e, int32_t tid);
bool thread_is_held(const struct evidence *e, int32_t tid); /* at a gate, by the test itself */
const struct evidence_process *process_of(const struct evidence *e, int32_t pid);

/* Whom the test waited for last, or who came last; NULL: nobody. */
const struct evidence_peer *peer_of(const struct evidence *e);

/* FILE is one of the student's, of this lab. */
bool is_own_file(const struct evidence *e, const char *file);

/* What the test has sent and wants back, up to its first zero: so many bytes. -1: there is none. */
int64_t length_to_zero(const struct evidence *e);

#endif
