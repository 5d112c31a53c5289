#include "grade/labs.h"

#include <string.h>

/* clang-format off */
#define SERVER(lab, ...) {"server", "labs/" lab "/server", {__VA_ARGS__}, false}
#define CLIENT(lab, ...) {"client", "labs/" lab "/client", {__VA_ARGS__}, false}
#define DRIVER(name, ...) {name, "tests/drivers/" name, {__VA_ARGS__}, true}
/* clang-format on */

const struct lab_files all_labs[LABS] = {
    {.name = "1-echo",
     .written = {"tcp", "echo", "serve"},
     .programs = {SERVER("1-echo", "1-echo/tcp", "1-echo/echo", "1-echo/serve"),
                  CLIENT("1-echo", "1-echo/tcp", "1-echo/echo"), DRIVER("call_tcp", "1-echo/tcp"),
                  DRIVER("call_echo", "1-echo/echo"),
                  DRIVER("call_serve", "1-echo/serve", "1-echo/tcp")}},
    {.name = "2-chat",
     .written = {"line", "chat"},
     .below = {"1-echo/tcp", "1-echo/serve"},
     .given = {"2-chat/operator", "2-chat/skip"},
     .stands_on = "1-echo",
     .programs = {SERVER("2-chat", "2-chat/line", "2-chat/chat", "1-echo/tcp", "1-echo/serve"),
                  CLIENT("2-chat", "2-chat/line", "2-chat/chat", "1-echo/tcp"),
                  DRIVER("call_line", "2-chat/line"),
                  DRIVER("call_chat", "2-chat/chat", "2-chat/line")}},
    {.name = "3-fork",
     .written = {"serve"},
     .below = {"1-echo/tcp", "2-chat/line", "2-chat/chat"},
     .given = {"2-chat/operator", "2-chat/skip", "3-fork/repeat"},
     .stands_on = "2-chat",
     .programs = {SERVER("3-fork", "3-fork/serve", "1-echo/tcp", "2-chat/line", "2-chat/chat"),
                  CLIENT("2-chat", "1-echo/tcp", "2-chat/line", "2-chat/chat"),
                  DRIVER("call_serve", "3-fork/serve", "1-echo/tcp")}},
    {.name = "4-pthread",
     .written = {"serve", "room", "talk"},
     .below = {"1-echo/tcp", "2-chat/line"},
     .given = {"2-chat/skip", "3-fork/repeat"},
     .stands_on = "2-chat",
     .programs = {SERVER("4-pthread", "4-pthread/serve", "4-pthread/room", "1-echo/tcp",
                         "2-chat/line"),
                  CLIENT("4-pthread", "4-pthread/talk", "1-echo/tcp", "2-chat/line"),
                  DRIVER("call_serve", "4-pthread/serve", "1-echo/tcp"),
                  DRIVER("call_room", "4-pthread/room", "2-chat/line"),
                  DRIVER("call_talk", "4-pthread/talk", "2-chat/line", "1-echo/tcp")}},
    {.name = "5-udp",
     .written = {"udp"},
     .programs = {SERVER("5-udp", "5-udp/udp"), CLIENT("5-udp", "5-udp/udp"),
                  DRIVER("call_udp", "5-udp/udp")}},
};

const struct lab_files *find_lab_files(const char *number)
{
    size_t digits = strcspn(number, "-");
    for (size_t i = 0; i < LABS; i++)
        if (strcmp(all_labs[i].name, number) == 0 ||
            (number[digits] == '\0' && strcspn(all_labs[i].name, "-") == digits &&
             strncmp(all_labs[i].name, number, digits) == 0))
            return &all_labs[i];
    return NULL;
}

size_t count_names(const char *const *list)
{
    size_t count = 0;
    while (count < LAB_FILES && list[count] != NULL)
        count++;
    return count;
}
