#include "grader/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Adds the lines of FILE that begin with one of WORDS, up to NULL. */
static void add_lines(struct text *out, const char *file, const char *const *words)
{
    char line[512];
    FILE *stream = fopen(file, "re");
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL)
        for (size_t i = 0; words[i] != NULL; i++)
            if (strncmp(line, words[i], strlen(words[i])) == 0)
                text_add(out, "%s", line);
    if (stream != NULL)
        fclose(stream);
}

void machine_facts(struct text *out)
{
    static const char *const status[] = {"Cap", "NoNewPrivs", "Seccomp", NULL};
    static const char *const limits[] = {"Max", NULL};
    struct utsname name;
    if (uname(&name) == 0)
        text_add(out, "%s %s\n", name.release, name.machine);
    text_add(out, "user %d\n", (int)geteuid());
    add_lines(out, "/proc/self/status", status);
    add_lines(out, "/proc/self/limits", limits);
}
