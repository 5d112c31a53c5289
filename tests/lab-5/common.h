/* What the files of lab 5 share. */
#ifndef SOCKLADDER_LAB_5_COMMON_H
#define SOCKLADDER_LAB_5_COMMON_H

#include "grader/expect/datagrams.h"
#include "grader/expect/dialogue.h"
#include "grader/expect/scenario.h"
#include "grader/play/datagram.h"

#include <stdint.h>

#define LAB 5

#define MS UINT64_C(1000000) /* in ns */

extern struct datagram got;                  /* the datagram received last */
extern char largest_data[DATAGRAM_MOST + 1]; /* enough bytes for the largest datagram */

/* Adds " nothing on standard error", and what SERVER has printed on standard output instead. */
void add_said(struct text *text, const struct program *server);

#endif
