/* Other people's programs that the autograder runs: valgrind, addr2line. */
#ifndef SOCKLADDER_TOOLS_H
#define SOCKLADDER_TOOLS_H

#include <stdbool.h>
#include <stddef.h>

/* At the very start of a process that grades: leaves only absolute folders in PATH. With others in
   it ("." above all) a file of a submission could be run as the tool it is named like. False, with
   errno, when there is no memory. */
bool tools_reduce_path(void);

/* The absolute name of the program NAME that PATH finds; false if it finds none. */
bool tools_find(const char *name, char *path, size_t size);

#endif
