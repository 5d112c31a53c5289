/* A thread for each client, in which nothing happens, ever; a client that waits as well. At most: 0
   */
#include "4-pthread/talk.h"

#include <unistd.h>

int talk(int conn, int keyboard)
{
    (void)conn;
    (void)keyboard;
    for (;;)
        pause();
}
