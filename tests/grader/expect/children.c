#include "grader/expect/children.h"

#include "grader/observe/blocked.h"
#include "grader/observe/procfs.h"

#include <signal.h>

/* ---- who serves whom ---- */

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
    if (stage_wait(NULL, one_process_serves, &serving) == DONE)
        return serving.pids[0];
    if (serving.count <= 0)
        fail_because(EXPECT_TASKS,
                     "%s should have its own process in the server. No process holds its "
                     "connection any more.",
                     client->name);
    if (serving.count == 1)
        fail_because(EXPECT_TASKS,
                     "%s should have its own process in the server, started when it connected. "
                     "Only the server's first process holds its connection.",
                     client->name);
    fail_because(
        EXPECT_TASKS,
        "%s should have its own process in the server. %d processes hold its "
        "connection%s.",
        client->name, serving.count,
        _(serving.pids[0] == server->pid ? ", and one of them is the server's first one" : ""));
}

/* ---- waiting for them ---- */

struct those {
    const pid_t *pids;
    size_t count;
};

static bool all_have_ended(void *argument)
{
    const struct those *those = argument;
    for (size_t i = 0; i < those->count; i++)
        if (!process_has_ended(those->pids[i]))
            return false;
    return true;
}

bool children_end(const pid_t *pids, size_t count)
{
    enum { MOST_LOOKS = 200, LOOKS_ALIKE = 3 };
    struct those those = {pids, count};
    uint64_t mark = 0;
    int alike = 0;
    for (size_t i = 0; i < count; i++)
        stage_watch_end(pids[i]);
    /* When the server itself has ended, stage_wait() waits for one event more and no longer. */
    for (int look = 0; look < MOST_LOOKS; look++) {
        uint64_t before = mark;
        if (stage_wait(NULL, all_have_ended, &those) != ENDED)
            return stage.last == DONE;
        alike = all_are_blocked(&mark) && mark == before ? alike + 1 : 0;
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
    fail_because(
        EXPECT_TASKS, "%s has left. The process that served it should have ended. It %s.", _(name),
        _(stage.last == SPUN       ? "is in a busy loop"
          : server->ended          ? "is still running after the server has ended"
          : blocked_in_accept(pid) ? "is blocked in accept, and waits for clients of its own"
                                   : "is still running"));
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
    stage_wait(NULL, has_stopped, &pid);
}

static bool all_wait(void *nothing)
{
    (void)nothing;
    uint64_t mark;
    return all_are_blocked(&mark);
}

bool everything_waits(void)
{
    return stage_wait(NULL, all_wait, NULL) == DONE;
}
