/*
 * The stage: the one test that this process plays. The programs under test and the peers that the
 * test plays itself stand on it, and here is the only place that waits.
 *
 * A test never sleeps to see whether something is ready. It waits for an event, and gives up as
 * soon as the event can no longer come: when the program has ended, when everything in it is
 * blocked and nothing is under way, when it has burnt its share of processor time; and only if all
 * that cannot be decided, when the deadline has passed.
 */
#ifndef SOCKLADDER_STAGE_H
#define SOCKLADDER_STAGE_H

#include "grader/base/result.h"
#include "grader/base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct program;
struct peer;

/* How a wait ended. */
enum wait_result {
    DONE,    /* what was waited for is there */
    ENDED,   /* it cannot come: the program has ended */
    STALLED, /* it cannot come: everything is blocked, for ever, with nothing under way */
    SPUN,    /* it has not come, and the program has used up its processor time */
    LATE,    /* it has not come before the deadline */
};

/* What a peer did, for the ladder. */
struct note {
    uint64_t time;     /* CLOCK_MONOTONIC, ns */
    const char *actor; /* name of the peer; a string that stays */
    uint16_t port;     /* the peer's own port: tells connections apart */
    enum {
        NOTE_CONNECT,
        NOTE_SEND,
        NOTE_RECEIVE,
        NOTE_FIN,
        NOTE_CLOSE,
        NOTE_RESET,
        NOTE_DATAGRAM, /* sent */
        NOTE_LOST,     /* a datagram came, and the test lets it be lost */
        NOTE_OTHER
    } kind;
    long bytes;
    char text[64]; /* NOTE_OTHER: what happened */
};

enum { STAGE_PROGRAMS = 8, STAGE_PEERS = 1200, STAGE_NOTES = 4096 };

struct stage {
    const struct scenario *scenario;
    struct result *result; /* shared with the process that adds up */
    uint64_t opened;       /* when it was set */
    struct program *programs[STAGE_PROGRAMS];
    size_t program_count;
    int children; /* signalfd for SIGCHLD: tells of programs that end */
    int endings;  /* epoll with pidfds: tells of other processes that end; 0: none is watched */
    struct peer *peers[STAGE_PEERS];
    size_t peer_count;
    struct note notes[STAGE_NOTES]; /* the first ones; later ones are counted only */
    size_t note_count;
    bool datagrams;        /* the scenario is about datagrams: there are no connections */
    bool ending;           /* it has failed, or cannot go on: nothing else ends it now */
    bool explained;        /* the story says why already: no cause is looked for */
    enum wait_result last; /* how the last wait ended */
    const char *data;      /* what the client sent and wants back, for the causes; or NULL */
    size_t data_length;
    const char *back; /* what came back instead of that, or NULL */
    size_t back_length;
    int extra;            /* the first byte that came after all that was expected, or -1 */
    struct peer *waiting; /* the peer that the last wait was for, or NULL */
};

extern struct stage stage;

/* Sets the stage for one scenario. */
void stage_open(const struct scenario *scenario, struct result *result);

/* Ends all programs and their children, closes all sockets. Returns how many processes were still
   there that no program of the stage had been started as; -1 if some could not be ended. */
int stage_close(void);

/* Waits until COME(WHAT) is true; tries it after every event. See enum wait_result. Fails the test
   when that has taken too long as a whole. */
enum wait_result stage_wait(bool (*come)(void *), void *what);

/* The same when nobody is at fault if it does not come: STALLED as soon as everything sleeps and
   stays asleep, with a clock or without; LATE after a second. */
enum wait_result stage_settle(bool (*come)(void *), void *what);

/* The test has taken so long that it is to end (grader/observe/budget.h): the next wait does not
   return. For loops of other kinds. */
bool stage_is_overdue(void);

/* From now on stage_wait() also wakes up when PID, any descendant, ends. */
void stage_watch_end(pid_t pid);

uint64_t stage_now(void); /* CLOCK_MONOTONIC in ns */

/* Writes down what PEER did and when it began to. TEXT only for NOTE_OTHER. */
void stage_note(const struct peer *peer, uint64_t time, int kind, long bytes, const char *text);

/* Fails the test: tells what was done, expected and seen (the format), adds the ladder and the
   cause, and does not return. */
_Noreturn void fail_because(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the test without its points: what it is about could not be brought about. The reference has
   shown that this machine can do it (if not, the test is OUT and not played), so it is the program.
 */
_Noreturn void not_tested(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* At the beginning of a test with many clients: it needs so many processes and threads at once, or
   descriptors in one process. Where this machine has not so many, that ends the test without a
   verdict. TWICE as many as the reference needs: another right program may use two for each. */
void stage_needs(long tasks, long descriptors);

/* Ends the test because the autograder itself failed, with errno told; or fails it, when there is
   proof that the programs under test are the reason (grader/observe/blame.h). */
_Noreturn void grader_fault(const char *call);

#endif
