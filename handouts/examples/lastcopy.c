/* End of file comes when the last copy of a descriptor is closed. A pipe, and a child that has
   copies of both its ends. */
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Says whether a read would return now: with data or with end of file. */
static void look(int fd, const char *when)
{
    struct pollfd reader = {.fd = fd, .events = POLLIN};
    int ready = poll(&reader, 1, 100); /* waits for 100 ms at most */
    printf("%s: %s\n", when, ready > 0 ? "end of file" : "a read would block");
}

int main(void)
{
    int ends[2]; /* ends[0] to read, ends[1] to write */
    if (pipe(ends) < 0) {
        perror("pipe");
        return 1;
    }
    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        close(ends[1]); /* the child's copy */
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    look(ends[0], "the child has closed its copy and ended");
    close(ends[1]); /* the parent's copy, the last one */
    look(ends[0], "the parent has closed its copy too");
    close(ends[0]);
    return 0;
}
