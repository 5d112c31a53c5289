#include "class/run.h"

#include "class/engine.h"
#include "grade/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MOST_SECONDS = 900, /* of one job: grade ends earlier by itself */
    NAME_COLUMNS = 28,
};

struct run {
    struct job **order;
    size_t count; /* to play */
    size_t next;  /* the first in ORDER that is not begun */
    size_t running;
    size_t ended;
    double begun;
    bool silent;
    const struct session *session;
};

/* ---- progress ---- */

static void say_left(const struct run *run)
{
    if (!isatty(STDOUT_FILENO) || run->count == 0)
        return;
    double spent = seconds_now() - run->begun;
    printf("\r\033[K%zu of %zu done", run->ended, run->count);
    if (run->ended > 0 && run->ended < run->count) {
        long left = (long)(spent / (double)run->ended * (double)(run->count - run->ended)) + 1;
        printf(", about %ld:%02ld left", left / 60, left % 60);
    }
    fflush(stdout);
}

static void say_result(const struct run *run, const struct job *job)
{
    struct text name = {0};
    if (run->silent)
        return;
    text_harmless(&name, job->student->name, strlen(job->student->name), 60, false);
    text_add(&name, "%s", "");
    size_t columns = text_columns(name.start);
    if (isatty(STDOUT_FILENO))
        fputs("\r\033[K", stdout);
    printf("%4zu/%zu  %s%*s %-10s ", run->ended, run->count, name.start,
           columns < NAME_COLUMNS ? (int)(NAME_COLUMNS - columns) : 0, "", all_labs[job->lab].name);
    if (job->verdict.scored)
        printf("%3d/%d  %.1f s\n", job->verdict.earned, job->verdict.possible, job->seconds);
    else
        printf("no score: %s/errors.txt\n", job->folder);
    text_free(&name);
    say_left(run);
    fflush(stdout);
}

/* ---- processes ---- */

static bool start(struct run *run, struct job *job)
{
    fflush(NULL);
    job->begun = seconds_now();
    job->pid = fork();
    if (job->pid == 0)
        job_become(job, run->session);
    if (job->pid == -1) {
        perror("class: fork");
        job->pid = 0;
        return false;
    }
    run->running++;
    return true;
}

/* Takes in the jobs that have ended. */
static void reap(struct run *run, bool interrupted)
{
    for (size_t i = 0; i < run->next; i++) {
        struct job *job = run->order[i];
        if (job->pid == 0)
            continue;
        if (seconds_now() - job->begun > MOST_SECONDS)
            kill(job->pid, SIGKILL);
        if (waitpid(job->pid, &job->status, WNOHANG) != job->pid)
            continue;
        job->pid = 0;
        job->seconds = seconds_now() - job->begun;
        run->running--;
        if (interrupted)
            continue;
        run->ended++;
        job_finish(job);
        say_result(run, job);
    }
}

static void tell_all(const struct run *run, int number)
{
    for (size_t i = 0; i < run->next; i++)
        if (run->order[i]->pid != 0)
            kill(run->order[i]->pid, number);
}

/* Plays the jobs in order, at most JOBS at a time. False when a signal asked us to end. */
static bool play(struct run *run, size_t jobs)
{
    bool interrupted = false;
    while (run->running > 0 || (run->next < run->count && !interrupted)) {
        while (!interrupted && run->running < jobs && run->next < run->count)
            if (!start(run, run->order[run->next++]) && run->running == 0)
                return true;
        struct pollfd fd = {.fd = interrupt_open(), .events = POLLIN};
        poll(&fd, 1, 10000);
        if (interrupt_seen() != 0 && !interrupted) {
            interrupted = true;
            tell_all(run, SIGTERM);
        }
        reap(run, interrupted);
    }
    return !interrupted;
}

/* ---- the order ---- */

static uint64_t next_number(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return *seed >> 33;
}

static void shuffle(struct job **order, size_t count, uint64_t seed)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = next_number(&seed) % i;
        struct job *job = order[i - 1];
        order[i - 1] = order[other];
        order[other] = job;
    }
}

/* ---- all of them ---- */

static void take_in(struct job *job, void *argument)
{
    struct run *run = argument;
    run->ended++;
    job->seconds = job->verdict.seconds;
    say_result(run, job);
}

/* Where the options say; ALONE: with nothing beside it. */
static bool play_where_asked(struct run *run, bool alone)
{
    const struct class_options *options = run->session->options;
    if (options->engine == NULL)
        return play(run, alone ? 1 : (size_t)options->jobs);
    for (size_t i = 0; i < run->count; i++)
        job_forget(run->order[i]);
    return engine_play(run->order, run->count,
                       alone                 ? 1
                       : options->jobs_named ? (size_t)options->jobs
                                             : 0,
                       run->session, take_in, run);
}

bool run_one(struct job *job, const struct session *session)
{
    struct run run = {.order = &job, .count = 1, .silent = true, .session = session};
    return play(&run, 1);
}

bool run_jobs(struct job *jobs, size_t count, const struct session *session)
{
    struct run run = {.session = session, .begun = seconds_now()};
    struct run again = {.session = session};
    run.order = calloc(count + 1, sizeof(struct job *));
    again.order = calloc(count + 1, sizeof(struct job *));
    if (run.order == NULL || again.order == NULL || interrupt_open() == -1)
        abort();
    for (size_t i = 0; i < count; i++)
        if (!jobs[i].kept)
            run.order[run.count++] = &jobs[i];
    shuffle(run.order, run.count, session->options->seed);
    say_left(&run);
    bool good = play_where_asked(&run, false);
    for (size_t i = 0; good && i < run.count; i++)
        if (job_is_doubtful(run.order[i]))
            again.order[again.count++] = run.order[i];
    again.begun = seconds_now();
    if (again.count > 0)
        printf("%s%zu to play once more, alone: %s nearly too long, or had no score\n",
               isatty(STDOUT_FILENO) ? "\r\033[K" : "", again.count,
               text_plural(again.count, "it took", "they took"));
    say_left(&again);
    good = good && play_where_asked(&again, true);
    if (isatty(STDOUT_FILENO))
        fputs("\r\033[K", stdout);
    free(run.order);
    free(again.order);
    return good;
}
