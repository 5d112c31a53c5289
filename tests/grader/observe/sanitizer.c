#include "grader/observe/sanitizer.h"

#include <stdio.h>
#include <string.h>

/* The line of TEXT before AT that AT is in. */
static const char *line_of(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n')
        at--;
    return at;
}

/* `    [32, 4128) 'bytes' (line 50) <== Memory access at offset 4128 overflows this variable` */
static void read_stack(const char *log, struct sanitizer *sanitizer)
{
    size_t begin;
    size_t end;
    const char *mark = strstr(log, "<== Memory access");
    if (mark == NULL)
        return;
    if (sscanf(line_of(log, mark), " [%zu, %zu) '%63[^'\n]' (line %d)", &begin, &end,
               sanitizer->variable, &sanitizer->line) >= 3 &&
        end >= begin)
        sanitizer->room = end - begin;
}

/* `... global variable 'bytes' defined in 'labs/5-udp/udp.c:44:17' (0x...) of size 65507` */
static void read_global(const char *log, struct sanitizer *sanitizer)
{
    static const char before[] = "global variable '";
    char file[256];
    const char *at = strstr(log, before);
    if (at == NULL)
        return;
    /* The name of a variable within a function may be `udp_serve.bytes`, or `bytes`. */
    if (sscanf(at + sizeof before - 1, "%63[^'\n]' defined in '%255[^:\n]:%d", sanitizer->variable,
               file, &sanitizer->line) < 1)
        return;
    const char *size = strstr(at, "of size ");
    if (size != NULL)
        (void)sscanf(size, "of size %zu", &sanitizer->room);
}

/* `0x... is located 0 bytes to the right of 10-byte region [...)`; newer: `0 bytes after 10-byte`
 */
static void read_heap(const char *log, struct sanitizer *sanitizer)
{
    const char *at = strstr(log, "-byte region");
    if (at == NULL)
        return;
    const char *digits = at;
    while (digits > log && digits[-1] >= '0' && digits[-1] <= '9')
        digits--;
    (void)sscanf(digits, "%zu", &sanitizer->room);
}

bool sanitizer_read(const struct text *log, struct sanitizer *sanitizer)
{
    static const char before[] = "ERROR: AddressSanitizer: ";
    const char *report = log->start == NULL ? NULL : strstr(log->start, before);
    *sanitizer = (struct sanitizer){.kind = ""};
    if (report == NULL || sscanf(report + sizeof before - 1, "%63[-A-Za-z]", sanitizer->kind) != 1)
        return false;
    const char *read = strstr(report, "\nREAD of size ");
    const char *write = strstr(report, "\nWRITE of size ");
    sanitizer->writes = write != NULL && (read == NULL || write < read);
    const char *access = sanitizer->writes ? write : read;
    if (access != NULL)
        (void)sscanf(access, " %*s of size %zu", &sanitizer->size);
    if (strncmp(sanitizer->kind, "stack", 5) == 0 || strncmp(sanitizer->kind, "dynamic", 7) == 0)
        read_stack(report, sanitizer);
    else if (strncmp(sanitizer->kind, "global", 6) == 0)
        read_global(report, sanitizer);
    else
        read_heap(report, sanitizer);
    return true;
}
