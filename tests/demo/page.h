/* What the reader sees: the consoles side by side, a column each, and time that goes down. */
#ifndef SOCKLADDER_DEMO_PAGE_H
#define SOCKLADDER_DEMO_PAGE_H

#include "demo/script.h"

#include <stdbool.h>

enum page_answer { PAGE_GO_ON, PAGE_END, PAGE_INTERRUPT };

struct page {
    const struct script *script;
    size_t columns;
    size_t width; /* of the terminal; 80 in a pipe */
    size_t since; /* rows since the heads of the columns were shown */
    int step;
};

/* Begins a page for SCRIPT; WHOSE is the tree with the programs. */
void page_open(struct page *page, const struct script *script, const char *whose);

/* Shows the text of the next step. */
void page_step(struct page *page, const char *text);

/* Shows TEXT, which is printable ASCII, in a column, on as many rows as it needs. */
void page_show(struct page *page, size_t column, const char *text);

/* On a terminal, waits for a key: Enter goes on, q ends. SIGNALS is from signals_open(). */
enum page_answer page_pause(int signals);

#endif
