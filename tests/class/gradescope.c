#include "class/gradescope.h"

#include <string.h>
#include <time.h>

/* Adds the YAML scalar in WORD, of LENGTH bytes: plain or in quotes. */
static void add_scalar(struct text *text, const char *word, size_t length)
{
    int quote = length >= 2 && word[0] == word[length - 1] ? word[0] : '\0';
    if (quote != '\'' && quote != '"') {
        text_add_bytes(text, word, length);
        return;
    }
    for (size_t i = 1; i + 1 < length; i++) {
        if (i + 2 < length && ((quote == '\'' && word[i] == '\'' && word[i + 1] == '\'') ||
                               (quote == '"' && word[i] == '\\' && strchr("\\\"/", word[i + 1]))))
            i++;
        text_add_bytes(text, word + i, 1);
    }
}

/* "2026-09-10 02:33:25.469587000 Z", or with "+01:00", as Ruby writes it. */
static int64_t read_time(const char *word, size_t length)
{
    struct text string = {0};
    struct tm parts = {0};
    int64_t seconds = 0;
    add_scalar(&string, word, length);
    const char *at = string.start != NULL ? strptime(string.start, "%Y-%m-%d", &parts) : NULL;
    if (at != NULL)
        at = strptime(at + (*at == 'T'), "%H:%M:%S", &parts);
    if (at != NULL) {
        at += *at == '.' ? 1 + strspn(at + 1, "0123456789") : 0;
        struct tm zone = {0};
        at += strspn(at, " ");
        if (strcmp(at, "Z") == 0 || strcmp(at, "UTC") == 0)
            seconds = timegm(&parts);
        else if ((*at == '+' || *at == '-') && strptime(at + 1, "%H:%M", &zone) != NULL)
            seconds = timegm(&parts) - (*at == '+' ? 60 : -60) * (zone.tm_hour * 60L + zone.tm_min);
    }
    text_free(&string);
    return seconds;
}

/* If LINE begins with KEY, what follows it. */
static const char *after(const char *line, const char *key, size_t length, size_t *left)
{
    size_t size = strlen(key);
    if (size > length || strncmp(line, key, size) != 0)
        return NULL;
    *left = length - size;
    return line + size;
}

/* A line below the submission. Submitters stand four columns in, or two with a dash; what is deeper
   is of the results or of earlier submissions. */
static void read_line(struct gradescope *found, const char *line, size_t length, bool *people)
{
    size_t left = 0;
    const char *value = after(line, "  :created_at: ", length, &left);
    if (value != NULL)
        found->handed_in = read_time(value, left);
    if (length > 3 && strncmp(line, "  :", 3) == 0)
        *people = after(line, "  :submitters:", length, &left) != NULL;
    if (!*people || length < 5 ||
        (strncmp(line, "  - :", 5) != 0 && strncmp(line, "    :", 5) != 0))
        return;
    const char *key = line + 4;
    if ((value = after(key, ":name: ", length - 4, &left)) != NULL) {
        if (found->names.length > 0)
            text_add(&found->names, " & ");
        add_scalar(&found->names, value, left);
    } else if ((value = after(key, ":sid: ", length - 4, &left)) != NULL && found->id.length == 0) {
        add_scalar(&found->id, value, left);
    } else if ((value = after(key, ":email: ", length - 4, &left)) != NULL &&
               found->email.length == 0) {
        add_scalar(&found->email, value, left);
    }
}

bool gradescope_find(struct gradescope *found, const struct text *bytes, const char *folder)
{
    bool inside = false;
    bool people = false;
    size_t size = strlen(folder);
    *found = (struct gradescope){0};
    for (const char *at = bytes->start; at != NULL && *at != '\0';) {
        size_t line = strcspn(at, "\n");
        size_t length = line > 0 && at[line - 1] == '\r' ? line - 1 : line;
        if (length > 0 && *at != ' ' && *at != '-') {
            if (inside)
                break;
            inside = length == size + 1 && strncmp(at, folder, size) == 0 && at[size] == ':';
        } else if (inside) {
            read_line(found, at, length, &people);
        }
        at += line + (at[line] == '\n');
    }
    return found->names.length > 0;
}

void gradescope_free(struct gradescope *found)
{
    text_free(&found->names);
    text_free(&found->id);
    text_free(&found->email);
}
