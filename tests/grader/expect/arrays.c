#include "grader/expect/arrays.h"

#include "grader/expect/server.h"
#include "grader/play/overflow.h"

struct program *start_server_sanitized(void)
{
    return expect_listening(program_start_sanitized("server", "0", NULL));
}

struct program *start_server_sanitized_with(const char *option)
{
    return expect_listening(program_start_sanitized("server", option, "0", NULL));
}

void expect_within_arrays(struct program *program)
{
    struct text story = {0};
    program_settle(program);
    program_terminate(program);
    if (overflow_tell(&story, program) != OVERFLOW_NONE)
        fail_because(EXPECT_MEMORY, "%s", story.start);
}
