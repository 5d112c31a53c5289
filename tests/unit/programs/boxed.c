/* Tells, a line each, what seccomp(2) leaves of the calls that lead out of a box: "vsock: Address
   family not supported by protocol". */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(const char *call, long result)
{
    printf("%s: %s\n", call, result == -1 ? strerror(errno) : "done");
}

int main(void)
{
    tell("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
    tell("inet", socket(AF_INET, SOCK_STREAM, 0) < 0 ? -1 : 0);
    tell("inet6", socket(AF_INET6, SOCK_STREAM, 0) < 0 ? -1 : 0);
    tell("keyctl", syscall(SYS_keyctl, 0, -3, 0)); /* KEYCTL_GET_KEYRING_ID of the session */
    tell("io_uring", syscall(SYS_io_uring_setup, 0, NULL));
    return 0;
}
