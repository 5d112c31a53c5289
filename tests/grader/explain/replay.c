/* Evidence from a file again: see record.c. */
#include "grader/explain/fields.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t count, size_t size)
{
    void *place = calloc(count + 1, size);
    if (place == NULL)
        abort();
    return place;
}

static void read_bytes(struct text *text, const char *from)
{
    for (; *from != '\0'; from++) {
        char digits[3] = "";
        char byte = *from;
        if (byte == '%' && from[1] != '\0' && from[2] != '\0') {
            memcpy(digits, from + 1, 2);
            byte = (char)strtol(digits, NULL, 16);
            from += 2;
        }
        text_add_bytes(text, &byte, 1);
    }
}

/* What ITEM says, if it is a number that fits; else USUAL. */
static int64_t number_of(const cJSON *item, int64_t usual)
{
    const double most = 9e18; /* below INT64_MAX */
    double value = cJSON_IsNumber(item) ? item->valuedouble : most;
    return value > -most && value < most ? (int64_t)value : usual;
}

static void read_field(const struct field *field, void *of, const cJSON *from)
{
    char *place = (char *)of + field->offset;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, field->name);
    const char *string = cJSON_GetStringValue(item);
    if (field->kind == TEXT || field->kind == STRING) {
        struct text text = {0};
        read_bytes(&text, string != NULL ? string : "");
        if (field->kind == TEXT)
            memcpy(place, &text, sizeof text);
        else if (text.length > 0 && text.length < field->size)
            memcpy(place, text.start, text.length + 1);
        if (field->kind == STRING)
            text_free(&text);
        return;
    }
    int64_t value = number_of(item, field->usual);
    memcpy(place, &value, field->size);
}

static void read_fields(const struct fields *fields, void *of, const cJSON *from)
{
    for (size_t i = 0; i < fields->count; i++)
        read_field(&fields->list[i], of, from);
}

static void read_step(void *of, const cJSON *from)
{
    enum { LAST_ERROR = 200 };
    struct step *step = of;
    const char *call = cJSON_GetStringValue(cJSON_GetObjectItem(from, "call"));
    const char *error = cJSON_GetStringValue(cJSON_GetObjectItem(from, "error"));
    for (int32_t i = 0; call != NULL && i < CALL_COUNT; i++)
        if (strcmp(fields_call_names[i], call) == 0)
            step->event.call = i;
    for (int i = 1; error != NULL && i < LAST_ERROR; i++)
        if (strerrorname_np(i) != NULL && strcmp(strerrorname_np(i), error) == 0)
            step->event.error = i;
    step->event.state = cJSON_GetObjectItem(from, "pending") != NULL ? EVENT_BEGUN : EVENT_DONE;
    read_fields(&fields_of_step, step, from);
}

static void read_peer(void *peer, const cJSON *from)
{
    read_fields(&fields_of_peer, peer, from);
}

static void read_note(void *of, const cJSON *from)
{
    struct note *note = of;
    note->actor = "";
    read_fields(&fields_of_note, note, from);
}

static void read_process(void *process, const cJSON *from)
{
    read_fields(&fields_of_process, process, from);
}

static void read_number(void *number, const cJSON *from)
{
    *(int32_t *)number = (int32_t)number_of(from, 0);
}

static void read_name(void *name, const cJSON *from)
{
    enum { SIZE = sizeof *((struct evidence *)0)->own };
    const char *string = cJSON_GetStringValue(from);
    struct text text = {0};
    read_bytes(&text, string != NULL ? string : "");
    if (text.length > 0 && text.length < SIZE)
        memcpy(name, text.start, text.length + 1);
    text_free(&text);
}

static void *read_list(size_t *count, const char *name, size_t size, const cJSON *json,
                       void (*read)(void *, const cJSON *))
{
    const cJSON *list = cJSON_GetObjectItem(json, name);
    char *place = allocate((size_t)cJSON_GetArraySize(list), size);
    *count = 0;
    for (const cJSON *item = list == NULL ? NULL : list->child; item != NULL; item = item->next)
        read(place + (*count)++ * size, item);
    return place;
}
#define READ_LIST(evidence, json, list, count, read)                                               \
    ((evidence)->list = read_list(&(evidence)->count, #list, sizeof *(evidence)->list, json, read))

static void put_back(struct step *step, int32_t pid, size_t place)
{
    struct probe_event *event = &step->event;
    event->number += (uint32_t)place;
    if (event->pid == 0)
        event->pid = pid;
    if (event->tid == 0)
        event->tid = event->pid;
}

/* Adds the steps of LIST as often as they came. */
static void read_steps(struct evidence *evidence, const cJSON *list)
{
    enum { MOST = PROBE_HEAD + PROBE_TAIL };
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        const cJSON *group = cJSON_GetObjectItem(item, "steps");
        double times = group == NULL ? 1 : cJSON_GetNumberValue(cJSON_GetObjectItem(item, "times"));
        const cJSON *first = group == NULL ? item : group->child;
        for (int round = 0; first != NULL && round < times && evidence->count < MOST; round++)
            for (const cJSON *at = first; at != NULL && evidence->count < MOST;
                 at = group == NULL ? NULL : at->next)
                read_step(&evidence->steps[evidence->count++], at);
    }
}

bool evidence_read(struct evidence *evidence, const char *json)
{
    cJSON *whole = cJSON_Parse(json);
    *evidence = (struct evidence){.waiting = -1, .kept = -1, .extra = -1};
    if (!cJSON_IsArray(cJSON_GetObjectItem(whole, "steps"))) {
        cJSON_Delete(whole);
        return false;
    }
    const char *expected = cJSON_GetStringValue(cJSON_GetObjectItem(whole, "expected"));
    evidence->expected = expectation_named(expected != NULL ? expected : "");
    read_fields(&fields_of_evidence, evidence, whole);
    read_fields(&fields_of_program, &evidence->program, cJSON_GetObjectItem(whole, "program"));
    read_fields(&fields_of_dialogue, &evidence->dialogue, cJSON_GetObjectItem(whole, "dialogue"));
    read_step(&evidence->crash, cJSON_GetObjectItem(whole, "crash"));
    READ_LIST(evidence, whole, tasks, task_count, read_number);
    READ_LIST(evidence, whole, held, held_count, read_number);
    READ_LIST(evidence, whole, sockets, socket_count, read_number);
    READ_LIST(evidence, whole, own, own_count, read_name);
    READ_LIST(evidence, whole, processes, process_count, read_process);
    READ_LIST(evidence, whole, peers, peer_count, read_peer);
    READ_LIST(evidence, whole, locks, lock_count, read_step);
    READ_LIST(evidence, whole, notes, note_count, read_note);
    evidence->steps = allocate(PROBE_HEAD + PROBE_TAIL, sizeof *evidence->steps);
    read_steps(evidence, cJSON_GetObjectItem(whole, "steps"));
    for (size_t i = 0; i < evidence->count; i++)
        put_back(&evidence->steps[i], evidence->program.pid, i);
    cJSON_Delete(whole);
    return true;
}
