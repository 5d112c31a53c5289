#include "grader/base/expectation.h"

#include <stddef.h>
#include <string.h>

static const struct {
    enum expectation expectation;
    const char *name;
} names[] = {
    {EXPECT_CONNECT, "connect"},   {EXPECT_BYTES, "bytes"},     {EXPECT_LINE, "line"},
    {EXPECT_DATAGRAM, "datagram"}, {EXPECT_CONSOLE, "console"}, {EXPECT_COMPLAINT, "complaint"},
    {EXPECT_NOTHING, "nothing"},   {EXPECT_CLOSE, "close"},     {EXPECT_RUNNING, "running"},
    {EXPECT_EXIT, "exit"},         {EXPECT_TASKS, "tasks"},     {EXPECT_RESOURCES, "resources"},
    {EXPECT_MEMORY, "memory"},     {EXPECT_TIME, "time"},       {EXPECT_OTHER, "other"},
};
enum { NAMES = sizeof names / sizeof names[0] };

const char *expectation_name(enum expectation expectation)
{
    for (size_t i = 0; i < NAMES; i++)
        if (names[i].expectation == expectation)
            return names[i].name;
    return "other";
}

enum expectation expectation_named(const char *name)
{
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].expectation;
    return EXPECT_OTHER;
}
