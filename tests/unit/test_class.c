/* What is made of the names, folders and archives of a class: tests/class. */
#include "class/collect.h"
#include "class/csv.h"
#include "class/names.h"
#include "class/roll.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct entries entries;
static struct roll roll;
static struct text notes;
static char place[] = "/tmp/class.XXXXXX";

static int begin(void **state)
{
    (void)state;
    snprintf(place, sizeof place, "/tmp/class.XXXXXX");
    return mkdtemp(place) != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    char command[64];
    roll_free(&roll);
    entries_free(&entries);
    text_free(&notes);
    snprintf(command, sizeof command, "rm -rf %s", place);
    return system(command) == 0 ? 0 : -1; // NOLINT(concurrency-mt-unsafe)
}

static void put(const char *path, int64_t modified, const char *content)
{
    struct text bytes = {0};
    text_add(&bytes, "%s", content);
    entries_add(&entries, path, ENTRY_FILE, modified, bytes);
}

/* Calls the roll of what was put, for the labs of which ASKED has the numbers. */
static void call(const char *asked)
{
    bool labs[LABS] = {false};
    for (; *asked != '\0'; asked++)
        labs[*asked - '1'] = true;
    entries_sort(&entries);
    roll_call(&roll, &entries, false, &notes);
    pick(&roll, labs, &notes);
}

static bool says(const char *words)
{
    return notes.start != NULL && strstr(notes.start, words) != NULL;
}

/* What the first student's file NAME of LAB, from 1, holds; NULL: there is none. */
static const char *picked(int lab, const char *name)
{
    assert_true(roll.count > 0);
    const struct picked *files = &roll.students[0].labs[lab - 1];
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->files[i]->name, name) == 0)
            return files->files[i]->entry->bytes.start;
    return NULL;
}

/* ---- names ---- */

static void assert_who(const char *name, bool file, const char *student, const char *id,
                       const char *given)
{
    struct who who;
    assert_true(who_is(name, file, &who));
    assert_string_equal(who.name, student);
    assert_string_equal(who.id, id);
    assert_string_equal(who.file, given);
    who_free(&who);
}

static void test_names_of_platforms(void **state)
{
    struct who who;
    (void)state;
    assert_who("O'Brien, Séan_1234_assignsubmission_file_", false, "O'Brien, Séan", "1234", "");
    assert_who("A_B C_7_assignsubmission_file_tcp.c", true, "A_B C", "7", "tcp.c");
    assert_who("smithann_12_34_tcp-1.c", true, "smithann", "12", "tcp-1.c");
    assert_who("smithann_LATE_12_34_a_b.c", true, "smithann", "12", "a_b.c");
    assert_who("smithann_12_34_tcp.c", false, "smithann_12_34_tcp.c", "", "");
    assert_false(who_is("tcp.c", true, &who));
    assert_false(who_is("_12_34_tcp.c", true, &who));
    assert_false(who_is("smithann_12_34_", true, &who));
}

static void test_names_of_labs(void **state)
{
    (void)state;
    assert_int_equal(lab_named("1-echo", 6), 1);
    assert_int_equal(lab_named("Lab 03 final", 12), 3);
    assert_int_equal(lab_named("lab-5.zip", 9), 5);
    assert_int_equal(lab_named("lab12", 5), 0);
    assert_int_equal(lab_named("lab6", 4), 0);
    assert_int_equal(lab_named("labs", 4), 0);
}

static void test_names_of_files(void **state)
{
    char name[PLAIN_NAME];
    (void)state;
    assert_int_equal(written_name("a/tcp-12.c", name, sizeof name), 12);
    assert_string_equal(name, "tcp.c");
    assert_int_equal(written_name("tcp (1).c", name, sizeof name), 1);
    assert_int_equal(written_name("x_1_2_serve-3.c", name, sizeof name), 3);
    assert_string_equal(name, "serve.c");
    assert_int_equal(written_name("queue-2.h", name, sizeof name), 0);
    assert_string_equal(name, "queue-2.h");
    assert_int_equal(written_name("main.c", name, sizeof name), -1);
    assert_int_equal(written_name("$(x).h", name, sizeof name), -1);
}

static void test_hidden_folders(void **state)
{
    static const char *const students[] = {".hal/tcp.c", ".hal/lab1/tcp.c",
                                           "down.zip/.Hal_12_assignsubmission_file_/tcp.c",
                                           ".Hal_12_assignsubmission_file_tcp.c"};
    static const char *const nobodys[] = {".git/tcp.c",
                                          ".Trash-1000/files/tcp.c",
                                          "ann/.history/tcp.c",
                                          "ann.zip/.history/tcp.c",
                                          ".tcp.c",
                                          "._Ann_12_assignsubmission_file_tcp.c"};
    enum entry_kind kind;
    (void)state;
    for (size_t i = 0; i < sizeof students / sizeof students[0]; i++)
        assert_true(kind_of_file(students[i], &kind) && kind == ENTRY_FILE);
    for (size_t i = 0; i < sizeof nobodys / sizeof nobodys[0]; i++)
        assert_false(kind_of_file(nobodys[i], &kind));
}

/* ---- which files ---- */

static void test_newest_upload(void **state)
{
    (void)state;
    put("ann_1_2_tcp.c", 9, "old");
    put("ann_LATE_1_3_tcp-1.c", 9, "new");
    call("1");
    assert_string_equal(picked(1, "tcp.c"), "new");
    assert_true(roll.students[0].late);
}

static void test_newest_folder(void **state)
{
    (void)state;
    put("zoe/lab1/tcp.c", 1, "another student's");
    put("ann/first/lab1/tcp.c", 1, "old");
    put("ann/second/lab1/tcp.c", 2, "new");
    call("1");
    assert_string_equal(picked(1, "tcp.c"), "new");
    assert_true(says("ann/first/lab1/: is not graded: there is a newer one"));
}

static void test_equal_folders(void **state)
{
    (void)state;
    put("zoe/lab1/tcp.c", 1, "another student's");
    put("ann/a/1-echo/tcp.c", 1, "one");
    put("ann/b/1-echo/tcp.c", 1, "other");
    call("1");
    assert_null(picked(1, "tcp.c"));
    assert_true(says("none of them is graded"));
}

static void test_serve_alone(void **state)
{
    (void)state;
    put("ann/serve.c", 1, "whose?");
    call("134");
    assert_null(picked(1, "serve.c"));
    assert_null(picked(3, "serve.c"));
    assert_true(says("may be of several labs"));
}

static void test_serve_of_named_lab(void **state)
{
    (void)state;
    put("ann/serve.c", 1, "lab 3's");
    call("3");
    assert_string_equal(picked(3, "serve.c"), "lab 3's");
}

static void test_serve_in_archive_of_canvas(void **state)
{
    (void)state;
    put("ann_1_2_lab3.zip/serve.c", 1, "lab 3's");
    call("12345");
    assert_non_null(picked(3, "serve.c"));
    assert_string_equal(roll.students[0].name, "ann");
}

static void test_whole_lab_loose(void **state)
{
    (void)state;
    put("ann/serve.c", 1, "mine");
    put("ann/tcp.c", 1, "mine");
    put("ann/echo.c", 1, "mine");
    call("12345");
    assert_string_equal(picked(1, "serve.c"), "mine");
}

static void test_folder_too_many(void **state)
{
    (void)state;
    put("download/ann/1-echo/tcp.c", 1, "ann's");
    put("download/bob/1-echo/tcp.c", 1, "bob's");
    call("1");
    assert_int_equal(roll.count, 2);
    assert_string_equal(roll.students[0].name, "ann");
}

static void test_solutions_of_a_whole_kit(void **state)
{
    (void)state;
    put("ann/kit/labs/1-echo/tcp.c", 1, "hers");
    put("ann/kit/solutions/1-echo/tcp.c", 2, "ours");
    call("1");
    assert_string_equal(picked(1, "tcp.c"), "hers");
}

/* ---- archives ---- */

struct member {
    const char *name;
    const char *content; /* NULL: a link to /etc/passwd */
};

static void pack(const char *path, const struct member *members, size_t count)
{
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    archive_write_set_format_pax_restricted(archive);
    archive_write_add_filter_gzip(archive);
    assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        size_t length = members[i].content != NULL ? strlen(members[i].content) : 0;
        archive_entry_clear(entry);
        archive_entry_set_pathname(entry, members[i].name);
        archive_entry_set_size(entry, (int64_t)length);
        archive_entry_set_filetype(entry, members[i].content != NULL ? AE_IFREG : AE_IFLNK);
        if (members[i].content == NULL)
            archive_entry_set_symlink(entry, "/etc/passwd");
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        if (length > 0)
            archive_write_data(archive, members[i].content, length);
    }
    archive_entry_free(entry);
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
}

static void test_archive(void **state)
{
    static const struct member members[] = {
        {"./lab1//tcp.c", "good"}, {"../../tcp.c", "climbs"},       {"/tmp/tcp.c", "absolute"},
        {"lab1/echo.c", NULL},     {"__MACOSX/lab1/tcp.c", "junk"}, {"lab1/picture.png", "other"}};
    char path[64];
    (void)state;
    snprintf(path, sizeof path, "%s/ann.tar.gz", place);
    pack(path, members, sizeof members / sizeof members[0]);
    assert_true(collect(&entries, place, NULL, &notes));
    call("1");
    assert_string_equal(picked(1, "tcp.c"), "good");
    assert_null(picked(1, "echo.c"));
    assert_int_equal(roll.students[0].count, 1);
    assert_true(says("name that leads out of it"));
    assert_true(says("ann.tar.gz/lab1/echo.c: is a link"));
}

static void test_archive_too_large(void **state)
{
    char path[64];
    char *zeros = malloc((2 << 20) + 1);
    (void)state;
    assert_non_null(zeros);
    memset(zeros, '0', 2 << 20);
    zeros[2 << 20] = '\0';
    const struct member members[] = {{"lab1/tcp.c", zeros}, {"lab1/echo.c", "good"}};
    snprintf(path, sizeof path, "%s/ann.tgz", place);
    pack(path, members, 2);
    free(zeros);
    assert_true(collect(&entries, place, NULL, &notes));
    call("1");
    assert_null(picked(1, "tcp.c"));
    assert_string_equal(picked(1, "echo.c"), "good");
    assert_true(says("tcp.c: is too large"));
}

static void test_no_archive(void **state)
{
    char path[64];
    (void)state;
    snprintf(path, sizeof path, "%s/ann.zip", place);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs("no zip at all", file);
    int closed = fclose(file); /* cppcheck takes it for a use in the assertion */
    assert_int_equal(closed, 0);
    assert_true(collect(&entries, place, NULL, &notes));
    call("1");
    assert_int_equal(roll.count, 1);
    assert_true(says("ann.zip: is not a zip file"));
}

/* ---- tables ---- */

static void assert_cell(const char *value, const char *cell)
{
    struct text csv = {0};
    csv_cell(&csv, value);
    assert_string_equal(csv.start, cell);
    text_free(&csv);
}

static void test_cells(void **state)
{
    (void)state;
    assert_cell("Ann \"A\", Smith", "\"Ann \"\"A\"\", Smith\"");
    assert_cell("=1+1", "\"'=1+1\"");
    assert_cell("  @SUM(A1)", "\"'  @SUM(A1)\"");
    assert_cell("＝1", "\"'＝1\"");
    assert_cell("one\ntwo", "\"one\\ntwo\"");
    assert_cell("学生", "\"学生\"");
}

static void test_numbers(void **state)
{
    struct text csv = {0};
    (void)state;
    csv_number(&csv, 100);
    csv_number(&csv, 33.333);
    csv_number(&csv, 0.05);
    csv_end_line(&csv);
    assert_string_equal(csv.start, "100,33.33,0.05\r\n");
    text_free(&csv);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_platforms),
        cmocka_unit_test(test_names_of_labs),
        cmocka_unit_test(test_names_of_files),
        cmocka_unit_test(test_hidden_folders),
        IN_PLACE(test_newest_upload),
        IN_PLACE(test_newest_folder),
        IN_PLACE(test_equal_folders),
        IN_PLACE(test_serve_alone),
        IN_PLACE(test_serve_of_named_lab),
        IN_PLACE(test_serve_in_archive_of_canvas),
        IN_PLACE(test_whole_lab_loose),
        IN_PLACE(test_folder_too_many),
        IN_PLACE(test_solutions_of_a_whole_kit),
        IN_PLACE(test_archive),
        IN_PLACE(test_archive_too_large),
        IN_PLACE(test_no_archive),
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
