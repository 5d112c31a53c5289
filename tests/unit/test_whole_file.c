/* A file that is there whole, or not at all: grader/base/whole_file.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grader/base/whole_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory of each test's own. */
struct place {
    char directory[64];
    char path[96];
    char content[256];
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    snprintf(place->directory, sizeof place->directory, "/tmp/test_whole_file.XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/results", place->directory);
    *state = place;
    return 0;
}

/* Fails the test if anything else than the file was left behind. */
static int tear_down(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    int left = rmdir(place->directory);
    free(place);
    return left;
}

static const char *read_back(struct place *place)
{
    FILE *file = fopen(place->path, "r");
    assert_non_null(file);
    place->content[fread(place->content, 1, sizeof place->content - 1, file)] = '\0';
    fclose(file);
    return place->content;
}

static void put(const char *path, const char *words)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(words, file);
    fclose(file);
}

static void write_words(const struct whole_file *file, const char *words)
{
    assert_int_equal(write(file->fd, words, strlen(words)), strlen(words));
}

/* Begins PATH, which is to fail, and looks for WORDS on standard error. */
static void assert_refused(const char *path, const char *words)
{
    struct whole_file whole;
    char said[512] = "";
    FILE *file = tmpfile();
    assert_non_null(file);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    bool begun = whole_file_begin(&whole, path);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    assert_false(begun);
    assert_non_null(strstr(said, path));
    if (strstr(said, words) == NULL)
        fail_msg("this is missing:\n%s\nfrom this:\n%s", words, said);
}

static void test_a_file_is_there_when_it_is_whole(void **state)
{
    struct place *place = *state;
    struct whole_file file;
    assert_true(whole_file_begin(&file, place->path));
    assert_int_equal(fcntl(file.fd, F_GETFD), FD_CLOEXEC);
    write_words(&file, "half ");
    assert_int_equal(access(place->path, F_OK), -1);
    write_words(&file, "and half");
    assert_true(whole_file_commit(&file));
    assert_string_equal(read_back(place), "half and half");
}

static void test_the_old_one_goes_first(void **state)
{
    struct place *place = *state;
    struct whole_file file;
    put(place->path, "old");
    assert_true(whole_file_begin(&file, place->path));
    assert_int_equal(access(place->path, F_OK), -1);
    whole_file_abandon(&file);
    assert_int_equal(access(place->path, F_OK), -1);
}

static void test_a_new_one_is_readable_as_the_mask_allows(void **state)
{
    struct place *place = *state;
    struct whole_file file;
    put(place->path, "old and longer than the new one");
    mode_t mask = umask(027);
    bool begun = whole_file_begin(&file, place->path);
    umask(mask);
    assert_true(begun);
    write_words(&file, "new");
    assert_true(whole_file_commit(&file));
    assert_string_equal(read_back(place), "new");
    struct stat now;
    assert_int_equal(stat(place->path, &now), 0);
    assert_int_equal(now.st_mode & 0777, 0640);
}

static void test_a_folder_that_is_not_there_is_told(void **state)
{
    struct place *place = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/none/results", place->directory);
    assert_refused(path, "there is no such folder");
    assert_refused(place->directory, "not a regular file");
}

/* JSON=/dev/stdout, typed by root, must not cost the machine its /dev/stdout. Tried in a directory
   of its own, for the same reason. */
static void test_links_and_pipes_stay_what_they_are(void **state)
{
    struct place *place = *state;
    struct stat now;
    char target[128];
    snprintf(target, sizeof target, "%s/target", place->directory);
    put(target, "precious");
    assert_int_equal(symlink("target", place->path), 0);
    assert_refused(place->path, "not a regular file");
    assert_int_equal(lstat(place->path, &now), 0);
    assert_true(S_ISLNK(now.st_mode));
    assert_string_equal(read_back(place), "precious");
    assert_int_equal(unlink(target), 0);
    assert_refused(place->path, "not a regular file"); /* it leads nowhere now */
    assert_int_equal(unlink(place->path), 0);

    assert_int_equal(mkfifo(place->path, 0600), 0);
    assert_refused(place->path, "not a regular file");
    assert_int_equal(lstat(place->path, &now), 0);
    assert_true(S_ISFIFO(now.st_mode));
}

/* Somebody puts a link there while the file is written. */
static void test_a_link_that_came_meanwhile_is_not_replaced(void **state)
{
    struct place *place = *state;
    struct whole_file file;
    struct stat now;
    assert_true(whole_file_begin(&file, place->path));
    assert_int_equal(symlink("/dev/null", place->path), 0);
    int kept = dup(STDERR_FILENO);
    int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    bool committed = whole_file_commit(&file);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(nowhere);
    assert_false(committed);
    assert_int_equal(lstat(place->path, &now), 0);
    assert_true(S_ISLNK(now.st_mode));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_file_is_there_when_it_is_whole),
        TEST(test_the_old_one_goes_first),
        TEST(test_a_new_one_is_readable_as_the_mask_allows),
        TEST(test_a_folder_that_is_not_there_is_told),
        TEST(test_links_and_pipes_stay_what_they_are),
        TEST(test_a_link_that_came_meanwhile_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
