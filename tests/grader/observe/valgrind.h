/* How valgrind writes: what memcheck.c and helgrind.c have in common. */
#ifndef SOCKLADDER_VALGRIND_H
#define SOCKLADDER_VALGRIND_H

#include "grader/base/text.h"
#include "grader/observe/trace.h"

#include <stdbool.h>
#include <stddef.h>

/* True when valgrind has said in LOG that it has begun. */
bool valgrind_is_there(const struct text *log);

/* The next line of *REST without valgrind's `==123== ` in front; false at the end. The line is
   copied to LINE. */
bool valgrind_line(const char **rest, char *line, size_t size);

/* A frame: `   at 0x4967929: recv (recv.c:28)` or `   by 0x10993F: echo_session (echo.c:46)`. */
bool valgrind_is_frame(const char *line);

/* What it says; `number` is 0 when the file is not known. False if LINE cannot be understood. */
bool valgrind_frame(const char *line, struct line *frame);

/* FILE, without folder, is one of the student's of this lab. */
bool valgrind_own_file(const char *file);

#endif
