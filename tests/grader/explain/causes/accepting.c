/* What accept is given, and what becomes of what it returns. */
#include "grader/explain/causes/causes.h"

#include <errno.h>

/* It failed although the socket listens: its other arguments are to blame. */
static bool accept_arguments(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .group = GROUP_ACCEPTING, .how = UNTOUCHED | FAILED_WITH_ERRNO)
    {
        f->step[1] = step;
        if (step->event.error == EFAULT ||
            (step->event.error == EINVAL &&
             LAST(e, step, .call = IS(CALL_LISTEN), .fd = IS(step->event.fd), .result = IS(0)) !=
                 NULL))
            return true;
    }
    return false;
}

/* accept returned a connection in step 1, which nobody used, and was called again at once. */
static bool connection_forgotten(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .group = GROUP_ACCEPTING, .how = WENT_WELL)
    {
        const struct step *next = query_next(e, step);
        if (next == NULL || group_of(next) != GROUP_ACCEPTING || has_gap(step, next) ||
            FIRST(e, step, .fd = IS(step->event.result)) != NULL)
            continue;
        f->step[1] = step;
        f->step[2] = next;
        return true;
    }
    return false;
}

const struct cause causes_of_accepting[] = {
    {.id = "accept-arguments",
     .explains = accept_arguments,
     .sentence = "$c1 failed with $E1 ($e1)$1: that is about its arguments. The third is the "
                 "address of a length, which says before the call how much room there is for the "
                 "address.",
     .hint = "Write `socklen_t length = sizeof address;` before each accept, and pass &length.",
     .section = "When accept fails"},
    {.id = "accepted-and-forgotten",
     .scope = NO_FORKS | NO_THREADS,
     .explains = connection_forgotten,
     .sentence =
         "$c1 returned connection $r1$1, and was called again at once$2: nobody serves this "
         "client.",
     .hint = "Return as soon as accept has returned a descriptor. Look at errno only if it has "
             "returned -1.",
     .section = "When accept fails"},
    {.id = NULL},
};
