/* Calls the functions of chat.c with the connection of the next who comes, and with standard input
   as the keyboard: `answer`, `ask`. `answers` has two threads, each with a connection, a descriptor
   of the keyboard and a reader of its own: they must not need it at the same time. */
#include "drivers/driver.h"

#include "2-chat/chat.h"
#include "2-chat/line.h"

#include <pthread.h>

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

struct chat {
    int conn;
    int keyboard;
};

static void *answer_of_thread(void *argument)
{
    struct chat chat = *(struct chat *)argument;
    struct line_reader keyboard;
    if (line_open != NULL)
        line_open(&keyboard, chat.keyboard);
    call_answer(chat.conn, &keyboard);
    close(chat.conn);
    return NULL;
}

static void call_answers(void)
{
    struct chat chats[2] = {{.keyboard = STDIN_FILENO}, {.keyboard = dup(STDIN_FILENO)}};
    pthread_t threads[2];
    if (chats[1].keyboard < 0)
        driver_ends("dup");
    int listener = driver_listens();
    for (size_t i = 0; i < 2; i++) {
        chats[i].conn = driver_accepts_from(listener);
        if (pthread_create(&threads[i], NULL, answer_of_thread, &chats[i]) != 0)
            driver_ends("pthread_create");
    }
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
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
    else if (argc == 2 && strcmp(argv[1], "answers") == 0)
        call_answers();
    else if (argc == 2 && strcmp(argv[1], "ask") == 0)
        call_ask(driver_accepts(), &keyboard);
    else
        return 2;
    return 0;
}
