#include "grader/observe/blame.h"

#include "grader/base/messages.h"
#include "grader/base/settings.h"
#include "grader/observe/procfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* Far more than any test of any lab needs, and far less than there are. */
enum { MANY_SOCKETS = 2000, MANY_DESCRIPTORS = 20000 };

static struct rlimit limits[RLIM_NLIMITS];

void blame_begin(void)
{
    for (int i = 0; i < RLIM_NLIMITS; i++)
        if (getrlimit((__rlimit_resource_t)i, &limits[i]) == -1)
            limits[i] = (struct rlimit){0, 0};
}

/* The autograder never does that to its tests: a program of the same user has, with prlimit(2). */
static bool limits_have_changed(void)
{
    struct rlimit limit;
    for (int i = 0; i < RLIM_NLIMITS; i++)
        if (getrlimit((__rlimit_resource_t)i, &limit) == 0 &&
            (limit.rlim_cur != limits[i].rlim_cur || limit.rlim_max != limits[i].rlim_max))
            return true;
    return false;
}

/* What the programs have in all. */
struct holdings {
    int sockets;
    int descriptors;
    int tasks;
};

static struct holdings count_holdings(void)
{
    static pid_t pids[MOST_PROCESSES];
    struct holdings all = {0};
    size_t count = procfs_descendants(pids, MOST_PROCESSES);
    for (size_t i = 0; i < count; i++) {
        int sockets = procfs_count_sockets(pids[i]);
        int descriptors = procfs_count_descriptors(pids[i]);
        all.sockets += sockets > 0 ? sockets : 0;
        all.descriptors += descriptors > 0 ? descriptors : 0;
        all.tasks += (int)procfs_threads(pids[i]);
    }
    return all;
}

bool blame_program(const char *call, int error, char *story, size_t size)
{
    if (limits_have_changed()) {
        snprintf(
            story, size,
            _("While this test ran, the limits of the test's own process were changed, and then "
              "it could not go on (%s: %s). Programs under test have no business with other "
              "processes than their children."),
            call, strerror(error));
        return true;
    }
    struct holdings all = count_holdings();
    int count = 0;
    const char *what = NULL;
    if ((error == EADDRINUSE || error == EADDRNOTAVAIL) && all.sockets > MANY_SOCKETS) {
        count = all.sockets;
        what = "sockets";
    } else if (error == ENFILE && all.descriptors > MANY_DESCRIPTORS) {
        count = all.descriptors;
        what = "descriptors";
    } else if ((error == EAGAIN || error == ENOMEM) && all.tasks >= settings.tasks) {
        count = all.tasks;
        what = "processes and threads";
    }
    if (what == NULL)
        return false;
    snprintf(
        story, size,
        _("The test could not go on (%s: %s): the program under test has %d %s, and nothing is "
          "left for others."),
        call, strerror(error), count, _(what));
    return true;
}
