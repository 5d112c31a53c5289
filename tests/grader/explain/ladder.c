#include "grader/explain/ladder.h"

#include "grader/base/settings.h"
#include "grader/explain/actors.h"
#include "grader/explain/picture.h"
#include "grader/explain/query.h"
#include "grader/play/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_COLUMNS = 94, INDENT = 6 }; /* the report's, of a picture */

enum { MARKS = 64 };
struct picture {
    struct row *rows;
    size_t count;
    bool many_peers;
    bool many_actors;
    struct {
        int32_t tid;
        char mark[ACTOR_SIZE];
    } marks[MARKS]; /* those found already; tids with the same place take turns */
};

/* ---- from notes and steps to rows ---- */

static uint64_t mix(uint64_t key, uint64_t value)
{
    return (key ^ value) * 1099511628211U + (key >> 47);
}

static void row_from_note(struct row *row, const struct note *note)
{
    static const char *const words[] = {
        [NOTE_CONNECT] = "connect", [NOTE_SEND] = "send",   [NOTE_RECEIVE] = "receive",
        [NOTE_FIN] = "shutdown",    [NOTE_CLOSE] = "close", [NOTE_RESET] = "reset",
        [NOTE_OTHER] = "",          [NOTE_DATAGRAM] = "",   [NOTE_LOST] = ""};
    *row = (struct row){
        .time = note->time, .arrow = TO_PROGRAM, .kind = (int)note->kind, .port = note->port};
    const char *word = note->kind == NOTE_OTHER ? note->text : words[note->kind];
    if (note->text[0] != '\0' && (note->kind == NOTE_DATAGRAM || note->kind == NOTE_RECEIVE))
        snprintf(row->peer, sizeof row->peer, "[%u] %s", note->port, note->text);
    else if (note->kind == NOTE_DATAGRAM)
        snprintf(row->peer, sizeof row->peer, "[%u] send %ld", note->port, note->bytes);
    else if (note->kind == NOTE_LOST)
        snprintf(row->peer, sizeof row->peer, _("lost%s%s"), note->text[0] != '\0' ? ": " : "",
                 note->text);
    else if (note->kind == NOTE_SEND || note->kind == NOTE_RECEIVE)
        snprintf(row->peer, sizeof row->peer, "%s %ld", word, note->bytes);
    else
        snprintf(row->peer, sizeof row->peer, "%s", word);
    if (note->kind == NOTE_FIN || note->kind == NOTE_CLOSE)
        row->label = "FIN";
    else if (note->kind == NOTE_RESET)
        row->label = "RST";
    else if (note->kind == NOTE_OTHER || note->kind == NOTE_RECEIVE || note->kind == NOTE_LOST)
        row->arrow = NO_ARROW;
    row->kin = mix(~(uint64_t)note->kind, note->port);
    row->key = mix(row->kin, (uint64_t)note->bytes);
}

/* Of several peers, who it is. */
static void name_peer(struct row *row)
{
    char text[sizeof row->peer];
    if (row->port == 0 || row->peer[0] == '[')
        return;
    const char *words = strcmp(row->peer, _("connection reset")) == 0 ? _("was reset") : row->peer;
    snprintf(text, sizeof text, "[%d] %.64s", row->port, words);
    memcpy(row->peer, text, sizeof row->peer);
}

/* A UDP socket has no state. */
static bool is_connection(uint8_t tcp_state)
{
    return tcp_state != 0 && tcp_state != 10 /* TCP_LISTEN */;
}

/* Calls whose results differ though they do the same: a new descriptor, a new process. */
static bool is_new_each_time(enum probe_group group)
{
    return group == GROUP_ACCEPTING || group == GROUP_FORKING;
}

static void write_keys(struct row *row, const struct probe_event *event)
{
    int64_t result = is_new_each_time(row->group) ? event->result < 0 : event->result;
    row->kin = mix(mix(mix(event->caller, (uint64_t)event->call), (uint64_t)event->tid),
                   (uint64_t)event->error);
    row->key =
        mix(mix(mix(row->kin, (uint64_t)event->fd), (uint64_t)event->given), (uint64_t)result);
}

static const char *mark_of(struct picture *picture, const struct evidence *e,
                           const struct step *step)
{
    uint32_t place = (uint32_t)step->event.tid % MARKS;
    if (!picture->many_actors)
        return "";
    if (picture->marks[place].tid != step->event.tid || picture->marks[place].mark[0] == '\0') {
        picture->marks[place].tid = step->event.tid;
        actor_mark(picture->marks[place].mark, e, step);
    }
    return picture->marks[place].mark;
}

/* The call, with who made it if there are several, and who was started by it behind. The parent of
 * another process closes only its own copy: nothing goes to the peer. */
static void write_call(struct picture *picture, struct row *row, const struct evidence *e,
                       const struct step *step, bool is_copy)
{
    char started[ACTOR_SIZE] = "";
    struct text call = {0};
    struct probe_event event;
    memcpy(&event, &step->event, sizeof event);
    if (is_copy)
        event.unread = 0;
    const char *mark = mark_of(picture, e, step);
    trace_call(&call, &event);
    if (picture->many_actors)
        actor_started(started, e, step);
    if (started[0] != '\0')
        text_add(&call, " → %s", started);
    snprintf(row->mark, sizeof row->mark, "%s", mark);
    snprintf(row->call, sizeof row->call, "%s", call.start);
    text_free(&call);
}

/* The peer's port of the connection that STEP has accepted or uses; 0 if that is not known. */
static int port_of(const struct evidence *e, const struct step *step)
{
    if (group_of(step) == GROUP_ACCEPTING)
        return step->event.port;
    const struct step *accepted = LAST(e, step, .group = GROUP_ACCEPTING, .how = WENT_WELL,
                                       .result = IS(step->event.fd), .pid = IS(step->event.pid));
    const struct step *inherited = accepted == NULL ? actor_accepted(e, step) : NULL;
    if (inherited != NULL && inherited->event.result == step->event.fd)
        accepted = inherited;
    return accepted != NULL ? accepted->event.port : 0;
}

/* A close ends the connection to PORT only if nobody else has it open: then the peer has seen no
   end. */
static bool ends_connection(const struct evidence *e, int port)
{
    for (size_t i = 0; port != 0 && i < e->peer_count; i++)
        if (e->peers[i].port == port && e->peers[i].open && !e->peers[i].ended)
            return false;
    return true;
}

static void row_from_step(struct picture *picture, const struct evidence *e,
                          const struct step *step)
{
    struct row *row = &picture->rows[picture->count++];
    const struct probe_event *event = &step->event;
    enum probe_group group = trace_group(event);
    bool is_copy = group == GROUP_CLOSING && trace_has_forked(e->steps, e->count, event->pid);
    bool starts_here = group == GROUP_SENDING || group == GROUP_CLOSING;
    struct text place = {0};
    *row = (struct row){.kind = -1, .group = group};
    write_call(picture, row, e, step, is_copy);
    trace_place(&place, &step->line);
    snprintf(row->place, sizeof row->place, "%s", place.start != NULL ? place.start : "");
    text_free(&place);
    row->time = starts_here || trace_is_pending(event) ? event->begun : event->ended;
    write_keys(row, event);
    row->on_socket = event->is_socket != 0;
    row->port = row->on_socket ? port_of(e, step) : 0;
    if (group == GROUP_SENDING && event->result > 0)
        row->arrow = TO_PEER;
    if (group == GROUP_CLOSING && event->is_socket && is_connection(event->tcp_state) && !is_copy &&
        ends_connection(e, row->port)) {
        row->arrow = TO_PEER;
        row->label = event->unread > 0 ? "RST" : "FIN";
    }
}

/* The network's calls, those that failed, and the one the program is blocked in. Before anybody
   has connected, everything about sockets: then it is the start that went wrong. */
static bool is_worth_a_row(const struct probe_event *event, bool nobody_came)
{
    enum probe_group group = trace_group(event);
    if (event->is_socket && (group == GROUP_RECEIVING || group == GROUP_SENDING))
        return true;
    if (group == GROUP_RECEIVING || group == GROUP_SENDING)
        return trace_is_pending(event) && event->fd == 0;
    if (event->call == CALL_CLOSE)
        return event->is_socket || event->result == -1;
    if (group == GROUP_STARTING) /* held by the test */
        return false;
    if (group == GROUP_ACCEPTING || group == GROUP_CONNECTING || event->call == CALL_SHUTDOWN ||
        group == GROUP_FORKING || group == GROUP_THREADING || group == GROUP_DRIVEN ||
        event->call == CALL_SESSION || (event->call == CALL_DUP && event->is_socket))
        return true;
    if (event->call == CALL_SOCKET || event->call == CALL_BIND || event->call == CALL_LISTEN)
        return nobody_came || event->result == -1;
    return trace_is_pending(event);
}

static int by_time(const void *left, const void *right)
{
    uint64_t a = ((const struct row *)left)->time;
    uint64_t b = ((const struct row *)right)->time;
    return a < b ? -1 : a > b;
}

/* Notes of more than one port. */
static bool has_many_peers(const struct evidence *e)
{
    uint16_t port = 0;
    for (size_t i = 0; i < e->note_count; i++) {
        if (port != 0 && e->notes[i].port != 0 && e->notes[i].port != port)
            return true;
        port = e->notes[i].port != 0 ? e->notes[i].port : port;
    }
    return false;
}

/* What a peer has received the arrow of the send says, but not what a datagram says. Of one that
   the test lets be lost, only that. */
static bool says_more(const struct evidence *e, size_t index)
{
    const struct note *note = &e->notes[index];
    bool is_lost = index + 1 < e->note_count && note[1].kind == NOTE_LOST &&
                   note[1].port == note->port && note[1].time == note->time;
    return note->kind != NOTE_RECEIVE || (note->text[0] != '\0' && !is_lost);
}

static void collect(struct picture *picture, const struct evidence *evidence)
{
    *picture = (struct picture){.many_actors = actors_are_many(evidence),
                                .many_peers = has_many_peers(evidence)};
    picture->rows = calloc(evidence->note_count + evidence->count + 1, sizeof *picture->rows);
    if (picture->rows == NULL)
        grader_fault("calloc");
    for (size_t i = 0; i < evidence->note_count; i++) {
        if (!says_more(evidence, i))
            continue;
        row_from_note(&picture->rows[picture->count], &evidence->notes[i]);
        if (picture->many_peers)
            name_peer(&picture->rows[picture->count]);
        picture->count++;
    }
    bool nobody_came = picture->count == 0;
    /* It was the program that connected: what the test has noted of that came from there. */
    bool program_connects =
        FIRST(evidence, NULL, .group = GROUP_CONNECTING, .how = WENT_WELL) != NULL;
    for (size_t i = 0; program_connects && i < picture->count; i++)
        if (picture->rows[i].kind == NOTE_CONNECT)
            picture->rows[i].arrow = NO_ARROW;
    for (size_t i = 0; i < evidence->count; i++) {
        if (is_worth_a_row(&evidence->steps[i].event, nobody_came))
            row_from_step(picture, evidence, &evidence->steps[i]);
    }
    qsort(picture->rows, picture->count, sizeof *picture->rows, by_time);
}

/* ---- two rows into one ---- */

/* What the peer did, and the call of the program that met it, stand in one row. */
static bool belong_together(const struct row *peer, const struct row *program)
{
    if (peer->kind == -1 || program->kind != -1 || !program->on_socket ||
        (peer->port != 0 && program->port != 0 && peer->port != program->port))
        return false;
    switch (peer->kind) {
    case NOTE_CONNECT:
        return program->group == GROUP_ACCEPTING || program->group == GROUP_CONNECTING;
    case NOTE_LOST:
    case NOTE_RECEIVE:
        return program->group == GROUP_SENDING && program->arrow == TO_PEER;
    case NOTE_SEND:
    case NOTE_DATAGRAM:
    case NOTE_FIN:
    case NOTE_CLOSE:
    case NOTE_RESET:
        return program->group == GROUP_RECEIVING && program->arrow == NO_ARROW;
    default:
        return false;
    }
}

static void join_rows(struct picture *picture)
{
    size_t kept = 0;
    for (size_t i = 0; i < picture->count; i++) {
        struct row *row = &picture->rows[i];
        const struct row *next = i + 1 < picture->count ? row + 1 : NULL;
        picture->rows[kept] = *row;
        if (next != NULL && (belong_together(row, next) || belong_together(next, row))) {
            const struct row *program = row->kind == -1 ? row : next;
            const struct row *peer = row->kind == -1 ? next : row;
            struct row both = *program;
            memcpy(both.peer, peer->peer, sizeof both.peer);
            bool stays = program->group == GROUP_CONNECTING || peer->kind == NOTE_LOST ||
                         peer->kind == NOTE_RECEIVE;
            both.arrow = stays ? TO_PEER : peer->arrow;
            both.label = peer->label;
            both.key ^= peer->key;
            both.kin ^= peer->kin;
            picture->rows[kept] = both;
            i++;
        }
        kept++;
    }
    picture->count = kept;
}

void ladder_draw(const struct evidence *evidence, char *buffer, size_t size)
{
    struct picture picture;
    size_t columns = settings.columns > INDENT ? settings.columns - INDENT : USUAL_COLUMNS;
    buffer[0] = '\0';
    if (evidence->program_count == 0)
        return;
    collect(&picture, evidence);
    join_rows(&picture);
    picture_draw(picture.rows, picture.count, evidence->program.role, columns, buffer, size);
    free(picture.rows);
}
