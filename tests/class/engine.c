#include "class/engine.h"

#include "class/remote.h"
#include "grade/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct engine {
    struct job **order;
    size_t count;
    void (*ended)(struct job *job, void *argument);
    void *argument;
    struct text said; /* the beginning of a line */
    pid_t pid;
};

static char *path_of(const char *folder, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) == -1)
        abort();
    return path;
}

/* A job has ended, as the engine says: its folder's name ends with NAME, "STUDENT/LAB". */
static void take_in(const struct engine *engine, const char *name)
{
    for (size_t i = 0; i < engine->count; i++) {
        struct job *job = engine->order[i];
        size_t length = strlen(job->folder);
        if (!job->done && length > strlen(name) &&
            strcmp(job->folder + length - strlen(name), name) == 0 && job_collect(job)) {
            engine->ended(job, engine->argument);
            return;
        }
    }
}

/* Takes in what the engine has said. False at its end. */
static bool hear(struct engine *engine, int fd)
{
    char piece[4096];
    ssize_t count = read(fd, piece, sizeof piece);
    for (ssize_t i = 0; i < count; i++)
        if (piece[i] != '\n') {
            text_add_bytes(&engine->said, &piece[i], 1);
        } else if (engine->said.length > 0) {
            take_in(engine, engine->said.start);
            text_free(&engine->said);
        }
    return count > 0 || (count == -1 && errno == EINTR);
}

/* tests/class/engine says what the words mean. */
_Noreturn static void become(const struct session *session, const char *list, size_t jobs,
                             int output)
{
    char number[24] = "";
    char *script = path_of(session->kit.root, "tests/class/engine");
    const char *hosts = session->options->hosts;
    if (jobs > 0)
        snprintf(number, sizeof number, "%zu", jobs);
    interrupt_reset();
    setpgid(0, 0); /* Ctrl-C is for the class, which hands it on */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing != -1 && dup2(nothing, STDIN_FILENO) != -1 && dup2(output, STDOUT_FILENO) != -1)
        execl(script, script, session->options->engine, list, number, hosts != NULL ? hosts : "",
              (char *)NULL);
    fprintf(stderr, "class: %s cannot be run: %s\n", script, strerror(errno));
    _exit(127);
}

static bool start(struct engine *engine, const struct session *session, size_t jobs, int *output)
{
    int ends[2];
    struct text list = {0};
    char *path = path_of(session->out, ".jobs/list");
    bool good = remote_list(&list, engine->order, engine->count, session) &&
                write_file(path, &list) && pipe2(ends, O_CLOEXEC) == 0;
    if (good) {
        fflush(NULL);
        engine->pid = fork();
        if (engine->pid == 0)
            become(session, path, jobs, ends[1]);
        close(ends[1]);
        *output = ends[0];
        good = engine->pid != -1;
    }
    text_free(&list);
    free(path);
    return good;
}

bool engine_play(struct job **order, size_t count, size_t jobs, const struct session *session,
                 void (*ended)(struct job *job, void *argument), void *argument)
{
    struct engine engine = {
        .order = order, .count = count, .ended = ended, .argument = argument, .pid = -1};
    int output = -1;
    int status = -1;
    bool interrupted = false;
    if (count == 0)
        return true;
    bool more = start(&engine, session, jobs, &output);
    while (more) {
        struct pollfd fds[2] = {{.fd = output, .events = POLLIN},
                                {.fd = interrupt_open(), .events = POLLIN}};
        poll(fds, 2, -1);
        if (interrupt_seen() != 0 && !interrupted) {
            interrupted = true;
            kill(engine.pid, SIGTERM);
        }
        more = fds[0].revents == 0 || hear(&engine, output);
    }
    if (output != -1)
        close(output);
    if (engine.pid != -1)
        waitpid(engine.pid, &status, 0);
    for (size_t i = 0; i < count; i++)
        if (!order[i]->done && job_collect(order[i]))
            ended(order[i], argument);
    text_free(&engine.said);
    if (status != 0 && !interrupted)
        fprintf(stderr, "class: the engine %s has failed\n", session->options->engine);
    return status == 0 && !interrupted;
}
