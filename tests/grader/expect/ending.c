#include "grader/expect/ending.h"

#include "grader/expect/trust.h"
#include "grader/observe/trace.h"
#include "grader/play/orders.h"
#include "grader/play/places.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

void add_last_words(struct text *text, const struct program *program)
{
    const struct text *words =
        program->complained.length > 0 ? &program->complained : &program->said;
    if (words->length == 0) {
        text_add(text, _(" It printed nothing."));
        return;
    }
    /* On lines of its own, as the program wrote it. */
    text_add(text, _(" It printed:"));
    text_quote(text, words->start, words->length, 600);
}

static void expect_end(struct program *program)
{
    struct text text = {0};
    if (program_wait(program) == DONE)
        return;
    text_add(&text, _("The %s should have ended by now, but "), _(program->role));
    text_add(&text, _(stage.last == SPUN ? "it is in a busy loop." : "it is still waiting."));
    fail_because(EXPECT_EXIT, "%s", text.start);
}

static _Noreturn void fail_ending(const struct program *program, const char *expected)
{
    struct text text = {0};
    text_add(&text, _("The %s should have ended with %s. It ended with: "), _(program->role),
             expected);
    program_ending(&text, program);
    text_add(&text, _("."));
    add_last_words(&text, program);
    fail_because(EXPECT_EXIT, "%s", text.start);
}

void expect_exit(struct program *program, int status)
{
    char expected[32];
    expect_end(program);
    snprintf(expected, sizeof expected, _("exit status %d"), status);
    if (!WIFEXITED(program->status) || WEXITSTATUS(program->status) != status)
        fail_ending(program, expected);
}

void expect_no_pause(const struct program *server, int error)
{
    if (trace_retries(server, GROUP_ACCEPTING, error).slept > 0)
        fail_because(EXPECT_TIME,
                     "accept failed with %s, which concerns only one call. The server should have "
                     "called accept again at once, because the next client is waiting. It slept "
                     "first.",
                     strerrorname_np(error));
}

void expect_closed_after(const struct program *program, const char *name, enum probe_call call)
{
    if (trace_leaves_open(program, call))
        fail_because(EXPECT_RESOURCES,
                     "%s failed, and the %s reported that. It should have closed the socket before "
                     "it returned -1, because its caller does not get the descriptor. The socket "
                     "is still open.",
                     _(name), _(program->role));
}

void expect_closed_once(const struct program *program, const char *owner)
{
    trust_closes(program);
    if (trace_closes_twice(program))
        fail_because(EXPECT_RESOURCES,
                     "The program closed a %s twice: the second close failed with EBADF. %s",
                     _(stage.datagrams ? "socket" : "connection"), _(owner));
}

void expect_return(const struct program *program, const char *function, enum probe_call call)
{
    struct line line = {.number = 0};
    struct text place = {0};
    if (trace_closes_after(program, call))
        return;
    uint64_t caller = trace_exit_place(program);
    if (caller != 0)
        places_find(program->path, &caller, 1, &line);
    if (line.number > 0) {
        text_add(&place, _(", with exit, "));
        trace_place(&place, &line);
    }
    fail_because(EXPECT_EXIT,
                 "The %s should have ended because %s returned, after main had closed the socket. "
                 "But %s ended the whole program itself%s.",
                 _(program->role), function, function, place.length > 0 ? place.start : "");
}

static bool says(const struct text *text, const char *words)
{
    return words != NULL && text->start != NULL && strcasestr(text->start, words) != NULL;
}

void expect_failure(struct program *program, const char *words, const char *or_words)
{
    struct text text = {0};
    expect_end(program);
    if (!WIFEXITED(program->status) || WEXITSTATUS(program->status) != 1)
        fail_ending(program, "an error status (1)");
    if (words == NULL || says(&program->complained, words) || says(&program->complained, or_words))
        return;
    text_add(&text,
             _("The %s ended with an error, which is correct, but should have printed the reason "
               "(\"%s\") on standard error."),
             _(program->role), words);
    add_last_words(&text, program);
    fail_because(EXPECT_COMPLAINT, "%s", text.start);
}

enum { TRIES = 20 }; /* enough to see that it never stops */

struct ending {
    const struct program *server;
    int error;
};

static bool has_ended_or_tries_on(void *argument)
{
    const struct ending *ending = argument;
    return ending->server->ended ||
           trace_failures(ending->server, GROUP_ACCEPTING, ending->error) >= TRIES;
}

void expect_end_of_service(struct program *server, int error)
{
    struct ending ending = {server, error};
    program_watch(server);
    stage_wait(NULL, has_ended_or_tries_on, &ending);
    if (!server->ended && fault_hits(server, GROUP_ACCEPTING) == 0)
        not_tested("The server does not accept with a call that the probe could make fail.");
    if (!server->ended)
        fail_because(EXPECT_EXIT,
                     "accept failed with %s, which is an error of the listening socket itself. "
                     "tcp_accept and serve should have returned -1, and the server should have "
                     "ended. It %s.",
                     strerrorname_np(error),
                     _(stage.last == SPUN   ? "is in a busy loop"
                       : stage.last == DONE ? "calls accept again and again"
                                            : "is still running"));
    expect_failure(server, NULL, NULL);
    expect_return(server, "serve", CALL_LISTEN);
    expect_closed_once(server, "serve must leave the listening socket open; main closes it.");
}

void expect_output(struct program *program, const void *data, size_t length)
{
    const struct text *said = &program->said;
    struct text text = {0};
    if (said->length == length + 1 && memcmp(said->start, data, length) == 0 &&
        said->start[length] == '\n')
        return;
    text_add(&text,
             _("The %s should have printed the %zu %s of the reply and a newline. It printed "),
             _(program->role), length, text_plural(length, "byte", "bytes"));
    if (said->length == 0) {
        text_add(&text, _("nothing."));
    } else {
        text_add(&text, _("%zu %s: "), said->length, text_plural(said->length, "byte", "bytes"));
        text_harmless(&text, said->start, said->length, 200, false);
    }
    fail_because(EXPECT_CONSOLE, "%s", text.start);
}
