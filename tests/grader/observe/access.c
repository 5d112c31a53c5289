#include "grader/observe/access.h"

#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
    uid_t user;
    bool needed; /* USER is another one, and the kernel would not let us look */
    int begun;
    int death; /* the signal that comes when the parent ends: the kernel forgets it at a change */
} access_state;

static struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

static bool get_capabilities(struct __user_cap_data_struct *ours)
{
    return syscall(SYS_capget, &header, ours) == 0;
}

void access_is_for(uid_t user)
{
    struct __user_cap_data_struct ours[_LINUX_CAPABILITY_U32S_3];
    access_state.user = user;
    access_state.needed =
        user != 0 && get_capabilities(ours) && !(ours[0].effective & 1U << CAP_SYS_PTRACE);
}

/* The capabilities stay in effect, or who has one of them more than we could not be looked into. */
void access_begin(void)
{
    struct __user_cap_data_struct ours[_LINUX_CAPABILITY_U32S_3];
    if (!access_state.needed || access_state.begun++ > 0)
        return;
    prctl(PR_GET_PDEATHSIG, &access_state.death, 0, 0, 0);
    bool known = get_capabilities(ours);
    setfsgid(access_state.user);
    setfsuid(access_state.user);
    if (known)
        syscall(SYS_capset, &header, ours);
}

void access_end(void)
{
    if (!access_state.needed || --access_state.begun > 0)
        return;
    setfsuid(geteuid());
    setfsgid(getegid());
    prctl(PR_SET_PDEATHSIG, access_state.death, 0, 0, 0);
}
