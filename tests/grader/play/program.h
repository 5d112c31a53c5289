/* The program under test: started as a person would, watched from outside. */
#ifndef SOCKLADDER_PROGRAM_H
#define SOCKLADDER_PROGRAM_H

#include "grader/base/text.h"
#include "grader/play/stage.h"
#include "probe/shared.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

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

/* Starts ROLE ("server") with the arguments that follow, up to NULL. */
struct program *program_start(const char *role, ...) __attribute__((sentinel));

/* The same under valgrind's memcheck. */
struct program *program_start_memcheck(const char *role, ...) __attribute__((sentinel));

/* The same under valgrind's helgrind, which watches how threads use memory and locks. */
struct program *program_start_helgrind(const char *role, ...) __attribute__((sentinel));

/* From now on stage_wait() also wakes up for events in the program's memory: for conditions on the
   trace, on faults and on gates. */
void program_watch(struct program *program);

/* Takes in what the program has written, and notices its end. Never blocks. */
void program_look(struct program *program);

/* For a program that has ended before it did anything: that is a fault of the grader if the system
   could not start it, or not with the probe or valgrind, and else the program's own. */
void program_must_have_begun(const struct program *program);

/* Waits for its end; program_settle only until it rests (stage_settle()). */
enum wait_result program_wait(struct program *program);
enum wait_result program_settle(struct program *program);

/* Types LENGTH bytes at its keyboard. Fails the test if it does not read them and there is no room
   for more. One that has ended reads nothing: what the test waits for next will tell. */
void program_type(struct program *program, const void *bytes, size_t length);

/* Sends SIGSTOP and waits until the kernel says that it is stopped; fails the test if it does not
   stop. And SIGCONT. */
void program_pause(struct program *program);
void program_resume(struct program *program);

/* Waits until LINE stands on its standard output as a line of its own. */
enum wait_result program_wait_line(struct program *program, const char *line);

/* True if LINE stands in TEXT as a line of its own. */
bool has_line(const struct text *text, const char *line);

/* True if WORDS stand anywhere in TEXT. */
bool has_words(const struct text *text, const char *words);

/* Ends the program with SIGTERM, or with another signal if it ignores that one (no header says what
   it should do), waits for it, and releases nothing else: its output stays. */
enum wait_result program_terminate(struct program *program);

void program_free(struct program *program);

/* Adds how it ended, for people: "exit status 1", "killed by SIGPIPE (Broken pipe)". */
void program_ending(struct text *text, const struct program *program);

/* ---- faults and gates (probe/shared.h) ---- */

/* The next COUNT calls of GROUP, after SKIP others, fail with ERROR. INT32_MAX: from now on. */
void fault_error(struct program *program, enum probe_group group, int error, int32_t count,
                 int32_t skip);

/* Before fault_error(): as each of those calls returns, signal NUMBER arrives. */
void fault_signal(struct program *program, enum probe_group group, int number);

/* From now on calls of GROUP move at most LIMIT bytes each. */
void fault_limit(struct program *program, enum probe_group group, int64_t limit);

/* The same, but for the program that is started next, from its first call on. */
void fault_at_start(enum probe_group group, int error, int64_t limit, int32_t count, int32_t skip);

void fault_off(struct program *program, enum probe_group group);
uint32_t fault_hits(const struct program *program, enum probe_group group);

/* True when one of all the faults that were set for PROGRAM has hit a call of its, or when there
   were none. */
bool program_met_fault(struct program *program);

/* The test has seen from outside that PROGRAM rightly does without the calls that the faults set so
   far are for. */
void program_needs_no_fault(struct program *program);

/* Arms a gate for the next call of GROUP after SKIP others; waits until somebody is held; lets go.
 */
void gate_arm(struct program *program, enum probe_group group, int32_t skip, bool after);
enum wait_result gate_wait(struct program *program, enum probe_group group);
bool gate_is_holding(const struct program *program, enum probe_group group);
/* Who is held, or was held last, there: the number of a thread. */
int32_t gate_holds_whom(const struct program *program, enum probe_group group);
void gate_open(struct program *program, enum probe_group group);

/* Lets go whoever is held, and holds the next call of GROUP: none comes through in between. */
void gate_next(struct program *program, enum probe_group group);

/* The same as gate_arm(), but for the program that is started next, from its first call on. */
void gate_at_start(enum probe_group group, int32_t skip, bool after);

#endif
