#include "mutants/tell.h"

#include "grade/interrupt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NOW_AND_THEN = 25 };

static bool is_survivor(const struct mutant *mutant)
{
    return mutant_counts(mutant) && mutant->verdict != UNPLAYED && mutant->verdict != KILLED;
}

/* ---- progress ---- */

void tell_start(struct teller *teller, const struct mutants *mutants)
{
    size_t same = 0;
    size_t twins = 0;
    size_t broken = 0;
    *teller = (struct teller){.begun = seconds_now(), .terminal = isatty(STDOUT_FILENO) == 1};
    for (size_t i = 0; i < mutants->count; i++) {
        const struct mutant *mutant = &mutants->list[i];
        teller->count += mutant_counts(mutant);
        broken += mutant->object == 0;
        same += mutant->object != 0 && !mutant->changes;
        twins += mutant->object != 0 && mutant->changes && mutant->twin != NULL;
    }
    printf(
        "%s: %zu mutants. %zu do not compile, %zu have the object code of the solution, %zu that "
        "of another: %zu are left.\n",
        mutants->lab->name, mutants->count, broken, same, twins, teller->count);
}

void tell_progress(const struct mutants *mutants, const struct mutant *mutant, size_t played,
                   void *argument)
{
    struct teller *teller = argument;
    size_t survivors = 0;
    if (teller->before == 0)
        teller->before = played; /* this one, and those that were known */
    if (!teller->terminal && played % NOW_AND_THEN != 0)
        return;
    for (size_t i = 0; i < mutants->count; i++)
        survivors += is_survivor(&mutants->list[i]);
    double each = (seconds_now() - teller->begun) / (double)(played - teller->before + 1);
    printf("%s%4zu/%zu  %zu survive  %.0f min left  %s:%zu%s", teller->terminal ? "\r" : "", played,
           teller->count, survivors, each * (double)(teller->count - played) / 60,
           mutant->original->name, mutant->change.line, teller->terminal ? "\033[K" : "\n");
    fflush(stdout);
}

void tell_end(struct teller *teller)
{
    if (teller->terminal)
        printf("\r\033[K");
}

/* ---- survivors ---- */

static const char *words_of(const struct text *text)
{
    return text->start != NULL ? text->start : "";
}

/* Do the lines of MUTANT stand for another one as well? */
static bool is_ambiguous(const struct mutants *mutants, const struct mutant *mutant)
{
    for (size_t i = 0; i < mutants->count; i++) {
        const struct mutant *other = &mutants->list[i];
        if (other != mutant && mutant_counts(other) && other->original == mutant->original &&
            strcmp(other->mutation->function, mutant->mutation->function) == 0 &&
            strcmp(words_of(&other->change.old), words_of(&mutant->change.old)) == 0 &&
            strcmp(words_of(&other->change.new), words_of(&mutant->change.new)) == 0)
            return true;
    }
    return false;
}

/* Why it survived, if not because all tests have passed. */
static void tell_remark(const struct mutant *mutant)
{
    if (mutant->verdict == UNEARNED)
        printf(" (%s could not be played)", mutant->test);
    else if (mutant->verdict == UNSTEADY)
        printf(" (%s fails, and passes alone)", mutant->test);
    else if (mutant->verdict == FAULTY)
        printf(" (the grader has failed)");
}

size_t tell_survivors(const struct mutants *mutants)
{
    size_t count = 0;
    for (size_t i = 0; i < mutants->count; i++) {
        const struct mutant *mutant = &mutants->list[i];
        if (!is_survivor(mutant) || mutant->listed != NULL)
            continue;
        printf("# solutions/%s:%zu: %s", mutant->original->name, mutant->change.line,
               mutant->mutation->kind);
        tell_remark(mutant);
        printf("\n%s %s\n", mutant->original->name, mutant->mutation->function);
        if (is_ambiguous(mutants, mutant))
            printf("  %s\n", words_of(&mutant->change.before));
        printf("- %s\n+ %s\n", words_of(&mutant->change.old), words_of(&mutant->change.new));
        count++;
    }
    return count;
}

/* ---- the list ---- */

/* The mutant of MUTANTS that ONE stands for; NULL: it is not among them. */
static const struct mutant *find_killed(const struct mutants *mutants, const struct equivalent *one)
{
    for (size_t i = 0; i < mutants->count; i++)
        if (mutants->list[i].listed == one && mutants->list[i].verdict == KILLED)
            return &mutants->list[i];
    return NULL;
}

size_t tell_wrong_reasons(const struct mutants *mutants, const struct equivalents *equivalents,
                          const char *path)
{
    size_t count = 0;
    for (size_t i = 0; i < equivalents->count; i++) {
        const struct equivalent *one = &equivalents->list[i];
        const struct mutant *killed = find_killed(mutants, one);
        size_t lab = strlen(mutants->lab->name);
        if (strncmp(one->file, mutants->lab->name, lab) != 0 || one->file[lab] != '/')
            continue;
        if (one->found == 0)
            printf("%s:%zu: there is no such mutant; take it out\n", path, one->line);
        else if (one->found > 1)
            printf("%s:%zu: there are %zu such mutants; add the line before it\n", path, one->line,
                   one->found);
        else if (killed != NULL)
            printf("%s:%zu: the test %s kills it; take it out\n", path, one->line, killed->test);
        else
            continue;
        count++;
    }
    return count;
}

/* ---- scores ---- */

void tell_scores(const struct mutants *mutants)
{
    printf("%-20s %8s %8s %10s %12s %7s\n", "file", "mutants", "killed", "equivalent",
           "unexplained", "score");
    for (size_t file = 0; file < count_names(mutants->lab->written); file++) {
        const struct original *original = &mutants->originals[file];
        size_t all = 0;
        size_t killed = 0;
        size_t listed = 0;
        for (size_t i = 0; i < mutants->count; i++) {
            const struct mutant *mutant = &mutants->list[i];
            if (mutant->original != original || !mutant_counts(mutant))
                continue;
            all++;
            killed += mutant->verdict == KILLED;
            listed += mutant->verdict != KILLED && mutant->listed != NULL;
        }
        size_t fair = all - listed;
        printf("%-20s %8zu %8zu %10zu %12zu %5zu %%\n", original->name, all, killed, listed,
               fair - killed, fair == 0 ? 100 : killed * 100 / fair);
    }
}
