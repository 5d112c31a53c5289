#include "grader/run/run.h"

#include "grader/base/machine.h"
#include "grader/base/settings.h"
#include "grader/expect/trust.h"
#include "grader/explain/explain.h"
#include "grader/observe/budget.h"
#include "grader/observe/procfs.h"
#include "grader/play/descendants.h"
#include "grader/play/sandbox.h"
#include "grader/play/stage.h"
#include "grader/play/verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST_JOBS = BUDGET_PLACES };

struct result *run_results(size_t count)
{
    void *place = mmap(NULL, count * sizeof(struct result), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return place == MAP_FAILED ? NULL : place;
}

/* ---- in the scenario's process ---- */

static void play(void **state)
{
    enum { TASKS = 32, DESCRIPTORS = 128 }; /* more than a test needs that has a few clients */
    (void)state;
    stage_needs(TASKS, DESCRIPTORS);
    stage.scenario->run();
    trust_faults();
    if (settings.traced)
        explain_conversation(stage.result);
    stage.result->status = PASSED;
}

static int clear_stage(void **state)
{
    (void)state;
    int others = stage_close();
    if (others == -1) {
        snprintf(stage.result->story, sizeof stage.result->story,
                 _("When this test was over, the program's processes could not be ended: it starts "
                   "new ones faster than they are killed, or does something else against it."));
        stage.result->status = FAILED;
    }
    return 0;
}

static _Noreturn void play_in_this_process(const struct scenario *scenario, struct result *result,
                                           const char *scratch, int output)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0); /* the programs under test must not trace this process */
    signal(SIGPIPE, SIG_IGN);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    sandbox_own_files(scratch);
    if (chdir(scratch) == -1)
        _exit(2);
    verdict_explain_by(explain_failure);
    stage_open(scenario, result);
    const struct CMUnitTest test = {
        .name = scenario->id, .test_func = play, .teardown_func = clear_stage};
    int failed = _cmocka_run_group_tests(scenario->id, &test, 1, NULL, NULL);
    /* A failure that told no story is not the student's: an assertion of the autograder itself. */
    if (failed != 0 && result->status != FAILED)
        result->status = GRADER_FAULT;
    fflush(NULL);
    _exit(0);
}

/* ---- in the grader's process ---- */

struct job {
    pid_t pid;  /* 0: none */
    int output; /* what the process printed: cmocka's words, of interest only after a fault */
    size_t index;
    uint64_t begun;
    double paused; /* budget_paused() then */
    bool overdue;  /* ended by us, for want of an end of its own */
    char scratch[4200];
};

/* Everything about one call of run_scenarios(). */
struct run {
    const struct lab *lab;
    struct result *results;
    struct job jobs[MOST_JOBS];
    int job_count;
    size_t *order; /* indexes of the scenarios to play, in the order to start them */
    size_t planned;
    size_t next;
    bool over;  /* one has failed, and that is all that was asked (settings.until_failure) */
    bool *done; /* by index: there is a result */
    size_t told;
    size_t left_out; /* so many are not played */
    void (*finished)(size_t, void *);
    void *argument;
};

static void (*watcher)(size_t, size_t, void *);

void run_watch(void (*progress)(size_t done, size_t planned, void *argument))
{
    watcher = progress;
}

static void fault(struct result *result, const char *what, const char *why)
{
    result->status = GRADER_FAULT;
    snprintf(result->story, sizeof result->story, "%s: %s", _(what), _(why));
}

static bool start_job(struct job *job, const struct lab *lab, size_t index, size_t place,
                      struct result *result)
{
    const char *folder = settings.scratch != NULL ? settings.scratch : settings.programs;
    *job = (struct job){.index = index, .begun = stage_now(), .paused = budget_paused(place)};
    *result = (struct result){.plays = result->plays + 1};
    budget_place(place);
    snprintf(job->scratch, sizeof job->scratch, "%s/scratch.XXXXXX", folder);
    job->output = memfd_create("output", MFD_CLOEXEC);
    /* Open to all: the program may run as somebody else. */
    if (job->output == -1 || mkdtemp(job->scratch) == NULL || chmod(job->scratch, 0777) == -1) {
        fault(result, "cannot make a place to work", strerror(errno));
        return false;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        play_in_this_process(lab->scenarios[index], result, job->scratch, job->output);
    if (pid == -1) {
        fault(result, "cannot start a process", strerror(errno));
        rmdir(job->scratch);
        close(job->output);
        return false;
    }
    job->pid = pid;
    return true;
}

/* What a scenario's process printed, for the people who must find out what went wrong in it. */
static void add_output(struct result *result, int output)
{
    size_t used = strlen(result->story);
    if (used + 3 >= sizeof result->story)
        return;
    result->story[used++] = '\n';
    ssize_t count = pread(output, result->story + used, sizeof result->story - used - 1, 0);
    result->story[used + (size_t)(count > 0 ? count : 0)] = '\0';
}

/* Signals that a process gets from another, not from a mistake of its own. The autograder sends
   none of these to its tests: it was the program under test, or a person. */
static bool comes_from_outside(int number)
{
    return number == SIGKILL || number == SIGTERM || number == SIGSTOP || number == SIGTSTP ||
           number == SIGINT || number == SIGHUP || number == SIGQUIT || number == SIGUSR1 ||
           number == SIGUSR2 || number == SIGALRM;
}

static void blame(struct result *result, const char *did, int number)
{
    result->status = FAILED;
    snprintf(
        result->story, sizeof result->story,
        _("While this test ran, the test's own process was %s by SIG%s. Programs under test have "
          "no business with other processes than their children."),
        _(did), sigabbrev_np(number));
}

static void blame_for_load(struct result *result)
{
    result->status = FAILED;
    snprintf(
        result->story, sizeof result->story,
        _("This test did not come to its end: the programs under test have kept all processors "
          "busy, and left next to nothing for the test itself."));
}

static void end_job(struct job *job, struct result *result, int status)
{
    /* A fault that the test itself has told needs none of cmocka's words. */
    bool told = result->status == GRADER_FAULT && result->story[0] != '\0';
    if (job->overdue && budget_is_theirs())
        blame_for_load(result);
    else if (job->overdue)
        fault(result, "the test did not end", "its deadlines have failed");
    else if (WIFSTOPPED(status))
        blame(result, "stopped", WSTOPSIG(status));
    else if (WIFSIGNALED(status) && comes_from_outside(WTERMSIG(status)))
        blame(result, "killed", WTERMSIG(status));
    else if (WIFSIGNALED(status))
        fault(result, "the test's process was killed", strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0 || result->status == NOT_RUN)
        fault(result, "the test's process ended early", "no result");
    if (result->status == GRADER_FAULT && !told)
        add_output(result, job->output);
    result->seconds = (double)(stage_now() - job->begun) / 1e9;
    sandbox_clean_up(job->pid, job->scratch);
    close(job->output);
    job->pid = 0;
}

/* The end of a job, or Ctrl-C: whatever comes first. True when it was the end of a job. */
static bool wait_for_signals(int signals)
{
    struct pollfd fd = {.fd = signals, .events = POLLIN};
    struct signalfd_siginfo told;
    poll(&fd, 1, 1000);
    while (read(signals, &told, sizeof told) == sizeof told)
        if (told.ssi_signo != SIGCHLD)
            return false;
    return true;
}

/* How often RESULT may be played in all. */
static int most_plays(const struct result *result)
{
    if (result->status == PASSED)
        return 1;
    int least = result->status == GRADER_FAULT ? 2 : 1;
    return 1 + settings.tries > least ? 1 + settings.tries : least;
}

/* The scenario has been played: is that its result, or will it be played again? */
static void settle(struct run *run, size_t index)
{
    const struct result *result = &run->results[index];
    run->done[index] = result->plays >= most_plays(result);
    run->over |= settings.until_failure && run->done[index] && result->status == FAILED;
}

/* Takes the results of the jobs that have ended, and ends those that had too much time. */
static void look_at_jobs(struct run *run)
{
    for (int i = 0; i < run->job_count; i++) {
        struct job *job = &run->jobs[i];
        int status;
        if (job->pid == 0)
            continue;
        if (waitpid(job->pid, &status, WNOHANG | WUNTRACED) == job->pid) {
            if (WIFSTOPPED(status)) {
                kill(job->pid, SIGKILL);
                waitpid(job->pid, NULL, 0);
            }
            end_job(job, &run->results[job->index], status);
            settle(run, job->index);
        } else if (budget_is_long_over((size_t)i, (double)(stage_now() - job->begun) / 1e9,
                                       job->paused, run->lab->scenarios[job->index]->valgrind)) {
            job->overdue = true;
            kill(job->pid, SIGKILL);
        }
    }
}

/* When SCENARIO is started: those with a higher number before those with a lower one. What is asked
   for first; then what takes long. */
enum { ASKED_FOR = 3 };
static int turn_of(const struct lab *lab, const struct scenario *scenario)
{
    if (settings.first != NULL && lab_names(lab, settings.first, scenario))
        return ASKED_FOR;
    return scenario->valgrind + scenario->slow;
}

/* The next of the numbers that SEED decides (xorshift). */
static uint64_t next_number(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void shuffle(size_t *indexes, size_t count, uint64_t seed)
{
    seed = (seed + 1) * 0x9e3779b97f4a7c15; /* neighbours differ in all bits, and none is 0 */
    for (size_t left = count; left > 1; left--) {
        size_t other = next_number(&seed) % left;
        size_t last = indexes[left - 1];
        indexes[left - 1] = indexes[other];
        indexes[other] = last;
    }
}

size_t run_order(const struct lab *lab, size_t *indexes,
                 bool (*selected)(const struct scenario *, void *), void *argument)
{
    size_t count = 0;
    for (int turn = ASKED_FOR; turn >= 0; turn--)
        for (size_t i = 0; i < lab->count; i++) {
            const struct scenario *scenario = lab->scenarios[i];
            if (turn_of(lab, scenario) == turn && selected(scenario, argument))
                indexes[count++] = i;
        }
    if (settings.shuffled)
        shuffle(indexes, count, settings.seed);
    return count;
}

/* A descriptor that tells of jobs that end, and of Ctrl-C: that ends the run, and takes everything
   along that it has started. */
static int open_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Starts what there is room for; returns how many jobs run. */
static int start_jobs(struct run *run)
{
    int running = 0;
    for (int i = 0; i < run->job_count; i++) {
        while (run->jobs[i].pid == 0 && run->next < run->planned) {
            size_t index = run->order[run->next++];
            if (!start_job(&run->jobs[i], run->lab, index, (size_t)i, &run->results[index]))
                settle(run, index);
        }
        running += run->jobs[i].pid != 0;
    }
    return running;
}

/* Ends JOB, which runs. Returns its result. */
static struct result *end_job_now(struct run *run, struct job *job)
{
    struct result *result = &run->results[job->index];
    int status = 0;
    kill(job->pid, SIGKILL);
    waitpid(job->pid, &status, 0);
    end_job(job, result, status);
    return result;
}

static void end_all_jobs(struct run *run)
{
    for (int i = 0; i < run->job_count; i++)
        if (run->jobs[i].pid != 0)
            end_job_now(run, &run->jobs[i]);
    descendants_end(NULL, 0);
}

/* What still runs is ended, and it and what was not played count as left out. */
static void leave_out_the_rest(struct run *run)
{
    for (int i = 0; i < run->job_count; i++)
        if (run->jobs[i].pid != 0)
            end_job_now(run, &run->jobs[i])->status = NOT_RUN;
    for (size_t i = 0; i < run->lab->count; i++)
        run->done[i] = true;
    run->next = run->planned;
}

/* Tells of the results, in the order of the table, as far as they are there without a gap. */
static void tell_finished(struct run *run)
{
    for (; run->told < run->lab->count && run->done[run->told]; run->told++)
        run->finished(run->told, run->argument);
}

static void tell_progress(const struct run *run)
{
    size_t done = 0;
    for (size_t i = 0; i < run->lab->count; i++)
        done += run->done[i];
    if (watcher != NULL)
        watcher(done - run->left_out, run->lab->count - run->left_out, run->argument);
}

/* Plays what is planned. False when a signal from outside ended it. */
static bool play_planned(struct run *run, int signals)
{
    while (start_jobs(run) > 0) {
        if (!wait_for_signals(signals))
            return false;
        look_at_jobs(run);
        if (run->over)
            leave_out_the_rest(run);
        tell_finished(run);
        tell_progress(run);
    }
    tell_finished(run);
    return true;
}

/* Plays what did not come to its result once more, one after another. A fault that stays leaves no
   score, whatever the others come to: they are not played, so that a program that brings about
   faults cannot keep the grader busy. */
static bool play_again(struct run *run, int signals)
{
    bool hopeless = false;
    run->job_count = 1;
    for (size_t i = 0; i < run->lab->count; i++) {
        while (!run->done[i] && !hopeless) {
            budget_forgive(); /* what was slow beside the others may be quick alone */
            run->order[0] = i;
            run->planned = 1;
            run->next = 0;
            if (!play_planned(run, signals))
                return false;
            if (settings.tries == 0)
                hopeless = run->results[i].status == GRADER_FAULT;
        }
        run->done[i] = true;
    }
    tell_finished(run);
    return true;
}

/* They share what the machine has room for: the tests with the most clients start some 200
   processes or threads each, and twice as many when a program uses two for each. */
static int jobs_with_room(int jobs)
{
    enum { ENOUGH_FOR_ALL = 2048, FOR_EACH = 256 };
    struct machine_room room = machine_room();
    settings.room = room.each;
    if (jobs > MOST_JOBS)
        jobs = MOST_JOBS;
    if (room.together >= ENOUGH_FOR_ALL || room.together / FOR_EACH >= jobs)
        return jobs;
    return room.together < FOR_EACH ? 1 : (int)(room.together / FOR_EACH);
}

bool run_scenarios(const struct lab *lab, struct result *results, int jobs,
                   bool (*selected)(const struct scenario *, void *),
                   void (*finished)(size_t, void *), void *argument)
{
    static struct run run; /* more than a small stack holds */
    memset(&run, 0, sizeof run);
    run.lab = lab;
    run.results = results;
    run.finished = finished;
    run.argument = argument;
    run.job_count = jobs_with_room(jobs);
    run.order = calloc(lab->count, sizeof *run.order);
    run.done = calloc(lab->count, sizeof *run.done);
    int signals = open_signals();
    if (run.order == NULL || run.done == NULL || signals == -1 || !budget_open())
        abort();
    run.planned = run_order(lab, run.order, selected, argument);
    run.left_out = lab->count - run.planned;
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* if a scenario's process dies, its programs come here */
    for (size_t i = 0; i < lab->count; i++)
        run.done[i] = !selected(lab->scenarios[i], argument);
    bool undisturbed = play_planned(&run, signals) && play_again(&run, signals);
    end_all_jobs(&run);
    free(run.order);
    free(run.done);
    close(signals);
    budget_close();
    return undisturbed;
}
