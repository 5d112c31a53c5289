/* How the ladder's rows are laid out: in columns that fit into the report. */
#ifndef SOCKLADDER_PICTURE_H
#define SOCKLADDER_PICTURE_H

#include "grader/explain/actors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum arrow { NO_ARROW, TO_PROGRAM, TO_PEER };

/* One line of the picture. */
struct row {
    uint64_t time;
    char peer[96];
    char mark[ACTOR_SIZE]; /* who of the program acts; empty where there is only one */
    char call[128];
    char place[80];
    enum arrow arrow;
    const char *label; /* in the arrow: "FIN", "RST", or NULL */
    uint64_t key;      /* rows of the same key look alike, but for a new descriptor or process; */
    uint64_t kin;      /* those of the same kin are the same call in the same line, by the same one,
                          with other numbers */
    int kind;          /* the note's, for rows of the peer alone; -1 for rows of the program */
    enum probe_group group;
    int port;       /* the peer's, 0 if not known */
    bool on_socket; /* of rows of the program */
};

/* Draws COUNT rows into BUFFER, each at most COLUMNS wide (at least 54), cut at whole lines to fit
   SIZE. ROLE is that of the program: a client stands on the left. Where the columns are short, the
   arrows are, then the calls: `…` stands for arguments then, and never for what a call returned or
   for the line it was made in. */
void picture_draw(const struct row *rows, size_t count, const char *role, size_t columns,
                  char *buffer, size_t size);

#endif
