/*
 * A server, `server PORT`, and a client, `client PORT`, that behave well or badly: as the name of
 * the directory says in which they are found. The tests of the engine look at them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 4096 };

/* The next call stands one line below. */
#define MARK() (printf("next line of %d\n", __LINE__), fflush(stdout))

static int listen_at(uint32_t host, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = port};
    address.sin_addr.s_addr = htonl(host);
    socklen_t size = sizeof address;
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, size) == -1 || listen(fd, 16) == -1) {
        perror("server: bind");
        exit(1);
    }
    getsockname(fd, (struct sockaddr *)&address, &size);
    printf("listening on port %u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static int listen_on(uint16_t port)
{
    return listen_at(INADDR_ANY, port);
}

static void say_and_end(const char *words)
{
    fputs(words, stderr);
    exit(1);
}

/* ---- before they listen ---- */

static void waits(int port)
{
    char byte;
    (void)port;
    read(0, &byte, 1);
}

static void sleeps(int port)
{
    (void)port;
    nanosleep(&(struct timespec){.tv_sec = 3600}, NULL);
}

/* Until its child ends, nothing can stop it: it waits in the kernel as nobody else does. */
static void waits_in_vfork(int port)
{
    (void)port;
    if (vfork() == 0)
        for (;;)
            pause();
}

static void polls(int port)
{
    (void)port;
    for (;;)
        poll(NULL, 0, 5);
}

static void burns(int port)
{
    (void)port;
    for (volatile unsigned long i = 0;; i++)
        ;
}

static void refuses(int port)
{
    (void)port;
    say_and_end("server: bind: Permission denied\n");
}

static void ends_with_a_newline(int port)
{
    (void)port;
    say_and_end("\n");
}

static void is_the_starter(int port)
{
    (void)port;
    say_and_end("server: tcp_listen: Function not implemented\n");
}

static void swaps(int port)
{
    listen_on((uint16_t)port);
    pause();
}

/* ---- one connection ---- */

static void echo(int fd)
{
    char bytes[ROOM];
    for (ssize_t count; (count = recv(fd, bytes, sizeof bytes, 0)) > 0;)
        for (ssize_t done = 0, some; done < count; done += some)
            if ((some = send(fd, bytes + done, (size_t)(count - done), MSG_NOSIGNAL)) == -1)
                return;
}

static void swallow(int fd)
{
    char bytes[ROOM];
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        continue;
}

static void echo_three(int fd)
{
    char bytes[ROOM];
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        send(fd, bytes, 3, MSG_NOSIGNAL);
}

static void echo_and_more(int fd)
{
    echo(fd);
    send(fd, "more", 4, MSG_NOSIGNAL);
}

static void change(int fd)
{
    char bytes[ROOM];
    ssize_t count = recv(fd, bytes, sizeof bytes, 0);
    bytes[1] = '#';
    send(fd, bytes, (size_t)(count > 0 ? count : 0), MSG_NOSIGNAL);
    swallow(fd);
}

static void read_four(int fd)
{
    char bytes[4];
    recv(fd, bytes, sizeof bytes, 0);
}

static void never_end(int fd)
{
    char bytes[ROOM];
    echo(fd);
    for (;;)
        recv(fd, bytes, sizeof bytes, 0);
}

/* As on a machine where a call takes a third of a millisecond. */
static void never_end_slowly(int fd)
{
    char bytes[ROOM];
    echo(fd);
    for (;;) {
        struct timespec now;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        long long until = now.tv_sec * 1000000000LL + now.tv_nsec + 333333;
        while (now.tv_sec * 1000000000LL + now.tv_nsec < until)
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        recv(fd, bytes, sizeof bytes, 0);
    }
}

static void keep_open(int fd)
{
    echo(fd);
    waits(0);
}

__attribute__((noinline)) static int look_at(volatile const int *place)
{
    MARK();
    return *place;
}

static void crash(int fd)
{
    char bytes[ROOM];
    if (recv(fd, bytes, sizeof bytes, 0) > 0)
        exit(look_at(NULL));
}

static void ask_for_nothing(int fd)
{
    char bytes[ROOM];
    recv(fd, bytes, 0, 0);
}

static void close_twice(int fd)
{
    echo(fd);
    close(fd); /* serve() closes it as well */
}

/* Half of what has come goes back, by a call that the probe does not know. */
static void print_to(int fd)
{
    char bytes[ROOM];
    for (ssize_t count; (count = recv(fd, bytes, sizeof bytes, 0)) > 0;)
        pwritev2(fd, &(struct iovec){bytes, (size_t)count / 2}, 1, -1, 0);
}

/* A block that is lost, a read behind its end, a value that is not set; the connection stays. */
static void spoil_memory(int fd)
{
    volatile char *volatile lost = malloc(10);
    volatile char *volatile freed = malloc(20);
    free((void *)freed);
    if (lost[10] == 'x' || freed[3] == 'x')
        say_and_end("spoilt\n");
    lost = NULL;
    echo(fd);
}

/* ---- conversations in lines ---- */

enum { PROMPT_SENT = 1, NO_NEWLINE = 2, ZERO_SENT = 4, NOTHING_SENT = 8, PROMPT_LINE = 16 };

/* Takes what one recv brings for a line, shows it, asks the keyboard, and sends what was typed. */
static void chat(int fd, int manner)
{
    static const char prompt[] = "You want to say: ";
    char bytes[ROOM];
    for (ssize_t count; (count = recv(fd, bytes, sizeof bytes - 1, 0)) > 0;) {
        printf("client says: %.*s%s", (int)count, bytes, bytes[count - 1] == '\n' ? "" : "\n");
        if (manner & PROMPT_SENT)
            send(fd, prompt, sizeof prompt - 1, MSG_NOSIGNAL);
        else
            printf("%s%s", prompt, manner & PROMPT_LINE ? "\n" : "");
        fflush(stdout);
        if ((count = read(0, bytes, sizeof bytes - 1)) <= 0)
            return;
        count -= (manner & NO_NEWLINE) != 0;
        if (manner & ZERO_SENT)
            bytes[count++] = '\0';
        if (!(manner & NOTHING_SENT))
            send(fd, bytes, (size_t)count, MSG_NOSIGNAL);
    }
}

/* Shows what comes as it came: at once, or much later, or only when the keyboard has ended. */
static void show(int fd, bool late)
{
    char bytes[ROOM];
    for (ssize_t count; (count = recv(fd, bytes, sizeof bytes, 0)) > 0;) {
        printf("%.*s", (int)count, bytes);
        if (!late)
            fflush(stdout);
    }
}

static void shows(int fd)
{
    show(fd, false);
}

static void shows_late(int fd)
{
    show(fd, true);
}

static void read_its_keyboard(int fd)
{
    char byte;
    while (read(0, &byte, 1) > 0)
        continue;
    shows(fd);
}

static void chats(int fd)
{
    chat(fd, 0);
}

static void sends_its_prompt(int fd)
{
    chat(fd, PROMPT_SENT);
}

static void sends_no_newline(int fd)
{
    chat(fd, NO_NEWLINE);
}

static void sends_a_zero(int fd)
{
    chat(fd, ZERO_SENT);
}

static void sends_nothing(int fd)
{
    chat(fd, NOTHING_SENT);
}

static void ends_its_prompt(int fd)
{
    chat(fd, PROMPT_LINE);
}

/* ---- servers that listen ---- */

static void serve(int listener, void (*session)(int), int leave_open)
{
    for (int fd; (fd = accept(listener, NULL, NULL)) != -1;) {
        session(fd);
        if (!leave_open)
            close(fd);
    }
    perror("server: accept");
    exit(1);
}

static void receives_from_the_listener(int port)
{
    int listener = listen_on(htons((uint16_t)port));
    accept(listener, NULL, NULL);
    swallow(listener);
    pause();
}

/* At one address of the machine only. */
static void swallows_at_loopback(int port)
{
    serve(listen_at(INADDR_LOOPBACK, htons((uint16_t)port)), swallow, 0);
}

static void accepts_nobody(int port)
{
    listen_on(htons((uint16_t)port));
    pause();
}

/* Has a child and a grandchild that want to stay. */
static void leaves_children(int port)
{
    char byte;
    int ends[2];
    signal(SIGTERM, SIG_IGN);
    if (pipe(ends) == 0 && fork() == 0) {
        setsid();
        fork();
        write(ends[1], "x", 1);
        for (;;)
            pause();
    }
    while (read(ends[0], &byte, 1) == 1 && read(ends[0], &byte, 1) != 1)
        continue;
    serve(listen_on(htons((uint16_t)port)), echo, 0);
}

/* ---- servers with threads ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int joinable;

/* Serves each client in a thread, which gets a pointer to one and the same number: where the
   threads are held before they begin, all serve the last client. */
static void serve_in_threads(int port, void *(*body)(void *))
{
    static int fd;
    int listener = listen_on(htons((uint16_t)port));
    while ((fd = accept(listener, NULL, NULL)) != -1) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, body, &fd) == 0 && !joinable)
            pthread_detach(thread);
    }
}

static void *echo_in_thread(void *argument)
{
    int fd = *(int *)argument;
    echo(fd);
    close(fd);
    return NULL;
}

static void *close_twice_in_thread(void *argument)
{
    int fd = *(int *)argument;
    echo(fd);
    close(fd);
    close(fd);
    return NULL;
}

static void *read_in_thread(void *argument)
{
    char byte;
    int fd = *(int *)argument;
    while (read(fd, &byte, 1) > 0)
        continue;
    return NULL;
}

/* Serves one client after another: numbers that it gets through a pipe. */
static int jobs[2];

static void *serve_jobs(void *unused)
{
    char fd;
    while (read(jobs[0], &fd, 1) == 1) {
        echo(fd);
        close(fd);
    }
    return unused;
}

static void *exit_in_thread(void *argument)
{
    echo(*(int *)argument);
    exit(3);
}

static void *die_in_thread(void *argument)
{
    char byte;
    int fd = *(int *)argument;
    recv(fd, &byte, 1, 0);
    while (send(fd, "x", 1, 0) != 0) /* until SIGPIPE */
        ;
    return NULL;
}

/* The first client's thread keeps the lock: it waits with it, or ends. */
static void *keep_lock_in_thread(void *argument)
{
    char byte;
    int fd = *(int *)argument;
    pthread_mutex_lock(&lock);
    recv(fd, &byte, 1, 0);
    return NULL;
}

static void *lock_twice_in_thread(void *argument)
{
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
    return argument;
}

static void *send_under_lock_in_thread(void *argument)
{
    static const char bytes[1 << 16];
    int fd = *(int *)argument;
    pthread_mutex_lock(&lock);
    while (send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) > 0)
        continue;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *send_in_thread(void *argument)
{
    static const char bytes[1 << 16];
    int fd = *(int *)argument;
    while (send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) > 0)
        continue;
    return NULL;
}

static void threads_echo(int port)
{
    serve_in_threads(port, echo_in_thread);
}

static void threads_pool(int port)
{
    pthread_t thread;
    int listener = listen_on(htons((uint16_t)port));
    if (pipe(jobs) == -1 || pthread_create(&thread, NULL, serve_jobs, NULL) != 0)
        exit(2);
    for (int fd; (fd = accept(listener, NULL, NULL)) != -1;)
        write(jobs[1], &(char){(char)fd}, 1);
}

/* The argument is 0 again before the next client comes: that is the keyboard. */
static void threads_forget_their_client(int port)
{
    static int fd;
    pthread_t thread;
    int listener = listen_on(htons((uint16_t)port));
    while ((fd = accept(listener, NULL, NULL)) != -1) {
        if (pthread_create(&thread, NULL, read_in_thread, &fd) != 0)
            exit(4);
        fd = 0;
    }
}

static void threads_are_forgotten(int port)
{
    joinable = 1;
    serve_in_threads(port, echo_in_thread);
}

static void threads_close_twice(int port)
{
    serve_in_threads(port, close_twice_in_thread);
}

static void threads_exit(int port)
{
    serve_in_threads(port, exit_in_thread);
}

static void threads_die(int port)
{
    serve_in_threads(port, die_in_thread);
}

static void threads_keep_lock(int port)
{
    serve_in_threads(port, keep_lock_in_thread);
}

static void threads_lock_twice(int port)
{
    serve_in_threads(port, lock_twice_in_thread);
}

static void threads_send_under_lock(int port)
{
    serve_in_threads(port, send_under_lock_in_thread);
}

static void threads_send(int port)
{
    serve_in_threads(port, send_in_thread);
}

/* ---- a process for each client ---- */

enum { KEEPS = 1, ACCEPTS = 2, WAITS = 4, BOTH_TALK = 8, CRASHES = 16 };

static void serve_by_fork(int port, int manner)
{
    int listener = listen_on(htons((uint16_t)port));
    for (int fd; (fd = accept(listener, NULL, NULL)) != -1;) {
        pid_t child = fork();
        if (child == 0 || (manner & BOTH_TALK))
            (manner & CRASHES ? crash : echo)(fd);
        if (child == 0 && !(manner & ACCEPTS))
            _exit(0);
        if (!(manner & KEEPS))
            close(fd);
        if (manner & WAITS)
            waitpid(child, NULL, 0);
    }
}

static void forks(int port)
{
    signal(SIGCHLD, SIG_IGN);
    serve_by_fork(port, 0);
}

static void never_reaps(int port)
{
    serve_by_fork(port, 0);
}

static void reap(int number)
{
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

static void reaps_once(int port)
{
    struct sigaction action = {.sa_handler = reap, .sa_flags = (int)(SA_RESTART | SA_RESETHAND)};
    sigaction(SIGCHLD, &action, NULL);
    serve_by_fork(port, 0);
}

static void blocks_the_end(int port)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    struct sigaction action = {.sa_handler = reap};
    sigaction(SIGCHLD, &action, NULL);
    sigprocmask(SIG_BLOCK, &set, NULL);
    serve_by_fork(port, 0);
}

static void keeps_connections(int port)
{
    signal(SIGCHLD, SIG_IGN);
    serve_by_fork(port, KEEPS);
}

static void lets_children_accept(int port)
{
    signal(SIGCHLD, SIG_IGN);
    serve_by_fork(port, ACCEPTS);
}

static void waits_for_its_child(int port)
{
    serve_by_fork(port, WAITS);
}

static void talks_itself(int port)
{
    signal(SIGCHLD, SIG_IGN);
    serve_by_fork(port, BOTH_TALK);
}

static void crashes_in_its_child(int port)
{
    signal(SIGCHLD, SIG_IGN);
    serve_by_fork(port, CRASHES);
}

static void forks_for_memory(int port)
{
    int listener = listen_on(htons((uint16_t)port));
    for (int fd; (fd = accept(listener, NULL, NULL)) != -1; close(fd))
        if (vfork() == 0) {
            char byte;
            read(fd, &byte, 1);
            _exit(0);
        }
}

/* ---- clients ---- */

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == -1) {
        perror("client: connect");
        exit(1);
    }
    return fd;
}

static void ask(int port)
{
    char bytes[ROOM];
    int fd = connect_to(port);
    send(fd, "hello", 5, 0);
    ssize_t count = recv(fd, bytes, sizeof bytes, 0);
    close(fd);
    printf("%.*s\n", (int)(count > 0 ? count : 0), bytes);
}

/* ---- datagrams ---- */

static int bind_to(uint16_t port, uint32_t address)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = port};
    socklen_t size = sizeof in;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    in.sin_addr.s_addr = htonl(address);
    if (bind(fd, (struct sockaddr *)&in, size) == -1) {
        perror("server: bind");
        exit(1);
    }
    getsockname(fd, (struct sockaddr *)&in, &size);
    printf("listening on port %u\n", ntohs(in.sin_port));
    fflush(stdout);
    return fd;
}

/* Answers each datagram with MORE bytes than came of it, where ROOM fit; all to whoever sent the
   first, if TO_THE_FIRST. */
static void answer(int fd, size_t room, ssize_t more, bool to_the_first)
{
    char bytes[ROOM] = "";
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    ssize_t count = recvfrom(fd, bytes, room, 0, (struct sockaddr *)&peer, &size);
    for (struct sockaddr_in next = peer; count >= 0;) {
        sendto(fd, bytes, (size_t)(count + more), 0,
               (struct sockaddr *)(to_the_first ? &peer : &next), size);
        size = sizeof next;
        count = recvfrom(fd, bytes, room, 0, (struct sockaddr *)&next, &size);
    }
}

static void answers(int port)
{
    answer(bind_to(htons((uint16_t)port), INADDR_ANY), ROOM, 0, false);
}

static void answers_more(int port)
{
    answer(bind_to(htons((uint16_t)port), INADDR_ANY), ROOM, 5, false);
}

static void answers_the_first(int port)
{
    answer(bind_to(htons((uint16_t)port), INADDR_ANY), ROOM, 0, true);
}

static void answers_eight_bytes(int port)
{
    answer(bind_to(htons((uint16_t)port), INADDR_ANY), 8, 0, false);
}

static void answers_at_one_address(int port)
{
    answer(bind_to(htons((uint16_t)port), INADDR_LOOPBACK), ROOM, 0, false);
}

static void answers_nothing(int port)
{
    char bytes[ROOM];
    int fd = bind_to(htons((uint16_t)port), INADDR_ANY);
    while (recv(fd, bytes, sizeof bytes, 0) >= 0)
        continue;
}

static void ends_on_nothing(int port)
{
    char bytes[ROOM];
    int fd = bind_to(htons((uint16_t)port), INADDR_ANY);
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        continue;
}

/* Sends "1 hello" and waits without a limit, or sends it again each 20 ms, or only waits again. */
static void ask_by_datagram(int port, int ms, bool again)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    for (int turn = 0; turn < 4; turn++) {
        if (turn == 0 || again)
            sendto(fd, "1 hello", 7, 0, (struct sockaddr *)&to, sizeof to);
        if (poll(&answer, 1, ms) == 1)
            break;
    }
}

static void asks_once(int port)
{
    ask_by_datagram(port, -1, false);
}

static void asks_again(int port)
{
    ask_by_datagram(port, 20, true);
}

static void waits_again(int port)
{
    ask_by_datagram(port, 20, false);
}

/* ---- who is who ---- */

static const struct {
    const char *name;
    void (*program)(int);
    void (*session)(int);
} acts[] = {
    {"waits", waits, NULL},
    {"sleeps", sleeps, NULL},
    {"waits-in-vfork", waits_in_vfork, NULL},
    {"polls", polls, NULL},
    {"burns", burns, NULL},
    {"refuses", refuses, NULL},
    {"ends-with-a-newline", ends_with_a_newline, NULL},
    {"is-the-starter", is_the_starter, NULL},
    {"swaps", swaps, NULL},
    {"receives-from-the-listener", receives_from_the_listener, NULL},
    {"accepts-nobody", accepts_nobody, NULL},
    {"leaves-children", leaves_children, NULL},
    {"threads-echo", threads_echo, NULL},
    {"threads-pool", threads_pool, NULL},
    {"threads-forget-their-client", threads_forget_their_client, NULL},
    {"threads-are-forgotten", threads_are_forgotten, NULL},
    {"threads-close-twice", threads_close_twice, NULL},
    {"threads-exit", threads_exit, NULL},
    {"threads-die", threads_die, NULL},
    {"threads-keep-lock", threads_keep_lock, NULL},
    {"threads-lock-twice", threads_lock_twice, NULL},
    {"threads-send-under-lock", threads_send_under_lock, NULL},
    {"threads-send", threads_send, NULL},
    {"asks", ask, NULL},
    {"answers", answers, NULL},
    {"answers-more", answers_more, NULL},
    {"answers-the-first", answers_the_first, NULL},
    {"answers-eight-bytes", answers_eight_bytes, NULL},
    {"answers-at-one-address", answers_at_one_address, NULL},
    {"answers-nothing", answers_nothing, NULL},
    {"ends-on-nothing", ends_on_nothing, NULL},
    {"asks-once", asks_once, NULL},
    {"asks-again", asks_again, NULL},
    {"waits-again", waits_again, NULL},
    {"swallows-at-loopback", swallows_at_loopback, NULL},
    {"echoes", NULL, echo},
    {"swallows", NULL, swallow},
    {"echoes-three", NULL, echo_three},
    {"echoes-and-more", NULL, echo_and_more},
    {"changes", NULL, change},
    {"reads-four", NULL, read_four},
    {"never-ends", NULL, never_end},
    {"never-ends-slowly", NULL, never_end_slowly},
    {"keeps-open", NULL, keep_open},
    {"crashes", NULL, crash},
    {"asks-for-nothing", NULL, ask_for_nothing},
    {"spoils-memory", NULL, spoil_memory},
    {"closes-twice", NULL, close_twice},
    {"prints", NULL, print_to},
    {"chats", NULL, chats},
    {"shows", NULL, shows},
    {"shows-late", NULL, shows_late},
    {"reads-its-keyboard", NULL, read_its_keyboard},
    {"sends-its-prompt", NULL, sends_its_prompt},
    {"sends-no-newline", NULL, sends_no_newline},
    {"sends-a-zero", NULL, sends_a_zero},
    {"sends-nothing", NULL, sends_nothing},
    {"ends-its-prompt", NULL, ends_its_prompt},
    {"forks", forks, NULL},
    {"never-reaps", never_reaps, NULL},
    {"reaps-once", reaps_once, NULL},
    {"blocks-the-end", blocks_the_end, NULL},
    {"keeps-connections", keeps_connections, NULL},
    {"lets-children-accept", lets_children_accept, NULL},
    {"waits-for-its-child", waits_for_its_child, NULL},
    {"talks-itself", talks_itself, NULL},
    {"crashes-in-its-child", crashes_in_its_child, NULL},
    {"forks-for-memory", forks_for_memory, NULL},
};

int main(int argc, char **argv)
{
    char path[ROOM];
    snprintf(path, sizeof path, "%s", argv[0]);
    char *role = strrchr(path, '/');
    if (role == NULL || argc != 2)
        return 2;
    *role = '\0';
    const char *name = strrchr(path, '/') + 1;
    int port = (int)strtol(argv[1], NULL, 10);
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (strcmp(name, acts[i].name) != 0)
            continue;
        if (acts[i].program != NULL)
            acts[i].program(port);
        else
            serve(listen_on(htons((uint16_t)port)), acts[i].session,
                  acts[i].session == spoil_memory);
        return 0;
    }
    return 2;
}
