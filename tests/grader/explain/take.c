#include "grader/explain/evidence.h"

#include "grader/base/settings.h"
#include "grader/expect/count.h"
#include "grader/expect/dialogue.h"
#include "grader/observe/blocked.h"
#include "grader/observe/children.h"
#include "grader/observe/connection.h"
#include "grader/observe/memcheck.h"
#include "grader/observe/procfs.h"
#include "grader/observe/source.h"
#include "grader/observe/valgrind.h"
#include "grader/play/orders.h"
#include "grader/play/places.h"
#include "grader/play/verdict.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static void *allocate(size_t count, size_t size)
{
    void *place = calloc(count + 1, size);
    if (place == NULL)
        grader_fault("calloc");
    return place;
}

static void copy(struct text *to, const struct text *from)
{
    if (from->length > 0)
        text_add_bytes(to, from->start, from->length);
}

/* ---- the calls ---- */

static bool has_forked(const struct evidence *evidence)
{
    return trace_has_forked(evidence->steps, evidence->count, evidence->program.pid);
}

/* Who has a lock, as a step: where it was taken, and by whom. */
static void take_locks(struct evidence *evidence, const struct program *program)
{
    uint64_t callers[PROBE_LOCKS];
    struct line lines[PROBE_LOCKS] = {{.number = 0}};
    evidence->locks = allocate(PROBE_LOCKS, sizeof *evidence->locks);
    for (size_t i = 0; i < PROBE_LOCKS; i++) {
        const struct probe_lock *lock = &program->trace->locks[i];
        uint64_t mutex = atomic_load(&lock->mutex);
        if (mutex == 0)
            continue;
        struct probe_event *event = &evidence->locks[evidence->lock_count].event;
        event->call = CALL_PTHREAD_MUTEX_LOCK;
        event->state = EVENT_DONE;
        event->fd = -1;
        event->mutex = (int64_t)mutex;
        event->pid = program->pid;
        event->tid = atomic_load(&lock->tid);
        event->number = atomic_load(&lock->events);
        callers[evidence->lock_count++] = event->caller = atomic_load(&lock->caller);
    }
    if (evidence->lock_count > 0)
        places_find(program->path, callers, evidence->lock_count, lines);
    for (size_t i = 0; i < evidence->lock_count; i++)
        evidence->locks[i].line = lines[i];
}

/* The innermost place with a line where PROGRAM, or a child of it, has crashed. */
static void take_crash(struct evidence *evidence, const struct program *program)
{
    struct line lines[PROBE_FRAMES] = {{.number = 0}};
    uint64_t frames[PROBE_FRAMES];
    uint32_t count = program->trace->crash.count;
    evidence->crash.event.signal = atomic_load(&program->trace->crash.signal);
    evidence->crash.event.pid = program->trace->crash.pid;
    evidence->crash.event.tid = program->trace->crash.tid;
    evidence->stack_full = program->trace->crash.stack_full != 0;
    if (count > PROBE_FRAMES)
        count = PROBE_FRAMES;
    memcpy(frames, program->trace->crash.frames, sizeof frames);
    if (count > 0)
        places_find(program->path, frames, count, lines);
    for (uint32_t i = count; i-- > 0;)
        if (lines[i].number > 0)
            evidence->crash.line = lines[i];
    for (uint32_t i = 0; i < count; i++)
        evidence->recursion +=
            lines[i].number > 0 && strcmp(lines[i].function, evidence->crash.line.function) == 0;
}

static void take_own_files(struct evidence *evidence)
{
    enum { MOST = 16 };
    evidence->own = allocate(MOST, sizeof *evidence->own);
    for (size_t i = 0; i < evidence->count; i++) {
        const char *file = evidence->steps[i].line.file;
        size_t k = 0;
        if (evidence->steps[i].line.number == 0 ||
            (i > 0 && strcmp(file, evidence->steps[i - 1].line.file) == 0))
            continue;
        while (k < evidence->own_count && strcmp(evidence->own[k], file) != 0)
            k++;
        if (k == evidence->own_count && k < MOST && valgrind_own_file(file))
            snprintf(evidence->own[evidence->own_count++], sizeof *evidence->own, "%s", file);
    }
}

/* ---- the program and its processes ---- */

static void take_program(struct evidence *evidence, const struct program *program)
{
    struct evidence_program *to = &evidence->program;
    pid_t pid = program->pid;
    snprintf(to->role, sizeof to->role, "%s", program->role);
    to->pid = pid;
    to->ended = program->ended;
    to->terminated = program->terminated;
    to->status = program->status;
    to->under_valgrind = program->under_valgrind;
    to->spinning = atomic_load(&program->trace->spinning) != 0;
    to->timed = atomic_load(&program->trace->timed) != 0;
    to->port = program->port;
    to->asked_port = program->asked_port;
    copy(&to->said, &program->said);
    copy(&to->complained, &program->complained);
    to->shows_prompt = is_shown(program, "You want to say: ");
    to->shows_says = is_shown(program, "says: ");
    to->keyboard_open = program->in != -1;
    if (program->in == -1 || ioctl(program->in, FIONREAD, &to->typed) == -1)
        to->typed = 0;
    if (program->ended)
        return;
    to->reads_keyboard = waits_at_keyboard(program);
    to->in_vfork = blocked_in_vfork(pid);
    to->waits_for_child = blocked_in_wait(pid);
    to->child_blocked = process_has_signal(pid, "SigBlk", SIGCHLD);
    to->child_ignored = process_has_signal(pid, "SigIgn", SIGCHLD);
    to->child_caught = process_has_signal(pid, "SigCgt", SIGCHLD);
    to->threads = (size_t)threads_of(program);
}

static void take_process(struct evidence *evidence, pid_t pid)
{
    for (size_t i = 0; i < evidence->process_count; i++)
        if (evidence->processes[i].pid == pid)
            return;
    struct evidence_process *process = &evidence->processes[evidence->process_count++];
    *process = (struct evidence_process){
        .pid = pid, .zombie = process_is_zombie(pid), .ended = process_has_ended(pid)};
    if (!process->ended)
        process->waits_for_lock = blocked_in_lock(pid);
}

static void take_processes(struct evidence *evidence)
{
    evidence->processes = allocate(evidence->count, sizeof *evidence->processes);
    for (size_t i = 0; i < evidence->count; i++) {
        const struct probe_event *event = &evidence->steps[i].event;
        if (event->call == CALL_FORK && event->result > 0)
            take_process(evidence, (pid_t)event->result);
        if (event->call == CALL_KILL && event->process > 0)
            take_process(evidence, event->process);
    }
    if (has_forked(evidence) && evidence->last == STALLED)
        evidence->zombies = children_zombies();
}

static void take_task(struct evidence *evidence, int32_t pid, int32_t tid)
{
    if (procfs_has_thread(pid, tid))
        evidence->tasks[evidence->task_count++] = tid;
}

/* Those that are in a call, or have a lock. */
static void take_tasks(struct evidence *evidence, const struct program *program)
{
    evidence->tasks = allocate(evidence->count + evidence->lock_count, sizeof *evidence->tasks);
    evidence->held = allocate(GROUP_COUNT, sizeof *evidence->held);
    for (enum probe_group group = 0; group < GROUP_COUNT; group++)
        if (gate_is_holding(program, group))
            evidence->held[evidence->held_count++] = gate_holds_whom(program, group);
    if (program->ended)
        return;
    for (size_t i = 0; i < evidence->count; i++)
        if (trace_is_pending(&evidence->steps[i].event))
            take_task(evidence, evidence->steps[i].event.pid, evidence->steps[i].event.tid);
    for (size_t i = 0; i < evidence->lock_count; i++)
        take_task(evidence, program->pid, evidence->locks[i].event.tid);
}

static void take_sockets(struct evidence *evidence, const struct program *program)
{
    evidence->sockets = allocate(evidence->count, sizeof *evidence->sockets);
    for (size_t i = 0; i < evidence->count && !program->ended; i++) {
        const struct probe_event *event = &evidence->steps[i].event;
        bool has_ended = trace_group(event) == GROUP_RECEIVING && event->result == 0;
        bool is_copied = event->call == CALL_DUP && event->result != -1;
        int fd = is_copied ? (int)event->result : event->fd;
        size_t k = 0;
        if (!event->is_socket || !(has_ended || is_copied))
            continue;
        while (k < evidence->socket_count && evidence->sockets[k] != fd)
            k++;
        if (k == evidence->socket_count && procfs_descriptor_is_socket(program->pid, fd))
            evidence->sockets[evidence->socket_count++] = fd;
    }
}

/* The first client whose connection is open in the first process, or in more than one. */
static void take_keepers(struct evidence *evidence, const struct program *program)
{
    enum { HOLDERS = 8 };
    evidence->kept = -1;
    if (program->ended || evidence->last != STALLED || evidence->datagrams || !has_forked(evidence))
        return;
    for (size_t i = 0; i < stage.peer_count; i++) {
        const struct peer *client = stage.peers[i];
        pid_t pids[HOLDERS];
        bool first = false;
        if (client->fd == -1 || client->port == 0 || client->other != program->port ||
            client->finished || client->reset)
            continue;
        int count = children_holding(program, client, pids, HOLDERS);
        for (int k = 0; k < count; k++)
            first = first || pids[k] == program->pid;
        if (first || count > 1) {
            evidence->kept = (int)i;
            evidence->keepers = count;
            evidence->first_keeps = first;
            return;
        }
    }
}

/* ---- the peers ---- */

static int place_of(const struct peer *peer)
{
    for (size_t i = 0; i < stage.peer_count; i++)
        if (stage.peers[i] == peer)
            return (int)i;
    return -1;
}

static void take_peer(struct evidence_peer *to, const struct peer *peer)
{
    char bytes[64];
    snprintf(to->name, sizeof to->name, "%s", peer->name);
    to->port = peer->port;
    to->other = peer->other;
    to->other_address = ntohl(peer->other_address.s_addr);
    to->open = peer->fd != -1;
    to->listening = peer->listening;
    to->connecting = peer->connecting;
    to->finished = peer->finished;
    to->reset = peer->reset;
    to->ended = peer->finished || peer->reset;
    to->sent = (int64_t)peer->sent;
    to->received = (int64_t)peer->received;
    to->unread = dialogue.peer == peer ? connection_unread(peer) : -1;
    for (size_t i = 0; i < stage.note_count; i++)
        if (stage.notes[i].kind == NOTE_DATAGRAM && stage.notes[i].actor == peer->name)
            to->datagram = stage.notes[i].time;
    if (peer->fd == -1 || peer->listening || peer->datagrams)
        return;
    ssize_t count = recv(peer->fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (count > 0)
        text_add_bytes(&to->come, bytes, (size_t)count);
    struct pollfd end = {.fd = peer->fd, .events = POLLRDHUP};
    to->ended = to->ended || poll(&end, 1, 0) > 0;
}

static void take_peers(struct evidence *evidence)
{
    evidence->peers = allocate(stage.peer_count, sizeof *evidence->peers);
    evidence->peer_count = stage.peer_count;
    for (size_t i = 0; i < stage.peer_count; i++)
        take_peer(&evidence->peers[i], stage.peers[i]);
    evidence->waiting = place_of(stage.waiting);
    evidence->notes = allocate(stage.note_count, sizeof *evidence->notes);
    evidence->note_count = stage.note_count;
    memcpy(evidence->notes, stage.notes, stage.note_count * sizeof *evidence->notes);
}

static void take_dialogue(struct evidence_dialogue *to)
{
    to->in_lines = dialogue.in_lines;
    to->peer = place_of(dialogue.peer);
    to->lines_said = dialogue.lines_said;
    to->longest = dialogue.longest;
    to->typed_whole = dialogue.typed_whole;
    to->awaits = dialogue.awaited != NULL;
    copy(&to->said, &dialogue.said);
    copy(&to->heard, &dialogue.heard);
    copy(&to->wanted, &dialogue.wanted);
    copy(&to->shown, &dialogue.shown);
    if (dialogue.awaited != NULL)
        text_add(&to->awaited, "%s", dialogue.awaited);
}

/* ---- the source ---- */

/* True when LINE begins the definition of the function NAME. */
static bool defines_it(const char *line, const char *name)
{
    const char *at = strstr(line, name);
    return isalpha((unsigned char)line[0]) && at != NULL && at > line &&
           (at[-1] == ' ' || at[-1] == '*') && at[strlen(name)] == '(' && strchr(at, ';') == NULL;
}

/* True when FILE, in the student's folder, defines the function NAME. */
static bool defines(const char *file, const char *name)
{
    char line[512];
    bool found = false;
    FILE *stream = source_open(file);
    while (stream != NULL && !found && fgets(line, sizeof line, stream) != NULL)
        found = defines_it(line, name);
    if (stream != NULL)
        fclose(stream);
    return found;
}

/* Adds `labs/1-echo/tcp.c`, where a student's function NAME is. */
static void add_file_of(struct text *text, const char *name)
{
    DIR *folder = opendir(settings.sources);
    const char *lab = strrchr(settings.sources, '/');
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        size_t length = strlen(entry->d_name);
        if (length < 3 || strcmp(entry->d_name + length - 2, ".c") != 0 ||
            !defines(entry->d_name, name))
            continue;
        if (settings.source[0] != '/') /* an absolute one is the grading machine's own affair */
            text_harmless(text, settings.source, strlen(settings.source), 200, false);
        text_add(text, "%s/", settings.source[0] != '/' ? lab : lab + 1);
        text_harmless(text, entry->d_name, length, 60, false);
        break;
    }
    if (folder != NULL)
        closedir(folder);
}

/* The starter's functions say which of them was called. */
static void take_unwritten(struct evidence *evidence)
{
    static const char words[] = ": Function not implemented";
    const char *start = evidence->program.complained.start;
    const char *end = start == NULL ? NULL : strstr(start, words);
    if (end == NULL)
        return;
    const char *begin = end;
    while (begin > start && begin[-1] != ' ' && begin[-1] != '\n')
        begin--;
    snprintf(evidence->unwritten, sizeof evidence->unwritten, "%.*s", (int)(end - begin), begin);
    add_file_of(&evidence->unwritten_in, evidence->unwritten);
}

/* What valgrind had to say before the conversation went wrong. helgrind announces each thread of
   which it will speak, and speaks of no error in the use of memory. */
static void take_memory_error(struct evidence *evidence, const struct program *program)
{
    struct memcheck memcheck;
    if (!program->under_valgrind || program->valgrind.length == 0 ||
        strstr(program->valgrind.start, "---Thread-Announcement---") != NULL)
        return;
    memcheck_read(&program->valgrind, valgrind_own_file, &memcheck);
    if (strstr(memcheck.first_error, ", at ") != NULL)
        snprintf(evidence->memory_error, sizeof evidence->memory_error, "%s", memcheck.first_error);
}

/* ---- in all ---- */

/* Times count from the first thing that is known. */
static void count_times(struct evidence *evidence)
{
    uint64_t begun = evidence->now;
    for (size_t i = 0; i < evidence->count; i++)
        if (evidence->steps[i].event.begun < begun)
            begun = evidence->steps[i].event.begun;
    for (size_t i = 0; i < evidence->note_count; i++)
        if (evidence->notes[i].time < begun)
            begun = evidence->notes[i].time;
    begun--; /* 0 means never */
    evidence->now -= begun;
    for (size_t i = 0; i < evidence->count; i++) {
        evidence->steps[i].event.begun -= begun;
        if (evidence->steps[i].event.ended != 0)
            evidence->steps[i].event.ended -= begun;
    }
    for (size_t i = 0; i < evidence->note_count; i++)
        evidence->notes[i].time -= begun;
    for (size_t i = 0; i < evidence->peer_count; i++)
        if (evidence->peers[i].datagram != 0)
            evidence->peers[i].datagram -= begun;
}

void evidence_take(struct evidence *evidence)
{
    *evidence = (struct evidence){.waiting = -1, .kept = -1, .extra = stage.extra};
    evidence->expected = stage.expected;
    evidence->last = stage.last;
    evidence->datagrams = stage.datagrams;
    evidence->explained = stage.explained;
    evidence->now = stage_now();
    evidence->program_count = stage.program_count;
    take_peers(evidence);
    take_dialogue(&evidence->dialogue);
    evidence->has_data = stage.data != NULL;
    evidence->has_back = stage.back != NULL;
    if (stage.data != NULL)
        text_add_bytes(&evidence->data, stage.data, stage.data_length);
    if (stage.back != NULL)
        text_add_bytes(&evidence->back, stage.back, stage.back_length);
    if (stage.program_count == 0)
        return;
    const struct program *program = stage.programs[stage.program_count - 1];
    take_program(evidence, program);
    evidence->steps = places_of_steps(program, &evidence->count);
    take_locks(evidence, program);
    take_crash(evidence, program);
    take_own_files(evidence);
    take_processes(evidence);
    take_tasks(evidence, program);
    take_sockets(evidence, program);
    take_keepers(evidence, program);
    take_unwritten(evidence);
    take_memory_error(evidence, program);
    count_times(evidence);
}

void evidence_free(struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->peer_count; i++)
        text_free(&evidence->peers[i].come);
    struct text *const texts[] = {&evidence->program.said,
                                  &evidence->program.complained,
                                  &evidence->data,
                                  &evidence->back,
                                  &evidence->dialogue.said,
                                  &evidence->dialogue.heard,
                                  &evidence->dialogue.wanted,
                                  &evidence->dialogue.awaited,
                                  &evidence->dialogue.shown,
                                  &evidence->unwritten_in};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        text_free(texts[i]);
    free(evidence->steps);
    free(evidence->locks);
    free(evidence->peers);
    free(evidence->notes);
    free(evidence->processes);
    free(evidence->tasks);
    free(evidence->held);
    free(evidence->sockets);
    free(evidence->own);
    *evidence = (struct evidence){.waiting = -1};
}
