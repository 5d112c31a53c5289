/* Evidence as JSON, for people to read as well: a step is a line, and what has its usual value is
   left out. Of strings, bytes that are not plain ASCII stand as %XX. */
#include "grader/explain/evidence.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- which members there are ---- */

enum kind { TRUTH, SIGNED, UNSIGNED, TEXT, STRING };

struct field {
    const char *name;
    size_t offset;
    size_t size;
    enum kind kind;
    int usual; /* the value that is left out */
};

#define KIND(member)                                                                               \
    _Generic((member),                                                                             \
        bool: TRUTH,                                                                               \
        int8_t: SIGNED,                                                                            \
        int16_t: SIGNED,                                                                           \
        int32_t: SIGNED,                                                                           \
        int64_t: SIGNED,                                                                           \
        uint8_t: UNSIGNED,                                                                         \
        uint16_t: UNSIGNED,                                                                        \
        uint32_t: UNSIGNED,                                                                        \
        uint64_t: UNSIGNED,                                                                        \
        struct text: TEXT,                                                                         \
        char *: STRING,                                                                            \
        const char *: STRING)
#define NAMED(type, member, name, usual)                                                           \
    {                                                                                              \
        name, offsetof(type, member), sizeof(((const type *)0)->member),                           \
            KIND(((const type *)0)->member), usual                                                 \
    }
#define FIELD(type, member) NAMED(type, member, #member, 0)
#define FIELD_OR(type, member, usual) NAMED(type, member, #member, usual)
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

#define OF_STEP(member) NAMED(struct step, event.member, #member, 0)
static const struct field step_fields[] = {
    NAMED(struct step, event.fd, "fd", -1),
    OF_STEP(asked),
    OF_STEP(result),
    OF_STEP(port),
    OF_STEP(address),
    OF_STEP(process),
    OF_STEP(unread),
    OF_STEP(is_socket),
    OF_STEP(tcp_state),
    OF_STEP(faulted),
    OF_STEP(in_stdio),
    OF_STEP(pid),
    OF_STEP(tid),
    OF_STEP(number),
    OF_STEP(begun),
    OF_STEP(ended),
    OF_STEP(caller),
    NAMED(struct step, line.file, "file", 0),
    NAMED(struct step, line.number, "line", 0),
    NAMED(struct step, line.function, "function", 0),
};

#define OF_PROGRAM(member) FIELD(struct evidence_program, member)
static const struct field program_fields[] = {
    OF_PROGRAM(role),           OF_PROGRAM(pid),           OF_PROGRAM(ended),
    OF_PROGRAM(terminated),     OF_PROGRAM(status),        OF_PROGRAM(under_valgrind),
    OF_PROGRAM(spinning),       OF_PROGRAM(timed),         OF_PROGRAM(port),
    OF_PROGRAM(asked_port),     OF_PROGRAM(keyboard_open), OF_PROGRAM(typed),
    OF_PROGRAM(reads_keyboard), OF_PROGRAM(in_vfork),      OF_PROGRAM(waits_for_child),
    OF_PROGRAM(child_blocked),  OF_PROGRAM(child_ignored), OF_PROGRAM(child_caught),
    OF_PROGRAM(threads),        OF_PROGRAM(said),          OF_PROGRAM(complained),
    OF_PROGRAM(shows_prompt),   OF_PROGRAM(shows_says),
};

#define OF_PEER(member) FIELD(struct evidence_peer, member)
static const struct field peer_fields[] = {
    OF_PEER(name),
    OF_PEER(port),
    OF_PEER(other),
    OF_PEER(other_address),
    OF_PEER(open),
    OF_PEER(listening),
    OF_PEER(connecting),
    OF_PEER(finished),
    OF_PEER(reset),
    OF_PEER(sent),
    OF_PEER(received),
    OF_PEER(datagram),
    FIELD_OR(struct evidence_peer, unread, -1),
    OF_PEER(come),
};

#define OF_NOTE(member) FIELD(struct note, member)
static const struct field note_fields[] = {OF_NOTE(time), OF_NOTE(port), OF_NOTE(bytes),
                                           OF_NOTE(text)};

#define OF_PROCESS(member) FIELD(struct evidence_process, member)
static const struct field process_fields[] = {OF_PROCESS(pid), OF_PROCESS(zombie),
                                              OF_PROCESS(ended), OF_PROCESS(waits_for_lock)};

#define OF_DIALOGUE(member) FIELD(struct evidence_dialogue, member)
static const struct field dialogue_fields[] = {
    OF_DIALOGUE(in_lines), FIELD_OR(struct evidence_dialogue, peer, -1),
    OF_DIALOGUE(said),     OF_DIALOGUE(lines_said),
    OF_DIALOGUE(longest),  OF_DIALOGUE(typed_whole),
    OF_DIALOGUE(heard),    OF_DIALOGUE(wanted),
    OF_DIALOGUE(awaits),   OF_DIALOGUE(awaited),
    OF_DIALOGUE(shown),
};

#define OF_EVIDENCE(member) FIELD(struct evidence, member)
static const struct field fields[] = {
    OF_EVIDENCE(last),
    OF_EVIDENCE(datagrams),
    OF_EVIDENCE(explained),
    OF_EVIDENCE(now),
    OF_EVIDENCE(program_count),
    FIELD_OR(struct evidence, waiting, -1),
    OF_EVIDENCE(zombies),
    FIELD_OR(struct evidence, kept, -1),
    OF_EVIDENCE(keepers),
    OF_EVIDENCE(first_keeps),
    OF_EVIDENCE(has_data),
    OF_EVIDENCE(data),
    OF_EVIDENCE(has_back),
    OF_EVIDENCE(back),
    FIELD_OR(struct evidence, extra, -1),
    OF_EVIDENCE(unwritten),
    OF_EVIDENCE(unwritten_in),
    OF_EVIDENCE(memory_error),
};

static const char *const call_names[CALL_COUNT] = {
#define CALL_NAME(name, text, group) #name,
    PROBE_CALLS(CALL_NAME)
#undef CALL_NAME
};

/* ---- numbers of any size ---- */

static int64_t number_at(const void *place, size_t size, bool is_signed)
{
    int64_t value = 0;
    memcpy(&value, place, size); /* little-endian, as all machines that this kit is for */
    if (is_signed && size < sizeof value && (value >> (size * 8 - 1) & 1) != 0)
        value -= (int64_t)1 << size * 8;
    return value;
}

/* ---- writing ---- */

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

static void write_fields(struct text *text, const struct field *list, size_t count, const void *of)
{
    for (size_t i = 0; i < count; i++)
        write_field(text, &list[i], of);
}

static void write_step(struct text *text, const void *of)
{
    const struct step *step = of;
    const char *error = strerrorname_np(step->event.error);
    text_add(text, "{\"call\": \"%s\"", call_names[step->event.call]);
    if (trace_is_pending(&step->event))
        text_add(text, ", \"pending\": 1");
    if (step->event.error != 0)
        text_add(text, ", \"error\": \"%s\"", error != NULL ? error : "unknown");
    write_fields(text, step_fields, COUNT_OF(step_fields), step);
    text_add(text, "}");
}

static void write_object(struct text *text, const struct field *list, size_t count, const void *of)
{
    text_add(text, "{");
    write_fields(text, list, count, of);
    text_add(text, "}");
}

static void write_peer(struct text *text, const void *peer)
{
    write_object(text, peer_fields, COUNT_OF(peer_fields), peer);
}

static void write_note(struct text *text, const void *of)
{
    const struct note *note = of;
    text_add(text, "{\"kind\": %d", (int)note->kind);
    write_fields(text, note_fields, COUNT_OF(note_fields), note);
    text_add(text, "}");
}

static void write_process(struct text *text, const void *process)
{
    write_object(text, process_fields, COUNT_OF(process_fields), process);
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
    for (size_t i = 0; i < COUNT_OF(step_fields) && alike; i++) {
        size_t at = step_fields[i].offset;
        alike = is_when(&step_fields[i]) ||
                memcmp((const char *)left + at, (const char *)right + at, step_fields[i].size) == 0;
    }
    return alike;
}

/* How often the PERIOD steps at I come again right after themselves. */
static size_t repeats(const struct evidence *evidence, size_t i, size_t period)
{
    size_t at = i + period;
    while (at < evidence->count && are_alike(&evidence->steps[at], &evidence->steps[at - period]))
        at++;
    return at <= evidence->count ? (at - i) / period - 1 : 0;
}

/* Steps that only repeat are written once, with a count. */
static void write_steps(struct text *text, const struct evidence *evidence)
{
    enum { MOST_PERIOD = 4, OFTEN = 8 };
    text_add(text, ",\n\"steps\": [");
    for (size_t i = 0; i < evidence->count;) {
        size_t period = 1;
        size_t times = repeats(evidence, i, period);
        while (times < OFTEN && period < MOST_PERIOD)
            times = repeats(evidence, i, ++period);
        if (times < OFTEN)
            period = 1;
        text_add(text, i == 0 ? "\n " : ",\n ");
        if (times >= OFTEN)
            text_add(text, "{\"times\": %zu, \"steps\": [", times + 1);
        for (size_t k = 0; k < period; k++) {
            text_add(text, k == 0 ? "" : ", ");
            write_step(text, &evidence->steps[i + k]);
        }
        text_add(text, times >= OFTEN ? "]}" : "");
        i += times < OFTEN ? 1 : period * (times + 1);
    }
    text_add(text, "]");
}

void evidence_write(struct text *text, const struct evidence *evidence, const char *test,
                    const char *cause, const char *sentence)
{
    text_add(text, "{");
    write_named(text, "test", test, strlen(test));
    write_named(text, "cause", cause, strlen(cause));
    write_named(text, "sentence", sentence, strlen(sentence));
    write_fields(text, fields, COUNT_OF(fields), evidence);
    text_add(text, ",\n\"program\": ");
    write_object(text, program_fields, COUNT_OF(program_fields), &evidence->program);
    text_add(text, ",\n\"dialogue\": ");
    write_object(text, dialogue_fields, COUNT_OF(dialogue_fields), &evidence->dialogue);
    text_add(text, ",\n\"crash\": ");
    write_step(text, &evidence->crash);
    WRITE_LIST(text, evidence, tasks, task_count, write_number);
    WRITE_LIST(text, evidence, held, held_count, write_number);
    WRITE_LIST(text, evidence, sockets, socket_count, write_number);
    WRITE_LIST(text, evidence, own, own_count, write_name);
    WRITE_LIST(text, evidence, processes, process_count, write_process);
    WRITE_LIST(text, evidence, peers, peer_count, write_peer);
    WRITE_LIST(text, evidence, locks, lock_count, write_step);
    WRITE_LIST(text, evidence, notes, note_count, write_note);
    write_steps(text, evidence);
    text_add(text, "\n}\n");
}

/* ---- reading ---- */

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

static void read_field(const struct field *field, void *of, const cJSON *from)
{
    char *place = (char *)of + field->offset;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, field->name);
    const char *string = cJSON_GetStringValue(item);
    if (field->kind == TEXT || field->kind == STRING) {
        struct text text = {0};
        read_bytes(&text, string != NULL ? string : "");
        if (field->kind == TEXT)
            *(struct text *)(void *)place = text;
        else if (text.length > 0 && text.length < field->size)
            memcpy(place, text.start, text.length + 1);
        if (field->kind == STRING)
            text_free(&text);
        return;
    }
    int64_t value = cJSON_IsNumber(item) ? (int64_t)item->valuedouble : field->usual;
    memcpy(place, &value, field->size);
}

static void read_fields(const struct field *list, size_t count, void *of, const cJSON *from)
{
    for (size_t i = 0; i < count; i++)
        read_field(&list[i], of, from);
}

static void read_step(void *of, const cJSON *from)
{
    enum { LAST_ERROR = 200 };
    struct step *step = of;
    const char *call = cJSON_GetStringValue(cJSON_GetObjectItem(from, "call"));
    const char *error = cJSON_GetStringValue(cJSON_GetObjectItem(from, "error"));
    for (int32_t i = 0; call != NULL && i < CALL_COUNT; i++)
        if (strcmp(call_names[i], call) == 0)
            step->event.call = i;
    for (int i = 1; error != NULL && i < LAST_ERROR; i++)
        if (strerrorname_np(i) != NULL && strcmp(strerrorname_np(i), error) == 0)
            step->event.error = i;
    step->event.state = cJSON_GetObjectItem(from, "pending") != NULL ? EVENT_BEGUN : EVENT_DONE;
    read_fields(step_fields, COUNT_OF(step_fields), step, from);
}

static void read_peer(void *peer, const cJSON *from)
{
    read_fields(peer_fields, COUNT_OF(peer_fields), peer, from);
}

static void read_note(void *of, const cJSON *from)
{
    struct note *note = of;
    note->actor = "";
    note->kind = (int)cJSON_GetNumberValue(cJSON_GetObjectItem(from, "kind"));
    read_fields(note_fields, COUNT_OF(note_fields), note, from);
}

static void read_process(void *process, const cJSON *from)
{
    read_fields(process_fields, COUNT_OF(process_fields), process, from);
}

static void read_number(void *number, const cJSON *from)
{
    *(int32_t *)number = (int32_t)cJSON_GetNumberValue(from);
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
    const cJSON *item;
    char *place = allocate((size_t)cJSON_GetArraySize(list), size);
    *count = 0;
    cJSON_ArrayForEach(item, list) read(place + (*count)++ * size, item);
    return place;
}
#define READ_LIST(evidence, json, list, count, read)                                               \
    ((evidence)->list = read_list(&(evidence)->count, #list, sizeof *(evidence)->list, json, read))

/* Adds the steps of LIST as often as they came. */
static void read_steps(struct evidence *evidence, const cJSON *list)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *group = cJSON_GetObjectItem(item, "steps");
        double times = group == NULL ? 1 : cJSON_GetNumberValue(cJSON_GetObjectItem(item, "times"));
        const cJSON *step = group == NULL ? item : group->child;
        for (int round = 0; round < (int)times; round++)
            for (const cJSON *at = step; at != NULL && evidence->count < PROBE_HEAD + PROBE_TAIL;
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
    read_fields(fields, COUNT_OF(fields), evidence, whole);
    read_fields(program_fields, COUNT_OF(program_fields), &evidence->program,
                cJSON_GetObjectItem(whole, "program"));
    read_fields(dialogue_fields, COUNT_OF(dialogue_fields), &evidence->dialogue,
                cJSON_GetObjectItem(whole, "dialogue"));
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
    cJSON_Delete(whole);
    return true;
}
