/* Messages in a stream, with the length in front: one byte says how many bytes follow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_frame(int fd, const char *words, size_t length) /* at most 255 bytes */
{
    unsigned char frame[256];
    frame[0] = (unsigned char)length;
    memcpy(frame + 1, words, length);
    if (send(fd, frame, length + 1, 0) != (ssize_t)length + 1) {
        perror("send");
        exit(1);
    }
}

/* Receives exactly LENGTH bytes, in as many pieces as they come. Returns 0 at end of file. */
static int receive_exactly(int fd, char *bytes, size_t length)
{
    size_t received = 0;
    while (received < length) {
        ssize_t result = recv(fd, bytes + received, length - received, 0);
        if (result < 0) {
            perror("recv");
            exit(1);
        }
        if (result == 0)
            return 0;
        received += (size_t)result;
    }
    return 1;
}

int main(void)
{
    int ends[2];
    char length;
    char words[256];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) { /* two sockets, already connected */
        perror("socketpair");
        return 1;
    }
    send_frame(ends[0], "two words", 9);
    send_frame(ends[0], "", 0);
    send_frame(ends[0], "with a\nnewline", 14);
    close(ends[0]);

    while (receive_exactly(ends[1], &length, 1)) {
        size_t bytes = (unsigned char)length;
        if (!receive_exactly(ends[1], words, bytes))
            break; /* the peer left in the middle of a message */
        printf("%2zu bytes: \"%.*s\"\n", bytes, (int)bytes, words);
    }
    close(ends[1]);
    return 0;
}
