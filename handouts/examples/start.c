/* Three threads, each with an argument of its own. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct order {
    int table;
    const char *dish;
};

/* Runs in the new thread. ARGUMENT is this thread's own: no other thread has the pointer. */
static void *cook(void *argument)
{
    struct order *order = argument;
    printf("table %d: %s\n", order->table, order->dish);
    free(order);
    return NULL; /* the thread ends */
}

static void take_order(int table, const char *dish)
{
    pthread_t thread;
    struct order *order = malloc(sizeof *order);
    if (order == NULL) {
        perror("malloc");
        exit(1);
    }
    *order = (struct order){.table = table, .dish = dish};
    int error = pthread_create(&thread, NULL, cook, order);
    if (error != 0) { /* it returns the error; it does not set errno */
        fprintf(stderr, "pthread_create: %s\n", strerror(error));
        exit(1);
    }
    pthread_detach(thread); /* its stack is freed when it ends; no one joins it */
}

int main(void)
{
    take_order(4, "soup");
    take_order(7, "rice");
    take_order(9, "tea");
    pthread_exit(NULL); /* main's thread ends, the process goes on until the last one has ended */
}
