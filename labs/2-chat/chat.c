/*
 * Goal: two people talk in turns, each sees what the other says, and when the other leaves.
 *
 * Task: write chat_answer, the server's side, then chat_ask, the client's. chat.h says what each
 * must do; the numbers below are what must be true. The two sides have much in common: static
 * helpers can serve both.
 *
 * handout: handouts/en/2-chat.md
 * test:    make lab-2
 */
#include "2-chat/chat.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>

int chat_answer(int conn, uint16_t peer, void *context)
{
    /*
     * TODO 1: the client's next line is on the console.
     * TODO 2: the operator has been asked for the answer, and the client has it.
     * TODO 3: so it goes on in turns, until one of the two has ended it.
     * TODO 4: if it was the client, the console says so. 0 or -1 is returned, as chat.h says.
     *
     * Until then, honestly:
     */
    (void)conn;
    (void)peer;
    (void)context;
    errno = ENOSYS;
    complain("chat_answer");
    return -1;
}

int chat_ask(int conn, struct line_reader *keyboard)
{
    /*
     * TODO 5: the person has been asked, and the server has the line.
     * TODO 6: the server's answer is on the console.
     * TODO 7: so it goes on in turns, until one of the two has ended it.
     * TODO 8: if it was the server, the console says so. 0 or -1 is returned, as chat.h says.
     *
     * Until then, honestly:
     */
    (void)conn;
    (void)keyboard;
    errno = ENOSYS;
    complain("chat_ask");
    return -1;
}
