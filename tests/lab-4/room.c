#include "lab-4/room.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct peer *connect_next(struct program *server, const char *name)
{
    int error = 0;
    struct text text = {0};
    struct peer *client = peer_begin_connect(name, "127.0.0.1", server->port);
    enum wait_result result = peer_end_connect(client, &error);
    if (result == DONE && error == 0)
        return client;
    text_add(&text, _("%s could not connect (%s), "), _(name),
             _(result != DONE ? "no answer" : strerror(error)));
    add_ending(&text, NULL);
    fail_because(EXPECT_CONNECT, "%s.", text.start);
}

struct peer *members[MOST_MEMBERS];
size_t member_count;

const char *line_of(const struct peer *from, const char *words)
{
    static char lines[4][ROOM_LINE_LIMIT + 16];
    static size_t next;
    char *line = lines[next++ % 4];
    snprintf(line, sizeof lines[0], "[%u] %s", from->port, words);
    return line;
}

void expect_told(const char *line, const struct peer *except)
{
    for (size_t i = 0; i < member_count; i++)
        if (members[i] != except)
            expect_line(members[i], line);
}

void expect_joined(struct peer *client)
{
    const char *joined = line_of(client, "joined");
    expect_line(client, joined);
    expect_told(joined, NULL);
    members[member_count++] = client;
}

struct peer *enter(struct program *server, const char *name)
{
    struct peer *client = connect_next(server, name);
    if (member_count < 10)
        dialogue_did("%s connected: its number is %u.", _(name), client->port);
    else
        dialogue_did("%zu clients were in the room, and another one connected: its number is %u.",
                     member_count, client->port);
    expect_joined(client);
    return client;
}

void forget(const struct peer *client)
{
    size_t i = 0;
    while (members[i] != client)
        i++;
    for (member_count--; i < member_count; i++)
        members[i] = members[i + 1];
}

void go(struct peer *client, enum leaving how)
{
    forget(client);
    leave(client, how);
    if (how == HALF_CLOSE)
        expect_hang_up(client);
    expect_told(line_of(client, "left"), NULL);
}

void say(struct peer *client, const char *words)
{
    say_line(client, words);
    expect_told(line_of(client, words), client);
}

void say_something(struct peer *client)
{
    say(client, new_word().letters);
}

void announce(struct program *server, const char *words)
{
    char line[ROOM_LINE_LIMIT + 32];
    snprintf(line, sizeof line, "server says: %s", words);
    type_line(server, words);
    expect_told(line, NULL);
}

void listen_on(struct listener *listener)
{
    static char bytes[65536];
    struct peer *peer = listener->peer;
    while (peer->fd != -1 && !peer->finished && !peer->reset) {
        ssize_t count = recv(peer->fd, bytes, sizeof bytes, 0);
        if (count == -1 && (errno == EAGAIN || errno == EINTR))
            return;
        peer->finished = count == 0;
        peer->reset = count == -1;
        if (count <= 0) {
            stage_note(peer, stage_now(), NOTE_OTHER, 0,
                       _(count == 0 ? "end of file" : "connection reset"));
            return;
        }
        stage_note(peer, stage_now(), NOTE_RECEIVE, count, NULL);
        peer_acknowledge(peer);
        peer->received += (size_t)count;
        text_add_bytes(&listener->heard, bytes, (size_t)count);
        for (const char *at = bytes; (at = memchr(at, '\n', (size_t)(bytes + count - at))); at++)
            listener->lines++;
    }
}

struct held_up {
    const struct program *server;
    size_t count;
};

/* Returns whether COUNT threads of the server wait for a lock. This only makes the wait shorter;
   the trace does not decide the test. */
static bool are_held_up(void *argument)
{
    const struct held_up *held_up = argument;
    size_t waiting = 0;
    uint32_t count = atomic_load(&held_up->server->trace->count);
    for (uint32_t i = 0; i < count && i < PROBE_HEAD + PROBE_TAIL; i++) {
        const struct probe_event *event = &held_up->server->trace->events[i];
        waiting += event->call == CALL_PTHREAD_MUTEX_LOCK && trace_is_pending(event);
    }
    return waiting >= held_up->count;
}

void let_others_come(struct program *server, size_t count)
{
    struct held_up held_up = {server, count};
    program_watch(server);
    stage_settle(NULL, are_held_up, &held_up);
}

/* Returns how many of the COUNT LINES are among the LENGTH BYTES, as whole lines. */
static size_t count_found(const char *bytes, size_t length, const char *const *lines, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(lines[i]);
        for (const char *at = bytes; at < bytes + length;) {
            const char *newline = memchr(at, '\n', (size_t)(bytes + length - at));
            newline = newline == NULL ? bytes + length : newline;
            if ((size_t)(newline - at) == size && memcmp(at, lines[i], size) == 0) {
                found++;
                break;
            }
            at = newline + 1;
        }
    }
    return found;
}

void expect_in_any_order(struct peer *member, const char *const *lines, size_t count,
                         const char *did)
{
    char back[8 * (ROOM_LINE_LIMIT + 16)];
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += strlen(lines[i]) + 1;
    size_t received = peer_receive(member, back, length);
    if (received == length && count_found(back, length, lines, count) == count)
        return;
    struct text text = {0};
    text_add(&text, _("%s %s should have got these lines, in any order:\n"), _(did), member->name);
    for (size_t i = 0; i < count; i++)
        text_add(&text, "  %.60s\n", lines[i]);
    if (received == 0) {
        text_add(&text, _("It got nothing"));
    } else {
        struct text harmless = {0};
        text_harmless(&harmless, back, received, 400, true);
        text_add(&text, _("It got\n"));
        text_wrap(&text, harmless.start, 90, 2);
    }
    if (received < length) {
        text_add(&text, "%s", received == 0 ? ", " : "");
        add_ending(&text, member);
        text_add(&text, _("."));
    }
    fail_because(EXPECT_LINE, "%s", text.start);
}

void need_gate(struct program *server, enum probe_group group)
{
    if (gate_wait(server, group) == DONE)
        return;
    gate_open(server, group);
    if (server->ended)
        fail_because(EXPECT_RUNNING, "The server should go on. It has ended.");
    not_tested_unseen(server, group, "hold");
}

void need_sending_gate(struct program *server, const char *line, const struct peer *speaker)
{
    if (gate_wait(server, GROUP_SENDING) == DONE)
        return;
    gate_open(server, GROUP_SENDING);
    expect_told(line, speaker);
    not_tested_unseen(server, GROUP_SENDING, "hold");
}
