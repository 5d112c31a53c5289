#include "demo/ports.h"

#include <stdio.h>
#include <string.h>

static const char *const story[PORTS] = {"268", "276", "284", "300"};
static const char digits[] = "0123456789";

/* Where a port can stand in LINE: its first digit, and *LENGTH; NULL if there is none. */
static const char *find_port(const char *line, size_t *length)
{
    static const char listening[] = "listening on port ";
    bool prefixed = *line == '[';
    if (!prefixed && strncmp(line, listening, sizeof listening - 1) != 0)
        return NULL;
    const char *port = line + (prefixed ? 1 : sizeof listening - 1);
    *length = strspn(port, digits);
    char end = port[*length];
    return *length > 0 && *length < PORT_ROOM && end == (prefixed ? ']' : '\0') ? port : NULL;
}

/* Returns the index of the LENGTH digits at PORT in the story; PORTS if they are not there. */
static size_t find_in_story(const char *port, size_t length)
{
    size_t i = 0;
    while (i < PORTS && (strlen(story[i]) != length || memcmp(story[i], port, length) != 0))
        i++;
    return i;
}

static bool same_text(const char *line, const char *expected)
{
    size_t length = strlen(expected);
    if (length > 0 && expected[length - 1] == '*')
        return strncmp(line, expected, length - 1) == 0;
    return strcmp(line, expected) == 0;
}

static bool is_taken(const struct ports *ports, const char *chosen)
{
    for (size_t i = 0; i < PORTS; i++)
        if (strcmp(ports->chosen[i], chosen) == 0)
            return true;
    return false;
}

bool ports_match(struct ports *ports, const char *line, const char *expected)
{
    size_t length;
    size_t length_expected;
    const char *port = find_port(line, &length);
    const char *name = find_port(expected, &length_expected);
    size_t i = name != NULL ? find_in_story(name, length_expected) : PORTS;
    if (i == PORTS || port == NULL)
        return same_text(line, expected);
    if (port - line != name - expected || !same_text(port + length, name + length_expected))
        return false;

    char chosen[PORT_ROOM] = "";
    memcpy(chosen, port, length);
    if (ports->chosen[i][0] == '\0' && !is_taken(ports, chosen))
        memcpy(ports->chosen[i], chosen, sizeof chosen);
    return strcmp(ports->chosen[i], chosen) == 0;
}

const char *ports_real(const struct ports *ports, const char *word)
{
    size_t i = find_in_story(word, strlen(word));
    return i < PORTS && ports->chosen[i][0] != '\0' ? ports->chosen[i] : word;
}

void ports_shown(const struct ports *ports, const char *line, char *shown, size_t room)
{
    size_t length = 0;
    const char *port = find_port(line, &length);
    size_t i = 0;
    while (port != NULL && i < PORTS &&
           (strlen(ports->chosen[i]) != length || memcmp(ports->chosen[i], port, length) != 0))
        i++;
    if (port == NULL || i == PORTS)
        snprintf(shown, room, "%s", line);
    else
        snprintf(shown, room, "%.*s%s%s", (int)(port - line), line, story[i], port + length);
}

void ports_tell(const struct ports *ports)
{
    const char *before = "In this run, ";
    for (size_t i = 0; i < PORTS; i++) {
        if (ports->chosen[i][0] == '\0')
            continue;
        printf("%s%s was %s", before, story[i], ports->chosen[i]);
        before = ", ";
    }
    printf(".\n");
}
