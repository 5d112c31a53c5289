/* What a restricted process can still do: grader/base/landlock.h. */
#include "grader/base/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char place[] = "/tmp/landlock.XXXXXX";

static const char *const runnable[] = {"/usr", "/bin", "/lib", "/lib64", "program", NULL};
static const char *const readable[] = {"/etc", "shown", "no such file", NULL};
static const char *const writable[] = {"/dev/null", NULL};
static const char *const owned[] = {"mine", "mine too", NULL};
static const struct landlock_rules rules = {readable, runnable, writable, owned};

static void put(const char *name, const char *words, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT, mode);
    assert_int_not_equal(fd, -1);
    assert_true(write(fd, words, strlen(words)) >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static int make_place(void **state)
{
    (void)state;
    snprintf(place, sizeof place, "/tmp/landlock.XXXXXX");
    if (mkdtemp(place) == NULL || chdir(place) == -1 || mkdir("shown", 0700) == -1 ||
        mkdir("hidden", 0700) == -1 || mkdir("mine", 0700) == -1 || mkdir("mine too", 0700) == -1)
        return -1;
    put("shown/file", "shown", 0600);
    put("hidden/file", "hidden", 0600);
    put("program", "#!/bin/sh\nexit 7\n", 0700);
    put("shown/program", "#!/bin/sh\nexit 7\n", 0700);
    return 0;
}

static int remove_place(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", place);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1; // NOLINT(concurrency-mt-unsafe)
}

static long version(void)
{
    return syscall(444, NULL, 0, 1);
}

/* The errno of DEED in a process of its own; 0 if it succeeds. */
static int errno_of(int (*deed)(void), bool restricted)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(restricted && !landlock_restrict(&rules) ? 255 : deed() == -1 ? errno : 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* DEED works, unless the process is restricted. */
#define assert_is_stopped(deed, error)                                                             \
    do {                                                                                           \
        assert_int_equal(errno_of(deed, false), 0);                                                \
        assert_int_equal(errno_of(deed, true), error);                                             \
    } while (0)
#define assert_is_allowed(deed) assert_int_equal(errno_of(deed, true), 0)

static int read_hidden(void)
{
    return open("hidden/file", O_RDONLY);
}

static int list_hidden(void)
{
    return open("hidden", O_RDONLY | O_DIRECTORY);
}

static int read_shown(void)
{
    return open("shown/file", O_RDONLY) == -1 ? -1 : open("shown", O_RDONLY | O_DIRECTORY);
}

static int write_shown(void)
{
    return open("shown/file", O_WRONLY);
}

static int make_in_shown(void)
{
    int fd = open("shown/new", O_WRONLY | O_CREAT, 0600);
    if (fd != -1)
        unlink("shown/new");
    return fd;
}

static int move_shown_away(void)
{
    return rename("shown/file", "mine/file") == -1 ? -1 : rename("mine/file", "shown/file");
}

static int truncate_shown(void)
{
    return truncate("shown/file", 5);
}

static int write_mine(void)
{
    int fd = open("mine/file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    return fd == -1 || write(fd, "mine", 4) != 4 || truncate("mine/file", 1) == -1 ||
                   mkdir("mine/folder", 0700) == -1 || rmdir("mine/folder") == -1 ||
                   symlink("nowhere", "mine/link") == -1 || mkfifo("mine/fifo", 0600) == -1 ||
                   unlink("mine/link") == -1
               ? -1
               : unlink("mine/fifo");
}

static int move_mine(void)
{
    int fd = open("mine/file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    return fd == -1 ? -1 : rename("mine/file", "mine too/file");
}

static int write_nowhere(void)
{
    return open("/dev/null", O_WRONLY);
}

/* No exec, only whether it would be allowed. */
static int run(const char *name)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        execl(name, name, NULL);
        _exit(errno);
    }
    errno = waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) != 7 ? WEXITSTATUS(status) : 0;
    return errno == 0 ? 0 : -1;
}

static int run_program(void)
{
    return run("./program");
}

static int run_another(void)
{
    return run("shown/program");
}

static int signal_the_parent(void)
{
    return kill(getppid(), 0);
}

static int signal_a_child(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(pause());
    return kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static struct sockaddr_un abstract = {.sun_family = AF_UNIX};

static int connect_to_abstract(void)
{
    return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&abstract, sizeof abstract);
}

static void test_only_what_is_named_is_read(void **state)
{
    (void)state;
    if (version() < 1)
        skip();
    assert_is_stopped(read_hidden, EACCES);
    assert_is_stopped(list_hidden, EACCES);
    assert_is_allowed(read_shown);
}

static void test_what_is_read_is_not_changed(void **state)
{
    (void)state;
    if (version() < 1)
        skip();
    assert_is_stopped(write_shown, EACCES);
    assert_is_stopped(make_in_shown, EACCES);
    assert_is_stopped(move_shown_away, version() < 2 ? EXDEV : EACCES);
}

static void test_nothing_else_is_truncated(void **state)
{
    (void)state;
    if (version() < 3)
        skip();
    assert_is_stopped(truncate_shown, EACCES);
}

static void test_ones_own_is_changed_at_will(void **state)
{
    (void)state;
    if (version() < 1)
        skip();
    assert_is_allowed(write_mine);
    assert_is_allowed(write_nowhere);
}

static void test_ones_own_is_moved_between_folders(void **state)
{
    (void)state;
    if (version() < 2)
        skip();
    assert_is_allowed(move_mine);
}

static void test_only_what_is_named_is_run(void **state)
{
    (void)state;
    if (version() < 1)
        skip();
    assert_is_stopped(run_another, EACCES);
    assert_is_allowed(run_program);
}

static void test_signals_reach_only_the_restricted(void **state)
{
    (void)state;
    if (version() < 6)
        skip();
    assert_is_stopped(signal_the_parent, EPERM);
    assert_is_allowed(signal_a_child);
}

static void test_abstract_sockets_reach_only_the_restricted(void **state)
{
    (void)state;
    if (version() < 6)
        skip();
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(abstract.sun_path + 1, sizeof abstract.sun_path - 1, "landlock.%d", getpid());
    assert_int_equal(bind(listener, (struct sockaddr *)&abstract, sizeof abstract), 0);
    assert_int_equal(listen(listener, 5), 0);
    assert_is_stopped(connect_to_abstract, EPERM);
    close(listener);
}

/* Then nothing at all may be opened. */
static void test_lists_may_be_left_out(void **state)
{
    (void)state;
    static const struct landlock_rules none;
    int status;
    if (version() < 1)
        skip();
    pid_t pid = fork();
    if (pid == 0)
        _exit(landlock_restrict(&none) && open("/dev/null", O_RDONLY) == -1 ? errno : 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), EACCES);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_only_what_is_named_is_read),
        IN_PLACE(test_what_is_read_is_not_changed),
        IN_PLACE(test_nothing_else_is_truncated),
        IN_PLACE(test_ones_own_is_changed_at_will),
        IN_PLACE(test_ones_own_is_moved_between_folders),
        IN_PLACE(test_only_what_is_named_is_run),
        IN_PLACE(test_signals_reach_only_the_restricted),
        IN_PLACE(test_abstract_sockets_reach_only_the_restricted),
        IN_PLACE(test_lists_may_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
