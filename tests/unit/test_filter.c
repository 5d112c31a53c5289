/* Which system calls fail behind the filter, and which do not: grader/play/filter.h. */
#include "grader/play/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

static char place[] = "/tmp/filter.XXXXXX";

static int make_place(void **state)
{
    (void)state;
    snprintf(place, sizeof place, "/tmp/filter.XXXXXX");
    int fd = mkdtemp(place) == NULL || chdir(place) == -1
                 ? -1
                 : open("file", O_WRONLY | O_CREAT | O_EXCL, 0600);
    return fd == -1 || close(fd) == -1 ? -1 : 0;
}

static int remove_place(void **state)
{
    (void)state;
    unlink("file");
    return chdir("/") == 0 ? rmdir(place) : -1;
}

/* The errno of DEED in a process of its own; 0 if it succeeds. */
static int errno_of(int (*deed)(void), bool filtered)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(filtered && !filter_install() ? 255 : deed() == -1 ? errno : 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

struct deed {
    const char *name;
    int (*run)(void);
    int error; /* behind the filter */
};

/* Each works, or fails in another way, unless it is filtered: not every kernel has them all. */
static void assert_all_are_stopped(const struct deed *deeds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int before = errno_of(deeds[i].run, false);
        int after = errno_of(deeds[i].run, true);
        if (before == deeds[i].error && before != ENOSYS)
            print_message("%s: not to be seen here, it fails anyway\n", deeds[i].name);
        if (after != deeds[i].error)
            fail_msg("%s: errno %d, not %d", deeds[i].name, after, deeds[i].error);
    }
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- other processes ---- */

static int trace_a_child(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1 ? errno : 0);
    int status;
    errno = waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : ECHILD;
    return errno == 0 ? 0 : -1;
}

static int limit_the_parent(void)
{
    struct rlimit64 limit;
    return (int)syscall(SYS_prlimit64, getppid(), RLIMIT_NOFILE, NULL, &limit);
}

static int bind_the_parent(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == -1
               ? -1
               : sched_setaffinity(getppid(), sizeof set, &set);
}

static int schedule_the_parent(void)
{
    struct sched_param none = {0};
    return sched_setscheduler(getppid(), SCHED_OTHER, &none);
}

static int be_nice_to_the_parent(void)
{
    return setpriority(PRIO_PROCESS, (id_t)getppid(), getpriority(PRIO_PROCESS, (id_t)getppid()));
}

static int be_nice_to_the_user(void)
{
    return setpriority(PRIO_USER, 1999999999, 19); /* one who has no process */
}

static int read_the_parent(void)
{
    char byte;
    struct iovec here = {&byte, 1};
    struct iovec there = {&place[0], 1};
    return (int)syscall(SYS_process_vm_readv, getppid(), &here, 1, &there, 1, 0);
}

static int hide(void)
{
    return (int)syscall(SYS_prctl, 4, 0, 0, 0, 0);
}

static void test_other_processes_are_out_of_reach(void **state)
{
    (void)state;
    static const struct deed deeds[] = {
        {"ptrace", trace_a_child, EPERM},
        {"prlimit", limit_the_parent, EPERM},
        {"sched_setaffinity", bind_the_parent, EPERM},
        {"sched_setscheduler", schedule_the_parent, EPERM},
        {"setpriority", be_nice_to_the_parent, EPERM},
        {"PRIO_USER", be_nice_to_the_user, EPERM},
        {"process_vm_readv", read_the_parent, EPERM},
        {"PR_SET_DUMPABLE", hide, EPERM},
    };
    assert_all_are_stopped(deeds, COUNT(deeds));
}

/* Sent as a user who has no other process, in case that it is not stopped. */
static int signal_everybody(void)
{
    if (geteuid() == 0 && setresuid(1999999999, 1999999999, 1999999999) == -1)
        return -1;
    return kill(-1, 0);
}

static void test_no_signal_goes_to_everybody(void **state)
{
    (void)state;
    assert_int_not_equal(errno_of(signal_everybody, false), EPERM);
    assert_int_equal(errno_of(signal_everybody, true), EPERM);
}

/* ---- files ---- */

static int change_mode(void)
{
    return chmod("file", 0644);
}

static int change_mode_of_open(void)
{
    return fchmod(open("file", O_RDONLY), 0644);
}

static int change_owner(void)
{
    return chown("file", getuid(), getgid());
}

static int change_times(void)
{
    return utimes("file", NULL);
}

static int change_times_of_open(void)
{
    return futimens(open("file", O_RDONLY), NULL);
}

static int set_attribute(void)
{
    return setxattr("file", "user.name", "", 0, 0);
}

static int cut_by_name(void)
{
    return truncate("file", 0);
}

static int cut_by_reading(void)
{
    return open("file", O_RDONLY | O_TRUNC);
}

static int open_in_the_second_way(void)
{
    struct {
        uint64_t flags, mode, resolve;
    } how = {O_RDONLY, 0, 0};
    return (int)syscall(437, AT_FDCWD, "file", &how, sizeof how);
}

static void test_files_keep_their_modes_and_times(void **state)
{
    (void)state;
    static const struct deed deeds[] = {
        {"chmod", change_mode, EPERM},
        {"fchmod", change_mode_of_open, EPERM},
        {"chown", change_owner, EPERM},
        {"utimes", change_times, EPERM},
        {"futimens", change_times_of_open, EPERM},
        {"setxattr", set_attribute, EPERM},
        {"truncate", cut_by_name, EPERM},
        {"O_TRUNC", cut_by_reading, EPERM},
        {"openat2", open_in_the_second_way, ENOSYS},
    };
    assert_all_are_stopped(deeds, COUNT(deeds));
}

/* ---- sockets ---- */

static int unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int vsock(void)
{
    return socket(AF_VSOCK, SOCK_STREAM, 0);
}

static int kernel_cryptography(void)
{
    return socket(AF_ALG, SOCK_SEQPACKET, 0);
}

static int ask_about_sockets(void)
{
    return socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
}

static void test_sockets_are_those_of_the_internet(void **state)
{
    (void)state;
    static const struct deed deeds[] = {
        {"AF_UNIX", unix_socket, EAFNOSUPPORT},
        {"AF_VSOCK", vsock, EAFNOSUPPORT},
        {"AF_ALG", kernel_cryptography, EAFNOSUPPORT},
        {"NETLINK_SOCK_DIAG", ask_about_sockets, EAFNOSUPPORT},
    };
    assert_all_are_stopped(deeds, COUNT(deeds));
}

/* ---- the kernel ---- */

static int own_namespaces(void)
{
    return unshare(CLONE_NEWUSER);
}

static int child_in_namespaces(void)
{
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        _exit(0);
    return pid == -1 ? -1 : waitpid((pid_t)pid, NULL, 0) == pid ? 0 : -1;
}

static int add_a_key(void)
{
    return (int)syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1) == -1 ? -1
                                                                                              : 0;
}

static int make_a_ring(void)
{
    char parameters[120] = {0};
    return (int)syscall(425, 1, parameters);
}

static int count_events(void)
{
    return (int)syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0);
}

static int load_a_program(void)
{
    return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static void test_doors_to_the_kernel_are_shut(void **state)
{
    (void)state;
    static const struct deed deeds[] = {
        {"unshare", own_namespaces, EPERM},
        {"clone", child_in_namespaces, EPERM},
        {"keyctl", add_a_key, EPERM},
        {"io_uring_setup", make_a_ring, EPERM},
        {"perf_event_open", count_events, EPERM},
        {"bpf", load_a_program, EPERM},
    };
    assert_all_are_stopped(deeds, COUNT(deeds));
}

#ifdef __x86_64__
static int ask_as_x32(void)
{
    return (int)syscall(0x40000000 + SYS_getpid) == -1 ? -1 : 0;
}

/* int 0x80: the numbers of 32 bits, among which 26 is ptrace. */
static int trace_as_i386(void)
{
    int result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(26), "b"(0), "c"(0) : "memory");
    errno = -result;
    return result < 0 ? -1 : 0;
}

static void test_other_numbers_are_no_way_around(void **state)
{
    (void)state;
    assert_int_equal(errno_of(ask_as_x32, true), ENOSYS);
    assert_int_equal(errno_of(trace_as_i386, true), ENOSYS);
}
#endif

/* ---- what stays ---- */

static void *touch(void *argument)
{
    *(int *)argument = 1;
    return NULL;
}

static int use_a_thread(void)
{
    pthread_t thread;
    int touched = 0;
    errno = pthread_create(&thread, NULL, touch, &touched);
    if (errno == 0)
        errno = pthread_join(thread, NULL);
    return errno == 0 && touched ? 0 : -1;
}

static int look_up(void)
{
    struct addrinfo *found;
    struct addrinfo hints = {.ai_flags = AI_ADDRCONFIG, .ai_socktype = SOCK_STREAM};
    if (getaddrinfo("localhost", "80", &hints, &found) != 0)
        return -1;
    freeaddrinfo(found);
    return 0;
}

static int run_a_command(void)
{
    char word[8] = "";
    FILE *command = popen("echo word | cat", "r"); // NOLINT(bugprone-command-processor)
    if (command == NULL || fgets(word, sizeof word, command) == NULL)
        return -1;
    return pclose(command) == 0 && strcmp(word, "word\n") == 0 ? 0 : -1;
}

static int limit_itself(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == -1 ? -1 : setrlimit(RLIMIT_NOFILE, &limit);
}

static int signal_its_group(void)
{
    return setpgid(0, 0) == -1 ? -1 : kill(0, 0);
}

static int make_pair(void)
{
    int pair[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static int rewrite(void)
{
    int fd = open("file", O_WRONLY | O_TRUNC);
    return fd == -1 ? -1 : ftruncate(fd, 0);
}

static int use_temporary_file(void)
{
    FILE *file = tmpfile();
    return file == NULL ? -1 : fclose(file);
}

static int lower_itself(void)
{
    return setpriority(PRIO_PROCESS, 0, 19);
}

static void test_what_programs_need_stays(void **state)
{
    (void)state;
    static const struct deed deeds[] = {
        {"pthread_create", use_a_thread, 0}, {"getaddrinfo", look_up, 0},
        {"popen", run_a_command, 0},         {"setrlimit", limit_itself, 0},
        {"kill", signal_its_group, 0},       {"socketpair", make_pair, 0},
        {"ftruncate", rewrite, 0},           {"tmpfile", use_temporary_file, 0},
        {"setpriority", lower_itself, 0},
    };
    for (size_t i = 0; i < COUNT(deeds); i++)
        if (errno_of(deeds[i].run, true) != 0)
            fail_msg("%s: errno %d", deeds[i].name, errno_of(deeds[i].run, true));
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_other_processes_are_out_of_reach),
        IN_PLACE(test_no_signal_goes_to_everybody),
        IN_PLACE(test_files_keep_their_modes_and_times),
        IN_PLACE(test_sockets_are_those_of_the_internet),
        IN_PLACE(test_doors_to_the_kernel_are_shut),
#ifdef __x86_64__
        IN_PLACE(test_other_numbers_are_no_way_around),
#endif
        IN_PLACE(test_what_programs_need_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
