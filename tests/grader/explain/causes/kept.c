/* What a function keeps that has failed, and that nobody else knows of. */
#include "grader/explain/causes/causes.h"

#include <errno.h>

static bool prepares_socket(const struct step *step)
{
    enum probe_group group = group_of(step);
    return group == GROUP_CONNECTING || group == GROUP_BINDING || group == GROUP_LISTENING;
}

/* The last of these calls failed in step 1, and no close of its socket followed. */
static bool socket_kept(const struct evidence *e, struct finding *f)
{
    const struct step *step = NULL;
    do
        step = LAST(e, step, .how = ON_SOCKET);
    while (step != NULL && !prepares_socket(step));
    f->step[1] = step;
    return step != NULL && LIKE(e, step, .how = FAILED_WITH_ERRNO) &&
           step->event.error != EINPROGRESS && step->event.error != EINTR &&
           FIRST(e, step, .call = IS(CALL_CLOSE), .fd = IS(step->event.fd)) == NULL;
}

const struct cause causes_of_kept_sockets[] = {
    {.id = "failed-call-keeps-socket",
     .of = EXPECT_RESOURCES,
     .explains = socket_kept,
     .sentence = "$c1 failed with $E1 ($e1)$1, and no close(2) of descriptor $d1 followed. The "
                 "caller gets -1, and does not know the number.",
     .hint = "Close the socket before you return -1.",
     .section = "Who closes what"},
    {.id = NULL},
};
