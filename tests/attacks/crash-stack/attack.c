#include <stddef.h>
#include <unistd.h>

static int deeper(volatile char *above)
{
    volatile char room[4096];
    room[0] = above == NULL ? 0 : above[0];
    return deeper(room) + room[0];
}

__attribute__((constructor)) static void attack(void)
{
    _exit(deeper(NULL));
}
