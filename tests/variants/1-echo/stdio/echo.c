/* stdio on copies of the socket: getc returns what has arrived, fflush sends it on before the next getc may block. */
#include "1-echo/echo.h"

#include "common/console.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* A stream on a copy of CONN, so that CONN is still open when the stream is closed. NULL, and said
   why, if there is none. */
static FILE *stream_on(int conn, const char *mode)
{
    int copy = dup(conn);
    FILE *stream = copy < 0 ? NULL : fdopen(copy, mode);
    if (stream == NULL) {
        int error = errno;
        if (copy >= 0)
            close(copy);
        errno = error;
        complain("fdopen");
    }
    return stream;
}

static void close_both(FILE *in, FILE *out)
{
    int error = errno;
    if (in != NULL)
        fclose(in);
    if (out != NULL)
        fclose(out);
    errno = error;
}

int echo_session(int conn, uint16_t peer, void *context)
{
    (void)peer;
    (void)context;
    int result = -1;
    FILE *in = stream_on(conn, "r");
    FILE *out = in == NULL ? NULL : stream_on(conn, "w");
    if (out != NULL) {
        int byte = 0;
        for (result = 0; result == 0 && (byte = getc(in)) != EOF;)
            if (putc(byte, out) == EOF || fflush(out) == EOF)
                result = -1;
        if (result < 0) {
            complain("send");
        } else if (ferror(in)) {
            complain("recv");
            result = -1;
        }
    }
    close_both(in, out);
    return result;
}

int echo_ask(int conn, const char *message, size_t length, char *reply)
{
    if (length == 0)
        return 0;
    signal(SIGPIPE, SIG_IGN);
    int result = -1;
    FILE *out = stream_on(conn, "w");
    FILE *in = out == NULL ? NULL : stream_on(conn, "r");
    if (in != NULL) {
        setvbuf(in, NULL, _IONBF, 0); /* or it would read ahead, past the echo */
        if (fwrite(message, 1, length, out) != length || fflush(out) == EOF) {
            complain("send");
        } else if (fread(reply, 1, length, in) == length) {
            result = 0;
        } else if (ferror(in)) {
            complain("recv");
        } else {
            complain_because("recv", "connection closed by the server");
            errno = ECONNRESET;
        }
    }
    close_both(in, out);
    return result;
}
