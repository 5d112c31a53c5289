/*
 * stdio on sockets. The C library's streams call read(2) and write(2) within the library, where no
 * other can stand before them. So a stream on a socket is made by fopencookie(3), whose calls are
 * functions of our own, and these are the probe's read, write and close. Buffer, modes, errors and
 * fileno(3) are as without the probe: both kinds are built from the same functions of glibc. Only
 * wide characters (fwprintf and the like) cannot be written to such a stream or read from it.
 */
#include "probe/memory.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)

/* st_blksize of a socket, which is what its stream would get for a buffer. */
enum { SOCKET_BLOCK = 4096 };

struct on_socket {
    int fd;
    char buffer[SOCKET_BLOCK];
};

/* The line of the program that is blamed is where it called stdio. Under valgrind the way there is
   too long to go each time. */
static void *line_in_program(void)
{
    return orders()->under_valgrind ? NULL : caller_in_program();
}

/* The streams to read from, by their descriptors. */
enum { MOST_READERS = 1024 };
static PROBE_OWN _Atomic(FILE *) readers[MOST_READERS];

static bool is_reader(const FILE *stream)
{
    int fd = stream->_fileno;
    return fd >= 0 && fd < MOST_READERS && atomic_load(&readers[fd]) == stream;
}

static ssize_t read_socket(void *cookie, char *bytes, size_t length)
{
    event_called_from_stdio(line_in_program());
    return read(((const struct on_socket *)cookie)->fd, bytes, length);
}

/* Goes on until all is written, as glibc does; less is an error. CALLED tells the probe who wants
   it, CALLER. */
static ssize_t write_all(int fd, const char *bytes, size_t length, void (*called)(void *),
                         void *caller)
{
    size_t done = 0;
    while (done < length) {
        called(caller);
        ssize_t count = write(fd, bytes + done, length - done);
        if (count == -1)
            break;
        done += (size_t)count;
    }
    return (ssize_t)done;
}

static ssize_t write_socket(void *cookie, const char *bytes, size_t length)
{
    return write_all(((const struct on_socket *)cookie)->fd, bytes, length, event_called_from_stdio,
                     line_in_program());
}

/* Fails with ESPIPE, and so do the functions of stdio that need it. */
static int seek_socket(void *cookie, off64_t *offset, int whence)
{
    *offset = lseek64(((const struct on_socket *)cookie)->fd, *offset, whence);
    return *offset == -1 ? -1 : 0;
}

static int close_socket(void *cookie)
{
    int fd = ((const struct on_socket *)cookie)->fd;
    if (fd < MOST_READERS)
        atomic_store(&readers[fd], NULL);
    event_called_from_stdio(line_in_program());
    int result = close(fd);
    free(cookie);
    return result;
}

/* What fdopen(3) makes of MODE, into PLAIN: a letter, and a plus if there is one among the four
   behind it. */
static bool read_mode(const char *mode, char plain[3])
{
    plain[0] = mode[0];
    plain[1] = plain[2] = '\0';
    if (mode[0] == '\0' || strchr("rwa", mode[0]) == NULL)
        return false;
    if (memchr(mode + 1, '+', strnlen(mode + 1, 4)) != NULL)
        plain[1] = '+';
    return true;
}

static FILE *open_on_socket(int fd, const char *plain)
{
    static const cookie_io_functions_t functions = {read_socket, write_socket, seek_socket,
                                                    close_socket};
    struct on_socket *cookie = malloc(sizeof *cookie);
    FILE *stream = cookie == NULL ? NULL : fopencookie(cookie, plain, functions);
    if (stream == NULL) {
        free(cookie);
        return NULL;
    }
    cookie->fd = fd;
    setvbuf(stream, cookie->buffer, _IOFBF, sizeof cookie->buffer);
    stream->_fileno = fd; /* for fileno(3); nothing else looks at it in such a stream */
    if (strcmp(plain, "r") == 0 && fd < MOST_READERS)
        atomic_store(&readers[fd], stream);
    return stream;
}

FILE *fdopen(int fd, const char *mode)
{
    REAL(fdopen);
    char plain[3];
    if (memory() == NULL || !is_socket(fd) || !read_mode(mode, plain))
        return real(fd, mode);
    int flags = fcntl(fd, F_GETFL);
    if (plain[0] == 'a' && (flags == -1 || fcntl(fd, F_SETFL, flags | O_APPEND) == -1))
        return NULL;
    FILE *stream = open_on_socket(fd, plain);
    if (stream != NULL && strcmp(plain, "a") == 0)
        lseek(fd, 0, SEEK_END); /* leaves ESPIPE in errno, and the real one does so too */
    return stream;
}

/* glibc's mark of a stream that reads what ungetc(3) has put back. */
enum { IN_BACKUP = 0x100 };

/* How many of LENGTH bytes the C library's own fread is to give; 0: they are read past the buffer.
 */
static size_t share_of_buffer(const FILE *stream, size_t length)
{
    size_t ready = (size_t)(stream->_IO_read_end - stream->_IO_read_ptr);
    size_t room = (size_t)(stream->_IO_buf_end - stream->_IO_buf_base);
    if ((stream->_flags & IN_BACKUP) != 0)
        return ready > 0 && ready < length ? ready : 1;
    if (ready > 0)
        return ready < length ? ready : length;
    return length < room ? length : 0;
}

/* Reads at most LENGTH bytes of what is not in the buffer: whole blocks, without going through it.
 */
static ssize_t read_past_buffer(FILE *stream, char *bytes, size_t length, void *caller)
{
    size_t block = (size_t)(stream->_IO_buf_end - stream->_IO_buf_base);
    event_called_from_stdio(caller);
    ssize_t count = read(stream->_fileno, bytes, block < 128 ? length : length - length % block);
    if (count <= 0)
        stream->_flags |= count == 0 ? _IO_EOF_SEEN : _IO_ERR_SEEN;
    return count;
}

/* A stream of fopencookie reads a buffer at a time, an unbuffered one a byte; that of a descriptor
   takes what does not fit into the buffer with calls that ask for all of it. */
static size_t read_as_descriptor(char *bytes, size_t length, FILE *stream, void *caller)
{
    REAL(fread_unlocked);
    size_t done = 0;
    while (done < length) {
        size_t some = share_of_buffer(stream, length - done);
        ssize_t count = some > 0 ? (ssize_t)real(bytes + done, 1, some, stream)
                                 : read_past_buffer(stream, bytes + done, length - done, caller);
        if (count <= 0)
            break;
        done += (size_t)count;
        if ((size_t)count < some)
            break;
    }
    return done;
}

size_t fread(void *bytes, size_t size, size_t count, FILE *stream)
{
    REAL(fread);
    if (size == 0 || count == 0 || !is_reader(stream))
        return real(bytes, size, count, stream);
    flockfile(stream);
    size_t done = read_as_descriptor(bytes, size * count, stream, CALLER);
    funlockfile(stream);
    return done == size * count ? count : done / size;
}

/* ---- without a stream ---- */

static int print(int fd, const char *format, va_list arguments, void *caller)
{
    char *text;
    int length = vasprintf(&text, format, arguments);
    if (length == -1)
        return -1;
    ssize_t written = write_all(fd, text, (size_t)length, event_called_from, caller);
    free(text);
    return written == length ? length : -1;
}

int vdprintf(int fd, const char *format, va_list arguments)
{
    REAL(vdprintf);
    if (memory() == NULL || !is_socket(fd))
        return real(fd, format, arguments);
    return print(fd, format, arguments, CALLER);
}

int dprintf(int fd, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int result = memory() == NULL || !is_socket(fd) ? vdprintf(fd, format, arguments)
                                                    : print(fd, format, arguments, CALLER);
    va_end(arguments);
    return result;
}
