/* Shows an IPv4 address and a port as they lie in memory, byte by byte: address 127.0.0.1 19999 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

static void show_bytes(const char *name, const void *memory, size_t length)
{
    const unsigned char *bytes = memory;
    printf("%-20s", name);
    for (size_t i = 0; i < length; i++)
        printf(" %02x", bytes[i]);
    putchar('\n');
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (argc != 3) {
        fprintf(stderr, "usage: address ADDRESS PORT\n");
        return 2;
    }
    uint16_t port = (uint16_t)strtoul(argv[2], NULL, 10);
    address.sin_port = htons(port); /* host to network, short */

    /* 1: the address is stored; 0: the text is not an address. inet_addr(3) cannot tell
       255.255.255.255 from an error, and has no form for IPv6. */
    if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
        fprintf(stderr, "address: \"%s\" is not an IPv4 address\n", argv[1]);
        return 1;
    }
    show_bytes("sin_addr", &address.sin_addr, sizeof address.sin_addr);
    show_bytes("sin_port", &address.sin_port, sizeof address.sin_port);
    show_bytes("port without htons", &port, sizeof port);
    printf("ntohs(sin_port)      %u\n", (unsigned)ntohs(address.sin_port));
    printf("sin_port as a number %u\n", (unsigned)address.sin_port);
    return 0;
}
