/*
 * What the tests of the labs' mains have in common: programs that are started as a person starts
 * them, typed at, listened to and ended. The environment says which: SERVER and CLIENT are paths.
 * Every wait ends with the alarm that the test's own main has set.
 */
#ifndef SOCKLADDER_MAINS_H
#define SOCKLADDER_MAINS_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROOM = 8192, DEADLINE = 20, ARGUMENTS = 6 };

/* A program that runs or has run, and what it has said. */
struct process {
    pid_t pid;
    int in; /* its keyboard; -1 when we have closed it */
    int out;
    int err;
    int status;    /* as exit(3) was given it; -1 when a signal ended the program */
    size_t length; /* of `said` */
    char said[ROOM];
    char complained[ROOM];
};

static inline const char *path_of(const char *variable)
{
    const char *path = getenv(variable);
    if (path == NULL)
        fail_msg("the environment must say where the program is: %s=path", variable);
    return path;
}

static inline _Noreturn void become(const char *path, char **argv, const int standard[3])
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int fd = 0; fd < 3; fd++)
        dup2(standard[fd], fd);
    signal(SIGPIPE, SIG_DFL);
    setenv("LC_ALL", "C", 1);
    execv(path, argv);
    _exit(126);
}

/* A pipe that a program started here inherits only as a standard descriptor. */
static inline void open_pipe(int ends[2])
{
    assert_int_equal(pipe(ends), 0);
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
}

/* Starts the program that VARIABLE names, with ARGUMENTS up to a NULL. OUT[1] becomes its standard
   output, what we read of it is OUT[0]. */
static inline void start_into(struct process *run, const char *variable,
                              const char *const *arguments, const int out[2])
{
    char *argv[ARGUMENTS + 2] = {(char *)(uintptr_t)variable};
    const char *path = path_of(variable);
    int in[2];
    int err[2];
    for (int i = 0; i < ARGUMENTS && arguments[i] != NULL; i++)
        argv[i + 1] = (char *)(uintptr_t)arguments[i];
    open_pipe(in);
    open_pipe(err);
    run->pid = fork();
    if (run->pid == 0)
        become(path, argv, (const int[3]){in[0], out[1], err[1]});
    assert_true(run->pid > 0);
    close(in[0]);
    close(out[1]);
    close(err[1]);
    run->in = in[1];
    run->out = out[0];
    run->err = err[0];
    run->length = 0;
    run->said[0] = '\0';
}

static inline void start(struct process *run, const char *variable, const char *const *arguments)
{
    int out[2];
    open_pipe(out);
    start_into(run, variable, arguments, out);
}

#define START(run, variable, ...)                                                                  \
    start(run, variable, (const char *const[ARGUMENTS + 1]){__VA_ARGS__})

static inline void type(const struct process *run, const char *text)
{
    assert_int_equal(write(run->in, text, strlen(text)), strlen(text));
}

static inline void end_keyboard(struct process *run)
{
    if (run->in >= 0)
        close(run->in);
    run->in = -1;
}

/* Waits until what RUN says from now on ends with WORDS. */
static inline void hear(struct process *run, const char *words)
{
    size_t length = strlen(words);
    size_t first_end = run->length + length;
    while (run->length < first_end || strcmp(run->said + run->length - length, words) != 0) {
        if (run->length == ROOM - 1 || read(run->out, run->said + run->length, 1) != 1)
            fail_msg("\"%s\" never came after \"%s\"", words, run->said);
        run->said[++run->length] = '\0';
    }
}

/* All that comes out of FD until its other end is closed, behind the LENGTH bytes of TEXT. */
static inline void collect(int fd, char *text, size_t length)
{
    ssize_t got;
    while ((got = read(fd, text + length, ROOM - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    close(fd);
}

/* Waits for the end of RUN, whose keyboard ends first. */
static inline void finish(struct process *run)
{
    int status;
    end_keyboard(run);
    collect(run->out, run->said, run->length);
    collect(run->err, run->complained, 0);
    assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
    run->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Ends a server, which never ends by itself. Its keyboard stays as it is until then. */
static inline void end(struct process *run)
{
    kill(run->pid, SIGTERM);
    finish(run);
}

#define RUN(run, variable, ...)                                                                    \
    do {                                                                                           \
        START(run, variable, __VA_ARGS__);                                                         \
        finish(run);                                                                               \
    } while (0)

/* Takes the line that says on which port the server listens; the port as text in PORT. */
static inline void hear_port(struct process *server, char *port, size_t room)
{
    static const char before[] = "listening on port ";
    hear(server, "\n");
    assert_memory_equal(server->said, before, strlen(before));
    server->said[server->length - 1] = '\0';
    snprintf(port, room, "%.6s", server->said + strlen(before));
    server->length = 0;
    server->said[0] = '\0';
}

/* A client of the server on PORT whose console is a full disk: it says so, and fails. */
static inline void assert_client_tells_full_disk(const char *port)
{
    const char *const arguments[ARGUMENTS + 1] = {"127.0.0.1", port};
    const int out[2] = {open("/dev/null", O_RDONLY | O_CLOEXEC),
                        open("/dev/full", O_WRONLY | O_CLOEXEC)};
    struct process client;
    start_into(&client, "CLIENT", arguments, out);
    type(&client, "hello\n");
    finish(&client);
    assert_string_equal(client.complained, "client: write: No space left on device\n");
    assert_int_equal(client.status, 1);
}

/* A socket of ours that has a port, as text in PORT, and as long as it is open nobody else can have
   it. Whoever connects to it is refused until we listen. */
static inline int take_port(char *port, size_t room)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    snprintf(port, room, "%u", (unsigned)ntohs(address.sin_port));
    return fd;
}

/* Connects to PORT of this machine. */
static inline int dial(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline void assert_wrong_usage(const struct process *run, const char *complaint)
{
    assert_string_equal(run->complained, complaint);
    assert_string_equal(run->said, "");
    assert_int_equal(run->status, 2);
}

/* --help and -h: USAGE and more on standard output, status 0; 1 when that cannot be written. */
static inline void assert_explains_itself(const char *variable, const char *usage)
{
    static const char *const options[] = {"--help", "-h"};
    for (int i = 0; i < 2; i++) {
        struct process run;
        int status;
        RUN(&run, variable, options[i]);
        assert_int_equal(run.status, 0);
        assert_memory_equal(run.said, usage, strlen(usage));
        assert_string_equal(run.complained, "");

        const char *path = path_of(variable);
        pid_t pid = fork();
        if (pid == 0) {
            char *argv[] = {(char *)(uintptr_t)variable, (char *)(uintptr_t)options[i], NULL};
            become(path, argv, (const int[3]){0, open("/dev/full", O_WRONLY), 2});
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 1);
    }
}

#endif
