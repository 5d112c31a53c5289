/* What is seen of covered folders: grader/play/view.h and grader/play/mount_view.h. */
#include "grader/base/remove.h"
#include "grader/play/mount_view.h"
#include "grader/play/view.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { STRANGER = 1999999999 };

static char place[] = "/tmp/view.XXXXXX";
static char program[64]; /* all three below PLACE */
static char probe[64];
static char work[64];

static void put(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0755);
    assert_int_not_equal(fd, -1);
    close(fd);
}

static int make_place(void **state)
{
    (void)state;
    snprintf(place, sizeof place, "/tmp/view.XXXXXX");
    if (mkdtemp(place) == NULL || chmod(place, 0755) == -1 || chdir(place) == -1)
        return -1;
    snprintf(program, sizeof program, "%s/build/trees/a/server", place);
    snprintf(probe, sizeof probe, "%s/build/probe.so", place);
    snprintf(work, sizeof work, "%s/build/trees/a/work", place);
    if (mkdir("build", 0755) == -1 || mkdir("build/trees", 0755) == -1 ||
        mkdir("build/trees/a", 0755) == -1 || mkdir("build/trees/a/work", 0777) == -1)
        return -1;
    put(program);
    put(probe);
    put("build/secret");
    put("build/trees/a/work/file");
    return 0;
}

static int remove_place(void **state)
{
    (void)state;
    return chdir("/") == 0 && remove_tree(AT_FDCWD, place, geteuid(), 60) ? 0 : -1;
}

static bool is_there(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", place, name);
    return access(path, F_OK) == 0;
}

/* CHECK in a process with a view of its own: true if that holds, and everything is as it was
   outside. Skips where this machine makes no views. */
static void assert_in_view(bool (*check)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(!view_open() ? 77 : !check());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(is_there("build/secret"));
    assert_false(is_there("build/new"));
}

static bool covers_all_but(void)
{
    char folder[64];
    const char *const shown[] = {program, probe, "/somewhere/else", NULL};
    snprintf(folder, sizeof folder, "%s/build", place);
    return is_there("build/secret") && view_cover(folder, "mode=0755", shown, VIEW_AS_IT_IS) &&
           !is_there("build/secret") && !is_there("build/trees/a/work") &&
           access(program, X_OK) == 0 && access(probe, R_OK) == 0 && mkdir("build/new", 0700) == 0;
}

static void test_only_what_is_named_is_seen(void **state)
{
    (void)state;
    assert_in_view(covers_all_but);
}

static bool shows_a_mount(void)
{
    char folder[64];
    const char *const shown[] = {work, NULL};
    snprintf(folder, sizeof folder, "%s/build", place);
    if (mount("within", work, "tmpfs", 0, NULL) == -1)
        return false;
    put("build/trees/a/work/within");
    return view_cover(folder, "mode=0755", shown, VIEW_AS_IT_IS) &&
           is_there("build/trees/a/work/within") && !is_there("build/trees/a/work/file");
}

static void test_what_is_mounted_below_is_seen_too(void **state)
{
    (void)state;
    assert_in_view(shows_a_mount);
}

static bool shows_for_reading(void)
{
    char folder[64];
    const char *const shown[] = {work, NULL};
    snprintf(folder, sizeof folder, "%s/build", place);
    return access(work, W_OK) == 0 && view_cover(folder, "mode=0755", shown, VIEW_READ_ONLY) &&
           is_there("build/trees/a/work/file") && access(work, W_OK) == -1 && errno == EROFS;
}

static void test_what_is_seen_may_be_read_only(void **state)
{
    (void)state;
    assert_in_view(shows_for_reading);
}

static bool leaves_it(void)
{
    char folder[64];
    char missing[128];
    const char *const shown[] = {program, missing, NULL};
    snprintf(folder, sizeof folder, "%s/build", place);
    snprintf(missing, sizeof missing, "%s/build/no such file", place);
    return !view_cover(folder, "mode=0755", shown, VIEW_AS_IT_IS) && errno == ENOENT &&
           is_there("build/secret");
}

static void test_what_cannot_be_shown_is_not_covered(void **state)
{
    (void)state;
    assert_in_view(leaves_it);
}

/* ---- reaching ---- */

static bool is_reached(void)
{
    static struct reach reach;
    char library[sizeof probe];
    snprintf(library, sizeof library, "%s/build/lib-1", place);
    if (mkdir(library, 0755) == -1 || mkdir("build/lib-1/inside", 0755) == -1)
        return false;
    if (chmod("build", 0700) == -1 || chmod("build/trees/a", 0700) == -1 || chdir(work) == -1 ||
        mount("within", work, "tmpfs", 0, "mode=0777") == -1 || chdir(work) == -1)
        return false;
    bool found = reach_find(&reach, STRANGER, program, probe, library) && reach.locked_count == 1 &&
                 reach_open(&reach) && setresuid(STRANGER, STRANGER, STRANGER) == 0;
    return found && access(program, X_OK) == 0 && access(probe, R_OK) == 0 &&
           access("../../../probe.so", R_OK) == 0 && access("../../../lib-1/inside", R_OK) == 0 &&
           access("../../../secret", F_OK) == -1 && mkdir("new", 0700) == 0;
}

static void test_the_way_is_opened_with_what_is_mounted_there(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_in_view(is_reached);
    assert_int_equal(access("build/trees/a/work/new", F_OK), -1); /* it was in the tmpfs */
}

static bool is_reached_in_two_places(void)
{
    static struct reach reach;
    if (mkdir("other", 0700) == -1 || rename("build/probe.so", "other/probe.so") == -1 ||
        chmod("build", 0700) == -1 || chdir(work) == -1)
        return false;
    snprintf(probe, sizeof probe, "%s/other/probe.so", place);
    bool found = reach_find(&reach, STRANGER, program, probe, "") && reach.locked_count == 2 &&
                 reach_open(&reach) && setresuid(STRANGER, STRANGER, STRANGER) == 0;
    return found && access(program, X_OK) == 0 && access(probe, R_OK) == 0;
}

static void test_there_may_be_two_locked_places(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_in_view(is_reached_in_two_places);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_only_what_is_named_is_seen),
        IN_PLACE(test_what_is_mounted_below_is_seen_too),
        IN_PLACE(test_what_is_seen_may_be_read_only),
        IN_PLACE(test_what_cannot_be_shown_is_not_covered),
        IN_PLACE(test_the_way_is_opened_with_what_is_mounted_there),
        IN_PLACE(test_there_may_be_two_locked_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
