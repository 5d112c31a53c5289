/* class_page: writes the page of a class that nobody has handed in, to be looked at in a browser.
   usage: class_page OUT COUNT JSON...
   COUNT students, each with a result for each lab of which there is a JSON of grade's, named
   LAB.ANYTHING, in turns. Names are of all kinds; in every place where the page shows what a
   stranger wrote there is, for some, a script that changes the title of the page if it runs. */
#include "browser/canary.h"
#include "class/page.h"
#include "grade/take.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RESULT = 16 << 20, MOST_RESULTS = 64 };

static const char *const names[] = {
    "Ann Smith",
    "محمد علي",
    "王小明",
    "🙂 Émile",
    "José Ñuñez",
    "עברית",
    "Nguyễn Thị Minh",
    "한국어 이름",
    "=cmd|' /C calc'!A0",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    CANARY,
    "line\nline",
    "O'Brien, \"Ann\"",
    "x",
};

static char *made(const char *format, const char *word, size_t number)
{
    char *string = NULL;
    if (asprintf(&string, format, word, number) == -1)
        abort();
    return string;
}

static char *copy_of(const char *string)
{
    char *copy = strdup(string);
    if (copy == NULL)
        abort();
    return copy;
}

static void append(char **string, const char *more)
{
    char *longer = NULL;
    if (asprintf(&longer, "%s%s", *string, more) == -1)
        abort();
    free(*string);
    *string = longer;
}

/* What a program may have printed, or how a file of its may be called, in every place. */
static void make_hostile(struct verdict *verdict)
{
    append(&verdict->remark, CANARY);
    for (size_t i = 0; i < verdict->count; i++) {
        if (verdict->tests[i].status == TEST_PASSED)
            continue;
        append(&verdict->tests[i].output, CANARY);
        append(&verdict->tests[i].name, CANARY);
    }
}

/* The lab of the file PATH, ".../1-echo.starters"; LABS: none. */
static size_t lab_of(const char *path)
{
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    size_t lab = 0;
    while (lab < LABS && strncmp(name, all_labs[lab].name, strlen(all_labs[lab].name)) != 0)
        lab++;
    return lab;
}

/* The result of the NUMBERth student in LAB: one of PATHS. False after a message, or if none is of
   that lab. */
static bool read_verdict(struct verdict *verdict, char **paths, int count, size_t lab,
                         size_t number)
{
    const char *of[MOST_RESULTS];
    size_t many = 0;
    struct text json = {0};
    for (int i = 0; i < count && many < MOST_RESULTS; i++)
        if (lab_of(paths[i]) == lab)
            of[many++] = paths[i];
    if (many == 0)
        return false;
    bool good = read_plain_file(AT_FDCWD, of[number % many], MOST_RESULT, &json) &&
                verdict_read(verdict, &json);
    if (!good)
        fprintf(stderr, "class_page: %s is no result\n", of[number % many]);
    text_free(&json);
    return good;
}

static void enroll(struct student *student, size_t number)
{
    const char *name = names[number % (sizeof names / sizeof names[0])];
    *student = (struct student){.name = made("%s %03zu", name, number),
                                .key = made("%s%03zu", "key", number),
                                .plain = made("%s-%03zu", "student", number),
                                .folder = copy_of(""),
                                .id = copy_of(""),
                                .email = copy_of("")};
}

/* What student NUMBER has handed in. */
static void grade(struct class_results *results, struct job *jobs, bool *labs, char **paths,
                  int count, size_t number)
{
    for (size_t lab = 0; lab < LABS; lab++) {
        struct job *job = &jobs[results->count];
        *job = (struct job){.student = &results->roll->students[number], .lab = lab, .done = true};
        if (!read_verdict(&job->verdict, paths, count, lab, number))
            continue;
        if (number % 10 == 0)
            make_hostile(&job->verdict);
        job->cost = number % 11 == 3 ? 10 : 0;
        labs[lab] = true;
        results->count++;
    }
}

/* The first and the last who handed in the first lab. */
static struct pair find_pair(const struct class_results *results)
{
    struct pair pair = {.one = &results->jobs[0], .percent = 91};
    for (size_t i = 0; i < results->count; i++)
        if (results->jobs[i].lab == pair.one->lab)
            pair.other = &results->jobs[i];
    return pair;
}

int main(int argc, char **argv)
{
    struct roll roll = {.count = argc > 3 ? strtoul(argv[2], NULL, 10) : 0};
    bool labs[LABS] = {false};
    setlocale(LC_CTYPE, "C.UTF-8");
    if (roll.count == 0 || !make_folders(argv[1])) {
        fprintf(stderr, "usage: class_page OUT COUNT JSON...\n");
        return 2;
    }
    roll.students = calloc(roll.count, sizeof roll.students[0]);
    struct job *jobs = calloc(roll.count * LABS, sizeof jobs[0]);
    struct alike alike = {0};
    struct class_results results = {&roll, labs, jobs, 0, &alike};
    if (roll.students == NULL || jobs == NULL)
        abort();
    for (size_t s = 0; s < roll.count; s++) {
        enroll(&roll.students[s], s);
        if (s % 17 != 5) /* some hand in nothing */
            grade(&results, jobs, labs, argv + 3, argc - 3, s);
    }
    struct pair pair = find_pair(&results);
    alike = (struct alike){&pair, 1};
    bool good = results.count > 0 && page_write(&results, argv[1]);
    for (size_t i = 0; i < results.count; i++)
        job_free(&jobs[i]);
    free(jobs);
    roll_free(&roll);
    return good ? 0 : 3;
}
