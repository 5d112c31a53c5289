/* For the functions of the probe that fill a buffer of the program. */
#ifndef SOCKLADDER_PROBE_ROOM_H
#define SOCKLADDER_PROBE_ROOM_H

#include <stddef.h>

/* In a program with AddressSanitizer: ends it, with the sanitizer's report, if BUFFER has not the
   room of LENGTH bytes that the program says it has, however few bytes there are to receive. */
void room_must_be_there(void *buffer, size_t length);

#endif
