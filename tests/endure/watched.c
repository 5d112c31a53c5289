#include "endure/endure.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t server;
static uint16_t port;
static int console;  /* the server's standard output */
static int keyboard; /* its standard input, which stays open */

uint16_t watched_port(void)
{
    return port;
}

/* In the child. */
static _Noreturn void become(char *const *command, const int *in, const int *out, const char *log)
{
    int file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file == -1 || dup2(in[0], 0) == -1 || dup2(out[1], 1) == -1 || dup2(file, 2) == -1)
        _exit(127);
    setpgid(0, 0); /* Ctrl-C is for the one who watches */
    execv(command[0], command);
    _exit(127);
}

/* Reads `listening on port N`, byte by byte: what stands behind it is for somebody else. */
static bool read_port(void)
{
    char line[128] = "";
    size_t length = 0;
    while (length < sizeof line - 1 && read(console, line + length, 1) == 1)
        if (line[length++] == '\n')
            break;
    unsigned number = 0;
    bool read = sscanf(line, "listening on port %u", &number) == 1; // NOLINT(cert-err34-c)
    port = (uint16_t)number;
    return read;
}

/* Takes what the server says, and types an answer behind each prompt, up to its end. */
static void *operate(void *prompts)
{
    const char *prompt = prompts;
    size_t seen = 0; /* bytes of the prompt */
    char bytes[4096];
    unsigned long answers = 0;
    for (ssize_t count; (count = read(console, bytes, sizeof bytes)) > 0;)
        for (ssize_t i = 0; prompt != NULL && i < count; i++) {
            seen = bytes[i] == prompt[seen] ? seen + 1 : bytes[i] == prompt[0];
            if (prompt[seen] != '\0')
                continue;
            seen = 0;
            if (dprintf(keyboard, "answer %lu\n", ++answers) < 0)
                return NULL;
        }
    return NULL;
}

void watched_start(char *const *command, const char *log, bool operator)
{
    static char prompt[] = "You want to say: ";
    int in[2];
    int out[2];
    pthread_t thread;
    if (pipe2(in, O_CLOEXEC) == -1 || pipe2(out, O_CLOEXEC) == -1 || (server = fork()) == -1)
        fail("%s: %s", command[0], strerror(errno));
    if (server == 0)
        become(command, in, out, log);
    setpgid(server, server); /* whoever of the two comes first */
    close(in[0]);
    close(out[1]);
    keyboard = in[1];
    console = out[0];
    if (!read_port())
        fail("%s: it never listened", command[0]);
    int error = pthread_create(&thread, NULL, operate, operator? prompt : NULL);
    if (error != 0)
        fail("pthread_create: %s", strerror(error));
    pthread_detach(thread);
}

static long entries_of(const char *what)
{
    char path[64];
    long count = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", server, what);
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    if (folder != NULL)
        closedir(folder);
    return count;
}

/* The number behind KEY in the file WHAT of /proc; 0: it is not there. */
static long number_of(const char *what, const char *key)
{
    char path[64];
    char line[256];
    long number = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", server, what);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            number = strtol(line + strlen(key), NULL, 10);
    if (file != NULL)
        fclose(file);
    return number;
}

/* Children of all its threads, those that nobody has waited for included. */
static long children(void)
{
    char path[96];
    long count = 0;
    snprintf(path, sizeof path, "/proc/%d/task", server);
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        int space;
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", server, entry->d_name);
        FILE *file = fopen(path, "re");
        while (file != NULL && (space = fgetc(file)) != EOF)
            count += space == ' ';
        if (file != NULL)
            fclose(file);
    }
    if (folder != NULL)
        closedir(folder);
    return count;
}

struct counts watched_counts(void)
{
    return (struct counts){.descriptors = entries_of("fd"),
                           .threads = number_of("status", "Threads:"),
                           .children = children(),
                           .memory = number_of("status", "VmRSS:")};
}

bool watched_has_ended(void)
{
    int status;
    if (server == 0 || waitpid(server, &status, WNOHANG) != server)
        return false;
    server = 0;
    if (WIFSIGNALED(status))
        fprintf(stderr, "the server was killed by signal %d\n", WTERMSIG(status));
    else
        fprintf(stderr, "the server has ended with status %d\n", WEXITSTATUS(status));
    return true;
}

void watched_end(void)
{
    if (server == 0)
        return;
    kill(-server, SIGKILL);
    waitpid(server, NULL, 0);
    server = 0;
}
