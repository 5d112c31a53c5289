/* Says all that the console may show, complains, and reads nothing. At most: 3 */
#include "2-chat/chat.h"

#include "common/console.h"

int chat_answer(int conn, uint16_t peer, void *context)
{
    (void)conn;
    (void)peer;
    (void)context;
    console_say("client says: hello Server!");
    console_prompt("You want to say: ");
    complain_because("line", "longer than 1024 bytes");
    console_say("client left");
    return 0;
}

int chat_ask(int conn, struct line_reader *keyboard)
{
    (void)conn;
    (void)keyboard;
    console_prompt("You want to say: ");
    console_say("server says: hello Client!");
    complain_because("line", "longer than 1024 bytes");
    console_say("server left");
    return -1;
}
