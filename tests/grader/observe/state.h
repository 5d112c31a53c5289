/*
 * The state of the one test that this process plays: the programs under test, the peers that the
 * test plays itself, and what has happened so far. `play` changes it; here it is only what there is
 * to be seen.
 */
#ifndef SOCKLADDER_STATE_H
#define SOCKLADDER_STATE_H

#include "grader/base/expectation.h"
#include "grader/base/result.h"
#include "grader/base/text.h"
#include "probe/shared.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The program under test: started as a person would, watched from outside. */
struct program {
    const char *role; /* "server", "client" */
    char path[4096];
    pid_t pid;
    int in;  /* our end of its standard input; -1 when closed */
    int out; /* our ends of its standard output and error, and of valgrind's log; */
    int err; /* -1 after their end of file */
    int log;
    int failed;             /* see program_must_have_begun() */
    struct text said;       /* standard output so far */
    struct text complained; /* standard error so far */
    struct text valgrind;   /* valgrind's log so far */
    size_t console_read;    /* how much of the conversation the test has seen: dialogue.h */
    bool under_valgrind;
    bool sanitized; /* built with AddressSanitizer */
    bool ended;
    int status;                  /* as from waitpid(2), once ended */
    bool terminated;             /* by program_terminate() */
    int asked_port;              /* a server's: what it was asked for; -1: nothing yet */
    uint16_t port;               /* a server's, once it has said so */
    struct probe_trace *trace;   /* the probe's; never NULL */
    struct probe_orders *orders; /* what the test wants of it; the program can only read it */
    bool faults_set;             /* the test has set some for it: */
    bool faults_met;             /* and one has hit, as the probe says; see program_met_fault() */
    int watcher;                 /* eventfd that tells of events in the memory; -1: not watched */
};

/* The other side of a conversation, played by the test. */
struct peer {
    int fd;           /* non-blocking; -1 when closed */
    const char *name; /* "client", "the second client": as the messages call it */
    uint16_t port;    /* its own end */
    struct in_addr address;
    uint16_t other; /* the port it is, or wants to be, connected to */
    struct in_addr other_address;
    bool listening;
    bool datagrams;  /* it is a UDP socket: datagram.h */
    short wants;     /* what poll(2) waits for: POLLIN, POLLOUT */
    bool connecting; /* connect has begun and not ended */
    uint64_t since;  /* when it began */
    bool finished;   /* the other side has closed its sending side */
    bool reset;      /* the connection was reset */
    size_t sent;     /* bytes, so far */
    size_t received;
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

/* How a wait ended. */
enum wait_result {
    DONE,    /* what was waited for is there */
    ENDED,   /* it cannot come: the program has ended */
    STALLED, /* it cannot come: everything is blocked, for ever, with nothing under way */
    SPUN,    /* it has not come, and the program has used up its processor time */
    LATE,    /* it has not come before the deadline */
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
    bool datagrams;            /* the scenario is about datagrams: there are no connections */
    enum expectation expected; /* once it has failed: what was not met */
    bool ending;               /* it has failed, or cannot go on: nothing else ends it now */
    bool explained;            /* the story says why already: no cause is looked for */
    enum wait_result last;     /* how the last wait ended */
    const char *data;          /* what the client sent and wants back, for the causes; or NULL */
    size_t data_length;
    const char *back; /* what came back instead of that, or NULL */
    size_t back_length;
    int extra;            /* the first byte that came after all that was expected, or -1 */
    struct peer *waiting; /* the peer that the last wait was for, or NULL */
};

extern struct stage stage;

uint64_t stage_now(void); /* CLOCK_MONOTONIC in ns */

#endif
