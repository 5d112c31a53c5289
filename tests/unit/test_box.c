/* What a box shows and hides, how much it lets a program use, and how it ends: grade/box.h,
   grade/box_proof.h. Root plays all of it twice, the second time as somebody else. */
#include "grade/box.h"
#include "grade/box_proof.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char canary[4096];
static char programs[4096];
static char place[] = "/tmp/box.XXXXXX"; /* a folder outside */

static struct text said;
static struct text why;
static int status;

static void gather(void *argument, const char *bytes, size_t length)
{
    (void)argument;
    text_add_bytes(&said, bytes, length);
}

static enum box_end run(const struct box *box, const char *const *arguments)
{
    text_free(&said);
    text_free(&why);
    enum box_end end = box_run(box, arguments, gather, NULL, &status, &why);
    text_add_bytes(&said, "", 1);
    return end;
}

/* Runs COMMANDS of a shell in BOX. */
static enum box_end shell(const struct box *box, const char *commands)
{
    const char *const arguments[] = {"/bin/sh", "-c", commands, NULL};
    return run(box, arguments);
}

/* COMMANDS end by themselves in BOX and write EXPECTED. */
static void assert_said(const struct box *box, const char *commands, const char *expected)
{
    assert_int_equal(shell(box, commands), BOX_ENDED);
    assert_string_equal(said.start, expected);
}

static int make_place(void **state)
{
    (void)state;
    strcpy(place, "/tmp/box.XXXXXX");
    return mkdtemp(place) != NULL && chmod(place, 0755) == 0 ? 0 : -1;
}

static int remove_place(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", place);
    text_free(&said);
    text_free(&why);
    return system(command);
}

/* A file NAME in the place, with MODE and CONTENT; its path in PATH. */
static void make_file(char *path, size_t size, const char *name, mode_t mode, const char *content)
{
    snprintf(path, size, "%s/%s", place, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file != -1);
    assert_int_equal(write(file, content, strlen(content)), strlen(content));
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
}

/* ---- who ---- */

static void test_one_user_has_no_power(void **state)
{
    (void)state;
    const struct box box = {.users = BOX_ONE, .gives_users = true, .scratch = "/scratch"};
    assert_said(&box, "id -u; grep CapEff /proc/self/status; touch /scratch/file && echo made",
                "1000\nCapEff:\t0000000000000000\nmade\n");
}

static void test_the_compiler_has_no_power(void **state)
{
    (void)state;
    const struct box box = {.scratch = "/scratch"};
    assert_int_equal(shell(&box, "grep CapEff /proc/self/status; touch /scratch/file"), BOX_ENDED);
    assert_string_equal(said.start, "CapEff:\t0000000000000000\n");
    assert_int_equal(status, 0);
}

static void test_many_users_each_have_their_own(void **state)
{
    (void)state;
    const struct box box = {.users = BOX_MANY, .gives_users = true, .scratch = "/scratch"};
    if (!box_has_many_users())
        skip();
    assert_said(&box,
                "cd /scratch && mkdir of-one && chown 20001 of-one && stat -c %u of-one;"
                "setpriv --reuid=20001 --clear-groups sh -c 'id -u; grep CapEff /proc/self/status;"
                "touch of-one/file && echo made; touch file 2>/dev/null || echo refused'",
                "20001\n20001\nCapEff:\t0000000000000000\nmade\nrefused\n");
}

/* sandbox() (grader/play/sandbox.h) counts on it: who gives up the bounding set has nothing left.
 */
static void test_powers_are_not_inherited(void **state)
{
    (void)state;
    const struct box box = {.users = BOX_MANY, .gives_users = true};
    if (!box_has_many_users())
        skip();
    assert_said(&box, "setpriv --bounding-set=-all grep -E 'Cap(Prm|Amb)' /proc/self/status",
                "CapPrm:\t0000000000000000\nCapAmb:\t0000000000000000\n");
}

static void test_nobody_has_many_users_without_leave(void **state)
{
    (void)state;
    const struct box box = {.users = BOX_MANY};
    if (box_has_many_users())
        skip();
    assert_int_equal(shell(&box, "true"), BOX_NOT_STARTED);
    assert_non_null(strstr(why.start, "apt-get install uidmap"));
}

/* ---- what is inside ---- */

static void test_nothing_is_passed_on_unasked(void **state)
{
    (void)state;
    const struct box box = {0};
    setenv("SECRET", "1", 1);
    int leak = open("/dev/null", O_RDONLY); /* NOLINT: not close-on-exec, to be a leak */
    assert_said(&box, "env | sort; ls /proc/$$/fd; pwd",
                "LANG=C.UTF-8\nPATH=/usr/local/bin:/usr/bin:/bin\nPWD=/\n"
                "0\n1\n2\n/\n");
    close(leak);
    unsetenv("SECRET");
}

static void test_what_is_asked_for_is_passed_on(void **state)
{
    (void)state;
    int pipes[2];
    char byte[2] = "";
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    const struct box_descriptor descriptors[] = {{pipes[1], 7}};
    const char *const environment[] = {"PATH=/usr/bin:/bin", "ANSWER=42", NULL};
    const struct box box = {.descriptors = descriptors,
                            .descriptor_count = 1,
                            .environment = environment,
                            .directory = "/tmp"};
    assert_said(&box, "echo $ANSWER; pwd; printf x >&7", "42\n/tmp\n");
    assert_int_equal(read(pipes[0], byte, 1), 1);
    assert_string_equal(byte, "x");
    close(pipes[0]);
    close(pipes[1]);
}

static void test_shares_are_as_writable_as_they_say(void **state)
{
    (void)state;
    char file[128];
    char locked[64];
    char folder[64];
    snprintf(locked, sizeof locked, "%s/locked", place);
    snprintf(folder, sizeof folder, "%s/locked/folder", place);
    make_file(file, sizeof file, "file", 0644, "content\n");
    assert_int_equal(mkdir(locked, 0700), 0);
    assert_int_equal(mkdir(folder, 0755), 0);
    assert_int_equal(chown(folder, box_owner(), (gid_t)-1), 0);
    const struct box_share shares[] = {{file, "/given/file", false}, {folder, "/made/here", true}};
    const struct box box = {.shares = shares, .share_count = 2};
    assert_said(&box,
                "cat /given/file; echo more 2>/dev/null >>/given/file || echo refused;"
                "echo new >/made/here/file; ls /made/here",
                "content\nrefused\nfile\n");
    snprintf(file, sizeof file, "%s/file", folder);
    struct stat made;
    assert_int_equal(stat(file, &made), 0);
    assert_int_equal(made.st_uid, box_owner());
}

/* A folder that is not there, and the users' own. */
static void test_nobodys_files_are_there(void **state)
{
    (void)state;
    const struct box box = {0};
    assert_said(&box,
                "ls -d /home /root /work /srv /sys /run /boot 2>/dev/null; ls /etc;"
                "grep -c . /etc/passwd; getent hosts localhost | wc -l",
                "alternatives\ngroup\nhosts\nld.so.cache\nnsswitch.conf\npasswd\n3\n1\n");
}

static void test_names_that_cross_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"/tmp/x",  "/a/b/c", "/a", "relative",
                                        "/a/../c", "/c//d",  "/"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct box_share shares[] = {{place, "/a/b", true}, {place, wrong[i], false}};
        const struct box box = {.shares = shares, .share_count = 2};
        assert_int_equal(shell(&box, "true"), BOX_NOT_STARTED);
        assert_non_null(strstr(why.start, "a place of its own"));
    }
}

static void test_calls_that_lead_out_are_refused(void **state)
{
    (void)state;
    char path[4200];
    snprintf(path, sizeof path, "%s/boxed", programs);
    const struct box_share shares[] = {{path, "/boxed", false}};
    const struct box box = {.shares = shares, .share_count = 1};
    assert_said(&box, "exec /boxed",
                "vsock: Address family not supported by protocol\ninet: done\ninet6: done\n"
                "keyctl: Function not implemented\nio_uring: Function not implemented\n");
}

/* ---- how much ---- */

static void test_folders_have_their_sizes(void **state)
{
    (void)state;
    const struct box box = {.scratch = "/scratch", .limits.folders = 1 << 20};
    assert_said(
        &box,
        "for folder in /tmp /var/tmp /dev/shm /scratch / /dev /etc /usr; do\n"
        "dd if=/dev/zero of=$folder/file bs=64k count=64 2>/dev/null && echo $folder: all;\n"
        "stat -c '%n %s' $folder/file 2>/dev/null; done",
        "/tmp/file 1048576\n/var/tmp/file 1048576\n/dev/shm/file 1048576\n"
        "/scratch/file 1048576\n");
}

static void test_processes_have_limits(void **state)
{
    (void)state;
    const struct box box = {
        .limits = {.file = 4096, .address_space = 64 << 20, .tasks = 20, .processor = 7}};
    assert_int_equal(shell(&box, "ulimit -f; ulimit -v; ulimit -t; ulimit -c;"
                                 "i=0; while [ $i -lt 40 ]; do sleep 100 & i=$((i+1)); done"),
                     BOX_ENDED);
    assert_memory_equal(said.start, "8\n65536\n7\n0\n", 12);
    assert_non_null(strstr(said.start, "annot fork"));
}

static void test_time_is_limited(void **state)
{
    (void)state;
    const struct box box = {.limits.seconds = 0.2};
    assert_int_equal(shell(&box, "exec sleep 1000"), BOX_LATE);
}

static void test_output_is_limited(void **state)
{
    (void)state;
    const struct box box = {.limits.output = 100000};
    assert_int_equal(shell(&box, "exec yes"), BOX_TOO_LONG);
    assert_int_equal(said.length, 100000 + 1);
}

/* In version 1 of cgroups(7), if the group that we are in is the first one of all. */
static void test_a_group_limits_the_whole_box(void **state)
{
    (void)state;
    const struct box box = {.limits = {.group = "/sys/fs/cgroup/pids", .group_processes = 12}};
    if (system("grep -q ':pids:/$' /proc/self/cgroup") != 0 ||
        access("/sys/fs/cgroup/pids/cgroup.procs", W_OK) == -1)
        skip(); /* another group than ours is not for us to change */
    assert_int_equal(shell(&box, "i=0; while [ $i -lt 40 ]; do sleep 100 & i=$((i+1)); done"),
                     BOX_ENDED);
    assert_non_null(strstr(said.start, "annot fork"));
    assert_int_equal(system("! ls -d /sys/fs/cgroup/pids/sockladder-* 2>/dev/null"), 0);
}

/* ---- how it ends ---- */

static void test_the_exit_status_is_told(void **state)
{
    (void)state;
    const struct box box = {0};
    assert_int_equal(shell(&box, "exit 7"), BOX_ENDED);
    assert_int_equal(status, 7);
    assert_int_equal(shell(&box, "kill -SEGV $$"), BOX_ENDED);
    assert_int_equal(status, 128 + SIGSEGV);
}

static void test_a_program_that_is_not_there_is_no_result(void **state)
{
    (void)state;
    const char *const arguments[] = {"/no/such/program", NULL};
    const struct box_share shares[] = {{"/no/such/folder", "/folder", false}};
    const struct box box = {0};
    const struct box another = {.shares = shares, .share_count = 1};
    assert_int_equal(run(&box, arguments), BOX_NOT_STARTED);
    assert_non_null(strstr(why.start, "/no/such/program"));
    assert_int_equal(shell(&another, "true"), BOX_NOT_STARTED);
    assert_non_null(strstr(why.start, "/no/such/folder"));
}

/* Waits until nobody has the other side of SOCKET any more. */
static void assert_all_gone(int socket)
{
    char byte;
    struct pollfd polled = {.fd = socket, .events = POLLIN};
    assert_int_equal(poll(&polled, 1, 30000), 1);
    assert_int_equal(read(socket, &byte, 1), 0);
}

/* Runs a box in a child, which NUMBER then hits; what is inside, a daemon too, has a descriptor. */
static int end_by(int number)
{
    int sockets[2];
    char byte;
    int ended;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    pid_t child = fork();
    if (child == 0) {
        const struct box_descriptor descriptors[] = {{sockets[1], 3}};
        const struct box box = {.descriptors = descriptors, .descriptor_count = 1};
        close(sockets[0]);
        enum box_end end =
            shell(&box, "trap '' TERM HUP INT; setsid sleep 1000 & printf x >&3; wait");
        _exit(end == BOX_INTERRUPTED ? status : 99);
    }
    close(sockets[1]);
    assert_int_equal(read(sockets[0], &byte, 1), 1);
    assert_int_equal(kill(child, number), 0);
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_all_gone(sockets[0]);
    close(sockets[0]);
    return ended;
}

static void test_signals_end_the_box(void **state)
{
    (void)state;
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int ended = end_by(numbers[i]);
        assert_true(WIFEXITED(ended));
        assert_int_equal(WEXITSTATUS(ended), numbers[i]);
    }
}

static void test_a_box_dies_with_its_parent(void **state)
{
    (void)state;
    int ended = end_by(SIGKILL);
    assert_true(WIFSIGNALED(ended));
}

static void test_nothing_outlives_its_program(void **state)
{
    (void)state;
    int sockets[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    const struct box_descriptor descriptors[] = {{sockets[1], 3}};
    const struct box box = {.descriptors = descriptors, .descriptor_count = 1};
    assert_int_equal(shell(&box, "setsid sleep 1000 & exit 0"), BOX_ENDED);
    close(sockets[1]);
    assert_all_gone(sockets[0]);
    close(sockets[0]);
}

/* ---- the proof ---- */

static void test_boxes_hold(void **state)
{
    (void)state;
    const struct box graders = {.gives_users = true, .scratch = "/scratch"};
    const struct box compilers = {.users = BOX_ONE};
    if (!box_is_available(&why) || !box_prove(&graders, canary, place, &why) ||
        !box_prove(&compilers, canary, place, &why))
        fail_msg("%s", why.start);
}

/* By a name that means the place outside, and what is shown of it inside. */
static void test_a_box_that_shows_too_much_is_refused(void **state)
{
    (void)state;
    const struct box_share shares[] = {{place, "/shown", false}};
    const struct box box = {.shares = shares, .share_count = 1, .directory = "/shown"};
    if (!box_prove(&box, canary, place, &why))
        fail_msg("%s", why.start);
    assert_int_equal(chdir(place), 0);
    assert_false(box_prove(&box, canary, "/proc/self/cwd", &why));
    assert_string_equal(why.start, "the box does not hold: a file outside was read");
    assert_int_equal(chdir("/"), 0);
}

static void test_a_canary_that_does_not_try_proves_nothing(void **state)
{
    (void)state;
    static const char *const canaries[] = {"/usr/bin/true", "/no/such/canary"};
    const struct box box = {0};
    for (size_t i = 0; i < 2; i++) {
        assert_false(box_prove(&box, canaries[i], place, &why));
        assert_string_equal(why.start, "the box cannot be proven: the canary did not try this "
                                       "outside, with success: \"a file outside was read\"");
        text_free(&why);
    }
}

/* In a user namespace in which nobody may make another one. */
static void test_what_is_missing_is_said(void **state)
{
    (void)state;
    int ended;
    pid_t child = fork();
    if (child == 0) {
        int file = -1;
        if (unshare(CLONE_NEWUSER) == 0)
            file = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);
        if (file == -1 || write(file, "0", 1) != 1 || box_is_available(&why))
            _exit(1);
        _exit(strstr(why.start, "sudo sysctl user.max_user_namespaces=") != NULL ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
}

/* ---- as whom ---- */

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

static int played_new(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_one_user_has_no_power),
        IN_PLACE(test_the_compiler_has_no_power),
        IN_PLACE(test_many_users_each_have_their_own),
        IN_PLACE(test_powers_are_not_inherited),
        IN_PLACE(test_nobody_has_many_users_without_leave),
        IN_PLACE(test_nothing_is_passed_on_unasked),
        IN_PLACE(test_what_is_asked_for_is_passed_on),
        IN_PLACE(test_shares_are_as_writable_as_they_say),
        IN_PLACE(test_nobodys_files_are_there),
        IN_PLACE(test_names_that_cross_are_refused),
        IN_PLACE(test_calls_that_lead_out_are_refused),
        IN_PLACE(test_folders_have_their_sizes),
        IN_PLACE(test_processes_have_limits),
        IN_PLACE(test_time_is_limited),
        IN_PLACE(test_output_is_limited),
        IN_PLACE(test_a_group_limits_the_whole_box),
        IN_PLACE(test_the_exit_status_is_told),
        IN_PLACE(test_a_program_that_is_not_there_is_no_result),
        IN_PLACE(test_signals_end_the_box),
        IN_PLACE(test_a_box_dies_with_its_parent),
        IN_PLACE(test_nothing_outlives_its_program),
        IN_PLACE(test_boxes_hold),
        IN_PLACE(test_a_box_that_shows_too_much_is_refused),
        IN_PLACE(test_a_canary_that_does_not_try_proves_nothing),
        IN_PLACE(test_what_is_missing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

enum { SOMEBODY = 12345 };

/* In a view of our own: SOMEBODY has a name, and users to give away. */
static bool write_over(const char *path, const char *content)
{
    static const char file[] = "/tmp/box.over";
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool done = fd != -1 && write(fd, content, strlen(content)) == (ssize_t)strlen(content) &&
                mount(file, path, "none", MS_BIND, NULL) == 0;
    if (fd != -1)
        close(fd);
    unlink(file);
    return done;
}

static bool give_users(void)
{
    return access("/usr/bin/newuidmap", X_OK) == 0 && unshare(CLONE_NEWNS) == 0 &&
           mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
           write_over("/etc/passwd", "root:x:0:0::/:/bin/sh\nbox:x:12345:12345::/:/bin/sh\n") &&
           write_over("/etc/subuid", "other:1:5\nbox:300000:65536\n") &&
           write_over("/etc/subgid", "12345:400000:70000\n");
}

/* The same tests again, as SOMEBODY, who has users to give away or has not. */
static int play_as_somebody(bool many)
{
    int ended = -1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (many && !give_users()) {
            printf("[  SKIPPED ] as somebody with many users, for want of newuidmap or mounts\n");
            exit(0);
        }
        if (setgroups(0, NULL) == -1 || setresgid(SOMEBODY, SOMEBODY, SOMEBODY) == -1 ||
            setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == -1 || prctl(PR_SET_DUMPABLE, 1) == -1)
            exit(99);
        if (access(canary, X_OK) == 0 && box_has_many_users() == many)
            exit(played_new());
        printf("[  SKIPPED ] as somebody: %s is not for all\n", canary);
        exit(access(canary, X_OK) == 0 ? 99 : 0);
    }
    return waitpid(child, &ended, 0) == child && WIFEXITED(ended) ? WEXITSTATUS(ended) : 99;
}

int main(void)
{
    snprintf(canary, sizeof canary, "%s", getenv("CANARY"));
    snprintf(programs, sizeof programs, "%s", getenv("PROGRAMS"));
    if (!box_is_available(&why)) {
        printf("[  SKIPPED ] %s\n", why.start);
        text_free(&why);
        return 0;
    }
    int failed = played_new();
    if (geteuid() == 0)
        failed += play_as_somebody(false) + play_as_somebody(true);
    return failed > 0;
}
