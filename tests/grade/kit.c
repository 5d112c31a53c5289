#include "grade/kit.h"

#include "grader/base/tools.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Looks for the program that COMPILER begins with, as execvp(3) does. */
static bool find_compiler(struct kit *kit)
{
    int length = (int)strcspn(kit->compiler, " ");
    const char *folders = memchr(kit->compiler, '/', (size_t)length) != NULL ? "" : getenv("PATH");
    for (const char *at = folders; at != NULL;) {
        int folder = (int)strcspn(at, ":");
        snprintf(kit->compiler_path, sizeof kit->compiler_path, "%.*s%s%.*s", folder, at,
                 folder > 0 ? "/" : "", length, kit->compiler);
        if (length > 0 && access(kit->compiler_path, X_OK) == 0)
            return true;
        at = at[folder] == ':' ? at + folder + 1 : NULL;
    }
    fprintf(stderr,
            "grade: there is no compiler called \"%.*s\"; `sh .ci/install student` installs "
            "gcc\n",
            length, kit->compiler);
    return false;
}

bool kit_find(struct kit *kit, const char *root, const char *compiler)
{
    ssize_t length = readlink("/proc/self/exe", kit->build, sizeof kit->build - 1);
    if (length == -1 || realpath(root, kit->root) == NULL) {
        fprintf(stderr, "grade: %s: %s\n", length == -1 ? "/proc/self/exe" : root, strerror(errno));
        return false;
    }
    kit->build[length] = '\0';
    *strrchr(kit->build, '/') = '\0';
    kit->compiler = compiler;
    tools_reduce_path();
    return find_compiler(kit);
}

char *kit_built(const struct kit *kit, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", kit->build, name) == -1)
        abort();
    return path;
}
