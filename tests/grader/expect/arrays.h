/* Programs with AddressSanitizer, which watches how they use their arrays. */
#ifndef SOCKLADDER_EXPECT_ARRAYS_H
#define SOCKLADDER_EXPECT_ARRAYS_H

#include "grader/play/program.h"

/* `server 0` and `server OPTION 0`, so built. The sanitizer ends it at the first mistake: whatever
   expectation that breaks, the report tells the mistake. */
struct program *start_server_sanitized(void);
struct program *start_server_sanitized_with(const char *option);

/* Ends PROGRAM, unless it has ended. Fails the test if the sanitizer has found anything. */
void expect_within_arrays(struct program *program);

#endif
