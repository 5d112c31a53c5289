/* Datagrams: the socket, where it receives, and what ends the program. */
#include "grader/explain/causes/causes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* ---- what the themes of datagrams share ---- */

bool has_moved(const struct step *step, enum probe_group group)
{
    return step->event.is_socket && group_of(step) == group && !is_pending(step) &&
           step->event.result >= 0;
}

const struct step *last_moved(const struct evidence *e, enum probe_group group)
{
    return LAST(e, NULL, .group = group, .how = ON_SOCKET | WENT_WELL);
}

const struct step *last_of_both(const struct evidence *e)
{
    const struct step *step = NULL;
    while ((step = LAST(e, step, .how = RETURNED)) != NULL)
        if (is_transfer(step) || group_of(step) == GROUP_WAITING)
            return step;
    return NULL;
}

/* ---- habits from TCP ---- */

static bool stream_socket(const struct evidence *e, struct finding *f)
{
    enum { TYPE_BITS = 0xf }; /* without SOCK_CLOEXEC and SOCK_NONBLOCK */
    f->step[1] = LAST(e, NULL, .call = IS(CALL_SOCKET));
    return f->step[1] != NULL && (f->step[1]->event.type & TYPE_BITS) == SOCK_STREAM;
}

static bool expects_connections(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .error = IS(EOPNOTSUPP), .how = UNTOUCHED)
    {
        f->step[1] = step;
        if (step->event.call == CALL_LISTEN || group_of(step) == GROUP_ACCEPTING)
            return true;
    }
    return false;
}

/* ---- where it receives ---- */

static bool never_bound(const struct evidence *e, struct finding *f)
{
    (void)f;
    return e->program.port == 0 && LAST(e, NULL, .call = IS(CALL_BIND)) == NULL;
}

static bool bind_fails(const struct evidence *e, struct finding *f)
{
    f->step[1] = LAST(e, NULL, .call = IS(CALL_BIND));
    return e->program.port == 0 && f->step[1] != NULL && f->step[1]->event.result != 0;
}

static bool bind_address_swapped(const struct evidence *e, struct finding *f)
{
    return bind_fails(e, f) && ntohl(f->step[1]->event.address) == INADDR_LOOPBACK;
}

/* It was asked for port $n, as a program or as a function, and has bound another. */
static bool other_port(const struct evidence *e, struct finding *f)
{
    const struct step *asked = FIRST(e, NULL, .call = IS(CALL_UDP_BIND));
    f->step[1] = LAST(e, NULL, .call = IS(CALL_BIND));
    f->n = asked != NULL ? asked->event.argument : e->program.asked_port;
    return f->step[1] != NULL && f->step[1]->event.result == 0 && f->n > 0 &&
           f->step[1]->event.port != f->n;
}

static bool port_swapped(const struct evidence *e, struct finding *f)
{
    return other_port(e, f) && ntohs((uint16_t)f->step[1]->event.port) == f->n;
}

static bool port_zero(const struct evidence *e, struct finding *f)
{
    return other_port(e, f) && f->step[1]->event.port == 0;
}

/* Two clients ask at the same address: then another one is not what they miss. */
static bool one_address(const struct evidence *e, struct finding *f)
{
    return !other_port(e, f) && f->step[1] != NULL && f->step[1]->event.result == 0 &&
           f->step[1]->event.address != 0 && e->last != DONE && e->peer_count == 1 &&
           FIRST(e, NULL, .call = IS(CALL_CONNECT)) == NULL &&
           COUNT(e, .group = GROUP_RECEIVING, .how = ON_SOCKET | WENT_WELL) <= 1;
}

static bool port_shared(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .call = IS(CALL_SETSOCKOPT))
    {
        bool address = step->event.option == SO_REUSEADDR;
        f->step[1] = step;
        f->word = address ? "SO_REUSEADDR" : "SO_REUSEPORT";
        if (address || step->event.option == SO_REUSEPORT)
            return !e->program.ended && e->program_count >= 2;
    }
    return false;
}

static bool client_binds(const struct evidence *e, struct finding *f)
{
    f->step[1] = LAST(e, NULL, .call = IS(CALL_BIND));
    if (f->step[1] == NULL || f->step[1]->event.port == 0)
        return false;
    f->parts = f->step[1]->event.result == -1 ? PART('a') : 0;
    return true;
}

/* ---- calls that fail ---- */

/* The socket that the program has opened and not closed; NULL: none, or more than one. */
static const struct step *only_socket(const struct evidence *e)
{
    const struct step *only = NULL;
    EACH(e, step, .how = 0)
    {
        enum probe_call call = (enum probe_call)step->event.call;
        if (call == CALL_DUP || call == CALL_DUP2 || (call == CALL_SOCKET && only != NULL))
            return NULL;
        if (call == CALL_SOCKET && step->event.result >= 0)
            only = step;
        else if (only != NULL && call == CALL_CLOSE && step->event.fd == only->event.result)
            return NULL;
    }
    return only;
}

/* A call that should move datagrams on something else than the one socket there is. */
static bool number_lost(const struct evidence *e, struct finding *f)
{
    const struct step *opened = f->step[2] = only_socket(e);
    if (opened == NULL)
        return false;
    f->n = opened->event.result;
    f->parts = is_server(e) ? 0 : PART('a');
    EACH(e, step, .how = UNTOUCHED | OUTSIDE_CONSOLE)
    {
        enum probe_group group = group_of(step);
        f->step[1] = step;
        if ((group == GROUP_SENDING || group == GROUP_RECEIVING || group == GROUP_CONNECTING ||
             step->event.call == CALL_BIND) &&
            step->event.fd != f->n && (step->event.error == ENOTSOCK || step->event.error == EBADF))
            return true;
    }
    return false;
}

/* The last call that failed because of an address that it was given. */
static bool address_wrong(const struct evidence *e, struct finding *f)
{
    const struct step *step = NULL;
    while ((step = LAST(e, step, .how = UNTOUCHED)) != NULL) {
        int error = step->event.error;
        f->step[1] = step;
        if ((is_transfer(step) || step->event.call == CALL_CONNECT) &&
            (error == EINVAL || error == EDESTADDRREQ || error == ENOTCONN ||
             error == EAFNOSUPPORT || error == EFAULT))
            return true;
    }
    return false;
}

/* It failed before anything was received: the address is none that recvfrom has filled in. */
static bool first_address_wrong(const struct evidence *e, struct finding *f)
{
    return address_wrong(e, f) && f->step[1]->event.call == CALL_SENDTO &&
           LAST(e, f->step[1], .group = GROUP_RECEIVING, .how = ON_SOCKET) == NULL;
}

static bool length_never_set(const struct evidence *e, struct finding *f)
{
    if (!first_address_wrong(e, f) || f->step[1]->event.error != EINVAL)
        return false;
    const struct probe_event *event = &f->step[1]->event;
    f->n = event->to_length;
    return (event->port == 0 && f->n < (int32_t)sizeof(struct sockaddr_in)) || f->n < 0 ||
           f->n > (int32_t)sizeof(struct sockaddr_storage);
}

/* The server's socket is connected to one client: step 1; what that was received from is step 2. */
static bool server_connects(const struct evidence *e, struct finding *f)
{
    f->step[1] = LAST(e, NULL, .call = IS(CALL_CONNECT), .result = IS(0));
    return f->step[1] != NULL && f->step[1]->event.port != 0 && !e->program.ended &&
           LAST(e, f->step[1], .group = GROUP_RECEIVING, .fd = IS(f->step[1]->event.fd),
                .how = ON_SOCKET | WENT_WELL) != NULL;
}

static bool address_none(const struct evidence *e, struct finding *f)
{
    return address_wrong(e, f) &&
           (f->step[1]->event.error == EDESTADDRREQ || f->step[1]->event.error == ENOTCONN);
}

static bool pointer_wrong(const struct evidence *e, struct finding *f)
{
    return address_wrong(e, f) && f->step[1]->event.error == EFAULT;
}

static bool connect_address_wrong(const struct evidence *e, struct finding *f)
{
    return address_wrong(e, f) && f->step[1]->event.call == CALL_CONNECT;
}

/* ---- what ends it ---- */

/* Where a function is called alone, it has returned, and should not have. */
static const char *has_returned(const struct evidence *e)
{
    const struct step *last = LAST(e, NULL, .group = GROUP_DRIVEN);
    if (last == NULL || is_pending(last))
        return NULL;
    if (last->event.call == CALL_UDP_SERVE)
        return "udp_serve";
    return last->event.call == CALL_UDP_ASK && last->event.result == -1 ? "udp_ask" : NULL;
}

/* The program has ended (part e), or function $w has returned (part u), and the last call of both
   directions is step 1. */
static bool ends_after(const struct evidence *e, struct finding *f)
{
    f->step[1] = last_of_both(e);
    f->word = has_returned(e);
    f->parts = f->word != NULL ? PART('u') : PART('e');
    return (e->program.ended || f->word != NULL) && !e->program.terminated && f->step[1] != NULL;
}

static bool ends_on(const struct evidence *e, struct finding *f, int error)
{
    return ends_after(e, f) && f->step[1]->event.error == error;
}

static bool interruption_ends(const struct evidence *e, struct finding *f)
{
    return ends_on(e, f, EINTR);
}

static bool nothing_yet_ends(const struct evidence *e, struct finding *f)
{
    return ends_on(e, f, EAGAIN);
}

static bool refusal_ends(const struct evidence *e, struct finding *f)
{
    return ends_on(e, f, ECONNREFUSED) || ends_on(e, f, EHOSTUNREACH) ||
           ends_on(e, f, ENETUNREACH) || ends_on(e, f, ENOBUFS) || ends_on(e, f, EPERM);
}

/* 0 bytes are a datagram, too. */
static bool empty_one_ends(const struct evidence *e, struct finding *f)
{
    return ends_after(e, f) && has_moved(f->step[1], GROUP_RECEIVING) &&
           f->step[1]->event.result == 0;
}

/* It had set SO_RCVTIMEO, or the like. */
static bool own_time_out_ends(const struct evidence *e, struct finding *f)
{
    return e->program.timed && ends_after(e, f) && group_of(f->step[1]) == GROUP_RECEIVING &&
           f->step[1]->event.error == EAGAIN && !f->step[1]->event.faulted &&
           COUNT(e, .group = GROUP_RECEIVING, .error = IS(EAGAIN)) == 1;
}

/* Nothing has failed, and udp_serve has returned all the same. */
static bool server_ends(const struct evidence *e, struct finding *f)
{
    enum { SHORT_MOST = 32767 };
    if (!ends_after(e, f))
        return false;
    f->parts |= f->step[1]->event.result > SHORT_MOST ? PART('a') : 0;
    return (f->word != NULL || WIFEXITED(e->program.status)) && f->step[1]->event.error == 0;
}

/* ---- the table ---- */

#define ADDRESS_WRONG                                                                              \
    "$c1 failed ($e1)$1: there is something wrong with the address or its length. "
#define ENDS "$c1 failed with $E1$1, and [e:the $role ended][u:$w returned]. "

const struct cause causes_of_datagram_sockets[] = {
    {.id = "datagrams-on-stream-socket",
     .explains = stream_socket,
     .sentence = "The socket was opened with SOCK_STREAM$1: that is TCP.",
     .hint = "Write socket(AF_INET, SOCK_DGRAM, 0).",
     .section = "No connection at all"},
    {.id = "datagrams-without-connections",
     .explains = expects_connections,
     .sentence = "$c1 failed$1: a UDP socket has no connections to listen for or to accept. Once "
                 "it is bound, recvfrom brings the datagrams of everybody.",
     .hint = "Leave listen and accept out, and begin to receive as soon as the socket is bound.",
     .section = "No connection at all"},
    {.id = "datagram-never-bound",
     .scope = SERVER,
     .explains = never_bound,
     .sentence = "bind(2) was never called, so nobody can know its port.",
     .hint = "Bind the socket to the port that udp_bind was given.",
     .section = "No connection at all"},
    {.id = "datagram-bind-address-swapped",
     .scope = SERVER,
     .explains = bind_address_swapped,
     .sentence = "bind failed ($e1)$1: it was asked for 1.0.0.127, which is 127.0.0.1 the other "
                 "way round. htonl() is missing.",
     .hint = "Write htonl(INADDR_ANY) where sin_addr is set.",
     .section = "No connection at all"},
    {.id = "datagram-bind-fails",
     .scope = SERVER,
     .explains = bind_fails,
     .sentence = "bind failed ($e1)$1.",
     .hint = "bind(2) says what this error means for the arguments of bind.",
     .section = "No connection at all"},
    {.id = "datagram-port-swapped",
     .scope = SERVER,
     .explains = port_swapped,
     .sentence = "Asked for port $n, it has bound port $o1: the same two bytes the other way "
                 "round. htons() is missing where sin_port is set$1.",
     .hint = "Write htons(port) where sin_port is set.",
     .section = "No connection at all"},
    {.id = "datagram-port-zero",
     .scope = SERVER,
     .explains = port_zero,
     .sentence = "Asked for port $n, it has bound port 0: the system chooses one. sin_port takes "
                 "htons() of the port; htonl() is for the four bytes of an address$1.",
     .hint = "Write htons(port) where sin_port is set.",
     .section = "No connection at all"},
    {.id = "datagram-port-wrong",
     .scope = SERVER,
     .explains = other_port,
     .sentence = "Asked for port $n, it has bound port $o1$1.",
     .hint = "Write htons(port) where sin_port is set, with the port that the function was given.",
     .section = "No connection at all"},
    {.id = "datagram-server-connects",
     .scope = SERVER,
     .of = EXPECT_DATAGRAM,
     .explains = server_connects,
     .sentence = "connect was called for the server's socket$1: since then the kernel drops every "
                 "datagram that is not from port $o1.",
     .hint = "Do not connect the server's socket. Answer with sendto, to the address that recvfrom "
             "filled in.",
     .section = "Everybody at one socket"},
    {.id = "datagram-one-address",
     .scope = SERVER,
     .of = EXPECT_DATAGRAM,
     .explains = one_address,
     .sentence = "Datagrams to this machine's other addresses do not get there: "
                 "htonl(INADDR_ANY) means all of them. It has bound its socket to $i1 alone$1.",
     .hint = "Bind the socket to htonl(INADDR_ANY).",
     .section = "No connection at all"},
    {.id = "datagram-port-shared",
     .scope = SERVER,
     .explains = port_shared,
     .sentence = "$w was set$1. For TCP that lets a server start again at once; for UDP it lets a "
                 "second server have the same port.",
     .hint = "Set no option that lets two sockets have one port.",
     .section = "No connection at all"},
    {.id = "datagram-client-binds",
     .scope = CLIENT,
     .explains = client_binds,
     .sentence = "The client has bound its socket to port $o1$1[a:, which was taken]. Without "
                 "bind, or with port 0, the kernel chooses one that is free.",
     .hint = "Do not bind the socket of the client.",
     .section = "No connection at all"},
    {.id = "datagram-socket-lost",
     .explains = number_lost,
     .sentence = "$c1 failed on descriptor $d1 ($e1)$1. The socket is descriptor $n$2: has that "
                 "number, and not a comparison with it, been stored where it is used[a:, in the "
                 "client's struct]?",
     .hint = "Compare the result of socket only after it is stored: `(fd = socket(...)) == -1`, "
             "with these parentheses.",
     .section = "No connection at all"},
    {.id = "datagram-without-address",
     .explains = address_none,
     .sentence = "$c1 failed ($e1)$1: the socket is not connected, so each datagram needs an "
                 "address to go to.",
     .hint = "Send with sendto and the address of the other side, or connect the socket of the "
             "client first.",
     .section = "No connection at all"},
    {.id = "datagram-pointer-wrong",
     .explains = pointer_wrong,
     .sentence = "$c1 failed ($e1)$1: a pointer it was given points nowhere.",
     .hint = "Look at each pointer that this call was given: to the bytes, to the address and to "
             "its length.",
     .section = "No connection at all"},
    {.id = "datagram-connect-address",
     .explains = connect_address_wrong,
     .sentence = ADDRESS_WRONG "getaddrinfo stores both.",
     .hint = "Pass ai_addr and ai_addrlen of getaddrinfo to connect.",
     .section = "No connection at all"},
    {.id = "datagram-address-length-short",
     .explains = length_never_set,
     .sentence = "sendto was given an address of $n bytes$1, and failed with $E1 ($e1). Its length "
                 "was never set, or is not that of the address.",
     .hint = "Keep the length beside the address: ai_addrlen of getaddrinfo, or what recvfrom "
             "stored.",
     .section = "No connection at all"},
    {.id = "datagram-first-address",
     .explains = first_address_wrong,
     .sentence = "$c1 failed ($e1)$1: there is something wrong with the address or its length.",
     .hint = "Ask getaddrinfo for AF_INET, and pass the address and the length that it stored.",
     .section = "No connection at all"},
    {.id = "datagram-address-length",
     .explains = address_wrong,
     .sentence = ADDRESS_WRONG "recvfrom reads the length before it writes it.",
     .hint = "Set the length to the size of the address before each call of recvfrom.",
     .section = "Everybody at one socket"},
    {.id = "datagram-interruption-ends",
     .explains = interruption_ends,
     .sentence = ENDS "A signal had come in between: make the call again.",
     .hint = "After EINTR, make the same call again."},
    {.id = "datagram-time-out-ends",
     .scope = CLIENT,
     .explains = own_time_out_ends,
     .sentence = ENDS "That is its own time-out: nothing arrived in that time.",
     .hint = "After EAGAIN or EWOULDBLOCK, send the same datagram again, until the tries are used "
             "up.",
     .section = "How long to wait"},
    {.id = "datagram-nothing-yet-ends",
     .scope = SERVER,
     .explains = nothing_yet_ends,
     .sentence = ENDS "That says only that nothing has come yet: somebody will ask.",
     .hint = "After EAGAIN or EWOULDBLOCK, wait for the next datagram.",
     .section = "Everybody at one socket"},
    {.id = "datagram-refusal-ends-server",
     .scope = SERVER,
     .explains = refusal_ends,
     .sentence = ENDS "That concerns one client; the next datagram is somebody else's.",
     .hint = "Go on with the next datagram after an error that concerns one client.",
     .section = "Everybody at one socket"},
    {.id = "datagram-refusal-ends-client",
     .scope = CLIENT,
     .explains = refusal_ends,
     .sentence = ENDS "It says that nobody listens there at this moment: wait, and try again.",
     .hint =
         "Let the time-out pass, and send the same datagram again, until the tries are used up.",
     .section = "Nobody there"},
    {.id = "datagram-empty-ends",
     .explains = empty_one_ends,
     .sentence = "$c1 returned 0$1, and [e:the $role ended][u:$w returned]. With datagrams "
                 "that is no end of file: an empty one has come.",
     .hint = "Take 0 for the length of a datagram, like any other number.",
     .section = "A datagram is a message"},
    {.id = "datagram-server-ends",
     .scope = SERVER,
     .explains = server_ends,
     .sentence = "$c1 returned $r1$1, and then [e:the server ended][u:$w returned]. "
                 "udp_serve goes on for ever: only when the socket itself cannot be used does it "
                 "return.[a: (Is this number too "
                 "large for the type that holds it? A short ends at 32,767.)]",
     .hint = "Receive in a loop that only ends when the socket cannot be used.",
     .section = "Everybody at one socket"},
    {.id = NULL},
};
