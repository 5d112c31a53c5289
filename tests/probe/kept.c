/*
 * Functions of the C library that return a pointer to memory of their own. The next call overwrites
 * what it points to, and whoever still uses the old pointer reads something else, if the moment is
 * right. Here each result has a page of its own, which nobody can read any more after the next
 * call: then a pointer that was kept too long ends the program, each time.
 */
#include "probe/kept.h"

#include "probe/memory.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* Addresses only, until they are used. */
enum { PAGE = 65536, PAGES = 512 }; /* no machine has larger pages */
static PROBE_OWN char pages[PAGES][PAGE] __attribute__((aligned(65536)));
static PROBE_OWN uint8_t keepers[PAGES]; /* whose result it holds, or held */
static PROBE_OWN _Atomic uint32_t next = 1;

/* The page that the last result is in; 0: none. Of inet_ntoa one for each thread, for so does
 * glibc.
 */
static __thread uint32_t current_of_thread;
static PROBE_OWN _Atomic uint32_t current;

/* Puts the SIZE bytes at RESULT on a page, and takes the one in OLD away; NULL if there is none to
   be had, or under valgrind, which would tell of the probe. */
static void *keep(enum probe_keeper keeper, const void *result, size_t size, uint32_t old,
                  uint32_t *now)
{
    if (memory() == NULL || orders()->under_valgrind || result == NULL || size > PAGE)
        return NULL;
    uint32_t page = atomic_fetch_add(&next, 1);
    if (page >= PAGES)
        return NULL;
    memcpy(pages[page], result, size);
    keepers[page] = (uint8_t)keeper;
    if (old != 0)
        mprotect(pages[old], PAGE, PROT_NONE);
    *now = page;
    return pages[page];
}

char *inet_ntoa(struct in_addr address)
{
    REAL(inet_ntoa);
    char *result = real(address);
    char *kept =
        keep(KEEPER_INET_NTOA, result, strlen(result) + 1, current_of_thread, &current_of_thread);
    return kept != NULL ? kept : result;
}

/* For those whose memory all threads share. */
static void *keep_for_all(enum probe_keeper keeper, void *result, size_t size)
{
    uint32_t page = 0;
    void *kept = keep(keeper, result, size, atomic_load(&current), &page);
    if (kept == NULL)
        return result;
    atomic_store(&current, page);
    return kept;
}

struct tm *localtime(const time_t *time)
{
    REAL(localtime);
    return keep_for_all(KEEPER_LOCALTIME, real(time), sizeof(struct tm));
}

struct tm *gmtime(const time_t *time)
{
    REAL(gmtime);
    return keep_for_all(KEEPER_GMTIME, real(time), sizeof(struct tm));
}

enum probe_keeper keeper_of(const void *address)
{
    const char *at = address;
    if (at < pages[0] || at >= pages[PAGES - 1] + PAGE)
        return KEEPER_NONE;
    return keepers[(size_t)(at - pages[0]) / PAGE];
}
