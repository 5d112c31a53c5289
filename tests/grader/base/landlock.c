#include "grader/base/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As in <linux/landlock.h>, which older systems have without the newest of these, or not at all. */
struct landlock_ruleset {
    uint64_t files;
    uint64_t ports;
    uint64_t scoped;
};
struct landlock_path {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));

enum {
    LANDLOCK_CREATE_RULESET = 444, /* the numbers of the system calls */
    LANDLOCK_ADD_RULE = 445,
    LANDLOCK_RESTRICT_SELF = 446,
    LANDLOCK_ASK_VERSION = 1,
    LANDLOCK_PATH_BENEATH = 1,
    LANDLOCK_NEWEST = 6, /* the last version that is used here */
};

enum {
    EXECUTE = 1 << 0,
    WRITE_FILE = 1 << 1,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3,
    REMOVE = 3 << 4, /* folders and files */
    MAKE_DEVICE = 1 << 6 | 1 << 11,
    MAKE = 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 12, /* everything else */
    REFER = 1 << 13,                                     /* from the second version on */
    TRUNCATE = 1 << 14,                                  /* from the third */
    IOCTL_DEV = 1 << 15,                                 /* from the fifth */
    OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV, /* the others: of folders */
    SOCKETS_AND_SIGNALS = 3,                                            /* from the sixth */

    READABLE = READ_FILE | READ_DIR,
    RUNNABLE = READABLE | EXECUTE,
    WRITABLE = READABLE | WRITE_FILE | TRUNCATE | IOCTL_DEV,
    OWNED = WRITABLE | REMOVE | MAKE | REFER,
};

/* What the kernel can hold a process to. */
static struct landlock_ruleset all_of(long version)
{
    struct landlock_ruleset all = {.files = RUNNABLE | WRITE_FILE | REMOVE | MAKE | MAKE_DEVICE};
    if (version >= 2)
        all.files |= REFER;
    if (version >= 3)
        all.files |= TRUNCATE;
    if (version >= 5)
        all.files |= IOCTL_DEV;
    if (version >= 6)
        all.scoped = SOCKETS_AND_SIGNALS;
    return all;
}

/* How much of struct landlock_ruleset the kernel knows. */
static size_t size_of(long version)
{
    if (version >= 6)
        return sizeof(struct landlock_ruleset);
    return version >= 4 ? offsetof(struct landlock_ruleset, scoped)
                        : offsetof(struct landlock_ruleset, ports);
}

static bool allow_one(int ruleset, const char *name, uint64_t allowed)
{
    struct stat status;
    struct landlock_path path = {.allowed = allowed, .fd = open(name, O_PATH | O_CLOEXEC)};
    if (path.fd == -1)
        return true; /* not on this machine, or out of reach anyway */
    bool done = fstat(path.fd, &status) == 0;
    if (done && !S_ISDIR(status.st_mode))
        path.allowed &= OF_FILES;
    done = done && syscall(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_PATH_BENEATH, &path, 0) == 0;
    close(path.fd);
    return done;
}

static bool allow(int ruleset, const char *const *names, uint64_t allowed)
{
    bool done = true;
    for (size_t i = 0; names != NULL && names[i] != NULL && done; i++)
        done = allow_one(ruleset, names[i], allowed);
    return done;
}

bool landlock_restrict(const struct landlock_rules *rules)
{
    long version = syscall(LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_ASK_VERSION);
    if (version < 1)
        return false;
    struct landlock_ruleset all = all_of(version < LANDLOCK_NEWEST ? version : LANDLOCK_NEWEST);
    int ruleset = (int)syscall(LANDLOCK_CREATE_RULESET, &all, size_of(version), 0);
    if (ruleset == -1)
        return false;
    bool done = allow(ruleset, rules->readable, all.files & READABLE) &&
                allow(ruleset, rules->runnable, all.files & RUNNABLE) &&
                allow(ruleset, rules->writable, all.files & WRITABLE) &&
                allow(ruleset, rules->owned, all.files & OWNED) &&
                prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0;
    int error = errno;
    close(ruleset);
    errno = error;
    return done;
}
