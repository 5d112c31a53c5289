#include "grader/base/machine.h"

#include "grader/base/tools.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <ifaddrs.h>
#include <limits.h>
#include <link.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

/* What the tests with the most clients need, with some to spare for programs that use two where
   others use one. */
enum { TASKS_WANTED = 512, DESCRIPTORS_WANTED = 512, PERCENT_WANTED = 50 };
static const rlim_t MEMORY_WANTED = (rlim_t)1 << 30;
static const rlim_t STACK_WANTED = (rlim_t)1 << 20;
static const unsigned long long DISK_WANTED = 16 << 20;

/* The first line of the file PATH, without its newline, in LINE. False if there is none. */
static bool read_line(const char *path, char *line, int size)
{
    FILE *stream = fopen(path, "re");
    bool read = stream != NULL && fgets(line, size, stream) != NULL;
    if (stream != NULL)
        fclose(stream);
    if (read)
        line[strcspn(line, "\n")] = '\0';
    return read;
}

/* Adds the lines of FILE that begin with one of WORDS, up to NULL. */
static void add_lines(struct text *out, const char *file, const char *const *words)
{
    char line[512];
    FILE *stream = fopen(file, "re");
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL)
        for (size_t i = 0; words[i] != NULL; i++)
            if (strncmp(line, words[i], strlen(words[i])) == 0)
                text_add(out, "%s", line);
    if (stream != NULL)
        fclose(stream);
}

/* ---- control groups: cgroups(7), version 1 and 2 ---- */

/* Calls SEE with the folder of our group of CONTROLLER, and of each group it is in. */
static void each_group(const char *controller, void (*see)(const char *folder, void *argument),
                       void *argument)
{
    char line[PATH_MAX];
    FILE *stream = fopen("/proc/self/cgroup", "re");
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL) {
        char root[128] = "/sys/fs/cgroup";
        char folder[2 * PATH_MAX];
        line[strcspn(line, "\n")] = '\0';
        char *names = strchr(line, ':');
        char *path = names != NULL ? strchr(names + 1, ':') : NULL;
        if (path == NULL)
            continue;
        *path++ = '\0';
        names++;
        size_t length = strlen(controller);
        const char *at = strstr(names, controller);
        bool first = at == names || (at != NULL && at[-1] == ',');
        if (*names != '\0' && !(first && (at[length] == '\0' || at[length] == ',')))
            continue; /* another controller's; none at all is version 2 */
        if (*names != '\0')
            snprintf(root, sizeof root, "/sys/fs/cgroup/%s", controller);
        snprintf(folder, sizeof folder, "%s%s", root, path);
        for (char *end = folder + strlen(folder); end >= folder + strlen(root);
             end = strrchr(folder, '/')) {
            *end = '\0';
            see(folder, argument);
        }
    }
    if (stream != NULL)
        fclose(stream);
}

/* The number in FILE of FOLDER; -1 if there is none, or no limit. */
static long long number_in(const char *folder, const char *file)
{
    char path[3 * PATH_MAX];
    char line[128];
    char *end;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    if (!read_line(path, line, sizeof line))
        return -1;
    long long number = strtoll(line, &end, 10);
    return end != line ? number : -1;
}

struct group_limits {
    long long tasks; /* at most; -1: any number */
    long long left;  /* of these, now */
    int percent;     /* of one processor; -1: no limit */
    long long memory;
};

static void least(long long *limit, long long number)
{
    if (number >= 0 && (*limit < 0 || number < *limit))
        *limit = number;
}

static void see_tasks(const char *folder, void *argument)
{
    struct group_limits *limits = argument;
    long long most = number_in(folder, "pids.max");
    long long now = number_in(folder, "pids.current");
    least(&limits->tasks, most);
    if (most >= 0)
        least(&limits->left, now < most ? most - now : 0);
}

static void see_processor(const char *folder, void *argument)
{
    struct group_limits *limits = argument;
    char path[3 * PATH_MAX];
    char line[128];
    long long quota = number_in(folder, "cpu.cfs_quota_us");
    long long period = number_in(folder, "cpu.cfs_period_us");
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    if (read_line(path, line, sizeof line) && sscanf(line, "%lld %lld", &quota, &period) != 2)
        quota = -1;
    if (quota > 0 && period > 0 && (limits->percent < 0 || quota * 100 / period < limits->percent))
        limits->percent = (int)(quota * 100 / period);
}

static void see_memory(const char *folder, void *argument)
{
    struct group_limits *limits = argument;
    least(&limits->memory, number_in(folder, "memory.max"));
    least(&limits->memory, number_in(folder, "memory.limit_in_bytes"));
}

static struct group_limits find_group_limits(void)
{
    struct group_limits limits = {-1, -1, -1, -1};
    each_group("pids", see_tasks, &limits);
    each_group("cpu", see_processor, &limits);
    each_group("memory", see_memory, &limits);
    return limits;
}

/* ---- processes and threads ---- */

/* How many of them this user has. */
static long count_own_tasks(void)
{
    long count = 0;
    DIR *folder = opendir("/proc");
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char path[300];
        struct stat status;
        snprintf(path, sizeof path, "/proc/%.200s/task", entry->d_name);
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && stat(path, &status) == 0 &&
            status.st_uid == getuid())
            count += (long)status.st_nlink - 2; /* a folder for each */
    }
    if (folder != NULL)
        closedir(folder);
    return count;
}

struct machine_room machine_room(void)
{
    struct machine_room room = {MACHINE_PLENTY, MACHINE_PLENTY};
    struct group_limits limits = {-1, -1, -1, -1};
    struct rlimit of_user;
    each_group("pids", see_tasks, &limits);
    if (limits.left >= 0 && limits.left < MACHINE_PLENTY)
        room.together = (long)limits.left;
    if (getrlimit(RLIMIT_NPROC, &of_user) == -1 || of_user.rlim_cur >= MACHINE_PLENTY)
        return (struct machine_room){room.together, room.together};
    /* Root's programs run as users of their own, each with the whole limit. */
    long left = (long)of_user.rlim_cur - (getuid() == 0 ? 0 : count_own_tasks());
    room.each = left > 0 ? left : 0;
    if (getuid() != 0 && room.each < room.together)
        room.together = room.each;
    if (room.together < room.each)
        room.each = room.together;
    return room;
}

/* ---- the network ---- */

struct loopback {
    bool up;
    bool has_4;
    bool has_6;
};

static struct loopback find_loopback(void)
{
    struct loopback loopback = {false, false, false};
    struct ifaddrs *all;
    if (getifaddrs(&all) == -1)
        return loopback;
    for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next) {
        if (!(one->ifa_flags & IFF_LOOPBACK))
            continue;
        loopback.up |= (one->ifa_flags & IFF_UP) != 0;
        loopback.has_4 |= one->ifa_addr != NULL && one->ifa_addr->sa_family == AF_INET;
        loopback.has_6 |= one->ifa_addr != NULL && one->ifa_addr->sa_family == AF_INET6;
    }
    freeifaddrs(all);
    return loopback;
}

bool machine_has_loopback(void)
{
    struct loopback loopback = find_loopback();
    return loopback.up && loopback.has_4;
}

/* ---- valgrind and what it reads ---- */

/* The file that PATH finds as valgrind, without links in its name; empty: none. */
static void find_valgrind(char *found)
{
    char name[PATH_MAX];
    if (!tools_find("valgrind", name, sizeof name) || realpath(name, found) == NULL)
        found[0] = '\0';
}

static void add_file(struct text *out, const char *name)
{
    struct stat status;
    if (stat(name, &status) == 0)
        text_add(out, "%s %lld %lld\n", name, (long long)status.st_size,
                 (long long)status.st_mtime);
    else
        text_add(out, "%s none\n", name);
}

/* Debian's and Ubuntu's, of the two places valgrind keeps its tools in. */
static const char *const tool_folders[] = {"/usr/libexec/valgrind", "/usr/lib/valgrind"};

struct debug {
    bool of_libc;
    bool of_loader;
};

/* Is there a file in /usr/lib/debug for the library with the build id in NOTE? */
static bool has_debug_file(const unsigned char *id, size_t length)
{
    char path[PATH_MAX] = "/usr/lib/debug/.build-id/";
    size_t used = strlen(path);
    for (size_t i = 0; i < length && used + 8 < sizeof path; i++)
        used += (size_t)snprintf(path + used, sizeof path - used, i == 0 ? "%02x/" : "%02x", id[i]);
    snprintf(path + used, sizeof path - used, ".debug");
    return access(path, R_OK) == 0;
}

static bool has_debug_of_notes(const unsigned char *notes, size_t size)
{
    for (size_t at = 0; at + sizeof(ElfW(Nhdr)) <= size;) {
        ElfW(Nhdr) note;
        memcpy(&note, notes + at, sizeof note);
        size_t name = at + sizeof note;
        size_t value = name + ((note.n_namesz + 3U) & ~3U);
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(notes + name, "GNU", 4) == 0 && value + note.n_descsz <= size)
            return has_debug_file(notes + value, note.n_descsz);
        at = value + ((note.n_descsz + 3U) & ~3U);
    }
    return false;
}

static int see_library(struct dl_phdr_info *library, size_t size, void *argument)
{
    struct debug *debug = argument;
    const char *name = strrchr(library->dlpi_name, '/');
    (void)size;
    bool is_libc = name != NULL && strncmp(name, "/libc.so", 8) == 0;
    bool is_loader = name != NULL && strncmp(name, "/ld-linux", 9) == 0;
    for (int i = 0; (is_libc || is_loader) && i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &library->dlpi_phdr[i];
        if (part->p_type != PT_NOTE)
            continue;
        const void *notes = (const void *)(library->dlpi_addr + part->p_vaddr); /* NOLINT */
        bool has = has_debug_of_notes(notes, part->p_memsz);
        debug->of_libc |= is_libc && has;
        debug->of_loader |= is_loader && has;
    }
    return 0;
}

static struct debug find_debug(void)
{
    struct debug debug = {false, false};
    dl_iterate_phdr(see_library, &debug);
    return debug;
}

/* ---- everything, as facts ---- */

/* The options of /proc, hidepid among them: the mount that came last counts. */
static void add_proc_options(struct text *out)
{
    char line[1024];
    char options[512] = "";
    FILE *stream = fopen("/proc/self/mounts", "re");
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL)
        sscanf(line, "%*s /proc proc %511s", options);
    if (stream != NULL)
        fclose(stream);
    text_add(out, "proc %s\n", options);
}

static int count_processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

static bool has_disk(const char *folder)
{
    struct statvfs disk;
    return statvfs(folder, &disk) == -1 ||
           (unsigned long long)disk.f_bavail * disk.f_frsize >= DISK_WANTED;
}

static void add_valgrind_facts(struct text *out)
{
    char valgrind[PATH_MAX];
    struct debug debug = find_debug();
    find_valgrind(valgrind);
    text_add(out, "valgrind ");
    add_file(out, valgrind);
    for (size_t i = 0; i < sizeof tool_folders / sizeof tool_folders[0]; i++)
        add_file(out, tool_folders[i]);
    text_add(out, "debug information of libc %d, of the loader %d\n", debug.of_libc,
             debug.of_loader);
}

void machine_facts(struct text *out)
{
    static const char *const status[] = {"Cap", "NoNewPrivs", "Seccomp", NULL};
    static const char *const limits[] = {"Max", NULL};
    struct group_limits group = find_group_limits();
    struct loopback loopback = find_loopback();
    struct utsname name;
    char scope[32] = "none";
    if (uname(&name) == 0)
        text_add(out, "%s %s\n", name.release, name.machine);
    text_add(out, "user %d\n", (int)geteuid());
    add_lines(out, "/proc/self/status", status);
    add_lines(out, "/proc/self/limits", limits);
    text_add(out, "group %lld tasks, %d %% of a processor, %lld bytes\n", group.tasks,
             group.percent, group.memory);
    add_proc_options(out);
    read_line("/proc/sys/kernel/yama/ptrace_scope", scope, sizeof scope);
    text_add(out, "ptrace_scope %s\n", scope);
    text_add(out, "loopback up %d, IPv4 %d, IPv6 %d\n", loopback.up, loopback.has_4,
             loopback.has_6);
    add_valgrind_facts(out);
    text_add(out, "libc %s\n", gnu_get_libc_version());
    text_add(out, "processors %d\n", count_processors());
    text_add(out, "disk %d %d\n", has_disk("."), has_disk("/tmp"));
}

/* ---- what is missing, for people ---- */

static void describe_valgrind(struct text *out)
{
    char valgrind[PATH_MAX];
    struct debug debug = find_debug();
    find_valgrind(valgrind);
    if (valgrind[0] == '\0')
        text_add(out, _("valgrind is not installed, so memory and threads cannot be checked: sh "
                        ".ci/install student\n"));
    else if (!debug.of_loader || !debug.of_libc)
        text_add(
            out,
            _("The debug information of the C library is missing, without which valgrind cannot "
              "check %s: sh .ci/install student (or apt-get install libc6-dbg)\n"),
            _(debug.of_loader ? "threads" : "programs"));
}

static void describe_tasks(struct text *out)
{
    struct group_limits group = find_group_limits();
    struct machine_room room = machine_room();
    if (room.each >= TASKS_WANTED)
        return;
    text_add(out,
             _("There is room for %ld more processes and threads at once, and some tests need "
               "more: "),
             room.each);
    if (group.tasks >= 0 && group.tasks < TASKS_WANTED)
        text_add(out, _("docker run --pids-limit=2048 (pids.max is %lld)\n"), group.tasks);
    else
        text_add(out, _("end what else you run, or raise the limit with ulimit -u 2048\n"));
}

/* Adds a line if the limit RESOURCE is below LEAST: what is small, and the option of ulimit. */
static void describe_limit(struct text *out, int resource, rlim_t least, const char *what,
                           const char *remedy)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        limit.rlim_cur < least)
        text_add(out, _("%s (the limit is %llu): %s\n"), _(what),
                 (unsigned long long)limit.rlim_cur, remedy);
}

static bool may_trace(void)
{
    char line[256];
    unsigned long long mask = 0;
    FILE *stream = fopen("/proc/self/status", "re");
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL)
        if (strncmp(line, "CapEff:", 7) == 0)
            mask = strtoull(line + 7, NULL, 16);
    if (stream != NULL)
        fclose(stream);
    return (mask >> CAP_SYS_PTRACE & 1) != 0;
}

/* Without the calls that programs are blocked in, some waits take longer: grader/proc.c. */
static void describe_access(struct text *out)
{
    char scope[32] = "0";
    read_line("/proc/sys/kernel/yama/ptrace_scope", scope, sizeof scope);
    int level = (int)strtol(scope, NULL, 10);
    if (level == 3 || (level == 2 && !may_trace()))
        text_add(out,
                 _("Yama's ptrace_scope is %d, so it is not seen as well what a program waits "
                   "for, and some tests take longer: as root, sysctl kernel.yama.ptrace_scope=1 "
                   "(in Docker: docker run --cap-add=SYS_PTRACE)\n"),
                 level);
    if (access("/proc/self/syscall", F_OK) == -1)
        text_add(out, _("This kernel has no /proc/PID/syscall, so it is not seen as well what a "
                        "program waits for, and some tests take longer\n"));
    char children[64];
    snprintf(children, sizeof children, "/proc/self/task/%d/children", (int)getpid());
    if (access(children, R_OK) == -1)
        text_add(out, _("This kernel has no /proc/PID/task/TID/children, so the processes of a "
                        "program cannot be found: use another one (not gVisor)\n"));
}

void machine_describe(struct text *out)
{
    struct group_limits group = find_group_limits();
    if (!machine_has_loopback())
        text_add(out, _("The loopback interface is down, and nothing can be tested without "
                        "127.0.0.1: as root, ip link set lo up\n"));
    describe_access(out);
    describe_valgrind(out);
    describe_tasks(out);
    describe_limit(out, RLIMIT_NOFILE, DESCRIPTORS_WANTED, "A process may have few descriptors",
                   "ulimit -n 1024");
    describe_limit(out, RLIMIT_AS, MEMORY_WANTED, "A process may have little memory",
                   "ulimit -v unlimited");
    describe_limit(out, RLIMIT_STACK, STACK_WANTED, "A program's stack is small", "ulimit -s 8192");
    if (group.memory >= 0 && (rlim_t)group.memory < MEMORY_WANTED)
        text_add(out,
                 _("There is little memory for all together (%lld MB): docker run "
                   "--memory=2g\n"),
                 group.memory >> 20);
    if (group.percent >= 0 && group.percent < PERCENT_WANTED)
        text_add(out,
                 _("Only %d %% of one processor can be used: PATIENCE=%d gives the tests more "
                   "time\n"),
                 group.percent, group.percent > 15 ? 3 : 5);
    if (!has_disk(".") || !has_disk("/tmp"))
        text_add(out, _("The disk is full: make room here and in /tmp\n"));
}
