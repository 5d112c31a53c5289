#include "lab-4/common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void expect_on_console(struct program *server, uint16_t port, const char *words, const char *when)
{
    char line[1100];
    snprintf(line, sizeof line, "[%u] %s", port, words);
    if (program_wait_line(server, line) == DONE)
        return;
    struct text said = {0};
    text_quote(&said, server->said.start, server->said.length, 600);
    fail_because(EXPECT_CONSOLE, "%s. The console should show \"%s\". It shows%s", _(when), line,
                 said.start != NULL ? said.start : _(" nothing."));
}

void expect_thread_complaints(struct program *program, size_t times)
{
    const struct text *words = &program->complained;
    if (wait_complaints(program, "pthread_create", times, EAGAIN))
        return;
    struct text said = {0};
    text_harmless(&said, words->start, words->length, 300, true);
    fail_because(
        EXPECT_COMPLAINT,
        "pthread_create failed: it returned EAGAIN, because there were too many threads. "
        "The %s should have printed on standard error%s: \"pthread_create: %s\". It printed%s%s",
        _(program->role), _(times > 1 ? ", each time" : ""), strerror(EAGAIN),
        _(words->length > 0 ? ":\n  " : " nothing."), words->length > 0 ? said.start : "");
}

void show(struct program *client, struct peer *server, const char *line)
{
    say_line(server, line);
    expect_said_next(client, "", line);
}

void send_typed(struct program *client, struct peer *server, const char *line)
{
    type_line(client, line);
    expect_line(server, line);
}

void expect_end_of_file(struct program *client, struct peer *server, const char *promised)
{
    expect_no_bytes(server, promised);
    if (!server->finished)
        fail_dialogue(EXPECT_CLOSE, client, server, "%s", _(promised));
}
