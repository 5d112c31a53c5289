#include "grade/place.h"

#include "grade/box.h"
#include "grader/base/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FORGOTTEN_SECONDS = 3600, REMOVE_SECONDS = 10 };

/* A grading that was killed leaves its place behind. Nobody locks that any more. */
static void remove_forgotten(const char *parent)
{
    int folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = folder == -1 ? NULL : fdopendir(folder);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        struct stat status;
        if (entry->d_name[0] == '.' || fstatat(folder, entry->d_name, &status, 0) == -1 ||
            time(NULL) - status.st_mtime < FORGOTTEN_SECONDS)
            continue;
        int place = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (place != -1 && flock(place, LOCK_EX | LOCK_NB) == 0)
            remove_tree(folder, entry->d_name, status.st_uid, REMOVE_SECONDS);
        if (place != -1)
            close(place);
    }
    if (entries != NULL)
        closedir(entries);
}

/* A user that nobody else is, who may own files here: numbers that nobody is given, or, where these
   do not exist (in many a container), high ones below 65536. */
static uid_t find_user(int folder)
{
    const uid_t users[] = {2000000000 + (uid_t)getpid(), 20000 + (uid_t)(getpid() % 40000)};
    for (size_t i = 0; geteuid() == 0 && i < sizeof users / sizeof users[0]; i++)
        if (fchown(folder, users[i], users[i]) == 0 && fchown(folder, 0, 0) == 0)
            return users[i];
    return 0;
}

bool place_make(struct place *place, const char *build, const char *name, bool boxed)
{
    char parent[PATH_MAX];
    *place = (struct place){.folder = -1};
    if (snprintf(parent, sizeof parent, "%s/grading", build) >= (int)sizeof parent ||
        snprintf(place->path, sizeof place->path, "%s/%s.XXXXXX", parent, name) >=
            (int)sizeof place->path) {
        place->path[0] = '\0';
        errno = ENAMETOOLONG;
        return false;
    }
    if ((mkdir(parent, 0755) == -1 && errno != EEXIST) || mkdtemp(place->path) == NULL) {
        place->path[0] = '\0';
        return false;
    }
    remove_forgotten(parent);
    place->folder = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place->folder == -1 || flock(place->folder, LOCK_SH | LOCK_NB) == -1 ||
        fchmod(place->folder, 0755) == -1)
        return false;
    place->user = boxed && geteuid() == 0 ? box_owner() : find_user(place->folder);
    return true;
}

void place_remove(struct place *place)
{
    if (place->path[0] != '\0')
        remove_tree(AT_FDCWD, place->path, place->user, REMOVE_SECONDS);
    if (place->folder != -1)
        close(place->folder);
    *place = (struct place){.folder = -1};
}

static bool make_way(int folder, const char *name)
{
    char way[PATH_MAX];
    snprintf(way, sizeof way, "%s", name);
    for (char *slash = way; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
        *slash = '\0';
        if (mkdirat(folder, way, 0755) == 0)
            fchmodat(folder, way, 0755, 0); /* whatever the umask */
        else if (errno != EEXIST)
            return false;
    }
    return true;
}

bool place_write(const struct place *place, const char *name, const struct text *bytes)
{
    if (!make_way(place->folder, name))
        return false;
    int file = openat(place->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool good = file != -1 && fchmod(file, 0644) == 0;
    for (size_t done = 0; good && done < bytes->length;) {
        ssize_t count = write(file, bytes->start + done, bytes->length - done);
        if (count > 0)
            done += (size_t)count;
        else
            good = count == -1 && errno == EINTR;
    }
    int error = errno;
    if (file != -1 && close(file) == -1 && good)
        return false;
    errno = error;
    return good;
}

bool place_open_folder(const struct place *place, const char *name)
{
    return mkdirat(place->folder, name, 0755) == 0 && fchmodat(place->folder, name, 0755, 0) == 0 &&
           (place->user == 0 ||
            fchownat(place->folder, name, place->user, place->user, AT_SYMLINK_NOFOLLOW) == 0);
}

bool place_close_folder(const struct place *place, const char *name)
{
    int folder = openat(place->folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries = folder == -1 ? NULL : fdopendir(folder);
    bool good = entries != NULL && fchown(folder, geteuid(), getegid()) == 0;
    for (struct dirent *entry; good && (entry = readdir(entries)) != NULL;)
        if (entry->d_name[0] != '.')
            good = fchownat(folder, entry->d_name, geteuid(), getegid(), AT_SYMLINK_NOFOLLOW) == 0;
    if (entries != NULL)
        closedir(entries);
    return good;
}
