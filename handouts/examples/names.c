/* Shows which addresses a name has: names localhost */
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: names NAME\n");
        return 2;
    }
    int code = getaddrinfo(argv[1], NULL, &wanted, &list);
    if (code != 0) { /* not errno: these errors have their own words */
        fprintf(stderr, "names: getaddrinfo: %s\n", gai_strerror(code));
        return 1;
    }
    for (const struct addrinfo *one = list; one != NULL; one = one->ai_next) {
        char text[NI_MAXHOST];
        code =
            getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST);
        printf("%s %s\n", one->ai_family == AF_INET6 ? "IPv6" : "IPv4",
               code == 0 ? text : gai_strerror(code));
    }
    freeaddrinfo(list);
    return 0;
}
