#include "mutants/play.h"

#include "grade/hash.h"
#include "grade/take.h"
#include "grade/words.h"
#include "mutants/process.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MOST_FILE = 64 << 20,
    TRIES = 3,        /* so often a test may fail that passes alone, and the grader itself */
    FIRST_TESTS = 8,  /* so many tests are tried first */
    MOST_TESTS = 256, /* of a lab */
    NO_SCORE = 3,     /* grade's exit status when it has failed itself */
    MOST_FAULTS = 5,  /* so often that may be so in one run */
};

/* What is asked of grade next about a mutant. */
enum stage { QUICKLY, WITH_VALGRIND, AGAIN };

/* The files and the state of one grading at a time. */
struct slot {
    struct mutant *mutant;
    enum stage stage;
    enum stage before; /* where to go on if the test passes AGAIN */
    int tries;
    char unearned[TEST_NAME];
    struct text tree;   /* what is graded: a folder */
    struct text files;  /* the lab's files in it */
    struct text report; /* what grade says */
    struct text json;
};

struct playing {
    struct mutants *mutants;
    const struct workshop *workshop;
    struct kept *kept;
    const struct progress *progress;
    uint64_t kit;
    size_t next;
    size_t played;
    int faults;
    struct process processes[MOST_JOBS];
    struct slot slots[MOST_JOBS];
};

/* ---- what a verdict depends on, besides the mutant ---- */

static void add_file(struct text *all, const char *folder, const char *name)
{
    struct text path = {0};
    struct text bytes = {0};
    text_add(&path, "%s/%s", folder, name);
    bool there = read_plain_file(AT_FDCWD, path.start, MOST_FILE, &bytes);
    text_add(all, "%s %d %llx\n", name, there, (unsigned long long)hash_of(&bytes));
    text_free(&bytes);
    text_free(&path);
}

/* All that is played with: programs, the given objects, and the solutions. */
static uint64_t hash_kit(const struct workshop *workshop, const struct lab_files *lab)
{
    static const char *const built[] = {"grade",           "grader",           "probe.so",
                                        "labs/5-udp/link", "common/address.o", "common/console.o"};
    struct text all = {0};
    char name[128];
    for (size_t i = 0; i < sizeof built / sizeof built[0]; i++)
        add_file(&all, workshop->build, built[i]);
    for (size_t i = 0; i < LAB_PROGRAMS && lab->programs[i].name != NULL; i++) {
        snprintf(name, sizeof name, "%s.o", lab->programs[i].main);
        add_file(&all, workshop->build, name);
    }
    for (size_t i = 0; i < count_names(lab->given); i++) {
        snprintf(name, sizeof name, "labs/%s.o", lab->given[i]);
        add_file(&all, workshop->build, name);
    }
    for (size_t i = 0; i < count_names(lab->below); i++) {
        snprintf(name, sizeof name, "solutions/%s.c", lab->below[i]);
        add_file(&all, workshop->root, name);
    }
    for (size_t i = 0; i < count_names(lab->written); i++) {
        snprintf(name, sizeof name, "solutions/%s/%s.c", lab->name, lab->written[i]);
        add_file(&all, workshop->root, name);
    }
    uint64_t hash = hash_of(&all);
    text_free(&all);
    return hash;
}

/* ---- which tests come first ---- */

struct tally {
    const char *test;
    int kills;
};

static void count_kill(struct tally *tallies, size_t *count, const char *test, int weight)
{
    size_t at = 0;
    while (at < *count && strcmp(tallies[at].test, test) != 0)
        at++;
    if (at == MOST_TESTS || test[0] == '\0' || test[0] == '-')
        return;
    if (at == *count)
        tallies[(*count)++] = (struct tally){test, 0};
    tallies[at].kills += weight;
}

static int more_kills(const void *a, const void *b)
{
    return ((const struct tally *)b)->kills - ((const struct tally *)a)->kills;
}

/* Adds the tests that most likely kill MUTANT: the one that did so before, then those that have
   killed the most of the same function, and of the same file. */
static void add_first_tests(struct text *first, const struct playing *playing,
                            const struct mutant *mutant)
{
    enum { HERE_BEFORE = 1000, SAME_FUNCTION = 20 };
    struct tally tallies[MOST_TESTS] = {{NULL, 0}};
    size_t count = 0;
    const struct kept_line *old = kept_verdict(playing->kept, mutant->object, playing->kit, true);
    if (old != NULL && old->verdict == KILLED)
        count_kill(tallies, &count, old->test, HERE_BEFORE);
    for (size_t i = 0; i < playing->mutants->count; i++) {
        const struct mutant *other = &playing->mutants->list[i];
        if (other->verdict != KILLED || other->original != mutant->original)
            continue;
        bool near = strcmp(other->mutation->function, mutant->mutation->function) == 0;
        count_kill(tallies, &count, other->test, near ? SAME_FUNCTION : 1);
    }
    qsort(tallies, count, sizeof tallies[0], more_kills);
    for (size_t i = 0; i < count && i < FIRST_TESTS; i++)
        text_add(first, "%s%s", i > 0 ? "," : "", tallies[i].test);
}

/* ---- grading ---- */

/* Puts the lab's files into SLOT's tree, with MUTANT in place of its original. */
static bool lay_out(const struct playing *playing, const struct slot *slot)
{
    bool good = true;
    for (size_t i = 0; good && i < count_names(playing->mutants->lab->written); i++) {
        const struct original *original = &playing->mutants->originals[i];
        struct text path = {0};
        text_add(&path, "%s/%s", slot->tree.start, original->name);
        good = mutant_write(original, original == slot->mutant->original ? slot->mutant : NULL,
                            path.start);
        text_free(&path);
    }
    return good;
}

static bool start(struct playing *playing, size_t number)
{
    struct slot *slot = &playing->slots[number];
    struct words words = {.count = 0};
    struct text first = {0};
    words_make(&words, "%s/grade", playing->workshop->build);
    words_add(&words, "--kit");
    words_add(&words, playing->workshop->root);
    words_add(&words, "--lab");
    words_add(&words, playing->mutants->lab->name);
    words_add(&words, "--tree");
    words_add(&words, slot->tree.start);
    words_add(&words, "--base");
    words_add(&words, "solutions");
    words_add(&words, "--place");
    words_add(&words, "mutant");
    words_add(&words, "--json");
    words_add(&words, slot->json.start);
    if (slot->stage == AGAIN) {
        words_split(&words, "--jobs 1 --patience 2 --only");
        words_add(&words, slot->mutant->test);
    } else {
        words_add(&words, "--until-failure");
        add_first_tests(&first, playing, slot->mutant);
        words_add(&words, "--first");
        words_add(&words, first.start != NULL ? first.start : "");
        if (slot->stage == QUICKLY)
            words_add(&words, "--no-valgrind");
    }
    bool good =
        process_start(&playing->processes[number], words.list, "/dev/null", slot->report.start);
    if (!good)
        perror("mutants: fork");
    text_free(&first);
    words_free(&words);
    return good;
}

/* ---- what came of it ---- */

static const char *string_of(const cJSON *object, const char *name)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
    return value != NULL ? value : "";
}

/* The first test in the results whose verdict is VERDICT; "" if there is none. */
static void find_test(const char *path, const char *verdict, char name[TEST_NAME])
{
    struct text text = {0};
    name[0] = '\0';
    if (!read_plain_file(AT_FDCWD, path, MOST_FILE, &text))
        return;
    cJSON *json = cJSON_Parse(text.start);
    const cJSON *test;
    cJSON_ArrayForEach(test, cJSON_GetObjectItem(json, "tests"))
    {
        const cJSON *data = cJSON_GetObjectItem(test, "extra_data");
        if (strcmp(string_of(data, "verdict"), verdict) == 0) {
            snprintf(name, TEST_NAME, "%s", string_of(data, "id"));
            break;
        }
    }
    cJSON_Delete(json);
    text_free(&text);
}

static void decide(struct playing *playing, struct slot *slot, enum verdict verdict)
{
    struct mutant *mutant = slot->mutant;
    mutant->verdict = verdict;
    if (verdict == SURVIVED || verdict == FAULTY)
        mutant->test[0] = '\0';
    if (verdict == UNEARNED)
        memcpy(mutant->test, slot->unearned, sizeof mutant->test);
    struct kept_line line = {.object = mutant->object, .by = playing->kit, .verdict = verdict};
    memcpy(line.test, mutant->test, sizeof line.test);
    if (verdict != FAULTY)
        kept_add(playing->kept, &line);
    slot->mutant = NULL;
    playing->progress->told(playing->mutants, mutant, ++playing->played,
                            playing->progress->argument);
}

/* No test has failed. */
static void go_on_unharmed(struct playing *playing, struct slot *slot)
{
    if (slot->stage == QUICKLY)
        slot->stage = WITH_VALGRIND;
    else
        decide(playing, slot, slot->unearned[0] != '\0' ? UNEARNED : SURVIVED);
}

/* What failed before has passed alone: the same once more, but not for ever. */
static void go_on_in_doubt(struct playing *playing, struct slot *slot)
{
    slot->stage = slot->before;
    if (++slot->tries == TRIES)
        decide(playing, slot, UNSTEADY);
}

/* Takes in how the grading in SLOT ended. Leaves it without a mutant, or with what is asked of
   grade next. False when grade itself does not work. */
static bool judge(struct playing *playing, struct slot *slot, int status)
{
    char failed[TEST_NAME];
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : NO_SCORE;
    if (code == NO_SCORE && ++slot->tries < TRIES)
        return true;
    if (code == NO_SCORE && ++playing->faults < MOST_FAULTS) {
        decide(playing, slot, FAULTY);
        return true;
    }
    if (code > 1) {
        fprintf(stderr, "mutants: grade gives no score (exit status %d); %s says why\n", code,
                slot->report.start);
        return false;
    }
    find_test(slot->json.start, "failed", failed);
    if (slot->stage == AGAIN && failed[0] != '\0') {
        decide(playing, slot, KILLED);
    } else if (slot->stage == AGAIN) {
        go_on_in_doubt(playing, slot);
    } else if (failed[0] != '\0') {
        memcpy(slot->mutant->test, failed, sizeof failed);
        slot->before = slot->stage;
        slot->stage = AGAIN;
    } else {
        find_test(slot->json.start, "not earned", slot->unearned);
        go_on_unharmed(playing, slot);
    }
    return true;
}

/* ---- one after another ---- */

static bool make_folder(const char *path)
{
    if (mkdir(path, 0755) == 0 || errno == EEXIST)
        return true;
    fprintf(stderr, "mutants: %s: %s\n", path, strerror(errno));
    return false;
}

static bool open_slot(const struct playing *playing, struct slot *slot, size_t number)
{
    const char *folder = playing->workshop->folder;
    text_add(&slot->tree, "%s/tree-%zu", folder, number);
    text_add(&slot->files, "%s/%s", slot->tree.start, playing->mutants->lab->name);
    text_add(&slot->report, "%s/report-%zu", folder, number);
    text_add(&slot->json, "%s/results-%zu.json", folder, number);
    return make_folder(slot->tree.start) && make_folder(slot->files.start);
}

/* The next mutant that there is no verdict on; NULL: there are no more. */
static struct mutant *next_mutant(struct playing *playing)
{
    while (playing->next < playing->mutants->count) {
        struct mutant *mutant = &playing->mutants->list[playing->next++];
        if (mutant_counts(mutant) && mutant->verdict == UNPLAYED)
            return mutant;
    }
    return NULL;
}

static bool begin_next(struct playing *playing, size_t number)
{
    struct slot *slot = &playing->slots[number];
    slot->mutant = next_mutant(playing);
    if (slot->mutant == NULL)
        return true;
    slot->stage = QUICKLY;
    slot->tries = 0;
    slot->unearned[0] = '\0';
    return lay_out(playing, slot) && start(playing, number);
}

static void recall(struct playing *playing)
{
    for (size_t i = 0; i < playing->mutants->count; i++) {
        struct mutant *mutant = &playing->mutants->list[i];
        const struct kept_line *line =
            kept_verdict(playing->kept, mutant->object, playing->kit, false);
        if (line == NULL || !mutant_counts(mutant))
            continue;
        mutant->verdict = line->verdict;
        memcpy(mutant->test, line->test, sizeof mutant->test);
        playing->played++;
    }
}

static bool play_all(struct playing *playing, size_t jobs)
{
    bool good = true;
    for (size_t i = 0; good && i < jobs; i++)
        good = open_slot(playing, &playing->slots[i], i) && begin_next(playing, i);
    for (;;) {
        size_t running = 0;
        for (size_t i = 0; i < jobs; i++)
            running += playing->processes[i].pid != 0;
        if (running == 0 || !good)
            return good;
        int ended = process_wait(playing->processes, jobs);
        if (ended == -1)
            return false;
        struct slot *slot = &playing->slots[ended];
        good = judge(playing, slot, playing->processes[ended].status) &&
               (slot->mutant != NULL ? start(playing, (size_t)ended)
                                     : begin_next(playing, (size_t)ended));
    }
}

bool mutants_play(struct mutants *mutants, const struct workshop *workshop, struct kept *kept,
                  const struct progress *progress)
{
    struct playing playing = {.mutants = mutants,
                              .workshop = workshop,
                              .kept = kept,
                              .progress = progress,
                              .kit = hash_kit(workshop, mutants->lab)};
    recall(&playing);
    bool good = play_all(&playing, workshop->jobs);
    for (size_t i = 0; i < MOST_JOBS; i++) {
        struct slot *slot = &playing.slots[i];
        struct text *const texts[] = {&slot->tree, &slot->files, &slot->report, &slot->json};
        for (size_t text = 0; text < sizeof texts / sizeof texts[0]; text++)
            text_free(texts[text]);
    }
    return good;
}
