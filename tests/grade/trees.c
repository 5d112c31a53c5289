#include "grade/trees.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* ---- the reference ---- */

bool reference_find(struct reference_tree *reference, const char *root)
{
    struct utsname machine;
    char *path = reference->path;
    reference->tree = (struct tree){.path = path, .shown = "solutions"};
    int length = snprintf(path, sizeof reference->path, "%s/solutions", root);
    if (length > 0 && length < (int)sizeof reference->path && is_folder(path))
        return true;
    if (uname(&machine) == -1)
        return false;
    reference->tree = (struct tree){.path = path, .shown = REFERENCE_WORD, .holds_objects = true};
    length = snprintf(path, sizeof reference->path, "%s/reference/%s", root, machine.machine);
    return length > 0 && length < (int)sizeof reference->path && is_folder(path);
}

/* ---- names ---- */

/* A name that a message may show and the place may use: what a person would type for a folder of
   this kit. Everything else is called as the student's own copy is. */
static bool is_plain(const char *path)
{
    static const char *const taken[] = {"given", "objects", "programs", "below"};
    bool plain = isalnum((unsigned char)path[0]) && strlen(path) < PLAIN_NAME &&
                 strstr(path, "..") == NULL && strstr(path, "//") == NULL;
    for (const char *at = path; *at != '\0'; at++)
        plain = plain && ((isascii(*at) && isalnum((unsigned char)*at)) || strchr("._-/", *at));
    size_t first = strcspn(path, "/");
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) /* the place has these of its own */
        plain = plain && (strlen(taken[i]) != first || strncmp(path, taken[i], first) != 0);
    return plain;
}

/* ---- which they are ---- */

/* What a person who typed NAME may have meant. */
static void tell_missing(const char *name, bool is_base, const struct reference_tree *reference,
                         bool has_reference)
{
    struct utsname machine;
    struct text shown = {0};
    text_harmless(&shown, name, strlen(name), 200, false);
    if (strcmp(name, REFERENCE_WORD) == 0)
        fprintf(stderr, "This kit has no reference for this kind of machine (%s).\n",
                uname(&machine) == 0 ? machine.machine : "unknown");
    else
        fprintf(stderr, "There is no folder %s to %s.\n", shown.start,
                is_base ? "take the labs below from" : "grade");
    if (has_reference && reference->tree.holds_objects && strcmp(name, "solutions") == 0)
        fprintf(stderr, "This kit has the reference in compiled form: use %s=%s.\n",
                is_base ? "BASE" : "SRC", REFERENCE_WORD);
    text_free(&shown);
}

bool trees_find(struct tree *tree, struct tree *base, struct reference_tree *reference,
                const struct options *options)
{
    struct tree *const trees[] = {tree, base};
    const char *const names[] = {options->tree, options->base};
    bool has_reference = reference_find(reference, options->kit);
    for (size_t i = 0; i < 2; i++) {
        bool is_reference = has_reference && strcmp(names[i], REFERENCE_WORD) == 0;
        if (!is_reference && (!is_folder(names[i]) || strcmp(names[i], REFERENCE_WORD) == 0)) {
            tell_missing(names[i], i == 1, reference, has_reference);
            return false;
        }
        *trees[i] = (struct tree){.path = names[i], .shown = i == 0 ? "labs" : "base"};
        if (is_reference)
            *trees[i] = reference->tree;
        else if (is_plain(names[i]))
            trees[i]->shown = names[i];
    }
    if (strcmp(options->tree, options->base) == 0)
        base->shown = tree->shown;
    return true;
}
