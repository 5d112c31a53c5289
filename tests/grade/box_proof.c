#include "grade/box_proof.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- can boxes be had? ---- */

static void ignore(void *argument, const char *bytes, size_t length)
{
    (void)argument;
    (void)bytes;
    (void)length;
}

/* The first character of a setting of the kernel; zero: there is no such setting. */
static char setting(const char *path)
{
    char value = '\0';
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file != -1 && read(file, &value, 1) != 1)
        value = '\0';
    if (file != -1)
        close(file);
    return value;
}

static void explain(const char *reason, struct text *why)
{
    bool root = geteuid() == 0;
    if (!root && setting("/proc/sys/kernel/unprivileged_userns_clone") == '0')
        text_add(why, "user namespaces are switched off for all but root: "
                      "sudo sysctl kernel.unprivileged_userns_clone=1");
    else if (!root && setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == '1')
        text_add(why, "AppArmor forbids user namespaces to all but root: "
                      "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0");
    else if (setting("/proc/sys/user/max_user_namespaces") == '0')
        text_add(why,
                 "user namespaces are switched off: sudo sysctl user.max_user_namespaces=10000");
    else
        text_add(why,
                 "no box can be made here (%s); if this is a container, start it with more rights: "
                 "docker run --privileged",
                 reason);
}

bool box_is_available(struct text *why)
{
    const char *const arguments[] = {"/usr/bin/true", NULL};
    struct box box = {.gives_users = true, .limits.seconds = 20};
    struct text reason = {0};
    int status;
    if (access("/usr/bin/bwrap", X_OK) == -1) {
        text_add(why, "bubblewrap is missing: apt-get install bubblewrap uidmap");
        return false;
    }
    enum box_end end = box_run(&box, arguments, ignore, NULL, &status, &reason);
    bool available = end == BOX_ENDED && status == 0;
    if (!available)
        explain(reason.start != NULL ? reason.start : "it did not end in time", why);
    text_free(&reason);
    return available;
}

/* ---- do they hold? ---- */

/* In the order in which they are tried; what it means if one succeeds inside. */
enum deed {
    READ,
    WRITE,
    SHARED,
    LOOPBACK,
    LOOPBACK_6,
    ABSTRACT,
    SEE,
    NAMESPACE,
    ROOT,
    STAY,
    DEEDS
};
static const struct {
    const char *word;
    const char *meaning;
} deeds[DEEDS] = {
    [READ] = {"read", "a file outside was read"},
    [WRITE] = {"write", "a file outside was written to"},
    [SHARED] = {"write", "a file that was shown to be read was written to"},
    [LOOPBACK] = {"connect4", "a listener outside was reached (127.0.0.1)"},
    [LOOPBACK_6] = {"connect6", "a listener outside was reached (::1)"},
    [ABSTRACT] = {"abstract", "a listener outside was reached (unix(7))"},
    [SEE] = {"see", "a process outside was seen"},
    [NAMESPACE] = {"namespace", "a user namespace was made"},
    [ROOT] = {"root", "a power of root outside was used"},
    [STAY] = {"stay", "a process lived on when the box had ended"},
};

struct proof {
    const char *canary;
    char folder[4096]; /* of ours, in the place that no box shows */
    char shared[4200]; /* a file in it that a box may read */
    bool asked[DEEDS];
    struct text objects[DEEDS];
    struct text shared_inside;
    int listeners[3];
    pid_t waiting; /* the process to be seen */
    int hold;      /* and what keeps it waiting */
};

static bool fail(struct text *why, const char *what)
{
    text_add(why, "the box cannot be proven: %s: %s", what, strerror(errno));
    return false;
}

static bool make_file(const struct proof *proof, enum deed deed, struct text *object,
                      struct text *why)
{
    text_add(object, "%s=%s/%d", deeds[deed].word, proof->folder, (int)deed);
    const char *path = strchr(object->start, '=') + 1;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    /* As far as its mode goes anybody may do it, so that what prevents it is the box. */
    mode_t mode = deed == READ ? 0644 : 0666;
    if (file == -1 || write(file, "secret\n", 7) != 7 || fchmod(file, mode) == -1)
        return fail(why, path);
    close(file);
    return true;
}

static bool make_files(struct proof *proof, const char *place, struct text *why)
{
    snprintf(proof->folder, sizeof proof->folder, "%s/canary.XXXXXX", place);
    if (mkdtemp(proof->folder) == NULL || chmod(proof->folder, 0755) == -1)
        return fail(why, proof->folder);
    for (enum deed deed = READ; deed <= SHARED; deed++)
        if (!make_file(proof, deed, &proof->objects[deed], why))
            return false;
    snprintf(proof->shared, sizeof proof->shared, "%s",
             strchr(proof->objects[SHARED].start, '=') + 1);
    text_add(&proof->shared_inside, "%s=/shared", deeds[SHARED].word);
    return true;
}

/* A listener at ADDRESS, whose port it gets. -1: errno. */
static int listen_at(struct sockaddr *address, socklen_t length)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1 || bind(fd, address, length) == -1 || listen(fd, 16) == -1 ||
        getsockname(fd, address, &length) == -1) {
        if (fd != -1)
            close(fd);
        return -1;
    }
    return fd;
}

static bool make_listeners(struct proof *proof, struct text *why)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    int length = snprintf(local.sun_path + 1, sizeof local.sun_path - 1, "%s",
                          strrchr(proof->folder, '/') + 1);
    proof->listeners[0] = listen_at((struct sockaddr *)&four, sizeof four);
    proof->listeners[1] = listen_at((struct sockaddr *)&six, sizeof six);
    proof->listeners[2] =
        listen_at((struct sockaddr *)&local,
                  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length));
    text_add(&proof->objects[LOOPBACK], "connect4=%u", ntohs(four.sin_port));
    text_add(&proof->objects[LOOPBACK_6], "connect6=%u", ntohs(six.sin6_port));
    text_add(&proof->objects[ABSTRACT], "abstract=%s", local.sun_path + 1);
    proof->asked[LOOPBACK_6] = proof->listeners[1] != -1; /* not every machine has it */
    return (proof->listeners[0] != -1 && proof->listeners[2] != -1) || fail(why, "a listener");
}

/* Becomes the canary, with SOCKET for its input and output. */
static _Noreturn void become_canary(const char *const *arguments, int socket)
{
    if (dup2(socket, 0) == 0 && dup2(socket, 1) == 1)
        execv(arguments[0], (char *const *)arguments);
    _exit(127);
}

static bool start_waiting(struct proof *proof, struct text *why)
{
    int sockets[2];
    int started[2];
    char name[64];
    char byte;
    snprintf(name, sizeof name, "wait=%d-canary", (int)getpid());
    text_add(&proof->objects[SEE], "see=%d:canary", (int)getpid());
    const char *const arguments[] = {proof->canary, name, NULL};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == -1 ||
        pipe2(started, O_CLOEXEC) == -1 || (proof->waiting = fork()) == -1)
        return fail(why, "a process");
    if (proof->waiting == 0)
        become_canary(arguments, sockets[1]);
    close(sockets[1]);
    close(started[1]);
    proof->hold = sockets[0];
    while (read(started[0], &byte, 1) == -1 && errno == EINTR) /* closed by its exec */
        ;
    close(started[0]);
    return true;
}

static bool prepare(struct proof *proof, const char *canary, const char *place, struct text *why)
{
    *proof = (struct proof){.canary = canary, .listeners = {-1, -1, -1}, .hold = -1};
    for (enum deed deed = 0; deed < DEEDS; deed++)
        proof->asked[deed] = true;
    proof->asked[ROOT] = geteuid() == 0; /* nobody else could show it outside */
    text_add(&proof->objects[NAMESPACE], "namespace=");
    text_add(&proof->objects[ROOT], "root=");
    text_add(&proof->objects[STAY], "stay=");
    return make_files(proof, place, why) && make_listeners(proof, why) && start_waiting(proof, why);
}

static void clean_up(struct proof *proof)
{
    for (size_t i = 0; i < sizeof proof->listeners / sizeof proof->listeners[0]; i++)
        if (proof->listeners[i] != -1)
            close(proof->listeners[i]);
    if (proof->hold != -1)
        close(proof->hold);
    if (proof->waiting > 0) {
        kill(proof->waiting, SIGKILL);
        waitpid(proof->waiting, NULL, 0);
    }
    for (enum deed deed = READ; deed <= SHARED; deed++)
        if (proof->objects[deed].start != NULL)
            unlink(strchr(proof->objects[deed].start, '=') + 1);
    rmdir(proof->folder);
    for (enum deed deed = 0; deed < DEEDS; deed++)
        text_free(&proof->objects[deed]);
    text_free(&proof->shared_inside);
}

/* ---- the canary at work ---- */

/* Reads what the canary tells, up to END or, if that is NULL, until nobody can tell more. False if
   that does not come in time. */
static bool hear(int socket, struct text *told, const char *end)
{
    enum { SECONDS = 30 };
    struct pollfd polled = {.fd = socket, .events = POLLIN};
    char bytes[1024];
    while (end == NULL || told->start == NULL || strstr(told->start, end) == NULL) {
        int ready = poll(&polled, 1, SECONDS * 1000);
        if (ready == -1 && errno == EINTR)
            continue;
        ssize_t count = ready == 1 ? recv(socket, bytes, sizeof bytes, 0) : -1;
        if (count <= 0)
            return count == 0 && end == NULL;
        text_add_bytes(told, bytes, (size_t)count);
    }
    return true;
}

/* What a canary tells that does all it is asked to (or is refused it all), and then is killed. */
static void expect(const struct proof *proof, bool done, struct text *expected)
{
    for (enum deed deed = 0; deed < STAY; deed++)
        if (proof->asked[deed])
            text_add(expected, "%s %s\n", deeds[deed].word, done ? "done" : "refused");
    text_add(expected, "stay ready\n%s", done ? "stay alive\n" : "");
}

/* Outside. */
static bool let_loose(const char *const *arguments, const int *sockets, struct text *told,
                      struct text *why)
{
    pid_t pid = fork();
    if (pid == -1)
        return fail(why, "fork");
    if (pid == 0)
        become_canary(arguments, sockets[1]);
    close(sockets[1]);
    hear(sockets[0], told, "stay ready\n");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return true;
}

static bool shut_in(const struct box *box, const char *const *arguments, const int *sockets,
                    struct text *told, struct text *why)
{
    const struct box_descriptor descriptors[] = {{sockets[1], 0}, {sockets[1], 1}};
    struct box ours = *box;
    struct boxed boxed;
    ours.descriptors = descriptors;
    ours.descriptor_count = 2;
    bool started = box_start(&boxed, &ours, arguments, why);
    close(sockets[1]);
    if (!started)
        return false;
    hear(sockets[0], told, "stay ready\n");
    box_end(&boxed);
    return true;
}

/* Outside (BOX is NULL) or in BOX: TOLD is all that came of it, after its end as well. */
static bool send_canary(const struct proof *proof, const struct box *box, struct text *told,
                        struct text *why)
{
    const char *arguments[DEEDS + 2] = {box == NULL ? proof->canary : "/canary"};
    int sockets[2];
    size_t count = 1;
    for (enum deed deed = 0; deed < DEEDS; deed++)
        if (proof->asked[deed])
            arguments[count++] = deed == SHARED && box != NULL ? proof->shared_inside.start
                                                               : proof->objects[deed].start;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == -1)
        return fail(why, "socketpair");
    bool sent = box == NULL ? let_loose(arguments, sockets, told, why)
                            : shut_in(box, arguments, sockets, told, why);
    if (sent) {
        send(sockets[0], "?", 1, MSG_NOSIGNAL); /* EPIPE where nobody is left, as it shall be */
        if (!hear(sockets[0], told, NULL))
            text_add(told, "stay held\n");
    }
    close(sockets[0]);
    return sent;
}

/* The first deed whose line differs. */
static enum deed find_difference(const struct proof *proof, const char *told, const char *expected)
{
    enum deed deed = 0;
    while (deed < STAY && !proof->asked[deed])
        deed++;
    for (size_t i = 0; told[i] == expected[i] && told[i] != '\0' && deed < STAY; i++)
        if (told[i] == '\n')
            for (deed++; deed < STAY && !proof->asked[deed]; deed++)
                ;
    return deed;
}

static bool compare(const struct proof *proof, const struct box *box, struct text *why)
{
    struct text told = {0};
    struct text expected = {0};
    bool sent = send_canary(proof, box, &told, why);
    expect(proof, box == NULL, &expected);
    text_add(&told, "%s", "");
    const char *words = told.start != NULL ? told.start : "";
    bool same = sent && strcmp(words, expected.start) == 0;
    if (sent && !same) {
        enum deed deed = find_difference(proof, words, expected.start);
        bool loose = box != NULL && (deed == STAY ? strstr(words, "stay ready\n") != NULL
                                                  : strstr(words, " done\n") != NULL);
        if (loose)
            text_add(why, "the box does not hold: %s", deeds[deed].meaning);
        else
            text_add(why, "the box cannot be proven: the canary did not try this %s: \"%s\"",
                     box == NULL ? "outside, with success" : "inside", deeds[deed].meaning);
    }
    text_free(&told);
    text_free(&expected);
    return same;
}

bool box_prove(const struct box *box, const char *canary, const char *place, struct text *why)
{
    enum { MOST_SHARES = 32 };
    struct proof proof;
    struct box_share shares[MOST_SHARES + 2];
    struct box with_canary = *box;
    bool proven = prepare(&proof, canary, place, why) && compare(&proof, NULL, why);
    if (box->share_count > MOST_SHARES)
        abort(); /* more than any box shows */
    for (size_t i = 0; i < box->share_count; i++)
        shares[i] = box->shares[i];
    shares[with_canary.share_count++] = (struct box_share){canary, "/canary", false};
    shares[with_canary.share_count++] = (struct box_share){proof.shared, "/shared", false};
    with_canary.shares = shares;
    proven = proven && compare(&proof, &with_canary, why);
    clean_up(&proof);
    return proven;
}
