/* Waits for the line "yes" until a deadline. No other line makes the wait longer: deadline 500 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time); /* a clock that is never set back */
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char line[100];
    if (argc != 2) {
        fprintf(stderr, "usage: deadline MILLISECONDS\n");
        return 2;
    }
    long long deadline = now_ms() + strtol(argv[1], NULL, 10); /* once, before the loop */
    for (long long left; (left = deadline - now_ms()) > 0;) {
        int ready = poll(&input, 1, (int)left); /* only for the time that is left */
        if (ready < 0 && errno != EINTR) {
            perror("poll");
            return 1;
        }
        if (ready <= 0)
            continue; /* a signal, or the time is up: the loop looks at the clock */
        ssize_t bytes = read(STDIN_FILENO, line, sizeof line);
        if (bytes == 4 && memcmp(line, "yes\n", 4) == 0) {
            printf("yes\n");
            return 0;
        }
        if (bytes > 0)
            printf("ignored: %.*s", (int)bytes, line);
        else
            input.fd = -1; /* no more input: poll ignores it, and only waits */
    }
    printf("time is up\n");
    return 1;
}
