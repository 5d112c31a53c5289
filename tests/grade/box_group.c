#include "grade/box_group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 1: written; 0: this group has no such file; -1: errno. */
static int write_value(const char *group, const char *name, const char *value)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", group, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file == -1)
        return errno == ENOENT ? 0 : -1;
    ssize_t count = write(file, value, strlen(value));
    int error = errno;
    close(file);
    errno = error;
    return count == (ssize_t)strlen(value) ? 1 : -1;
}

/* The file is called NEW in version 2, OLD in version 1. */
static bool limit(const char *group, size_t most, const char *new, const char *old)
{
    char value[32];
    snprintf(value, sizeof value, "%zu", most);
    if (most == 0)
        return true;
    int written = write_value(group, new, value);
    if (written == 0)
        written = write_value(group, old, value);
    if (written == 0)
        errno = ENOTSUP;
    return written == 1;
}

bool box_group_open(char *group, size_t size, const struct box_limits *limits, struct text *why)
{
    static unsigned number;
    snprintf(group, size, "%s/sockladder-%d-%u", limits->group, (int)getpid(), number++);
    if (mkdir(group, 0755) == -1) {
        text_add(why, "no group can be made in %s: %s", limits->group, strerror(errno));
        group[0] = '\0';
        return false;
    }
    if (limit(group, limits->group_memory, "memory.max", "memory.limit_in_bytes") &&
        limit(group, limits->group_processes, "pids.max", "pids.max"))
        return true;
    text_add(why, "limits cannot be set in %s: %s", limits->group, strerror(errno));
    box_group_close(group);
    group[0] = '\0';
    return false;
}

bool box_group_join(const char *group)
{
    int written = write_value(group, "cgroup.procs", "0");
    if (written == 0)
        errno = ENOENT;
    return written == 1;
}

void box_group_close(const char *group)
{
    rmdir(group);
}
