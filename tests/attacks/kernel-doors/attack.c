#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(const char *door, long result)
{
    if (result >= 0)
        dprintf(STDERR_FILENO, "door %s\n", door);
}

__attribute__((constructor)) static void attack(void)
{
    char parameters[256] = {0};
    tell("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
    tell("unix", socket(AF_UNIX, SOCK_STREAM, 0));
    tell("packet", socket(AF_PACKET, SOCK_DGRAM, 0));
    tell("io_uring", syscall(425, 4, parameters));
    tell("keyctl", syscall(SYS_keyctl, 0, -3, 1));
    tell("bpf", syscall(SYS_bpf, 0, parameters, 64));
    tell("userfaultfd", syscall(SYS_userfaultfd, 1));
    tell("user namespace", unshare(CLONE_NEWUSER));
    dprintf(STDERR_FILENO, "tried them all\n");
    _exit(1);
}
