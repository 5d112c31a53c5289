#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void make_files(int count)
{
    for (int i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "file-%d-%d", (int)getpid(), i);
        close(open(name, O_WRONLY | O_CREAT, 0600));
    }
}

__attribute__((constructor)) static void attack(void)
{
    time_t begun = time(NULL);
    make_files(2000);
    if (fork() == 0) {
        setsid();
        if (fork() == 0)
            while (time(NULL) - begun < 20)
                make_files(1000);
        _exit(0);
    }
}
