/* A thread for each client, which closes at once; a client that ends at once. At most: 0 */
#include "4-pthread/talk.h"

int talk(int conn, int keyboard)
{
    (void)conn;
    (void)keyboard;
    return 0;
}
