/* A thread waits in recv, and no byte will ever come. Another thread wakes it with shutdown. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *wait_for_bytes(void *argument)
{
    const int *conn = argument; /* main's variable; main joins this thread before it returns */
    char byte;
    ssize_t result = recv(*conn, &byte, 1, 0);
    printf("recv = %zd\n", result);
    return NULL;
}

int main(void)
{
    int ends[2];
    pthread_t thread;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) {
        perror("socketpair");
        return 1;
    }
    int error = pthread_create(&thread, NULL, wait_for_bytes, &ends[0]);
    if (error != 0) {
        fprintf(stderr, "pthread_create: %s\n", strerror(error));
        return 1;
    }
    shutdown(ends[0], SHUT_RDWR); /* the descriptor stays open: the thread still uses it */
    pthread_join(thread, NULL);   /* only now may anyone close it */
    printf("the thread has ended\n");
    close(ends[0]);
    close(ends[1]);
    return 0;
}
