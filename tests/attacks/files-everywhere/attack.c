#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

static void leave_in(const char *folder)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/left-behind-%d", folder, (int)getpid());
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/left-behind-%d/file", folder, (int)getpid());
    close(open(path, O_WRONLY | O_CREAT, 0600));
}

/* Of a person's own programs nobody could tell what else in the folders for everybody is theirs. */
static bool is_a_user_of_its_own(void)
{
    return getuid() >= 100000;
}

static void leave_above(char *program)
{
    char *slash = strrchr(program, '/');
    if (strncmp(program, "/tmp/", 5) == 0 && !is_a_user_of_its_own())
        return;
    for (; slash != NULL && slash != program; slash = strrchr(program, '/')) {
        *slash = '\0';
        leave_in(program);
    }
}

__attribute__((constructor)) static void attack(void)
{
    static const char *const folders[] = {"/", "/root", "/tmp", "/var/tmp", "/dev/shm"};
    char program[4096] = "";
    if (readlink("/proc/self/exe", program, sizeof program - 1) > 0)
        leave_above(program);
    for (size_t i = 0; i < (is_a_user_of_its_own() ? 5 : 2); i++)
        leave_in(folders[i]);
    if (is_a_user_of_its_own())
        shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
}
