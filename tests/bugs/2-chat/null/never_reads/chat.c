/* Both sides wait for ever. At most: 2 */
#include "2-chat/chat.h"

#include <unistd.h>

int chat_answer(int conn, uint16_t peer, void *context)
{
    (void)conn;
    (void)peer;
    (void)context;
    for (;;)
        pause();
}

int chat_ask(int conn, struct line_reader *keyboard)
{
    (void)conn;
    (void)keyboard;
    for (;;)
        pause();
}
