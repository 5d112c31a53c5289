/*
 * The sanitizer looks at the bytes that recv(2) has put somewhere, and those are seldom as many as
 * fit. Whether the program has promised more room than it has can be seen each time.
 */
#include "probe/room.h"

#include "probe/memory.h"

#include <dlfcn.h>
#include <pthread.h>

/* Of <sanitizer/asan_interface.h>: the first byte that is not the program's, or NULL; and what the
   sanitizer does about such a byte. */
static void *(*first_foreign)(void *, size_t);
static void (*report_write)(void *, size_t);

/* Only a program that is linked with the sanitizer has them. Looked up before there are threads. */
__attribute__((constructor)) static void look_up(void)
{
    first_foreign = (void *(*)(void *, size_t))dlsym(RTLD_DEFAULT, "__asan_region_is_poisoned");
    report_write = (void (*)(void *, size_t))dlsym(RTLD_DEFAULT, "__asan_report_store_n");
}

void room_must_be_there(void *buffer, size_t length)
{
    if (memory() == NULL || first_foreign == NULL || report_write == NULL)
        return;
    char *foreign = first_foreign(buffer, length);
    if (foreign != NULL)
        report_write(foreign, length - (size_t)(foreign - (char *)buffer));
}

/* The sanitizer puts distances between arrays: a stack that is just large enough for the program
   itself would overflow. */
int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
    enum { LEAST = 1 << 20 };
    REAL(pthread_attr_setstacksize);
    return real(attributes, first_foreign != NULL && size < LEAST ? LEAST : size);
}
