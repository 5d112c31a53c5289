#include <pthread.h>
#include <unistd.h>

static void *wait_for_ever(void *nothing)
{
    for (;;)
        pause();
    return nothing;
}

__attribute__((constructor)) static void attack(void)
{
    pthread_t thread;
    for (int i = 0; i < 2000 && pthread_create(&thread, NULL, wait_for_ever, NULL) == 0; i++)
        continue;
    wait_for_ever(NULL);
}
