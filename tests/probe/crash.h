/* Notes where a program crashes, before it does. */
#ifndef SOCKLADDER_PROBE_CRASH_H
#define SOCKLADDER_PROBE_CRASH_H

/* Installs handlers for the signals of a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) that
   write the call stack into the shared memory and let the signal end the program as it would have.
   Does so if the test wants it (under valgrind it does not: valgrind tells the same better).
   Called once, before main. */
void crash_watch(void);

#endif
