/* What a program under test cannot reach: grader/confine.h. */
#include "fixture.h"

#include "grader/confine.h"
#include "grader/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch[] = "/tmp/confine.XXXXXX";
static const char outside[] = "/confine.outside"; /* for root; others may not write there anyway */

static int make_scratch(void **state)
{
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/confine.XXXXXX");
    return mkdtemp(scratch) == NULL ? -1 : 0;
}

static int remove_scratch(void **state)
{
    (void)state;
    confine_clean_up(getpid(), scratch);
    return access(scratch, F_OK) == 0 ? -1 : 0;
}

/* Does DEED, confined to the scratch directory, in a process of its own; its exit status. */
static int confined(int (*deed)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        settings.tasks = 64;
        _exit(chdir(scratch) == 0 && confine(0, false) ? deed() : 99);
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

static int open_a_temporary_file(void)
{
    FILE *file = tmpfile();
    if (file == NULL)
        return errno;
    fclose(file);
    return 0;
}

static int read_a_program(void)
{
    return error_of(open("/proc/self/exe", O_RDONLY));
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

static void test_what_harms_nobody_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(confined(read_a_program), 0);
    assert_int_equal(confined(open_a_temporary_file), 0);
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
    mkdir("locked", 0700);
    mkdir("locked/inside", 0700);
    close(open("locked/inside/file", O_WRONLY | O_CREAT, 0));
    return error_of(chmod("locked/inside", 0) == 0 ? chmod("locked", 0) : -1);
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
    uid_t user = confine_user(program_there);
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
        _exit(chdir("roots/build/trees") == 0 && confine(user, false) ? read_there() : 99);
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
        if (chdir("roots/build/trees") == 0 && give_up_views() && confine(user, false) &&
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
    assert_int_equal(confine_user(program_there), 0);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, make_scratch, remove_scratch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_files_are_changed_in_one_place_only),
        IN_SCRATCH(test_what_harms_nobody_is_allowed),
        IN_SCRATCH(test_signals_reach_nobody_else),
        IN_SCRATCH(test_there_are_limits),
        IN_SCRATCH(test_locked_folders_are_removed),
        IN_SCRATCH(test_programs_are_reached_in_a_folder_of_roots),
        IN_SCRATCH(test_programs_are_reached_where_there_are_no_views),
        IN_SCRATCH(test_unreadable_programs_stay_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
