/* Builds the programs of one lab, from what was taken, with fixed commands. */
#ifndef SOCKLADDER_GRADE_BUILD_H
#define SOCKLADDER_GRADE_BUILD_H

#include "grade/command.h"
#include "grade/kit.h"
#include "grade/place.h"
#include "grade/take.h"

enum build_result {
    BUILD_DONE,  /* PLACE/FOLDER holds all programs of the lab */
    BUILD_PART,  /* it holds those that could be built */
    BUILD_WRONG, /* none of them can be built from the student's files */
    BUILD_FAULT, /* building itself failed, with errno; EINTR: a signal asked this process to end */
};

struct build {
    const struct kit *kit;
    const struct place *place;
    bool boxed;
    double patience;
    bool by_hand; /* server and client are enough: neither drivers nor sanitizers */
    bool plain;   /* without sanitizers: no test that is to run needs them */
};

/*
 * Builds the programs of LAB in PLACE/FOLDER. TAKEN, COUNT of them, hold what the lab's WRITTEN and
 * BELOW name, each taken from its tree, as far as it is there; they are written to
 * PLACE/SHOWN/LAB/FILE, where the compiler's messages, and the debug information, name them.
 * SAID gets what the compiler and the linker said: warnings, and what is wrong; made harmless, and
 * as it would be said in the student's folder.
 */
enum build_result build_programs(const struct build *build, const struct lab_files *lab,
                                 const struct taken *taken, size_t count, const char *folder,
                                 struct text *said);

#endif
