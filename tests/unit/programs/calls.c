/*
 * A program for the tests of the probe: `calls WHAT [PORT]`. It says what its calls returned and in
 * which line they stand, `recv at 57`; the test compares that with what the probe wrote down.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Says where it stands, under NAME; and so, and makes CALL. */
#define MARK(name) (printf("%s at %d\n", name, __LINE__), fflush(stdout))
#define HERE(name, call) (MARK(name), (call))

static long said(const char *name, long result)
{
    if (result == -1)
        printf("%s = -1 %s\n", name, strerrorname_np(errno));
    else
        printf("%s = %ld\n", name, result);
    fflush(stdout);
    return result;
}

static struct sockaddr_in here(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_port = htons((uint16_t)strtol(port, NULL, 10));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* Waits for a byte on standard input, in a way that the probe does not see: until the test is
 * ready.
 */
static void wait_for_go(void)
{
    setvbuf(stdin, NULL, _IONBF, 0);
    getchar();
}

/* ---- conversations ---- */

static void client(const char *port)
{
    char bytes[10];
    const struct sockaddr_in address = here(port);
    wait_for_go();
    int fd = HERE("socket", socket(AF_INET, SOCK_STREAM, 0));
    if (HERE("connect", connect(fd, (const struct sockaddr *)&address, sizeof address)) == -1) {
        said("connect", -1);
        said("close", HERE("close", close(99)));
        return;
    }
    said("send", HERE("send", send(fd, "hello", 5, 0)));
    said("recv", HERE("recv", recv(fd, bytes, sizeof bytes, 0)));
    said("end", recv(fd, bytes, sizeof bytes, 0));
    said("close", HERE("close", close(fd)));
}

/* Takes a client whose bytes it never reads: it waits for its end of file on standard input. */
static void server(const char *port)
{
    char byte;
    const struct sockaddr_in address = here(port);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    bind(listener, (const struct sockaddr *)&address, sizeof address);
    listen(listener, 7);
    int fd = accept(listener, NULL, NULL);
    said("read", read(0, &byte, 1));
    close(fd);
    close(listener);
}

/* ---- transfers of at most ten bytes on a pair of sockets, and on a pipe ---- */

static void receives(const char *unused)
{
    (void)unused;
    static char all[200];
    char bytes[10];
    char more[4];
    int pair[2];
    int ends[2];
    struct iovec parts[] = {{bytes, 2}, {more, 4}, {bytes + 2, 4}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 || pipe(ends) == -1)
        return;
    /* Written where no fault of sending is armed, and many more than all receives want. */
    send(pair[0], all, sizeof all, 0);
    write(ends[1], all, 10);
    said("recv", recv(pair[1], bytes, 10, 0));
    said("read", read(pair[1], bytes, 10));
    said("recvfrom", recvfrom(pair[1], bytes, 10, 0, NULL, NULL));
    said("recvmsg", recvmsg(pair[1], &message, 0));
    said("parts", (long)(message.msg_iov == parts ? message.msg_iovlen : 0));
    said("readv", readv(pair[1], parts, 3));
    said("short", recv(pair[1], bytes, 2, 0));
    said("all", recv(pair[1], bytes, 10, MSG_WAITALL));
    said("pipe", read(ends[0], bytes, 10));
}

static void sends(const char *unused)
{
    (void)unused;
    char bytes[10] = "";
    int pair[2];
    int ends[2];
    FILE *file = tmpfile();
    struct iovec parts[] = {{bytes, 2}, {bytes + 2, 4}, {bytes + 6, 4}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
    if (file == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 || pipe(ends) == -1)
        return;
    fwrite(bytes, 1, sizeof bytes, file);
    rewind(file);
    said("send", send(pair[0], bytes, 10, 0));
    said("write", write(pair[0], bytes, 10));
    said("sendto", sendto(pair[0], bytes, 10, 0, NULL, 0));
    said("sendmsg", sendmsg(pair[0], &message, 0));
    said("writev", writev(pair[0], parts, 3));
    said("sendfile", sendfile(pair[0], fileno(file), NULL, 10));
    said("pipe", write(ends[1], bytes, 10));
    fclose(file);
}

/* Six receives, each of one byte of the seven that are there. */
static void six(const char *unused)
{
    (void)unused;
    char byte;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
        return;
    write(pair[0], "1234567", 7);
    for (int i = 0; i < 6; i++)
        said("recv", recv(pair[1], &byte, 1, 0));
}

static void spins(const char *unused)
{
    (void)unused;
    char byte;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
        return;
    while (recv(pair[0], &byte, 1, 0) == -1)
        ;
}

/* ---- processes and threads ---- */

static void *in_thread(void *unused)
{
    (void)unused;
    said("thread", close(1001));
    return NULL;
}

static void thread(const char *unused)
{
    (void)unused;
    pthread_t thread;
    errno = ENOTTY;
    int error = pthread_create(&thread, NULL, in_thread, NULL);
    printf("pthread_create = %d, errno = %s\n", error, strerrorname_np(errno));
    if (error == 0)
        pthread_join(thread, NULL);
}

/* Says what it was given, and gives it back. */
static void *repeat(void *argument)
{
    said("argument", *(const int *)argument);
    return argument;
}

/* One that is joined, one that was created detached, and one that is detached afterwards. */
static void begins(const char *unused)
{
    (void)unused;
    static int numbers[] = {1, 2, 3};
    pthread_t threads[3];
    void *result = NULL;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    wait_for_go();
    HERE("create", pthread_create(&threads[0], NULL, repeat, &numbers[0]));
    printf("join = %d\n", HERE("join", pthread_join(threads[0], &result)));
    printf("result = %d\n", *(int *)result);
    pthread_create(&threads[1], &detached, repeat, &numbers[1]);
    pthread_create(&threads[2], NULL, repeat, &numbers[2]);
    pthread_detach(threads[2]);
    printf("detach = %s\n", strerrorname_np(HERE("detach", pthread_detach(threads[2]))));
    pthread_attr_destroy(&detached);
    pthread_exit(NULL);
}

static void *stay(void *unused)
{
    return pause(), unused;
}

static void crowd(const char *wanted)
{
    long count = 0;
    pthread_t thread;
    while (count < strtol(wanted, NULL, 10) && pthread_create(&thread, NULL, stay, NULL) == 0)
        count++;
    said("threads", count);
    pause();
}

static void *outlive(void *unused)
{
    puts("outlived");
    fflush(stdout);
    return stay(unused);
}

static void outlived(const char *unused)
{
    (void)unused;
    pthread_t thread;
    pthread_create(&thread, NULL, outlive, NULL);
    pthread_exit(NULL);
}

static void *nothing(void *unused)
{
    return unused;
}

/* Threads one after another: so many as FIRST says, and when it is told to go on, up to twenty. */
static void one_after_another(const char *first, int joined)
{
    pthread_t thread;
    for (long count = 1; count <= 20; count++) {
        pthread_create(&thread, NULL, nothing, NULL);
        if (joined)
            pthread_join(thread, NULL);
        if (count == strtol(first, NULL, 10)) {
            said("threads", count);
            wait_for_go();
        }
    }
    said("threads", 20);
    pause();
}

static void joined(const char *first)
{
    one_after_another(first, 1);
}

static void forgotten(const char *first)
{
    one_after_another(first, 0);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *lock(void *unused)
{
    printf("lock = %d\n", HERE("lock", pthread_mutex_lock(&mutex)));
    pthread_mutex_unlock(&mutex);
    return unused;
}

/* A thread wants a lock that the main one has, until it is told to let it go. */
static void locks(const char *unused)
{
    (void)unused;
    pthread_t thread;
    wait_for_go();
    HERE("first", pthread_mutex_lock(&mutex));
    pthread_create(&thread, NULL, lock, NULL);
    getchar();
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
}

static void exits(const char *status)
{
    HERE("exit", exit((int)strtol(status, NULL, 10)));
}

static void forks(const char *unused)
{
    (void)unused;
    pid_t pid = fork();
    if (pid == -1) {
        said("fork", -1);
        return;
    }
    if (pid == 0) {
        HERE("child", close(1000));
        printf("pid = %d\n", getpid());
        exit(0);
    }
    said("reaped", waitpid(pid, NULL, 0) == pid);
}

/* The instruction that crashes is the first one of its line. */
__attribute__((noinline)) static int look_at(volatile int *place)
{
    MARK("before");
    return *place; /* one line below the one that was said */
}

static void crash(const char *signal_number)
{
    int number = (int)strtol(signal_number, NULL, 10);
    if (number == SIGSEGV)
        exit(look_at(NULL));
    MARK("before");
    abort(); /* likewise */
}

static void handlers(const char *which)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    const struct itimerval hour = {.it_value = {.tv_sec = 3600}};
    const struct timeval second = {.tv_sec = 1};
    const struct timeval for_ever = {0};
    const bool set = strcmp(which, "option") == 0;
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGUSR2, (void (*)(int))exit); /* restarts: BSD semantics */
    action.sa_handler = (void (*)(int))exit;
    action.sa_flags = strcmp(which, "restarting") == 0 ? SA_RESTART : 0;
    sigaction(SIGHUP, &action, NULL);
    if (strcmp(which, "timer") == 0)
        setitimer(ITIMER_REAL, &hour, NULL);
    if (strcmp(which, "microseconds") == 0)
        ualarm(999999, 0);
    if (set || strcmp(which, "no option") == 0)
        setsockopt(socket(AF_INET, SOCK_STREAM, 0), SOL_SOCKET, SO_RCVTIMEO,
                   set ? &second : &for_ever, sizeof second);
}

/* ---- what a program finds when it starts ---- */

static void start(const char *unused)
{
    (void)unused;
    extern char **environ;
    struct sigaction action;
    sigset_t mask;
    for (int fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) != -1)
            printf("descriptor %d\n", fd);
    for (int number = 1; number <= SIGRTMAX; number++)
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
            printf("disposition %s\n", sigabbrev_np(number));
    sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int number = 1; number <= SIGRTMAX; number++)
        if (sigismember(&mask, number) == 1)
            printf("blocked %d\n", number);
    for (char **one = environ; *one != NULL; one++)
        printf("environment %s\n", *one);
    printf("leader %d\n", getsid(0) == getpid());
}

/* ---- names ---- */

static void tell_addresses(const struct addrinfo *list)
{
    for (; list != NULL; list = list->ai_next) {
        struct sockaddr_in address;
        if (list->ai_family != AF_INET) {
            printf("address of IPv6\n");
            continue;
        }
        memcpy(&address, list->ai_addr, sizeof address);
        printf("address %s %d\n", inet_ntoa(address.sin_addr), ntohs(address.sin_port));
    }
}

static void look_up(const char *name, int family)
{
    const struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int error = getaddrinfo(name, "4711", &hints, &list);
    if (error != 0) {
        printf("getaddrinfo: %s\n", gai_strerror(error));
        return;
    }
    tell_addresses(list);
    freeaddrinfo(list);
}

static void names(const char *name)
{
    look_up(name, AF_INET);
}

static void names_of_any_family(const char *name)
{
    look_up(name, AF_UNSPEC);
}

/* ---- others ---- */

static void many(const char *times)
{
    for (long i = 0; i < strtol(times, NULL, 10); i++)
        close(10000 + (int)i);
}

/* Reads a byte from standard input and one from a socket, in this order. */
static void input_then_socket(const char *unused)
{
    (void)unused;
    char byte;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
        return;
    wait_for_go();
    write(pair[0], "1", 1);
    said("input", read(0, &byte, 1));
    said("socket", read(pair[1], &byte, 1));
}

/* Has one descriptor more for a moment, again and again; after a go it stays so. */
static void flickers(const char *unused)
{
    (void)unused;
    const struct timespec moment = {.tv_nsec = 1000 * 1000};
    char byte;
    fcntl(0, F_SETFL, O_NONBLOCK);
    MARK("begun");
    while (read(0, &byte, 1) != 1) {
        int fd = dup(1);
        nanosleep(&moment, NULL);
        close(fd);
        nanosleep(&moment, NULL);
    }
    said("kept", dup(1) > 1);
    pause();
}

static void computes(const char *unused)
{
    (void)unused;
    MARK("begun");
    for (volatile long number = 0;;)
        number++;
}

/* Ignores what a program is usually ended with. */
static void stubborn(const char *unused)
{
    (void)unused;
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    MARK("begun");
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(const char *);
    } all[] = {
        {"client", client},     {"server", server},
        {"receives", receives}, {"sends", sends},
        {"six", six},           {"spins", spins},
        {"thread", thread},     {"forks", forks},
        {"begins", begins},     {"crowd", crowd},
        {"locks", locks},       {"exits", exits},
        {"joined", joined},     {"forgotten", forgotten},
        {"outlived", outlived}, {"crash", crash},
        {"handlers", handlers}, {"start", start},
        {"names", names},       {"any names", names_of_any_family},
        {"many", many},         {"input", input_then_socket},
        {"flickers", flickers}, {"computes", computes},
        {"stubborn", stubborn},
    };
    for (size_t i = 0; argc >= 2 && i < sizeof all / sizeof all[0]; i++)
        if (strcmp(argv[1], all[i].name) == 0) {
            all[i].run(argc > 2 ? argv[2] : "");
            return 0;
        }
    return 2;
}
