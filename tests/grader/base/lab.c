#include "grader/base/lab.h"
#include "grader/base/text.h"

#include <stdio.h>
#include <string.h>

static bool is_empty(const char *string)
{
    return !string || !*string;
}

/* Says that scenario NUMBER (from 0) of LAB has the fault WHAT. False, for its callers to return.
 */
static bool fault(const struct lab *lab, size_t number, const char *what)
{
    const char *id = lab->scenarios[number]->id;
    fprintf(stderr, "grader: lab %s: scenario %zu (%s): %s\n", lab->name, number + 1,
            is_empty(id) ? "no id" : id, what);
    return false;
}

/* An id is typed after ONLY= and becomes a tag and a name in files: nothing to quote in it. */
static bool is_plain_id(const char *id)
{
    return !is_empty(id) && id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static bool scenario_is_sound(const struct lab *lab, size_t number)
{
    const struct scenario *this = lab->scenarios[number];
    bool sound = true;
    if (!is_plain_id(this->id))
        sound = fault(lab, number, "the id is not made of a-z, 0-9 and _");
    if (is_empty(this->sentence) || is_empty(this->hint) || is_empty(this->section))
        sound = fault(lab, number, "sentence, hint or section is empty");
    if (this->sentence && text_columns(this->sentence) > SENTENCE_COLUMNS)
        sound = fault(lab, number, "the sentence is too long for its line in the report");
    if (this->points < 1)
        sound = fault(lab, number, "it is worth no points");
    if (!this->run)
        sound = fault(lab, number, "there is no function to run");
    return sound;
}

/* Platforms tell tests apart by their names, so a sentence must be unique as well as an id. */
static bool scenario_is_new(const struct lab *lab, size_t number)
{
    const struct scenario *this = lab->scenarios[number];
    bool new = true;
    for (size_t i = 0; i < number; i++) {
        const struct scenario *other = lab->scenarios[i];
        if (this->id && other->id && strcmp(this->id, other->id) == 0)
            new = fault(lab, number, "another scenario has the same id");
        if (this->sentence && other->sentence && strcmp(this->sentence, other->sentence) == 0)
            new = fault(lab, number, "another scenario has the same sentence");
    }
    return new;
}

bool lab_is_sound(const struct lab *lab)
{
    if (is_empty(lab->name) || strspn(lab->name, "0123456789") == 0) {
        fprintf(stderr, "grader: a lab's name begins with its number\n");
        return false;
    }

    bool sound = true;
    int points = 0;
    for (size_t i = 0; i < lab->count; i++) {
        bool whole = scenario_is_sound(lab, i), new = scenario_is_new(lab, i);
        sound = sound && whole && new;
        points += lab->scenarios[i]->points;
    }
    size_t in_steps = 0;
    for (size_t i = 0; i < lab->step_count; i++)
        in_steps += lab->steps[i].count;
    if (lab->steps != NULL && in_steps != lab->count) {
        fprintf(stderr, "grader: lab %s: its steps do not hold all its scenarios\n", lab->name);
        sound = false;
    }
    if (is_empty(lab->handout)) {
        fprintf(stderr, "grader: lab %s: it names no handout\n", lab->name);
        sound = false;
    }
    if (lab->tasks < 1) {
        fprintf(stderr, "grader: lab %s: its programs may have no tasks\n", lab->name);
        sound = false;
    }
    if (points != 100) {
        fprintf(stderr, "grader: lab %s: the points add up to %d, not 100\n", lab->name, points);
        sound = false;
    }
    return sound;
}

const struct scenario *lab_find(const struct lab *lab, const char *id, size_t length)
{
    for (size_t i = 0; i < lab->count; i++)
        if (strlen(lab->scenarios[i]->id) == length &&
            memcmp(lab->scenarios[i]->id, id, length) == 0)
            return lab->scenarios[i];
    return NULL;
}

bool lab_names(const struct lab *lab, const char *ids, const struct scenario *scenario)
{
    static const char separators[] = ", ";
    for (const char *at = ids; *at != '\0';) {
        size_t length = strcspn(at, separators);
        if (lab_means(lab, at, length, scenario))
            return true;
        at += length;
        at += strspn(at, separators);
    }
    return false;
}

size_t lab_index(const struct lab *lab, const struct scenario *scenario)
{
    size_t index = 0;
    while (lab->scenarios[index] != scenario)
        index++;
    return index;
}

size_t lab_step(const struct lab *lab, size_t index)
{
    size_t step = 0;
    if (lab->steps == NULL)
        return 0;
    for (size_t end = 0; step < lab->step_count && index >= end; step++)
        end += lab->steps[step].count;
    return step;
}

/* ---- parts and themes ---- */

/* The name of SCENARIO's file, without folder and end. */
static void theme_of(const struct scenario *scenario, char theme[LAB_NAME])
{
    const char *file = scenario->file != NULL ? scenario->file : "";
    const char *slash = strrchr(file, '/');
    const char *name = slash != NULL ? slash + 1 : file;
    snprintf(theme, LAB_NAME, "%.*s", (int)strcspn(name, "."), name);
}

void scenario_part(const struct scenario *scenario, char part[LAB_NAME])
{
    const char *sentence = scenario->sentence;
    size_t dash = sentence[0] == '-'; /* an option of the server: "-e: serves fifty clients" */
    size_t word = dash + strspn(sentence + dash, "abcdefghijklmnopqrstuvwxyz_");
    if (word > 0 && word < LAB_NAME && sentence[word] == ':') {
        snprintf(part, LAB_NAME, "%.*s", (int)word, sentence);
        return;
    }
    theme_of(scenario, part);
    part[strcspn(part, "_")] = '\0';
}

static bool is_name(const char *name, const char *bytes, size_t length)
{
    return length > 0 && strlen(name) == length && memcmp(name, bytes, length) == 0;
}

static bool is_in_group(const struct scenario *scenario, const char *name, size_t length)
{
    char group[LAB_NAME];
    scenario_part(scenario, group);
    if (is_name(group, name, length))
        return true;
    theme_of(scenario, group);
    if (is_name(group, name, length))
        return true;
    group[strcspn(group, "_")] = '\0';
    return is_name(group, name, length);
}

/* The first word of the title of SCENARIO's step ("serve"). */
static void step_of(const struct lab *lab, const struct scenario *scenario, char step[LAB_NAME])
{
    const char *title = "";
    if (lab->steps != NULL)
        title = lab->steps[lab_step(lab, lab_index(lab, scenario)) - 1].title;
    snprintf(step, LAB_NAME, "%.*s", (int)strspn(title, "abcdefghijklmnopqrstuvwxyz_"), title);
}

bool lab_means(const struct lab *lab, const char *name, size_t length,
               const struct scenario *scenario)
{
    char step[LAB_NAME];
    const struct scenario *one = lab_find(lab, name, length);
    if (one != NULL)
        return one == scenario;
    step_of(lab, scenario, step);
    return is_name(step, name, length) || is_in_group(scenario, name, length);
}

/* ---- slips of the finger ---- */

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* How many characters must be put in, left out or replaced to make A (A_LENGTH bytes of it) into B,
   shorter than LAB_NAME (Levenshtein's distance, a row at a time). */
static size_t distance(const char *a, size_t a_length, const char *b)
{
    size_t row[LAB_NAME];
    size_t b_length = strlen(b);
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t above = row[j];
            row[j] = least_of(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_length];
}

/* Keeps CANDIDATE in CLOSE if it is closer to the LENGTH bytes at NAME than *LEAST. */
static void keep_closer(const char *candidate, const char *name, size_t length, size_t *least,
                        char close[LAB_NAME])
{
    if (candidate[0] == '\0' || strlen(candidate) >= LAB_NAME)
        return;
    size_t now = distance(name, length, candidate);
    if (now >= *least)
        return;
    snprintf(close, LAB_NAME, "%s", candidate);
    *least = now;
}

bool lab_find_close(const struct lab *lab, const char *name, size_t length, char close[LAB_NAME])
{
    size_t least = 1 + length / 3; /* a third of it may be wrong */
    close[0] = '\0';
    if (length >= LAB_NAME)
        return false;
    for (size_t i = 0; i < lab->count; i++) {
        char group[LAB_NAME];
        keep_closer(lab->scenarios[i]->id, name, length, &least, close);
        scenario_part(lab->scenarios[i], group);
        keep_closer(group, name, length, &least, close);
        theme_of(lab->scenarios[i], group);
        keep_closer(group, name, length, &least, close);
        step_of(lab, lab->scenarios[i], group);
        keep_closer(group, name, length, &least, close);
    }
    return close[0] != '\0';
}
