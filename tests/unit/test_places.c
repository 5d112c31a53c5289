/*
 * Addresses into places, by a helper that may do anything: grader/play/places.h. What stands for
 * addr2line(1) here are scripts; each is asked in a process of its own, for who has failed once is
 * not asked again.
 */
#include "fixture.h"

#include "grader/play/places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PLACES = 3 };

/* What came of the last asking. */
struct answers {
    struct line lines[PLACES];
    double first; /* seconds that it took, and to ask again */
    double second;
};
static struct answers *answers;

static double seconds_since(uint64_t begun)
{
    return (double)(stage_now() - begun) / 1e9;
}

static char folder[] = "/tmp/sockladder-places.XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || chmod(folder, 0755) == -1 || chdir(folder) == -1 ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink("addr2line");
    return rmdir(folder);
}

static int open_place(void **state)
{
    answers =
        mmap(NULL, sizeof *answers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return answers == MAP_FAILED ? -1 : open_stage(state);
}

/* Puts SCRIPT where PATH finds it as addr2line. */
static void play_addr2line(const char *script)
{
    FILE *file = fopen("addr2line", "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    int closed = fclose(file); /* cppcheck takes it for a use in the assertion */
    assert_int_equal(closed, 0);
    assert_int_equal(chmod("addr2line", 0755), 0);
    setenv("PATH", folder, 1);
}

static void ask(void)
{
    static const uint64_t addresses[PLACES] = {0x1100, 0x1200, 0x1300};
    /* Who is confined may run the program itself, and nothing else that is not the system's. */
    char program[4200];
    snprintf(program, sizeof program, "%s/addr2line", folder);
    memset(answers, 0xff, sizeof *answers);
    pid_t pid = fork();
    if (pid == 0) {
        uint64_t begun = stage_now();
        places_find(program, addresses, PLACES, answers->lines);
        answers->first = seconds_since(begun);
        begun = stage_now();
        struct line again[PLACES];
        places_find(program, addresses, PLACES, again);
        answers->second = seconds_since(begun);
        _exit(waitpid(-1, NULL, 0) == -1 ? 0 : 1); /* nobody is left */
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void assert_unknown(void)
{
    for (size_t i = 0; i < PLACES; i++)
        assert_int_equal(answers->lines[i].number, 0);
}

static void test_what_it_says_is_taken(void **state)
{
    (void)state;
    play_addr2line("echo f; echo /a/b/tcp.c:17; echo '?'?; echo '?'?:0; echo g; echo echo.c:4");
    ask();
    assert_string_equal(answers->lines[0].file, "tcp.c");
    assert_string_equal(answers->lines[0].function, "f");
    assert_int_equal(answers->lines[0].number, 17);
    assert_int_equal(answers->lines[1].number, 0);
    assert_string_equal(answers->lines[2].file, "echo.c");
}

static void test_what_makes_no_sense_is_not(void **state)
{
    (void)state;
    play_addr2line("echo f; echo tcp.c:-3; echo g; echo tcp.c:99999999999; echo h; echo tcp.c");
    ask();
    assert_unknown();
    play_addr2line("exit 1");
    ask();
    assert_unknown();
}

/* Hours over a line table; or an answer without end; or none, while it sleeps. */
static void test_it_is_ended_when_it_goes_on_and_on(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "while :; do :; done", "while :; do echo x; echo a.c:1; done", "read never </dev/zero"};
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        play_addr2line(scripts[i]);
        ask();
        assert_true(answers->first < 30); /* on a busy machine, too */
        if (i != 1)
            assert_unknown();
        if (i == 0)
            assert_true(answers->second < 0.05); /* not asked again */
    }
}

static void test_it_has_nothing_of_the_tests(void **state)
{
    (void)state;
    int open_ones[8];
    for (size_t i = 0; i < 8; i++)
        open_ones[i] = dup(1);
    /* Its own three, and the script. */
    play_addr2line("n=0; for f in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do\n"
                   "[ -e /proc/$$/fd/$f ] && n=$((n + 1)); done\n"
                   "echo f; echo fds.c:$n; echo g; echo user.c:$(($(ulimit -t) + 1)); echo h\n"
                   "echo memory.c:$(($(ulimit -v) / 1024))");
    ask();
    for (size_t i = 0; i < 8; i++)
        close(open_ones[i]);
    assert_in_range(answers->lines[0].number, 3, 4);
    assert_int_equal(answers->lines[1].number, 2);
    assert_int_equal(answers->lines[2].number, 512);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, open_place, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_what_it_says_is_taken),
        IN_PLACE(test_what_makes_no_sense_is_not),
        IN_PLACE(test_it_is_ended_when_it_goes_on_and_on),
        IN_PLACE(test_it_has_nothing_of_the_tests),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
