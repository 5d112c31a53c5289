#include "grader/explain/fields.h"

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
/* Versions of clang-format differ on braces in a macro. */
/* clang-format off */
#define NAMED(type, member, name, usual) \
    {name, offsetof(type, member), sizeof(((const type *)0)->member), \
     KIND(((const type *)0)->member), usual}
/* clang-format on */
#define FIELD(type, member) NAMED(type, member, #member, 0)
#define FIELD_OR(type, member, usual) NAMED(type, member, #member, usual)
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

#define OF_STEP(member) NAMED(struct step, event.member, #member, 0)
static const struct field step_fields[] = {
    NAMED(struct step, event.fd, "fd", -1),
    OF_STEP(given),
    OF_STEP(result),
    OF_STEP(port),
    OF_STEP(address),
    OF_STEP(process),
    OF_STEP(unread),
    OF_STEP(besides),
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
    OF_PEER(name),       OF_PEER(port),
    OF_PEER(other),      OF_PEER(other_address),
    OF_PEER(open),       OF_PEER(listening),
    OF_PEER(connecting), OF_PEER(finished),
    OF_PEER(reset),      OF_PEER(ended),
    OF_PEER(sent),       OF_PEER(received),
    OF_PEER(datagram),   FIELD_OR(struct evidence_peer, unread, -1),
    OF_PEER(come),
};

#define OF_NOTE(member) FIELD(struct note, member)
static const struct field note_fields[] = {OF_NOTE(kind), OF_NOTE(time), OF_NOTE(port),
                                           OF_NOTE(bytes), OF_NOTE(text)};

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
    OF_EVIDENCE(stack_full),
    OF_EVIDENCE(recursion),
};

const struct fields fields_of_step = {step_fields, COUNT_OF(step_fields)};
const struct fields fields_of_program = {program_fields, COUNT_OF(program_fields)};
const struct fields fields_of_peer = {peer_fields, COUNT_OF(peer_fields)};
const struct fields fields_of_note = {note_fields, COUNT_OF(note_fields)};
const struct fields fields_of_process = {process_fields, COUNT_OF(process_fields)};
const struct fields fields_of_dialogue = {dialogue_fields, COUNT_OF(dialogue_fields)};
const struct fields fields_of_evidence = {fields, COUNT_OF(fields)};

const char *const fields_call_names[CALL_COUNT] = {
#define CALL_NAME(name, text, group) #name,
    PROBE_CALLS(CALL_NAME)
#undef CALL_NAME
};
