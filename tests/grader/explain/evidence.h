/*
 * What a cause is found from: a snapshot of the stage, taken once, when a test has failed. Whoever
 * has it needs no program and no /proc any more, so that it can be kept in a file and looked at
 * again.
 */
#ifndef SOCKLADDER_EVIDENCE_H
#define SOCKLADDER_EVIDENCE_H

#include "grader/base/text.h"
#include "grader/observe/state.h"
#include "grader/observe/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The program that was started last. */
struct evidence_program {
    char role[16]; /* "server", "client" */
    int32_t pid;   /* of its first process */
    bool ended;
    bool terminated; /* by the test */
    int status;      /* as from waitpid(2), once ended */
    bool under_valgrind;
    bool spinning; /* the probe has counted the same error again and again */
    bool timed;    /* it has set a time-out or a timer */
    int port;      /* a server's, once it has said so; else 0 */
    int asked_port;
    bool keyboard_open; /* its standard input has not ended, */
    int typed;          /* and so many bytes that were typed have not been read */
    bool reads_keyboard;
    bool in_vfork; /* its first process stands in vfork(2); waits for a child to end */
    bool waits_for_child;
    bool child_blocked, child_ignored, child_caught; /* what its first process does with SIGCHLD */
    size_t threads;
    struct text said;       /* standard output */
    struct text complained; /* standard error */
    bool shows_prompt; /* the console shows the prompt, or `says: `, behind what the test has */
    bool shows_says;   /* seen of it */
};

/* Whom the test played. */
struct evidence_peer {
    char name[48];
    int port;  /* its own end */
    int other; /* the port and the address that it is, or wants to be, connected to */
    uint32_t other_address;
    bool open;
    bool listening;
    bool connecting;
    bool finished; /* the program has ended its direction, and the test has seen it */
    bool reset;
    bool ended;   /* it has, or has reset it, whether or not the test has looked */
    int64_t sent; /* bytes, so far */
    int64_t received;
    uint64_t datagram; /* when it sent its last datagram; 0: never */
    int unread;        /* bytes that the program has not received; -1: not known */
    struct text come;  /* what has come and the test has not taken, the first bytes of it */
};

/* Another process of the program: a child, or one that was sent a signal. */
struct evidence_process {
    int32_t pid;
    bool zombie;
    bool ended; /* a zombie, or gone */
    bool waits_for_lock;
};

/* A conversation in lines: expect/dialogue.h. */
struct evidence_dialogue {
    bool in_lines;
    int peer;         /* who spoke last, as a place in `peers`; -1: nobody */
    struct text said; /* all that it has sent */
    size_t lines_said;
    size_t longest;
    bool typed_whole;
    struct text heard;  /* what a peer received, */
    struct text wanted; /* and what it should have; empty: it is all right */
    bool awaits;        /* the console should have shown */
    struct text awaited;
    struct text shown; /* and has shown instead */
};

struct evidence {
    struct step *steps; /* its calls, in the order they began */
    size_t count;
    struct step *locks; /* who took a mutex last: `mutex` is its address, `tid` who it was; steps
                           with a lower `number` began before */
    size_t lock_count;
    struct step crash; /* `signal` is which; 0: nothing has crashed. The innermost place known */
    bool stack_full;   /* it crashed because nothing more could be put on the stack, */
    size_t recursion;  /* and the function there is so many times among the innermost callers */

    struct evidence_program program;
    size_t program_count; /* so many were started in this test */
    struct evidence_peer *peers;
    size_t peer_count;
    int waiting; /* whom the test waited for last, as a place in `peers`; -1: nobody */
    struct note *notes;
    size_t note_count;
    struct evidence_process *processes;
    size_t process_count;
    size_t zombies; /* in all */
    int32_t *tasks; /* threads that live, of those that wait or have a lock */
    size_t task_count;
    int32_t *held; /* threads that the test itself holds at a gate */
    size_t held_count;
    int *sockets; /* descriptors of the first process that are sockets, of those that are known */
    size_t socket_count;
    int kept;         /* the first client whose connection too many processes have open, */
    int keepers;      /* so many; -1: none */
    bool first_keeps; /* the first process is one of them */

    enum expectation expected; /* what was not met */
    enum wait_result last;     /* how the last wait ended */
    bool datagrams;
    bool explained; /* the story says why */
    uint64_t now;
    bool has_data; /* the bytes the test sent and wants back */
    struct text data;
    bool has_back; /* what came back instead */
    struct text back;
    int extra; /* the first byte behind all that was expected; -1: none */
    struct evidence_dialogue dialogue;

    char unwritten[64];       /* a function that is still the starter's, */
    struct text unwritten_in; /* and its file, for people; empty: not known */
    char memory_error[512];   /* the first that valgrind found in the student's files */
    char (*own)[64];          /* files of this lab, among those of the steps */
    size_t own_count;
};

/* Fills EVIDENCE from the stage. Nothing is left out that a cause may ask for. evidence_free() ends
   it. */
void evidence_take(struct evidence *evidence);
void evidence_free(struct evidence *evidence);

/* Adds EVIDENCE as JSON to TEXT. CAUSE and SENTENCE are what was found in it, TEST is where. And
   reads it again: false if it makes no sense. */
void evidence_write(struct text *text, const struct evidence *evidence, const char *test,
                    const char *cause, const char *sentence);
bool evidence_read(struct evidence *evidence, const char *json);

#endif
