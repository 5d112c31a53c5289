/* What the reference's run in the same surroundings came to. */
#ifndef SOCKLADDER_REFERENCE_H
#define SOCKLADDER_REFERENCE_H

#include "grader/base/result.h"

/*
 * Reads from FD, to its end, the JSON that export_json() wrote about a run of LAB with the
 * reference. Every scenario that did not pass there becomes OUT in RESULTS (lab->count of them),
 * with the reason told there as its story; the other results stay as they are.
 *
 * Returns true; false when it cannot be read, is no such JSON, is about another lab, or tells of no
 * scenario that LAB has: then RESULTS may be incomplete, and *WHY is what is wrong with it.
 */
bool reference_read(int fd, const struct lab *lab, struct result *results, const char **why);

#endif
