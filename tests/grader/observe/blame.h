/* When a call of the autograder's own fails: is that the doing of the program under test? */
#ifndef SOCKLADDER_BLAME_H
#define SOCKLADDER_BLAME_H

#include <stdbool.h>
#include <stddef.h>

/* In a test's process, before it starts a program: remembers the limits it has. */
void blame_begin(void);

/* CALL of this process has failed with ERROR. True when there is proof that the programs under test
   have taken what it needed, or changed this process's limits: then STORY says so. */
bool blame_program(const char *call, int error, char *story, size_t size);

#endif
