/* Notes where a program crashes, before it does. */
#ifndef SOCKLADDER_PROBE_CRASH_H
#define SOCKLADDER_PROBE_CRASH_H

/* Installs handlers for the signals of a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) that
   write the call stack into the shared memory and let the signal end the program as it would have.
   Does so if the test wants it (under valgrind it does not: valgrind tells the same better).
   Called once, before main. */
void crash_watch(void);

/* The same for a thread whose function is about to begin: a handler needs a stack although that of
   the thread may be full. Returns what crash_unwatch() takes when the thread ends. */
void *crash_watch_thread(void);
void crash_unwatch(void *watch);

#endif
