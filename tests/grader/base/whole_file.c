#include "grader/base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(const char *path, const char *reason)
{
    struct text harmless = {0};
    text_harmless(&harmless, path, strlen(path), SIZE_MAX, false);
    fprintf(stderr, "%s: %s\n", harmless.start != NULL ? harmless.start : "\"\"", reason);
    text_free(&harmless);
    return false;
}

/* Is PATH free for a file to be renamed to it? Renaming over a link or a device, such as
   /dev/stdout, would take it away from everybody else. */
static bool is_replaceable(const char *path)
{
    struct stat there;
    if (lstat(path, &there) == -1)
        return errno == ENOENT || fail(path, strerror(errno));
    return S_ISREG(there.st_mode) || fail(path, "not a regular file");
}

static void let_go(struct whole_file *file)
{
    if (file->fd != -1)
        close(file->fd);
    text_free(&file->path);
    text_free(&file->temporary);
    file->fd = -1;
}

bool whole_file_begin(struct whole_file *file, const char *path)
{
    *file = (struct whole_file){.fd = -1};
    if (!is_replaceable(path))
        return false;
    if (unlink(path) == -1 && errno != ENOENT)
        return fail(path, strerror(errno));
    text_add(&file->path, "%s", path);
    text_add(&file->temporary, "%s.XXXXXX", path);
    file->fd = mkostemp(file->temporary.start, O_CLOEXEC);
    if (file->fd == -1) {
        fail(path, errno == ENOENT ? "there is no such folder" : strerror(errno));
        let_go(file);
        return false;
    }
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(file->fd, 0666 & ~mask) == 0)
        return true;
    fail(path, strerror(errno));
    whole_file_abandon(file);
    return false;
}

bool whole_file_commit(struct whole_file *file)
{
    const char *path = file->path.start;
    bool written = close(file->fd) == 0;
    if (!written)
        fail(path, strerror(errno));
    file->fd = -1;
    written = written && is_replaceable(path);
    if (written && rename(file->temporary.start, path) == -1)
        written = fail(path, strerror(errno));
    if (!written)
        unlink(file->temporary.start);
    let_go(file);
    return written;
}

void whole_file_abandon(struct whole_file *file)
{
    unlink(file->temporary.start);
    let_go(file);
}
