#include "grader/expect/datagrams.h"

#include "grader/expect/echo.h"
#include "grader/expect/server.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct program *start_datagram_server(void)
{
    stage.datagrams = true;
    return start_server();
}

void add_outcome(struct text *text)
{
    const struct program *program = stage.programs[stage.program_count - 1];
    if (program->ended) {
        text_add(text, ": the %s has ended, ", program->role);
        program_ending(text, program);
    } else if (stage.last == STALLED) {
        text_add(text, ": the %s waits, and nothing is on its way", program->role);
    } else if (stage.last == SPUN) {
        text_add(text, ", while the %s kept the processor busy", program->role);
    } else {
        text_add(text, ", however long the test waited");
    }
}

/* A datagram that has gone to another peer of the test than to PEER, who waits for it. */
static void add_stray(struct text *text, const struct peer *peer)
{
    static struct datagram datagram;
    for (size_t i = 0; i < stage.peer_count; i++) {
        struct peer *other = stage.peers[i];
        if (other == peer || other->fd == -1 || !other->datagrams ||
            !datagram_take(other, &datagram))
            continue;
        text_add(text, ". But %c%s, at port %u, has got a datagram of %zu bytes",
                 tolower((unsigned char)other->name[0]), other->name + 1, other->port,
                 datagram.length);
        return;
    }
}

void expect_from_server(const struct datagram *datagram, const char *what)
{
    const struct program *server = NULL;
    for (size_t i = 0; i < stage.program_count; i++)
        if (strcmp(stage.programs[i]->role, "server") == 0 && stage.programs[i]->port != 0) {
            server = stage.programs[i];
            if (server->port == datagram->from)
                return;
        }
    if (server != NULL)
        fail_because("%s The answer should have come from port %u, where the server listens; it "
                     "came from port %u. A client that looks at the sender takes that for a "
                     "stranger's.",
                     what, server->port, datagram->from);
}

/* What the server has said on standard error: it may know why. */
static void add_complaints(struct text *text)
{
    const struct program *server = stage.programs[stage.program_count - 1];
    if (server->complained.length == 0)
        return;
    text_add(text, " On standard error the %s said:", server->role);
    text_quote(text, server->complained.start, server->complained.length, 300);
}

void expect_datagram(struct peer *peer, const void *data, size_t length, const char *what)
{
    static struct datagram datagram;
    struct text text = {0};
    stage.data = data;
    stage.data_length = length;
    text_add(&text, "%s", what);
    if (!datagram_receive(peer, &datagram)) {
        text_add(&text, " A datagram of %zu %s should have come back; none came", length,
                 text_plural(length, "byte", "bytes"));
        add_outcome(&text);
        add_stray(&text, peer);
        text_add(&text, ".");
        add_complaints(&text);
        fail_because("%s", text.start);
    }
    if (datagram.length != length)
        fail_because("%s A datagram of %zu bytes should have come back; the one that came has %zu.",
                     text.start, length, datagram.length);
    text_add(&text, " The same bytes should have come back; ");
    if (add_difference(&text, data, datagram.bytes, length))
        fail_because("%s.", text.start);
    text_free(&text);
    expect_from_server(&datagram, what);
}

void expect_answer(struct program *server, struct peer *peer, const void *data, size_t length)
{
    char what[160];
    snprintf(what, sizeof what, "%s sent a datagram of %zu %s.", peer->name, length,
             text_plural(length, "byte", "bytes"));
    datagram_send(peer, server->port, data, length);
    expect_datagram(peer, data, length, what);
}
