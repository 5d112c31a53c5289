#include "class/names.h"

#include "grade/labs.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *copy(const char *bytes, size_t length)
{
    char *made = strndup(bytes, length);
    if (made == NULL)
        abort();
    return made;
}

/* The number of bytes of the "_12345" that ends at END of NAME; 0 if there is none. */
static size_t number_before(const char *name, size_t end)
{
    size_t start = end;
    while (start > 0 && isdigit((unsigned char)name[start - 1]))
        start--;
    return start > 1 && start < end && name[start - 1] == '_' ? end - start + 1 : 0;
}

static bool is_moodle(const char *name, struct who *who)
{
    static const char *const kinds[] = {"_assignsubmission_file", "_assignsubmission_onlinetext"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *kind = strstr(name, kinds[i]);
        if (kind == NULL)
            continue;
        size_t end = (size_t)(kind - name);
        size_t number = number_before(name, end);
        if (number == 0)
            return false;
        const char *file = kind + strlen(kinds[i]);
        file += *file == '_';
        *who = (struct who){MOODLE, copy(name, end - number),
                            copy(name + end - number + 1, number - 1), copy(file, strlen(file)),
                            false};
        return true;
    }
    return false;
}

static bool is_canvas(const char *name, struct who *who)
{
    size_t first = strcspn(name, "_");
    const char *at = name + first;
    bool late = strncmp(at, "_LATE_", 6) == 0;
    at += late ? 5 : 0;
    size_t id = *at == '_' ? strspn(at + 1, "0123456789") : 0;
    const char *second = at + 1 + id;
    if (first == 0 || id == 0 || *second != '_')
        return false;
    size_t number = strspn(second + 1, "0123456789");
    const char *file = second + 1 + number;
    if (number == 0 || *file != '_' || file[1] == '\0')
        return false;
    *who = (struct who){CANVAS, copy(name, first), copy(at + 1, id),
                        copy(file + 1, strlen(file + 1)), late};
    return true;
}

bool who_is(const char *name, bool file, struct who *who)
{
    if (is_moodle(name, who) || (file && is_canvas(name, who)))
        return true;
    if (file)
        return false;
    *who = (struct who){PLAIN, copy(name, strlen(name)), copy("", 0), copy("", 0), false};
    return true;
}

void who_free(struct who *who)
{
    free(who->name);
    free(who->id);
    free(who->file);
    *who = (struct who){0};
}

int lab_named(const char *part, unsigned long length)
{
    for (size_t i = 0; i < LABS; i++)
        if (strlen(all_labs[i].name) == length && strncmp(all_labs[i].name, part, length) == 0)
            return (int)i + 1;
    size_t at = 3;
    if (length < 4 || strncasecmp(part, "lab", 3) != 0)
        return 0;
    while (at < length && strchr(" _-0", part[at]) != NULL)
        at++;
    if (at == length || part[at] < '1' || part[at] > '0' + LABS ||
        (at + 1 < length && isdigit((unsigned char)part[at + 1])))
        return 0;
    return part[at] - '0';
}
