#include "grade/linker.h"

#include "grade/take.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NAME = 64, MOST_NAMES = 16, MOST_HEADER = 1 << 20 };

/* True when TEXT declares the function NAME: the name stands in it, whole, and a bracket opens. */
static bool declares(const struct text *text, const char *name)
{
    size_t length = strlen(name);
    const char *at = text->start;
    while (at != NULL && (at = strstr(at, name)) != NULL) {
        if (at > text->start && strchr(" *", at[-1]) != NULL && at[length] == '(' &&
            strstr(at, ");") != NULL)
            return true;
        at += length;
    }
    return false;
}

static bool header_declares(const struct kit *kit, const char *header, const char *name)
{
    struct text bytes = {0};
    char path[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", kit->root, header);
    bool found = read_plain_file(AT_FDCWD, path, MOST_HEADER, &bytes) && declares(&bytes, name);
    text_free(&bytes);
    return found;
}

/* The file of LAB, or of those below, that the function NAME belongs in: "1-echo/tcp". NULL: it is
   not one of theirs. */
static const char *home_of(const struct kit *kit, const struct lab_files *lab, const char *name,
                           char *home, size_t size)
{
    char header[512];
    for (size_t i = 0; i < count_names(lab->written) + count_names(lab->below); i++) {
        size_t own = count_names(lab->written);
        if (i < own)
            snprintf(home, size, "%s/%s", lab->name, lab->written[i]);
        else
            snprintf(home, size, "%s", lab->below[i - own]);
        snprintf(header, sizeof header, "labs/%s.h", home);
        if (header_declares(kit, header, name))
            return home;
        snprintf(header, sizeof header, "common%s.h", strchr(home, '/'));
        if (header_declares(kit, header, name))
            return home;
    }
    return NULL;
}

/* Copies the name that stands behind WORDS in LINE, in quotes of either kind. */
static bool name_behind(const char *line, const char *words, char *name)
{
    const char *at = strstr(line, words);
    const char *end = strchr(line, '\n');
    if (at == NULL || (end != NULL && at > end))
        return false;
    at += strlen(words);
    at += strspn(at, "`' ");
    return sscanf(at, "%63[A-Za-z0-9_]", name) == 1;
}

/* What one line of the linker comes to. False when it is none of ours to explain. */
static bool explain_line(struct text *said, const char *line, const struct lab_files *lab,
                         const struct kit *kit)
{
    char name[NAME];
    char home[256];
    if (name_behind(line, "undefined reference to ", name) && strcmp(name, "main") != 0) {
        if (home_of(kit, lab, name, home, sizeof home) != NULL)
            text_add(said, _("%s is not defined anywhere. It belongs in %s.c.\n"), name, home);
        else
            text_add(said,
                     _("%s is called, and not defined anywhere. Is its name spelled right?\n"),
                     name);
        return true;
    }
    if (name_behind(line, "multiple definition of ", name)) {
        text_add(said, _("%s is defined twice.%s\n"), name,
                 _(strcmp(name, "main") == 0 ? " The lab has a main already: write none."
                                             : " Functions of your own are best made static."));
        return true;
    }
    return false;
}

void linker_explain(struct text *said, const char *linked, const struct lab_files *lab,
                    const struct kit *kit)
{
    struct text explained = {0};
    for (const char *line = linked; line != NULL && *line != '\0';) {
        struct text words = {0};
        if (explain_line(&words, line, lab, kit) &&
            (explained.start == NULL || strstr(explained.start, words.start) == NULL))
            text_add(&explained, "%s", words.start);
        text_free(&words);
        line = strchr(line, '\n');
        if (line != NULL)
            line++;
    }
    if (explained.start != NULL)
        text_add(said, "%s", explained.start);
    else if (linked != NULL)
        text_add(said, "%s", linked);
    text_free(&explained);
}
