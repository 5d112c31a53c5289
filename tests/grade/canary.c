/*
 * A canary: tries, one after the other, what its arguments (DEED=OBJECT) name, and tells for each
 * "DEED done" or "DEED refused" on descriptor 1. grade/box_proof.c sends it into a box.
 *
 *   read=FILE write=FILE     open it, and do so
 *   connect4=PORT connect6=PORT abstract=NAME
 *                            reach a listener on the loopback, or of that abstract name (unix(7))
 *   see=A:B                  find a process that has the argument A-B
 *   root=                    use a power that only root of the whole machine has
 *   namespace=               make a user namespace
 *   stay=                    leave a process behind. It tells "stay ready", and when it has read a
 *                            byte from descriptor 0, "stay alive". We wait to be killed.
 *   wait=NAME                do nothing, until descriptor 0 is closed on its other side
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static bool can_read(const char *file)
{
    char byte;
    int fd = open(file, O_RDONLY);
    bool done = fd != -1 && read(fd, &byte, 1) == 1;
    close(fd);
    return done;
}

static bool can_write(const char *file)
{
    int fd = open(file, O_WRONLY | O_APPEND);
    bool done = fd != -1 && write(fd, "!", 1) == 1;
    close(fd);
    return done;
}

static bool can_connect(const struct sockaddr *address, socklen_t length)
{
    int fd = socket(address->sa_family, SOCK_STREAM, 0);
    bool done = fd != -1 && connect(fd, address, length) == 0;
    close(fd);
    return done;
}

static bool can_connect4(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return can_connect((struct sockaddr *)&address, sizeof address);
}

static bool can_connect6(const char *port)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                   .sin6_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    return can_connect((struct sockaddr *)&address, sizeof address);
}

static bool can_call(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path + 1, name, sizeof address.sun_path - 2);
    return can_connect((struct sockaddr *)&address,
                       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
}

/* Has the process of this entry of /proc the argument WANTED? */
static bool has_argument(const char *entry, const char *wanted)
{
    char path[300];
    char words[4096] = "";
    snprintf(path, sizeof path, "/proc/%s/cmdline", entry);
    int fd = open(path, O_RDONLY);
    ssize_t count = fd == -1 ? -1 : read(fd, words, sizeof words - 1);
    close(fd);
    for (ssize_t at = 0; at < count; at += (ssize_t)strlen(words + at) + 1)
        if (strcmp(words + at, wanted) == 0)
            return true;
    return false;
}

/* Our own arguments have A and B too, and bubblewrap's, but not together. */
static bool can_see(const char *parts)
{
    char wanted[256] = "wait=";
    strncat(wanted, parts, sizeof wanted - 8);
    char *colon = strchr(wanted, ':');
    if (colon != NULL)
        *colon = '-';
    DIR *processes = opendir("/proc");
    bool seen = false;
    for (struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;)
        seen |= has_argument(entry->d_name, wanted);
    if (processes != NULL)
        closedir(processes);
    return seen;
}

/* Writes to a setting of the kernel what it says already. */
static bool can_set_the_kernel(void)
{
    char words[256];
    int fd = open("/proc/sys/kernel/core_pattern", O_RDWR);
    ssize_t count = fd == -1 ? -1 : read(fd, words, sizeof words);
    bool done = count > 0 && pwrite(fd, words, (size_t)count, 0) == count;
    close(fd);
    return done;
}

/* Makes a device of its own, which is another one's name, and opens it. */
static bool can_make_a_device(void)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/canary-%d", (int)getpid());
    int fd = mknod(path, S_IFCHR | 0600, makedev(1, 3)) == 0 ? open(path, O_RDWR) : -1;
    bool done = fd != -1;
    close(fd);
    unlink(path);
    return done;
}

/* /proc may be covered for writing; root of a box uncovers it, if it can. */
static bool can_be_root(const char *nothing)
{
    (void)nothing;
    if (setresuid(0, 0, 0) == -1)
        return false;
    return can_make_a_device() || can_set_the_kernel() ||
           (unshare(CLONE_NEWNS) == 0 && umount2("/proc/sys", MNT_DETACH) == 0 &&
            can_set_the_kernel());
}

static bool can_make_a_namespace(const char *nothing)
{
    (void)nothing;
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
    return child != -1 && waitpid(child, &status, 0) == child && status == 0;
}

static void tell(const char *deed, const char *what)
{
    char line[128];
    int length = snprintf(line, sizeof line, "%s %s\n", deed, what);
    if (write(1, line, (size_t)length) != length)
        _exit(2);
}

static _Noreturn void wait_for_hang_up(void)
{
    struct pollfd other = {.fd = 0, .events = POLLRDHUP};
    while (poll(&other, 1, -1) == -1)
        ;
    _exit(0);
}

/* As daemon(7) says, so that no signal to a parent, a group or a terminal is for it. */
static _Noreturn void stay(void)
{
    char byte;
    pid_t child = fork();
    if (child != 0)
        wait_for_hang_up();
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (setsid() == -1 || (child = fork()) == -1)
        _exit(2);
    if (child != 0)
        _exit(0);
    tell("stay", "ready");
    if (read(0, &byte, 1) == 1)
        tell("stay", "alive");
    _exit(0);
}

static const struct {
    const char *name;
    bool (*try)(const char *);
} deeds[] = {{"read", can_read},         {"write", can_write},
             {"connect4", can_connect4}, {"connect6", can_connect6},
             {"abstract", can_call},     {"see", can_see},
             {"root", can_be_root},      {"namespace", can_make_a_namespace}};

static void do_deed(const char *deed, const char *object)
{
    if (strcmp(deed, "wait") == 0)
        wait_for_hang_up();
    if (strcmp(deed, "stay") == 0)
        stay();
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        if (strcmp(deed, deeds[i].name) == 0)
            tell(deed, deeds[i].try(object) ? "done" : "refused");
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char deed[32] = "";
        size_t length = strcspn(argv[i], "=");
        if (argv[i][length] == '\0' || length >= sizeof deed)
            return 2;
        memcpy(deed, argv[i], length);
        do_deed(deed, argv[i] + length + 1);
    }
    return 0;
}
