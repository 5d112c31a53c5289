/* Accepts, and closes at once. At most: 2 */
#include "1-echo/echo.h"


int echo_session(int conn, uint16_t peer, void *context)
{
    (void)peer;
    (void)context;
    (void)conn;
    return 0;
}

int echo_ask(int conn, const char *message, size_t length, char *reply)
{
    (void)conn;
    (void)message;
    (void)length;
    (void)reply;
    return -1;
}
