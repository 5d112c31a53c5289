/*
 * The probe: a library preloaded into the program under test. Each function below stands before the
 * one of the C library with the same name: it writes the call into the shared memory (shared.h),
 * carries out the fault or gate that the test has set, and otherwise does exactly what the real one
 * does. The program itself is not changed.
 *
 * Calls that the C library makes within itself are not seen, so what programs let it do with their
 * sockets has its own functions too: stream.c (stdio), raw.c (system calls by number), checked.c
 * (_FORTIFY_SOURCE).
 */
#include "probe/crash.h"
#include "probe/memory.h"

#include <signal.h>
#include <sys/prctl.h>

__attribute__((constructor)) static void start(void)
{
    memory_open();
    crash_watch();
    memory_ready();
    if (orders() != NULL && orders()->stops != 0) {
        prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* without Yama there is no such option */
        raise(SIGSTOP);
    }
}
