#include "grader/observe/children.h"

#include "grader/observe/access.h"
#include "grader/observe/connection.h"
#include "grader/observe/procfs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- who is there ---- */

static bool is_a_program(pid_t pid)
{
    for (size_t i = 0; i < stage.program_count; i++)
        if (stage.programs[i]->pid == pid)
            return true;
    return false;
}

bool process_has_ended(pid_t pid)
{
    pid_t parent;
    char state = procfs_state(pid, &parent);
    return state == 'Z' || state == 'X' || state == '\0';
}

bool process_is_zombie(pid_t pid)
{
    pid_t parent;
    return procfs_state(pid, &parent) == 'Z';
}

bool process_has_signal(pid_t pid, const char *set, int number)
{
    char path[64];
    char line[256];
    unsigned long long mask = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    access_begin();
    FILE *file = fopen(path, "re");
    access_end();
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, set, strlen(set)) == 0)
            mask = strtoull(line + strlen(set) + 1, NULL, 16);
    if (file != NULL)
        fclose(file);
    return (mask >> (number - 1) & 1) != 0;
}

size_t children_alive(pid_t *pids, size_t most)
{
    size_t count = procfs_descendants(pids, most);
    size_t alive = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_a_program(pids[i]) && !process_has_ended(pids[i]))
            pids[alive++] = pids[i];
    return alive;
}

size_t children_zombies(void)
{
    static pid_t pids[MOST_CHILDREN];
    size_t count = procfs_descendants(pids, MOST_CHILDREN);
    size_t zombies = 0;
    for (size_t i = 0; i < count; i++) {
        pid_t parent = 0;
        zombies += procfs_state(pids[i], &parent) == 'Z' && parent != getpid();
    }
    return zombies;
}

/* ---- who serves whom ---- */

int children_holding(const struct program *server, const struct peer *client, pid_t *pids,
                     size_t most)
{
    static pid_t all[MOST_CHILDREN];
    int holders = 0;
    unsigned long inode = connection_inode(client);
    if (inode == 0)
        return -1;
    all[0] = server->pid;
    size_t count = 1 + children_alive(all + 1, MOST_CHILDREN - 1);
    for (size_t i = 0; i < count && (size_t)holders < most; i++)
        if (procfs_holds_socket(all[i], inode))
            pids[holders++] = all[i];
    return holders;
}
