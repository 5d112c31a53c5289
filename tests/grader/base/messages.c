#include "grader/base/messages.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The rows of the catalog in use, sorted. NULL: English. */
static struct catalog_row *rows;
static size_t row_count;

static const char *value_of(const char *name)
{
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

/* Is LANGUAGE, up to its end or a character that no name of a language has, NAME? */
static bool is_language(const char *language, const char *name)
{
    size_t length = strlen(name);
    return strncmp(language, name, length) == 0 && strchr(":_.@-", language[length]) != NULL;
}

/* Is LOCALE C, or does it name an encoding other than UTF-8, which is that of the catalogs? */
static bool is_for_english(const char *locale)
{
    const char *encoding = strchr(locale, '.');
    return strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0 ||
           (encoding != NULL && strncasecmp(encoding, ".utf-8", 6) != 0 &&
            strncasecmp(encoding, ".utf8", 5) != 0);
}

static bool wants_chinese(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *locale = "";
    for (size_t i = 0; i < sizeof variables / sizeof variables[0] && locale[0] == '\0'; i++)
        locale = value_of(variables[i]);
    const char *languages = value_of("LANGUAGE");
    if (is_for_english(locale))
        return false;
    for (const char *at = languages[0] != '\0' ? languages : locale; *at != '\0';) {
        if (is_language(at, "zh"))
            return true;
        if (is_language(at, "en") || is_language(at, "C"))
            return false;
        at += strcspn(at, ":");
        at += strspn(at, ":");
    }
    return false;
}

static int by_english(const void *left, const void *right)
{
    const struct catalog_row *a = left;
    const struct catalog_row *b = right;
    return strcmp(a->english, b->english);
}

/* Once: which language it is. Processes that are forked later know it. */
static void choose(void)
{
    static bool chosen;
    size_t count = 0;
    if (chosen)
        return;
    chosen = true;
    if (!wants_chinese())
        return;
    while (catalog_zh[count].english != NULL)
        count++;
    rows = count > 0 ? malloc(count * sizeof *rows) : NULL;
    if (rows == NULL)
        return; /* then it is English */
    memcpy(rows, catalog_zh, count * sizeof *rows);
    row_count = count;
    qsort(rows, count, sizeof *rows, by_english);
}

const char *translation_language(void)
{
    choose();
    return rows != NULL ? "zh" : "en";
}

const char *translate(const char *english)
{
    const struct catalog_row wanted = {.english = english};
    choose();
    const struct catalog_row *row =
        rows == NULL ? NULL : bsearch(&wanted, rows, row_count, sizeof *rows, by_english);
    return row != NULL ? row->translated : english;
}
