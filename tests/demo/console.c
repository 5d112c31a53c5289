#include "demo/console.h"

#include "demo/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

enum { CTRL_C = 3, STATUS_NOT_RUN = 127 };

int64_t console_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int fail(const char *call)
{
    fprintf(stderr, "demo: %s: %s\n", call, strerror(errno));
    return -1;
}

/* Without ECHOCTL a terminal does not show "^C" for Ctrl-C: when it comes is left to chance, and
   the demonstration shows it anyway. With NOFLSH, Ctrl-C loses nothing that was shown before. */
static int open_terminal(int *terminal, int *other_side)
{
    static const struct winsize size = {.ws_row = 24, .ws_col = 80};
    struct termios mode;
    if (openpty(terminal, other_side, NULL, NULL, &size) == -1)
        return fail("openpty");
    if (tcgetattr(*other_side, &mode) == 0) {
        mode.c_lflag = (mode.c_lflag & ~(tcflag_t)ECHOCTL) | NOFLSH;
        tcsetattr(*other_side, TCSANOW, &mode);
    }
    if (fcntl(*terminal, F_SETFD, FD_CLOEXEC) == 0 && fcntl(*terminal, F_SETFL, O_NONBLOCK) == 0)
        return 0;
    fail("fcntl");
    close(*terminal);
    close(*other_side);
    return -1;
}

/* In the child. */
static _Noreturn void become(const char *path, char *const arguments[], int other_side)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing is left if the demonstration is killed */
    signals_restore();
    if (login_tty(other_side) == 0)
        execv(path, arguments);
    perror(path);
    _exit(STATUS_NOT_RUN);
}

int console_run(struct console *console, const char *path, char *const arguments[])
{
    int terminal;
    int other_side;
    console_close(console);
    if (open_terminal(&terminal, &other_side) == -1)
        return -1;
    pid_t pid = fork();
    if (pid == 0)
        become(path, arguments, other_side);
    close(other_side);
    if (pid == -1) {
        fail("fork");
        close(terminal);
        return -1;
    }
    *console = (struct console){.title = console->title, .pid = pid, .terminal = terminal};
    return 0;
}

int console_type(struct console *console, const char *bytes, size_t length)
{
    ssize_t written = write(console->terminal, bytes, length);
    if (written >= 0 && (size_t)written < length)
        errno = EAGAIN; /* some thousand bytes are waiting that the program has not read */
    return written == (ssize_t)length ? 0 : fail("write");
}

/* Copies LENGTH bytes of a stranger's program as a string that no terminal obeys. */
static void copy_printable(char *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] >= ' ' && bytes[i] <= '~')
            text[i] = bytes[i];
        else
            text[i] = '?';
    text[length] = '\0';
}

bool console_take_line(struct console *console, char line[CONSOLE_ROOM + 1])
{
    const char *newline = memchr(console->bytes, '\n', console->used);
    if (newline == NULL && console->used < sizeof console->bytes)
        return false;
    size_t length = newline != NULL ? (size_t)(newline - console->bytes) : console->used;
    size_t taken = newline != NULL ? length + 1 : length;
    copy_printable(line, console->bytes, length);
    console->used -= taken;
    memmove(console->bytes, console->bytes + taken, console->used);
    return true;
}

void console_take_rest(struct console *console, char rest[CONSOLE_ROOM + 1])
{
    copy_printable(rest, console->bytes, console->used);
    console->used = 0;
}

bool console_is_at(const struct console *console, const char *text)
{
    return console->used == strlen(text) && memcmp(console->bytes, text, console->used) == 0;
}

/* Reads what the console has shown, as far as there is room. A terminal ends lines with "\r\n", and
   shows the key Ctrl-C by its code; both go. */
static void drain(struct console *console)
{
    char bytes[512];
    size_t room;
    while ((room = sizeof console->bytes - console->used) > 0) {
        ssize_t got = read(console->terminal, bytes, room < sizeof bytes ? room : sizeof bytes);
        if (got == -1 && errno == EINTR)
            continue;
        if (got <= 0) {
            console->hung_up = got == 0 || errno != EAGAIN; /* EIO: nobody has it open */
            return;
        }
        for (ssize_t i = 0; i < got; i++)
            if (bytes[i] != '\r' && bytes[i] != CTRL_C)
                console->bytes[console->used++] = bytes[i];
    }
}

enum console_news console_wait(struct console *console, int signals, int64_t deadline)
{
    size_t before = console->used;
    bool ended = console->pid != 0 && waitpid(console->pid, &console->status, WNOHANG) > 0;
    drain(console); /* after waitpid: all that the program has shown is there then */
    if (ended) {
        kill(-console->pid, SIGKILL); /* what it has started and left */
        console->pid = 0;
    }
    if (ended || console->used > before)
        return CONSOLE_NEWS;

    struct pollfd ready[] = {{.fd = signals, .events = POLLIN},
                             {.fd = console->hung_up ? -1 : console->terminal, .events = POLLIN}};
    int64_t left = deadline - console_clock_ms();
    int count = left > 0 ? poll(ready, 2, (int)left) : 0;
    if (count == -1 && errno != EINTR) {
        fail("poll");
        return CONSOLE_FAULT;
    }
    if (count > 0 && ready[0].revents != 0 && signals_take(signals))
        return CONSOLE_INTERRUPT;
    return count == 0 ? CONSOLE_LATE : CONSOLE_NEWS;
}

void console_close(struct console *console)
{
    if (console->pid != 0) {
        kill(-console->pid, SIGKILL);
        kill(console->pid, SIGKILL); /* it may not have a process group of its own yet */
        while (waitpid(console->pid, &console->status, 0) == -1 && errno == EINTR)
            ;
        console->pid = 0;
    }
    if (console->terminal > 0)
        close(console->terminal);
    console->terminal = 0;
}
