#include "grade/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void reduce_search_path(void)
{
    const char *path = getenv("PATH");
    char kept[8192] = "";
    char *copy = strdup(path != NULL ? path : "/usr/bin:/bin");
    char *rest = NULL;
    for (char *folder = copy == NULL ? NULL : strtok_r(copy, ":", &rest); folder != NULL;
         folder = strtok_r(NULL, ":", &rest))
        if (folder[0] == '/' && strlen(kept) + strlen(folder) + 2 < sizeof kept) {
            if (kept[0] != '\0')
                strcat(kept, ":");
            strcat(kept, folder);
        }
    free(copy);
    setenv("PATH", kept[0] != '\0' ? kept : "/usr/bin:/bin", 1);
}

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
    reduce_search_path();
    return find_compiler(kit);
}

char *kit_built(const struct kit *kit, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", kit->build, name) == -1)
        abort();
    return path;
}
