#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    static const char *const names[] = {"@OUT@/target", "@OUT@/mine"};
    static const struct timeval past[2] = {{1, 0}, {1, 0}};
    for (int i = 0; i < 2; i++) {
        utimes(names[i], past);
        chmod(names[i], 0);
        (void)!truncate(names[i], 0);
        close(open(names[i], O_RDONLY | O_TRUNC));
        int file = open(names[i], O_WRONLY | O_APPEND);
        (void)!write(file, "written\n", 8);
        close(file);
    }
    close(open("@OUT@/left-behind-here", O_WRONLY | O_CREAT, 0600));
    close(open("@KIT@/left-behind-kit", O_WRONLY | O_CREAT, 0600));
    close(open("@KIT@/build/left-behind-build", O_WRONLY | O_CREAT, 0600));
    (void)!rename("@OUT@/target", "@OUT@/gone");
}
