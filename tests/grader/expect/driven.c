#include "grader/expect/driven.h"

#include "grader/expect/complaint.h"
#include "grader/observe/procfs.h"
#include "grader/observe/trace.h"
#include "grader/play/begun.h"
#include "grader/play/orders.h"
#include "grader/play/stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void driver_holds(void)
{
    gate_at_start(GROUP_DRIVEN, 0, true);
}

void driver_goes_on(struct program *driver)
{
    gate_next(driver, GROUP_DRIVEN);
}

/* Has a call of STEPS, of which there are COUNT, failed with ERROR? */
static bool has_met(const struct step *steps, size_t count, int error)
{
    for (size_t i = 0; i < count; i++)
        if (trace_group(&steps[i].event) != GROUP_DRIVEN && steps[i].event.error == error)
            return true;
    return false;
}

/* The last call of FUNCTION that DRIVER has reported, which has returned. There are TIMES in all,
   and no call that has not returned, or somebody else has written there: then it is false. */
static bool find_report(const struct program *driver, const char *function, size_t times,
                        struct returned *returned)
{
    size_t count;
    size_t found = 0;
    struct step *steps = trace_steps(driver, &count);
    for (size_t i = 0; i < count; i++) {
        const struct probe_event *event = &steps[i].event;
        if (trace_group(event) != GROUP_DRIVEN || event->pid != driver->pid)
            continue;
        if (strcmp(trace_name(event), function) != 0 && !trace_is_pending(event))
            continue; /* another function that this driver calls */
        found += trace_is_pending(event) ? times + 1 : 1;
        *returned = (struct returned){function, event->result, event->error,
                                      has_met(steps, count, event->error), event->port};
    }
    free(steps);
    return found == times;
}

static _Noreturn void fail_return(struct program *driver, const char *function,
                                  const char *situation)
{
    struct text text = {0};
    program_look(driver);
    if (driver->ended) {
        program_must_have_begun(driver);
        text_add(&text, _("the whole program ended instead: "));
        program_ending(&text, driver);
    } else {
        text_add(&text, _(stage.last == SPUN ? "it keeps the processor busy"
                                             : "it has not returned, and waits"));
    }
    fail_because(EXPECT_OTHER, "%s. %s should have returned; %s.", _(situation), function,
                 text.start);
}

struct returned expect_returned(struct program *driver, const char *function, size_t times,
                                const char *situation)
{
    struct returned returned = {.function = function};
    program_watch(driver);
    if (gate_wait(driver, GROUP_DRIVEN) != DONE)
        fail_return(driver, function, situation);
    if (!find_report(driver, function, times, &returned))
        not_tested("What was reported about the call of %s does not fit together: the program has "
                   "changed the memory of the autograder's probe.",
                   function);
    return returned;
}

/* ---- values ---- */

static const char *name_of(int error)
{
    const char *name = strerrorname_np(error);
    return name != NULL ? name : "an unknown error";
}

/* What it has returned, for people: "3"; "-1 with EBADF in errno". An EINTR that no call has met
   was in errno before, and says nothing, unless it is errno that matters. */
static void add_value(struct text *text, const struct returned *returned, bool is_errno_told)
{
    bool is_old = returned->error == EINTR && !returned->has_met;
    text_add(text, "%lld", (long long)returned->result);
    if (returned->result == -1 && (is_errno_told || !is_old))
        text_add(text, _(" with %s in errno"), name_of(returned->error));
}

bool driven_add_return(struct text *text, const struct program *program)
{
    size_t count;
    struct returned returned = {.function = NULL};
    bool has_value = false;
    struct step *steps = trace_steps(program, &count);
    for (size_t i = 0; i < count; i++) {
        const struct probe_event *event = &steps[i].event;
        if (trace_group(event) != GROUP_DRIVEN)
            continue;
        returned =
            (struct returned){trace_is_pending(event) ? NULL : trace_name(event), event->result,
                              event->error, has_met(steps, count, event->error), 0};
        has_value = trace_has_value(event);
    }
    free(steps);
    if (returned.function == NULL) /* or the last one called has not returned */
        return false;
    if (!has_value) {
        text_add(text, _("then %s returned"), returned.function);
        return true;
    }
    text_add(text, _("then %s returned "), returned.function);
    add_value(text, &returned, false);
    return true;
}

static _Noreturn void fail_value(enum expectation kind, const struct returned *returned,
                                 const char *situation, const char *expected, bool is_errno_told)
{
    struct text text = {0};
    add_value(&text, returned, is_errno_told);
    fail_because(kind, "%s. %s should have returned %s. It returned %s.", _(situation),
                 returned->function, expected, text.start);
}

void expect_met(const struct program *driver, const struct returned *returned,
                enum probe_group group, const char *call)
{
    if (fault_hits(driver, group) > 0)
        return;
    not_tested("%s did not call %s where the probe could make it fail.", returned->function, call);
}

void expect_value(const struct returned *returned, int64_t value, const char *situation)
{
    char expected[32];
    if (returned->result == value)
        return;
    snprintf(expected, sizeof expected, "%lld", (long long)value);
    /* The story says all there is to say, unless something has failed that should not have. */
    stage.explained = returned->result != -1 || value == -1;
    fail_value(EXPECT_OTHER, returned, situation, expected, false);
}

void expect_value_for(enum expectation expected, const struct returned *returned, int64_t value,
                      const char *situation)
{
    char wanted[32];
    if (returned->result == value)
        return;
    snprintf(wanted, sizeof wanted, "%lld", (long long)value);
    fail_value(expected, returned, situation, wanted, false);
}

void expect_error(const struct returned *returned, int error, const char *situation)
{
    char expected[64];
    if (returned->result == -1 && returned->error == error)
        return;
    snprintf(expected, sizeof expected, _("-1 with %s in errno"), name_of(error));
    stage.explained = true;
    fail_value(EXPECT_OTHER, returned, situation, expected, true);
}

void expect_socket(const struct program *driver, const struct returned *returned,
                   const char *situation)
{
    if (returned->result < 0 || returned->result > INT32_MAX)
        fail_value(EXPECT_OTHER, returned, situation, _("a socket"), true);
    if (procfs_descriptor_is_socket(driver->pid, (int)returned->result))
        return;
    stage.explained = true;
    fail_because(EXPECT_OTHER, "%s. %s returned %lld, and descriptor %lld is no open socket.",
                 _(situation), returned->function, (long long)returned->result,
                 (long long)returned->result);
}

/* ---- what it leaves ---- */

void expect_sockets_or_cause(const struct program *driver, const struct returned *returned,
                             int count, const char *situation, const char *whose)
{
    int open = procfs_count_sockets(driver->pid);
    if (open == count)
        return;
    if (open == -1)
        not_tested("The system does not let the test look at the driver's descriptors.");
    fail_because(EXPECT_RESOURCES, "%s. When %s has returned, %d %s open, and should be %d: %s.",
                 _(situation), returned->function, open, _(open == 1 ? "socket is" : "sockets are"),
                 count, _(whose));
}

void expect_sockets(const struct program *driver, const struct returned *returned, int count,
                    const char *situation, const char *whose)
{
    stage.explained = true;
    expect_sockets_or_cause(driver, returned, count, situation, whose);
    stage.explained = false;
}

void expect_reported(struct program *driver, const struct returned *returned, const char *call,
                     const char *reason, const char *situation)
{
    struct text said = {0};
    program_look(driver);
    if (has_complained_of(driver, call, reason))
        return;
    if (driver->complained.length > 0)
        text_quote(&said, driver->complained.start, driver->complained.length, 300);
    stage.explained = true;
    fail_because(EXPECT_COMPLAINT,
                 "%s. %s should have called complain(\"%s\"), which writes \"driver: %s: %s\" to "
                 "standard error. It printed%s",
                 _(situation), returned->function, call, call,
                 reason != NULL ? reason : _("REASON"),
                 said.length > 0 ? said.start : _(" nothing."));
}

void expect_either_reported(struct program *driver, const struct returned *returned,
                            const char *call, const char *other, const char *reason,
                            const char *situation)
{
    program_look(driver);
    if (!has_complained_of(driver, other, reason))
        expect_reported(driver, returned, call, reason, situation);
}

void expect_not_reported(struct program *driver, const struct returned *returned, const char *call,
                         const char *situation)
{
    struct text said = {0};
    program_look(driver);
    if (!has_complained_of(driver, call, NULL))
        return;
    text_quote(&said, driver->complained.start, driver->complained.length, 300);
    stage.explained = true;
    fail_because(EXPECT_COMPLAINT, "%s. That is no error, but %s reported one on standard error:%s",
                 _(situation), returned->function, said.start);
}
