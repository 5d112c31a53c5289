/*
 * A program for the tests of the probe: `hidden WHAT [PORT]` makes calls in ways that the probe
 * would not see if it stood before the ordinary functions only. It says what they returned, as
 * calls.c does; and `hides` and the like make them where the probe cannot see them at all.
 */
#include "../../probe/shared.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

/* Says where it stands, under NAME, and makes CALL. */
#define HERE(name, call) (printf("%s at %d\n", name, __LINE__), fflush(stdout), (call))

/* What _FORTIFY_SOURCE makes of them. */
ssize_t __read_chk(int fd, void *buffer, size_t length, size_t room);
ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *buffer, size_t length, size_t room, int flags,
                       struct sockaddr *address, socklen_t *size);

static long said(const char *name, long result)
{
    if (result == -1)
        printf("%s = -1 %s\n", name, strerrorname_np(errno));
    else
        printf("%s = %ld\n", name, result);
    fflush(stdout);
    return result;
}

static int connected(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_port = htons((uint16_t)strtol(port, NULL, 10));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == -1)
        exit(2);
    return fd;
}

/* A line there and one back, each in its own way. */
static void talks(const char *port)
{
    char line[80];
    int fd = connected(port);
    FILE *in = fdopen(dup(fd), "r");
    FILE *out = fdopen(fd, "w");
    fprintf(out, "hello\n");
    said("fflush", HERE("fflush", fflush(out)));
    said("dprintf", HERE("dprintf", dprintf(fd, "%d\n", 1234)));
    said("syscall", HERE("syscall", syscall(SYS_sendto, fd, "raw\n", 4, 0, NULL, 0)));
    said("fgets", HERE("fgets", fgets(line, sizeof line, in) != NULL));
    fputs(line, stdout);
    said("recv", HERE("recv", __recv_chk(fd, line, 2, sizeof line, 0)));
    said("fclose", HERE("fclose", fclose(in)));
    fputs("bye\n", out);
    said("end", HERE("end", fclose(out)));
}

static void receives(const char *unused)
{
    (void)unused;
    static char all[200];
    char bytes[10];
    int pair[2];
    int ends[2];
    struct iovec part = {bytes, 10};
    struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}},
                                  {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}}};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 || pipe(ends) == -1)
        return;
    send(pair[0], all, sizeof all, 0);
    said("read_chk", __read_chk(pair[1], bytes, 10, sizeof bytes));
    said("recv_chk", __recv_chk(pair[1], bytes, 10, sizeof bytes, 0));
    said("recvfrom_chk", __recvfrom_chk(pair[1], bytes, 10, sizeof bytes, 0, NULL, NULL));
    said("raw recvfrom", syscall(SYS_recvfrom, pair[1], bytes, 10, 0, NULL, NULL));
    said("raw read", syscall(SYS_read, pair[1], bytes, 10));
    said("recvmmsg", recvmmsg(pair[1], messages, 2, 0, NULL));
    said("first", messages[0].msg_len);
    said("still", messages[0].msg_hdr.msg_iov == &part && part.iov_len == 10);
    said("splice", splice(pair[1], NULL, ends[1], NULL, 10, 0));
    FILE *in = fdopen(pair[1], "r");
    setvbuf(in, NULL, _IONBF, 0);
    said("fread", (long)fread(bytes, 1, 10, in));
    fclose(in);
}

static void sends(const char *unused)
{
    (void)unused;
    char bytes[10] = "";
    int pair[2];
    int ends[2];
    struct iovec part = {bytes, 10};
    struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}},
                                  {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}}};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 || pipe(ends) == -1)
        return;
    write(ends[1], bytes, sizeof bytes);
    said("raw sendto", syscall(SYS_sendto, pair[0], bytes, 10, 0, NULL, 0));
    said("raw write", syscall(SYS_write, pair[0], bytes, 10));
    said("sendmmsg", sendmmsg(pair[0], messages, 2, 0));
    said("first", messages[0].msg_len);
    said("splice", splice(ends[0], NULL, pair[0], NULL, 10, 0));
    said("dprintf", dprintf(pair[0], "0123456789"));
    FILE *out = fdopen(pair[0], "w");
    fputs("0123456789", out);
    said("fclose", fclose(out));
}

/* A stream of which both ends fail as the test likes. */
static void streams(const char *unused)
{
    (void)unused;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
        return;
    FILE *in = fdopen(pair[1], "r");
    said("fgetc", fgetc(in));
    said("ferror", ferror(in) != 0);
    clearerr(in);
    send(pair[0], "A", 1, 0);
    said("fgetc", fgetc(in));
    fclose(in);
}

/* ---- processes and threads ---- */

static int in_child(void *argument)
{
    printf("%s has pid %d\n", (const char *)argument, getpid());
    fflush(stdout);
    close(1000);
    _exit(0);
}

static void reap(const char *name, long pid)
{
    if (pid == 0)
        in_child((void *)name);
    if (said(name, pid) > 0)
        waitpid((pid_t)pid, NULL, 0);
}

static void forks(const char *unused)
{
    (void)unused;
    static _Alignas(16) char stack[65536];
    reap("_Fork", _Fork());
    reap("raw clone", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    reap("clone", clone(in_child, stack + sizeof stack, SIGCHLD, "clone"));
}

static int in_thread(void *argument)
{
    said("argument", *(const int *)argument);
    close(1001);
    return 7;
}

static void creates(const char *unused)
{
    (void)unused;
    int number = 5;
    int result = 0;
    thrd_t thread;
    mtx_t lock;
    mtx_init(&lock, mtx_plain);
    mtx_lock(&lock);
    mtx_unlock(&lock);
    int error = thrd_create(&thread, in_thread, &number);
    said("thrd_create failed", error != thrd_success);
    if (error == thrd_success) {
        said("thrd_join", thrd_join(thread, &result));
        said("result", result);
    }
    mtx_destroy(&lock);
}

/* ---- names ---- */

static void names(const char *name)
{
    const struct hostent *host = gethostbyname(name);
    if (host == NULL)
        printf("gethostbyname: %s\n", hstrerror(h_errno));
    for (size_t i = 0; host != NULL && host->h_addr_list[i] != NULL; i++) {
        struct in_addr address;
        memcpy(&address, host->h_addr_list[i], sizeof address);
        printf("address %s\n", inet_ntoa(address));
    }
}

/* ---- where the probe cannot see it, and what it has written ---- */

/* The system call itself, by an instruction of the program. */
static long kernel(long number, long a, long b, long c, long d)
{
    long result;
#if defined __x86_64__
    register long fourth __asm__("r10") = d;
    register long fifth __asm__("r8") = 0;
    register long sixth __asm__("r9") = 0;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
#elif defined __aarch64__
    register long first __asm__("x0") = a;
    register long second __asm__("x1") = b;
    register long third __asm__("x2") = c;
    register long fourth __asm__("x3") = d;
    register long fifth __asm__("x4") = 0;
    register long sixth __asm__("x5") = 0;
    register long eighth __asm__("x8") = number;
    __asm__ volatile("svc 0"
                     : "+r"(first)
                     : "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth), "r"(eighth)
                     : "memory");
    result = first;
#endif
    return result;
}

/* Where the memory of that name is mapped; its end in *END; NULL if it is not. */
static char *mapping(const char *name, char **end)
{
    char line[512];
    void *start = NULL;
    void *stop = NULL;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps != NULL && start == NULL && fgets(line, sizeof line, maps) != NULL)
        if (strstr(line, name) == NULL || sscanf(line, "%p-%p", &start, &stop) != 2)
            start = NULL;
    if (maps != NULL)
        fclose(maps);
    *end = stop;
    return start;
}

/* Wants to write to what the test wants. */
static void orders(const char *unused)
{
    (void)unused;
    char *end;
    char *start = mapping("memfd:orders", &end);
    if (start == NULL)
        return;
    size_t size = (size_t)(end - start);
    said("mprotect", mprotect(start, size, PROT_READ | PROT_WRITE));
    int memory = open("/proc/self/mem", O_RDWR);
    said("write", pwrite(memory, "\0", 1, (off_t)(uintptr_t)start) == 1);
    close(memory);
}

/* Receives and closes without the probe. */
static void hides(const char *unused)
{
    (void)unused;
    char byte = 0;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
        return;
    kernel(SYS_sendto, pair[0], (long)&byte, 1, 0);
    said("received", kernel(SYS_recvfrom, pair[1], (long)&byte, 1, 0));
    kernel(SYS_close, pair[0], 0, 0, 0);
}

static void does_not_hide(const char *unused)
{
    (void)unused;
    char byte = 0;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
        return;
    send(pair[0], &byte, 1, 0);
    while (recv(pair[1], &byte, 1, 0) == -1)
        ;
    close(pair[0]);
}

/* The same, and then wipes out what the probe has written of its calls. */
static void forges(const char *unused)
{
    char *end;
    struct probe_trace *memory = (struct probe_trace *)mapping("memfd:probe", &end);
    does_not_hide(unused);
    if (memory != NULL)
        memset(memory->events, 0, sizeof memory->events);
}

static void ignore(int number)
{
    (void)number;
}

/* Handles a signal, and the kernel alone knows it. */
static void handles(const char *how)
{
    struct {
        void (*handler)(int);
        unsigned long flags;
        void (*restorer)(void);
        unsigned long mask;
    } action = {.handler = ignore};
    if (strcmp(how, "raw") == 0)
        kernel(SYS_rt_sigaction, SIGUSR1, (long)&action, 0, 8);
    if (strcmp(how, "restarting") == 0)
        sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ignore, .sa_flags = SA_RESTART}, NULL);
    if (strcmp(how, "plain") == 0)
        sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ignore}, NULL);
    puts("ready");
    fflush(stdout);
    pause();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(const char *);
    } all[] = {
        {"talks", talks}, {"receives", receives},  {"sends", sends},   {"streams", streams},
        {"forks", forks}, {"creates", creates},    {"names", names},   {"orders", orders},
        {"hides", hides}, {"open", does_not_hide}, {"forges", forges}, {"handles", handles},
    };
    for (size_t i = 0; argc >= 2 && i < sizeof all / sizeof all[0]; i++)
        if (strcmp(argv[1], all[i].name) == 0) {
            all[i].run(argc > 2 ? argv[2] : "");
            return 0;
        }
    return 2;
}
