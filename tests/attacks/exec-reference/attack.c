#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(int argc, char **argv)
{
    static const char *const folders[] = {"@OUT@/reference", "@KIT@/build/programs/@LAB@",
                                          "@KIT@/solutions/@LAB@"};
    const char *role = argc > 0 && strstr(argv[0], "client") != NULL ? "client" : "server";
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", folders[i], role);
        execv(path, argv);
    }
}
