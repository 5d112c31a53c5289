/* Programs that a signal has killed. */
#include "grader/explain/causes/causes.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* The program was killed by SIG$w, $q. */
static bool killed(const struct evidence *e, struct finding *f)
{
    if (!e->program.ended || e->program.terminated || !WIFSIGNALED(e->program.status))
        return false;
    const char *name = sigabbrev_np(WTERMSIG(e->program.status));
    f->word = name != NULL ? name : "?";
    const char *words = sigdescr_np(WTERMSIG(e->program.status));
    text_add(&f->quote, "%s", words != NULL ? words : "?");
    return true;
}

const struct step *killing_send(const struct evidence *e)
{
    const struct step *pending = LAST(e, NULL, .group = GROUP_SENDING, .how = ON_SOCKET | PENDING);
    return pending != NULL ? pending : LAST(e, NULL, .group = GROUP_SENDING, .how = ON_SOCKET);
}

static bool sigpipe(const struct evidence *e, struct finding *f)
{
    f->step[1] = killing_send(e);
    return was_killed_by(e, SIGPIPE) && f->step[1] != NULL && killed(e, f);
}

/* It has sent that signal itself, or a child of it has: to 0 or -1, which mean many processes, or
   to its own number. */
static bool killed_by_itself(const struct evidence *e, struct finding *f)
{
    const struct step *kill = NULL;
    int number = e->program.ended ? WTERMSIG(e->program.status) : 0;
    while ((kill = LAST(e, kill, .call = IS(CALL_KILL), .given = IS(number))) != NULL) {
        bool many = kill->event.process <= 0;
        bool itself = many || LIKE(e, kill, .how = IN_FIRST);
        f->step[1] = kill;
        f->parts = (itself ? PART('a') : PART('b')) | (many ? PART('c') : 0);
        if (many || kill->event.process == e->program.pid)
            return killed(e, f);
    }
    return false;
}

static bool crashes(const struct evidence *e, struct finding *f)
{
    f->step[1] = &e->crash;
    return e->crash.line.number > 0 && killed(e, f);
}

/* The last receive told, in step 2, that nothing more is typed. */
static bool crashes_at_keyboard_end(const struct evidence *e, struct finding *f)
{
    const struct step *end = LAST(e, NULL, .group = GROUP_RECEIVING, .how = RETURNED);
    f->step[2] = end;
    return end != NULL && LIKE(e, end, .fd = IS(0), .result = IS(0), .how = OFF_SOCKET) &&
           end->event.size > 0 && is_own_file(e, e->crash.line.file) && crashes(e, f);
}

/* In part a the place is known. The thread had not made a call yet, but for what it shows. In other
   files than those that start threads, it may have gone far. */
static bool thread_crashes_at_start(const struct evidence *e, struct finding *f)
{
    int32_t tid = e->crash.event.tid;
    const struct step *begun = LAST(e, NULL, .call = IS(CALL_THREAD_START), .tid = IS(tid));
    bool known = e->crash.line.number > 0;
    f->step[1] = &e->crash;
    f->parts = known ? PART('a') : 0;
    return begun != NULL && begun == LAST(e, NULL, .tid = IS(tid), .how = OUTSIDE_CONSOLE) &&
           !has_gap(begun, &e->steps[e->count - 1]) && !e->program.under_valgrind &&
           (!known || is_in(&e->crash, "serve.c") || is_in(&e->crash, "talk.c")) &&
           was_killed_by(e, SIGSEGV) && killed(e, f);
}

/* ---- the stack ---- */

static bool stack_full(const struct evidence *e, struct finding *f)
{
    f->step[1] = &e->crash;
    f->parts = (e->crash.event.pid != e->program.pid ? PART('a') : PART('b')) |
               (has_threads(e) ? PART('c') : 0);
    return e->stack_full && e->crash.line.number > 0 &&
           (e->program.ended || e->crash.event.pid != e->program.pid);
}

static bool recurses(const struct evidence *e, struct finding *f)
{
    enum { AGAIN = 4 }; /* of the sixteen innermost callers that are known */
    return stack_full(e, f) && e->recursion >= AGAIN;
}

/* A pthread_create was under way in the thread that crashed. */
static bool creation_crashes(const struct evidence *e, struct finding *f)
{
    f->step[1] = LAST(e, NULL, .tid = IS(e->crash.event.tid));
    return f->step[1] != NULL && was_killed_by(e, SIGSEGV) && killed(e, f) &&
           LIKE(e, f->step[1], .call = IS(CALL_PTHREAD_CREATE), .how = PENDING);
}

static bool stack_gone(const struct evidence *e, struct finding *f)
{
    return was_killed_by(e, SIGSEGV) && !e->program.under_valgrind && killed(e, f);
}

/* ---- the tables ---- */

#define KILLED "The $role was killed by SIG$w ($q)"
#define FULL                                                                                       \
    "[a:The process that serves the client][b:The $role] crashed$1 (in $f1): its stack is full. "

const struct cause causes_of_stacks[] = {
    {.id = "recursion-without-end",
     .explains = recurses,
     .sentence = FULL "$f1 calls itself again and again.",
     .hint = "Use a loop instead of a function that calls itself."},
    {.id = "variable-larger-than-stack",
     .explains = stack_full,
     .sentence = FULL "A local variable of $f1 is too large for the stack.",
     .hint =
         "Use a smaller array, or memory from malloc. `ulimit -s` shows the size of the stack."},
    {.id = "thread-creation-crashes",
     .scope = THREADS,
     .explains = creation_crashes,
     .sentence = KILLED " in $c1$1. One of its arguments is wrong.",
     .hint = "Check its arguments: where to store the new thread, an attribute (NULL, or one from "
             "pthread_attr_init), and the function.",
     .section = "A thread for each client"},
    {.id = NULL},
};

const struct cause causes_of_killing[] = {
    {.id = "sigpipe",
     .explains = sigpipe,
     .sentence = KILLED " in $c1$1. Sending on a connection that the other side has left raises "
                        "this signal, and its default action ends the program.",
     .hint = "Send with MSG_NOSIGNAL, or ignore SIGPIPE. Then send fails with EPIPE."},
    {.id = "killed-by-itself",
     .explains = killed_by_itself,
     .sentence = KILLED ", which [a:the program has sent itself][b:a child has sent to its "
                        "parent], by kill$1.[c: For kill(2), process 0 means all processes of the "
                        "group, and -1 all processes of this user.]",
     .hint = "Send signals only to a process that you mean, by its number."},
    {.id = "crash-after-keyboard-end",
     .scope = LINES,
     .explains = crashes_at_keyboard_end,
     .sentence = KILLED " at $p1 (in $f1), after $c2 had returned 0 at its keyboard$2.",
     .hint = "End the conversation when line_read for the keyboard returns 0: there is no line "
             "then, and no length.",
     .section = "When somebody leaves"},
    {.id = "thread-crashes-at-start",
     .scope = THREADS,
     .explains = thread_crashes_at_start,
     .sentence = KILLED "[a: at $p1 (in $f1)], in a thread that had just begun.",
     .hint = "Look at the thread's argument first: when the thread reads it, nobody may have freed "
             "it or used its memory again.",
     .section = "Whose argument is it"},
    {.id = "crash",
     .explains = crashes,
     .sentence = KILLED " at $p1 (in $f1).",
     .hint = "Check each pointer and index in that line, and that what the pointer points to has "
             "been neither freed nor overwritten."},
    {.id = "crash-without-stack",
     .explains = stack_gone,
     .sentence = KILLED ". In which line cannot be told.",
     .hint = "Look for an array that is too small for what is written into it, or too large for "
             "the stack."},
    {.id = "killed",
     .explains = killed,
     .sentence = KILLED ".",
     .hint = "signal(7) says what raises this signal."},
    {.id = NULL},
};
