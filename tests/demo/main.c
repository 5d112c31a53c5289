/* demo: plays the demonstration of a lab. make demo-N starts it.
   usage: demo NUMBER FOLDER LINK TREE
   FOLDER has the lab's server and client, LINK is lab 5's bad network, and TREE is what the reader
   is told of where the programs come from. The exit status is 0 if all consoles have shown what the
   script says, or the reader has had enough; 1 if not; 2 for wrong usage; 3 if something cannot be
   had here; 130 after Ctrl-C. */
#include "demo/console.h"
#include "demo/page.h"
#include "demo/ports.h"
#include "demo/script.h"
#include "demo/signals.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { SECONDS = 10, WORDS_MOST = 16, COMMAND_ROOM = 128 };
enum { DONE = 0, WRONG = 1, USAGE = 2, FAULT = 3, INTERRUPTED = 130 };

struct demo {
    const struct script *script;
    const char *folder;
    const char *link;
    int signals;
    struct page page;
    struct ports ports;
    struct console consoles[CONSOLES_MOST];
    char line[CONSOLE_ROOM + 1];
};

/* ---- what did not happen ---- */

static void word_status(int status, char *words, size_t room)
{
    if (WIFSIGNALED(status))
        snprintf(words, room, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(words, room, "exit status %d", WEXITSTATUS(status));
}

/* Tells the reader, below what the consoles have shown. Returns WRONG. */
__attribute__((format(printf, 3, 4))) static int
disappoint(const struct console *console, const char *expected, const char *format, ...)
{
    va_list arguments;
    fflush(stdout);
    fprintf(stderr, "\nThe demonstration has ended early: %s was to show something else.\n",
            console->title);
    fprintf(stderr, "  expected: %s\n  seen:     ", expected);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    return WRONG;
}

/* Waits for news of the console on behalf of EXPECTED. Returns DONE, or what ends it all. */
static int wait_for(struct demo *demo, struct console *console, const char *expected,
                    int64_t deadline)
{
    char how[64];
    if (console->pid == 0) {
        word_status(console->status, how, sizeof how);
        console_take_rest(console, demo->line);
        return disappoint(console, expected, "%s%sthe program has ended, %s", demo->line,
                          demo->line[0] != '\0' ? "; " : "", how);
    }
    switch (console_wait(console, demo->signals, deadline)) {
    case CONSOLE_NEWS:
        return DONE;
    case CONSOLE_INTERRUPT:
        return INTERRUPTED;
    case CONSOLE_LATE:
        console_take_rest(console, demo->line);
        return disappoint(console, expected, "%s%snothing%s for %d seconds", demo->line,
                          demo->line[0] != '\0' ? "; " : "", demo->line[0] != '\0' ? " more" : "",
                          SECONDS);
    default:
        return FAULT;
    }
}

static int64_t deadline_from_now(void)
{
    return console_clock_ms() + (int64_t)SECONDS * 1000;
}

static void show(struct demo *demo, int who, const char *line)
{
    char shown[CONSOLE_ROOM + 16];
    ports_shown(&demo->ports, line, shown, sizeof shown);
    page_show(&demo->page, (size_t)who, shown);
}

/* ---- what happens: each returns DONE, or what ends it all ---- */

/* A new command: words of the story's numbers become the ports that the kernel has chosen. */
static int run(struct demo *demo, const struct act *act)
{
    char command[COMMAND_ROOM];
    char shown[COMMAND_ROOM + 2];
    char path[PATH_MAX];
    const char *words[WORDS_MOST + 1] = {""};
    size_t count = 0;
    char *rest;
    snprintf(shown, sizeof shown, "$ %s", act->text);
    snprintf(command, sizeof command, "%s", act->text);
    for (char *word = strtok_r(command, " ", &rest); word != NULL && count < WORDS_MOST;
         word = strtok_r(NULL, " ", &rest))
        words[count++] = ports_real(&demo->ports, word);
    if (strcmp(words[0], "./link") == 0)
        snprintf(path, sizeof path, "%s", demo->link);
    else
        snprintf(path, sizeof path, "%s/%s", demo->folder, words[0]);
    show(demo, act->who, shown);
    return console_run(&demo->consoles[act->who], path, (char *const *)words) == 0 ? DONE : FAULT;
}

/* Waits for the next line of the console, which must be EXPECTED, and shows it. */
static int await_line(struct demo *demo, int who, const char *expected)
{
    struct console *console = &demo->consoles[who];
    int64_t deadline = deadline_from_now();
    while (!console_take_line(console, demo->line)) {
        int status = wait_for(demo, console, expected, deadline);
        if (status != DONE)
            return status;
    }
    if (!ports_match(&demo->ports, demo->line, expected)) {
        char shown[CONSOLE_ROOM + 16];
        ports_shown(&demo->ports, demo->line, shown, sizeof shown);
        return disappoint(console, expected, "%s", shown);
    }
    show(demo, who, demo->line);
    return DONE;
}

/* Waits until the console shows TEXT, and no more. It is a row once its line is complete. */
static int await_question(struct demo *demo, int who, const char *text)
{
    struct console *console = &demo->consoles[who];
    int64_t deadline = deadline_from_now();
    while (!console_is_at(console, text)) {
        if (console_take_line(console, demo->line))
            return disappoint(console, text, "%s", demo->line);
        int status = wait_for(demo, console, text, deadline);
        if (status != DONE)
            return status;
    }
    return DONE;
}

/* The terminal echoes what is typed, behind what the program has asked. */
static int type_line(struct demo *demo, int who, const char *text)
{
    struct console *console = &demo->consoles[who];
    char typed[COMMAND_ROOM];
    char expected[CONSOLE_ROOM + COMMAND_ROOM];
    int length = snprintf(typed, sizeof typed, "%s\n", text);
    snprintf(expected, sizeof expected, "%.*s%s", (int)console->used, console->bytes, text);
    if (console_type(console, typed, (size_t)length) == -1)
        return FAULT;
    return await_line(demo, who, expected);
}

/* KEY is a byte that no terminal shows; the reader sees it as NAME. */
static int press(struct demo *demo, int who, char key, const char *name)
{
    char shown[CONSOLE_ROOM + 8];
    console_take_rest(&demo->consoles[who], demo->line);
    snprintf(shown, sizeof shown, "%s%s", demo->line, name);
    show(demo, who, shown);
    return console_type(&demo->consoles[who], &key, 1) == 0 ? DONE : FAULT;
}

static bool has_ended_so(int status, int expected)
{
    return expected == BY_CTRL_C ? WIFSIGNALED(status) && WTERMSIG(status) == SIGINT
                                 : WIFEXITED(status) && WEXITSTATUS(status) == expected;
}

static int await_end(struct demo *demo, int who, int status_expected)
{
    struct console *console = &demo->consoles[who];
    char expected[64];
    char seen[64];
    int64_t deadline = deadline_from_now();
    snprintf(expected, sizeof expected,
             status_expected == BY_CTRL_C ? "that Ctrl-C ends the program"
                                          : "the end of the program, exit status %d",
             status_expected);
    while (console->pid != 0) {
        int status = wait_for(demo, console, expected, deadline);
        if (status != DONE)
            return status;
    }
    console_take_rest(console, demo->line);
    if (demo->line[0] != '\0')
        return disappoint(console, expected, "%s", demo->line);
    word_status(console->status, seen, sizeof seen);
    return has_ended_so(console->status, status_expected)
               ? DONE
               : disappoint(console, expected, "%s", seen);
}

static int leave(struct demo *demo, int who)
{
    enum { CTRL_D = 4 };
    int status = press(demo, who, CTRL_D, "^D");
    return status == DONE ? await_end(demo, who, 0) : status;
}

static int play_act(struct demo *demo, const struct act *act)
{
    enum { CTRL_C = 3 };
    switch (act->deed) {
    case STEP:
        page_step(&demo->page, act->text);
        return DONE;
    case RUN:
        return run(demo, act);
    case SHOWS:
        return await_line(demo, act->who, act->text);
    case ASKS:
        return await_question(demo, act->who, act->text);
    case TYPES:
        return type_line(demo, act->who, act->text);
    case LEAVES:
        return leave(demo, act->who);
    case INTERRUPTS:
        return press(demo, act->who, CTRL_C, "^C");
    case ENDS:
        return await_end(demo, act->who, act->status);
    }
    return FAULT;
}

/* ---- the whole ---- */

static int play(struct demo *demo)
{
    const struct script *script = demo->script;
    for (size_t i = 0; i < script->count; i++) {
        enum page_answer answer = PAGE_GO_ON;
        if (script->acts[i].deed == STEP && i > 0)
            answer = page_pause(demo->signals);
        if (answer == PAGE_INTERRUPT)
            return INTERRUPTED;
        if (answer == PAGE_END)
            break;
        int status = play_act(demo, &script->acts[i]);
        if (status != DONE)
            return status;
    }
    printf("\n");
    ports_tell(&demo->ports);
    return fflush(stdout) == 0 ? DONE : FAULT;
}

int main(int argc, char **argv)
{
    static struct demo demo;
    if (argc != 5 || strlen(argv[1]) != 1 || argv[1][0] < '1' || argv[1][0] > '5') {
        fprintf(stderr, "usage: demo NUMBER FOLDER LINK TREE\n");
        return USAGE;
    }
    demo.script = script_of(argv[1][0] - '0');
    demo.folder = argv[2];
    demo.link = argv[3];
    demo.signals = signals_open();
    if (demo.signals == -1) {
        perror("demo: signalfd");
        return FAULT;
    }
    for (size_t i = 0; i < CONSOLES_MOST; i++)
        demo.consoles[i].title = demo.script->consoles[i];
    page_open(&demo.page, demo.script, argv[4]);
    int status = play(&demo);
    for (size_t i = 0; i < CONSOLES_MOST; i++)
        console_close(&demo.consoles[i]);
    return status;
}
