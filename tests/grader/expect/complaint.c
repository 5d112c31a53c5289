#include "grader/expect/complaint.h"

#include <ctype.h>
#include <string.h>

/* Where CALL begins a word in the string LINE, or NULL: accept4 is an accept too. */
static const char *find_call(const char *line, const char *call)
{
    for (const char *at = line; (at = strstr(at, call)) != NULL; at++)
        if (at == line || !isalnum((unsigned char)at[-1]))
            return at;
    return NULL;
}

/* True when REST, a line behind `server: `, names CALL and REASON with a colon between them. */
static bool names_both(const char *rest, const char *call, const char *reason)
{
    const char *at = call == NULL ? rest : find_call(rest, call);
    const char *colon = at == NULL || *at == ':' ? NULL : strstr(at, ": ");
    if (colon == NULL || colon[2] == '\0')
        return false;
    return reason == NULL || strcasestr(colon + 2, reason) != NULL;
}

static bool is_complaint(const char *line, size_t length, const char *role, const char *call,
                         const char *reason)
{
    char copy[512];
    size_t named = strlen(role);
    length = length < sizeof copy ? length : sizeof copy - 1;
    memcpy(copy, line, length);
    copy[length] = '\0';
    return strncmp(copy, role, named) == 0 && strncmp(copy + named, ": ", 2) == 0 &&
           names_both(copy + named + 2, call, reason);
}

bool has_complained_of(const struct program *program, const char *call, const char *reason)
{
    size_t length;
    for (const char *line = program->complained.start; line != NULL && *line != '\0';
         line += length) {
        length = strcspn(line, "\n");
        if (is_complaint(line, length, program->role, call, reason))
            return true;
        length += line[length] == '\n';
    }
    return false;
}

void expect_complained_of(struct program *program, const char *call, const char *reason)
{
    struct text said = {0};
    program_look(program);
    if (has_complained_of(program, call, reason))
        return;
    if (program->complained.length > 0)
        text_quote(&said, program->complained.start, program->complained.length, 300);
    fail_because(EXPECT_COMPLAINT,
                 "The %s reported an error. complain() would have printed \"%s: %s: %s\": the "
                 "program, the call, the reason. The %s printed:%s",
                 _(program->role), _(program->role), call != NULL ? call : _("CALL"),
                 reason != NULL ? reason : _("REASON"), _(program->role),
                 said.length > 0 ? said.start : _(" nothing."));
}
