/* A console: a pseudo-terminal (pty(7)), the program in it, and the person at its keyboard. */
#ifndef SOCKLADDER_DEMO_CONSOLE_H
#define SOCKLADDER_DEMO_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { CONSOLE_ROOM = 4096 };

struct console {
    const char *title;
    pid_t pid;                /* of the program; 0: none runs, or runs any more */
    int terminal;             /* the master side; closed by console_close() */
    bool hung_up;             /* no process has the other side open any more */
    int status;               /* as waitpid(2) gives it, once the program has ended */
    char bytes[CONSOLE_ROOM]; /* what the console has shown, and nobody has taken yet */
    size_t used;
};

enum console_news {
    CONSOLE_NEWS,      /* something may have changed: look again */
    CONSOLE_LATE,      /* the deadline has passed */
    CONSOLE_INTERRUPT, /* Ctrl-C and the like */
    CONSOLE_FAULT,     /* a call failed; it has been reported */
};

/* Milliseconds on a clock that nobody sets. */
int64_t console_clock_ms(void);

/* Starts the program PATH in a terminal of its own. Returns 0; -1 after a message. */
int console_run(struct console *console, const char *path, char *const arguments[]);

/* Types LENGTH bytes. Returns 0; -1 after a message. */
int console_type(struct console *console, const char *bytes, size_t length);

/* Takes the next whole line, without its newline, as a string of printable characters. Returns
   false if there is none yet. A line longer than CONSOLE_ROOM is taken in pieces. */
bool console_take_line(struct console *console, char line[CONSOLE_ROOM + 1]);

/* Takes what there is, as above, if it is not a whole line. */
void console_take_rest(struct console *console, char rest[CONSOLE_ROOM + 1]);

/* Whether what the console shows is TEXT, and no whole line. */
bool console_is_at(const struct console *console, const char *text);

/* Waits until the console shows more or its program ends, at most until DEADLINE (ms). SIGNALS is
   from signals_open(). */
enum console_news console_wait(struct console *console, int signals, int64_t deadline);

/* Ends the program and all that it has started in this terminal, and closes the terminal. */
void console_close(struct console *console);

#endif
