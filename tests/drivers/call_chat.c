/* Calls the functions of chat.c with the connection of the next who comes, and with standard input
   as the keyboard: `answer`, `ask`. */
#include "drivers/driver.h"

#include "2-chat/chat.h"
#include "2-chat/line.h"

DRIVEN(line_open);
DRIVEN(chat_answer);
DRIVEN(chat_ask);

static void call_answer(int conn, struct line_reader *keyboard)
{
    struct probe_event *event = driver_calls(CALL_CHAT_ANSWER, conn, -1);
    int result =
        chat_answer != NULL ? chat_answer(conn, 0, keyboard) : driver_misses("chat_answer");
    driver_returned(event, result, 0);
}

static void call_ask(int conn, struct line_reader *keyboard)
{
    struct probe_event *event = driver_calls(CALL_CHAT_ASK, conn, -1);
    int result = chat_ask != NULL ? chat_ask(conn, keyboard) : driver_misses("chat_ask");
    driver_returned(event, result, 0);
}

int main(int argc, char **argv)
{
    struct line_reader keyboard;
    console_name("driver");
    if (line_open != NULL)
        line_open(&keyboard, STDIN_FILENO);
    if (argc == 2 && strcmp(argv[1], "answer") == 0)
        call_answer(driver_accepts(), &keyboard);
    else if (argc == 2 && strcmp(argv[1], "ask") == 0)
        call_ask(driver_accepts(), &keyboard);
    else
        return 2;
    return 0;
}
