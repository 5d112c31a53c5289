/* Commands that read what strangers wrote are bounded: grade/command.h. */
#include "grade/command.h"

#include "grade/place.h"

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

static char build[] = "/tmp/command.XXXXXX";
static struct place place;

static int make_place(void **state)
{
    (void)state;
    return mkdtemp(build) != NULL && chmod(build, 0755) == 0 &&
                   place_make(&place, build, "test", false) && place_open_folder(&place, "objects")
               ? 0
               : -1;
}

static int remove_place(void **state)
{
    (void)state;
    char command[64];
    place_remove(&place);
    snprintf(command, sizeof command, "rm -rf %s", build);
    return system(command) == 0 ? 0 : -1; // NOLINT(concurrency-mt-unsafe)
}

/* Runs a shell on SCRIPT, with so much PATIENCE. */
static struct command run(const char *script, double patience)
{
    static const char *words[] = {"sh", "-c", NULL, NULL};
    const struct command_place where = {place.path, place.user, false, patience};
    struct command command = {.words = words};
    words[2] = script;
    /* Whether it was this machine that was too slow does not matter here. */
    assert_true(commands_run(&command, 1, &where) || errno == ETIME);
    return command;
}

static void test_words_and_status_are_told(void **state)
{
    (void)state;
    struct command command = run("echo out; echo err >&2; exit 3", 1);
    assert_int_equal(command.end, COMMAND_EXITED);
    assert_int_equal(WEXITSTATUS(command.status), 3);
    assert_string_equal(command.said.start, "out\nerr\n");
    text_free(&command.said);
}

static void test_several_run_side_by_side(void **state)
{
    (void)state;
    /* Each waits for what the other makes. */
    static const char *const one[] = {"sh", "-c", "mkfifo objects/a; read x <objects/a; echo $x",
                                      NULL};
    static const char *const other[] = {
        "sh", "-c", "until [ -p objects/a ]; do :; done; echo word >objects/a", NULL};
    const struct command_place where = {place.path, place.user, false, 1};
    struct command commands[2] = {{.words = one}, {.words = other}};
    assert_true(commands_run(commands, 2, &where));
    assert_string_equal(commands[0].said.start, "word\n");
    text_free(&commands[0].said);
    text_free(&commands[1].said);
}

static void test_endless_one_is_stopped(void **state)
{
    (void)state;
    struct command command = run("exec cat /dev/zero >/dev/null", 0.12);
    assert_int_equal(command.end, COMMAND_EXITED);
    assert_true(WIFSIGNALED(command.status));
    assert_int_equal(WTERMSIG(command.status), SIGXCPU);
    text_free(&command.said);
}

static void test_late_one_is_stopped_with_what_it_started(void **state)
{
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0); /* inherited: its end of file tells that nobody is left */
    struct command command = run("sleep 1000 & sleep 1000", 0.01);
    assert_int_equal(command.end, COMMAND_LATE);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    text_free(&command.said);
}

static void test_one_that_shares_its_time_out_is_late(void **state)
{
    (void)state;
    /* Each process for itself stays within its time. */
    struct command command =
        run("while :; do (exec timeout 0.1 cat /dev/zero >/dev/null); done", 0.02);
    assert_int_equal(command.end, COMMAND_LATE);
    text_free(&command.said);
}

static void test_one_that_got_no_processor_is_not_blamed(void **state)
{
    (void)state;
    static const char *const words[] = {"sleep", "1000", NULL};
    const struct command_place where = {place.path, place.user, false, 0.03};
    struct command command = {.words = words};
    assert_false(commands_run(&command, 1, &where));
    assert_int_equal(errno, ETIME);
    text_free(&command.said);
}

static void test_flood_is_stopped(void **state)
{
    (void)state;
    struct command command = run("while :; do echo ............................; done", 1);
    assert_int_equal(command.end, COMMAND_FLOODED);
    assert_true(command.said.length < 1 << 20);
    text_free(&command.said);
}

static void test_disk_is_limited(void **state)
{
    (void)state;
    struct command command = run("head -c 1000 /dev/zero >objects/small && echo small && "
                                 "head -c 100000000 /dev/zero >objects/big && echo big",
                                 1);
    assert_non_null(strstr(command.said.start, "small"));
    assert_null(strstr(command.said.start, "big\n"));
    text_free(&command.said);
}

static void test_memory_is_limited(void **state)
{
    (void)state;
    struct command command = run("ulimit -v", 1);
    assert_true(strtol(command.said.start, NULL, 10) > 0);
    text_free(&command.said);
}

static void test_nothing_stands_on_its_input_or_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("SECRET", "secret", 1), 0);
    struct command command = run("cat; echo \"<$SECRET>\"", 1);
    assert_string_equal(command.said.start, "<>\n");
    text_free(&command.said);
}

static void test_only_its_own_folder_is_written_and_read(void **state)
{
    (void)state;
    char secret[128];
    char script[512];
    snprintf(secret, sizeof secret, "%s/secret", build);
    FILE *file = fopen(secret, "w");
    assert_non_null(file);
    assert_true(fputs("secret\n", file) >= 0);
    assert_int_equal(fchmod(fileno(file), 0666), 0);
    int closed = fclose(file); /* cppcheck takes it for a use in the assertion */
    assert_int_equal(closed, 0);
    snprintf(script, sizeof script,
             "echo mine >objects/mine && cat objects/mine; cat %s && cat ../../secret; echo >%s",
             secret, secret);
    struct command command = run(script, 1);
    assert_non_null(strstr(command.said.start, "mine\n"));
    assert_null(strstr(command.said.start, "\nsecret"));
    struct stat status;
    assert_int_equal(stat(secret, &status), 0);
    assert_int_equal(status.st_size, 7);
    text_free(&command.said);
}

static void test_other_users_can_run_what_it_makes(void **state)
{
    (void)state;
    struct stat made;
    mode_t mask = umask(077);
    struct command command = run("echo >objects/made", 1);
    umask(mask);
    assert_int_equal(command.end, COMMAND_EXITED);
    assert_int_equal(fstatat(place.folder, "objects/made", &made, 0), 0);
    assert_int_equal(made.st_mode & 0777, 0644);
    text_free(&command.said);
}

static void test_command_that_is_not_there_is_told(void **state)
{
    (void)state;
    static const char *const words[] = {"/usr/bin/no-such-command", NULL};
    const struct command_place where = {place.path, place.user, false, 1};
    struct command command = {.words = words};
    assert_true(commands_run(&command, 1, &where));
    assert_int_equal(WEXITSTATUS(command.status), 127);
    assert_string_equal(command.said.start,
                        "/usr/bin/no-such-command: No such file or directory\n");
    text_free(&command.said);
}

/* The last one: from then on this process is asked to end. */
static void test_signal_ends_the_commands(void **state)
{
    (void)state;
    static const char *const words[] = {"sh", "-c", "cat /dev/zero >/dev/null", NULL};
    const struct command_place where = {place.path, 0, false, 1};
    struct command command = {.words = words};
    assert_int_equal(raise(SIGTERM), 0); /* blocked: it is there when the command runs */
    assert_false(commands_run(&command, 1, &where));
    assert_int_equal(errno, EINTR);
    assert_int_equal(command.pid, 0);
    text_free(&command.said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_status_are_told),
        cmocka_unit_test(test_several_run_side_by_side),
        cmocka_unit_test(test_endless_one_is_stopped),
        cmocka_unit_test(test_late_one_is_stopped_with_what_it_started),
        cmocka_unit_test(test_one_that_shares_its_time_out_is_late),
        cmocka_unit_test(test_one_that_got_no_processor_is_not_blamed),
        cmocka_unit_test(test_flood_is_stopped),
        cmocka_unit_test(test_disk_is_limited),
        cmocka_unit_test(test_memory_is_limited),
        cmocka_unit_test(test_nothing_stands_on_its_input_or_environment),
        cmocka_unit_test(test_only_its_own_folder_is_written_and_read),
        cmocka_unit_test(test_other_users_can_run_what_it_makes),
        cmocka_unit_test(test_command_that_is_not_there_is_told),
        cmocka_unit_test(test_signal_ends_the_commands),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
