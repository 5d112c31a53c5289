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

size_t children_alive(pid_t *pids, size_t room)
{
    size_t count = procfs_descendants(pids, room);
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
                     size_t room)
{
    static pid_t all[MOST_CHILDREN];
    int holders = 0;
    unsigned long inode = connection_inode(client);
    if (inode == 0)
        return -1;
    all[0] = server->pid;
    size_t count = 1 + children_alive(all + 1, MOST_CHILDREN - 1);
    for (size_t i = 0; i < count && (size_t)holders < room; i++)
        if (procfs_holds_socket(all[i], inode))
            pids[holders++] = all[i];
    return holders;
}

struct serving {
    const struct program *server;
    const struct peer *client;
    pid_t pids[8];
    int count;
};

static bool one_process_serves(void *argument)
{
    struct serving *serving = argument;
    serving->count = children_holding(serving->server, serving->client, serving->pids,
                                      sizeof serving->pids / sizeof serving->pids[0]);
    return serving->count == 1 && serving->pids[0] != serving->server->pid;
}

pid_t expect_process(struct program *server, const struct peer *client)
{
    struct serving serving = {.server = server, .client = client};
    stage.waiting = NULL;
    if (stage_wait(one_process_serves, &serving) == DONE)
        return serving.pids[0];
    if (serving.count <= 0)
        fail_because("%s should be served by a process of its own; no process holds its "
                     "connection any more.",
                     client->name);
    if (serving.count == 1)
        fail_because("%s should be served by a process of its own, started when it came. Its "
                     "connection is held by the server's first process, and by no other.",
                     client->name);
    fail_because("%s should be served by a process of its own. Its connection is held by %d "
                 "processes%s.",
                 client->name, serving.count,
                 serving.pids[0] == server->pid ? ", the server's first one among them" : "");
}

/* ---- waiting for them ---- */

struct crowd {
    const pid_t *pids;
    size_t count;
};

static bool all_have_ended(void *argument)
{
    const struct crowd *crowd = argument;
    for (size_t i = 0; i < crowd->count; i++)
        if (!process_has_ended(crowd->pids[i]))
            return false;
    return true;
}

bool children_end(const pid_t *pids, size_t count)
{
    enum { MOST_LOOKS = 200, LOOKS_ALIKE = 3 };
    struct crowd crowd = {pids, count};
    uint64_t mark = 0;
    int alike = 0;
    for (size_t i = 0; i < count; i++)
        stage_watch_end(pids[i]);
    stage.waiting = NULL;
    /* When the server itself has ended, stage_wait() waits for one event more and no longer. */
    for (int look = 0; look < MOST_LOOKS; look++) {
        uint64_t before = mark;
        if (stage_wait(all_have_ended, &crowd) != ENDED)
            return stage.last == DONE;
        alike = procfs_all_blocked(&mark) && mark == before ? alike + 1 : 0;
        if (alike == LOOKS_ALIKE) {
            stage.last = STALLED;
            return false;
        }
    }
    stage.last = SPUN;
    return false;
}

void expect_process_end(const struct program *server, pid_t pid, const char *name)
{
    if (children_end(&pid, 1))
        return;
    fail_because("%s has left. The process that served it should have ended; it %s.", name,
                 stage.last == SPUN         ? "keeps the processor busy"
                 : server->ended            ? "outlives the server"
                 : procfs_is_accepting(pid) ? "waits in accept, for clients of its own"
                                            : "is still there");
}

static bool has_stopped(void *argument)
{
    pid_t parent;
    char state = procfs_state(*(pid_t *)argument, &parent);
    return state == 'T' || state == 'Z' || state == '\0';
}

void process_stop(pid_t pid)
{
    kill(pid, SIGSTOP);
    stage.waiting = NULL;
    stage_wait(has_stopped, &pid);
}

static bool all_wait(void *nothing)
{
    (void)nothing;
    uint64_t mark;
    return procfs_all_blocked(&mark);
}

bool everything_waits(void)
{
    stage.waiting = NULL;
    return stage_wait(all_wait, NULL) == DONE;
}
