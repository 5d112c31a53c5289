/* What a program under test cannot reach: grader/play/sandbox.h. */
#include "fixture.h"

#include "grader/base/settings.h"
#include "grader/play/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <linux/capability.h>
#include <locale.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch[] = "/tmp/sandbox.XXXXXX";
static const char outside[] = "/sandbox.outside"; /* for root; others may not write there anyway */

static int make_scratch(void **state)
{
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/sandbox.XXXXXX");
    return mkdtemp(scratch) == NULL ? -1 : 0;
}

static int remove_scratch(void **state)
{
    (void)state;
    sandbox_clean_up(getpid(), scratch);
    return access(scratch, F_OK) == 0 ? -1 : 0;
}

/* Does DEED, confined to the scratch directory, in a process of its own; its exit status. */
static int confined(int (*deed)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        static char self[4096];
        settings.tasks = 64;
        settings.probe = self;
        if (readlink("/proc/self/exe", self, sizeof self - 1) > 0)
            sandbox_user(self);
        _exit(chdir(scratch) == 0 && sandbox_enter(0, false) ? deed() : 99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The version of landlock(7), or -1. */
static long landlock(void)
{
    return syscall(444, NULL, 0, 1);
}

static int error_of(int result)
{
    return result == -1 ? errno : 0;
}

static int write_inside(void)
{
    return error_of(open("a file", O_WRONLY | O_CREAT, 0600));
}

static int write_outside(void)
{
    return error_of(open(outside, O_WRONLY | O_CREAT, 0600));
}

static int signal_the_parent(void)
{
    return error_of(kill(getppid(), 0));
}

static int signal_itself(void)
{
    return error_of(kill(getpid(), 0));
}

/* What a program of a lab may need of the system. */

static int use_temporary_files(void)
{
    char name[] = "/tmp/XXXXXX";
    FILE *file = tmpfile();
    int named = mkstemp(name);
    return error_of(file == NULL || fclose(file) == EOF || named == -1 ? -1 : unlink(name));
}

static int use_named_semaphores(void)
{
    char name[32];
    snprintf(name, sizeof name, "/sandbox.%d", getpid());
    sem_t *semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    if (semaphore == SEM_FAILED)
        return errno;
    return error_of(sem_wait(semaphore) == -1 ? -1 : sem_unlink(name));
}

static int look_up_names(void)
{
    struct addrinfo *host;
    struct addrinfo *service;
    const struct addrinfo hints = {.ai_flags = AI_ADDRCONFIG, .ai_socktype = SOCK_STREAM};
    int error = getaddrinfo("localhost", "80", &hints, &host);
    if (error == 0 && access("/etc/services", F_OK) == 0)
        error = getaddrinfo(NULL, "http", NULL, &service);
    return error;
}

static int run_commands(void)
{
    FILE *command =
        popen("cat /proc/self/status | wc -l", "r"); // NOLINT(bugprone-command-processor)
    int lines = 0;
    bool read = command != NULL && fscanf(command, "%d", &lines) == 1; // NOLINT(cert-err34-c)
    return read && pclose(command) == 0 && lines > 10 ? 0 : 1;
}

static int convert_characters(void)
{
    iconv_t from_latin = iconv_open("UTF-8", "ISO-8859-15");
    return from_latin == (iconv_t)-1 || setlocale(LC_ALL, "C.UTF-8") == NULL ? 1 : 0;
}

static int read_its_own(void)
{
    int fds[] = {open("/proc/self/exe", O_RDONLY), open("/proc/self/fd", O_RDONLY),
                 open("/proc/sys/net/core/somaxconn", O_RDONLY), open("/dev/urandom", O_RDONLY)};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] == -1)
            return errno;
    return sysconf(_SC_NPROCESSORS_ONLN) > 0 ? 0 : 1;
}

static void *wait_for_word(void *argument)
{
    return read(*(int *)argument, &(char){0}, 1) == 1 ? NULL : argument;
}

static int name_a_thread(void)
{
    int ends[2];
    pthread_t thread;
    if (pipe(ends) == -1 || pthread_create(&thread, NULL, wait_for_word, &ends[0]) != 0)
        return 1;
    int error = pthread_setname_np(thread, "a client");
    return write(ends[1], "", 1) == 1 && pthread_join(thread, NULL) == 0 ? error : 1;
}

static int run_itself_again(void)
{
    execl("/proc/self/exe", "test", "ends at once", NULL);
    return errno;
}

static int open_a_device(void)
{
    return error_of(open("/dev/null", O_WRONLY));
}

static void test_files_are_changed_in_one_place_only(void **state)
{
    (void)state;
    if (landlock() < 1)
        skip();
    assert_int_equal(confined(write_inside), 0);
    assert_int_equal(confined(write_outside), EACCES);
    assert_int_equal(access(outside, F_OK), -1);
}

static char secret[4200]; /* in a folder beside the program's */

static int read_beside(void)
{
    return error_of(open(secret, O_RDONLY));
}

static int run_beside(void)
{
    execl(secret, secret, NULL);
    return errno;
}

static int list_beside(void)
{
    return error_of(open(secret, O_RDONLY | O_DIRECTORY));
}

/* Everybody may read and run what is there, so it is not modes that keep a program from it. */
static void test_only_the_systems_and_their_own_is_read(void **state)
{
    (void)state;
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (landlock() < 1)
        skip();
    assert_true(length > 0);
    self[length] = '\0';
    *strrchr(self, '/') = '\0';
    snprintf(secret, sizeof secret, "%s/programs/acts", self); /* another of the kit's */
    assert_int_equal(access(secret, R_OK | X_OK), 0);
    assert_int_equal(confined(read_beside), EACCES);
    assert_int_equal(confined(run_beside), EACCES);
    snprintf(secret, sizeof secret, "%s", self);
    assert_int_equal(confined(list_beside), EACCES);
}

static int change_a_mode(void)
{
    return error_of(chmod("/proc/self/exe", 0755));
}

static int trace_the_parent(void)
{
    return error_of((int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static void test_system_calls_are_filtered(void **state)
{
    (void)state;
    assert_int_equal(confined(change_a_mode), EPERM);
    assert_int_equal(confined(trace_the_parent), EPERM);
}

static int goes_first(void)
{
    char words[16] = "";
    int fd = open("/proc/self/oom_score_adj", O_RDONLY);
    return read(fd, words, sizeof words - 1) > 0 && strcmp(words, "1000\n") == 0 ? 0 : 1;
}

static void test_the_kernel_ends_programs_first(void **state)
{
    (void)state;
    assert_int_equal(goes_first(), 1);
    assert_int_equal(confined(goes_first), 0);
}

/* A child of the test's that is confined, and then blocks for ever: does it outlive the test? */
static void test_programs_do_not_outlive_their_test(void **state)
{
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        settings.probe = "/bin/cat"; /* any file */
        pid_t program = fork();
        if (program == 0 && chdir(scratch) == 0 && sandbox_enter(sandbox_user("/bin/cat"), false) &&
            write(ends[1], "", 1) == 1)
            pause();
        _exit(program == -1 || pause());
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(read(ends[0], &byte, 1), 0); /* nobody holds the other end any more */
    close(ends[0]);
}

static void test_what_harms_nobody_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(confined(use_temporary_files), 0);
    assert_int_equal(confined(use_named_semaphores), 0);
    assert_int_equal(confined(look_up_names), 0);
    assert_int_equal(confined(run_commands), 0);
    assert_int_equal(confined(convert_characters), 0);
    assert_int_equal(confined(read_its_own), 0);
    assert_int_equal(confined(name_a_thread), 0);
    assert_int_equal(confined(run_itself_again), 0);
    assert_int_equal(confined(open_a_device), 0);
    assert_int_equal(confined(signal_itself), 0);
}

static void test_signals_reach_nobody_else(void **state)
{
    (void)state;
    if (landlock() < 6)
        skip();
    assert_int_equal(kill(getppid(), 0), 0);
    assert_int_equal(confined(signal_the_parent), EPERM);
}

static int core_files(void)
{
    struct rlimit core;
    return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? 0 : 1;
}

static int tasks_over_the_limit(void)
{
    struct rlimit tasks;
    return getrlimit(RLIMIT_NPROC, &tasks) == 0 && tasks.rlim_max <= 4096 ? 0 : 1;
}

static void test_there_are_limits(void **state)
{
    (void)state;
    assert_int_equal(confined(core_files), 0);
    assert_int_equal(confined(tasks_over_the_limit), 0);
}

static int lock_folders(void)
{
    mkdir("folder", 0700);
    close(open("folder/file", O_WRONLY | O_CREAT, 0));
    return error_of(mkdir("folder/locked", 0));
}

/* remove_scratch() looks whether it is. */
static void test_locked_folders_are_removed(void **state)
{
    (void)state;
    assert_int_equal(confined(lock_folders), 0);
}

/* What stands in for a program and the probe, in a folder of root's alone, and a secret. */
static char program_there[4096];
static char probe_there[4096];
static char beside_it[4096];

/* Returns the user that the program is to run as. */
static uid_t make_folder_of_roots(void)
{
    snprintf(program_there, sizeof program_there, "%s/roots/build/trees/server", scratch);
    snprintf(probe_there, sizeof probe_there, "%s/roots/build/probe.so", scratch);
    snprintf(beside_it, sizeof beside_it, "%s/roots/secret", scratch);
    assert_int_equal(chdir(scratch), 0);
    assert_int_equal(chmod(".", 0755), 0);
    assert_int_equal(mkdir("roots", 0700), 0);
    assert_int_equal(mkdir("roots/build", 0755), 0);
    assert_int_equal(mkdir("roots/build/trees", 0755), 0);
    close(open(program_there, O_WRONLY | O_CREAT, 0755));
    close(open(probe_there, O_WRONLY | O_CREAT, 0644));
    close(open(beside_it, O_WRONLY | O_CREAT, 0644));
    settings.probe = probe_there;
    settings.tasks = 64;
    uid_t user = sandbox_user(program_there);
    assert_int_not_equal(user, 0);
    return user;
}

/* The program is found, and beside the way there nothing. */
static int read_there(void)
{
    bool found = getuid() != 0 && access(program_there, R_OK | X_OK) == 0;
    return found && access(beside_it, F_OK) == -1 && errno == ENOENT ? 0 : 1;
}

/* Whether this machine allows a view of the file system of one's own: not in every container, and
   not below chroot(2), unless its root is a mount point. */
static bool has_views(void)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(unshare(CLONE_NEWNS) == -1 ||
              mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == -1);
    return waitpid(pid, &status, 0) == pid && status == 0;
}

static void test_programs_are_reached_in_a_folder_of_roots(void **state)
{
    (void)state;
    int status;
    if (geteuid() != 0 || !has_views())
        skip();
    uid_t user = make_folder_of_roots();
    pid_t pid = fork();
    if (pid == 0)
        _exit(chdir("roots/build/trees") == 0 && sandbox_enter(user, false) ? read_there() : 99);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(access(beside_it, F_OK), 0);
}

/* As in a container that allows nobody a view of one's own. */
static bool give_up_views(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct ours[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, ours) == -1)
        return false;
    ours[0].effective = ours[0].permitted &= ~(1U << CAP_SYS_ADMIN);
    return syscall(SYS_capset, &header, ours) == 0;
}

/* The limits hold for every user but root. */
static void test_programs_are_reached_where_there_are_no_views(void **state)
{
    (void)state;
    int status;
    if (geteuid() != 0)
        skip();
    uid_t user = make_folder_of_roots();
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir("roots/build/trees") == 0 && give_up_views() && sandbox_enter(user, false) &&
            getuid() == user)
            execl("/bin/cat", "cat", program_there, NULL);
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* Where others may not read the program itself, it stays root's. */
static void test_unreadable_programs_stay_roots(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chdir(scratch), 0);
    snprintf(program_there, sizeof program_there, "%s/server", scratch);
    close(open(program_there, O_WRONLY | O_CREAT, 0700));
    settings.probe = program_there;
    assert_int_equal(sandbox_user(program_there), 0);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, make_scratch, remove_scratch)

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) /* run_itself_again() */
        return 0;
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_files_are_changed_in_one_place_only),
        IN_SCRATCH(test_only_the_systems_and_their_own_is_read),
        IN_SCRATCH(test_what_harms_nobody_is_allowed),
        IN_SCRATCH(test_system_calls_are_filtered),
        IN_SCRATCH(test_the_kernel_ends_programs_first),
        IN_SCRATCH(test_programs_do_not_outlive_their_test),
        IN_SCRATCH(test_signals_reach_nobody_else),
        IN_SCRATCH(test_there_are_limits),
        IN_SCRATCH(test_locked_folders_are_removed),
        IN_SCRATCH(test_programs_are_reached_in_a_folder_of_roots),
        IN_SCRATCH(test_programs_are_reached_where_there_are_no_views),
        IN_SCRATCH(test_unreadable_programs_stay_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
