#include "probe/crash.h"

#include "probe/memory.h"

#include <execinfo.h>
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/* Where the program was when the signal came. */
static uintptr_t instruction_of(const void *context)
{
    const ucontext_t *state = context;
#if defined __x86_64__
    return (uintptr_t)state->uc_mcontext.gregs[REG_RIP];
#elif defined __aarch64__
    return (uintptr_t)state->uc_mcontext.pc;
#else
    (void)state;
    return 0;
#endif
}

/* SA_RESETHAND has put the default back already: when this returns, the faulting instruction runs
   again, or abort() goes on, and the program ends by the same signal. */
static void note_crash(int number, siginfo_t *info, void *context)
{
    (void)info;
    struct probe_trace *shared = memory();
    void *frames[PROBE_FRAMES];
    int count = backtrace(frames, PROBE_FRAMES);
    shared->crash.pid = (int32_t)getpid();
    shared->crash.count = 0;
    /* Return addresses stand behind their call; the instruction that crashed stands where it is. */
    uintptr_t at = instruction_of(context);
    for (int i = 0; i < count; i++)
        shared->crash.frames[shared->crash.count++] =
            (uintptr_t)frames[i] - ((uintptr_t)frames[i] != at) - shared->base;
    atomic_store(&shared->crash.signal, (uint32_t)number);
}

void crash_watch(void)
{
    /* The stack may be what is broken, so the handler has its own. */
    static _Alignas(16) char stack[65536];
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    if (memory() == NULL || orders()->under_valgrind || sigaltstack(&own, NULL) == -1)
        return;
    void *first[1];
    backtrace(first, 1); /* loads the unwinder now: a crashed program must not */
    struct sigaction action = {.sa_sigaction = note_crash,
                               .sa_flags =
                                   (int)(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NODEFER)};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        sigaction(crashes[i], &action, NULL);
}
