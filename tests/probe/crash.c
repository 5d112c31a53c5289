#include "probe/crash.h"

#include "probe/kept.h"
#include "probe/memory.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
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

static uintptr_t stack_pointer_of(const void *context)
{
    const ucontext_t *state = context;
#if defined __x86_64__
    return (uintptr_t)state->uc_mcontext.gregs[REG_RSP];
#elif defined __aarch64__
    return (uintptr_t)state->uc_mcontext.sp;
#else
    (void)state;
    return 0;
#endif
}

/* rt_sigprocmask(2) reads the mask before it looks at what to do with it: there is no such thing to
   do. */
static bool is_readable(uintptr_t address)
{
    int error = errno;
    bool readable =
        syscall(SYS_rt_sigprocmask, -1, address & ~7UL, NULL, 8) == -1 && errno != EFAULT;
    errno = error;
    return readable;
}

/* Where the stack of this thread begins, so to speak at its upper end. */
static __thread uintptr_t stack_begin;

/* A call, or a function with an array too large, has no memory where the stack goes on. A pointer
   gone wild is somewhere else, and so is a stack pointer that was overwritten. */
static bool is_stack_full(const void *context)
{
    enum { NEXT = 256 }; /* what a call puts below the stack pointer, and what a leaf uses there */
    const uintptr_t largest = 1UL << 30;
    uintptr_t at = stack_pointer_of(context);
    return at != 0 && at < stack_begin && stack_begin - at < largest &&
           (!is_readable(at) || !is_readable(at - NEXT));
}

/* SA_RESETHAND has put the default back already: when this returns, the faulting instruction runs
   again, or abort() goes on, and the program ends by the same signal. */
static void note_crash(int number, siginfo_t *info, void *context)
{
    struct probe_trace *shared = memory();
    shared->crash.stack_full = number == SIGSEGV && is_stack_full(context);
    shared->crash.tid = (int32_t)syscall(SYS_gettid);
    void *frames[PROBE_FRAMES];
    int count = backtrace(frames, PROBE_FRAMES);
    shared->crash.pid = (int32_t)getpid();
    shared->crash.keeper = number == SIGSEGV ? keeper_of(info->si_addr) : KEEPER_NONE;
    shared->crash.count = 0;
    /* Return addresses stand behind their call; the instruction that crashed stands where it is. */
    uintptr_t at = instruction_of(context);
    for (int i = 0; i < count; i++)
        shared->crash.frames[shared->crash.count++] =
            (uintptr_t)frames[i] - ((uintptr_t)frames[i] != at) - shared->base;
    atomic_store(&shared->crash.signal, (uint32_t)number);
}

enum { STACK = 32768 };

void crash_watch(void)
{
    /* The stack may be what is broken, so the handler has its own. */
    static _Alignas(16) char stack[STACK];
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    if (memory() == NULL || orders()->under_valgrind || sigaltstack(&own, NULL) == -1)
        return;
    void *first[1];
    backtrace(first, 1); /* loads the unwinder now: a crashed program must not */
    stack_begin = (uintptr_t)__builtin_frame_address(0);
    struct sigaction action = {.sa_sigaction = note_crash,
                               .sa_flags =
                                   (int)(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NODEFER)};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        sigaction(crashes[i], &action, NULL);
}

/* A stack for the handler, for each of the first threads. The others do without. */
struct spare {
    _Alignas(16) char stack[STACK];
    _Atomic uint32_t used;
};
static struct spare spares[128];

void *crash_watch_thread(void)
{
    if (memory() == NULL || orders()->under_valgrind)
        return NULL;
    stack_begin = (uintptr_t)__builtin_frame_address(0);
    for (size_t i = 0; i < sizeof spares / sizeof spares[0]; i++) {
        const stack_t own = {.ss_sp = spares[i].stack, .ss_size = STACK};
        if (atomic_exchange(&spares[i].used, 1) != 0)
            continue;
        if (sigaltstack(&own, NULL) == 0)
            return &spares[i];
        atomic_store(&spares[i].used, 0);
    }
    return NULL;
}

void crash_unwatch(void *watch)
{
    const stack_t none = {.ss_flags = SS_DISABLE};
    struct spare *spare = watch;
    if (spare == NULL)
        return;
    sigaltstack(&none, NULL);
    atomic_store(&spare->used, 0);
}
