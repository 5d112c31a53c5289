/* The reference of lab 5: questions of strangers, and answers that are none: labs/5-udp/udp.h. Each
   line of the input is a datagram on loopback. */
#include "fuzz/fuzz.h"

// NOLINTNEXTLINE(bugprone-suspicious-include): a solution has no object of its own here
#include "solutions/5-udp/udp.c"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { MOST_DATAGRAMS = 40, LIMIT = 40 };

static int listener;
static uint16_t port;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    (void)argc;
    (void)argv;
    listener = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener == -1 || bind(listener, (struct sockaddr *)&address, length) == -1 ||
        getsockname(listener, (struct sockaddr *)&address, &length) == -1)
        abort();
    port = ntohs(address.sin_port);
    return 0;
}

static void drain(int sock)
{
    char bytes[1];
    while (recv(sock, bytes, sizeof bytes, MSG_DONTWAIT) >= 0)
        continue;
}

/* udp_serve ends when nothing is left, for its socket does not wait: what fits was answered. */
static void serve(struct fuzz_input input)
{
    static char bytes[UDP_LARGEST];
    size_t lengths[MOST_DATAGRAMS];
    const uint8_t *questions[MOST_DATAGRAMS] = {NULL};
    size_t count = 0;
    struct udp_client client;
    if (udp_open(&client, "127.0.0.1", port, 1, 1) == -1)
        abort();
    while (input.left > 0 && count < MOST_DATAGRAMS) {
        const uint8_t *start = input.at;
        free(fuzz_line(&input));
        size_t length = (size_t)(input.at - start);
        if (send(client.sock, start, length, 0) == -1)
            abort();
        questions[count] = start;
        lengths[count] = length;
        count += length <= LIMIT;
    }
    fuzz_must(udp_serve(listener, LIMIT) == -1, "udp_serve ends with an error only");
    for (size_t i = 0; i < count; i++) {
        ssize_t got = recv(client.sock, bytes, sizeof bytes, MSG_DONTWAIT);
        fuzz_must(got == (ssize_t)lengths[i] && memcmp(bytes, questions[i], lengths[i]) == 0,
                  "each datagram comes back as it was");
    }
    fuzz_must(recv(client.sock, bytes, sizeof bytes, MSG_DONTWAIT) == -1, "and nothing else");
    close(client.sock);
}

/* The answer, of LENGTH bytes at WORDS, if the datagram at AT, of SIZE bytes, is one to the first
   question. */
static bool is_answer(const uint8_t *at, size_t size)
{
    return size >= 2 && at[0] == '1' && at[1] == ' ';
}

/* What comes before the question is asked waits in the socket: the first answer among it counts. */
static void ask(struct fuzz_input input)
{
    static char answer[UDP_LARGEST];
    struct udp_client client;
    struct sockaddr_in to;
    socklen_t length = sizeof to;
    const uint8_t *right = NULL;
    size_t right_size = 0;
    if (udp_open(&client, "127.0.0.1", port, 1, 1) == -1 ||
        getsockname(client.sock, (struct sockaddr *)&to, &length) == -1)
        abort();
    for (int i = 0; input.left > 0 && i < MOST_DATAGRAMS; i++) {
        const uint8_t *start = input.at;
        free(fuzz_line(&input));
        size_t size = (size_t)(input.at - start);
        if (sendto(listener, start, size, 0, (struct sockaddr *)&to, length) == -1)
            abort();
        if (right == NULL && is_answer(start, size)) {
            right = start + 2;
            right_size = size - 2;
        }
    }
    client.wait_ms = right != NULL ? 60000 : 1; /* an answer is there already */
    ssize_t got = udp_ask(&client, "how are you", 11, answer);
    if (right != NULL)
        fuzz_must(got == (ssize_t)right_size && memcmp(answer, right, right_size) == 0,
                  "the first answer to the question is the answer");
    else
        fuzz_must(got == -1, "nothing else is an answer");
    close(client.sock);
    drain(listener);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    serve(input);
    ask(input);
    return 0;
}
