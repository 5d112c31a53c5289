/* A file that is there whole, or not at all. */
#ifndef SOCKLADDER_WHOLE_FILE_H
#define SOCKLADDER_WHOLE_FILE_H

#include "grader/base/text.h"

#include <stdbool.h>

/* A file under way. Nobody else sees it under its own name before whole_file_commit(). */
struct whole_file {
    int fd; /* to write to; FD_CLOEXEC */
    struct text path;
    struct text temporary; /* beside it */
};

/*
 * Begins the file PATH: what is there already is removed, so that nothing old is ever taken for the
 * result of what follows, and a temporary file beside it is opened, with the permissions that any
 * new file gets. At PATH there must be nothing or a regular file, not a link, a device or a pipe.
 *
 * True, and then whole_file_commit() or whole_file_abandon() ends it. False after a message on
 * standard error; then nothing has begun.
 */
bool whole_file_begin(struct whole_file *file, const char *path);

/* Closes the file and gives it its name. True, or false after a message on standard error; then
   there is no file. Either way FILE is done with. */
bool whole_file_commit(struct whole_file *file);

/* Closes the file and removes it. */
void whole_file_abandon(struct whole_file *file);

#endif
