/* Prompts, waits for a byte of the keyboard, and sends and shows nothing. At most: 2 */
#include "2-chat/chat.h"

#include "common/console.h"

#include <unistd.h>

static int prompt_again(void)
{
    char byte;
    do
        console_prompt("You want to say: ");
    while (read(STDIN_FILENO, &byte, 1) == 1);
    return 0;
}

int chat_answer(int conn, uint16_t peer, void *context)
{
    (void)conn;
    (void)peer;
    (void)context;
    return prompt_again();
}

int chat_ask(int conn, struct line_reader *keyboard)
{
    (void)conn;
    (void)keyboard;
    return prompt_again();
}
