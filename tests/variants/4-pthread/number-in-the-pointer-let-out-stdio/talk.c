/* The main thread shows; the keyboard and the server are read and written with stdio, on
   descriptors of its own. */
#include "4-pthread/talk.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct typing {
    FILE *keyboard;
    FILE *server;
    int conn;
    int error;
};

/* Reads a line, without its end, as line_read does. */
static int get_line(FILE *stream, char *line, size_t *length)
{
    size_t used = 0;
    int byte;
    while ((byte = getc_unlocked(stream)) != '\n' && byte != EOF && used < LINE_LIMIT + 2)
        line[used++] = (char)byte;
    if (byte == EOF && ferror(stream)) {
        complain("read");
        return -1;
    }
    if (byte == EOF && used == 0)
        return 0;
    if (byte == '\n' && used > 0 && line[used - 1] == '\r')
        used--;
    if (used > LINE_LIMIT) {
        complain_because("line", "longer than 1024 bytes");
        errno = EMSGSIZE;
        return -1;
    }
    *length = used;
    return 1;
}

static int put_line(FILE *stream, const char *line, size_t length)
{
    fwrite_unlocked(line, 1, length, stream);
    putc_unlocked('\n', stream);
    if (fflush_unlocked(stream) == 0)
        return 1;
    complain("write");
    return -1;
}

static void *send_what_is_typed(void *argument)
{
    struct typing *typing = argument;
    char line[LINE_LIMIT + 2];
    size_t length;
    int result;
    do {
        result = get_line(typing->keyboard, line, &length);
        if (result > 0)
            result = put_line(typing->server, line, length);
    } while (result > 0);
    typing->error = result < 0 ? errno : 0;
    shutdown(typing->conn, result < 0 ? SHUT_RDWR : SHUT_WR);
    return NULL;
}

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

/* Both streams are there. */
static int talk_on(struct typing *typing)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, send_what_is_typed, typing);
    if (error != 0) {
        complain_because("pthread_create", strerror(error));
        errno = error;
        return -1;
    }
    error = show_what_arrives(typing->conn);

    void *how;
    pthread_cancel(thread);
    pthread_join(thread, &how);
    if (error == 0 && how == PTHREAD_CANCELED)
        console_say("server left"); /* before the keyboard ended */
    else if (error == 0)
        error = typing->error;
    errno = error;
    return error == 0 ? 0 : -1;
}

int talk(int conn, int keyboard)
{
    signal(SIGPIPE, SIG_IGN);
    struct typing typing = {.conn = conn};
    typing.keyboard = fdopen(dup(keyboard), "r");
    typing.server = fdopen(dup(conn), "w");
    if (typing.keyboard == NULL || typing.server == NULL) {
        complain("fdopen");
        return -1;
    }
    int result = talk_on(&typing);
    int error = errno;
    fclose(typing.keyboard);
    shutdown(conn, SHUT_RDWR); /* what was cancelled may still be in the buffer */
    fclose(typing.server);
    errno = error;
    return result;
}
