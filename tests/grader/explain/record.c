/* Evidence as JSON, for people to read as well: a step is a line, and what has its usual value is
   left out. Of strings, bytes that are not plain ASCII stand as %XX. */
#include "grader/explain/fields.h"

#include <stdlib.h>
#include <string.h>

static int64_t number_at(const void *place, size_t size, bool is_signed)
{
    int64_t value = 0;
    memcpy(&value, place, size); /* little-endian, as all machines that this kit is for */
    if (is_signed && size < sizeof value && (value >> (size * 8 - 1) & 1) != 0)
        value -= (int64_t)1 << size * 8;
    return value;
}

static void *allocate(size_t count, size_t size)
{
    void *place = calloc(count + 1, size);
    if (place == NULL)
        abort();
    return place;
}

static void write_bytes(struct text *text, const char *bytes, size_t length)
{
    static const char digits[] = "0123456789ABCDEF";
    text_add(text, "\"");
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte < ' ' || byte > '~' || byte == '%' || byte == '"' || byte == '\\')
            text_add_bytes(text, (const char[]){'%', digits[byte >> 4], digits[byte & 15]}, 3);
        else
            text_add_bytes(text, (const char *)&bytes[i], 1);
    }
    text_add(text, "\"");
}

static void write_named(struct text *text, const char *name, const char *bytes, size_t length)
{
    text_add(text, "%s\"%s\": ", text->start[text->length - 1] == '{' ? "" : ", ", name);
    write_bytes(text, bytes, length);
}

static void write_field(struct text *text, const struct field *field, const void *of)
{
    const char *place = (const char *)of + field->offset;
    const struct text *string = (const void *)place;
    if (field->kind == TEXT && string->length > 0)
        write_named(text, field->name, string->start, string->length);
    if (field->kind == STRING && place[0] != '\0')
        write_named(text, field->name, place, strnlen(place, field->size));
    if (field->kind == TEXT || field->kind == STRING)
        return;
    int64_t value = number_at(place, field->size, field->kind == SIGNED);
    if (value != field->usual)
        text_add(text, "%s\"%s\": %lld", text->start[text->length - 1] == '{' ? "" : ", ",
                 field->name, (long long)value);
}

static void write_fields(struct text *text, const struct fields *fields, const void *of)
{
    for (size_t i = 0; i < fields->count; i++)
        write_field(text, &fields->list[i], of);
}

static void write_step(struct text *text, const void *of)
{
    const struct step *step = of;
    const char *error = strerrorname_np(step->event.error);
    text_add(text, "{\"call\": \"%s\"", fields_call_names[step->event.call]);
    if (trace_is_pending(&step->event))
        text_add(text, ", \"pending\": 1");
    if (step->event.error != 0)
        text_add(text, ", \"error\": \"%s\"", error != NULL ? error : "unknown");
    write_fields(text, &fields_of_step, step);
    text_add(text, "}");
}

static void write_object(struct text *text, const struct fields *fields, const void *of)
{
    text_add(text, "{");
    write_fields(text, fields, of);
    text_add(text, "}");
}

static void write_peer(struct text *text, const void *peer)
{
    write_object(text, &fields_of_peer, peer);
}

static void write_note(struct text *text, const void *note)
{
    write_object(text, &fields_of_note, note);
}

static void write_process(struct text *text, const void *process)
{
    write_object(text, &fields_of_process, process);
}

static void write_number(struct text *text, const void *number)
{
    text_add(text, "%d", *(const int32_t *)number);
}

static void write_name(struct text *text, const void *name)
{
    write_bytes(text, name, strlen(name));
}

static void write_list(struct text *text, const char *name, const void *list, size_t count,
                       size_t size, void (*write)(struct text *, const void *))
{
    if (count == 0)
        return;
    text_add(text, ",\n\"%s\": [", name);
    for (size_t i = 0; i < count; i++) {
        text_add(text, i == 0 ? "\n " : ",\n ");
        write(text, (const char *)list + i * size);
    }
    text_add(text, "]");
}
#define WRITE_LIST(text, evidence, list, count, write)                                             \
    write_list(text, #list, (evidence)->list, (evidence)->count, sizeof *(evidence)->list, write)

/* ---- steps that repeat ---- */

static bool is_when(const struct field *field)
{
    return field->offset == offsetof(struct step, event.number) ||
           field->offset == offsetof(struct step, event.begun) ||
           field->offset == offsetof(struct step, event.ended);
}

/* They differ in their number and their time alone; and of those that sleep or wait, the time says
   how long. */
static bool are_alike(const struct step *left, const struct step *right)
{
    enum probe_group group = trace_group(&left->event);
    bool alike = group != GROUP_SLEEPING && group != GROUP_WAITING &&
                 left->event.call == right->event.call && left->event.state == right->event.state &&
                 left->event.error == right->event.error;
    for (size_t i = 0; i < fields_of_step.count && alike; i++) {
        size_t at = fields_of_step.list[i].offset;
        alike = is_when(&fields_of_step.list[i]) ||
                memcmp((const char *)left + at, (const char *)right + at,
                       fields_of_step.list[i].size) == 0;
    }
    return alike;
}

/* How often the PERIOD of COUNT STEPS come again right after themselves. */
static size_t repeats(const struct step *steps, size_t count, size_t period)
{
    size_t at = period;
    while (at < count && are_alike(&steps[at], &steps[at - period]))
        at++;
    return at <= count ? at / period - 1 : 0;
}

/* Writes the PERIOD steps once, TIMES stands for how often they came. */
static void write_group(struct text *text, const struct step *steps, size_t period, size_t times)
{
    if (times > 1)
        text_add(text, "{\"times\": %zu, \"steps\": [", times);
    for (size_t k = 0; k < period; k++) {
        text_add(text, k == 0 ? "" : ", ");
        write_step(text, &steps[k]);
    }
    text_add(text, times > 1 ? "]}" : "");
}

/* Steps that only repeat are written once, with a count. */
static void write_steps(struct text *text, const struct step *steps, size_t count)
{
    enum { MOST_PERIOD = 4, OFTEN = 8 };
    text_add(text, ",\n\"steps\": [");
    for (size_t i = 0; i < count;) {
        size_t period = 1;
        size_t times = repeats(steps + i, count - i, period);
        while (times < OFTEN && period < MOST_PERIOD)
            times = repeats(steps + i, count - i, ++period);
        if (times < OFTEN)
            period = 1;
        times = times < OFTEN ? 1 : times + 1;
        text_add(text, i == 0 ? "\n " : ",\n ");
        write_group(text, steps + i, period, times);
        i += period * times;
    }
    text_add(text, "]");
}

/* What is usual becomes 0, and so is left out: the first process, its first thread, and a number
   that is the step's place. */
static void leave_out(struct step *step, int32_t pid, size_t place)
{
    struct probe_event *event = &step->event;
    event->number -= (uint32_t)place;
    if (event->tid == event->pid)
        event->tid = 0;
    if (event->pid == pid)
        event->pid = 0;
}

void evidence_write(struct text *text, const struct evidence *evidence, const char *test,
                    const char *cause, const char *sentence)
{
    text_add(text, "{");
    write_named(text, "test", test, strlen(test));
    write_named(text, "cause", cause, strlen(cause));
    write_named(text, "sentence", sentence, strlen(sentence));
    write_named(text, "expected", expectation_name(evidence->expected),
                strlen(expectation_name(evidence->expected)));
    write_fields(text, &fields_of_evidence, evidence);
    text_add(text, ",\n\"program\": ");
    write_object(text, &fields_of_program, &evidence->program);
    text_add(text, ",\n\"dialogue\": ");
    write_object(text, &fields_of_dialogue, &evidence->dialogue);
    if (evidence->crash.event.signal != 0) {
        text_add(text, ",\n\"crash\": ");
        write_step(text, &evidence->crash);
    }
    WRITE_LIST(text, evidence, tasks, task_count, write_number);
    WRITE_LIST(text, evidence, held, held_count, write_number);
    WRITE_LIST(text, evidence, sockets, socket_count, write_number);
    WRITE_LIST(text, evidence, own, own_count, write_name);
    WRITE_LIST(text, evidence, processes, process_count, write_process);
    WRITE_LIST(text, evidence, peers, peer_count, write_peer);
    WRITE_LIST(text, evidence, locks, lock_count, write_step);
    WRITE_LIST(text, evidence, notes, note_count, write_note);
    struct step *steps = allocate(evidence->count, sizeof *steps);
    for (size_t i = 0; i < evidence->count; i++) {
        steps[i] = evidence->steps[i];
        leave_out(&steps[i], evidence->program.pid, i);
    }
    write_steps(text, steps, evidence->count);
    text_add(text, "\n}\n");
    free(steps);
}
