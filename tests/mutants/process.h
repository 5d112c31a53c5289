/* Other programs, a few of them at once. */
#ifndef SOCKLADDER_MUTANTS_PROCESS_H
#define SOCKLADDER_MUTANTS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process {
    pid_t pid;  /* 0: none */
    int status; /* as from waitpid(2), when it has ended */
};

/* Starts the program that WORDS (up to NULL) begin with, found as execvp(3) does. It reads the file
   INPUT; what it prints goes to the file OUTPUT. False with errno. */
bool process_start(struct process *process, const char *const *words, const char *input,
                   const char *output);

/* Waits until one of the COUNT processes in LIST has ended, and reaps it. Returns which, with its
   pid 0; -1 when a signal asked this process to end (grade/interrupt.h): all others are then sent
   SIGTERM and reaped. Some process runs. */
int process_wait(struct process *list, size_t count);

#endif
