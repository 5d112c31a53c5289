#include "2-chat/operator.h"

#include "2-chat/chat.h"
#include "2-chat/skip.h"

#include <errno.h>

int operator_session(int conn, uint16_t peer, void *context)
{
    int result = chat_answer(conn, peer, context);
    int error = errno;
    if (result < 0 && error == EMSGSIZE)
        line_skip(context); /* only if it was the operator's line, and not the client's */
    errno = error;
    return result;
}
