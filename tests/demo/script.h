/*
 * The demonstration of a lab: who runs what, what each person types, and what each console must
 * show. Every line of a console is in the script: one that is not there ends the demonstration.
 *
 * The kernel chooses all ports. In a script they are called by the short numbers that the ports
 * have in the story (ports.h).
 */
#ifndef SOCKLADDER_DEMO_SCRIPT_H
#define SOCKLADDER_DEMO_SCRIPT_H

#include <stddef.h>

enum { CONSOLES_MOST = 4, BY_CTRL_C = -1 };

enum deed {
    STEP,       /* TEXT says what happens next; on a terminal, there is a pause before it */
    RUN,        /* the person at the console types the command TEXT, words with a space between */
    SHOWS,      /* the next line of the console is TEXT; a * at its end stands for anything */
    ASKS,       /* what the console shows, without a newline, is TEXT */
    TYPES,      /* the person types the line TEXT */
    LEAVES,     /* the person presses Ctrl-D, and the program ends with status 0 */
    INTERRUPTS, /* the person presses Ctrl-C */
    ENDS,       /* the program ends with STATUS, or BY_CTRL_C, and shows nothing more */
};

struct act {
    enum deed deed;
    int who; /* the index of the console */
    const char *text;
    int status;
};

struct script {
    const char *title;
    const char *consoles[CONSOLES_MOST]; /* the first is the server's; NULL: there are no more */
    const struct act *acts;
    size_t count;
};

/* The script of lab NUMBER, 1 to 5. */
const struct script *script_of(int number);

#endif
