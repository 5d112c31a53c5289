/*
 * Calls the functions of line.c.
 *
 *   read FROM TIMES   line_read, again and again, from the connection of the next who comes
 *                     (`socket`), from standard input (`keyboard`), from a file with all that comes
 *                     at standard input (`file`), or from the first two by turns (`both`). What it
 *                     gives is printed, with the terminating 0: `[1] 5:hello`
 *   send LENGTH...    line_send, for so many bytes of standard input each, to the next who comes
 */
#include "drivers/driver.h"

#include "2-chat/line.h"

#include <signal.h>

DRIVEN(line_open);
DRIVEN(line_read);
DRIVEN(line_send);

/* ---- line_read ---- */

/* At most what a line may have is shown of one that is said to be longer. */
static void show(int number, const char *line, size_t length)
{
    char shown[LINE_LIMIT + 64];
    int head = snprintf(shown, 60, "[%d] %zu:", number, length);
    size_t bytes = (length < LINE_LIMIT ? length : LINE_LIMIT) + 1;
    memcpy(shown + head, line, bytes);
    shown[(size_t)head + bytes] = '\n';
    if (write(STDOUT_FILENO, shown, (size_t)head + bytes + 1) < 0)
        driver_ends("write");
}

/* What is not set stands out. */
static void call_read(struct line_reader *reader, int fd, int number)
{
    char line[LINE_LIMIT + 1];
    size_t length = 9999;
    memset(line, '?', sizeof line);
    struct probe_event *event = driver_calls(CALL_LINE_READ, fd, -1);
    int result = line_read != NULL ? line_read(reader, line, &length) : driver_misses("line_read");
    if (result == 1)
        show(number, line, length);
    driver_returned(event, result, 0);
}

/* Standard input is a file now, with all that came there. */
static void keep_input_in_file(void)
{
    char bytes[4096];
    ssize_t count;
    FILE *file = tmpfile();
    if (file == NULL)
        driver_ends("tmpfile");
    while ((count = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
        if (write(fileno(file), bytes, (size_t)count) != count)
            driver_ends("write");
    if (count < 0 || lseek(fileno(file), 0, SEEK_SET) != 0 || dup2(fileno(file), STDIN_FILENO) < 0)
        driver_ends("file");
    fclose(file);
}

static void prepare(struct line_reader *reader, int fd)
{
    memset(reader, '?', sizeof *reader);
    if (line_open != NULL)
        line_open(reader, fd);
}

static void read_lines(const char *from, int times)
{
    struct line_reader keyboard;
    struct line_reader connection;
    int conn = -1;
    if (strcmp(from, "file") == 0)
        keep_input_in_file();
    if (strcmp(from, "socket") == 0 || strcmp(from, "both") == 0)
        prepare(&connection, conn = driver_accepts());
    if (strcmp(from, "socket") != 0)
        prepare(&keyboard, STDIN_FILENO);
    for (int i = 1; i <= times; i++) {
        if (conn >= 0 && (i % 2 == 1 || strcmp(from, "socket") == 0))
            call_read(&connection, conn, i);
        else
            call_read(&keyboard, STDIN_FILENO, i);
    }
}

/* ---- line_send ---- */

static void call_send(int conn, size_t length)
{
    /* Other bytes follow those of the line: they are not to be sent. */
    char *line = malloc(length + sizeof "too far");
    if (line == NULL)
        driver_ends("malloc");
    for (size_t got = 0; got < length;) {
        ssize_t count = read(STDIN_FILENO, line + got, length - got);
        if (count <= 0)
            driver_ends("read");
        got += (size_t)count;
    }
    memcpy(line + length, "too far", sizeof "too far");
    struct probe_event *event = driver_calls(CALL_LINE_SEND, conn, (int64_t)length);
    int result = line_send != NULL ? line_send(conn, line, length) : driver_misses("line_send");
    driver_returned(event, result, 0);
    free(line);
}

static void do_nothing(int number)
{
    (void)number;
}

int main(int argc, char **argv)
{
    console_name("driver");
    /* Signals interrupt calls here; and whether SIGPIPE is ignored may be for the caller to do. */
    if (sigaction(SIGUSR1, &(struct sigaction){.sa_handler = do_nothing}, NULL) != 0 ||
        signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        driver_ends("sigaction");
    if (argc == 4 && strcmp(argv[1], "read") == 0) {
        read_lines(argv[2], atoi(argv[3]));
    } else if (argc > 2 && strcmp(argv[1], "send") == 0) {
        int conn = driver_accepts();
        for (int i = 2; i < argc; i++)
            call_send(conn, (size_t)atoi(argv[i]));
    } else {
        return 2;
    }
    return 0;
}
