#include "4-pthread/talk.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* What the main thread tells the thread at the keyboard, and, once that one has ended by itself,
   the other way round. It lies on talk's stack, because talk outlives the thread. So do the arrays:
   gcc's AddressSanitizer takes what a cancelled thread leaves on its own stack for an overflow. */
struct typing {
    int conn;
    int keyboard;
    struct line_reader reader;
    char line[LINE_LIMIT + 1];
    size_t length;
    int error; /* 0 when the keyboard has ended, or errno of what failed */
};

/* Sends each line from the keyboard. May be cancelled wherever it waits, in read and in send: there
   it holds neither a lock nor memory. */
static void *send_what_is_typed(void *argument)
{
    struct typing *typing = argument;
    int result;
    line_open(&typing->reader, typing->keyboard);
    do {
        result = line_read(&typing->reader, typing->line, &typing->length);
        if (result > 0)
            result = line_send(typing->conn, typing->line, typing->length) < 0 ? -1 : 1;
    } while (result > 0);

    typing->error = result < 0 ? errno : 0;
    /* After an error both ways: the main thread, which may be waiting for the server, sees the end
       of the stream when it has read what is there already. */
    shutdown(typing->conn, result < 0 ? SHUT_RDWR : SHUT_WR);
    return NULL;
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
    struct typing typing = {.conn = conn, .keyboard = keyboard};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, send_what_is_typed, &typing);
    if (error != 0) {
        complain_because("pthread_create", strerror(error));
        errno = error;
        return -1;
    }
    error = show_what_arrives(conn);

    /* The person may never type again. A thread that has ended already does not mind. */
    void *how;
    pthread_cancel(thread);
    pthread_join(thread, &how);
    if (error == 0 && how == PTHREAD_CANCELED)
        console_say("server left"); /* before the keyboard ended */
    else if (error == 0)
        error = typing.error;
    errno = error;
    return error == 0 ? 0 : -1;
}
