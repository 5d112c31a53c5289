/*
 * What can be tested on this machine is found out by playing the reference on it, in the very
 * surroundings in which the student's programs are played. Its result is kept as long as the kit
 * and the surroundings stay what they are.
 */
#ifndef SOCKLADDER_GRADE_REFERENCE_H
#define SOCKLADDER_GRADE_REFERENCE_H

#include "grade/play.h"

enum reference_result {
    REFERENCE_KNOWN, /* its results are in the text */
    REFERENCE_NONE,  /* this kit has no reference */
    REFERENCE_FAULT, /* it could not be played; a message has said why */
};

/* Adds to JSON what the reference of LAB came to when it is played as PLAY says. */
enum reference_result reference_play(const struct play *play, const struct lab_files *lab,
                                     struct text *json);

#endif
