#include "grader/reach.h"

#include "grader/stage.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* The longest folder that holds both, without its last slash. */
static void find_common_folder(char *folder, size_t size, const char *one, const char *other)
{
    size_t length = 0;
    for (size_t i = 0; one[i] != '\0' && one[i] == other[i]; i++)
        if (one[i] == '/')
            length = i;
    snprintf(folder, size, "%.*s", (int)length, one);
}

/* The first folder on the way to PATH that may not be entered; empty if there is none. */
static void find_lock(char *locked, size_t size, const char *path)
{
    locked[0] = '\0';
    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(locked, size, "%.*s", (int)(slash - path), path);
        if (faccessat(AT_FDCWD, locked, X_OK, AT_EACCESS) == -1)
            return;
        locked[0] = '\0';
    }
}

bool reach_find(struct reach *reach, uid_t user, const char *program, const char *probe)
{
    find_common_folder(reach->shown, sizeof reach->shown, program, probe);
    size_t length = strlen(reach->shown);
    int shown = open(reach->shown, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (length == 0 || shown == -1 || seteuid(user) == -1) {
        if (shown != -1)
            close(shown);
        return false;
    }
    find_lock(reach->locked, sizeof reach->locked, program);
    bool can = faccessat(shown, program + length + 1, R_OK | X_OK, AT_EACCESS) == 0 &&
               faccessat(shown, probe + length + 1, R_OK, AT_EACCESS) == 0;
    if (seteuid(0) == -1)
        grader_fault("seteuid");
    close(shown);
    return can;
}

/* Makes the folders between LOCKED, which is empty now, and SHOWN, and this one too. */
static bool make_way(const struct reach *reach)
{
    char folder[sizeof reach->shown];
    memcpy(folder, reach->shown, sizeof folder);
    mode_t mask = umask(0);
    for (char *slash = folder + strlen(reach->locked); slash != NULL;) {
        slash = strchr(slash + 1, '/');
        if (slash != NULL)
            *slash = '\0';
        if (mkdir(folder, 0755) == -1)
            return false;
        if (slash != NULL)
            *slash = '/';
    }
    umask(mask);
    return true;
}

bool reach_open(const struct reach *reach)
{
    char here[4096];
    if (reach->locked[0] == '\0')
        return true;
    if (getcwd(here, sizeof here) == NULL || unshare(CLONE_NEWNS) == -1 ||
        mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == -1 || chdir(reach->shown) == -1)
        return false;
    bool covered = mount("way", reach->locked, "tmpfs", 0, "mode=0755,size=1m") == 0;
    /* The working directory is still the true one, whatever covers its name. */
    bool open = covered && make_way(reach) && mount(".", reach->shown, "none", MS_BIND, NULL) == 0;
    if (covered && !open)
        umount2(reach->locked, MNT_DETACH);
    return chdir(here) == 0 && open;
}
