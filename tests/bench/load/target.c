#include "bench/load/target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { READY_TRIES = 1000, TRY_MS = 10 };

static pid_t server;

/* A port that is free now. It may be taken before the server has it; then it does not start. */
static uint16_t free_port(bool datagrams)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int sock = socket(AF_INET, datagrams ? SOCK_DGRAM : SOCK_STREAM, 0);
    bool known = sock >= 0 && bind(sock, (struct sockaddr *)&address, length) == 0 &&
                 getsockname(sock, (struct sockaddr *)&address, &length) == 0;
    if (sock >= 0)
        close(sock);
    return known ? ntohs(address.sin_port) : 0;
}

/* WORD with the port in place of `PORT`. */
static char *with_port(char *word, uint16_t port)
{
    static const char place[] = "PORT";
    char *found = strstr(word, place);
    char *whole = NULL;
    if (found == NULL)
        return word;
    if (asprintf(&whole, "%.*s%u%s", (int)(found - word), word, port, found + strlen(place)) < 0)
        return word;
    return whole;
}

static _Noreturn void become(char **argv)
{
    int nowhere = open("/dev/null", O_RDWR);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    if (argv[0] != NULL)
        execvp(argv[0], argv);
    _exit(127);
}

/* One attempt to be answered: a connection, or an echo of a datagram. */
static bool answers(uint16_t port, bool datagrams)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int sock = socket(AF_INET, datagrams ? SOCK_DGRAM : SOCK_STREAM, 0);
    bool fine = sock >= 0 && connect(sock, (struct sockaddr *)&address, sizeof address) == 0;
    if (fine && datagrams) {
        struct pollfd answer = {.fd = sock, .events = POLLIN};
        char byte = '?';
        fine = send(sock, &byte, 1, 0) == 1 && poll(&answer, 1, TRY_MS) == 1 &&
               recv(sock, &byte, 1, 0) == 1;
    }
    if (sock >= 0)
        close(sock);
    return fine;
}

/* Servers of strangers do not say when they are ready. So this asks again and again. */
static bool await_ready(uint16_t port, bool datagrams, const char **why)
{
    static const struct timespec moment = {.tv_nsec = TRY_MS * 1000L * 1000};
    for (int i = 0; i < READY_TRIES; i++) {
        if (answers(port, datagrams))
            return true;
        if (waitpid(server, NULL, WNOHANG) == server) {
            *why = "the server ended at once";
            return false;
        }
        nanosleep(&moment, NULL);
    }
    *why = "the server was not ready after ten seconds";
    return false;
}

uint16_t target_start(char **argv, bool datagrams, const char **why)
{
    uint16_t port = free_port(datagrams);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* the time of all its processes comes here in the end */
    server = port == 0 ? -1 : fork();
    if (server == 0) {
        for (char **word = argv; *word != NULL; word++)
            *word = with_port(*word, port);
        become(argv);
    }
    if (server < 0) {
        *why = "no port or no process could be had";
        return 0;
    }
    return await_ready(port, datagrams, why) ? port : 0;
}

/* Calls FOR_EACH with each process of the server, and adds up what it returns. */
static double sum_up(double (*for_each)(pid_t))
{
    double sum = 0;
    DIR *processes = opendir("/proc");
    if (processes == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(processes)) != NULL;) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && getsid(pid) == server)
            sum += for_each(pid);
    }
    closedir(processes);
    return sum;
}

static double seconds_of(pid_t pid)
{
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) < 0)
        return 0;
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double target_seconds(void)
{
    return sum_up(seconds_of);
}

static double kib_of(pid_t pid)
{
    char name[64];
    char line[256];
    double kib = 0;
    snprintf(name, sizeof name, "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = fopen(name, "re");
    if (file == NULL)
        return 0;
    while (kib == 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "Pss:", 4) == 0)
            kib = strtod(line + 4, NULL);
    fclose(file);
    return kib;
}

double target_kib(void)
{
    return sum_up(kib_of);
}

static double end_process(pid_t pid)
{
    kill(pid, SIGKILL);
    return 1;
}

double target_stop(void)
{
    struct rusage usage;
    if (server > 0) {
        kill(server, SIGKILL); /* the first: it starts no more */
        while (sum_up(end_process) > 0 && waitpid(-1, NULL, 0) > 0)
            while (waitpid(-1, NULL, WNOHANG) > 0)
                ;
    }
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}
