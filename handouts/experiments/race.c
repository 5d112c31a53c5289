/* race: two threads count in one variable, without and with a mutex */
#include "kernel.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

enum { TURNS = 1000 * 1000 };

/* volatile: each access is an instruction of its own, as the program says. It is no lock. */
static volatile int counter;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

/* counter++ is three things: read, add, write. Here the other thread comes between them for
   certain, because each waits for the other before it writes. */
static void *count_once_slowly(void *name)
{
    int read = counter;
    printf("  thread %s: reads %d\n", (const char *)name, read);
    pthread_barrier_wait(&both);
    counter = read + 1;
    printf("  thread %s: writes %d\n", (const char *)name, read + 1);
    return NULL;
}

static void *count(void *unused)
{
    (void)unused;
    for (int i = 0; i < TURNS; i++)
        counter++;
    return NULL;
}

static void *count_with_lock(void *unused)
{
    (void)unused;
    for (int i = 0; i < TURNS; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

/* Runs BODY in two threads. Returns what the counter is afterwards; *MS is how long it took. */
static int run_two(void *(*body)(void *), double *ms)
{
    static char names[2][2] = {"A", "B"};
    pthread_t threads[2];
    double start = now_ms();
    counter = 0;
    for (int i = 0; i < 2; i++)
        if ((errno = pthread_create(&threads[i], NULL, body, names[i])) != 0)
            fail("pthread_create");
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    *ms = now_ms() - start;
    return counter;
}

int main(void)
{
    double ms;
    if ((errno = pthread_barrier_init(&both, NULL, 2)) != 0)
        fail("pthread_barrier_init");
    puts("1. Each thread counts once. Both read before one of them writes.");
    printf("  counter: %d instead of 2\n\n", run_two(count_once_slowly, &ms));

    puts("2. Each thread counts to 1000000, without a lock.");
    int counted = run_two(count, &ms);
    printf("  counter: %d instead of %d: %d lost (%.0f ms)\n\n", counted, 2 * TURNS,
           2 * TURNS - counted, ms);

    puts("3. The same, with a mutex around counter++.");
    counted = run_two(count_with_lock, &ms);
    printf("  counter: %d, as it must be (%.0f ms)\n\n", counted, ms);

    puts("What part 2 loses is another number each time, and with one processor it may\n"
         "be 0. So a program with a data race can pass every test. helgrind finds it\n"
         "without luck: it looks at the order of the locks, not at the result.\n"
         "\n"
         "Try next: Run `make explore-race` three times. Then set TURNS to 1000 and run\n"
         "`valgrind --tool=helgrind build/explore/race`: which lines does it name?");
    pthread_barrier_destroy(&both);
    return 0;
}
