/*
 * Leaves files wherever it may: beside its own program and in the folders above that; if it is a
 * user of its own, in the folders for everybody and in shared memory as well. Otherwise works.
 *
 * At most: 100
 */
#include "common/serve.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void leave_in(const char *folder)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/left-behind-%d", folder, (int)getpid());
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/left-behind-%d/file", folder, (int)getpid());
    close(open(path, O_WRONLY | O_CREAT, 0600));
}

/* Of a person's own programs nobody could tell what else in the folders for everybody is theirs. */
static bool is_a_user_of_its_own(void)
{
    return getuid() >= 100000;
}

static void leave_above(char *program)
{
    char *slash = strrchr(program, '/');
    if (strncmp(program, "/tmp/", 5) == 0 && !is_a_user_of_its_own())
        return;
    for (; slash != NULL && slash != program; slash = strrchr(program, '/')) {
        *slash = '\0';
        leave_in(program);
    }
}

__attribute__((constructor)) static void attack(void)
{
    static const char *const folders[] = {"/", "/root", "/tmp", "/var/tmp", "/dev/shm"};
    char program[4096] = "";
    if (readlink("/proc/self/exe", program, sizeof program - 1) > 0)
        leave_above(program);
    for (size_t i = 0; i < (is_a_user_of_its_own() ? 5 : 2); i++)
        leave_in(folders[i]);
    if (is_a_user_of_its_own())
        shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
}

/* Returns the connection to the next client, with its port in *PEER; or -1 with errno. */
static int accept_client(int listener, uint16_t *peer)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address; /* accept reads it before it writes it: set it every time */
    int conn = accept(listener, (struct sockaddr *)&address, &length);
    if (conn >= 0)
        *peer = port_of(&address);
    return conn;
}

static void serve_client(int conn, uint16_t peer, session_fn *session, void *context)
{
    console_tell(peer, "connected");
    session(conn, peer, context); /* however it ended, it concerns this client alone */
    close(conn);
    console_tell(peer, "disconnected");
}

/* Called after accept has failed. Returns whether it is worth another try. For want of descriptors
   or memory it would fail again at once, and again, with the processor at 100 %: so a pause comes
   first. errno is still accept's when the answer is no. */
static bool is_worth_another_try(void)
{
    static const struct timespec moment = {.tv_nsec = 20L * 1000 * 1000};
    switch (errno) {
    case EINTR:
    case ECONNABORTED:
        return true;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        complain("accept");
        nanosleep(&moment, NULL);
        return true;
    default:
        complain("accept");
        return false;
    }
}

int serve(int listener, session_fn *session, void *context)
{
    for (;;) {
        uint16_t peer;
        int conn = accept_client(listener, &peer);
        if (conn >= 0)
            serve_client(conn, peer, session, context);
        else if (!is_worth_another_try())
            return -1;
    }
}
