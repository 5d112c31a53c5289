#include "grader/explain/cause_rules.h"
#include "grader/play/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

static bool is_server(const struct live *evidence)
{
    return strcmp(evidence->program->role, "server") == 0;
}

/* A call of GROUP, RECEIVING or SENDING, that has moved a datagram. */
static bool has_moved(const struct step *step, enum probe_group group)
{
    return evidence_on_socket(step, group) && !trace_is_pending(&step->event) &&
           step->event.result >= 0;
}

static const struct step *last_moved(const struct live *evidence, enum probe_group group)
{
    for (size_t i = evidence->count; i-- > 0;)
        if (has_moved(&evidence->steps[i], group))
            return &evidence->steps[i];
    return NULL;
}

static size_t count_moved(const struct live *evidence, enum probe_group group)
{
    size_t moved = 0;
    for (size_t i = 0; i < evidence->count; i++)
        moved += has_moved(&evidence->steps[i], group);
    return moved;
}

/* ---- habits from TCP ---- */

static bool opens_a_stream(const struct live *evidence)
{
    enum { TYPE_BITS = 0xf }; /* without SOCK_CLOEXEC and SOCK_NONBLOCK */
    const struct step *step = evidence_last(evidence, CALL_SOCKET);
    if (step == NULL || (step->event.asked & TYPE_BITS) != SOCK_STREAM)
        return false;
    text_add(evidence->text, "The socket was opened with SOCK_STREAM");
    evidence_place(evidence->text, step);
    text_add(evidence->text, ": that is TCP. Datagrams need SOCK_DGRAM.");
    return true;
}

static bool expects_connections(const struct live *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (step->event.error != EOPNOTSUPP || step->event.faulted ||
            (step->event.call != CALL_LISTEN && trace_group(&step->event) != GROUP_ACCEPTING))
            continue;
        text_add(evidence->text, "%s failed", trace_name(&step->event));
        evidence_place(evidence->text, step);
        text_add(evidence->text, ": a UDP socket has no connections to listen for or to accept. "
                                 "Once it is bound, recvfrom brings the datagrams of everybody.");
        return true;
    }
    return false;
}

/* ---- where it receives ---- */

static bool never_bound(const struct live *evidence)
{
    const struct step *bound = evidence_last(evidence, CALL_BIND);
    if (!is_server(evidence) || (bound != NULL && bound->event.result == 0) ||
        evidence->program->port != 0)
        return false;
    if (bound == NULL) {
        text_add(evidence->text, "bind(2) was never called, so nobody can know its port.");
        return true;
    }
    text_add(evidence->text, "bind failed (%s)", strerror(bound->event.error));
    evidence_place(evidence->text, bound);
    if (ntohl(bound->event.address) == INADDR_LOOPBACK)
        text_add(evidence->text, ": it was asked for 1.0.0.127, which is 127.0.0.1 the other way "
                                 "round. htonl() is missing; and all addresses of this machine are "
                                 "htonl(INADDR_ANY)");
    text_add(evidence->text, ".");
    return true;
}

static bool receives_elsewhere(const struct live *evidence)
{
    const struct step *bound = evidence_last(evidence, CALL_BIND);
    int asked = evidence->program->asked_port;
    if (!is_server(evidence) || bound == NULL || bound->event.result != 0)
        return false;
    int port = bound->event.port;
    if (asked > 0 && port != asked && ntohs((uint16_t)port) == asked)
        text_add(evidence->text,
                 "Asked for port %d, it has bound port %d: the same two bytes the other way round. "
                 "htons() is missing where sin_port is set",
                 asked, port);
    else if (asked > 0 && port == 0)
        text_add(evidence->text,
                 "Asked for port %d, it has bound port 0: the system chooses one. sin_port takes "
                 "htons() of the port; htonl() is for the four bytes of an address",
                 asked);
    else if (asked > 0 && port != asked)
        text_add(evidence->text, "Asked for port %d, it has bound port %d", asked, port);
    else if (bound->event.address != 0 && count_moved(evidence, GROUP_RECEIVING) <= 1 &&
             stage.last != DONE)
        text_add(evidence->text,
                 "Datagrams to this machine's other addresses do not get there: htonl(INADDR_ANY) "
                 "means all of them. It has bound its socket to %u.%u.%u.%u alone",
                 bound->event.address >> 24, bound->event.address >> 16 & 0xff,
                 bound->event.address >> 8 & 0xff, bound->event.address & 0xff);
    else
        return false;
    evidence_place(evidence->text, bound);
    text_add(evidence->text, ".");
    return true;
}

static bool shares_its_port(const struct live *evidence)
{
    if (!is_server(evidence) || evidence->program->ended || stage.program_count < 2)
        return false;
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (step->event.call != CALL_SETSOCKOPT ||
            (step->event.asked != SO_REUSEADDR && step->event.asked != SO_REUSEPORT))
            continue;
        text_add(evidence->text, "%s was set",
                 step->event.asked == SO_REUSEADDR ? "SO_REUSEADDR" : "SO_REUSEPORT");
        evidence_place(evidence->text, step);
        text_add(evidence->text, ". For TCP that lets a server start again at once; for UDP it "
                                 "lets a second server have the same port.");
        return true;
    }
    return false;
}

static bool has_a_port_of_its_own(const struct live *evidence)
{
    const struct step *bound = evidence_last(evidence, CALL_BIND);
    if (is_server(evidence) || bound == NULL || bound->event.port == 0)
        return false;
    text_add(evidence->text, "The client has bound its socket to port %d", bound->event.port);
    evidence_place(evidence->text, bound);
    text_add(evidence->text,
             "%s. Without bind, or with port 0, the kernel chooses one that is "
             "free.",
             bound->event.result == -1 ? ", which was taken" : "");
    return true;
}

/* ---- calls that fail ---- */

static bool sends_to_a_wrong_address(const struct live *evidence)
{
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        int error = step->event.error;
        if (step->event.faulted ||
            (!evidence_on_socket(step, GROUP_SENDING) &&
             !evidence_on_socket(step, GROUP_RECEIVING) && step->event.call != CALL_CONNECT) ||
            (error != EINVAL && error != EDESTADDRREQ && error != ENOTCONN &&
             error != EAFNOSUPPORT && error != EFAULT))
            continue;
        text_add(evidence->text, "%s failed (%s)", trace_name(&step->event), strerror(error));
        evidence_place(evidence->text, step);
        if (error == EDESTADDRREQ || error == ENOTCONN)
            text_add(evidence->text, ": the socket is not connected, so each datagram needs an "
                                     "address to go to.");
        else if (error == EFAULT)
            text_add(evidence->text, ": a pointer it was given points nowhere.");
        else if (step->event.call == CALL_CONNECT)
            text_add(evidence->text, ": there is something wrong with the address or its length. "
                                     "getaddrinfo tells both, in ai_addr and ai_addrlen.");
        else
            text_add(evidence->text, ": there is something wrong with the address or its length. "
                                     "recvfrom reads the length before it writes it: set it to the "
                                     "size of the address before each call.");
        return true;
    }
    return false;
}

/* The socket that the program has opened and not closed; NULL: none, or more than one. */
static const struct step *only_socket(const struct live *evidence)
{
    const struct step *only = NULL;
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (step->event.call == CALL_DUP || step->event.call == CALL_DUP2 ||
            (step->event.call == CALL_SOCKET && only != NULL))
            return NULL;
        if (step->event.call == CALL_SOCKET && step->event.result >= 0)
            only = step;
        else if (only != NULL && step->event.call == CALL_CLOSE &&
                 step->event.fd == only->event.result)
            return NULL;
    }
    return only;
}

/* A call that should move datagrams on something else than the one socket there is. */
static bool loses_its_socket(const struct live *evidence)
{
    const struct step *opened = only_socket(evidence);
    for (size_t i = 0; i < evidence->count && opened != NULL; i++) {
        const struct step *step = &evidence->steps[i];
        enum probe_group group = trace_group(&step->event);
        if ((group != GROUP_SENDING && group != GROUP_RECEIVING && group != GROUP_CONNECTING &&
             step->event.call != CALL_BIND) ||
            step->event.faulted || step->event.fd == opened->event.result ||
            (step->event.error != ENOTSOCK && step->event.error != EBADF) ||
            strcmp(step->line.file, "console.c") == 0)
            continue;
        text_add(evidence->text, "%s failed on descriptor %d (%s)", trace_name(&step->event),
                 step->event.fd, strerror(step->event.error));
        evidence_place(evidence->text, step);
        text_add(evidence->text, ". The socket is descriptor %lld",
                 (long long)opened->event.result);
        evidence_place(evidence->text, opened);
        text_add(evidence->text,
                 ": has that number, and not a comparison with it, been stored "
                 "where it is used%s?",
                 is_server(evidence) ? "" : ", in the client's struct");
        return true;
    }
    return false;
}

/* The last call that moves datagrams and has ended. */
static const struct step *last_of_both(const struct live *evidence)
{
    for (size_t i = evidence->count; i-- > 0;)
        if ((evidence_on_socket(&evidence->steps[i], GROUP_RECEIVING) ||
             evidence_on_socket(&evidence->steps[i], GROUP_SENDING) ||
             trace_group(&evidence->steps[i].event) == GROUP_WAITING) &&
            !trace_is_pending(&evidence->steps[i].event))
            return &evidence->steps[i];
    return NULL;
}

static bool ends_on_an_error(const struct live *evidence)
{
    const struct step *step = last_of_both(evidence);
    if (!evidence->program->ended || evidence->program->terminated || step == NULL)
        return false;
    int error = step->event.error;
    if (error != ECONNREFUSED && error != EHOSTUNREACH && error != ENETUNREACH && error != EINTR &&
        error != ENOBUFS && error != EPERM && !(error == EAGAIN && is_server(evidence)))
        return false;
    text_add(evidence->text, "%s failed with %s", trace_name(&step->event), strerrorname_np(error));
    evidence_place(evidence->text, step);
    text_add(evidence->text, ", and the %s ended. ", evidence->program->role);
    if (error == EINTR)
        text_add(evidence->text, "A signal had come in between: make the call again.");
    else if (error == EAGAIN)
        text_add(evidence->text, "That says only that nothing has come yet: somebody will ask.");
    else if (is_server(evidence))
        text_add(evidence->text, "That concerns one client; the next datagram is somebody else's.");
    else
        text_add(evidence->text, "It says that nobody listens there at this moment: wait, and try "
                                 "again.");
    return true;
}

/* 0 bytes are a datagram, too. */
static bool ends_on_an_empty_one(const struct live *evidence)
{
    const struct step *step = last_of_both(evidence);
    if (!evidence->program->ended || evidence->program->terminated || step == NULL ||
        !has_moved(step, GROUP_RECEIVING) || step->event.result != 0)
        return false;
    text_add(evidence->text, "%s returned 0", trace_name(&step->event));
    evidence_place(evidence->text, step);
    text_add(evidence->text,
             ", and the %s ended. With datagrams that is no end of file: an empty "
             "one has come.",
             evidence->program->role);
    return true;
}

/* Nothing has failed, and udp_serve has returned all the same. */
static bool ends_without_an_error(const struct live *evidence)
{
    enum { SHORT_MOST = 32767 };
    const struct step *step = last_of_both(evidence);
    const struct program *program = evidence->program;
    if (!is_server(evidence) || !program->ended || program->terminated ||
        !WIFEXITED(program->status) || step == NULL || step->event.error != 0)
        return false;
    text_add(evidence->text, "%s returned %lld", trace_name(&step->event),
             (long long)step->event.result);
    evidence_place(evidence->text, step);
    text_add(evidence->text, ", and then the server ended. udp_serve goes on for ever: only when "
                             "the socket itself cannot be used does it return.");
    if (step->event.result > SHORT_MOST)
        text_add(evidence->text, " (Is this number too large for the type that holds it? A short "
                                 "ends at 32,767.)");
    return true;
}

/* ---- the server's answers ---- */

/* The datagram that the send at step I answers: what was received last before it. */
static const struct step *received_before(const struct live *evidence, size_t i)
{
    while (i-- > 0)
        if (has_moved(&evidence->steps[i], GROUP_RECEIVING) &&
            evidence->steps[i].event.tid == evidence->steps[i + 1].event.tid)
            return &evidence->steps[i];
    return NULL;
}

static bool answers_somebody_else(const struct live *evidence)
{
    for (size_t i = evidence->count; is_server(evidence) && i-- > 0;) {
        const struct step *sent = &evidence->steps[i];
        const struct step *received =
            has_moved(sent, GROUP_SENDING) ? received_before(evidence, i) : NULL;
        if (received == NULL || received->event.port == 0 || sent->event.port == 0)
            continue;
        if (received->event.port == sent->event.port)
            return false; /* the last answer went the right way */
        text_add(evidence->text, "The datagram came from port %d", received->event.port);
        evidence_place(evidence->text, received);
        text_add(evidence->text, ", and its answer went to port %d", sent->event.port);
        evidence_place(evidence->text, sent);
        text_add(evidence->text, ". Send it to the address that recvfrom has just filled in.");
        return true;
    }
    return false;
}

/* Is SENT the length of the test's data up to their first zero? */
static bool is_cut_at_nul(const struct step *received, const struct step *sent)
{
    const char *nul = stage.data == NULL ? NULL : memchr(stage.data, '\0', stage.data_length);
    return nul != NULL && sent->event.asked < received->event.result &&
           sent->event.asked == nul - stage.data;
}

/* The last datagram has left in another place than it came in. */
static bool answers_from_elsewhere(const struct live *evidence)
{
    const struct step *received = last_moved(evidence, GROUP_RECEIVING);
    const struct step *sent = last_moved(evidence, GROUP_SENDING);
    if (!is_server(evidence) || received == NULL || sent == NULL ||
        evidence_last(evidence, CALL_DUP) != NULL || evidence_last(evidence, CALL_DUP2) != NULL ||
        sent->event.number < received->event.number || sent->event.fd == received->event.fd)
        return false;
    text_add(evidence->text, "The datagram came to descriptor %d", received->event.fd);
    evidence_place(evidence->text, received);
    text_add(evidence->text, ", and its answer was sent on descriptor %d", sent->event.fd);
    evidence_place(evidence->text, sent);
    text_add(evidence->text, ". That is another socket, with a port of its own: one socket does "
                             "both.");
    return true;
}

/* What was received last has gone back in pieces. */
static bool answers_in_pieces(const struct live *evidence)
{
    const struct step *received = last_moved(evidence, GROUP_RECEIVING);
    const struct step *first = NULL;
    size_t pieces = 0;
    int64_t bytes = 0;
    for (size_t i = 0; i < evidence->count && received != NULL; i++) {
        const struct step *step = &evidence->steps[i];
        if (!has_moved(step, GROUP_SENDING) || step->event.number < received->event.number ||
            step->event.tid != received->event.tid)
            continue;
        first = first == NULL ? step : first;
        pieces++;
        bytes += step->event.result;
    }
    if (!is_server(evidence) || pieces < 2 || bytes != received->event.result)
        return false;
    text_add(evidence->text, "One datagram of %lld bytes was received, and it went back as %zu",
             (long long)bytes, pieces);
    evidence_place(evidence->text, first);
    text_add(evidence->text, ". Each call that sends makes a datagram of its own: send all of it "
                             "with one.");
    return true;
}

static bool is_another_length(const struct live *evidence, const struct step *received,
                              const struct step *sent)
{
    if (sent->event.asked == received->event.result)
        return false;
    if (is_cut_at_nul(received, sent))
        text_add(evidence->text,
                 "The datagram was treated as a string: %lld bytes were received and %lld sent, up "
                 "to the first byte that is 0",
                 (long long)received->event.result, (long long)sent->event.asked);
    else
        text_add(evidence->text, "%lld bytes were received and %lld sent: send %s",
                 (long long)received->event.result, (long long)sent->event.asked,
                 sent->event.asked > received->event.result
                     ? "the bytes that arrived, not the buffer they are in"
                     : "all the bytes that arrived, whatever they are");
    evidence_place(evidence->text, sent);
    text_add(evidence->text, ".");
    return true;
}

/* What the thread of step I moved last before it; NULL: nothing. */
static const struct step *moved_before(const struct live *evidence, size_t i)
{
    int32_t tid = evidence->steps[i].event.tid;
    while (i-- > 0)
        if (evidence->steps[i].event.tid == tid &&
            (has_moved(&evidence->steps[i], GROUP_SENDING) ||
             has_moved(&evidence->steps[i], GROUP_RECEIVING)))
            return &evidence->steps[i];
    return NULL;
}

/* Only where it takes one and answers it: who takes several first may answer any of them. */
static bool answers_another_length(const struct live *evidence)
{
    for (size_t i = evidence->count; is_server(evidence) && i-- > 0;) {
        const struct step *sent = &evidence->steps[i];
        const struct step *received =
            has_moved(sent, GROUP_SENDING) ? moved_before(evidence, i) : NULL;
        if (received == NULL || !has_moved(received, GROUP_RECEIVING))
            continue;
        const struct step *earlier = moved_before(evidence, (size_t)(received - evidence->steps));
        if ((earlier == NULL || has_moved(earlier, GROUP_SENDING)) &&
            is_another_length(evidence, received, sent))
            return true;
    }
    return false;
}

/* Was a datagram of the test, the last one, longer than the buffer it was received into? */
static bool cuts_a_datagram(const struct live *evidence)
{
    const struct step *step = last_moved(evidence, GROUP_RECEIVING);
    if (step == NULL || stage.data == NULL || step->event.result != step->event.asked ||
        (size_t)step->event.asked >= stage.data_length)
        return false;
    text_add(evidence->text, "%s had room for %lld bytes", trace_name(&step->event),
             (long long)step->event.asked);
    evidence_place(evidence->text, step);
    text_add(evidence->text,
             ". The datagram has %zu: what does not fit into the buffer is thrown "
             "away, and nobody is told.",
             stage.data_length);
    return true;
}

/* The last send after RECEIVED, and it failed. */
static bool could_not_answer(const struct live *evidence, const struct step *received)
{
    const struct step *failed = NULL;
    for (size_t i = 0; i < evidence->count; i++)
        if (evidence_on_socket(&evidence->steps[i], GROUP_SENDING) &&
            evidence->steps[i].event.error != 0 &&
            evidence->steps[i].event.number > received->event.number)
            failed = &evidence->steps[i];
    if (failed == NULL)
        return false;
    text_add(evidence->text, "%s failed with %s", trace_name(&failed->event),
             strerrorname_np(failed->event.error));
    evidence_place(evidence->text, failed);
    text_add(evidence->text,
             failed->event.error == EINTR
                 ? ", and nothing was sent: a signal had come in between, so make the call again."
                 : ".");
    return true;
}

static bool answers_nothing(const struct live *evidence)
{
    const struct step *received = last_moved(evidence, GROUP_RECEIVING);
    const struct step *sent = last_moved(evidence, GROUP_SENDING);
    if (!is_server(evidence) || received == NULL || evidence->program->ended ||
        stage.last == DONE || (sent != NULL && sent->event.number > received->event.number))
        return false;
    if (could_not_answer(evidence, received))
        return true;
    text_add(evidence->text, "A datagram of %lld bytes was received",
             (long long)received->event.result);
    evidence_place(evidence->text, received);
    text_add(evidence->text, ", and nothing was sent after it.");
    return true;
}

/* ---- the client's tries ---- */

/* It sends to the server's port with the two bytes the other way round. */
static bool asks_elsewhere(const struct live *evidence)
{
    const struct peer *server = evidence_peer();
    for (size_t i = 0; i < evidence->count && server != NULL && !is_server(evidence); i++) {
        const struct step *step = &evidence->steps[i];
        if ((step->event.call != CALL_CONNECT && !evidence_on_socket(step, GROUP_SENDING)) ||
            step->event.port == 0 || step->event.port == server->port ||
            ntohs((uint16_t)step->event.port) != server->port)
            continue;
        text_add(evidence->text,
                 "The server is at port %u, and the client asks at port %d: the same two bytes the "
                 "other way round. htons() is missing, or is there twice",
                 server->port, step->event.port);
        evidence_place(evidence->text, step);
        text_add(evidence->text, ".");
        return true;
    }
    return false;
}

/* Its last try was more than fits. */
static bool asks_too_much(const struct live *evidence)
{
    const struct step *last = NULL;
    for (size_t i = 0; i < evidence->count; i++)
        if (evidence_on_socket(&evidence->steps[i], GROUP_SENDING))
            last = &evidence->steps[i];
    if (is_server(evidence) || last == NULL || last->event.error != EMSGSIZE)
        return false;
    text_add(evidence->text, "%s failed with EMSGSIZE", trace_name(&last->event));
    evidence_place(evidence->text, last);
    text_add(evidence->text, ": more than 65,507 bytes do not fit into a datagram. To wait and to "
                             "try again does not help: say so, and return -1.");
    return true;
}

/* The question has come, and behind it the byte that ends a string. */
static bool asks_with_a_terminator(const struct live *evidence)
{
    size_t length = stage.data_length;
    if (is_server(evidence) || stage.back == NULL || stage.back_length != length + 1 ||
        memcmp(stage.back, stage.data, length) != 0 || stage.back[length] != '\0')
        return false;
    text_add(evidence->text, "The terminator was sent: the zero that ends a string in C is no part "
                             "of the question. Send the number, the space and its bytes, and not "
                             "strlen + 1 or sizeof.");
    return true;
}

/* setsockopt(SO_RCVTIMEO) has failed, so there is no limit. */
static bool sets_no_limit(const struct live *evidence)
{
    for (size_t i = 0; i < evidence->count && !is_server(evidence); i++) {
        const struct step *step = &evidence->steps[i];
        if (step->event.call != CALL_SETSOCKOPT || step->event.asked != SO_RCVTIMEO ||
            !evidence_failed(step))
            continue;
        evidence_failure(evidence->text, step);
        text_add(evidence->text,
                 ", so there is no limit to the wait. SO_RCVTIMEO takes a struct "
                 "timeval%s.",
                 step->event.error == EDOM ? ", with less than 1,000,000 in tv_usec" : "");
        return true;
    }
    return false;
}

static bool has_many_sockets(const struct live *evidence)
{
    size_t sockets = 0;
    for (size_t i = 0; i < evidence->count; i++)
        sockets +=
            evidence->steps[i].event.call == CALL_SOCKET && evidence->steps[i].event.result >= 0;
    if (is_server(evidence) || sockets < 2)
        return false;
    text_add(evidence->text, "The client has opened %zu sockets", sockets);
    evidence_place(evidence->text, evidence_last(evidence, CALL_SOCKET));
    text_add(evidence->text, ". Each has a port of its own, and an answer to the first does not "
                             "come to the second: keep one socket for all tries and questions.");
    return true;
}

/* A wait that ended because its time was over. */
static bool has_timed_out(const struct step *step)
{
    const struct probe_event *event = &step->event;
    if (trace_is_pending(event))
        return false;
    if (trace_group(event) == GROUP_WAITING)
        return event->result == 0;
    return evidence_on_socket(step, GROUP_RECEIVING) && event->error == EAGAIN &&
           event->ended - event->begun > 1000000;
}

static bool waits_without_asking_again(const struct live *evidence)
{
    size_t waits = 0;
    const struct step *last = NULL;
    for (size_t i = evidence->count; i-- > 0;) {
        if (has_moved(&evidence->steps[i], GROUP_SENDING))
            break;
        if (!has_timed_out(&evidence->steps[i]))
            continue;
        if (last == NULL)
            last = &evidence->steps[i];
        waits++;
    }
    if (is_server(evidence) || last == NULL || waits < 2)
        return false;
    text_add(evidence->text, "%s ended %zu times because its time was over",
             trace_name(&last->event), waits);
    evidence_place(evidence->text, last);
    text_add(evidence->text, ", and nothing was sent in between. Waiting longer does not bring a "
                             "lost datagram back: send it again.");
    return true;
}

/* The last step before END that sends a question, or tries to; NULL: none, or an answer came. */
static const struct step *try_before(const struct live *evidence, const struct step *end)
{
    while (end-- > evidence->steps)
        if (has_moved(end, GROUP_RECEIVING))
            return NULL;
        else if (evidence_on_socket(end, GROUP_SENDING) &&
                 (end->event.error == 0 || end->event.error == ECONNREFUSED))
            return end;
    return NULL;
}

/* What waited first, or should have, between two tries; NULL: nothing. */
static const struct step *wait_between(const struct step *before, const struct step *after)
{
    for (const struct step *step = before + 1; step < after; step++)
        if (trace_group(&step->event) == GROUP_WAITING || evidence_on_socket(step, GROUP_RECEIVING))
            return step;
    return NULL;
}

/* The same question has left, or met a refusal, at both steps, without a wait between them. */
static bool is_hasty(const struct step *before, const struct step *again)
{
    enum {
        AT_ONCE = 1000 * 1000, /* ns: no test lets a client wait for less than two of these */
        SOON = 10 * AT_ONCE    /* on a busy machine, two calls without another in between */
    };
    const struct step *wait = wait_between(before, again);
    bool has_no_time = wait != NULL && wait->event.result == 0 && wait->event.asked == 0 &&
                       (wait->event.call == CALL_POLL || wait->event.call == CALL_EPOLL_WAIT);
    return again->event.asked == before->event.asked &&
           (has_no_time ||
            again->event.begun - before->event.ended < (wait == NULL ? SOON : AT_ONCE));
}

static void add_haste(const struct live *evidence, const struct step *again,
                      const struct step *wait)
{
    text_add(evidence->text, "The question was sent again at once");
    evidence_place(evidence->text, again);
    if (wait == NULL) {
        text_add(evidence->text, ": nothing waits in between.");
        return;
    }
    text_add(evidence->text, ": %s had not waited", trace_name(&wait->event));
    evidence_place(evidence->text, wait);
    if (wait->event.error != 0 && wait->event.error != EAGAIN)
        text_add(evidence->text, ", but failed with %s.", strerrorname_np(wait->event.error));
    else if (wait->event.call == CALL_SELECT)
        text_add(evidence->text, ". Was its time-out 0? select changes its timeval and its sets: "
                                 "set them before each call.");
    else
        text_add(evidence->text, ". Was its time-out 0, or less? See to the unit it is in, and to "
                                 "the type it is calculated in.");
}

/* Tries in a row without a wait between them; when the client has given up, two will do. */
static bool does_not_wait(const struct live *evidence)
{
    enum { MANY = 3 };
    const struct step *step = try_before(evidence, evidence->steps + evidence->count);
    const struct step *last = step;
    const struct step *wait = NULL;
    size_t hasty = 0;
    for (const struct step *before; !is_server(evidence) && step != NULL; step = before) {
        before = try_before(evidence, step);
        if (before == NULL || !is_hasty(before, step))
            break;
        wait = hasty++ == 0 ? wait_between(before, step) : wait;
    }
    if (hasty == 0 || (hasty < MANY && !evidence->program->ended))
        return false;
    add_haste(evidence, last, wait);
    return true;
}

/* When PEER last sent a datagram; 0: never. */
static uint64_t last_datagram_of(const struct peer *peer)
{
    uint64_t time = 0;
    for (size_t i = 0; i < stage.note_count && peer != NULL; i++)
        if (stage.notes[i].kind == NOTE_DATAGRAM && stage.notes[i].actor == peer->name)
            time = stage.notes[i].time;
    return time;
}

/* The server's datagram has been there for long, and select does not see it. */
static bool looks_elsewhere(const struct live *evidence)
{
    enum { LONG = 100 * 1000 * 1000 /* ns */ };
    uint64_t sent = last_datagram_of(evidence_peer());
    const struct step *received = last_moved(evidence, GROUP_RECEIVING);
    const struct step *step = evidence_last_of(evidence, GROUP_WAITING);
    if (is_server(evidence) || sent == 0 || stage_now() < sent + LONG || step == NULL ||
        !trace_is_pending(&step->event) ||
        (step->event.call != CALL_SELECT && step->event.call != CALL_PSELECT) ||
        (received != NULL && received->event.ended > sent))
        return false;
    text_add(evidence->text, "The client waits in %s", trace_name(&step->event));
    evidence_place(evidence->text, step);
    text_add(evidence->text, ", although a datagram has come. Its first argument is the highest "
                             "descriptor plus one, and the set has to hold the socket at each "
                             "call.");
    return true;
}

/* Its keyboard is open, and an alarm has taken it for closed. */
static bool is_woken_too_late(const struct live *evidence)
{
    const struct step *last = last_of_both(evidence);
    const struct program *client = evidence->program;
    bool has_an_alarm = false;
    for (size_t i = 0; i < evidence->count; i++)
        has_an_alarm |= (evidence->steps[i].event.call == CALL_SIGACTION ||
                         evidence->steps[i].event.call == CALL_SIGNAL) &&
                        evidence->steps[i].event.asked == SIGALRM;
    if (is_server(evidence) || !has_an_alarm || !client->ended || client->terminated ||
        !WIFEXITED(client->status) || WEXITSTATUS(client->status) != 0 || client->in == -1 ||
        last == NULL || !has_moved(last, GROUP_RECEIVING))
        return false;
    text_add(evidence->text, "The answer had come");
    evidence_place(evidence->text, last);
    text_add(evidence->text,
             ", and later SIGALRM interrupted reading from the keyboard. Switch the "
             "timer off when the answer is there.");
    return true;
}

static bool has_tried(const struct live *evidence)
{
    for (size_t i = 0; i < evidence->count; i++)
        if (evidence_on_socket(&evidence->steps[i], GROUP_SENDING))
            return true;
    return false;
}

static bool gives_up_unasked(const struct live *evidence)
{
    const struct text *said = &evidence->program->complained;
    if (is_server(evidence) || !evidence->program->ended || said->length == 0 ||
        strstr(said->start, "no answer") == NULL || has_tried(evidence))
        return false;
    text_add(evidence->text, "udp_ask has given up without having sent anything. Has udp_open "
                             "stored tries and wait_ms in the client's struct?");
    return true;
}

/* SO_RCVTIMEO was set, and there is no limit all the same. */
static void add_time_of_zero(const struct live *evidence)
{
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        if (step->event.call != CALL_SETSOCKOPT || step->event.asked != SO_RCVTIMEO)
            continue;
        text_add(evidence->text, " SO_RCVTIMEO was set");
        evidence_place(evidence->text, step);
        text_add(evidence->text, ", to 0, and that means no limit. What is less than a second "
                                 "belongs into tv_usec, as microseconds.");
        return;
    }
}

static bool waits_for_ever(const struct live *evidence)
{
    if (is_server(evidence) || evidence->program->ended || stage.last != STALLED ||
        atomic_load(&evidence->program->trace->timed) != 0)
        return false;
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        if (!trace_is_pending(&step->event) ||
            (!evidence_on_socket(step, GROUP_RECEIVING) &&
             !(trace_group(&step->event) == GROUP_WAITING && step->event.asked < 0)))
            continue;
        text_add(evidence->text, "The client waits in %s", trace_name(&step->event));
        evidence_place(evidence->text, step);
        text_add(evidence->text, ", without a limit of time. If a datagram is lost, it waits there "
                                 "for ever.");
        add_time_of_zero(evidence);
        return true;
    }
    return false;
}

bool cause_udp(const struct live *evidence)
{
    static evidence_rule *const rules[] = {
        opens_a_stream,
        expects_connections,
        never_bound,
        receives_elsewhere,
        shares_its_port,
        has_a_port_of_its_own,
        loses_its_socket,
        sends_to_a_wrong_address,
        ends_on_an_error,
        ends_on_an_empty_one,
        ends_without_an_error,
        answers_somebody_else,
        cuts_a_datagram,
        answers_from_elsewhere,
        answers_in_pieces,
        answers_another_length,
        answers_nothing,
        asks_elsewhere,
        asks_too_much,
        asks_with_a_terminator,
        sets_no_limit,
        has_many_sockets,
        gives_up_unasked,
        is_woken_too_late,
        looks_elsewhere,
        does_not_wait,
        waits_without_asking_again,
        waits_for_ever,
    };
    return evidence_try(rules, sizeof rules / sizeof rules[0], evidence);
}
