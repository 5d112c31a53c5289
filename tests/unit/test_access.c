/* Root without CAP_SYS_PTRACE, as in a container, looks into a program of another user's. */
#include "grader/observe/access.h"
#include "grader/observe/procfs.h"

#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { USER = 20001, SEEN = 0, NOT_SEEN = 1, SEEN_TOO_EARLY = 2, NO_CHILD = 3 };

static bool give_up_tracing(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct ours[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, ours) == -1)
        return false;
    ours[0].effective = ours[0].permitted &= ~(1U << CAP_SYS_PTRACE);
    return syscall(SYS_capset, &header, ours) == 0;
}

/* A process of USER's that waits to be killed; it may be looked into, as any that has been
   executed. It has said so when this returns. */
static pid_t start_program(void)
{
    int ready[2];
    char byte;
    if (pipe(ready) == -1)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        bool is_user = setresgid(USER, USER, USER) == 0 && setresuid(USER, USER, USER) == 0 &&
                       prctl(PR_SET_DUMPABLE, 1) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
        if (!is_user || write(ready[1], "!", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    bool is_ready = read(ready[0], &byte, 1) == 1;
    close(ready[0]);
    return is_ready ? child : -1;
}

static int look(pid_t program)
{
    if (procfs_has_descriptor(program, 0))
        return SEEN_TOO_EARLY;
    access_is_for(USER);
    return procfs_has_descriptor(program, 0) ? SEEN : NOT_SEEN;
}

/* In a process of its own: what it gives up is gone for good. */
static int look_without_capability(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!give_up_tracing())
        return NO_CHILD;
    pid_t program = start_program();
    if (program == -1)
        return NO_CHILD;
    int seen = look(program);
    kill(program, SIGKILL);
    waitpid(program, NULL, 0);
    int signal = 0;
    prctl(PR_GET_PDEATHSIG, &signal);
    return seen == SEEN && (geteuid() != 0 || signal != SIGKILL) ? NOT_SEEN : seen;
}

static void root_without_the_capability_sees_descriptors(void **state)
{
    int status;
    (void)state;
    if (geteuid() != 0)
        skip();
    pid_t child = fork();
    if (child == 0)
        _exit(look_without_capability());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SEEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_without_the_capability_sees_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
