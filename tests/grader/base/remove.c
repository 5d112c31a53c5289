#include "grader/base/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool is_self(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Opens folder NAME of OWNER's, or of ours, for reading and writing, though it may be locked. It is
   looked at and unlocked through a descriptor, since its name can stand for something else at any
   moment; but chmod(2) has no way to say so but proc(5). -1: it is no such folder. */
static int open_folder(int folder, const char *name, uid_t owner)
{
    struct stat status;
    char path[64];
    int place = openat(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place == -1)
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", place);
    bool right =
        fstat(place, &status) == 0 && (status.st_uid == owner || status.st_uid == geteuid());
    bool open = right && ((status.st_mode & S_IRWXU) == S_IRWXU || chmod(path, S_IRWXU) == 0);
    int fd = open ? openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    close(place);
    return fd;
}

struct removal {
    int top; /* everything below it goes */
    uid_t owner;
    double until;
    unsigned long moved; /* how many folders have got a new name */
};

/* Moves folder NAME up from FOLDER to the top, where it is seen to later: so no depth needs more
   descriptors, or a longer name, than any other. */
static bool move_up(struct removal *removal, int folder, const char *name)
{
    char fresh[64];
    int fd = open_folder(folder, name, removal->owner); /* a locked one cannot be moved */
    if (fd == -1)
        return false;
    close(fd);
    do
        snprintf(fresh, sizeof fresh, "moved.%lu", removal->moved++);
    while (faccessat(removal->top, fresh, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    return renameat(folder, name, removal->top, fresh) == 0;
}

/* Removes all in folder FD, or moves it to the top; closes FD. True if something was. */
static bool empty_folder(struct removal *removal, int fd)
{
    bool progress = false;
    DIR *folder = fdopendir(fd);
    if (folder == NULL) {
        close(fd);
        return false;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL && now() < removal->until;)
        if (!is_self(entry->d_name))
            progress |= unlinkat(fd, entry->d_name, 0) == 0 ||
                        unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0 ||
                        move_up(removal, fd, entry->d_name);
    closedir(folder);
    return progress;
}

/* Goes once through what is at the top. True if something was removed. */
static bool remove_level(struct removal *removal)
{
    bool progress = false;
    int fd = openat(removal->top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *top = fd == -1 ? NULL : fdopendir(fd);
    if (top == NULL)
        return false;
    for (struct dirent *entry; (entry = readdir(top)) != NULL && now() < removal->until;) {
        const char *name = entry->d_name;
        if (is_self(name))
            continue;
        int inner = unlinkat(fd, name, 0) == 0 ? -1 : open_folder(fd, name, removal->owner);
        progress |= inner == -1 ? faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1
                                : empty_folder(removal, inner);
        progress |= inner != -1 && unlinkat(fd, name, AT_REMOVEDIR) == 0;
    }
    closedir(top);
    return progress;
}

bool remove_tree(int folder, const char *name, uid_t owner, double seconds)
{
    struct removal removal = {.owner = owner, .until = now() + seconds};
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
        return true;
    removal.top = open_folder(folder, name, owner);
    while (removal.top != -1 && now() < removal.until && remove_level(&removal))
        ;
    if (removal.top != -1)
        close(removal.top);
    return unlinkat(folder, name, AT_REMOVEDIR) == 0;
}

bool remove_all_of(const char *name, uid_t owner, double seconds)
{
    double until = now() + seconds;
    bool done = true;
    DIR *folder = opendir(name);
    if (folder == NULL)
        return errno == ENOENT;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        struct stat status;
        int fd = dirfd(folder);
        if (!is_self(entry->d_name) &&
            fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_uid == owner)
            done = remove_tree(fd, entry->d_name, owner, until - now()) && done;
    }
    closedir(folder);
    return done;
}
