#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void leave_in(const char *folder)
{
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int depth = 0;
    (void)!chdir(folder);
    mkdir("left-behind-deep@NUMBER@", 0755);
    (void)!chdir("left-behind-deep@NUMBER@");
    while (depth < 1000 && mkdir("a-folder-with-a-long-name-in-a-deep-tree", 0700) == 0 &&
           chdir("a-folder-with-a-long-name-in-a-deep-tree") == 0)
        depth++;
    close(open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    (void)!fchdir(here);
    close(here);
    if (folder[0] == 'b')
        dprintf(STDERR_FILENO, "depth %d\n", depth);
}

__attribute__((constructor)) static void attack(int argc, char **argv)
{
    if (argc > 1 && argv[1][0] == 'b') /* by hand */
        leave_in(argv[1]);
    else
        leave_in(".");
    if (getuid() >= 100000) /* of a person's own nobody could tell what else is theirs */
        leave_in("/tmp");
}
