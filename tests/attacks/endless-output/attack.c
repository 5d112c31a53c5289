#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    static char bytes[65536];
    memset(bytes, 'x', sizeof bytes);
    bytes[sizeof bytes - 1] = '\n';
    for (;;) {
        (void)!write(STDOUT_FILENO, bytes, sizeof bytes);
        (void)!write(STDERR_FILENO, bytes, sizeof bytes);
    }
}
