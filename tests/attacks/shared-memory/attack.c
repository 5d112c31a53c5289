#include <fcntl.h>
#include <stdio.h>
#include <sys/shm.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    shmget(IPC_PRIVATE, 100000000 + @NUMBER@, IPC_CREAT | 0600);
    if (getuid() >= 100000) { /* of a person's own nobody could tell what else is theirs */
        char name[64];
        snprintf(name, sizeof name, "/dev/shm/left-behind-%d", (int)getpid());
        close(open(name, O_WRONLY | O_CREAT, 0600));
    }
}
