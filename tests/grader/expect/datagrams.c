#include "grader/expect/datagrams.h"

#include "grader/expect/driven.h"
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
    struct text returned = {0};
    if (program->ended) {
        text_add(text, _(": the %s has ended, "), _(program->role));
        program_ending(text, program);
    } else if (stage.last == STALLED && driven_add_return(&returned, program)) {
        text_add(text, _(": %s"), returned.start);
        text_free(&returned);
    } else if (stage.last == STALLED) {
        text_add(text, _(": the %s is blocked, and no datagram is on its way"), _(program->role));
    } else if (stage.last == SPUN) {
        text_add(text, _(": the %s is in a busy loop"), _(program->role));
    } else {
        text_add(text, _(" until the time limit of the test"));
    }
}

/* Adds which other peer of the test, instead of PEER, has got a datagram. */
static void add_stray(struct text *text, const struct peer *peer)
{
    static struct datagram datagram;
    for (size_t i = 0; i < stage.peer_count; i++) {
        struct peer *other = stage.peers[i];
        if (other == peer || other->fd == -1 || !other->datagrams ||
            !datagram_take(other, &datagram))
            continue;
        text_add(text, _(". But %c%s, on port %u, got a datagram of %zu bytes"),
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
        fail_because(EXPECT_DATAGRAM,
                     "%s The answer should have come from the server's port, %u. It came from port "
                     "%u. A client that checks the sender ignores it.",
                     _(what), server->port, datagram->from);
}

/* Adds what the server has printed on standard error: it may be the reason. */
static void add_complaints(struct text *text)
{
    const struct program *server = stage.programs[stage.program_count - 1];
    if (server->complained.length == 0)
        return;
    text_add(text, _(" On standard error the %s printed:"), _(server->role));
    text_quote(text, server->complained.start, server->complained.length, 300);
}

void expect_datagram(struct peer *peer, const void *data, size_t length, const char *what)
{
    static struct datagram datagram;
    struct text text = {0};
    stage.data = data;
    stage.data_length = length;
    text_add(&text, "%s", _(what));
    if (!datagram_receive(peer, &datagram)) {
        text_add(&text, _(" A datagram of %zu %s should have come back. None came"), length,
                 text_plural(length, "byte", "bytes"));
        add_outcome(&text);
        add_stray(&text, peer);
        text_add(&text, _("."));
        add_complaints(&text);
        fail_because(EXPECT_DATAGRAM, "%s", text.start);
    }
    if (datagram.length != length)
        fail_because(EXPECT_DATAGRAM,
                     "%s A datagram of %zu bytes should have come back. The one that came has %zu "
                     "bytes.",
                     text.start, length, datagram.length);
    text_add(&text, _(" The same bytes should have come back; "));
    if (add_difference(&text, data, datagram.bytes, length))
        fail_because(EXPECT_DATAGRAM, "%s.", text.start);
    text_free(&text);
    expect_from_server(&datagram, what);
}

void expect_answer(struct program *server, struct peer *peer, const void *data, size_t length)
{
    char what[160];
    snprintf(what, sizeof what, _("%s sent a datagram of %zu %s."), peer->name, length,
             text_plural(length, "byte", "bytes"));
    datagram_send(peer, server->port, data, length);
    expect_datagram(peer, data, length, what);
}
