#include "grader/explain/explain.h"

#include "grader/base/settings.h"
#include "grader/expect/scenario.h"
#include "grader/explain/cause.h"
#include "grader/explain/evidence.h"
#include "grader/explain/ladder.h"
#include "grader/play/stage.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A file that cannot be written is missed by those who asked for it, and by no test. */
static void keep(const struct evidence *evidence, const struct result *result)
{
    char name[128];
    struct text text = {0};
    snprintf(name, sizeof name, "%s.json", stage.scenario->id);
    int fd = openat(settings.record, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    evidence_write(&text, evidence, stage.scenario->id, result->cause_id, result->cause);
    if (fd == -1 || !text_write(&text, fd))
        perror(name);
    if (fd != -1)
        close(fd);
    text_free(&text);
}

/* The program has named the function: its words are harmless in the result, like all others. */
static void keep_unwritten(struct result *result, const struct evidence *evidence)
{
    struct text name = {0};
    const char *file = evidence->unwritten_in.start;
    text_harmless(&name, evidence->unwritten, strlen(evidence->unwritten),
                  sizeof evidence->unwritten, false);
    snprintf(result->unwritten, sizeof result->unwritten, "%s",
             name.start != NULL ? name.start : "");
    snprintf(result->unwritten_in, sizeof result->unwritten_in, "%s", file != NULL ? file : "");
    text_free(&name);
}

void explain_failure(struct result *result)
{
    struct evidence evidence;
    struct text text = {0};
    evidence_take(&evidence);
    const struct cause *cause = cause_find(&evidence, &text);
    snprintf(result->cause, sizeof result->cause, "%s", text.start != NULL ? text.start : "");
    snprintf(result->cause_id, sizeof result->cause_id, "%s", cause != NULL ? cause->id : "");
    result->peers = evidence.peer_count;
    keep_unwritten(result, &evidence);
    ladder_draw(&evidence, result->ladder, sizeof result->ladder);
    if (settings.record != 0)
        keep(&evidence, result);
    text_free(&text);
    evidence_free(&evidence);
}

static bool never(void *unused)
{
    (void)unused;
    return false;
}

void explain_conversation(struct result *result)
{
    struct evidence evidence;
    stage_settle(NULL, never, NULL); /* the programs finish what they are at */
    evidence_take(&evidence);
    ladder_draw(&evidence, result->ladder, sizeof result->ladder);
    evidence_free(&evidence);
}
