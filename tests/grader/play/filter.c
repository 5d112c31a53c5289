#include "grader/play/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same on all machines; not all in the headers of older systems. */
enum {
    IO_URING_SETUP = 425,
    IO_URING_REGISTER = 427,
    CLONE3 = 435,
    OPENAT2 = 437,
    PIDFD_GETFD = 438,
    PROCESS_MADVISE = 440,
    PROCESS_MRELEASE = 448,
    FCHMODAT2 = 452,
    SETXATTRAT = 463,
    REMOVEXATTRAT = 466,
    FILE_SETATTR = 469,
};

/* Always, or if what MASK leaves of the argument is VALUE, or is not. */
enum condition { ALWAYS, EQUAL, UNEQUAL };

/* What becomes of system call NUMBER if argument WHICH, its lower half, meets the condition: it is
   refused with ERROR, or done if that is 0. The first rule that holds decides. */
struct rule {
    uint32_t number;
    int error;
    enum condition condition;
    uint32_t which;
    uint32_t mask;
    uint32_t value;
};

/* Versions of clang-format do not agree about these. */
/* clang-format off */
#define REFUSED(number) {number, EPERM, ALWAYS, 0, 0, 0}
#define ONLY_IF(number, which, value) {number, EPERM, UNEQUAL, which, UINT32_MAX, value}
#define NEVER_IF(number, which, mask, value) {number, EPERM, EQUAL, which, mask, value}
/* clang-format on */

enum {
    NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                 CLONE_NEWPID | CLONE_NEWNET,
    IOPRIO_WHO_PROCESS = 1, /* ioprio_set(2); no header of the C library has it */
};

static const struct rule rules[] = {
    /* Other processes, whose names are numbers: nobody needs more than itself, which is 0. */
    REFUSED(SYS_ptrace),
    REFUSED(SYS_process_vm_readv),
    REFUSED(SYS_process_vm_writev),
    REFUSED(SYS_kcmp),
    REFUSED(PIDFD_GETFD),
    REFUSED(PROCESS_MADVISE),
    REFUSED(PROCESS_MRELEASE),
    ONLY_IF(SYS_prlimit64, 0, 0),
    ONLY_IF(SYS_sched_setaffinity, 0, 0),
    ONLY_IF(SYS_sched_setscheduler, 0, 0),
    ONLY_IF(SYS_sched_setparam, 0, 0),
    ONLY_IF(SYS_sched_setattr, 0, 0),
    ONLY_IF(SYS_migrate_pages, 0, 0),
    ONLY_IF(SYS_move_pages, 0, 0),
    ONLY_IF(SYS_setpriority, 0, PRIO_PROCESS),
    ONLY_IF(SYS_setpriority, 1, 0),
    ONLY_IF(SYS_ioprio_set, 0, IOPRIO_WHO_PROCESS),
    ONLY_IF(SYS_ioprio_set, 1, 0),
    NEVER_IF(SYS_kill, 0, UINT32_MAX, UINT32_MAX), /* -1: all processes of the user */
    /* It would hide from the test, which looks at it through proc(5). */
    NEVER_IF(SYS_prctl, 0, UINT32_MAX, PR_SET_DUMPABLE),

    /* What landlock(7) does not know of files, or not on every kernel. */
    REFUSED(SYS_fchmod),
    REFUSED(SYS_fchmodat),
    REFUSED(FCHMODAT2),
    REFUSED(SYS_fchown),
    REFUSED(SYS_fchownat),
    REFUSED(SYS_utimensat),
    REFUSED(SYS_setxattr),
    REFUSED(SYS_lsetxattr),
    REFUSED(SYS_fsetxattr),
    REFUSED(SETXATTRAT),
    REFUSED(SYS_removexattr),
    REFUSED(SYS_lremovexattr),
    REFUSED(SYS_fremovexattr),
    REFUSED(REMOVEXATTRAT),
    REFUSED(FILE_SETATTR),
    REFUSED(SYS_truncate),
    REFUSED(SYS_open_by_handle_at),
    NEVER_IF(SYS_openat, 2, O_TRUNC | O_ACCMODE, O_TRUNC | O_RDONLY),
#ifdef SYS_open /* what only older machines have; newer ones make it of the calls above */
    REFUSED(SYS_chmod),
    REFUSED(SYS_chown),
    REFUSED(SYS_lchown),
    REFUSED(SYS_utime),
    REFUSED(SYS_utimes),
    REFUSED(SYS_futimesat),
    NEVER_IF(SYS_open, 1, O_TRUNC | O_ACCMODE, O_TRUNC | O_RDONLY),
#endif
    /* Their arguments are in memory, where no filter can look; the C library can do without. */
    {OPENAT2, ENOSYS, ALWAYS, 0, 0, 0},
    {CLONE3, ENOSYS, ALWAYS, 0, 0, 0},

    /* IPv4, IPv6, and what getaddrinfo(3) asks the kernel for its addresses with. Not unix(7): a
       socket with a name is a way to programs that are not confined. socketpair(2) has none. */
    {SYS_socket, 0, EQUAL, 0, UINT32_MAX, AF_INET},
    {SYS_socket, 0, EQUAL, 0, UINT32_MAX, AF_INET6},
    {SYS_socket, EAFNOSUPPORT, UNEQUAL, 0, UINT32_MAX, AF_NETLINK},
    {SYS_socket, EAFNOSUPPORT, UNEQUAL, 2, UINT32_MAX, 0},

    /* The kernel. */
    {SYS_clone, EPERM, UNEQUAL, 0, NAMESPACES, 0},
    REFUSED(SYS_unshare),
    REFUSED(SYS_setns),
    REFUSED(SYS_keyctl),
    REFUSED(SYS_add_key),
    REFUSED(SYS_request_key),
    REFUSED(SYS_bpf),
    REFUSED(SYS_perf_event_open),
    REFUSED(SYS_userfaultfd),
    REFUSED(IO_URING_SETUP),
    REFUSED(IO_URING_SETUP + 1),
    REFUSED(IO_URING_REGISTER),
};

enum { RULES = sizeof rules / sizeof rules[0], LONGEST_RULE = 6, FRAME = 6 };

#if defined __x86_64__
enum { OTHER_NUMBERS = 0x40000000 }; /* from here on: those of x32, the same calls once more */
static const uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined __aarch64__
enum { OTHER_NUMBERS = 0x40000000 }; /* it has none */
static const uint32_t architecture = AUDIT_ARCH_AARCH64;
#endif

#if defined __x86_64__ || defined __aarch64__
struct program {
    struct sock_filter code[RULES * LONGEST_RULE + FRAME];
    unsigned short length;
};

static void add(struct program *program, int code, uint32_t value, int if_true, int if_false)
{
    program->code[program->length++] = (struct sock_filter){
        .code = (uint16_t)code, .jt = (uint8_t)if_true, .jf = (uint8_t)if_false, .k = value};
}

static void load(struct program *program, size_t offset)
{
    add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void finish(struct program *program, int error)
{
    uint32_t action = error == 0 ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | (uint32_t)error;
    add(program, BPF_RET | BPF_K, action, 0, 0);
}

/* Before and after it, the number of the call is loaded. */
static void add_rule(struct program *program, const struct rule *rule)
{
    bool always = rule->condition == ALWAYS;
    bool equal = rule->condition == EQUAL;
    add(program, BPF_JMP | BPF_JEQ | BPF_K, rule->number, 0, always ? 1 : LONGEST_RULE - 1);
    if (!always) {
        load(program, offsetof(struct seccomp_data, args) + sizeof(uint64_t) * rule->which);
        add(program, BPF_ALU | BPF_AND | BPF_K, rule->mask, 0, 0);
        add(program, BPF_JMP | BPF_JEQ | BPF_K, rule->value, equal ? 0 : 1, equal ? 1 : 0);
    }
    finish(program, rule->error);
    if (!always)
        load(program, offsetof(struct seccomp_data, nr));
}

bool filter_install(void)
{
    struct program program = {.length = 0};
    load(&program, offsetof(struct seccomp_data, arch));
    add(&program, BPF_JMP | BPF_JEQ | BPF_K, architecture, 0, 2);
    load(&program, offsetof(struct seccomp_data, nr));
    add(&program, BPF_JMP | BPF_JGE | BPF_K, OTHER_NUMBERS, 0, 1);
    finish(&program, ENOSYS);
    for (size_t i = 0; i < RULES; i++)
        add_rule(&program, &rules[i]);
    finish(&program, 0);
    struct sock_fprog filter = {.len = program.length, .filter = program.code};
    /* A program that guesses at addresses guesses at its own only: it need not be slowed down. */
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) ==
               0;
}
#else
bool filter_install(void)
{
    errno = ENOSYS;
    return false;
}
#endif
