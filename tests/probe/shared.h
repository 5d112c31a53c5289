/*
 * The memory that a test shares with the probe inside the program under test, in two parts.
 *
 * In the orders the test writes faults and gates; the probe carries them out. The program can only
 * read them. In the other part the probe writes what the program calls, and how far it has come
 * with the orders; the test reads it to explain a failure, and to know when something has happened.
 * The program is a stranger's and may scribble over this part, so the test believes nothing there
 * without looking, and takes no score from it.
 *
 * Both sides are built from this header in the same build. Fields shared while both run are atomic.
 */
#ifndef SOCKLADDER_PROBE_SHARED_H
#define SOCKLADDER_PROBE_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

/* Environment of the program under test. The probe removes both before main. */
#define PROBE_FD_VARIABLE "SOCKLADDER_PROBE_FD" /* descriptors of the memory and of the orders */
#define PROBE_PROGRAM_VARIABLE                                                                     \
    "SOCKLADDER_PROBE_PROGRAM" /* its path: the probe sleeps in others                             \
                                */

/* The calls the probe knows: enumerator, name, group. */
#define PROBE_CALLS(X)                                                                             \
    X(SOCKET, "socket", OPENING)                                                                   \
    X(BIND, "bind", BINDING)                                                                       \
    X(LISTEN, "listen", LISTENING)                                                                 \
    X(SETSOCKOPT, "setsockopt", SETTING)                                                           \
    X(ACCEPT, "accept", ACCEPTING)                                                                 \
    X(ACCEPT4, "accept4", ACCEPTING)                                                               \
    X(CONNECT, "connect", CONNECTING)                                                              \
    X(RECV, "recv", RECEIVING)                                                                     \
    X(RECVFROM, "recvfrom", RECEIVING)                                                             \
    X(RECVMSG, "recvmsg", RECEIVING)                                                               \
    X(RECVMMSG, "recvmmsg", RECEIVING)                                                             \
    X(READ, "read", RECEIVING)                                                                     \
    X(READV, "readv", RECEIVING)                                                                   \
    X(SEND, "send", SENDING)                                                                       \
    X(SENDTO, "sendto", SENDING)                                                                   \
    X(SENDMSG, "sendmsg", SENDING)                                                                 \
    X(SENDMMSG, "sendmmsg", SENDING)                                                               \
    X(WRITE, "write", SENDING)                                                                     \
    X(WRITEV, "writev", SENDING)                                                                   \
    X(SENDFILE, "sendfile", SENDING)                                                               \
    X(SPLICE_IN, "splice", RECEIVING)                                                              \
    X(SPLICE_OUT, "splice", SENDING)                                                               \
    X(SHUTDOWN, "shutdown", NONE)                                                                  \
    X(CLOSE, "close", CLOSING)                                                                     \
    X(DUP, "dup", NONE)                                                                            \
    X(DUP2, "dup2", NONE)                                                                          \
    X(DUP3, "dup3", NONE)                                                                          \
    X(POLL, "poll", WAITING)                                                                       \
    X(PPOLL, "ppoll", WAITING)                                                                     \
    X(SELECT, "select", WAITING)                                                                   \
    X(PSELECT, "pselect", WAITING)                                                                 \
    X(EPOLL_WAIT, "epoll_wait", WAITING)                                                           \
    X(EPOLL_PWAIT, "epoll_pwait", WAITING)                                                         \
    X(NANOSLEEP, "nanosleep", SLEEPING)                                                            \
    X(CLOCK_NANOSLEEP, "clock_nanosleep", SLEEPING)                                                \
    X(USLEEP, "usleep", SLEEPING)                                                                  \
    X(SLEEP, "sleep", SLEEPING)                                                                    \
    X(GETADDRINFO, "getaddrinfo", LOOKING_UP)                                                      \
    X(GETHOSTBYNAME, "gethostbyname", LOOKING_UP)                                                  \
    X(FORK, "fork", FORKING)                                                                       \
    X(WAIT, "wait", REAPING)                                                                       \
    X(WAITPID, "waitpid", REAPING)                                                                 \
    X(WAIT3, "wait3", REAPING)                                                                     \
    X(WAIT4, "wait4", REAPING)                                                                     \
    X(WAITID, "waitid", REAPING)                                                                   \
    X(PTHREAD_CREATE, "pthread_create", THREADING)                                                 \
    X(THREAD_START, "a thread begins", STARTING)                                                   \
    X(PTHREAD_JOIN, "pthread_join", NONE)                                                          \
    X(PTHREAD_DETACH, "pthread_detach", NONE)                                                      \
    X(PTHREAD_MUTEX_LOCK, "pthread_mutex_lock", LOCKING)                                           \
    X(PTHREAD_MUTEX_INIT, "pthread_mutex_init", NONE)                                              \
    X(PTHREAD_COND_WAIT, "pthread_cond_wait", WAKING)                                              \
    X(PTHREAD_RWLOCK_RDLOCK, "pthread_rwlock_rdlock", NONE)                                        \
    X(PTHREAD_RWLOCK_WRLOCK, "pthread_rwlock_wrlock", NONE)                                        \
    X(PTHREAD_BARRIER_WAIT, "pthread_barrier_wait", NONE)                                          \
    X(SEM_WAIT, "sem_wait", NONE)                                                                  \
    X(PAUSE, "pause", NONE)                                                                        \
    X(SIGSUSPEND, "sigsuspend", NONE)                                                              \
    X(MALLOC, "malloc", ALLOCATING)                                                                \
    X(UNSAFE, "a signal handler", NONE)                                                            \
    X(EXIT, "exit", NONE)                                                                          \
    X(SIGNAL, "signal", NONE)                                                                      \
    X(SIGACTION, "sigaction", NONE)                                                                \
    X(KILL, "kill", NONE)                                                                          \
    PROBE_DRIVEN(X)

/* What a driver calls (tests/drivers), as it reports it: functions that students write. */
#define PROBE_DRIVEN(X)                                                                            \
    X(TCP_LISTEN, "tcp_listen", DRIVEN)                                                            \
    X(TCP_ACCEPT, "tcp_accept", DRIVEN)                                                            \
    X(TCP_CONNECT, "tcp_connect", DRIVEN)                                                          \
    X(SERVE, "serve", DRIVEN)                                                                      \
    X(ROOM_OPEN, "room_open", DRIVEN)                                                              \
    X(ROOM_CLOSE, "room_close", DRIVEN)                                                            \
    X(ROOM_JOIN, "room_join", DRIVEN)                                                              \
    X(ROOM_SAY, "room_say", DRIVEN)                                                                \
    X(ROOM_ANNOUNCE, "room_announce", DRIVEN)                                                      \
    X(ROOM_LEAVE, "room_leave", DRIVEN)                                                            \
    X(TALK, "talk", DRIVEN)                                                                        \
    X(SESSION, "session", NONE)                                                                    \
    X(ECHO_SESSION, "echo_session", DRIVEN)                                                        \
    X(ECHO_ASK, "echo_ask", DRIVEN)                                                                \
    X(LINE_READ, "line_read", DRIVEN)                                                              \
    X(LINE_SEND, "line_send", DRIVEN)                                                              \
    X(CHAT_ANSWER, "chat_answer", DRIVEN)                                                          \
    X(CHAT_ASK, "chat_ask", DRIVEN)                                                                \
    X(UDP_BIND, "udp_bind", DRIVEN)                                                                \
    X(UDP_SERVE, "udp_serve", DRIVEN)                                                              \
    X(UDP_OPEN, "udp_open", DRIVEN)                                                                \
    X(UDP_ASK, "udp_ask", DRIVEN)

enum probe_call {
#define PROBE_ENUMERATOR(name, text, group) CALL_##name,
    PROBE_CALLS(PROBE_ENUMERATOR)
#undef PROBE_ENUMERATOR
        CALL_COUNT
};

/* Calls that do the same thing to the network. Faults and gates are set for a group, so that they
   reach a program however it is written. RECEIVING, SENDING: only on sockets. */
enum probe_group {
    GROUP_NONE,
    GROUP_ACCEPTING,
    GROUP_CONNECTING,
    GROUP_RECEIVING,
    GROUP_SENDING,
    GROUP_CLOSING,
    GROUP_WAITING,
    GROUP_SLEEPING,
    GROUP_LOOKING_UP,
    GROUP_FORKING,
    GROUP_REAPING,
    GROUP_THREADING,
    GROUP_STARTING, /* gates only: a new thread, before the first instruction of its function */
    GROUP_LOCKING,  /* gates only; without a gate, the locks that somebody else holds are traced */
    GROUP_WAKING,   /* waiting for a condition. A gate after the call: who was woken, and has yet to
                       lock the mutex again. A fault: wakes up although nobody has woken it */
    GROUP_ALLOCATING, /* faults only: malloc and the like, called by the program itself */
    GROUP_SHOWING,    /* gates only: calls of SENDING on the console, or whatever is no socket */
    GROUP_OPENING,
    GROUP_SETTING,
    GROUP_BINDING,
    GROUP_LISTENING,
    GROUP_DRIVEN, /* gates only: the function that a driver calls */
    GROUP_COUNT
};

/* What a signal handler must not call (signal-safety(7)): what CALL_UNSAFE was given. */
enum probe_unsafe { UNSAFE_STDIO, UNSAFE_HEAP, UNSAFE_LOCK, UNSAFE_EXIT, UNSAFE_COUNT };

/* Functions that return a pointer to memory of their own, which their next call overwrites. */
enum probe_keeper { KEEPER_NONE, KEEPER_INET_NTOA, KEEPER_LOCALTIME, KEEPER_GMTIME, KEEPER_COUNT };

enum { EVENT_EMPTY, EVENT_BEGUN, EVENT_DONE };

/* One call. An event that stays EVENT_BEGUN is a call the program is blocked in, or died in. */
struct probe_event {
    _Atomic uint32_t state;
    uint32_t number; /* its place in the order of beginning, from 0 */
    int32_t call;    /* enum probe_call */
    int32_t pid;
    int32_t tid;
    int32_t fd;             /* the descriptor it was given, or -1 */
    union {                 /* what it was given, by the kind of the call */
        int64_t size;       /* receive, send: bytes; bind, connect: of the address */
        int64_t type;       /* socket */
        int64_t backlog;    /* listen */
        int64_t option;     /* setsockopt; -1: not of SOL_SOCKET */
        int64_t no_address; /* accept: -1 if it was given none to fill in */
        int64_t how;        /* shutdown */
        int64_t timeout;    /* poll and its like: milliseconds, or just 1; -1: none */
        int64_t signal;     /* kill, signal, sigaction */
        int64_t pending;    /* fork: bytes that wait in the buffer of stdout, and are copied */
        int64_t creation;   /* a thread that begins: the number of the pthread_create */
        int64_t detached;   /* pthread_create: the thread is created so */
        int64_t thread;     /* pthread_join, pthread_detach: the pthread_t */
        int64_t mutex;      /* a lock, or what else threads wait for: its address */
        int64_t unsafe;     /* what a signal handler calls: an enum probe_unsafe */
        int64_t status;     /* exit */
        int64_t argument;   /* what a driver has given to a function */
        int64_t given;      /* whatever it is */
    };
    int64_t result;    /* what it returned; of a thread that begins: its pthread_t */
    int32_t error;     /* errno if it failed, or the error that a pthread_ call returned; else 0 */
    int32_t port;      /* bind, listen, accept, connect: the port, host byte order; else 0 */
    uint32_t address;  /* bind, listen, connect: the IPv4 address, host byte order; setsockopt: the
                          value, if it was set */
    int32_t process;   /* kill, waitpid: the number of a process that was given; pthread_mutex_init:
                          the thread that has locked it; else 0 */
    int32_t unread;    /* close of a socket: bytes never received; else 0 */
    union {            /* what else it was given, by the kind of the call; else 0 */
        int32_t flags; /* recv, recvfrom, recvmsg */
        int32_t domain;    /* socket */
        int32_t to_length; /* sendto: of the address */
        int32_t besides;   /* whatever it is */
    };
    uint8_t is_socket;
    uint8_t tcp_state; /* as in tcp_info, before a close, and after a call that moved no bytes; else
                          0 */
    uint8_t faulted;   /* a fault was carried out here */
    uint8_t in_stdio;  /* a function of stdio has called it, for a stream on a socket */
    uint64_t begun;    /* CLOCK_MONOTONIC, ns */
    uint64_t ended;
    uint64_t caller; /* where it was called, relative to the program's load address; 0: elsewhere */
    uint64_t stack;  /* how far down the stack was used then: an address */
};

/* The first calls are kept for good, of the later ones the last: how it began and how it ended. */
enum { PROBE_HEAD = 1024, PROBE_TAIL = 3072 };

/* ---- the orders: written by the test, read by the probe ---- */

/* A fault: the next calls of a group fail, or are cut short. One a group at a time. */
struct probe_fault {
    _Atomic uint32_t armed;
    _Atomic uint32_t turn;  /* goes up whenever it is set anew, and the calls are counted anew */
    _Atomic uint32_t skip;  /* how many calls are let through before the first it hits */
    _Atomic uint32_t count; /* how many it hits */
    int32_t error;          /* errno they fail with; 0 for the next field */
    int64_t limit;          /* bytes a receive or send moves at most */
    int32_t signal;         /* arrives at the caller as the failing call returns; 0: none */
};

/* A program that meets the same error again and again without pause is held after this many. */
enum { PROBE_SPIN_BUDGET = 2000 };

/* A gate: holds whoever comes to a call of its group, until it is opened. One a group. */
enum { GATE_OFF, GATE_ARMED, GATE_OPEN, GATE_STATES };
struct probe_gate {
    _Atomic uint32_t state; /* futex: its turn, as above, times GATE_STATES, and one of these */
    uint32_t skip;          /* how many calls are let through before the one it holds */
    uint32_t after;         /* hold after the call instead of before it */
};

struct probe_orders {
    _Atomic uint32_t watched;     /* the test waits on `wake` */
    _Atomic uint32_t descriptors; /* from its next call on the program may have so many; 0: as many
                                     as it had at first */
    _Atomic uint32_t
        buffers; /* SO_SNDBUF and SO_RCVBUF of the connections it accepts; 0: as usual */
    _Atomic uint32_t stale_errno; /* calls that receive, send or accept leave this in errno when
                                     they have gone well; 0: what was there */
    uint32_t time_limit; /* ms: no time-out or timer that the program sets is longer; 0: as it likes
                          */
    uint32_t under_valgrind; /* else the test wants `crash` filled in */
    uint32_t stops;          /* the program stops before main, until a debugger lets it go on */
    struct probe_fault faults[GROUP_COUNT];
    struct probe_gate gates[GROUP_COUNT];
};

/* ---- what has happened: written by the probe, read by the test ---- */

/* How many calls of a group have come since a fault or gate was set: its turn in the upper half. */
typedef _Atomic uint64_t probe_count;

/* Whom a gate has held last. */
struct probe_hold {
    probe_count calls;
    _Atomic uint32_t turn; /* the gate's */
    int32_t tid;
};

/* Who has locked a mutex last, and where. Mutexes with the same place in the table take turns. */
enum { PROBE_LOCKS = 64 };
struct probe_lock {
    _Atomic uint64_t mutex; /* its address */
    _Atomic uint64_t caller;
    _Atomic int32_t tid;
    _Atomic uint32_t events; /* so many were written down before */
};

enum { PROBE_FRAMES = 16 };

struct probe_trace {
    _Atomic uint32_t ready; /* the probe is in the program */
    _Atomic uint32_t wake;  /* futex: goes up with every event while watched */
    _Atomic uint32_t count; /* events so far */
    _Atomic uint32_t timed; /* the program set a time-out or timer: blocked is not for ever */
    _Atomic uint32_t interruptible; /* it installed a handler without SA_RESTART */
    _Atomic uint32_t handling;      /* it installed a handler of any kind */
    _Atomic uint64_t sent;     /* bytes that its sends on sockets have moved: it gets somewhere */
    _Atomic uint32_t spinning; /* 1 + enum probe_call: PROBE_SPIN_BUDGET was used up there */
    uint64_t base;             /* load address of the program */
    probe_count faults[GROUP_COUNT];
    struct probe_hold holds[GROUP_COUNT];
    struct probe_lock locks[PROBE_LOCKS];
    struct {
        _Atomic uint32_t signal; /* it crashed with this one; 0 if it did not */
        int32_t pid;
        int32_t tid;
        uint32_t keeper;     /* it used what this function had returned: an enum probe_keeper */
        uint32_t stack_full; /* nothing more could be put on the stack of that thread */
        uint32_t count;
        uint64_t frames[PROBE_FRAMES]; /* addresses, innermost first, relative to base */
    } crash;
    struct probe_event events[PROBE_HEAD + PROBE_TAIL];
};

#endif
