/*
 * Calls the functions of udp.c.
 *
 *   bind PORT, open HOST PORT
 *   serve LIMIT                            with a socket of its own
 *   ask HOST PORT TRIES WAIT QUESTION...   after udp_open. An answer is printed: `[1] 5:hello`
 */
#include "drivers/driver.h"

#include "5-udp/udp.h"

#include <netinet/in.h>

DRIVEN(udp_bind);
DRIVEN(udp_serve);
DRIVEN(udp_open);
DRIVEN(udp_ask);

static void call_bind(const char *port)
{
    uint16_t number = (uint16_t)atoi(port);
    struct probe_event *event = driver_calls(CALL_UDP_BIND, -1, number);
    int sock = udp_bind != NULL ? udp_bind(number) : driver_misses("udp_bind");
    driver_returned(event, sock, 0);
}

static void call_serve(const char *limit)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    if (sock < 0 || bind(sock, (struct sockaddr *)&any, sizeof any) < 0)
        driver_ends("bind");
    console_say("listening on port %d", port_of_socket(sock));
    struct probe_event *event = driver_calls(CALL_UDP_SERVE, sock, atoi(limit));
    int result =
        udp_serve != NULL ? udp_serve(sock, (size_t)atoi(limit)) : driver_misses("udp_serve");
    driver_returned(event, result, 0);
}

static int open_client(struct udp_client *client, char **address, int tries, int wait_ms)
{
    memset(client, '?', sizeof *client);
    if (udp_open == NULL)
        return driver_misses("udp_open");
    return udp_open(client, address[0], (uint16_t)atoi(address[1]), tries, wait_ms);
}

static void call_open(char **address)
{
    struct udp_client client;
    struct probe_event *event = driver_calls(CALL_UDP_OPEN, -1, atoi(address[1]));
    driver_returned(event, open_client(&client, address, 2, 50), 0);
}

static void show(int number, const char *answer, size_t length)
{
    char head[40];
    int count = snprintf(head, sizeof head, "[%d] %zu:", number, length);
    if (write(STDOUT_FILENO, head, (size_t)count) < 0 ||
        (length > 0 && write(STDOUT_FILENO, answer, length) < 0) ||
        write(STDOUT_FILENO, "\n", 1) < 0)
        driver_ends("write");
}

static void call_ask(struct udp_client *client, int number, const char *question)
{
    char *answer = malloc(UDP_LARGEST);
    if (answer == NULL)
        driver_ends("malloc");
    size_t length = strlen(question);
    struct probe_event *event = driver_calls(CALL_UDP_ASK, -1, (int64_t)length);
    ssize_t result =
        udp_ask != NULL ? udp_ask(client, question, length, answer) : driver_misses("udp_ask");
    if (result >= 0 && result <= UDP_LARGEST)
        show(number, answer, (size_t)result);
    driver_returned(event, result, 0);
    free(answer);
}

int main(int argc, char **argv)
{
    struct udp_client client;
    console_name("driver");
    if (argc == 3 && strcmp(argv[1], "bind") == 0) {
        call_bind(argv[2]);
    } else if (argc == 3 && strcmp(argv[1], "serve") == 0) {
        call_serve(argv[2]);
    } else if (argc == 4 && strcmp(argv[1], "open") == 0) {
        call_open(argv + 2);
    } else if (argc > 6 && strcmp(argv[1], "ask") == 0) {
        if (open_client(&client, argv + 2, atoi(argv[4]), atoi(argv[5])) < 0)
            return 1;
        for (int i = 6; i < argc; i++)
            call_ask(&client, i - 5, argv[i]);
    } else {
        return 2;
    }
    return 0;
}
