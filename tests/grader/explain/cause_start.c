#include "grader/explain/cause_rules.h"
#include "grader/play/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* A call failed, and what the program said is the errno of a later one. */
static const struct step *later_failure(const struct live *evidence, const struct step *step)
{
    for (const struct step *next = step; (next = evidence_next(evidence, next)) != NULL;)
        if (evidence_failed(next) && next->event.error != step->event.error)
            return next;
    return NULL;
}

/* Adds what became of the errno of STEP, if a later call has changed it. */
static bool add_lost_errno(const struct live *evidence, const struct step *step)
{
    const struct step *later = later_failure(evidence, step);
    if (later == NULL)
        return false;
    text_add(evidence->text, ". After that ");
    evidence_failure(evidence->text, later);
    text_add(evidence->text, ", and errno tells of the last call that failed: say why at once, or "
                             "keep errno in a variable.");
    return true;
}

static bool is_about_its_descriptor(const struct step *step)
{
    return step->event.error == EBADF || step->event.error == ENOTSOCK;
}

static bool are_swapped(int left, int right)
{
    return left != right && ntohs((uint16_t)left) == right;
}

/* What is wrong with a port whose bytes are swapped. getaddrinfo(3) swaps them by itself. */
static const char *swapped_twice(const struct live *evidence)
{
    return evidence_last(evidence, CALL_GETADDRINFO) == NULL
               ? "htons() is missing where sin_port is set, or was called twice"
               : "htons() is missing where sin_port is set, or was used for the service that "
                 "getaddrinfo(3) takes: that is the port as you would type it";
}

/* ---- connect ---- */

/* Where the test waits for a client; NULL if it does not. */
static const struct peer *listening_peer(void)
{
    for (size_t i = stage.peer_count; i-- > 0;)
        if (stage.peers[i]->listening)
            return stage.peers[i];
    return NULL;
}

static bool connects_elsewhere(const struct live *evidence, const struct step *step)
{
    const struct peer *server = listening_peer();
    if (server == NULL || step->event.port == server->port)
        return false;
    text_add(evidence->text, "connect was asked for port %d, the server is on %u", step->event.port,
             server->port);
    evidence_place(evidence->text, step);
    if (are_swapped(step->event.port, server->port))
        text_add(evidence->text, ": the same two bytes the other way round. %s",
                 swapped_twice(evidence));
    text_add(evidence->text, ".");
    return true;
}

/* The next use of STEP's descriptor, which it cannot be used for. */
static const struct step *goes_on(const struct live *evidence, const struct step *step)
{
    for (const struct step *next = step; (next = evidence_next(evidence, next)) != NULL;) {
        enum probe_group group = trace_group(&next->event);
        if (next->event.fd != step->event.fd)
            continue;
        if (next->event.call == CALL_CLOSE)
            return NULL;
        if (next->event.call == CALL_LISTEN || group == GROUP_SENDING || group == GROUP_RECEIVING)
            return next;
    }
    return NULL;
}

static void add_going_on(const struct live *evidence, const struct step *step,
                         const struct step *next)
{
    text_add(evidence->text, ", and the %s went on with %s", evidence->program->role,
             trace_name(&next->event));
    evidence_place(evidence->text, next);
    text_add(evidence->text, ": look at what %s returns. -1 means that it has failed.",
             trace_name(&step->event));
}

/* CONNECTED succeeded, and LAST, which failed, came after it. */
static bool tries_on(const struct live *evidence, const struct step *connected,
                     const struct step *last)
{
    if (last < connected || strcmp(evidence->program->role, "client") != 0 ||
        last->event.fd == connected->event.fd)
        return false;
    text_add(evidence->text, "connect had succeeded, and the next address was tried nevertheless");
    evidence_place(evidence->text, last);
    text_add(evidence->text, ": stop at the first that answers.");
    return true;
}

/* A client that has connected a datagram socket, and met nobody. */
static bool connects_a_datagram_socket(const struct live *evidence, const struct step *connect)
{
    enum { KIND = 0xf }; /* besides, SOCK_NONBLOCK and SOCK_CLOEXEC may be there */
    const struct step *made = NULL;
    for (const struct step *step = evidence->steps; step < connect; step++)
        if (step->event.call == CALL_SOCKET && step->event.result == connect->event.fd)
            made = step;
    if (strcmp(evidence->program->role, "client") != 0 || made == NULL ||
        (made->event.asked & KIND) != SOCK_DGRAM)
        return false;
    text_add(evidence->text, "connect was called for a datagram socket (SOCK_DGRAM)");
    evidence_place(evidence->text, connect);
    text_add(evidence->text, ": that succeeds whether anybody is there or not. A connection needs "
                             "SOCK_STREAM, in ai_socktype of getaddrinfo's hints as well.");
    return true;
}

bool cause_start_connect(const struct live *evidence)
{
    const struct step *step = evidence_last(evidence, CALL_CONNECT);
    if (step != NULL && connects_a_datagram_socket(evidence, step))
        return true;
    if (step == NULL || !evidence_failed(step) || is_about_its_descriptor(step) ||
        step->event.error == EINPROGRESS || step->event.error == EINTR)
        return false;
    for (size_t i = 0; i < evidence->count; i++)
        if (evidence->steps[i].event.call == CALL_CONNECT && evidence->steps[i].event.result == 0)
            return tries_on(evidence, &evidence->steps[i], step);
    if (connects_elsewhere(evidence, step))
        return true;
    if (step->event.address == INADDR_NONE) {
        text_add(evidence->text, "connect was asked for the address 255.255.255.255");
        evidence_place(evidence->text, step);
        text_add(evidence->text, ": that is what inet_addr(3) returns for a name. getaddrinfo(3) "
                                 "looks names up.");
        return true;
    }
    const struct step *next = goes_on(evidence, step);
    evidence_failure(evidence->text, step);
    if (next != NULL)
        add_going_on(evidence, step, next);
    else if (listening_peer() != NULL && step->event.address != INADDR_LOOPBACK)
        text_add(evidence->text, ", and no other address was tried: a name may have several, and "
                                 "the next one may answer.");
    else if (!add_lost_errno(evidence, step))
        text_add(evidence->text, ".");
    return true;
}

/* ---- bind and listen ---- */

static void add_address(struct text *text, uint32_t address)
{
    char name[INET_ADDRSTRLEN];
    struct in_addr in = {.s_addr = htonl(address)};
    text_add(text, "%s", inet_ntop(AF_INET, &in, name, sizeof name));
}

static void add_missing_address(const struct live *evidence, uint32_t address)
{
    text_add(evidence->text, ": this machine has no address ");
    add_address(evidence->text, address);
    if (address == ntohl(INADDR_LOOPBACK))
        text_add(evidence->text, ", which is 127.0.0.1 with its bytes the other way round: htonl() "
                                 "is missing");
    text_add(evidence->text, ". htonl(INADDR_ANY) means all that it has.");
}

/* The kernel has not even looked at the address that bind was given. */
static bool add_unreadable_address(const struct live *evidence, const struct step *bind)
{
    int error = bind->event.error;
    if (error == EINVAL && bind->event.asked < (int64_t)sizeof(struct sockaddr_in))
        text_add(evidence->text, ": the third argument is the size of the address, and was %lld%s.",
                 (long long)bind->event.asked,
                 bind->event.asked == (int64_t)sizeof(char *) ? ", the size of a pointer" : "");
    else if (error == EAFNOSUPPORT)
        text_add(evidence->text, ": sin_family must name the same family as the first argument of "
                                 "socket(2).");
    else
        return false;
    return true;
}

/* Of a server that was started again on its port: was the port asked for in the right way? */
static void add_reuse(const struct live *evidence, const struct step *bind)
{
    const struct step *option = NULL;
    for (const struct step *step = evidence->steps; step < evidence->steps + evidence->count;
         step++)
        if (step->event.call == CALL_SETSOCKOPT && step->event.asked == SO_REUSEADDR)
            option = step;
    if (option != NULL && option < bind) {
        if (option->event.result == 0 && option->event.address == 0) {
            text_add(evidence->text, ": connections of the server before still hold the port. "
                                     "SO_REUSEADDR, which allows that, was set to 0");
            evidence_place(evidence->text, option);
        }
        text_add(evidence->text, ".");
        return;
    }
    text_add(evidence->text, ": connections of the server before still hold the port. "
                             "setsockopt(2) with SOL_SOCKET and SO_REUSEADDR, which allows that, "
                             "was ");
    if (option == NULL)
        text_add(evidence->text, "not called before it.");
    else
        text_add(evidence->text, "called only after bind.");
}

/* The port that bind was given is another one than the server was asked for. */
static bool binds_elsewhere(const struct live *evidence, const struct step *step)
{
    int asked = evidence->program->asked_port;
    /* A port of 0 may also be one that could not be read. */
    if (asked <= 0 || step->event.port == asked || step->event.port == 0)
        return false;
    text_add(evidence->text, "Asked for port %d, it wants to listen on %d", asked,
             step->event.port);
    if (are_swapped(step->event.port, asked))
        text_add(evidence->text, ": the same two bytes the other way round. %s",
                 swapped_twice(evidence));
    text_add(evidence->text, ". ");
    evidence_failure(evidence->text, step);
    text_add(evidence->text, ".");
    return true;
}

bool cause_start_bind(const struct live *evidence)
{
    const struct program *program = evidence->program;
    const struct step *step = evidence_last(evidence, CALL_BIND);
    if (step == NULL || !evidence_failed(step) || is_about_its_descriptor(step) ||
        strcmp(program->role, "server") != 0)
        return false;
    if (binds_elsewhere(evidence, step))
        return true;
    const struct step *next = goes_on(evidence, step);
    evidence_failure(evidence->text, step);
    if (next != NULL)
        add_going_on(evidence, step, next);
    else if (add_unreadable_address(evidence, step))
        return true;
    else if (step->event.error == EADDRNOTAVAIL)
        add_missing_address(evidence, step->event.address);
    else if (step->event.error == EADDRINUSE && stage.program_count > 1)
        add_reuse(evidence, step);
    else if (!add_lost_errno(evidence, step))
        text_add(evidence->text, program->complained.length > 0
                                     ? "."
                                     : ", and nobody was told: complain(\"bind\") says why.");
    return true;
}

bool cause_start_listen(const struct live *evidence)
{
    if (strcmp(evidence->program->role, "server") != 0)
        return false;
    const struct step *listening = evidence_last(evidence, CALL_LISTEN);
    if (listening != NULL && listening->event.result == 0)
        return false;
    if (listening != NULL) {
        evidence_failure(evidence->text, listening);
        text_add(evidence->text, listening->event.error == EOPNOTSUPP
                                     ? ": only a stream socket, SOCK_STREAM, can listen."
                                     : ", so nobody can connect.");
        return true;
    }
    text_add(evidence->text, "It never listened: listen(2) was never called.");
    for (size_t i = 0; evidence->program->ended && i < evidence->count; i++)
        if (evidence_failed(&evidence->steps[i])) {
            text_add(evidence->text, " ");
            evidence_failure(evidence->text, &evidence->steps[i]);
            text_add(evidence->text, ".");
            break;
        }
    return true;
}

bool cause_start_queue(const struct live *evidence)
{
    enum { SMALL = 16 };
    const struct step *listening = evidence_last(evidence, CALL_LISTEN);
    if (listening == NULL || listening->event.result != 0 || listening->event.asked >= SMALL ||
        stage.waiting == NULL || !stage.waiting->connecting)
        return false;
    text_add(evidence->text, "listen was asked for a queue of %lld",
             (long long)listening->event.asked);
    evidence_place(evidence->text, listening);
    text_add(evidence->text, ": no more than that, and one, may wait to be accepted. SOMAXCONN "
                             "asks for as many as the system allows.");
    return true;
}

bool cause_start_address(const struct live *evidence)
{
    const struct step *listening = evidence_last(evidence, CALL_LISTEN);
    int asked = evidence->program->asked_port;
    if (listening == NULL || listening->event.result != 0)
        return false;
    int port = listening->event.port;
    if (asked > 0 && are_swapped(port, asked)) {
        text_add(evidence->text,
                 "Asked for port %d, it listens on %d: the same two bytes the other way round. %s.",
                 asked, port, swapped_twice(evidence));
    } else if (asked > 0 && port != asked) {
        const struct step *bind = evidence_last(evidence, CALL_BIND);
        text_add(evidence->text, "Asked for port %d, it listens on port %d.", asked, port);
        if (bind == NULL)
            text_add(evidence->text, " bind(2) was never called, so the system chose one.");
        else if (bind->event.port == 0)
            text_add(evidence->text, " bind(2) was given port 0, so the system chose one.");
    } else if (listening->event.address != 0 && stage.waiting != NULL &&
               ntohl(stage.waiting->other_address.s_addr) != listening->event.address) {
        text_add(evidence->text, "It listens only on ");
        add_address(evidence->text, listening->event.address);
        text_add(evidence->text, ", so it cannot be reached at this machine's other addresses. "
                                 "htonl(INADDR_ANY) means all of them.");
    } else {
        return false;
    }
    return true;
}
