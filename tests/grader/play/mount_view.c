#include "grader/play/mount_view.h"

#include "grader/play/stage.h"
#include "grader/play/view.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PROGRAM, PROBE, HERE, LIBRARY, NEEDED };

/* Adds the first folder on the way to PATH that may not be entered, if there is one. */
static void add_lock(struct reach *reach, const char *path)
{
    char *locked = reach->locked[reach->locked_count];
    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(locked, sizeof reach->locked[0], "%.*s", (int)(slash - path), path);
        for (size_t i = 0; i < reach->locked_count; i++)
            if (strcmp(locked, reach->locked[i]) == 0)
                return;
        if (faccessat(AT_FDCWD, locked, X_OK, AT_EACCESS) == -1) {
            reach->locked_count++;
            return;
        }
    }
}

/* Whether the caller, once it stands before the file, may use it. */
static bool may_use(int fd, int mode)
{
    return fd != -1 && faccessat(fd, "", mode, AT_EACCESS | AT_EMPTY_PATH) == 0;
}

bool reach_find(struct reach *reach, uid_t user, const char *program, const char *probe,
                const char *library)
{
    snprintf(reach->needed[PROGRAM], sizeof reach->needed[0], "%s", program);
    snprintf(reach->needed[PROBE], sizeof reach->needed[0], "%s", probe);
    snprintf(reach->needed[LIBRARY], sizeof reach->needed[0], "%s", library);
    if (getcwd(reach->needed[HERE], sizeof reach->needed[0]) == NULL)
        return false;
    reach->locked_count = 0;
    int program_fd = open(program, O_PATH | O_CLOEXEC);
    int probe_fd = open(probe, O_PATH | O_CLOEXEC);
    bool can = seteuid(user) == 0;
    if (can) {
        for (size_t i = 0; i < NEEDED; i++)
            add_lock(reach, reach->needed[i]);
        can = may_use(program_fd, R_OK | X_OK) && may_use(probe_fd, R_OK);
        if (seteuid(0) == -1)
            grader_fault("seteuid");
    }
    if (program_fd != -1)
        close(program_fd);
    if (probe_fd != -1)
        close(probe_fd);
    return can;
}

bool reach_open(const struct reach *reach)
{
    const char *const shown[] = {reach->needed[HERE], reach->needed[PROGRAM], reach->needed[PROBE],
                                 reach->needed[LIBRARY], NULL};
    if (reach->locked_count == 0)
        return true;
    bool open = view_open();
    for (size_t i = 0; i < reach->locked_count && open; i++)
        open = view_cover(reach->locked[i], "mode=0755,size=1m", shown, VIEW_AS_IT_IS);
    /* The name of the working directory stands for another mount now. */
    return open && chdir(reach->needed[HERE]) == 0;
}
