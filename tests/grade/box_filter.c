#include "grade/box_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __x86_64__
#define OURS AUDIT_ARCH_X86_64
#define MOST_CALLS 0x40000000 /* from here on they are those of the x32 ABI */
#elif defined __aarch64__
#define OURS AUDIT_ARCH_AARCH64
#define MOST_CALLS UINT32_MAX
#else
#define OURS 0 /* one whose calls nobody has looked at: no filter, and so no box */
#define MOST_CALLS UINT32_MAX
#endif

/* Keys and io_uring are not kept apart by namespaces (a ring's work is seen by no filter), the
   others look into the kernel or at its log. */
static const int refused[] = {
    SYS_add_key,           SYS_request_key, SYS_keyctl, SYS_io_uring_setup,  SYS_io_uring_enter,
    SYS_io_uring_register, SYS_bpf,         SYS_syslog, SYS_perf_event_open, SYS_userfaultfd,
    SYS_open_by_handle_at,
};
enum { REFUSED = sizeof refused / sizeof refused[0] };

/* Kinds of sockets: others (vsock(7) above all) reach past the network namespace. */
static const int families[] = {AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
enum { FAMILIES = sizeof families / sizeof families[0] };

struct program {
    struct sock_filter steps[32 + REFUSED + FAMILIES];
    size_t count;
};

static void add(struct program *program, struct sock_filter step)
{
    program->steps[program->count++] = step;
}

static void load(struct program *program, size_t offset)
{
    add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void answer(struct program *program, uint32_t action)
{
    add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* If what was loaded compares with VALUE, the next step; else the one after it. */
static void when(struct program *program, uint16_t comparison, uint32_t value)
{
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | comparison | BPF_K, value, 0, 1));
}

static void make(struct program *program)
{
    load(program, offsetof(struct seccomp_data, arch));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OURS, 1, 0));
    answer(program, SECCOMP_RET_ERRNO | ENOSYS);
    load(program, offsetof(struct seccomp_data, nr));
    when(program, BPF_JGE, MOST_CALLS);
    answer(program, SECCOMP_RET_ERRNO | ENOSYS);
    for (size_t i = 0; i < REFUSED; i++) {
        when(program, BPF_JEQ, (uint32_t)refused[i]);
        answer(program, SECCOMP_RET_ERRNO | ENOSYS);
    }
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0));
    answer(program, SECCOMP_RET_ALLOW);
    load(program, offsetof(struct seccomp_data, args[0])); /* its lower half: little-endian */
    for (size_t i = 0; i < FAMILIES; i++) {
        when(program, BPF_JEQ, (uint32_t)families[i]);
        answer(program, SECCOMP_RET_ALLOW);
    }
    answer(program, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
}

int box_filter_open(void)
{
    struct program program = {0};
    if (OURS == 0) {
        errno = ENOTSUP;
        return -1;
    }
    make(&program);
    size_t size = program.count * sizeof program.steps[0];
    int file = memfd_create("filter", MFD_CLOEXEC);
    if (file == -1)
        return -1;
    if (write(file, program.steps, size) != (ssize_t)size || lseek(file, 0, SEEK_SET) != 0) {
        close(file);
        return -1;
    }
    return file;
}
