/* What a program says to valgrind. */
#ifndef SOCKLADDER_REQUESTS_H
#define SOCKLADDER_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>

/* True when the LENGTH bytes of an object file or a program hold the instructions by which a
   program talks to valgrind (a client request of <valgrind/valgrind.h>, for x86-64 or arm64): asks
   whether it runs there, and turns its checks off. No compiler writes them unless it is told to:
   together they change nothing. */
bool holds_client_request(const void *bytes, size_t length);

#endif
