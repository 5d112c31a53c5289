/* Two processes: the child sends what is typed, the parent shows what arrives. */
#include "4-pthread/talk.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* All that the child does. How it has ended it writes to RESULT first: 0 when the keyboard has
   ended, or errno. */
static _Noreturn void send_what_is_typed(int conn, int keyboard, int result)
{
    struct line_reader reader;
    char line[LINE_LIMIT + 1];
    size_t length;
    int more;
    line_open(&reader, keyboard);
    do {
        more = line_read(&reader, line, &length);
        if (more > 0)
            more = line_send(conn, line, length) < 0 ? -1 : 1;
    } while (more > 0);
    int error = more < 0 ? errno : 0;
    bool told = write(result, &error, sizeof error) == sizeof error;
    shutdown(conn, more < 0 ? SHUT_RDWR : SHUT_WR);
    _exit(told ? 0 : 1);
}

/* Shows each line from CONN. Returns 0 at the end of the stream, or errno of what failed. */
static int show_what_arrives(int conn)
{
    struct line_reader server;
    char line[LINE_LIMIT + 1];
    size_t length;
    int result;
    line_open(&server, conn);
    while ((result = line_read(&server, line, &length)) > 0)
        console_say("%s", line);
    return result < 0 ? errno : 0;
}

int talk(int conn, int keyboard)
{
    int result[2];
    if (pipe(result) < 0) {
        complain("pipe");
        return -1;
    }
    pid_t child = fork();
    if (child == 0)
        send_what_is_typed(conn, keyboard, result[1]);
    close(result[1]);
    if (child < 0) {
        complain("fork");
        close(result[0]);
        return -1;
    }
    int error = show_what_arrives(conn);

    int of_child;
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    bool ended = read(result[0], &of_child, sizeof of_child) == sizeof of_child;
    close(result[0]);
    if (error == 0 && !ended)
        console_say("server left"); /* before the keyboard ended */
    else if (error == 0)
        error = of_child;
    errno = error;
    return error == 0 ? 0 : -1;
}
