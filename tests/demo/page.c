#include "demo/page.h"

#include "demo/signals.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* BORDER is the width of what stands between two columns. HEADS: after so many rows, the heads of
   the columns are shown again with the next step. */
enum {
    USUAL = 80,
    LEAST = 60,
    MOST = 120,
    BORDER = 3,
    HEADS = 18,
    SERVER_LEAST = 21,
    MARGIN = 2,
    CTRL_D = 4
};

static size_t width_of_terminal(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
        return USUAL;
    return size.ws_col < LEAST ? LEAST : size.ws_col > MOST ? MOST : size.ws_col;
}

/* The width of a column. The server's has what is left over, and room for `listening on port 268`.
 */
static size_t width_of(const struct page *page, size_t column)
{
    size_t all = page->width - (page->columns - 1) * BORDER;
    size_t each = all / page->columns;
    if (all - (page->columns - 1) * each < SERVER_LEAST)
        each--;
    return column > 0 ? each : all - (page->columns - 1) * each;
}

/* How many of the bytes of TEXT go on a row of WIDTH: whole words if possible. */
static size_t first_row(const char *text, size_t width)
{
    size_t length = strlen(text);
    if (length <= width)
        return length;
    size_t cut = width;
    while (cut > 0 && text[cut] != ' ')
        cut--;
    return cut > 0 ? cut : width;
}

static void skip_spaces(const char **text)
{
    while (**text == ' ')
        (*text)++;
}

/* Prints the first LENGTH bytes of TEXT, after MARGIN spaces, in COLUMN; the others are empty. */
static void print_row(const struct page *page, size_t column, int margin, const char *text,
                      int length)
{
    for (size_t i = 0; i < page->columns; i++) {
        bool last = i == page->columns - 1;
        int width = last ? 0 : (int)width_of(page, i);
        if (i == column)
            printf("%*s%-*.*s", margin, "", width - margin, length, text);
        else
            printf("%*s", width, "");
        bool spaced = i + 2 < page->columns || column == page->columns - 1;
        printf("%s", last ? "\n" : spaced ? " │ " : " │");
    }
}

static void print_heads(struct page *page)
{
    for (size_t i = 0; i < page->columns; i++) {
        bool last = i == page->columns - 1;
        printf("%-*s%s", last ? 0 : (int)width_of(page, i), page->script->consoles[i],
               last ? "\n" : " │ ");
    }
    for (size_t i = 0; i < page->columns; i++) {
        for (size_t dash = 0; dash < width_of(page, i); dash++)
            printf("─");
        printf("%s", i == page->columns - 1 ? "\n" : "─┼─");
    }
    page->since = 0;
}

void page_open(struct page *page, const struct script *script, const char *whose)
{
    *page = (struct page){.script = script, .since = HEADS, .width = width_of_terminal()};
    while (page->columns < CONSOLES_MOST && script->consoles[page->columns] != NULL)
        page->columns++;
    printf("%s.\nThe programs are those of %s.\n", script->title, whose);
    printf("The system chooses the ports. Here, 268, 276, 284 and 300 stand for them.\n");
}

void page_step(struct page *page, const char *text)
{
    page->width = width_of_terminal();
    printf("\n");
    int margin = printf("%d. ", ++page->step);
    for (bool first = true; *text != '\0'; first = false) {
        size_t length = first_row(text, page->width - (size_t)margin);
        printf("%*s%.*s\n", first ? 0 : margin, "", (int)length, text);
        text += length;
        skip_spaces(&text);
    }
    if (page->since >= HEADS)
        print_heads(page);
    fflush(stdout);
}

void page_show(struct page *page, size_t column, const char *text)
{
    int margin = 0;
    do {
        size_t length = first_row(text, width_of(page, column) - (size_t)margin);
        print_row(page, column, margin, text, (int)length);
        page->since++;
        text += length;
        skip_spaces(&text);
        margin = MARGIN;
    } while (*text != '\0');
    fflush(stdout);
}

/* Waits for a key that means something, or a signal. */
static enum page_answer await_key(int signals)
{
    struct pollfd ready[] = {{.fd = signals, .events = POLLIN},
                             {.fd = STDIN_FILENO, .events = POLLIN}};
    for (;;) {
        char key = CTRL_D;
        int count = poll(ready, 2, -1);
        if (count == -1 && errno == EINTR)
            continue;
        if (count == -1 || (ready[0].revents != 0 && signals_take(signals)))
            return PAGE_INTERRUPT;
        if (ready[1].revents == 0)
            continue; /* a program has ended: the next step will see it */
        if (read(STDIN_FILENO, &key, 1) == -1 && errno == EINTR)
            continue;
        if (key == '\n' || key == ' ')
            return PAGE_GO_ON;
        if (key == 'q' || key == 'Q' || key == CTRL_D)
            return PAGE_END;
    }
}

enum page_answer page_pause(int signals)
{
    struct termios before;
    if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before) == -1)
        return PAGE_GO_ON;
    struct termios mode = before;
    mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    printf("\nEnter goes on, q ends ");
    fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
    enum page_answer answer = await_key(signals);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    printf("\r\033[K\033[A"); /* the next step takes the place of the question */
    fflush(stdout);
    return answer;
}
