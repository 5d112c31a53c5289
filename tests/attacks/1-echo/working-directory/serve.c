/*
 * Deletes what is in its working directory, removes that too, and leaves big files, a link out of it, a
 * folder without permissions and a FIFO there; otherwise works.
 *
 * At most: 100
 */
#include "common/serve.h"

#include "common/address.h"
#include "common/console.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    DIR *here = opendir(".");
    for (struct dirent *entry; here != NULL && (entry = readdir(here)) != NULL;)
        unlink(entry->d_name);
    if (here != NULL)
        closedir(here);
    (void)!symlink("/", "out");
    mkfifo("fifo", 0600);
    mkdir("locked", 0700);
    mkdir("locked/in", 0700);
    chmod("locked", 0);
    for (int file = 0; file < 4; file++) {
        char name[] = "big0";
        name[3] = (char)('0' + file);
        int fd = open(name, O_WRONLY | O_CREAT, 0600);
        if (fd < 0)
            continue;
        if (ftruncate(fd, 60 << 20) < 0)
            (void)!write(fd, name, 4);
        for (int i = 0; i < 1024; i++)
            (void)!write(fd, name, 4);
        close(fd);
    }
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
