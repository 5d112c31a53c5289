/* Why: the sentence for a failed test that the trace can prove. */
#ifndef SOCKLADDER_CAUSE_H
#define SOCKLADDER_CAUSE_H

#include <stddef.h>

/* Writes what explains the failure on the stage into BUFFER: one to three sentences; empty when
   the trace shows nothing that would help. */
void cause_find(char *buffer, size_t size);

#endif
