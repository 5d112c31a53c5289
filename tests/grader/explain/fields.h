/* Which members of the evidence are kept in a file, and under which names: for record.c, which
   writes them, and replay.c, which reads them again. */
#ifndef SOCKLADDER_FIELDS_H
#define SOCKLADDER_FIELDS_H

#include "grader/explain/evidence.h"

#include <stddef.h>

enum kind { TRUTH, SIGNED, UNSIGNED, TEXT, STRING };

struct field {
    const char *name;
    size_t offset;
    size_t size;
    enum kind kind;
    int usual; /* the value that is left out */
};

struct fields {
    const struct field *list;
    size_t count;
};
extern const struct fields fields_of_step, fields_of_program, fields_of_peer, fields_of_note,
    fields_of_process, fields_of_dialogue, fields_of_evidence;

/* What a call is called in a file: PROBE_CALLS. */
extern const char *const fields_call_names[CALL_COUNT];

#endif
