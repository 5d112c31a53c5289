/* Removing what strangers have left: grader/base/remove.h. */
#include "grader/base/remove.h"

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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { STRANGER = 1999999999 };

static char place[] = "/tmp/remove.XXXXXX";

static int make_place(void **state)
{
    (void)state;
    snprintf(place, sizeof place, "/tmp/remove.XXXXXX");
    return mkdtemp(place) == NULL || chdir(place) == -1 || mkdir("left", 0700) == -1 ? -1 : 0;
}

static int remove_place(void **state)
{
    (void)state;
    return chdir("/") == 0 && remove_tree(AT_FDCWD, place, geteuid(), 60) ? 0 : -1;
}

static void put(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0);
    assert_int_not_equal(fd, -1);
    close(fd);
}

static void test_all_kinds_and_what_is_locked(void **state)
{
    (void)state;
    put("left/file");
    put("left/moved.0");
    assert_int_equal(mkdir("left/moved.1", 0700), 0);
    assert_int_equal(mkfifo("left/fifo", 0), 0);
    assert_int_equal(symlink("nowhere", "left/link"), 0);
    assert_int_equal(mkdir("left/a", 0700), 0);
    assert_int_equal(mkdir("left/a/b", 0700), 0);
    assert_int_equal(mkdir("left/a/empty", 0), 0);
    put("left/a/b/file");
    assert_int_equal(chmod("left/a/b", 0), 0);
    assert_int_equal(chmod("left/a", 0), 0);
    assert_int_equal(chmod("left", 0), 0);
    assert_true(remove_tree(AT_FDCWD, "left", geteuid(), 60));
    assert_int_equal(access("left", F_OK), -1);
}

static void test_a_file_and_nothing(void **state)
{
    (void)state;
    put("file");
    assert_true(remove_tree(AT_FDCWD, "file", geteuid(), 60));
    assert_int_equal(access("file", F_OK), -1);
    assert_true(remove_tree(AT_FDCWD, "file", geteuid(), 60));
}

/* Its whole name is longer than any that the system takes, and there are fewer descriptors. */
static void test_deeper_than_any_name(void **state)
{
    (void)state;
    enum { DEPTH = 3000 };
    static const char name[] = "a folder with a long name";
    assert_int_equal(chdir("left"), 0);
    for (int depth = 0; depth < DEPTH; depth++) {
        assert_int_equal(mkdir(name, 0700), 0);
        put("file");
        assert_int_equal(chdir(name), 0);
    }
    assert_int_equal(chdir(place), 0);
    assert_true(remove_tree(AT_FDCWD, "left", geteuid(), 60));
    assert_int_equal(access("left", F_OK), -1);
}

static void test_links_are_not_followed(void **state)
{
    (void)state;
    assert_int_equal(mkdir("kept", 0700), 0);
    put("kept/file");
    assert_int_equal(symlink("../kept", "left/link"), 0);
    assert_int_equal(symlink("kept", "link"), 0);
    assert_true(remove_tree(AT_FDCWD, "left", geteuid(), 60));
    assert_true(remove_tree(AT_FDCWD, "link", geteuid(), 60));
    assert_int_equal(access("kept/file", F_OK), 0);
    assert_int_equal(access("link", F_OK), -1);
}

/* A name that stood for a folder when it was looked at, and is a link when it is entered, as when
   two processes swap them as fast as they can. */
static void test_a_folder_swapped_for_a_link(void **state)
{
    (void)state;
    enum { TIMES = 300 };
    assert_int_equal(mkdir("kept", 0700), 0);
    put("kept/file");
    assert_int_equal(symlink("../../kept", "left/link"), 0);
    pid_t pid = fork();
    if (pid == 0)
        for (;;) {
            mkdir("left/swap", 0700);
            renameat2(AT_FDCWD, "left/swap", AT_FDCWD, "left/link", 2 /* RENAME_EXCHANGE */);
        }
    for (int i = 0; i < TIMES; i++) {
        remove_tree(AT_FDCWD, "left", geteuid(), 0.01);
        mkdir("left", 0700);
        (void)!symlink("../kept", "left/link");
    }
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(access("kept/file", F_OK), 0);
}

static void test_folders_of_others_stay(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(mkdir("left/theirs", 0700), 0);
    put("left/theirs/file");
    assert_int_equal(chown("left/theirs", STRANGER, STRANGER), 0);
    assert_false(remove_tree(AT_FDCWD, "left", STRANGER + 1, 60));
    assert_int_equal(access("left/theirs/file", F_OK), 0);
    assert_true(remove_tree(AT_FDCWD, "left", STRANGER, 60));
}

static void test_all_of_one_user(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(mkdir("left/theirs", 0700), 0);
    put("left/theirs/file");
    put("left/file");
    put("left/ours");
    assert_int_equal(chown("left/theirs", STRANGER, STRANGER), 0);
    assert_int_equal(chown("left/file", STRANGER, STRANGER), 0);
    assert_true(remove_all_of("left", STRANGER, 60));
    assert_int_equal(access("left/theirs", F_OK), -1);
    assert_int_equal(access("left/file", F_OK), -1);
    assert_int_equal(access("left/ours", F_OK), 0);
    assert_true(remove_all_of("no such folder", STRANGER, 60));
}

static void test_there_is_an_end(void **state)
{
    (void)state;
    put("left/file");
    assert_false(remove_tree(AT_FDCWD, "left", geteuid(), 0));
    assert_int_equal(access("left/file", F_OK), 0);
    assert_true(remove_tree(AT_FDCWD, "left", geteuid(), 60));
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_all_kinds_and_what_is_locked),
        IN_PLACE(test_a_file_and_nothing),
        IN_PLACE(test_deeper_than_any_name),
        IN_PLACE(test_links_are_not_followed),
        IN_PLACE(test_a_folder_swapped_for_a_link),
        IN_PLACE(test_folders_of_others_stay),
        IN_PLACE(test_all_of_one_user),
        IN_PLACE(test_there_is_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
