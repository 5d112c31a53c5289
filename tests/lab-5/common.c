/* What the files of lab 5 share. */
#include "lab-5/common.h"

#include <string.h>

struct datagram got;
char largest_data[DATAGRAM_MOST + 1];

void add_said(struct text *text, const struct program *server)
{
    const char *line = server->said.start != NULL ? strchr(server->said.start, '\n') : NULL;
    text_add(text, _(" nothing on standard error"));
    if (line == NULL || line[1] == '\0')
        return;
    text_add(text, _("; on standard output it printed \""));
    text_harmless(text, line + 1, strcspn(line + 1, "\n"), 80, false);
    text_add(text, "\"");
}
