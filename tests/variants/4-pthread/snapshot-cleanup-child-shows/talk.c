/* A child receives and shows; the parent types, and polls a pipe that ends with the child. */
#include "4-pthread/talk.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void show(int conn)
{
    struct line_reader server;
    char line[LINE_LIMIT + 1];
    size_t length;
    int result;
    line_open(&server, conn);
    while ((result = line_read(&server, line, &length)) > 0)
        console_say("%s", line);
    _exit(result < 0 ? errno : 0);
}

int talk(int conn, int keyboard)
{
    int life[2];
    if (pipe(life) < 0) {
        complain("pipe");
        return -1;
    }
    pid_t child = fork();
    if (child < 0) {
        complain("fork");
        return -1;
    }
    if (child == 0) {
        close(life[0]);
        show(conn);
    }
    close(life[1]);
    struct pollfd fds[2] = {{.fd = life[0]}, {.fd = keyboard, .events = POLLIN}};
    struct line_reader person;
    char line[LINE_LIMIT + 1];
    size_t length;
    int result = 1;
    int error = 0;
    bool cut = false;
    line_open(&person, keyboard);
    while (result > 0 && !cut) {
        if (memchr(person.bytes, '\n', person.used) == NULL && poll(fds, 2, -1) < 0)
            continue;
        /* Half a line is not read on: the rest is looked for byte by byte here. */
        if ((fds[0].revents & POLLHUP) != 0) {
            cut = true;
            break;
        }
        if (memchr(person.bytes, '\n', person.used) == NULL && (fds[1].revents & POLLIN) != 0 &&
            person.used < sizeof person.bytes) {
            ssize_t got =
                read(keyboard, person.bytes + person.used, sizeof person.bytes - person.used);
            if (got > 0)
                person.used += (size_t)got;
            if (got > 0 && memchr(person.bytes, '\n', person.used) == NULL &&
                person.used < sizeof person.bytes)
                continue;
        }
        result = line_read(&person, line, &length);
        if (result > 0)
            result = line_send(conn, line, length) < 0 ? -1 : 1;
        if (result < 0)
            error = errno;
    }
    if (!cut)
        shutdown(conn, result < 0 ? SHUT_RDWR : SHUT_WR);
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    close(life[0]);
    if (error == 0 && WIFEXITED(status))
        error = WEXITSTATUS(status);
    if (cut && error == 0)
        console_say("server left");
    errno = error;
    return error == 0 ? 0 : -1;
}
