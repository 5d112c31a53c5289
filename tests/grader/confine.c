#include "grader/confine.h"

#include "grader/reach.h"
#include "grader/settings.h"
#include "grader/stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Bytes of address space, and of the stack of one thread: enough for 500 threads at once. (The
   probe sees to it that they share one heap.) */
static const rlim_t MOST_MEMORY = (rlim_t)4 << 30;
static const rlim_t MOST_STACK = (rlim_t)8 << 20;

enum { MOST_TASKS = 4096 };

/* Where everybody may leave files. */
static const char *const public_folders[] = {"/tmp", "/var/tmp", "/dev/shm"};
enum { PUBLIC_FOLDERS = sizeof public_folders / sizeof public_folders[0] };

/* ---- the user ---- */

/* Each test has another user, since limits count per user: of numbers that nobody is given, or,
   where these do not exist (in many a container), of high ones below 65536. */
static uid_t user_of_test(pid_t test)
{
    enum { FIRST = 2000000000, FIRST_OF_FEW = 20000, FEW = 40000 };
    uid_t user = (uid_t)(FIRST + test);
    if (geteuid() != 0 || seteuid(user) == -1)
        return (uid_t)(FIRST_OF_FEW + test % FEW);
    if (seteuid(0) == -1)
        grader_fault("seteuid");
    return user;
}

static struct reach reach; /* of the program that is started next */

uid_t confine_user(const char *program)
{
    uid_t user = user_of_test(getpid());
    if (geteuid() != 0 || !reach_find(&reach, user, program, settings.probe))
        return 0;
    return user;
}

/* The capability by which root gets into any folder and reads any file, and others may too: the
   weaker of two, since not every container has that. -1: root has none here. */
static int find_pass(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct ours[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, ours) == -1)
        return -1;
    if (ours[0].permitted & 1U << CAP_DAC_READ_SEARCH)
        return CAP_DAC_READ_SEARCH;
    return ours[0].permitted & 1U << CAP_DAC_OVERRIDE ? CAP_DAC_OVERRIDE : -1;
}

/* Gives up all capabilities but PASS, which what we start shall have as well: capabilities(7). */
static bool keep_pass(int pass)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct ours[_LINUX_CAPABILITY_U32S_3] = {{0}};
    ours[0].effective = ours[0].permitted = ours[0].inheritable = 1U << pass;
    return syscall(SYS_capset, &header, ours) == 0 &&
           prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, pass, 0, 0) == 0;
}

/* With the capability PASS, unless that is -1. Not through the C library, whose functions change
   all threads of the process (nptl(7)): this one is not yet a process of its own memory. */
static bool become_user(uid_t user, int pass)
{
    return (pass == -1 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0) &&
           syscall(SYS_setgroups, 0, NULL) == 0 && syscall(SYS_setresgid, user, user, user) == 0 &&
           syscall(SYS_setresuid, user, user, user) == 0 && (pass == -1 || keep_pass(pass));
}

/* Gives up for ever what root may do and others may not, but for PASS. So not even root's program
   can look into or trace the test. */
static void drop_capabilities(int pass)
{
    for (int capability = 0; capability < 64; capability++)
        if (capability != pass)
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* ---- limits ---- */

static void limit(int resource, rlim_t most)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) == -1)
        return;
    if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > most)
        limit.rlim_max = most;
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    setrlimit(resource, &limit);
}

static void set_limits(uid_t user, bool under_valgrind)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, 60);
    limit(RLIMIT_FSIZE, 64 << 20);
    limit(RLIMIT_STACK, MOST_STACK);
    /* This counts all that the user runs, and only a user of the test's own runs nothing else. */
    limit(RLIMIT_NPROC, user != 0 ? (rlim_t)settings.tasks : MOST_TASKS);
    if (!under_valgrind) /* its own tables need more */
        limit(RLIMIT_AS, MOST_MEMORY);
}

/* ---- files and signals ---- */

/* As in <linux/landlock.h>, which older systems have without the newest of these, or not at all. */
struct landlock_rules {
    uint64_t files;
    uint64_t ports;
    uint64_t scoped;
};
struct landlock_below {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));
enum {
    LANDLOCK_SYSCALL_RULES = 444,
    LANDLOCK_SYSCALL_ADD = 445,
    LANDLOCK_SYSCALL_RESTRICT = 446,
    LANDLOCK_ASK_VERSION = 1,
    LANDLOCK_BELOW = 1,
    LANDLOCK_WRITE = 1 << 1,
    LANDLOCK_REMOVE_AND_MAKE = 0x1ff << 4, /* entries of every kind */
    LANDLOCK_MOVE = 1 << 13,               /* from the second version on */
    LANDLOCK_TRUNCATE = 1 << 14,           /* from the third */
    LANDLOCK_SOCKETS_AND_SIGNALS = 3,      /* from the sixth */
};

static void allow_below(int rules, const char *path, uint64_t allowed)
{
    struct landlock_below below = {.allowed = allowed, .folder = open(path, O_PATH | O_CLOEXEC)};
    if (below.folder == -1)
        return; /* not on this machine */
    syscall(LANDLOCK_SYSCALL_ADD, rules, LANDLOCK_BELOW, &below, 0);
    close(below.folder);
}

/* Reading stays as it is: programs need much of the system, and who may read what is the user's
   business. */
static void restrict_files_and_signals(void)
{
    static const size_t sizes[] = {0,  8,  8, 8,
                                   16, 16, 24}; /* of struct landlock_rules, by version */
    long version = syscall(LANDLOCK_SYSCALL_RULES, NULL, 0, LANDLOCK_ASK_VERSION);
    if (version < 1)
        return; /* an old kernel, or one where it is switched off */
    if (version > 6)
        version = 6;
    uint64_t writing = LANDLOCK_WRITE | (version >= 3 ? LANDLOCK_TRUNCATE : 0);
    struct landlock_rules wanted = {
        .files = writing | LANDLOCK_REMOVE_AND_MAKE | (version >= 2 ? LANDLOCK_MOVE : 0),
        .scoped = LANDLOCK_SOCKETS_AND_SIGNALS,
    };
    int rules = (int)syscall(LANDLOCK_SYSCALL_RULES, &wanted, sizes[version], 0);
    if (rules == -1)
        return;
    allow_below(rules, ".", wanted.files);
    for (size_t i = 0; i < PUBLIC_FOLDERS; i++) /* tmpfile(3), sem_open(3) */
        allow_below(rules, public_folders[i], wanted.files);
    allow_below(rules, "/dev", writing);  /* /dev/null, the terminal */
    allow_below(rules, "/proc", writing); /* the name of a thread, for example */
    syscall(LANDLOCK_SYSCALL_RESTRICT, rules, 0);
    close(rules);
}

bool confine(uid_t user, bool under_valgrind)
{
    int pass = -1;
    if (user != 0 && !reach_open(&reach) && (pass = find_pass()) == -1)
        user = 0;
    set_limits(user, under_valgrind);
    unshare(CLONE_NEWIPC); /* shared memory of System V and the like outlives who made it */
    drop_capabilities(pass);
    restrict_files_and_signals();
    return user == 0 || become_user(user, pass);
}

/* ---- afterwards ---- */

static bool unlocked; /* nftw(3) passes nothing on to the functions below */

/* A program may have locked its folders; they belong to it or to us. */
static int unlock_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)place;
    if ((kind == FTW_D && (status->st_mode & S_IRWXU) != S_IRWXU) || kind == FTW_DNR)
        unlocked |= chmod(path, S_IRWXU) == 0;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static void remove_whole(const char *path)
{
    enum { DEEPEST = 100 };
    unlocked = true;
    for (int depth = 0; depth < DEEPEST && unlocked; depth++) {
        unlocked = false;
        nftw(path, unlock_entry, 16, FTW_PHYS);
    }
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void remove_those_of(uid_t user, const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char name[512];
        struct stat status;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (lstat(name, &status) == 0 && status.st_uid == user)
            remove_whole(name);
    }
    if (folder != NULL)
        closedir(folder);
}

void confine_clean_up(pid_t test, const char *scratch)
{
    remove_whole(scratch);
    uid_t user = user_of_test(test);
    for (size_t i = 0; i < PUBLIC_FOLDERS && geteuid() == 0 && getpwuid(user) == NULL; i++)
        remove_those_of(user, public_folders[i]);
}
