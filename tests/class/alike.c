#include "class/alike.h"

#include "grade/command.h"
#include "grade/take.h"
#include "grader/base/remove.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LEAST_PERCENT = 80, REMOVE_SECONDS = 10 };

static const char sim[] = "/usr/bin/sim_c";

/* Reads "97.c consists for 12 % of 7.c material" at SAID. The file's number is -1 for what we
   give. */
static bool read_line(const char *said, long *one, long *other, long *percent)
{
    char *end;
    *one = strncmp(said, "given", 5) == 0 ? -1 : strtol(said, &end, 10);
    const char *at = strstr(said, " consists for ");
    if (at == NULL || at > said + strcspn(said, "\n"))
        return false;
    *percent = strtol(at + 14, &end, 10);
    if (strncmp(end, " % of ", 6) != 0)
        return false;
    *other = strncmp(end + 6, "given", 5) == 0 ? -1 : strtol(end + 6, &end, 10);
    return true;
}

static const char *next_line(const char *at)
{
    at += strcspn(at, "\n");
    return at + (*at == '\n');
}

/* How much of file NUMBER is in what we give. */
static long given_percent(const char *said, long number)
{
    long most = 0;
    for (const char *at = said; *at != '\0'; at = next_line(at)) {
        long one;
        long other;
        long percent;
        if (read_line(at, &one, &other, &percent) && one == number && other == -1 && percent > most)
            most = percent;
    }
    return most;
}

static void add(struct alike *alike, const struct pair *pair)
{
    for (size_t i = 0; i < alike->count; i++)
        if (alike->pairs[i].one == pair->other && alike->pairs[i].other == pair->one)
            return; /* sim_c says the larger share first */
    alike->pairs = reallocarray(alike->pairs, alike->count + 1, sizeof alike->pairs[0]);
    if (alike->pairs == NULL)
        abort();
    alike->pairs[alike->count++] = *pair;
}

void alike_read(struct alike *alike, const char *said, const struct job *jobs, size_t count)
{
    for (const char *at = said; *at != '\0'; at = next_line(at)) {
        long one;
        long other;
        long percent;
        if (!read_line(at, &one, &other, &percent) || one < 0 || other < 0 || one >= (long)count ||
            other >= (long)count || one == other || given_percent(said, one) >= percent ||
            given_percent(said, other) >= percent)
            continue;
        add(alike, &(struct pair){&jobs[one], &jobs[other], (int)percent});
    }
}

void alike_free(struct alike *alike)
{
    free(alike->pairs);
    *alike = (struct alike){0};
}

/* ---- running it ---- */

/* The box may run as another user, who has to read this. */
static bool write_as(const char *folder, const char *name, const struct text *text)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) == -1)
        abort();
    bool good = text->length == 0 || (write_file(path, text) && chmod(path, 0644) == 0);
    free(path);
    return good;
}

/* What the kit has of LAB below TREE, "labs" or "solutions", in one file. */
static void add_given(const char *folder, const struct session *session, const char *tree,
                      size_t lab)
{
    struct text all = {0};
    char name[32];
    for (size_t i = 0; i < count_names(all_labs[lab].written); i++) {
        char *path = NULL;
        if (asprintf(&path, "%s/%s/%s/%s.c", session->kit.root, tree, all_labs[lab].name,
                     all_labs[lab].written[i]) == -1)
            abort();
        read_plain_file(AT_FDCWD, path, MOST_FILE_BYTES, &all);
        free(path);
    }
    snprintf(name, sizeof name, "given-%s.c", tree);
    write_as(folder, name, &all);
    text_free(&all);
}

/* What JOB's student has written, in one file. */
static void add_job(const char *folder, const struct job *job, const char *name)
{
    struct text all = {0};
    const struct picked *picked = &job->student->labs[job->lab];
    for (size_t i = 0; i < picked->count; i++) {
        const struct text *bytes = &picked->files[i]->entry->bytes;
        if (bytes->length > 0)
            text_add_bytes(&all, bytes->start, bytes->length);
        text_add(&all, "\n");
    }
    write_as(folder, name, &all);
    text_free(&all);
}

static void run_sim(struct text *said, const char *folder, char *const *names, size_t count,
                    bool boxed)
{
    char least[16];
    const char **words = calloc(count + 10, sizeof words[0]);
    if (words == NULL)
        abort();
    snprintf(least, sizeof least, "-t%d", LEAST_PERCENT);
    const char *const head[] = {
        sim, "-p", "-s", "-a", "-e", "-T", least, "given-labs.c", "given-solutions.c"};
    size_t word = 0;
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        words[word++] = head[i];
    for (size_t i = 0; i < count; i++)
        words[word++] = names[i];
    const struct command_place place = {.folder = folder, .boxed = boxed, .patience = 1};
    struct command command = {.words = words};
    if (commands_run(&command, 1, &place) && command.end == COMMAND_EXITED && command.status == 0)
        text_add(said, "%s", command.said.start != NULL ? command.said.start : "");
    text_free(&command.said);
    free(words);
}

void alike_find(struct alike *alike, const struct job *jobs, size_t count,
                const struct session *session, size_t lab)
{
    struct text said = {0};
    char *folder = NULL;
    char **names = calloc(count + 1, sizeof names[0]);
    size_t found = 0;
    if (names == NULL || asprintf(&folder, "%s/.jobs/.alike", session->out) == -1)
        abort();
    if (access(sim, X_OK) == 0 && make_folders(folder) && chmod(folder, 0755) == 0) {
        add_given(folder, session, "labs", lab);
        add_given(folder, session, "solutions", lab);
        for (size_t i = 0; i < count; i++)
            if (jobs[i].lab == lab && asprintf(&names[found], "%zu.c", i) != -1)
                add_job(folder, &jobs[i], names[found++]);
        run_sim(&said, folder, names, found, session->boxed);
        alike_read(alike, said.start != NULL ? said.start : "", jobs, count);
        remove_tree(AT_FDCWD, folder, getuid(), REMOVE_SECONDS);
    }
    for (size_t i = 0; i < found; i++)
        free(names[i]);
    free(names);
    free(folder);
    text_free(&said);
}
