/* The program under test: started as a person would, watched from outside. */
#ifndef SOCKLADDER_PROGRAM_H
#define SOCKLADDER_PROGRAM_H

#include "grader/play/stage.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Starts ROLE ("server") with the arguments that follow, up to NULL. */
struct program *program_start(const char *role, ...) __attribute__((sentinel));

/* Starts the driver NAME ("call_tcp"; tests/drivers). Its role is "driver". */
struct program *program_start_driver(const char *name, ...) __attribute__((sentinel));

/* The same under helgrind, which watches how threads use memory and locks. */
struct program *program_start_driver_helgrind(const char *name, ...) __attribute__((sentinel));

/* The same as program_start() under valgrind's memcheck. */
struct program *program_start_memcheck(const char *role, ...) __attribute__((sentinel));

/* The same under helgrind. */
struct program *program_start_helgrind(const char *role, ...) __attribute__((sentinel));

/* The same, built with AddressSanitizer, which watches arrays: those on the stack and static ones
   too, which valgrind cannot see. */
struct program *program_start_sanitized(const char *role, ...) __attribute__((sentinel));

/* From now on stage_wait() also wakes up for events in the program's memory: for conditions on the
   trace, on faults and on gates. */
void program_watch(struct program *program);

/* Takes in what the program has written, and notices its end. Never blocks. */
void program_look(struct program *program);

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

/* Ends the program with SIGTERM, or with another signal if it ignores that one (no header says what
   it should do), waits for it, and releases nothing else: its output stays. */
enum wait_result program_terminate(struct program *program);

void program_free(struct program *program);

/* Adds how it ended, for people: "exit status 1", "killed by SIGPIPE (Broken pipe)". */
void program_ending(struct text *text, const struct program *program);

#endif
