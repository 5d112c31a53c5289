/* The number in front of what a client, or a member of a room, has said: its port. */
#include "grader/explain/causes/causes.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* ---- the number on the console ---- */

static bool is_port_of_client(const struct evidence *e, long number)
{
    return FIRST(e, NULL, .group = GROUP_ACCEPTING, .port = IS(number)) != NULL;
}

/* WORDS, behind the number, show that a client is meant: `connected`, or what it has just said. */
static bool is_about_client(const struct evidence *e, const char *words)
{
    static const char connected[] = "] connected";
    size_t length = e->data.length;
    return strncmp(words, connected, sizeof connected - 1) == 0 ||
           (length > 1 && e->data.start[length - 1] == '\n' && strncmp(words, "] ", 2) == 0 &&
            strncmp(words + 2, e->data.start, length) == 0);
}

static bool is_wrong_number(const struct evidence *e, long long number)
{
    return number == 0 || (number > 0 && !is_port_of_client(e, (long)number));
}

/* `[40276] connected`: $n is a number that is not the port of a client, in line $q of part a. */
static bool find_shown(const struct evidence *e, struct finding *f)
{
    const char *line = e->program.said.start;
    for (; line != NULL; line = strchr(line, '\n'), line += line != NULL) {
        char *end;
        f->n = line[0] == '[' ? strtol(line + 1, &end, 10) : -1;
        if (f->n < 0 || !is_about_client(e, end) || !is_wrong_number(e, f->n))
            continue;
        text_harmless(&f->quote, line, strcspn(line, "\n"), 60, false);
        f->parts = PART('a');
        return true;
    }
    return false;
}

/* The same in a driver, in part b: $n is what tcp_accept has stored. */
static bool find_stored(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .call = IS(CALL_TCP_ACCEPT), .how = WENT_WELL)
    {
        f->n = step->event.port;
        f->parts = PART('b');
        if (is_wrong_number(e, f->n))
            return true;
    }
    return false;
}

static bool find_number(const struct evidence *e, struct finding *f)
{
    bool driven = e->expected == EXPECT_OTHER;
    return driven ? find_stored(e, f) : find_shown(e, f);
}

static bool number_of_process(const struct evidence *e, struct finding *f)
{
    return find_number(e, f) && (FIRST(e, NULL, .pid = IS(f->n)) != NULL ||
                                 FIRST(e, NULL, .call = IS(CALL_FORK), .result = IS(f->n)) != NULL);
}

static bool number_of_server(const struct evidence *e, struct finding *f)
{
    return find_number(e, f) && f->n != 0 &&
           FIRST(e, NULL, .call = IS(CALL_LISTEN), .port = IS(f->n)) != NULL;
}

static const struct step *first_accepted(const struct evidence *e)
{
    return FIRST(e, NULL, .group = GROUP_ACCEPTING, .how = WENT_WELL);
}

static bool number_without_address(const struct evidence *e, struct finding *f)
{
    const struct step *accepted = first_accepted(e);
    return find_number(e, f) && f->n == 0 && accepted != NULL && accepted->event.no_address == -1;
}

static bool number_of_nothing(const struct evidence *e, struct finding *f)
{
    return find_number(e, f) && f->n == 0 && first_accepted(e) != NULL;
}

static bool number_of_descriptor(const struct evidence *e, struct finding *f)
{
    return find_number(e, f) &&
           FIRST(e, NULL, .group = GROUP_ACCEPTING, .result = IS(f->n)) != NULL;
}

/* The same of the line that a member of a room has heard. */
static bool find_number_heard(const struct evidence *e, struct finding *f)
{
    const struct text *heard = &e->dialogue.heard;
    f->n = number_in_front(heard);
    if (f->n <= 0 || is_port_of_client(e, (long)f->n))
        return false;
    text_harmless(&f->quote, heard->start, strcspn(heard->start, "\n"), 60, false);
    f->parts = PART('a');
    return true;
}

static bool number_swapped(const struct evidence *e, struct finding *f)
{
    bool found = find_number_heard(e, f) || find_number(e, f);
    f->m = found && f->n <= UINT16_MAX ? htons((uint16_t)f->n) : 0;
    return f->m != 0 && f->m != f->n &&
           FIRST(e, NULL, .group = GROUP_ACCEPTING, .port = IS(f->m), .how = WENT_WELL) != NULL;
}

/* ---- the table ---- */

#define NUMBER                                                                                     \
    "[a:The number in \"$q\"][b:What tcp_accept has stored in *port] should be the client's "      \
    "port; "                                                                                       \
    "it is "

/* EXPECT_OTHER: what a driver has reported. */
#define CLIENT_NUMBERED (EXPECT_CONSOLE | EXPECT_LINE | EXPECT_OTHER)

const struct cause causes_of_numbers[] = {
    {.id = "number-of-process",
     .of = CLIENT_NUMBERED,
     .explains = number_of_process,
     .sentence = NUMBER "the number of a process.",
     .hint = "In tcp_accept, store port_of(&address). In serve, print the port that tcp_accept has "
             "stored.",
     .section = "Ports travel in network byte order"},
    {.id = "number-of-server",
     .of = CLIENT_NUMBERED,
     .explains = number_of_server,
     .sentence = NUMBER "the server's own port. getsockname(2) tells of this end of the "
                        "connection, accept(2) and getpeername(2) of the client's.",
     .hint = "Take the port from the address that accept fills in.",
     .section = "Ports travel in network byte order"},
    {.id = "number-without-address",
     .of = CLIENT_NUMBERED,
     .explains = number_without_address,
     .sentence = NUMBER "no port. accept was given no address to fill in (NULL).",
     .hint = "Give accept an address and its length, and take the port from that address.",
     .section = "Ports travel in network byte order"},
    {.id = "number-without-length",
     .of = CLIENT_NUMBERED,
     .explains = number_of_nothing,
     .sentence = NUMBER "0. accept fills in the address only if its length says that there is "
                        "room. Was the length set before the call, and the number taken from the "
                        "address after it?",
     .hint = "Set the length to sizeof the address before each accept. Then take the port from the "
             "address: *port = port_of(&address).",
     .section = "Ports travel in network byte order"},
    {.id = "number-of-descriptor",
     .of = CLIENT_NUMBERED,
     .explains = number_of_descriptor,
     .sentence = NUMBER "the descriptor, which accept returns.",
     .hint = "In tcp_accept, store port_of(&address). In serve, print the port that tcp_accept has "
             "stored.",
     .section = "Ports travel in network byte order"},
    {.id = "number-swapped",
     .of = CLIENT_NUMBERED,
     .explains = number_swapped,
     .sentence = NUMBER "its port, $m, with the two bytes exchanged. ntohs() is missing, or it is "
                        "called for a number that is in host byte order already.",
     .hint = "Convert the port exactly once. port_of() has done it already.",
     .section = "Ports travel in network byte order"},
    {.id = NULL},
};
