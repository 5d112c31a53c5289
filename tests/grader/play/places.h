/*
 * Addresses into places of the source. The debug information that says so was written by a
 * stranger's compiler and may be anything: so addr2line(1) reads it, in a process that is confined
 * as the programs under test are, and soon ended. What it does not say in time stays unknown, and
 * costs nothing but the place.
 */
#ifndef SOCKLADDER_PLACES_H
#define SOCKLADDER_PLACES_H

#include "grader/observe/trace.h"

#include <stddef.h>
#include <stdint.h>

/* Looks up COUNT addresses, relative to where PROGRAM, a file, is loaded, at once. */
void places_find(const char *program, const uint64_t *addresses, size_t count, struct line *lines);

/* The innermost place in a file of the student's where PROGRAM has crashed; `number` is 0 if that
   is not known. */
struct line places_of_crash(const struct program *program);

/* trace_steps(), and where each of them was made. */
struct step *places_of_steps(const struct program *program, size_t *count);

#endif
