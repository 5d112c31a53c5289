#include "grader/play/stage.h"

#include "grader/base/settings.h"
#include "grader/observe/blame.h"
#include "grader/observe/blocked.h"
#include "grader/observe/budget.h"
#include "grader/observe/connection.h"
#include "grader/observe/procfs.h"
#include "grader/play/descendants.h"
#include "grader/play/peer.h"
#include "grader/play/program.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    LOOK_MS = 15,        /* how long nothing happens before the processes are looked at */
    PAUSES = 5,          /* and so many times what the last look took, since it takes time away */
    MOST_PAUSE_MS = 500, /* but no longer than this */
    LOOKS_ALIKE = 3,     /* so many looks must find the same before it is called for ever */
    CONNECT_MS = 600,    /* a connect that is still under way then is not answered */
    DEADLINE_MS = 5000,  /* without a byte moved: for programs that sleep or poll by the clock */
    LONGEST = 2,         /* so many deadlines, however many bytes move */
    MOST_GRACE = 3,      /* and so many more at most for the time that no processor was free */
    SETTLE_MS = 1000,
    VALGRIND_TIMES = 3, /* how much slower than by itself a program may be under valgrind */
    VALGRIND_WORK = 12, /* and so much more processor time it may need: valgrind's start alone takes
                           half a second, and three times that where caches are shared; helgrind
                           reads the debug information of all libraries when it reports */
    MISS_MS = 2500,     /* a wait so long, however it ended, counts as a miss */
};
static const double CPU_SECONDS = 0.3; /* without a byte moved: more than any program needs */
static const double LEAST_CPU = 0.06;  /* when patience is at its end */
static const double TOO_MUCH = 1;      /* s more than its time: now the test is ended */

void stage_watch_end(pid_t pid)
{
    struct epoll_event once = {.events = EPOLLIN | EPOLLONESHOT};
    if (stage.endings == 0)
        stage.endings = epoll_create1(EPOLL_CLOEXEC);
    if (stage.endings == -1)
        grader_fault("epoll_create1");
    /* Not there any more, or an old kernel: then stage_wait() sees it when it looks around. */
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd != -1)
        epoll_ctl(stage.endings, EPOLL_CTL_ADD, fd, &once);
}

void stage_open(const struct scenario *scenario, struct result *result)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    stage.scenario = scenario;
    stage.result = result;
    stage.opened = stage_now();
    budget_begin();
    blame_begin();
    stage.extra = -1;
    stage.children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (stage.children == -1)
        grader_fault("signalfd");
}

int stage_close(void)
{
    pid_t expected[STAGE_PROGRAMS] = {0};
    size_t count = 0;
    budget_end(stage.scenario->id);
    stage.result->programs = stage.program_count;
    for (size_t i = 0; i < stage.program_count; i++)
        if (!stage.programs[i]->ended)
            expected[count++] = stage.programs[i]->pid;
    int others = descendants_end(expected, count);
    for (size_t i = 0; i < stage.peer_count; i++)
        peer_free(stage.peers[i]);
    for (size_t i = 0; i < stage.program_count; i++)
        program_free(stage.programs[i]);
    stage.peer_count = stage.program_count = 0;
    close(stage.children);
    return others;
}

void stage_note(const struct peer *peer, uint64_t time, int kind, long bytes, const char *text)
{
    if (stage.note_count == STAGE_NOTES)
        return;
    struct note *note = &stage.notes[stage.note_count++];
    *note = (struct note){.time = time, .actor = peer->name, .port = peer->port, .bytes = bytes};
    note->kind = kind;
    snprintf(note->text, sizeof note->text, "%s", text != NULL ? text : "");
}

/* ---- waiting ---- */

/* Everything a wait can be woken by: first what tells of programs, FROM_PROGRAMS of them, then the
   peers. */
static nfds_t gather(struct pollfd *fds, nfds_t most, nfds_t *from_programs)
{
    nfds_t count = 1;
    fds[0] = (struct pollfd){.fd = stage.children, .events = POLLIN};
    if (stage.endings != 0)
        fds[count++] = (struct pollfd){.fd = stage.endings, .events = POLLIN};
    for (size_t i = 0; i < stage.program_count && count + 4 <= most; i++) {
        const struct program *program = stage.programs[i];
        const int sources[] = {program->out, program->err, program->log, program->watcher};
        for (size_t s = 0; s < sizeof sources / sizeof sources[0]; s++)
            if (sources[s] != -1)
                fds[count++] = (struct pollfd){.fd = sources[s], .events = POLLIN};
    }
    *from_programs = count;
    for (size_t i = 0; i < stage.peer_count && count < most; i++)
        if (stage.peers[i]->fd != -1 && stage.peers[i]->wants != 0)
            fds[count++] =
                (struct pollfd){.fd = stage.peers[i]->fd, .events = stage.peers[i]->wants};
    return count;
}

static bool all_ended(void)
{
    for (size_t i = 0; i < stage.program_count; i++)
        if (!stage.programs[i]->ended)
            return false;
    return stage.program_count > 0;
}

/* Bytes or connections under way, or a clock in the program: blocked now is not for ever. */
static bool something_is_under_way(bool whatever_the_clock)
{
    for (size_t i = 0; i < stage.program_count && !whatever_the_clock; i++)
        if (!stage.programs[i]->ended && atomic_load(&stage.programs[i]->trace->timed) != 0)
            return true;
    for (size_t i = 0; i < stage.peer_count; i++) {
        const struct peer *peer = stage.peers[i];
        if (peer->connecting && stage_now() - peer->since < CONNECT_MS * 1000000ULL)
            return true;
        if ((peer->wants & POLLIN) != 0 && !peer->listening && peer_expects_bytes(peer))
            return true;
    }
    return false;
}

/* The probe has counted an error that came again and again. */
static bool caught_spinning(void)
{
    for (size_t i = 0; i < stage.program_count; i++)
        if (!stage.programs[i]->ended && atomic_load(&stage.programs[i]->trace->spinning) != 0)
            return true;
    return false;
}

/* Bytes that the program has sent, and that all peers have sent and received: as long as it grows,
   the program gets somewhere, however small its steps are. Datagrams can be sent without end though
   nobody takes them: they count when a peer has received them. */
static size_t bytes_moved(void)
{
    size_t moved = 0;
    for (size_t i = 0; i < stage.program_count && !stage.datagrams; i++)
        moved += atomic_load(&stage.programs[i]->trace->sent);
    for (size_t i = 0; i < stage.peer_count; i++)
        moved += stage.peers[i]->sent + stage.peers[i]->received;
    return moved;
}

/* A number that changes when bytes move within the connections: when the program takes some from
   the kernel or gives it some, by calls that the probe does not see, while a peer waits.
   It is not 0. */
static uint64_t bytes_within(void)
{
    uint64_t within = 1;
    int arrived;
    for (size_t i = 0; i < stage.peer_count && !stage.datagrams; i++) {
        const struct peer *peer = stage.peers[i];
        if (peer->fd == -1 || peer->listening || ioctl(peer->fd, FIONREAD, &arrived) == -1)
            continue;
        within = within * 31 + (uint64_t)arrived;
        within = within * 31 + (uint64_t)connection_unacknowledged(peer);
        within = within * 31 + (uint64_t)connection_unread(peer);
    }
    return within;
}

/* What the looks of one wait have found. */
struct progress {
    uint64_t begun;
    uint64_t last;
    uint64_t moved_at; /* when bytes moved last */
    uint64_t mark;
    int alike;
    bool settling; /* stage_settle() */
    double times;  /* how much slower than by itself the program runs */
    size_t moved;  /* bytes_moved() and processor time at that moment */
    double used;
    uint64_t within; /* bytes_within(), asked for since half of the time was used up; 0: not yet */
    double delayed;  /* budget_delayed() at the first look; negative before it */
};

static bool is_under_valgrind(void)
{
    for (size_t i = 0; i < stage.program_count; i++)
        if (stage.programs[i]->under_valgrind)
            return true;
    return false;
}

static bool is_spinning(struct progress *progress)
{
    if (caught_spinning())
        return true;
    double used = procfs_cpu_seconds_of_all();
    size_t moved = bytes_moved();
    if (progress->moved != moved)
        progress->moved_at = progress->last;
    if (progress->moved != moved || progress->used < 0 || progress->used > used)
        progress->used = used;
    progress->moved = moved;
    double most = CPU_SECONDS * budget_patience();
    most = most < LEAST_CPU ? LEAST_CPU : most;
    most *= settings.patience > 1 ? settings.patience : 1; /* less work it never is */
    most *= progress->times > 1 ? VALGRIND_WORK : 1;
    if (used - progress->used <= most / 2)
        return false;
    uint64_t before = progress->within;
    progress->within = bytes_within();
    if (progress->within == before)
        return used - progress->used > most;
    if (before != 0)
        progress->used = used;
    return false;
}

/* In nanoseconds. */
static double deadline(const struct progress *progress)
{
    double most = progress->settling ? SETTLE_MS : DEADLINE_MS * budget_patience();
    return most * settings.patience * progress->times * 1e6;
}

/* How much of this wait, in nanoseconds, is the fault of a machine with other work to do. */
static double delay(const struct progress *progress)
{
    return progress->delayed < 0 ? 0 : (budget_delayed() - progress->delayed) * 1e9;
}

static bool is_late(const struct progress *progress)
{
    /* A program that is slow each time, and never so slow that one wait tells. */
    if (!progress->settling && budget_is_over(progress->times > 1, 0))
        return true;
    double most = deadline(progress);
    double silent = (double)(progress->last - progress->moved_at) - most;
    double whole =
        (double)(progress->last - progress->begun) - (budget_patience() < 1 ? 1 : LONGEST) * most;
    double over = silent > whole ? silent : whole;
    return over > 0 && (over > MOST_GRACE * most || over > delay(progress));
}

/* A look at the processes, when nothing has happened for a while: DONE means "go on waiting". */
static enum wait_result look_around(struct progress *progress)
{
    uint64_t mark = 0;
    progress->last = stage_now();
    if (progress->delayed < 0)
        progress->delayed = budget_delayed();
    if (settings.debugger != 0 && !progress->settling)
        return DONE; /* a person has all the time there is */
    if (is_spinning(progress))
        return SPUN;
    if (is_late(progress))
        return LATE;
    bool resting = progress->settling ? all_are_asleep(&mark) : all_are_blocked(&mark);
    if (!resting || something_is_under_way(progress->settling)) {
        progress->alike = 0;
        return DONE;
    }
    progress->alike = mark == progress->mark ? progress->alike + 1 : 1;
    progress->mark = mark;
    return progress->alike >= LOOKS_ALIKE ? STALLED : DONE;
}

static uint64_t
    last_look_took; /* ns, in this wait or another: there may be hundreds of processes */

static enum wait_result look_and_time_it(struct progress *progress)
{
    uint64_t begun = stage_now();
    enum wait_result result = look_around(progress);
    last_look_took = stage_now() - begun;
    return result;
}

static uint64_t pause_between_looks(void)
{
    uint64_t pause = PAUSES * last_look_took;
    return pause < MOST_PAUSE_MS * 1000000ULL ? pause : MOST_PAUSE_MS * 1000000ULL;
}

void stage_take_in(void)
{
    struct signalfd_siginfo told;
    while (read(stage.children, &told, sizeof told) == sizeof told)
        continue; /* signals merge, so every program is looked at anyway */
    struct epoll_event endings[64];
    while (stage.endings != 0 && epoll_wait(stage.endings, endings, 64, 0) > 0)
        continue;
    for (size_t i = 0; i < stage.program_count; i++)
        program_look(stage.programs[i]);
}

static bool any_is_ready(const struct pollfd *fds, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++)
        if (fds[i].revents != 0)
            return true;
    return false;
}

static struct progress begin_looks(bool settling)
{
    struct progress progress = {.begun = stage_now(), .settling = settling};
    progress.times = is_under_valgrind() ? VALGRIND_TIMES : 1;
    /* A test whose time is over looks at once, or many short waits would never end it. */
    progress.last = budget_is_over(progress.times > 1, 0) ? 0 : progress.begun;
    progress.moved = bytes_moved();
    progress.moved_at = progress.begun;
    progress.used = progress.delayed = -1; /* the first look begins to count */
    return progress;
}

static enum wait_result wait_for(bool (*come)(void *), void *what, struct progress *progress)
{
    static struct pollfd fds[2 + STAGE_PROGRAMS * 4 + STAGE_PEERS];
    for (stage.last = DONE;;) {
        if (come(what))
            return stage.last = DONE;
        if (stage.last != DONE)
            return stage.last;
        nfds_t from_programs;
        nfds_t count = gather(fds, sizeof fds / sizeof fds[0], &from_programs);
        if (poll(fds, count, LOOK_MS) == -1 && errno != EINTR)
            grader_fault("poll");
        bool had_ended = all_ended();
        bool look_is_due =
            stage_now() - progress->last >= LOOK_MS * 1000000ULL + pause_between_looks();
        if (look_is_due || any_is_ready(fds, from_programs))
            stage_take_in();
        /* One more try after the end: what it wrote last may just have arrived. */
        if (had_ended)
            stage.last = ENDED;
        else if (look_is_due)
            stage.last = look_and_time_it(progress);
    }
}

/* Whatever the scenario makes of it: a test is over some time. */
static void end_if_overdue(void)
{
    bool valgrind = is_under_valgrind();
    if (stage.ending || !budget_is_over(valgrind, TOO_MUCH))
        return;
    stage.last = LATE;
    fail_because(EXPECT_OTHER,
                 "This test was ended after %.0f seconds, by when it should have been over: it "
                 "takes about one. What it waited for came late, time and again, or never came to "
                 "an end.",
                 budget_elapsed());
}

bool stage_is_overdue(void)
{
    return budget_is_over(is_under_valgrind(), TOO_MUCH);
}

enum wait_result stage_wait(struct peer *peer, bool (*come)(void *), void *what)
{
    stage.waiting = peer;
    end_if_overdue();
    struct progress progress = begin_looks(false);
    enum wait_result result = wait_for(come, what, &progress);
    double waited = (double)(stage_now() - progress.begun);
    double most = MISS_MS * progress.times * 1e6;
    bool long_wait = waited > most && waited - delay(&progress) > most;
    if (result == LATE || result == SPUN || long_wait)
        budget_miss();
    return result;
}

enum wait_result stage_settle(struct peer *peer, bool (*come)(void *), void *what)
{
    stage.waiting = peer;
    end_if_overdue();
    struct progress progress = begin_looks(true);
    return wait_for(come, what, &progress);
}
