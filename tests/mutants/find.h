/* All first-order mutations of a source file. */
#ifndef SOCKLADDER_MUTANTS_FIND_H
#define SOCKLADDER_MUTANTS_FIND_H

#include "mutants/mutation.h"

#include <stdbool.h>

/*
 * Adds to FOUND what may be changed in the file PATH of the kit in ROOT, one change each, in the
 * order of the text:
 *   another relational, arithmetic, logical or assignment operator
 *   another constant: 0, 1, one more, one less; an empty string
 *   a condition, or a part of one: always, never, and its opposite
 *   a deleted statement, or a deleted label of a switch
 *   two arguments swapped
 *   another return value
 *   flags, and members of a set of flags: 0
 *   a size, a length or an index: one more, one less
 *   a missing initialiser, of a variable or of a member
 *   a static variable for an automatic one
 * Not every one of them can be compiled. SOURCE gets the text of the file. False after a message.
 */
bool find_mutations(const char *path, const char *root, struct text *source,
                    struct mutations *found);

#endif
