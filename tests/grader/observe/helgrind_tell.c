#include "grader/observe/helgrind_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- parts of a report ---- */

/* The first part from FROM on that begins with WORDS, or NULL. */
static const struct part *part_with(const struct report *report, const char *words, size_t from)
{
    for (size_t i = from; i < report->count; i++)
        if (begins(report->parts[i].words, words))
            return &report->parts[i];
    return NULL;
}

/* The first place below the heading: where the thread was that made the mistake. */
static const char *first_place(const struct report *report)
{
    for (size_t i = report->heading; i < report->count; i++)
        if (report->parts[i].caller[0] != '\0')
            return report->parts[i].place;
    return "";
}

/* Adds what WORDS has between quotes: the name of a variable. `buffer.0` is a static one of a
   function. */
static bool add_variable(struct text *text, const char *words)
{
    const char *name = strstr(words, "data symbol \"");
    if (name == NULL)
        return false;
    name += strlen("data symbol \"");
    text_add(text, "`%.*s`", (int)strcspn(name, ".\""), name);
    return true;
}

/* Adds whose local variable it is: the words of FRAME are `in frame #0, created by serve (...)`. */
static bool add_local(struct text *text, const struct part *frame)
{
    const char *function = strstr(frame->words, "created by ");
    if (function == NULL)
        return false;
    function += strlen("created by ");
    text_add(text, _("a local variable of %.*s"), (int)strcspn(function, " "), function);
    return true;
}

/* Adds what the memory at PART is: its words are `Address 0x4a4b090 is 80 bytes inside ...`. */
static void add_memory(struct text *text, const struct report *report, long size)
{
    const struct part *part = part_with(report, "Address 0x", report->heading);
    const char *inside = part == NULL ? NULL : strstr(part->words, " is ");
    const struct part *frame = part_with(report, "in frame #", report->heading);
    long offset = inside == NULL ? 0 : strtol(inside + strlen(" is "), NULL, 10);
    if (part != NULL && add_variable(text, part->words))
        return;
    if (part != NULL && part->place[0] != '\0' && strstr(part->words, "inside a block") != NULL)
        text_add(text,
                 _(size > 1 ? "memory that %s allocated (its bytes %ld to %ld)"
                            : "memory that %s allocated (its byte %ld)"),
                 part->place, offset, offset + size - 1);
    else if (frame == NULL || !add_local(text, frame))
        text_add(text, _("the same memory"));
}

/* ---- races ---- */

enum deed { READS, WRITES, FREES };

/* `Possible data race during write of size 4 ...`, `This conflicts with a previous read of ...`. */
static enum deed deed_of(const struct part *part)
{
    if (strcmp(part->caller, "free") == 0 || strcmp(part->caller, "realloc") == 0)
        return FREES;
    const char *of = strstr(part->words, " of size ");
    return of != NULL && of - part->words >= 5 && strncmp(of - 5, "write", 5) == 0 ? WRITES : READS;
}

static void add_who(struct text *text, const struct part *part)
{
    if (part != NULL && part->place[0] != '\0')
        text_add(text, "%s", part->place);
    else
        text_add(text, _("another thread"));
}

/* Adds that one of the locks, which are told before the heading, is on somebody's stack. */
static void add_local_lock(struct text *text, const struct report *report)
{
    const struct part *frame = part_with(report, "in frame #", 0);
    if (frame == NULL || frame > heading_of(report) || strstr(frame->words, "created by ") == NULL)
        return;
    text_add(text, _(": one is "));
    add_local(text, frame);
}

/* Which of the two holds no lock, if not both. */
static void add_locks(struct text *text, const struct report *report, const struct part *one,
                      const struct part *other)
{
    if (!one->locked && !other->locked)
        return;
    text_add(text, _("; "));
    if (one->locked && other->locked) {
        text_add(text, _("each holds a lock, but not the same"));
        add_local_lock(text, report);
        return;
    }
    add_who(text, one->locked ? other : one);
    text_add(text, _(" holds no lock"));
}

/* pthread_create gives a new thread the stack of one that has ended. helgrind does not see that the
   C library has put the two in order. */
static bool is_of_a_stack(const struct report *report)
{
    const struct part *memory = part_with(report, "Address 0x", report->heading);
    return heading_of(report)->in_stack || (memory != NULL && memory->in_stack);
}

/* The C library has locks that helgrind does not see, and hides what else it does with memory of
   its own; but not that it frees it, nor that memchr or memcpy uses the buffer of a FILE. */
static bool is_of_the_library(const struct report *report, const struct part *other)
{
    const struct part *memory = part_with(report, "Address 0x", report->heading);
    return heading_of(report)->freed_within || (other != NULL && other->freed_within) ||
           (memory != NULL && memory->in_stdio);
}

static bool tell_race(struct text *text, struct text *key, const struct report *report)
{
    static const char *const does[] = {"reads it", "writes it", "frees it"};
    static const char *const may[] = {"may be reading it", "may be writing it",
                                      "may be freeing it"};
    const struct part *one = heading_of(report);
    const struct part *other =
        part_with(report, "This conflicts with a previous ", report->heading);
    const char *size = strstr(one->words, " of size ");
    const char *there = other != NULL ? other->place : "";
    if (one->in_probe || (one->place[0] == '\0' && there[0] == '\0') || is_of_a_stack(report) ||
        is_of_the_library(report, other))
        return false;
    text_add(text, _("Two threads use "));
    add_memory(text, report, size == NULL ? 0 : strtol(size + strlen(" of size "), NULL, 10));
    /* Reading and writing at the same two places is one mistake. */
    bool in_order = strcmp(one->place, there) < 0;
    text_add(key, "%s %s %s", text->start, in_order ? one->place : there,
             in_order ? there : one->place);
    text_add(text, _(" without a lock in common"));
    if (strcmp(one->place, there) == 0) {
        text_add(text, _(", both at %s."), there);
        return true;
    }
    text_add(text, _(": "));
    add_who(text, one);
    text_add(text, _(" %s while "), _(does[deed_of(one)]));
    add_who(text, other);
    text_add(text, _(" %s"), _(other != NULL ? may[deed_of(other)] : "may be using it"));
    if (other != NULL)
        add_locks(text, report, one, other);
    text_add(text, _("."));
    return true;
}

/* ---- locks ---- */

/* Where the lock at ADDRESS ("0x10C100") was seen first, or NULL. */
static const struct part *first_seen(const struct report *report, const char *address)
{
    char words[64];
    snprintf(words, sizeof words, "Lock at %.*s was first observed",
             (int)strspn(address, "0x123456789abcdefABCDEF"), address);
    return part_with(report, words, 0);
}

/* Adds what the lock at ADDRESS is. */
static void add_lock(struct text *text, const struct report *report, const char *address)
{
    const struct part *seen = first_seen(report, address);
    const struct part *where = seen == NULL ? NULL : seen + 1;
    if (where == &report->parts[report->count])
        where = NULL;
    if (where != NULL && begins(where->words, "Address 0x") && add_variable(text, where->words))
        return;
    if (where != NULL && where->place[0] != '\0' && strstr(where->words, "inside a block") != NULL)
        text_add(text, _("the lock in what %s allocated"), where->place);
    else if (seen != NULL && seen->place[0] != '\0')
        text_add(text, _("the lock of %s"), seen->place);
    else
        text_add(text, _("a lock"));
}

static const char *address_in(const struct part *part)
{
    const char *address = strstr(part->words, "0x");
    return address != NULL ? address : "";
}

/* Adds what the lock at ADDRESS is, where another one is in the same memory. */
static void add_lock_exactly(struct text *text, const struct report *report, const char *address)
{
    const struct part *seen = first_seen(report, address);
    if (seen == NULL || seen->place[0] == '\0')
        text_add(text, _("a lock"));
    else if (strcmp(seen->caller, "pthread_mutex_init") == 0)
        text_add(text, _("the lock that %s initialises"), seen->place);
    else
        text_add(text, _("the lock that %s takes first"), seen->place);
}

typedef void describe(struct text *text, const struct report *report, const char *address);

/* Adds `TAKEN while holding HELD` in the words of HOW. False, with nothing added, if both are the
   same words. */
static bool add_pair(struct text *text, const struct report *report, describe *how,
                     const char *taken, const char *held)
{
    struct text one = {0};
    struct text other = {0};
    how(&one, report, taken);
    how(&other, report, held);
    bool differ = strcmp(one.start, other.start) != 0;
    if (differ)
        text_add(text, _("%s while holding %s"), one.start, other.start);
    text_free(&one);
    text_free(&other);
    return differ;
}

/* `Thread #3: lock order "0x10C100 before 0x10C0C0" violated`. */
static bool tell_order(struct text *text, const struct report *report)
{
    static const char followed[] = "followed by a later acquisition";
    const struct part *first = part_with(report, "Observed (incorrect) order is", 0);
    const struct part *later = part_with(report, followed, 0);
    const struct part *before = part_with(report, "Required order was established", 0);
    if (first == NULL || later == NULL || later->place[0] == '\0')
        return false;
    text_add(text, _("%s takes "), later->place);
    const char *taken = address_in(later);
    const char *held = address_in(first);
    if (!add_pair(text, report, add_lock, taken, held) &&
        !add_pair(text, report, add_lock_exactly, taken, held)) {
        add_lock(text, report, taken);
        text_add(text, _(" while holding another one like it"));
    }
    const struct part *after =
        before == NULL ? NULL : part_with(report, followed, (size_t)(before - report->parts));
    if (after != NULL && after->place[0] != '\0')
        text_add(text, _(", %s the other way round"), after->place);
    else
        text_add(text, _(", and another thread the other way round"));
    text_add(text, _(": each can wait for the other for ever."));
    return true;
}

/* A mistake with one lock: WORDS stand between its place and its name, END behind it. */
static bool tell_lock(struct text *text, const struct report *report, const char *words,
                      const char *end)
{
    const char *place = first_place(report);
    if (place[0] == '\0')
        return false;
    text_add(text, _("%s %s "), place, _(words));
    add_lock(text, report, address_in(heading_of(report)));
    text_add(text, "%s", _(end));
    return true;
}

static bool tell_relock(struct text *text, const struct report *report)
{
    const struct part *before = part_with(report, "Lock was previously acquired", 0);
    const char *place = first_place(report);
    if (place[0] == '\0')
        return false;
    text_add(text, _("%s locks a lock that the same thread holds already"), place);
    if (before != NULL && before->place[0] != '\0')
        text_add(text, _(" (from %s)"), before->place);
    text_add(text, _(": it waits for itself for ever."));
    return true;
}

/* ---- threads ---- */

long helgrind_thread(const char *words)
{
    if (!begins(words, "Thread #"))
        return 0;
    long number = strtol(words + strlen("Thread #"), NULL, 10);
    return number > 0 && number < MOST_THREADS ? number : 0;
}

static bool tell_holder(struct text *text, const struct reader *reader, const struct report *report)
{
    const char *created = reader->created[helgrind_thread(heading_of(report)->words)];
    if (created[0] == '\0')
        return false;
    text_add(text,
             _("A thread that %s started ended while it held a lock: who wants it next waits for "
               "ever."),
             created);
    return true;
}

/* `Thread #1's call to pthread_detach failed`, and with which error. */
static bool tell_failure(struct text *text, const struct report *report)
{
    const char *call = strstr(heading_of(report)->words, "call to ");
    const struct part *error = part_with(report, "with error code", 0);
    const char *name = error == NULL ? NULL : strchr(error->words, '(');
    const char *place = first_place(report);
    /* That a lock was destroyed while it was locked has a report of its own. */
    if (call == NULL || place[0] == '\0' || strstr(call, "pthread_mutex_destroy") != NULL)
        return false;
    call += strlen("call to ");
    int length = (int)strcspn(call, " ");
    text_add(text, _("%s: %.*s failed"), place, length, call);
    if (name != NULL)
        text_add(text, " %s", name);
    if (begins(call, "pthread_join") || begins(call, "pthread_detach"))
        text_add(text, _(". A thread is joined or detached, once"));
    text_add(text, _("."));
    return true;
}

/* ---- a report in words ---- */

/* `Thread #3: something`, in helgrind's own words. */
static bool tell_as_it_is(struct text *text, const struct report *report)
{
    const char *words = heading_of(report)->words;
    const char *colon = helgrind_thread(words) != 0 ? strstr(words, ": ") : NULL;
    const char *place = first_place(report);
    if (place[0] == '\0')
        return false;
    text_add(text, _("%s: %s."), place, colon != NULL ? colon + 2 : words);
    return true;
}

bool helgrind_tell(struct text *text, struct text *key, const struct reader *reader)
{
    const struct report *report = &reader->report;
    const char *heading = heading_of(report)->words;
    if (begins(heading, "Possible data race"))
        return tell_race(text, key, report);
    if (strstr(heading, "dubious") != NULL) /* a signal without the lock: POSIX allows it */
        return false;
    /* Its own: pthread_spin_init and _unlock are one function in the C library. */
    if (strstr(heading, "Bug in libpthread: ") != NULL)
        return false;
    if (strstr(heading, "lock order") != NULL)
        return tell_order(text, report);
    if (strstr(heading, "unlocked a not-locked lock") != NULL)
        return tell_lock(text, report, "unlocks", ", which nobody has locked.");
    if (strstr(heading, "currently held by thread") != NULL)
        return tell_lock(text, report, "unlocks", ", which another thread has locked.");
    if (strstr(heading, "pthread_mutex_destroy of a locked mutex") != NULL)
        return tell_lock(text, report, "destroys", " while it is locked.");
    if (strstr(heading, "re-lock a non-recursive lock") != NULL)
        return tell_relock(text, report);
    if (strstr(heading, "Exiting thread still holds") != NULL)
        return tell_holder(text, reader, report);
    if (strstr(heading, "call to ") != NULL && strstr(heading, " failed") != NULL)
        return tell_failure(text, report);
    return tell_as_it_is(text, report);
}
