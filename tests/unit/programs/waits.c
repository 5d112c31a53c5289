/* A program of test_waits.c: waits.c WHAT does one thing, and says where it does it. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;

/* The line of the call that stands behind it. */
#define HERE() (printf("at %d\n", __LINE__), fflush(stdout))

static void wait_for_go(void)
{
    char byte;
    if (read(0, &byte, 1) == -1)
        perror("read");
}

static void *wait_for_condition(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&mutex);
    HERE(), pthread_cond_wait(&condition, &mutex);
    puts("woken");
    fflush(stdout);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void in_condition(void)
{
    pthread_t thread;
    wait_for_go();
    pthread_create(&thread, NULL, wait_for_condition, NULL);
    wait_for_go();
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    wait_for_go();
    pthread_mutex_lock(&mutex); /* who is held at a gate does not have it */
    puts("free");
    fflush(stdout);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
}

static void in_semaphore(void)
{
    sem_init(&semaphore, 0, 1);
    sem_wait(&semaphore); /* passes */
    HERE(), sem_wait(&semaphore);
}

static void in_rwlock(void)
{
    pthread_rwlock_rdlock(&rwlock); /* passes */
    HERE(), pthread_rwlock_wrlock(&rwlock);
}

static void in_barrier(void)
{
    pthread_barrier_init(&barrier, NULL, 2);
    HERE(), pthread_barrier_wait(&barrier);
}

static void in_pause(void)
{
    HERE(), pause();
}

static void in_sigsuspend(void)
{
    sigset_t none;
    sigemptyset(&none);
    HERE(), sigsuspend(&none);
}

static void init_again(void)
{
    pthread_mutex_lock(&mutex);
    HERE(), pthread_mutex_init(&mutex, NULL);
}

static void no_memory(void)
{
    wait_for_go();
    errno = 0;
    void *first = malloc(10);
    printf("malloc %s %d\n", first != NULL ? "well" : "NULL", errno == ENOMEM);
    void *second = calloc(1, 10);
    printf("calloc %s %d\n", second != NULL ? "well" : "NULL", errno == ENOMEM);
    void *third = realloc(NULL, 10);
    printf("realloc %s\n", third != NULL ? "well" : "NULL");
    char *copy = strdup("of the C library");
    printf("strdup %s\n", copy != NULL ? "well" : "NULL");
    free(first);
    free(second);
    free(third);
    free(copy);
}

/* ---- crashes ---- */

static void use(volatile char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i += 1000)
        bytes[i] = 1;
}

__attribute__((noinline)) static int recurse(int depth)
{
    volatile char bytes[1000];
    use(bytes, sizeof bytes);
    return depth == INT_MAX ? 0 : recurse(depth + 1) + bytes[0];
}

__attribute__((noinline)) static void too_large(void)
{
    volatile char bytes[64 << 20];
    use(bytes, sizeof bytes);
}

static void *recurse_in_thread(void *argument)
{
    (void)argument;
    printf("%d\n", recurse(0));
    return NULL;
}

static void *too_large_in_thread(void *argument)
{
    (void)argument;
    too_large();
    return NULL;
}

static void *do_nothing(void *argument)
{
    return argument;
}

static void in_thread(void *(*body)(void *))
{
    pthread_t thread;
    for (int i = 0; i < 300; i++) { /* more than there are spare stacks, one after another */
        pthread_create(&thread, NULL, do_nothing, NULL);
        pthread_join(thread, NULL);
    }
    pthread_create(&thread, NULL, body, NULL);
    pthread_join(thread, NULL);
}

static void wild(void)
{
    *(volatile char *)8 = 1;
}

__attribute__((noinline)) static void smash(volatile char *bytes)
{
    for (size_t i = 0; i < 400; i++)
        bytes[i] = 'x';
}

__attribute__((noinline)) static void overwrite(void)
{
    volatile char bytes[8];
    smash(bytes);
}

static void beyond(void)
{
    volatile char bytes[8];
    use(bytes, SIZE_MAX); /* up, beyond where the stack begins */
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    static const struct {
        const char *name;
        void (*act)(void);
    } acts[] = {{"condition", in_condition}, {"semaphore", in_semaphore},
                {"rwlock", in_rwlock},       {"barrier", in_barrier},
                {"pause", in_pause},         {"sigsuspend", in_sigsuspend},
                {"init", init_again},        {"memory", no_memory},
                {"large", too_large},        {"wild", wild},
                {"overwritten", overwrite},  {"beyond", beyond}};
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (strcmp(acts[i].name, what) == 0)
            acts[i].act();
    if (strcmp(what, "recursion") == 0)
        printf("%d\n", recurse(0));
    if (strcmp(what, "recursion in a thread") == 0)
        in_thread(recurse_in_thread);
    if (strcmp(what, "large in a thread") == 0)
        in_thread(too_large_in_thread);
    return 0;
}
