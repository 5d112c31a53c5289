/*
 * Goal: two people take turns, each sees the other's lines, and each sees when the other leaves.
 *
 * Task: write chat_answer, the server's side, then chat_ask, the client's side. chat.h says what
 * each must do; the TODOs below say what must be true. The two sides have much in common: write
 * static helper functions that serve both.
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
     * TODO 1: the console shows the client's next line.
     * TODO 2: the operator has got the prompt, and the client has got the operator's line.
     * TODO 3: this is repeated until one of the two leaves.
     * TODO 4: if the client left, the console says so. The function returns 0 or -1, as in chat.h.
     *
     * Until you have written it:
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
     * TODO 5: the user has got the prompt, and the server has got the user's line.
     * TODO 6: the console shows the server's answer.
     * TODO 7: this is repeated until one of the two leaves.
     * TODO 8: if the server left, the console says so. The function returns 0 or -1, as in chat.h.
     *
     * Until you have written it:
     */
    (void)conn;
    (void)keyboard;
    errno = ENOSYS;
    complain("chat_ask");
    return -1;
}
