#include "grader/explain/cause.h"

#include "grader/base/settings.h"
#include "grader/expect/dialogue.h"
#include "grader/explain/cause_rules.h"
#include "grader/explain/causes/causes.h"
#include "grader/explain/sentence.h"
#include "grader/observe/memcheck.h"
#include "grader/observe/procfs.h"
#include "grader/observe/source.h"
#include "grader/observe/valgrind.h"
#include "grader/play/peer.h"
#include "grader/play/places.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* ---- how it ended ---- */

/* It has sent that signal itself, or a child of it has: to 0 or -1, which mean many processes, or
   to its own number. */
static const struct step *self_kill(const struct live *evidence, int number)
{
    for (size_t i = evidence->count; i-- > 0;) {
        const struct probe_event *event = &evidence->steps[i].event;
        if (event->call == CALL_KILL && event->asked == number &&
            (event->process <= 0 || event->process == evidence->program->pid))
            return &evidence->steps[i];
    }
    return NULL;
}

static void add_self_kill(const struct live *evidence, const struct step *kill)
{
    bool by_child = !evidence_is_first(evidence, kill);
    text_add(evidence->text, ", which %s, by kill",
             kill->event.process <= 0 || !by_child ? "the program has sent itself"
                                                   : "a child has sent to its parent");
    evidence_place(evidence->text, kill);
    text_add(evidence->text, ".");
    if (kill->event.process <= 0)
        text_add(evidence->text, " For kill(2), process 0 means all processes of the group, and "
                                 "-1 all processes of this user.");
}

/* Where it was when the signal came. */
static void add_crash(const struct live *evidence)
{
    struct line line = evidence_crash(evidence->program);
    if (line.number > 0) {
        text_add(evidence->text, " at ");
        trace_place(evidence->text, &line);
        text_add(evidence->text, " (in %s)", line.function);
    } else if (WTERMSIG(evidence->program->status) == SIGSEGV &&
               !evidence->program->under_valgrind) {
        text_add(evidence->text, ". Where, can no longer be told: the return addresses on the "
                                 "stack are gone, or a pointer to a function was wrong. Is an "
                                 "array too small for what is copied into it?");
        return;
    }
    text_add(evidence->text, ".");
}

/* Killed by which signal, at which line. */
static bool was_killed(const struct live *evidence)
{
    const struct program *program = evidence->program;
    if (!program->ended || program->terminated || !WIFSIGNALED(program->status))
        return false;
    int number = WTERMSIG(program->status);
    text_add(evidence->text, "The %s was ", program->role);
    program_ending(evidence->text, program);
    const struct step *sending = evidence_last_of(evidence, GROUP_SENDING);
    const struct step *kill = self_kill(evidence, number);
    if (number == SIGPIPE && sending != NULL) {
        text_add(evidence->text, " in %s", trace_name(&sending->event));
        evidence_place(evidence->text, sending);
        text_add(evidence->text, ". Sending on a connection that the other side has left raises "
                                 "this signal, and its default action ends the program.");
    } else if (kill != NULL) {
        add_self_kill(evidence, kill);
    } else {
        add_crash(evidence);
    }
    return true;
}

/* True when FILE, in the student's folder, holds the definition `int NAME(`. */
static bool defines(const char *file, const char *name)
{
    char wanted[80];
    char line[512];
    bool found = false;
    snprintf(wanted, sizeof wanted, "int %s(", name);
    FILE *stream = source_open(file);
    while (stream != NULL && !found && fgets(line, sizeof line, stream) != NULL)
        found = strncmp(line, wanted, strlen(wanted)) == 0;
    if (stream != NULL)
        fclose(stream);
    return found;
}

/* Adds ` in labs/1-echo/tcp.c`, where a student's function NAME is. */
static void add_file_of(struct text *text, const char *name)
{
    DIR *folder = opendir(settings.sources);
    const char *lab = strrchr(settings.sources, '/');
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        size_t length = strlen(entry->d_name);
        if (length < 3 || strcmp(entry->d_name + length - 2, ".c") != 0 ||
            !defines(entry->d_name, name))
            continue;
        text_add(text, " in ");
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
static bool is_still_the_starter(const struct live *evidence)
{
    static const char words[] = ": Function not implemented";
    const char *start = evidence->program->complained.start;
    const char *end = start == NULL ? NULL : strstr(start, words);
    if (end == NULL)
        return false;
    const char *begin = end;
    while (begin > start && begin[-1] != ' ' && begin[-1] != '\n')
        begin--;
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(end - begin), begin);
    text_harmless(evidence->text, name, strlen(name), sizeof name, false);
    text_add(evidence->text, " is still as it was handed out. Write it");
    add_file_of(evidence->text, name);
    text_add(evidence->text, ": the comment above it in its header says what it has to do, and "
                             "the man pages it names say how.");
    return true;
}

/* ---- a loop that gets nowhere ---- */

/* Its place and process: the console's lines are written elsewhere, and not the reason. */
static bool is_same_place(const struct step *left, const struct step *right)
{
    return left->event.caller == right->event.caller && left->event.pid == right->event.pid &&
           strcmp(left->line.file, "console.c") != 0;
}

static bool is_of_console(const struct step *step)
{
    return strcmp(step->line.file, "console.c") == 0;
}

/* Of the places of the last calls the most frequent one in all, and in *TIMES how often it is. */
static const struct step *most_frequent(const struct live *evidence, size_t *times)
{
    enum { LATELY = 200 };
    const struct step *most = NULL;
    size_t heaviest = 0;
    size_t from = evidence->count > LATELY ? evidence->count - LATELY : 0;
    *times = 0;
    for (size_t i = from; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        size_t same = 0;
        for (size_t k = 0; k < evidence->count; k++)
            same += is_same_place(&evidence->steps[k], step);
        size_t weight = same;
        /* Who calls the console in the loop is seen about as often, and tells more. */
        if (is_of_console(step))
            weight /= 2;
        /* What could not be received is what the others in the loop suffer from. */
        if (step->event.error != 0 && trace_group(&step->event) == GROUP_RECEIVING)
            weight += 2;
        if (weight > heaviest || (same > 0 && weight == heaviest && step->event.error != 0)) {
            most = step;
            heaviest = weight;
            *times = same;
        }
    }
    return most;
}

static bool burns_the_processor(const struct live *evidence)
{
    enum { OFTEN = 300 }; /* a loop of calls that burns a processor makes thousands */
    const struct program *program = evidence->program;
    bool counted = atomic_load(&program->trace->spinning) != 0;
    if (stage.last != SPUN && !counted)
        return false;
    size_t times;
    const struct step *most = most_frequent(evidence, &times);
    text_add(evidence->text, "The %s uses up the processor in a loop", program->role);
    if (most == NULL || times < OFTEN) {
        text_add(evidence->text, " that calls nothing the test could see.");
        return true;
    }
    text_add(evidence->text, " of %s", trace_name(&most->event));
    evidence_place(evidence->text, most);
    if (most->event.result <= 0)
        text_add(evidence->text, ", which returned %lld", (long long)most->event.result);
    if (most->event.error != 0)
        text_add(evidence->text, " (%s)", strerror(most->event.error));
    if (most->event.result <= 0)
        text_add(evidence->text, " again and again");
    text_add(evidence->text, ".");
    if (most->event.result == 0 && trace_group(&most->event) == GROUP_RECEIVING)
        text_add(evidence->text, " 0 means that no more will ever come.");
    if (most->event.result <= 0 && trace_group(&most->event) == GROUP_REAPING)
        text_add(evidence->text, " 0 means that no other child has ended yet, -1 that there is "
                                 "none: at both there is nothing to reap, and the loop ends.");
    return true;
}

/* accept failed for want of something, and the pause after it was none. */
static bool pauses_in_vain(const struct live *evidence)
{
    enum { SHORT_NS = 1000 * 1000, OFTEN = 2 };
    const struct step *pause = NULL;
    bool failed = false;
    size_t times = 0;
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (trace_group(&step->event) == GROUP_ACCEPTING)
            failed = step->event.error == EMFILE || step->event.error == ENFILE ||
                     step->event.error == ENOBUFS || step->event.error == ENOMEM;
        if (!failed || step->event.error == EINTR || trace_group(&step->event) != GROUP_SLEEPING ||
            trace_is_pending(&step->event) || step->event.ended - step->event.begun >= SHORT_NS)
            continue;
        pause = step;
        times++;
    }
    if (pause == NULL || times < OFTEN)
        return false;
    if (evidence_failed(pause)) {
        evidence_failure(evidence->text, pause);
        text_add(evidence->text, ", so there was no pause. tv_nsec is less than 1,000,000,000: a "
                                 "whole second goes into tv_sec.");
        return true;
    }
    text_add(evidence->text, "%s", trace_name(&pause->event));
    evidence_place(evidence->text, pause);
    text_add(evidence->text,
             ", was over in less than a thousandth of a second, %zu times: is its "
             "unit right? tv_nsec counts billionths of a second, usleep(3) "
             "millionths, sleep(3) seconds.",
             times);
    return true;
}

/* ---- arguments that cannot be right ---- */

/* Adds what is wrong with the number of bytes that STEP was given, if anything is. */
static bool add_nonsense(struct text *text, const struct step *step)
{
    const struct probe_event *event = &step->event;
    const char *name = trace_name(event);
    bool receiving = trace_group(event) == GROUP_RECEIVING;
    if (event->asked < 0 && !receiving)
        text_add(text,
                 "%s was given %llu bytes: that is %lld, the result of a call that has "
                 "failed, taken for a length",
                 name, (unsigned long long)event->asked, (long long)event->asked);
    else if (event->asked == -1)
        text_add(text,
                 "%s was asked for %llu bytes, the largest number there is: that is what "
                 "strlen() of an empty buffer minus one becomes. Pass the size of the "
                 "buffer",
                 name, (unsigned long long)event->asked);
    else if (event->asked < 0)
        text_add(text,
                 "%s was asked for %llu bytes: that is %lld, a negative number taken for a "
                 "size. Pass the size of the buffer",
                 name, (unsigned long long)event->asked, (long long)event->asked);
    else if (receiving && event->asked == 0 && trace_is_pending(event))
        text_add(text,
                 "%s was asked for 0 bytes: it waits, and can bring nothing. Pass the size of "
                 "the buffer, and when nothing is missing, do not call it",
                 name);
    else if (receiving && event->asked == 0 && event->result == 0)
        text_add(text,
                 "%s was asked for 0 bytes, so it returned 0: that is not the end of the "
                 "stream. Pass the size of the buffer",
                 name);
    else
        return false;
    return true;
}

static bool asks_for_nonsense(const struct live *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if ((!evidence_on_socket(step, GROUP_RECEIVING) &&
             !evidence_on_socket(step, GROUP_SENDING)) ||
            !add_nonsense(evidence->text, step))
            continue;
        if (step->line.number > 0) {
            text_add(evidence->text, " (");
            trace_place(evidence->text, &step->line);
            text_add(evidence->text, ")");
        }
        text_add(evidence->text, ".");
        return true;
    }
    return false;
}

/* The process that step AT was done in was started by a fork before AT: it has what PARENT had. */
static size_t began_with(const struct live *evidence, size_t at, int32_t *parent)
{
    for (size_t i = at; i-- > 0;) {
        const struct probe_event *event = &evidence->steps[i].event;
        if (event->call == CALL_FORK && event->result == evidence->steps[at].event.pid) {
            *parent = event->pid;
            return i;
        }
    }
    return 0;
}

/* Where the descriptor of step AT was closed before it, in its process or before that began. */
static const struct step *closed_before(const struct live *evidence, size_t at)
{
    const struct probe_event *event = &evidence->steps[at].event;
    int32_t parent = event->pid;
    size_t began = began_with(evidence, at, &parent);
    for (size_t i = at; i-- > 0;) {
        const struct probe_event *earlier = &evidence->steps[i].event;
        if (earlier->call == CALL_CLOSE && earlier->fd == event->fd && earlier->result == 0 &&
            (earlier->pid == event->pid || (i < began && earlier->pid == parent)))
            return &evidence->steps[i];
    }
    return NULL;
}

/* recv on a keyboard fails; a program that goes on with read on it knew that it might. */
static bool was_tried_otherwise(const struct live *evidence, size_t i)
{
    return i + 1 < evidence->count &&
           evidence->steps[i + 1].event.fd == evidence->steps[i].event.fd &&
           evidence->steps[i + 1].event.error != ENOTSOCK;
}

/* close and shutdown too often do no harm by themselves. */
static bool is_harmless(const struct live *evidence, size_t i)
{
    const struct probe_event *event = &evidence->steps[i].event;
    enum probe_group group = trace_group(event);
    if (group == GROUP_CLOSING || event->call == CALL_SHUTDOWN || event->call == CALL_DUP ||
        event->call == CALL_DUP2)
        return true;
    if (event->error == ENOTSOCK)
        return was_tried_otherwise(evidence, i);
    return event->error == ENOTCONN && group != GROUP_RECEIVING && group != GROUP_SENDING;
}

/* Far above those that the programs under test may have. */
enum { NO_DESCRIPTOR = 1 << 20 };

static void add_why(const struct live *evidence, size_t i)
{
    const struct probe_event *event = &evidence->steps[i].event;
    const struct step *closed = closed_before(evidence, i);
    if (event->error == EBADF && event->fd == -1) {
        text_add(evidence->text, ": -1 is no descriptor. It is what the call returned that should "
                                 "have made one, and failed");
    } else if (event->error == EBADF && closed != NULL) {
        text_add(evidence->text, ": it had been closed before");
        evidence_place(evidence->text, closed);
    } else if (event->error == EBADF && (event->fd < 0 || event->fd > NO_DESCRIPTOR)) {
        text_add(evidence->text, ": no call has returned such a number. What it was taken from is "
                                 "not what it should be, or was never set");
    } else if (event->error == EBADF && event->fd <= 2) {
        text_add(evidence->text, ": that is the keyboard or the console, and it has been closed in "
                                 "this process");
    } else if (event->error == ENOTCONN) {
        text_add(evidence->text, ": that is the listening socket. accept returns another "
                                 "descriptor, and that one carries the conversation");
    } else if (event->error == ENOTSOCK && event->fd <= 2) {
        text_add(evidence->text, ": that is the terminal, not the connection. It looks as if "
                                 "the result of socket, accept or connect was compared before it "
                                 "was stored");
    }
    text_add(evidence->text, ".");
}

/* A call on a descriptor that is closed, no socket, or the listener. */
static bool uses_a_wrong_descriptor(const struct live *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        int error = step->event.error;
        if (step->event.faulted || (error != EBADF && error != ENOTSOCK && error != ENOTCONN) ||
            is_harmless(evidence, i))
            continue;
        text_add(evidence->text, "%s failed on descriptor %d (%s)", trace_name(&step->event),
                 step->event.fd, strerror(error));
        evidence_place(evidence->text, step);
        add_why(evidence, i);
        return true;
    }
    return false;
}

/* ---- what ends too early ---- */

/* The last call on a connection that has moved nothing for want of bytes or of room; or NULL. */
static const struct step *last_impatient(const struct live *evidence)
{
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        if (evidence_on_socket(step, GROUP_SENDING) || evidence_on_socket(step, GROUP_RECEIVING))
            return step->event.error == EAGAIN && !step->event.faulted ? step : NULL;
    }
    return NULL;
}

/* recv or send was told not to wait, and what it said was taken for an end. */
static bool does_not_wait(const struct live *evidence)
{
    const struct step *step = last_impatient(evidence);
    if (step == NULL)
        return false;
    const struct step *next = evidence_next(evidence, step);
    if (!evidence->program->ended &&
        (next == NULL || next->event.call != CALL_CLOSE || next->event.fd != step->event.fd))
        return false;
    evidence_failure(evidence->text, step);
    text_add(evidence->text,
             ": %s, and %s. That is no end, and no fault of the "
             "connection.",
             trace_group(&step->event) == GROUP_SENDING ? "there is no room now"
                                                        : "nothing has come yet",
             atomic_load(&evidence->program->trace->timed) != 0
                 ? "a time-out that was set has passed"
                 : "it was told not to wait (MSG_DONTWAIT, O_NONBLOCK)");
    return true;
}

/* STEP is the first of its kind on its descriptor. */
static bool is_first_of_its_kind(const struct live *evidence, const struct step *step)
{
    for (const struct step *before = step; before-- > evidence->steps;)
        if (before->event.call == step->event.call && before->event.fd == step->event.fd)
            return false;
    return true;
}

/* A call that the connection is not to blame for: it was asked for what cannot be. */
static bool asks_for_the_impossible(const struct live *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        int error = step->event.error;
        if (step->event.faulted || !is_first_of_its_kind(evidence, step) ||
            (error != EINVAL && error != EFAULT && error != EOPNOTSUPP) ||
            (!evidence_on_socket(step, GROUP_RECEIVING) &&
             !evidence_on_socket(step, GROUP_SENDING)))
            continue;
        evidence_failure(evidence->text, step);
        text_add(evidence->text, ": that is about its arguments, not about the connection. They "
                                 "are the descriptor, the buffer, its size, and the flags, which "
                                 "are 0 or names such as MSG_NOSIGNAL.");
        return true;
    }
    return false;
}

/* The program has ended this direction of a connection itself, and then used it. */
static bool uses_what_it_shut_down(const struct live *evidence)
{
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *shut = &evidence->steps[i];
        const struct step *step = shut;
        bool reads = shut->event.asked != SHUT_WR;
        bool writes = shut->event.asked != SHUT_RD;
        if (shut->event.call != CALL_SHUTDOWN || shut->event.error != 0)
            continue;
        while ((step = evidence_next(evidence, step)) != NULL && step->event.call != CALL_CLOSE) {
            bool sends = writes && step->event.error == EPIPE && !step->event.faulted;
            bool ends = reads && trace_group(&step->event) == GROUP_RECEIVING &&
                        !trace_is_pending(&step->event) && step->event.result == 0;
            if (step->event.fd != shut->event.fd || (!sends && !ends))
                continue;
            text_add(evidence->text, "%s returned %lld", trace_name(&step->event),
                     (long long)step->event.result);
            evidence_place(evidence->text, step);
            text_add(evidence->text,
                     ", because the %s itself had ended that direction with "
                     "shutdown",
                     evidence->program->role);
            evidence_place(evidence->text, shut);
            text_add(evidence->text,
                     ". SHUT_WR means: I send no more. SHUT_RD: I receive no more.");
            return true;
        }
    }
    return false;
}

/* SO_LINGER with a time of 0 turns every close into a reset. */
static bool resets_on_close(const struct live *evidence)
{
    const struct peer *client = evidence_peer();
    if (client == NULL || !client->reset)
        return false;
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        if (step->event.call != CALL_SETSOCKOPT || step->event.asked != SO_LINGER ||
            step->event.result != 0 || step->event.address == 0)
            continue;
        text_add(evidence->text, "SO_LINGER was set");
        evidence_place(evidence->text, step);
        text_add(evidence->text, ": with l_linger 0, close(2) resets the connection, and what was "
                                 "on its way is lost.");
        return true;
    }
    return false;
}

/* The given main closes the listener as soon as serve() has returned. */
static bool is_of_main(const struct step *step)
{
    return strcmp(step->line.file, "server.c") == 0;
}

static void add_advice(const struct live *evidence, const struct step *failed)
{
    static const char *const words[GROUP_COUNT] = {
        [GROUP_RECEIVING] = " That concerns one client: its session ends, and the server goes on.",
        [GROUP_SENDING] = " That concerns one client: its session ends, and the server goes on.",
        [GROUP_FORKING] = " Then there is no child: let this client go, and accept the next.",
        [GROUP_THREADING] = " Then there is no thread: let this client go, and accept the next.",
    };
    const char *advice = words[trace_group(&failed->event)];
    switch (trace_group(&failed->event) == GROUP_ACCEPTING ? failed->event.error : 0) {
    case EINTR:
        advice = " A signal had come; the listener is sound: accept again.";
        break;
    case ECONNABORTED:
        advice = " One client has gone; the listener is sound: accept the next.";
        break;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        advice = " That passes: wait a moment, and accept again.";
        break;
    default:
        break;
    }
    text_add(evidence->text, "%s", advice != NULL ? advice : "");
}

/* After these, a server is right to end. */
static bool is_of_the_listener(const struct step *failed)
{
    int error = failed->event.error;
    return trace_group(&failed->event) == GROUP_ACCEPTING &&
           (error == EBADF || error == EINVAL || error == ENOTSOCK || error == EOPNOTSUPP);
}

/* The last call of the first process before it left serve(): in *FAILED the last one that failed,
   if nothing has gone well after it. True when it has left. */
static bool has_left(const struct live *evidence, const struct step **last,
                     const struct step **failed)
{
    bool left = false;
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        enum probe_group group = trace_group(&step->event);
        if (!evidence_is_first(evidence, step) || strcmp(step->line.file, "console.c") == 0 ||
            trace_is_pending(&step->event))
            continue;
        if (is_of_main(step)) {
            left = left || step->event.call == CALL_CLOSE;
            continue;
        }
        *last = step;
        if (group == GROUP_ACCEPTING || group == GROUP_RECEIVING || group == GROUP_SENDING ||
            group == GROUP_FORKING || group == GROUP_THREADING)
            *failed = evidence_failed(step) || step->event.error != 0 ? step : NULL;
    }
    return left;
}

/* The call that the first process was in when it ended: a handler of a signal has ended it. */
static const struct step *ended_within(const struct live *evidence)
{
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        if (evidence_is_first(evidence, step) && strcmp(step->line.file, "console.c") != 0)
            return trace_is_pending(&step->event) && evidence->program->ended ? step : NULL;
    }
    return NULL;
}

/* A server never ends by itself, unless it cannot listen. */
static bool has_ended(const struct live *evidence)
{
    const struct program *program = evidence->program;
    const struct step *last = NULL;
    const struct step *failed = NULL;
    bool left = has_left(evidence, &last, &failed);
    if (strcmp(program->role, "server") != 0 || program->terminated || last == NULL ||
        evidence_last_of(evidence, GROUP_ACCEPTING) == NULL || !(program->ended || left) ||
        (failed != NULL && is_of_the_listener(failed)))
        return false;
    text_add(evidence->text,
             left ? "serve() has returned, and so the server has ended" : "The server has ended");
    const struct step *within = ended_within(evidence);
    if (!left && within != NULL && trace_group(&within->event) == GROUP_SENDING) {
        text_add(evidence->text, " in the middle of %s", trace_name(&within->event));
        evidence_place(evidence->text, within);
        text_add(evidence->text, ". The client had gone, and that raises SIGPIPE: it looks as if a "
                                 "handler for it ended the program.");
        return true;
    }
    if (failed != NULL) {
        text_add(evidence->text, ", because ");
        evidence_failure(evidence->text, failed);
        text_add(evidence->text, ".");
        add_advice(evidence, failed);
        return true;
    }
    text_add(evidence->text, ". The last call before that was %s", trace_name(&last->event));
    evidence_place(evidence->text, last);
    if (trace_group(&last->event) == GROUP_RECEIVING)
        text_add(evidence->text, ", which returned %lld", (long long)last->event.result);
    if (trace_group(&last->event) == GROUP_REAPING)
        text_add(evidence->text, ". However a child has ended, the server goes on.");
    else
        text_add(evidence->text, left ? ". After each client serve goes back to accept, whatever "
                                        "became of it."
                                      : ". A session returns when its client has left; it never "
                                        "calls exit().");
    return true;
}

/* EINTR was taken for the end of the connection. */
static bool gives_up_when_interrupted(const struct live *evidence)
{
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        const struct step *next = evidence_next(evidence, step);
        if (step->event.error != EINTR || next == NULL || next->event.call != CALL_CLOSE ||
            next->event.fd != step->event.fd ||
            (!evidence_on_socket(step, GROUP_RECEIVING) &&
             !evidence_on_socket(step, GROUP_SENDING)))
            continue;
        evidence_failure(evidence->text, step);
        text_add(evidence->text, ", and the connection was closed");
        evidence_place(evidence->text, next);
        text_add(evidence->text,
                 ". A signal had come, and nothing else has happened: make the call "
                 "again.");
        return true;
    }
    return false;
}

/* In conversations of lines, and for a client that has its echo, that may be right. */
static bool closes_with_bytes_unread(const struct live *evidence)
{
    const struct peer *client = evidence_peer();
    if (dialogue.in_lines || strcmp(evidence->program->role, "server") != 0)
        return false;
    /* Where another process still has the connection, nothing happens to it. */
    if (evidence_has_forked(evidence) && (client == NULL || !client->reset))
        return false;
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        if (step->event.call != CALL_CLOSE || step->event.unread == 0 ||
            trace_has_forked(evidence->steps, evidence->count, step->event.pid))
            continue;
        text_add(evidence->text, "The connection was closed too early");
        evidence_place(evidence->text, step);
        text_add(evidence->text,
                 ": %d %s arrived that nobody had read. TCP tells the other side so with a "
                 "reset.",
                 step->event.unread,
                 text_plural((size_t)step->event.unread, "byte had", "bytes had"));
        return true;
    }
    return false;
}

/* The last step on the same descriptor and in the same process before CLOSING: the accept that made
   it, or a receive, or a send that failed. NULL if there is none. */
static const struct step *before_closing(const struct live *evidence, const struct step *closing)
{
    for (const struct step *step = closing; step-- > evidence->steps;) {
        enum probe_group group = trace_group(&step->event);
        if (step->event.pid != closing->event.pid)
            continue;
        if (group == GROUP_ACCEPTING && step->event.result == closing->event.fd)
            return step;
        if (step->event.fd == closing->event.fd &&
            (group == GROUP_RECEIVING || (group == GROUP_SENDING && evidence_failed(step))))
            return step;
    }
    return NULL;
}

/* CLOSING came after BEFORE, the accept or a receive that brought something. */
static void add_mid_session(const struct live *evidence, const struct step *closing,
                            const struct step *before)
{
    text_add(evidence->text, "The connection was closed too early");
    evidence_place(evidence->text, closing);
    text_add(evidence->text, ": its client had not left, and ");
    if (trace_group(&before->event) == GROUP_ACCEPTING) {
        text_add(evidence->text, "nothing was received on it");
    } else {
        text_add(evidence->text, "%s had returned %lld", trace_name(&before->event),
                 (long long)before->event.result);
        evidence_place(evidence->text, before);
    }
    text_add(evidence->text, ". A session goes on until recv returns 0.");
    if (closing->event.unread > 0)
        text_add(evidence->text,
                 " (%d %s arrived that nobody had read: TCP tells the other side so with a reset.)",
                 closing->event.unread,
                 text_plural((size_t)closing->event.unread, "byte had", "bytes had"));
}

/* The session of a client that had not left was ended; nothing has failed. */
static bool closes_in_mid_session(const struct live *evidence)
{
    const struct peer *client = evidence_peer();
    if (dialogue.in_lines || strcmp(evidence->program->role, "server") != 0 || client == NULL ||
        !(client->finished || client->reset) || evidence_has_forked(evidence))
        return false;
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        if (step->event.call != CALL_CLOSE || !step->event.is_socket || is_of_main(step))
            continue;
        const struct step *before = before_closing(evidence, step);
        if (before == NULL || before->event.result <= 0)
            return false;
        add_mid_session(evidence, step, before);
        return true;
    }
    return false;
}

/* ---- what is never closed ---- */

/* STEP was the end of its client: is its descriptor closed, or used again, afterwards? */
static bool is_closed_after(const struct live *evidence, const struct step *step)
{
    for (const struct step *next = step; ++next < evidence->steps + evidence->count;)
        if ((next->event.call == CALL_CLOSE && next->event.fd == step->event.fd) ||
            (trace_group(&next->event) == GROUP_ACCEPTING && next->event.result == step->event.fd))
            return true;
    return false;
}

static bool leaves_open(const struct live *evidence)
{
    const struct program *program = evidence->program;
    if (program->ended || strcmp(program->role, "server") != 0 || evidence_has_forked(evidence))
        return false;
    if (dialogue.in_lines && waits_at_keyboard(program)) /* the last line is being answered */
        return false;
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (!evidence_on_socket(step, GROUP_RECEIVING) || trace_is_pending(&step->event) ||
            step->event.asked == 0 || step->event.result != 0 || is_closed_after(evidence, step) ||
            evidence_is_held(evidence, step->event.tid) ||
            !procfs_descriptor_is_socket(program->pid, step->event.fd))
            continue;
        text_add(evidence->text, "Descriptor %d is still open, although %s has returned 0 on it",
                 step->event.fd, trace_name(&step->event));
        evidence_place(evidence->text, step);
        text_add(evidence->text, ": no close(2) has followed.");
        return true;
    }
    return false;
}

static bool closes_twice(const struct live *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        const struct step *closed = step->event.call == CALL_CLOSE && step->event.error == EBADF
                                        ? closed_before(evidence, i)
                                        : NULL;
        if (closed == NULL || is_of_main(step))
            continue;
        text_add(evidence->text, "Descriptor %d was closed twice", step->event.fd);
        evidence_place(evidence->text, closed);
        text_add(evidence->text, ", and then again");
        evidence_place(evidence->text, step);
        text_add(evidence->text, ". If somebody else has got the number in between, it is theirs "
                                 "that is closed.");
        return true;
    }
    return false;
}

/* ---- the number on the console ---- */

/* What else than a client's port NUMBER is. Empty: not known. */
static const char *what_number(const struct live *evidence, long number)
{
    for (size_t i = 0; i < evidence->count; i++) {
        const struct probe_event *event = &evidence->steps[i].event;
        if (event->pid == number || (event->call == CALL_FORK && event->result == number))
            return "the number of a process";
        if (event->call == CALL_LISTEN && event->port == number && number != 0)
            return "the server's own port. getsockname(2) tells of this end of the connection, "
                   "accept(2) and getpeername(2) of the client's";
        if (trace_group(event) != GROUP_ACCEPTING || event->result < 0)
            continue;
        if (number == 0 && event->asked == -1)
            return "no port. accept was given no address to fill in (NULL)";
        if (number == 0)
            return "no port. accept fills in the address only if its length says that there is "
                   "room: set it to the size of the address before each call";
        if (event->result == number)
            return "the descriptor, which accept returns";
        if (ntohs((uint16_t)event->port) == number)
            return "its port with the two bytes the other way round: ntohs() is missing";
    }
    return "";
}

static bool is_port_of_client(const struct live *evidence, long number)
{
    for (size_t i = 0; i < evidence->count; i++)
        if (trace_group(&evidence->steps[i].event) == GROUP_ACCEPTING &&
            evidence->steps[i].event.port == number)
            return true;
    return false;
}

/* WORDS, behind the number, show that a client is meant: `connected`, or what it has just said. */
static bool is_about_client(const char *words)
{
    size_t length = stage.data == NULL ? 0 : stage.data_length;
    return strncmp(words, "] connected", 11) == 0 ||
           (length > 1 && stage.data[length - 1] == '\n' && strncmp(words, "] ", 2) == 0 &&
            strncmp(words + 2, stage.data, length) == 0);
}

/* `[40276] connected`: is 40276 the port of a client? */
static bool shows_another_number(const struct live *evidence)
{
    const char *line = evidence->program->said.start;
    for (; line != NULL; line = strchr(line, '\n'), line += line != NULL) {
        char *end;
        long number = line[0] == '[' ? strtol(line + 1, &end, 10) : -1;
        if (number < 0 || !is_about_client(end) ||
            (number > 0 && is_port_of_client(evidence, number)))
            continue;
        const char *what = what_number(evidence, number);
        if (what[0] == '\0')
            return false;
        text_add(evidence->text, "The number in \"");
        text_harmless(evidence->text, line, strcspn(line, "\n"), 60, false);
        text_add(evidence->text, "\" should be the client's port; it is %s.", what);
        return true;
    }
    return false;
}

/* ---- waiting for ever ---- */

/* A server's child has its own reasons to wait, and a first process that accepts is as it should
   be. */
static bool is_worth_telling(const struct live *evidence, const struct step *step)
{
    return !evidence_has_forked(evidence) ||
           (evidence_is_first(evidence, step) && trace_group(&step->event) != GROUP_ACCEPTING);
}

/* Each thread of a server waits for its client or for the operator, and the first one for the next
   client: as they should. */
static bool is_usual_for_a_thread(const struct live *evidence, const struct step *step)
{
    enum probe_group group = trace_group(&step->event);
    return strcmp(evidence->program->role, "server") == 0 && evidence_has_threads(evidence) &&
           (group == GROUP_RECEIVING || group == GROUP_ACCEPTING);
}

static void add_where_it_waits(const struct live *evidence)
{
    if (evidence->program->ended)
        return;
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        if (!trace_is_pending(&step->event) || trace_group(&step->event) == GROUP_STARTING ||
            !procfs_has_thread(step->event.pid, step->event.tid) ||
            !is_worth_telling(evidence, step) || is_usual_for_a_thread(evidence, step) ||
            (stage.last == LATE && trace_group(&step->event) != GROUP_SLEEPING))
            continue;
        text_add(evidence->text, "%sThe %s%s is blocked in %s",
                 evidence->text->length > 0 ? " " : "", evidence->program->role,
                 evidence_has_forked(evidence) ? "'s first process" : "", trace_name(&step->event));
        if (step->event.fd != -1)
            text_add(evidence->text, " on descriptor %d", step->event.fd);
        evidence_place(evidence->text, step);
        text_add(evidence->text, ".");
        return;
    }
}

/* It reads the connection with stdio, waits for more, and has sent nothing: what it has written is
   in the buffer of a FILE, or it wants more than there is. */
static bool waits_within_stdio(const struct live *evidence)
{
    const struct peer *client = evidence_peer();
    const struct step *reading = NULL;
    if (stage.last != STALLED || strcmp(evidence->program->role, "server") != 0 || client == NULL ||
        client->sent == 0 || evidence_has_forked(evidence) || evidence_has_threads(evidence))
        return false;
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (evidence_on_socket(step, GROUP_SENDING))
            return false;
        if (evidence_on_socket(step, GROUP_RECEIVING))
            reading = step;
    }
    if (reading == NULL || !reading->event.in_stdio || !trace_is_pending(&reading->event))
        return false;
    text_add(evidence->text, "The server reads the connection with stdio");
    evidence_place(evidence->text, reading);
    text_add(evidence->text, ", and has sent nothing: what was written to a FILE stays in its "
                             "buffer until fflush(3), and fread and fgets wait for more than has "
                             "come.");
    return true;
}

/* What valgrind had to say before the conversation went wrong. */
static bool valgrind_has_seen_it(const struct live *evidence)
{
    struct memcheck memcheck;
    if (!evidence->program->under_valgrind)
        return false;
    memcheck_read(&evidence->program->valgrind, valgrind_own_file, &memcheck);
    if (strstr(memcheck.first_error, ", at ") == NULL)
        return false;
    text_add(evidence->text, "Before that, valgrind had found an error in the use of memory: ");
    text_harmless(evidence->text, memcheck.first_error, strlen(memcheck.first_error),
                  sizeof memcheck.first_error, false);
    text_add(evidence->text, ".");
    return true;
}

/* ---- who is asked first ---- */

/* A place in the order: a table of causes, for tests of SCOPE, or a rule. */
struct rank {
    const struct cause *causes;
    unsigned scope;
    bool says_all; /* where the program waits is no news besides */
    evidence_rule *rule;
};

/* From the surest to the vaguest; the first that applies is told. */
static const struct rank ranks[] = {
    {.rule = is_still_the_starter, .scope = 0},
    {.causes = causes_of_connecting, .scope = STREAMS},
    {.causes = causes_of_binding, .scope = STREAMS},
    {.causes = causes_of_processes_at_all, .scope = STREAMS, .says_all = true},
    {.causes = causes_of_processes, .scope = STREAMS, .says_all = true},
    {.causes = causes_of_threads, .scope = STREAMS, .says_all = true},
    {.rule = asks_for_nonsense, .scope = STREAMS},
    {.rule = uses_a_wrong_descriptor, .scope = STREAMS},
    {.rule = pauses_in_vain, .scope = STREAMS},
    {.rule = valgrind_has_seen_it, .scope = STREAMS},
    {.rule = burns_the_processor},
    {.rule = was_killed},
    {.causes = causes_of_listening, .scope = STREAMS},
    {.rule = does_not_wait, .scope = STREAMS},
    {.rule = asks_for_the_impossible, .scope = STREAMS},
    {.rule = has_ended, .scope = STREAMS},
    {.rule = uses_what_it_shut_down, .scope = STREAMS},
    {.rule = resets_on_close, .scope = STREAMS},
    {.causes = causes_of_small_queue, .scope = STREAMS},
    {.rule = gives_up_when_interrupted, .scope = STREAMS},
    {.rule = waits_within_stdio, .scope = STREAMS},
    {.causes = causes_of_cut_sends, .scope = STREAMS},
    {.causes = causes_of_address, .scope = STREAMS},
    {.causes = causes_of_lines_sent, .scope = STREAMS},
    {.causes = causes_of_console, .scope = STREAMS},
    {.causes = causes_of_leaving, .scope = STREAMS},
    {.causes = causes_of_lines_shown, .scope = STREAMS},
    {.causes = causes_of_lines_unread, .scope = STREAMS},
    {.causes = causes_of_line_kept, .scope = STREAMS},
    {.causes = causes_of_pieces, .scope = STREAMS},
    {.causes = causes_of_turns, .scope = STREAMS},
    {.causes = causes_of_prompt_kept, .scope = STREAMS},
    {.rule = shows_another_number, .scope = STREAMS},
    {.causes = causes_of_asking, .scope = STREAMS},
    {.causes = causes_of_echoing, .scope = STREAMS},
    {.rule = closes_in_mid_session, .scope = STREAMS},
    {.rule = closes_with_bytes_unread, .scope = STREAMS},
    {.rule = leaves_open, .scope = STREAMS},
    {.rule = closes_twice, .scope = STREAMS},
    {.causes = causes_of_forgotten_threads, .scope = STREAMS},
    {.causes = causes_of_datagram_sockets, .scope = DATAGRAMS},
    {.causes = causes_of_answers, .scope = DATAGRAMS},
    {.causes = causes_of_tries, .scope = DATAGRAMS},
    {.rule = uses_a_wrong_descriptor, .scope = DATAGRAMS},
};
enum { RANKS = sizeof ranks / sizeof ranks[0] };

static bool tried_to_fork(const struct evidence *e)
{
    return has_forked(e) ||
           FIRST(e, NULL, .group = GROUP_FORKING, .how = IN_FIRST | FAILED_WITH_ERRNO) != NULL;
}

static unsigned scope_of(const struct evidence *e)
{
    unsigned scope = e->datagrams ? DATAGRAMS : STREAMS;
    scope |= e->dialogue.in_lines ? LINES : BYTES;
    scope |= has_threads(e) ? THREADS : NO_THREADS;
    scope |= (has_forked(e) ? 0U : NO_FORKS) | (tried_to_fork(e) ? FORKS : 0U);
    return scope | (is_server(e) ? SERVER : 0U) | (is_client(e) ? CLIENT : 0U);
}

static unsigned expectation_of(const struct evidence *e)
{
    if (e->dialogue.awaits)
        return EXPECT_CONSOLE;
    if (e->dialogue.wanted.length > 0)
        return EXPECT_LINE;
    if (e->has_back)
        return EXPECT_BYTES;
    if (e->waiting != -1 && e->peers[e->waiting].connecting)
        return EXPECT_CONNECT;
    return EXPECT_OTHER;
}

/* The first of CAUSES that explains it; its sentence is added to TEXT. */
static const struct cause *ask(const struct cause *causes, const struct evidence *e,
                               struct text *text)
{
    unsigned scope = scope_of(e);
    unsigned expectation = expectation_of(e);
    for (const struct cause *cause = causes; cause != NULL && cause->id != NULL; cause++) {
        struct finding finding = {.n = 0};
        bool fits = (cause->scope & scope) == cause->scope &&
                    (cause->of == 0 || (cause->of & expectation) != 0) &&
                    cause->explains(e, &finding);
        if (fits)
            sentence_add(text, cause->sentence, e, &finding);
        text_free(&finding.quote);
        if (fits)
            return cause;
    }
    return NULL;
}

/* Where it waits helps besides: it tells what the program thinks comes next. Not where there are
   many processes or threads, or no connection, and it is known what matters. */
static bool is_where_it_waits_news(const struct live *evidence)
{
    return (stage.last == STALLED || stage.last == LATE) &&
           (evidence->text->length == 0 || !stage.datagrams);
}

static const struct cause unnamed = {.id = "unnamed"};

const struct cause *cause_find(const struct evidence *e, struct text *text)
{
    const struct cause *cause = NULL;
    size_t i = 0;
    if (e->program_count == 0 || e->explained)
        return NULL;
    struct live live = {.program = stage.programs[stage.program_count - 1],
                        .steps = e->steps,
                        .count = e->count,
                        .text = text};
    unsigned scope = scope_of(e);
    for (i = 0; i < RANKS && cause == NULL; i++) {
        if ((ranks[i].scope & scope) != ranks[i].scope)
            continue;
        if (ranks[i].rule != NULL)
            cause = ranks[i].rule(&live) ? &unnamed : NULL;
        else
            cause = ask(ranks[i].causes, e, text);
    }
    bool says_all = cause != NULL && ranks[i - 1].says_all;
    if (is_where_it_waits_news(&live) && !says_all)
        add_where_it_waits(&live);
    return cause;
}
