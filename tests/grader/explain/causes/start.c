/* How the program begins: where it connects or listens, and what came of that. */
#include "grader/explain/causes/causes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* The last CALL, if it failed, and not because of its descriptor. */
static bool find_failed(const struct evidence *e, struct finding *f, enum probe_call call)
{
    const struct step *step = f->step[1] = LAST(e, NULL, .call = IS(call));
    return step != NULL && LIKE(e, step, .how = FAILED_WITH_ERRNO) && step->event.error != EBADF &&
           step->event.error != ENOTSOCK;
}

/* In step 2 the next use of step 1's descriptor, which it cannot be used for. */
static bool goes_on(const struct evidence *e, struct finding *f)
{
    const struct step *next = f->step[1];
    while ((next = query_next(e, next)) != NULL) {
        enum probe_group group = group_of(next);
        if (next->event.fd != f->step[1]->event.fd)
            continue;
        if (next->event.call == CALL_CLOSE)
            return false;
        f->step[2] = next;
        if (next->event.call == CALL_LISTEN || group == GROUP_SENDING || group == GROUP_RECEIVING)
            return true;
    }
    return false;
}

/* In step 2 a later call whose errno has taken the place of step 1's. */
static bool loses_errno(const struct evidence *e, struct finding *f)
{
    for (const struct step *next = f->step[1]; (next = query_next(e, next)) != NULL;) {
        f->step[2] = next;
        if (LIKE(e, next, .how = FAILED_WITH_ERRNO) && next->event.error != f->step[1]->event.error)
            return true;
    }
    return false;
}

static bool are_swapped(int left, int right)
{
    return left != right && ntohs((uint16_t)left) == right;
}

/* What is wrong with a port whose bytes are swapped: getaddrinfo(3) swaps them by itself. */
static unsigned part_of_swapping(const struct evidence *e)
{
    return LAST(e, NULL, .call = IS(CALL_GETADDRINFO)) == NULL ? PART('a') : PART('b');
}
#define SWAPPED                                                                                    \
    "the same two bytes the other way round. htons() is missing where sin_port is set, or "        \
    "[a:was called twice][b:was used for the service that getaddrinfo(3) takes: that is the port " \
    "as you would type it]."

/* ---- socket ---- */

/* The call failed, and nothing else was tried. In $w and $n what it was asked for. */
static bool socket_fails(const struct evidence *e, struct finding *f)
{
    enum { KIND = 0xf }; /* besides, SOCK_NONBLOCK and SOCK_CLOEXEC may be there */
    static const char *const types[KIND + 1] = {
        [SOCK_STREAM] = "SOCK_STREAM", [SOCK_DGRAM] = "SOCK_DGRAM", [SOCK_RAW] = "SOCK_RAW"};
    const struct step *step = f->step[1] = LAST(e, NULL, .call = IS(CALL_SOCKET));
    if (step == NULL || !LIKE(e, step, .how = FAILED_WITH_ERRNO | UNTOUCHED) ||
        FIRST(e, NULL, .call = IS(CALL_SOCKET), .how = WENT_WELL) != NULL)
        return false;
    f->word = types[step->event.type & KIND];
    f->n = step->event.domain;
    f->parts = f->word != NULL ? PART('a') : PART('b');
    return true;
}

/* The two first arguments stand in each other's place. */
static bool socket_arguments_swapped(const struct evidence *e, struct finding *f)
{
    return socket_fails(e, f) && f->step[1]->event.domain == SOCK_STREAM &&
           f->step[1]->event.type == AF_INET;
}

/* ---- connect ---- */

/* A client that has connected a datagram socket, and met nobody. */
static bool datagram_socket(const struct evidence *e, struct finding *f)
{
    enum { KIND = 0xf }; /* besides, SOCK_NONBLOCK and SOCK_CLOEXEC may be there */
    const struct step *step = f->step[1] = LAST(e, NULL, .call = IS(CALL_CONNECT));
    const struct step *made =
        step == NULL ? NULL : LAST(e, step, .call = IS(CALL_SOCKET), .result = IS(step->event.fd));
    return made != NULL && (made->event.type & KIND) == SOCK_DGRAM;
}

static bool fails_to_connect(const struct evidence *e, struct finding *f)
{
    return find_failed(e, f, CALL_CONNECT) && f->step[1]->event.error != EINPROGRESS &&
           f->step[1]->event.error != EINTR;
}

static bool connect_goes_on(const struct evidence *e, struct finding *f)
{
    const struct step *connected = FIRST(e, NULL, .call = IS(CALL_CONNECT), .result = IS(0));
    return fails_to_connect(e, f) && connected != NULL && f->step[1] > connected &&
           f->step[1]->event.fd != connected->event.fd;
}

/* The last connect failed, and none has succeeded. */
static bool never_connects(const struct evidence *e, struct finding *f)
{
    return fails_to_connect(e, f) &&
           FIRST(e, NULL, .call = IS(CALL_CONNECT), .result = IS(0)) == NULL;
}

/* The port where the test waits for a client; 0: it does not. */
static int listening_port(const struct evidence *e)
{
    for (size_t i = e->peer_count; i-- > 0;)
        if (e->peers[i].listening)
            return e->peers[i].port;
    return 0;
}

static bool connect_port_wrong(const struct evidence *e, struct finding *f)
{
    f->n = listening_port(e);
    return never_connects(e, f) && f->n != 0 && f->step[1]->event.port != f->n;
}

static bool connect_port_swapped(const struct evidence *e, struct finding *f)
{
    f->parts = part_of_swapping(e);
    return connect_port_wrong(e, f) && are_swapped(f->step[1]->event.port, (int)f->n);
}

static bool connect_length(const struct evidence *e, struct finding *f)
{
    f->parts =
        never_connects(e, f) && f->step[1]->event.size == (int64_t)sizeof(char *) ? PART('a') : 0;
    return never_connects(e, f) && f->step[1]->event.error == EINVAL &&
           f->step[1]->event.size < (int64_t)sizeof(struct sockaddr_in);
}

static bool connect_name_as_address(const struct evidence *e, struct finding *f)
{
    return never_connects(e, f) && f->step[1]->event.address == INADDR_NONE;
}

static bool connect_failure_ignored(const struct evidence *e, struct finding *f)
{
    return never_connects(e, f) && goes_on(e, f);
}

static bool one_address_only(const struct evidence *e, struct finding *f)
{
    return never_connects(e, f) && listening_port(e) != 0 &&
           f->step[1]->event.address != INADDR_LOOPBACK;
}

static bool connect_errno_lost(const struct evidence *e, struct finding *f)
{
    return never_connects(e, f) && loses_errno(e, f);
}

/* ---- bind ---- */

static bool fails_to_bind(const struct evidence *e, struct finding *f)
{
    return find_failed(e, f, CALL_BIND);
}

/* A port of 0 may also be one that could not be read. */
static bool bind_port_wrong(const struct evidence *e, struct finding *f)
{
    f->n = e->program.asked_port;
    return fails_to_bind(e, f) && f->n > 0 && f->step[1]->event.port != f->n &&
           f->step[1]->event.port != 0;
}

static bool bind_port_swapped(const struct evidence *e, struct finding *f)
{
    f->parts = part_of_swapping(e);
    return bind_port_wrong(e, f) && are_swapped(f->step[1]->event.port, (int)f->n);
}

static bool bind_failure_ignored(const struct evidence *e, struct finding *f)
{
    return fails_to_bind(e, f) && goes_on(e, f);
}

/* The kernel has not even looked at the address. */
static bool address_length(const struct evidence *e, struct finding *f)
{
    if (!fails_to_bind(e, f))
        return false;
    f->parts = f->step[1]->event.size == (int64_t)sizeof(char *) ? PART('a') : 0;
    return f->step[1]->event.error == EINVAL &&
           f->step[1]->event.size < (int64_t)sizeof(struct sockaddr_in);
}

static bool address_family(const struct evidence *e, struct finding *f)
{
    return fails_to_bind(e, f) && f->step[1]->event.error == EAFNOSUPPORT;
}

static bool address_missing(const struct evidence *e, struct finding *f)
{
    if (!fails_to_bind(e, f))
        return false;
    f->parts = f->step[1]->event.address == ntohl(INADDR_LOOPBACK) ? PART('a') : 0;
    return f->step[1]->event.error == EADDRNOTAVAIL;
}

/* A server was started again on its port, and connections of the one before still hold it. Step 2
   asks for the port to be used all the same. */
static bool port_in_use(const struct evidence *e, struct finding *f)
{
    f->step[2] = LAST(e, NULL, .call = IS(CALL_SETSOCKOPT), .given = IS(SO_REUSEADDR));
    return fails_to_bind(e, f) && f->step[1]->event.error == EADDRINUSE && e->program_count > 1;
}

static bool reuse_missing(const struct evidence *e, struct finding *f)
{
    return port_in_use(e, f) && f->step[2] == NULL;
}

static bool reuse_late(const struct evidence *e, struct finding *f)
{
    return port_in_use(e, f) && f->step[2] != NULL && f->step[2] > f->step[1];
}

static bool reuse_zero(const struct evidence *e, struct finding *f)
{
    return port_in_use(e, f) && f->step[2] != NULL && f->step[2]->event.result == 0 &&
           f->step[2]->event.address == 0;
}

static bool bind_errno_lost(const struct evidence *e, struct finding *f)
{
    return fails_to_bind(e, f) && !port_in_use(e, f) && loses_errno(e, f);
}

static bool bind_failure_untold(const struct evidence *e, struct finding *f)
{
    return fails_to_bind(e, f) && !port_in_use(e, f) && e->program.complained.length == 0;
}

/* ---- listen ---- */

static bool listen_fails(const struct evidence *e, struct finding *f)
{
    f->step[1] = LAST(e, NULL, .call = IS(CALL_LISTEN));
    return f->step[1] != NULL && f->step[1]->event.result != 0;
}

static bool listens_with_datagrams(const struct evidence *e, struct finding *f)
{
    return listen_fails(e, f) && f->step[1]->event.error == EOPNOTSUPP;
}

static bool never_listens(const struct evidence *e, struct finding *f)
{
    if (!is_server(e) && FIRST(e, NULL, .call = IS(CALL_TCP_LISTEN)) == NULL)
        return false; /* a driver of something else */
    f->step[1] = e->program.ended ? FIRST(e, NULL, .how = FAILED_WITH_ERRNO) : NULL;
    f->parts = f->step[1] != NULL ? PART('a') : 0;
    return LAST(e, NULL, .call = IS(CALL_LISTEN)) == NULL;
}

static bool listens(const struct evidence *e, struct finding *f)
{
    f->step[1] = LAST(e, NULL, .call = IS(CALL_LISTEN));
    return f->step[1] != NULL && f->step[1]->event.result == 0;
}

static bool small_queue(const struct evidence *e, struct finding *f)
{
    enum { SMALL = 16 };
    return listens(e, f) && f->step[1]->event.backlog < SMALL && e->waiting != -1 &&
           e->peers[e->waiting].connecting;
}

static bool listen_port_wrong(const struct evidence *e, struct finding *f)
{
    const struct step *bind = LAST(e, NULL, .call = IS(CALL_BIND));
    f->n = e->program.asked_port;
    f->parts = bind == NULL ? PART('a') : bind->event.port == 0 ? PART('b') : 0;
    return listens(e, f) && f->n > 0 && f->step[1]->event.port != f->n &&
           (bind == NULL || LIKE(e, bind, .result = IS(0)));
}

static bool listen_port_swapped(const struct evidence *e, struct finding *f)
{
    bool wrong = listen_port_wrong(e, f);
    f->parts = part_of_swapping(e);
    return wrong && are_swapped(f->step[1]->event.port, (int)f->n);
}

static bool one_address_alone(const struct evidence *e, struct finding *f)
{
    return listens(e, f) && f->step[1]->event.address != 0 && e->waiting != -1 &&
           e->peers[e->waiting].other_address != f->step[1]->event.address;
}

/* ---- the tables ---- */

#define FAILURE "$c1 failed with $E1 ($e1)$1"
#define GOES_ON                                                                                    \
    FAILURE ", and the $role went on with $c2$2: look at what $c1 returns. -1 means that it has "  \
            "failed."
#define ERRNO_LOST                                                                                 \
    FAILURE ". After that $c2 failed with $E2 ($e2)$2, and errno tells of the last call that "     \
            "failed: say why at once, or keep errno in a variable."
#define STILL_HELD FAILURE ": connections of the server before still hold the port. "
#define NO_REUSE                                                                                   \
    STILL_HELD "setsockopt(2) with SOL_SOCKET and SO_REUSEADDR, which allows that, was "

const struct cause causes_of_connecting[] = {
    {.id = "socket-arguments-swapped",
     .explains = socket_arguments_swapped,
     .sentence =
         "socket was called with type $a1 and domain $n, and failed$1 ($e1). They are in "
         "each other's place: the domain, AF_INET, comes first, then the type, SOCK_STREAM.",
     .hint = "Write socket(AF_INET, SOCK_STREAM, 0).",
     .section = "A socket is a descriptor"},
    {.id = "socket-fails",
     .explains = socket_fails,
     .sentence = "socket was asked for domain $n and type [a:$w][b:$a1], and failed with $E1 ($e1)"
                 "$1. A TCP socket is AF_INET (2), SOCK_STREAM (1) and protocol 0.",
     .hint = "Compare the three arguments of socket with socket(2).",
     .section = "A socket is a descriptor"},
    {.id = "connect-address-length",
     .explains = connect_length,
     .sentence = FAILURE ": the third argument is the size of the address, and was $a1[a:, the "
                         "size of a pointer].",
     .hint = "Pass sizeof the address itself, or ai_addrlen of getaddrinfo.",
     .section = "Names and addresses"},
    {.id = "connect-datagram-socket",
     .scope = CLIENT,
     .explains = datagram_socket,
     .sentence = "connect was called for a datagram socket (SOCK_DGRAM)$1: that succeeds whether "
                 "anybody is there or not. A connection needs SOCK_STREAM, in ai_socktype of "
                 "getaddrinfo's hints as well.",
     .hint = "Set ai_socktype to SOCK_STREAM in the hints, and pass it to socket."},
    {.id = "connect-goes-on",
     .scope = CLIENT,
     .explains = connect_goes_on,
     .sentence = "connect had succeeded, and the next address was tried nevertheless$1: stop at "
                 "the first that answers.",
     .hint = "Leave the loop as soon as connect has returned 0."},
    {.id = "connect-port-swapped",
     .explains = connect_port_swapped,
     .sentence = "connect was asked for port $o1, the server is on $n$1: " SWAPPED,
     .hint =
         "Convert the port exactly once: with htons() for sin_port, not at all for getaddrinfo."},
    {.id = "connect-port-wrong",
     .explains = connect_port_wrong,
     .sentence = "connect was asked for port $o1, the server is on $n$1.",
     .hint = "Pass the port that tcp_connect was given."},
    {.id = "connect-name-as-address",
     .explains = connect_name_as_address,
     .sentence = "connect was asked for the address 255.255.255.255$1: that is what inet_addr(3) "
                 "returns for a name.",
     .hint = "Look the host up with getaddrinfo(3)."},
    {.id = "connect-failure-ignored",
     .explains = connect_failure_ignored,
     .sentence = GOES_ON,
     .hint = "Compare the result with -1, and use the socket only if connect has returned 0."},
    {.id = "connect-one-address-only",
     .explains = one_address_only,
     .sentence = FAILURE ", and no other address was tried: a name may have several, and the next "
                         "one may answer.",
     .hint = "Try the addresses of getaddrinfo one after another, each with a new socket."},
    {.id = "connect-errno-lost",
     .explains = connect_errno_lost,
     .sentence = ERRNO_LOST,
     .hint = "Complain right after the call that failed, or keep its errno and set it again."},
    {.id = "connect-fails",
     .of = ~EXPECT_RESOURCES, /* that it fails is no reason to keep something */
     .explains = never_connects,
     .sentence = FAILURE ".",
     .hint = "connect(2) says what this error means. When no address answers, "
             "complain(\"connect\"), close the socket, and return -1."},
    {.id = NULL},
};

const struct cause causes_of_binding[] = {
    {.id = "listen-port-swapped",
     .explains = bind_port_swapped,
     .sentence = "Asked for port $n, it wants to listen on $o1: " SWAPPED " " FAILURE ".",
     .hint = "Write htons(port) where sin_port is set.",
     .section = "Ports travel in network byte order"},
    {.id = "listen-port-wrong",
     .explains = bind_port_wrong,
     .sentence = "Asked for port $n, it wants to listen on $o1. " FAILURE ".",
     .hint = "Call bind before listen, with htons(port) in sin_port: the port that tcp_listen was "
             "given.",
     .section = "Ports travel in network byte order"},
    {.id = "bind-address-length",
     .explains = address_length,
     .sentence = FAILURE ": the third argument is the size of the address, and was $a1[a:, the "
                         "size of a pointer].",
     .hint = "Pass sizeof the address itself."},
    {.id = "bind-address-family",
     .explains = address_family,
     .sentence = FAILURE ": sin_family must name the same family as the first argument of "
                         "socket(2).",
     .hint = "Set sin_family to AF_INET."},
    {.id = "bind-address-missing",
     .explains = address_missing,
     .sentence = FAILURE ": this machine has no address $i1[a:, which is 127.0.0.1 with its bytes "
                         "the other way round: htonl() is missing].",
     .hint = "Write htonl(INADDR_ANY) where sin_addr is set."},
    {.id = "bind-failure-ignored",
     .explains = bind_failure_ignored,
     .sentence = GOES_ON,
     .hint = "Compare the result of bind with -1 before you go on."},
    {.id = "reuseaddr-missing",
     .scope = SERVER,
     .explains = reuse_missing,
     .sentence = NO_REUSE "not called before it.",
     .hint = "Set SO_REUSEADDR to 1 between socket and bind."},
    {.id = "reuseaddr-missing",
     .scope = SERVER,
     .explains = reuse_late,
     .sentence = NO_REUSE "called only after bind.",
     .hint = "Set SO_REUSEADDR to 1 between socket and bind."},
    {.id = "reuseaddr-zero",
     .scope = SERVER,
     .explains = reuse_zero,
     .sentence = STILL_HELD "SO_REUSEADDR, which allows that, was set to 0$2.",
     .hint = "Set SO_REUSEADDR to 1."},
    {.id = "bind-errno-lost",
     .scope = SERVER,
     .explains = bind_errno_lost,
     .sentence = ERRNO_LOST,
     .hint = "Complain right after the call that failed, or keep its errno and set it again."},
    {.id = "bind-failure-untold",
     .scope = SERVER,
     .explains = bind_failure_untold,
     .sentence = FAILURE ", and nobody was told: complain(\"bind\") says why.",
     .hint = "Call complain right after the call that failed, and return -1."},
    {.id = "bind-fails",
     .scope = SERVER,
     .of = ~EXPECT_RESOURCES,
     .explains = fails_to_bind,
     .sentence = FAILURE ".",
     .hint = "bind(2) says what this error means. When bind fails, complain(\"bind\"), close the "
             "socket, and return -1."},
    {.id = NULL},
};

const struct cause causes_of_listening[] = {
    {.id = "listen-datagram-socket",
     .explains = listens_with_datagrams,
     .sentence = FAILURE ": only a stream socket, SOCK_STREAM, can listen.",
     .hint = "Write socket(AF_INET, SOCK_STREAM, 0)."},
    {.id = "never-listens",
     .explains = listen_fails,
     .sentence = FAILURE ", so nobody can connect.",
     .hint = "Call listen in tcp_listen, after bind."},
    {.id = "never-listens",
     .explains = never_listens,
     .sentence = "It never listened: listen(2) was never called.[a: $c1 failed with $E1 ($e1)$1.]",
     .hint = "Call listen in tcp_listen, after bind."},
    {.id = NULL},
};

const struct cause causes_of_small_queue[] = {
    {.id = "listen-queue-small",
     .explains = small_queue,
     .sentence = "listen was asked for a queue of $a1$1: no more than that, and one, may wait to "
                 "be accepted.",
     .hint = "Pass SOMAXCONN to listen."},
    {.id = NULL},
};

const struct cause causes_of_address[] = {
    {.id = "listen-port-swapped",
     .explains = listen_port_swapped,
     .sentence = "Asked for port $n, it listens on $o1: " SWAPPED,
     .hint = "Write htons(port) where sin_port is set.",
     .section = "Ports travel in network byte order"},
    {.id = "listen-port-wrong",
     .explains = listen_port_wrong,
     .sentence = "Asked for port $n, it listens on port $o1.[a: bind(2) was never called, so the "
                 "system chose one.][b: bind(2) was given port 0, so the system chose one.]",
     .hint = "Call bind before listen, with htons(port) in sin_port: the port that tcp_listen was "
             "given.",
     .section = "Ports travel in network byte order"},
    {.id = "listen-one-address",
     .explains = one_address_alone,
     .sentence =
         "It listens only on $i1, so it cannot be reached at this machine's other addresses.",
     .hint = "Bind the socket to htonl(INADDR_ANY)."},
    {.id = NULL},
};
