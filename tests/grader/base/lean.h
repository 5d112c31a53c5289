/*
 * The C library for programs under valgrind: a copy without debugging information but with all
 * symbols, which `make tools` leaves in the build folder (tests/tools/lean-library). With it,
 * valgrind starts in two thirds of the time.
 */
#ifndef SOCKLADDER_LEAN_H
#define SOCKLADDER_LEAN_H

#include <stdbool.h>
#include <stddef.h>

/* Writes to FOLDER, of SIZE bytes, where that copy is in BUILD: a folder whose name has the build
   ID of the library that this process itself uses, which is that of the programs under test.
   Returns false if there is none, and FOLDER is "" then. */
bool lean_library(const char *build, char *folder, size_t size);

#endif
