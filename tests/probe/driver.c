/* What drivers report (driver.h), as events like those of the calls of the C library. */
#include "probe/driver.h"
#include "probe/memory.h"

#include <stddef.h>

struct probe_event *probe_calls(int call, int fd, int64_t argument)
{
    return event_begin((enum probe_call)call, fd, argument, NULL);
}

void probe_returns(struct probe_event *event, int64_t result, int port)
{
    if (event != NULL)
        event->port = port;
    event_end(event, result);
}
