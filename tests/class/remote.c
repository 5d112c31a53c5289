#include "class/remote.h"

#include "class/run.h"
#include "grade/interrupt.h"
#include "grader/base/messages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the list ---- */

/* Adds WORD in quotes, so that a shell takes it as it is. */
static void add_word(struct text *line, const char *word)
{
    text_add(line, "'");
    for (; *word != '\0'; word++)
        if (*word == '\'')
            text_add(line, "'\\''");
        else
            text_add_bytes(line, word, 1);
    text_add(line, "'");
}

static void add_option(struct text *line, const char *name, const char *value)
{
    if (value == NULL)
        return;
    text_add(line, " --%s ", name);
    add_word(line, value);
}

bool remote_list(struct text *list, struct job *const *order, size_t count,
                 const struct session *session)
{
    char *class = kit_built(&session->kit, "class");
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        struct text line = {0};
        add_word(&line, class);
        add_option(&line, "job", order[i]->folder);
        add_option(&line, "labs", all_labs[order[i]->lab].name);
        add_option(&line, "base", order[i]->base);
        add_option(&line, "box", session->boxed ? "1" : "0");
        add_option(&line, "patience", session->options->patience);
        add_option(&line, "language", translation_language());
        add_option(&line, "kit", session->kit.root);
        add_option(&line, "cc", session->kit.compiler);
        good = good && strchr(line.start, '\n') == NULL;
        text_add(list, "%s\n", line.start);
        text_free(&line);
    }
    if (!good)
        fprintf(stderr, "class: the name of a folder has a newline in it: no list of commands can "
                        "be made\n");
    free(class);
    return good;
}

/* ---- one of them ---- */

/* "STUDENT/LAB", at the end of FOLDER. */
static const char *end_of(const char *folder)
{
    int slashes = 0;
    const char *at = folder + strlen(folder);
    while (at > folder && (at[-1] != '/' || ++slashes < 2))
        at--;
    return at;
}

static bool work(struct job *job, const struct session *session)
{
    bool good = job_find(job);
    if (good && !job->kept)
        good = run_one(job, session) && job->done && job->verdict.scored;
    return good;
}

/* Reports are in the language of whoever asked for them, and not in that of this machine. In the
   locale C, LANGUAGE would count for nothing. */
static void speak(const char *language)
{
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("LANGUAGE", language, 1);
}

int remote_work(const struct class_options *options)
{
    struct session session = {.options = options};
    struct job job = {.status = -1, .base = options->base, .folder = strdup(options->job)};
    while (!options->labs[job.lab])
        job.lab++;
    if (options->language != NULL)
        speak(options->language);
    session.boxed = options->box != NULL && strcmp(options->box, "0") != 0;
    bool good = job.folder != NULL && kit_find(&session.kit, options->kit, options->compiler);
    /* Until this process ends. Before signals are taken in: one ends the wait. */
    if (good && job_lock(&job, true) == -1) {
        fprintf(stderr, "class: %s cannot be locked: %s\n", job.folder, strerror(errno));
        good = false;
    }
    good = good && interrupt_open() != -1 && work(&job, &session);
    if (good)
        printf("%s\n", end_of(job.folder));
    job_free(&job);
    return good ? CLASS_DONE : CLASS_FAULT;
}
