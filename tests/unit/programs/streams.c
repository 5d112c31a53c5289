/*
 * A program for the tests of the probe: what stdio does on sockets, told on standard output. It
 * says the same with the probe and without.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long result)
{
    printf("%s = %ld, %s\n", what, result, strerrorname_np(errno));
    errno = 0;
}

/* A pair of connected sockets that keep records apart: each tells of one write. */
static void open_pair(int pair[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1)
        exit(2);
    errno = 0;
}

/* The sizes of the records that have come to FD. */
static void say_records(int fd)
{
    static char bytes[65536];
    ssize_t size;
    printf(" records:");
    while ((size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        printf(" %zd", size);
    printf("\n");
    errno = 0;
}

static void writes_in_blocks(void)
{
    static const char many[10000] = "x";
    int pair[2];
    open_pair(pair);
    FILE *out = fdopen(pair[0], "w");
    say("fileno", fileno(out) - pair[0]);
    for (int i = 0; i < 5000; i++)
        fputc('x', out);
    say_records(pair[1]);
    say("fflush", fflush(out));
    say_records(pair[1]);
    fputs("abc", out);
    say("fwrite", (long)fwrite(many, 1, sizeof many, out));
    say_records(pair[1]);
    say("fprintf", fprintf(out, "%d%s", 12345, "six"));
    say("fgetc of a stream to write to", fgetc(out));
    say("ferror", ferror(out) != 0);
    say("fseek", fseek(out, 0, SEEK_SET));
    say("ftell", ftell(out));
    say("fclose", fclose(out));
    say_records(pair[1]);
    say("write after fclose", write(pair[0], "x", 1));
}

static void writes_in_modes(void)
{
    static char own[16];
    static const struct {
        char *buffer;
        int mode;
        size_t size;
    } modes[] = {{NULL, _IONBF, 0}, {NULL, _IOLBF, 0}, {NULL, _IOFBF, 9999}, {own, _IOFBF, 16}};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        int pair[2];
        open_pair(pair);
        FILE *out = fdopen(pair[0], i % 2 == 0 ? "wb" : "a");
        say("append", fcntl(pair[0], F_GETFL) & O_APPEND);
        say("setvbuf", setvbuf(out, modes[i].buffer, modes[i].mode, modes[i].size));
        fprintf(out, "ab%d\ncd", 12);
        fputs("a line\nhalf", out);
        putc_unlocked('x', out);
        say_records(pair[1]);
        say("fclose", fclose(out));
        say_records(pair[1]);
    }
}

static void reads(void)
{
    static char many[5000];
    char line[80];
    char *whole = NULL;
    size_t size = 0;
    int number = 0;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
        exit(2);
    FILE *in = fdopen(pair[1], "r");
    write(pair[0], "one\ntwo 34 three\n\nfive", 22);
    printf("%s", fgets(line, sizeof line, in));
    say("fscanf", fscanf(in, "%79s %d", line, &number));
    say("getc", getc(in));
    say("ungetc", ungetc('T', in));
    say("getline", getline(&whole, &size, in));
    printf("%s", whole);
    say("fputs to a stream to read from", fputs("x", in));
    clearerr(in);
    say("getc_unlocked", getc_unlocked(in));
    write(pair[0], many, sizeof many);
    say("ungetc", ungetc('?', in));
    say("fread", (long)fread(many, 1, sizeof many, in));
    printf("%.6s\n", many);
    fcntl(pair[1], F_SETFL, O_NONBLOCK);
    say("fread of what is there", (long)fread(many, 1, sizeof many, in));
    say("ferror", ferror(in) != 0);
    clearerr(in);
    write(pair[0], "last", 4);
    close(pair[0]);
    say("fread of four", (long)fread(line, 1, 4, in));
    say("fgetc", fgetc(in));
    say("feof", feof(in) != 0);
    say("fclose", fclose(in));
    free(whole);
}

static void reads_without_buffer(void)
{
    char bytes[10] = "";
    int pair[2];
    open_pair(pair);
    FILE *in = fdopen(pair[1], "r");
    setvbuf(in, NULL, _IONBF, 0);
    write(pair[0], "abcd", 4);
    write(pair[0], "efgh", 4);
    say("fread of items", (long)fread(bytes, 3, 2, in)); /* a record each, in one read(2) */
    printf("%s\n", bytes);
    write(pair[0], "x", 1);
    say("fgetc", fgetc(in));
    say_records(pair[1]);
    say("fclose", fclose(in));
}

static void updates(void)
{
    char line[80];
    int pair[2];
    open_pair(pair);
    FILE *both = fdopen(pair[0], "r+b");
    say("fputs", fputs("question\n", both));
    say("fflush", fflush(both));
    say_records(pair[1]);
    write(pair[1], "answer\nand more", 15);
    printf("%s", fgets(line, sizeof line, both) != NULL ? line : "nothing\n");
    say("fputs while more is there", fputs("next\n", both));
    say("fflush", fflush(both));
    say_records(pair[1]);
    say("fclose", fclose(both));
}

static void fails(void)
{
    int pair[2];
    open_pair(pair);
    say("fdopen in no mode", fdopen(pair[0], "q") == NULL);
    say("fdopen of nothing", fdopen(999, "r") == NULL);
    say("dprintf to nothing", dprintf(999, "x"));
    FILE *out = fdopen(pair[0], "w");
    close(pair[1]);
    say("fputs", fputs("lost", out));
    say("fflush", fflush(out));
    say("ferror", ferror(out) != 0);
    say("dprintf", dprintf(pair[0], "also lost"));
    fputs("more", out);
    say("fclose", fclose(out));
    open_pair(pair);
    out = fdopen(pair[0], "w");
    fputs("whose descriptor is gone", out);
    close(pair[0]);
    say("fclose", fclose(out));
    close(pair[1]);
}

static void prints(void)
{
    int pair[2];
    open_pair(pair);
    say("dprintf", dprintf(pair[0], "%s %d", "words", 7));
    say("dprintf of nothing", dprintf(pair[0], "%s", ""));
    say_records(pair[1]);
}

/* What has not been flushed goes when the process ends, and what stands in the buffer at a fork
   goes twice. */
static void ends(void)
{
    int pair[2];
    open_pair(pair);
    fflush(stdout);
    FILE *out = fdopen(pair[0], "w");
    fputs("unflushed", out);
    pid_t pid = fork();
    if (pid == 0)
        exit(0);
    waitpid(pid, NULL, 0);
    say_records(pair[1]);
    say("fclose", fclose(out));
    say_records(pair[1]);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    writes_in_blocks();
    writes_in_modes();
    reads();
    reads_without_buffer();
    updates();
    fails();
    prints();
    ends();
    return 0;
}
