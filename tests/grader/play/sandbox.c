#include "grader/play/sandbox.h"

#include "grader/base/landlock.h"
#include "grader/base/limit.h"
#include "grader/base/remove.h"
#include "grader/base/settings.h"
#include "grader/base/tools.h"
#include "grader/play/filter.h"
#include "grader/play/mount_view.h"
#include "grader/play/namespace.h"
#include "grader/play/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Bytes of address space, and of the stack of one thread: enough for 500 threads at once. (The
   probe sees to it that they share one heap.) */
static const rlim_t MOST_MEMORY = (rlim_t)4 << 30;
static const rlim_t MOST_STACK = (rlim_t)8 << 20;

enum { MOST_TASKS = 4096 };

/* ---- files ---- */

/* Where the system keeps programs, and what they are linked with. Not all of /usr, where somebody
   may have put the kit. */
static const char *const system_programs[] = {
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libx32",
    "/usr/libexec",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/local/libexec",
    "/nix/store",
    "/gnu/store",
};
/* What the C library reads, and of the kernel's files what tells nothing about other users. */
static const char *const system_files[] = {
    "/usr/share",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/nsswitch.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/resolv.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/networks",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/passwd",
    "/etc/group",
    "/etc/locale.alias",
    "/proc",
    "/sys/devices/system/cpu",
    "/dev/random",
    "/dev/urandom",
};
static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/proc/self"};

/* Where everybody may leave files: tmpfile(3), sem_open(3). */
static const char *const public_folders[] = {"/dev/shm", "/tmp", "/var/tmp"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* What else is run: the program that is started next, and valgrind. */
enum { VALGRIND_FILES = 4 };
static char program_file[4096];
static char valgrind_files[VALGRIND_FILES][4200];

/* valgrind need not be where the system's programs are; it runs tools from beside itself. */
static void find_valgrind(void)
{
    char name[4096];
    char real[4096];
    if (!tools_find("valgrind", name, sizeof name) || realpath(name, real) == NULL)
        return;
    snprintf(valgrind_files[0], sizeof valgrind_files[0], "%s", real);
    for (int up = 0; up < 2 && strrchr(real, '/') != NULL; up++)
        *strrchr(real, '/') = '\0';
    snprintf(valgrind_files[1], sizeof valgrind_files[1], "%s/libexec/valgrind", real);
    snprintf(valgrind_files[2], sizeof valgrind_files[2], "%s/lib/valgrind", real);
    snprintf(valgrind_files[3], sizeof valgrind_files[3], "%s/bin/valgrind.bin", real);
}

static void find_files(const char *program)
{
    snprintf(program_file, sizeof program_file, "%s", program);
    if (valgrind_files[0][0] == '\0')
        find_valgrind();
}

/* Copies COUNT names to LIST at END; returns where it ends then, with a NULL there. */
static size_t add_names(const char **list, size_t end, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        list[end++] = names[i];
    list[end] = NULL;
    return end;
}

/* No folder of any person's, and nothing of the kit's but the program and the probe. Who PASSES
   wherever it is allowed gets no folder where others have left their files, but for the C
   library's named semaphores. */
static void restrict_files_and_signals(bool passes)
{
    const char *library = settings.library != NULL ? settings.library : "";
    const char *const own[] = {program_file,      settings.probe,    library,
                               valgrind_files[0], valgrind_files[1], valgrind_files[2],
                               valgrind_files[3]};
    const char *runnable[COUNT(system_programs) + COUNT(own) + 1];
    const char *readable[COUNT(system_files) + 1];
    const char *writable[COUNT(devices) + 1];
    const char *owned[COUNT(public_folders) + 2] = {"."};
    add_names(runnable, add_names(runnable, 0, system_programs, COUNT(system_programs)), own,
              COUNT(own));
    add_names(readable, 0, system_files, COUNT(system_files));
    add_names(writable, 0, devices, COUNT(devices));
    add_names(owned, 1, public_folders, passes ? 1 : COUNT(public_folders));
    /* An old kernel, or one where it is switched off: then users and modes have to do. */
    (void)landlock_restrict(&(struct landlock_rules){readable, runnable, writable, owned});
}

/* ---- the user ---- */

/* Each test has another user, since limits count per user: of numbers that nobody is given, or,
   where these do not exist (in many a container), of high ones below 65536. */
static uid_t user_of_test(pid_t test)
{
    enum { FIRST = 2000000000, FIRST_OF_FEW = 20000, FEW = 40000 };
    uid_t user = FIRST + namespace_number(test);
    if (geteuid() != 0 || seteuid(user) == -1)
        return (uid_t)(FIRST_OF_FEW + test % FEW);
    if (seteuid(0) == -1)
        grader_fault("seteuid");
    return user;
}

static struct reach reach; /* of the program that is started next */

uid_t sandbox_user(const char *program)
{
    uid_t user = user_of_test(getpid());
    const char *library = settings.library != NULL ? settings.library : "";
    find_files(program);
    if (geteuid() != 0 || !reach_find(&reach, user, program, settings.probe, library))
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

static void set_limits(uid_t user, bool watched)
{
    limit_to(RLIMIT_CORE, 0);
    limit_to(RLIMIT_CPU, 60);
    limit_to(RLIMIT_FSIZE, 64 << 20);
    limit_to(RLIMIT_STACK, MOST_STACK);
    /* This counts all that the user runs, and only a user of the test's own runs nothing else. */
    limit_to(RLIMIT_NPROC, user != 0 ? (rlim_t)settings.tasks : MOST_TASKS);
    if (!watched) /* its own tables need more */
        limit_to(RLIMIT_AS, MOST_MEMORY);
}

/* If memory is short, the kernel ends a program under test rather than the grader, or anything else
   of the user's. Nobody without privileges can take it back: proc(5). */
static void be_first_to_go(void)
{
    static const char most[] = "1000";
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd == -1)
        return;
    (void)!write(fd, most, sizeof most - 1);
    close(fd);
}

bool sandbox_enter(uid_t user, bool watched)
{
    bool closed = user != 0 && !reach_open(&reach);
    int pass = closed ? find_pass() : -1;
    if (closed && pass == -1)
        user = 0;
    set_limits(user, watched);
    be_first_to_go();
    drop_capabilities(pass);
    restrict_files_and_signals(pass != -1);
    bool done = user == 0 || become_user(user, pass);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* not before: whoever becomes another user loses it */
    (void)filter_install();           /* not every kernel has it */
    return done;
}

/* ---- afterwards ---- */

bool sandbox_own_files(const char *scratch)
{
    char link[4200]; /* given, beside the probe */
    snprintf(link, sizeof link, "%.*s/labs", (int)(strrchr(settings.probe, '/') - settings.probe),
             settings.probe);
    const char *library = settings.library != NULL ? settings.library : "";
    const char *const needed[] = {
        scratch, settings.programs, settings.probe, settings.sources, link, library, NULL};
    return namespace_own_files(scratch, needed);
}

void sandbox_clean_up(pid_t test, const char *scratch)
{
    enum { SECONDS = 10 };
    uid_t user = geteuid() == 0 ? user_of_test(test) : geteuid();
    remove_tree(AT_FDCWD, scratch, user, SECONDS);
    if (geteuid() != 0 || getpwuid(user) != NULL)
        return; /* where the user is somebody else's too, nothing is removed but the test's own */
    for (size_t i = 0; i < COUNT(public_folders); i++)
        remove_all_of(public_folders[i], user, SECONDS);
}
