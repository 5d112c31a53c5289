/* Two threads count to a million each, in the same variable: count, or count -m with a mutex. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static long count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* protects count */

static void *add_a_million(void *with_lock)
{
    for (int i = 0; i < 1000000; i++) {
        if (with_lock != NULL)
            pthread_mutex_lock(&lock);
        count++; /* reads count, adds 1, writes count: three steps */
        if (with_lock != NULL)
            pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[2];
    bool with_lock = argc > 1 && strcmp(argv[1], "-m") == 0;
    for (int i = 0; i < 2; i++) {
        int error = pthread_create(&threads[i], NULL, add_a_million, with_lock ? &lock : NULL);
        if (error != 0) {
            fprintf(stderr, "pthread_create: %s\n", strerror(error));
            return 1;
        }
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL); /* waits until the thread has ended */
    printf("%ld\n", count);
    return 0;
}
