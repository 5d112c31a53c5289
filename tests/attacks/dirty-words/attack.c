#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    static const char dirt[] = "zero\xe2\x80\x8bwidth \xef\xbb\xbfmark \xf3\xa0\x81\x81tag \xe2\x81\xa6isolate "
                               "\xef\xb8\x8fselector \xe2\x80\xaeoverride \xe2\x80\xa8line\n";
    for (int i = 0; i < 20000; i++) {
        (void)!write(STDOUT_FILENO, dirt, sizeof dirt - 1);
        (void)!write(STDERR_FILENO, dirt, sizeof dirt - 1);
    }
    _exit(1);
}
