#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    static const char *const names[] = {
        "@OUT@/secret",      "@OUT@/private",    "@KIT@/Makefile",
        "@KIT@/tests/lab-1/lab.c", "@KIT@/build/grader", "@KIT@/solutions/1-echo/tcp.c",
        "/etc/shadow",       "/root/.profile",   "/var/log/dpkg.log",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char bytes[40];
        int file = open(names[i], O_RDONLY);
        ssize_t count = file < 0 ? 0 : read(file, bytes, sizeof bytes);
        if (count > 0)
            dprintf(STDERR_FILENO, "opened %zu %.*s\n", i, (int)(i < 2 ? count : 0), bytes);
    }
    dprintf(STDERR_FILENO, "tried them all\n");
    _exit(1);
}
