#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    static char bytes[1 << 20];
    memset(bytes, '\033', sizeof bytes);
    (void)!write(STDERR_FILENO, bytes, sizeof bytes);
    (void)!write(STDOUT_FILENO, bytes, sizeof bytes);
    _exit(1);
}
