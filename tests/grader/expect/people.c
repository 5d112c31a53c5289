#include "grader/expect/people.h"

#include "grader/expect/dialogue.h"
#include "grader/expect/echo.h"
#include "grader/expect/server.h"

#include <stdio.h>
#include <string.h>

struct word new_word(void)
{
    struct word word = {""};
    fill_letters(word.letters, WORD);
    return word;
}

const char *strange_line(const char *without)
{
    static char line[400];
    size_t length = (size_t)snprintf(line, sizeof line, "%s",
                                     "Gr\xc3\xbc\xc3\x9f"
                                     "e, \xe4\xbd\xa0\xe5\xa5\xbd! 100 %d %x ");
    for (int byte = 1; byte < 256; byte++)
        if (byte != '\n' && strchr(without, byte) == NULL)
            line[length++] = (char)byte;
    line[length] = '\0';
    return line;
}

struct peer *meet_client(struct program *(*start)(const char *, ...), struct program **client)
{
    return meet_client_with(start, client, "127.0.0.1", NULL);
}

struct peer *meet_client_with(struct program *(*start)(const char *, ...), struct program **client,
                              const char *host, const char *message)
{
    char port[8];
    struct peer *listener = peer_listen("the server");
    snprintf(port, sizeof port, "%u", listener->port);
    *client = start("client", host, port, message, NULL);
    struct peer *server = peer_accept(listener, "The server");
    if (server == NULL)
        fail_before("connected to its server", *client);
    return server;
}

void expect_said(struct program *program, const char *who, const char *line)
{
    struct text text = {0};
    text_add(&text, "%s%s\n", _(who), line);
    expect_shown(program, text.start);
    text_free(&text);
}

void expect_said_next(struct program *program, const char *who, const char *line)
{
    struct text text = {0};
    text_add(&text, "%s%s\n", _(who), line);
    expect_console(program, text.start);
    text_free(&text);
}
