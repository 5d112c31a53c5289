/*
 * Threads that share badly, `races WHAT`, for the tests of grader/observe/helgrind.h. Each mistake
 * is made by two threads one after the other: helgrind finds it all the same, and nothing is left
 * to luck.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct room {
    pthread_mutex_t lock;
    int count;
    char text[16];
};

static struct room *room;
static int total;
static FILE *zeros;
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t two = PTHREAD_MUTEX_INITIALIZER;
static int turns[2]; /* a socket, so that helgrind sees no order in who writes and who reads */

/* Runs FIRST in a thread, and after it, but not ordered by any lock, SECOND in another. */
static void (*first)(void);
static void (*second)(void);

static void *run_first(void *unused)
{
    first();
    send(turns[0], "x", 1, 0);
    return unused;
}

static void *run_second(void *unused)
{
    char byte;
    recv(turns[1], &byte, 1, 0);
    second();
    return unused;
}

static void run_both(void (*former)(void), void (*latter)(void))
{
    pthread_t threads[2];
    first = former;
    second = latter;
    pthread_create(&threads[0], NULL, run_first, NULL);
    pthread_create(&threads[1], NULL, run_second, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}

static void count(void)
{
    total++;
}

static void count_members(void)
{
    room->count++;
}

static void count_under_lock(void)
{
    pthread_mutex_lock(&room->lock);
    room->count++;
    pthread_mutex_unlock(&room->lock);
}

static void copy(void)
{
    static char text[16] = "hello";
    volatile size_t length = 6;
    memcpy(room->text, text, length);
}

static void look(void)
{
    volatile char *text = room->text;
    if (text[0] == 'x')
        abort();
}

/* A FILE has a lock of its own. */
static void read_zeros(void)
{
    char text[16];
    if (fgets(text, sizeof text, zeros) == NULL)
        abort();
}

static void lock_one_then_two(void)
{
    pthread_mutex_lock(&one);
    pthread_mutex_lock(&two);
    pthread_mutex_unlock(&two);
    pthread_mutex_unlock(&one);
}

static void lock_two_then_one(void)
{
    pthread_mutex_lock(&two);
    pthread_mutex_lock(&one);
    pthread_mutex_unlock(&one);
    pthread_mutex_unlock(&two);
}

static void lock_only(void)
{
    pthread_mutex_lock(&room->lock);
}

static void unlock_only(void)
{
    pthread_mutex_unlock(&room->lock);
}

static void *wait_for_one(void *unused)
{
    lock_one_then_two();
    return unused;
}

static void join_after_detach(void)
{
    pthread_t thread;
    pthread_mutex_lock(&one); /* it is there as long as it is asked for */
    pthread_create(&thread, NULL, wait_for_one, NULL);
    pthread_detach(thread);
    pthread_join(thread, NULL);
    pthread_mutex_unlock(&one);
}

static void *lock_and_end(void *unused)
{
    lock_only();
    return unused;
}

static void hold_at_the_end(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, lock_and_end, NULL);
    pthread_join(thread, NULL);
}

static void free_block(void)
{
    free(room);
}

static void destroy_locked(void)
{
    pthread_mutex_lock(&room->lock);
    pthread_mutex_destroy(&room->lock);
}

static void run(const char *what)
{
    if (strcmp(what, "global") == 0)
        run_both(count, count);
    else if (strcmp(what, "block") == 0)
        run_both(count_members, count_under_lock);
    else if (strcmp(what, "memcpy") == 0)
        run_both(copy, look);
    else if (strcmp(what, "stdio") == 0)
        run_both(read_zeros, read_zeros);
    else if (strcmp(what, "order") == 0)
        run_both(lock_one_then_two, lock_two_then_one);
    else if (strcmp(what, "unlock") == 0)
        unlock_only();
    else if (strcmp(what, "others") == 0)
        run_both(lock_only, unlock_only);
    else if (strcmp(what, "frees") == 0)
        run_both(look, free_block);
    else if (strcmp(what, "holds") == 0)
        hold_at_the_end();
    else if (strcmp(what, "destroy") == 0)
        destroy_locked();
    else if (strcmp(what, "joins") == 0)
        join_after_detach();
    else
        run_both(count_under_lock, count_under_lock);
}

int main(int argc, char **argv)
{
    room = calloc(1, sizeof *room);
    if (argc != 2 || room == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, turns) == -1)
        return 2;
    zeros = fopen("/dev/zero", "r");
    if (zeros == NULL)
        return 2;
    pthread_mutex_init(&room->lock, NULL);
    run(argv[1]);
    return 0;
}
