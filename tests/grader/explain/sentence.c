#include "grader/explain/sentence.h"

#include "grader/explain/actors.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void add_place(struct text *text, const struct step *step, const char *before,
                      const char *behind)
{
    if (step == NULL || step->line.number == 0)
        return;
    text_add(text, "%s", before);
    trace_place(text, &step->line);
    text_add(text, "%s", behind);
}

static void add_address(struct text *text, uint32_t address)
{
    char name[INET_ADDRSTRLEN];
    struct in_addr in = {.s_addr = htonl(address)};
    text_add(text, "%s", inet_ntop(AF_INET, &in, name, sizeof name));
}

/* Who made STEP; with a capital letter if it begins a sentence. */
static void add_actor(struct text *text, char kind, const struct evidence *e,
                      const struct step *step)
{
    size_t begin = text->length;
    actor_add(text, e, step);
    if (kind == 'T')
        text->start[begin] = (char)toupper((unsigned char)text->start[begin]);
}

/* What KIND tells of STEP. */
static void add_of_step(struct text *text, char kind, const struct step *step)
{
    const struct probe_event *event = &step->event;
    const char *name = strerrorname_np(event->error);
    switch (kind) {
    case 'c':
        text_add(text, "%s", trace_name(event));
        break;
    case 'd':
        text_add(text, "%d", event->fd);
        break;
    case 'a':
        text_add(text, "%lld", (long long)event->given);
        break;
    case 'A':
        text_add(text, "%llu", (unsigned long long)event->given);
        break;
    case 'r':
        text_add(text, "%lld", (long long)event->result);
        break;
    case 'u':
        text_add(text, "%d", event->unread);
        break;
    case 'o':
        text_add(text, "%d", event->port);
        break;
    case 'i':
        add_address(text, event->address);
        break;
    case 'e':
        text_add(text, "%s", strerror(event->error));
        break;
    case 'E':
        text_add(text, "%s", name != NULL ? name : _("an unknown error"));
        break;
    case 'p':
        trace_place(text, &step->line);
        break;
    case 'f':
        text_harmless(text, step->line.function, strlen(step->line.function), 64, false);
        break;
    default: /* test_sentence has seen to it that there is no such place in the table */
        abort();
    }
}

static long long number_of(char name, const struct finding *finding)
{
    return name == 'n' ? finding->n : name == 'm' ? finding->m : finding->k;
}

static const struct step *step_of(char digit, const struct finding *finding)
{
    size_t number = (size_t)(digit - '0');
    if (number < 1 || number >= FINDING_STEPS)
        abort();
    return finding->step[number];
}

static void add(struct text *text, const char *from, const char *end, const struct evidence *e,
                const struct finding *finding);

/* `{n:byte|bytes}` at AT: adds one of the two, and returns what stands behind it. */
static const char *add_plural(struct text *text, const char *at, const struct evidence *e,
                              const struct finding *finding)
{
    const char *one = at + 3;
    const char *many = strchr(one, '|');
    const char *end = many == NULL ? NULL : strchr(many, '}');
    if (end == NULL)
        abort();
    if (number_of(at[1], finding) == 1)
        add(text, one, many, e, finding);
    else
        add(text, many + 1, end, e, finding);
    return end + 1;
}

/* The place at AT, behind its $. Returns what stands behind it. */
static const char *add_found(struct text *text, const char *at, const struct evidence *e,
                             const struct finding *finding)
{
    static const char role[] = "role";
    if (strncmp(at, role, sizeof role - 1) == 0) {
        text_add(text, "%s", _(e->program.role));
        return at + sizeof role - 1;
    }
    switch (*at) {
    case '$':
    case '[':
    case ']':
        text_add_bytes(text, at, 1);
        return at + 1;
    case 'n':
    case 'm':
    case 'k':
        text_add(text, "%lld", number_of(*at, finding));
        return at + 1;
    case '{':
        return add_plural(text, at, e, finding);
    case 'q':
        text_add_bytes(text, finding->quote.start, finding->quote.length);
        return at + 1;
    case 'w':
        text_add(text, "%s", finding->word);
        return at + 1;
    case '(':
        add_place(text, step_of(at[1], finding), _(" ("), _(")"));
        return at + 3;
    default:
        break;
    }
    if (*at >= '1' && *at <= '9') {
        add_place(text, step_of(*at, finding), _(", "), "");
        return at + 1;
    }
    if (*at == 't' || *at == 'T')
        add_actor(text, *at, e, step_of(at[1], finding));
    else
        add_of_step(text, *at, step_of(at[1], finding));
    return at + 2;
}

/* Adds the part of a sentence that goes up to END. */
static void add(struct text *text, const char *from, const char *end, const struct evidence *e,
                const struct finding *finding)
{
    for (const char *at = from; at < end;) {
        size_t plain = strcspn(at, "$[]");
        if (plain > (size_t)(end - at))
            plain = (size_t)(end - at);
        text_add_bytes(text, at, plain);
        at += plain;
        if (at == end)
            return;
        if (*at == '$')
            at = add_found(text, at + 1, e, finding);
        else if (*at == ']')
            at++;
        else
            at += (finding->parts & PART(at[1])) != 0 ? 3 : strcspn(at, "]") + 1;
    }
}

void sentence_add(struct text *text, const char *sentence, const struct evidence *evidence,
                  const struct finding *finding)
{
    sentence = _(sentence);
    add(text, sentence, sentence + strlen(sentence), evidence, finding);
}
