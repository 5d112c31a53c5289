#include "common/console.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_ROOM = 4096 };

static const char *program = "program";
static bool is_terminal[STDERR_FILENO + 1];
static atomic_int lost; /* errno of the first write to standard output that failed; 0: none has */

/* Writes the whole line with one write(2); only after a short write are there more. After any other
   error the line is lost, because there is no other place to report it. */
static void write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            int none = 0;
            if (fd == STDOUT_FILENO)
                atomic_compare_exchange_strong(&lost, &none, errno);
            return;
        }
        bytes += written;
        length -= (size_t)written;
    }
}

/* A write to a pipe without a reader raises SIGPIPE, which would kill the program. Sockets have
   MSG_NOSIGNAL, pipes have not. So this blocks the signal in this thread during the write, and
   removes it if it is pending afterwards. */
static void write_without_sigpipe(int fd, const char *bytes, size_t length)
{
    static const struct timespec at_once = {0};
    sigset_t sigpipe;
    sigset_t before;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
    errno = 0;
    write_all(fd, bytes, length);
    if (errno == EPIPE && !sigismember(&before, SIGPIPE))
        sigtimedwait(&sigpipe, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* A terminal obeys control characters: a client's line could clear the screen, or worse. Replaces
   each with a question mark, also those that UTF-8 writes as C2 80 to C2 9F. */
static void replace_controls(char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char this = (unsigned char)line[i];
        unsigned char next = (unsigned char)line[i + 1]; /* at the end, the terminating 0 */
        if (iscntrl(this) && this != '\t' && this != '\n')
            line[i] = '?';
        if (this == 0xc2 && next >= 0x80 && next <= 0x9f)
            line[i] = line[i + 1] = '?';
    }
}

/* Formats the line into LINE without its newline, cut to fit into ROOM with a terminating 0.
   Returns its full length. */
__attribute__((format(printf, 4, 0))) static size_t compose(char *line, size_t room, int port,
                                                            const char *format, va_list arguments)
{
    int prefix = port < 0 ? 0 : snprintf(line, room, "[%d] ", port);
    int rest = vsnprintf(line + prefix, room - (size_t)prefix, format, arguments);
    return (size_t)prefix + (rest < 0 ? 0 : (size_t)rest);
}

/* Writes a line to FD, with PORT in front unless it is negative. */
__attribute__((format(printf, 3, 0))) static void write_line(int fd, int port, const char *format,
                                                             va_list arguments)
{
    int error = errno;
    char usual[LINE_ROOM]; /* in the end, the newline replaces the terminating 0 */
    char *line = usual;
    va_list again;
    va_copy(again, arguments);
    size_t length = compose(usual, sizeof usual, port, format, arguments);
    if (length >= sizeof usual) {
        line = malloc(length + 1);
        if (line != NULL) {
            compose(line, length + 1, port, format, again);
        } else {
            line = usual; /* memory is short: write only the beginning */
            length = sizeof usual - 1;
        }
    }
    va_end(again);
    if (is_terminal[fd])
        replace_controls(line, length);
    line[length] = '\n';
    write_without_sigpipe(fd, line, length + 1);
    if (line != usual)
        free(line);
    errno = error;
}

void console_name(const char *name)
{
    int error = errno;
    program = name;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            open("/dev/null", O_RDWR); /* gets FD, the lowest number that is free */
        is_terminal[fd] = isatty(fd) == 1;
    }
    errno = error;
}

void console_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(STDOUT_FILENO, -1, format, arguments);
    va_end(arguments);
}

void console_tell(uint16_t port, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(STDOUT_FILENO, port, format, arguments);
    va_end(arguments);
}

void console_prompt(const char *text)
{
    int error = errno;
    write_without_sigpipe(STDOUT_FILENO, text, strlen(text));
    errno = error;
}

__attribute__((format(printf, 1, 2))) static void write_complaint(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(STDERR_FILENO, -1, format, arguments);
    va_end(arguments);
}

void complain(const char *call)
{
    /* In glibc, strerror(3) is thread-safe for every error number that has a name. */
    complain_because(call, strerror(errno));
}

void complain_because(const char *call, const char *reason)
{
    write_complaint("%s: %s: %s", program, call, reason);
}

int console_end(int status)
{
    if (lost == 0)
        return status;
    complain_because("write", strerror(lost));
    return 1;
}
