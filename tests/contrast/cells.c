/* The cells of the table: for each question one over TCP and one over UDP. */
#include "contrast/contrast.h"
#include "grader/base/settings.h"
#include "grader/expect/count.h"
#include "grader/expect/datagrams.h"
#include "grader/expect/dialogue.h"
#include "grader/expect/scenario.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((format(printf, 1, 2))) static void show(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(stage.result->story, sizeof stage.result->story, format, arguments);
    va_end(arguments);
}

/* From here on `server` and `client` are those of LAB. */
static void take_programs_of(const char *lab)
{
    static char folder[4096];
    char server[4200];
    snprintf(folder, sizeof folder, "%s/%s", trees, lab);
    snprintf(server, sizeof server, "%s/server", folder);
    settings.programs = folder;
    if (access(server, X_OK) == -1)
        not_tested("%s could not be built", lab);
}

enum { FEW = 10, MANY = 110 }; /* messages */

/* Calls of PROGRAM's so far, but for those that look at the console. */
static size_t calls_so_far(const struct program *program)
{
    size_t count;
    size_t calls = 0;
    struct step *steps = trace_steps(program, &count);
    for (size_t i = 0; i < count; i++)
        calls += steps[i].event.is_socket || trace_group(&steps[i].event) == GROUP_ACCEPTING;
    free(steps);
    return calls;
}

/* EACH of many messages took so many calls; less than one is for the probe to explain: it does not
   know all calls, and of very many it keeps the first and the last. */
static void show_calls(double each, size_t all, const char *comment)
{
    if (each < 1)
        not_tested("its calls cannot be seen");
    show("%.1f calls a message; %.0f more%s", each, (double)all - each * MANY, comment);
}

static int milliseconds_since(uint64_t begun)
{
    return (int)((stage_now() - begun + 500000) / 1000000);
}

/* ---- a message, and three at once ---- */

static void speak_over_tcp(struct peer *client, int times)
{
    for (int i = 0; i < times; i++)
        expect_echo(client, "how are you", 11);
}

CELL(calls_tcp, "a message, seen by the server")
{
    take_programs_of("1-echo");
    struct program *server = start_server();
    size_t before = calls_so_far(server);
    struct peer *client = connect_client(server, "the client");
    speak_over_tcp(client, FEW);
    size_t few = calls_so_far(server);
    speak_over_tcp(client, MANY - FEW);
    double each = (double)(calls_so_far(server) - few) / (MANY - FEW);
    expect_farewell(client);
    everything_waits();
    show_calls(each, calls_so_far(server) - before, " to begin and end the conversation");
}

CELL(calls_udp, NULL)
{
    take_programs_of("5-udp");
    struct program *server = start_server();
    struct peer *client = datagram_open("the client");
    everything_waits();
    size_t before = calls_so_far(server);
    for (int i = 0; i < FEW; i++)
        expect_answer(server, client, "how are you", 11);
    everything_waits();
    size_t few = calls_so_far(server);
    for (int i = FEW; i < MANY; i++)
        expect_answer(server, client, "how are you", 11);
    everything_waits();
    double each = (double)(calls_so_far(server) - few) / (MANY - FEW);
    show_calls(each, calls_so_far(server) - before, ", for nothing begins or ends");
}

/* Writes how many bytes each receive of PROGRAM has taken since call number FIRST. */
static void show_receives(const struct program *program, size_t first, const char *comment)
{
    size_t count;
    size_t receives = 0;
    struct text sizes = {0};
    struct step *steps = trace_steps(program, &count);
    for (size_t i = first; i < count; i++) {
        const struct probe_event *event = &steps[i].event;
        if (!event->is_socket || trace_group(event) != GROUP_RECEIVING || event->result <= 0)
            continue;
        if (++receives <= 3)
            text_add(&sizes, "%s%lld", receives > 1 ? ", " : "", (long long)event->result);
    }
    free(steps);
    if (receives == 0)
        not_tested("its receives cannot be seen");
    show("%zu %s (%s%s bytes)%s", receives, receives == 1 ? "receive" : "receives", sizes.start,
         receives > 3 ? ", …" : "", receives == 1 ? comment : "");
    text_free(&sizes);
}

static size_t steps_of(const struct program *program)
{
    size_t count;
    free(trace_steps(program, &count));
    return count;
}

CELL(three_tcp, "three messages (3, 3 and 5 bytes) while the server is busy")
{
    take_programs_of("1-echo");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    speak_over_tcp(client, 1);
    everything_waits();
    size_t first = steps_of(server) - 1; /* the receive that waits already */
    program_pause(server);
    peer_send(client, "one", 3);
    peer_send(client, "two", 3);
    peer_send(client, "three", 5);
    program_resume(server);
    expect_back(client, "onetwothree", 11);
    show_receives(server, first, ": merged");
}

CELL(three_udp, NULL)
{
    take_programs_of("5-udp");
    struct program *server = start_server();
    struct peer *client = datagram_open("the client");
    expect_answer(server, client, "hello", 5);
    everything_waits();
    size_t first = steps_of(server) - 1;
    program_pause(server);
    datagram_send(client, server->port, "one", 3);
    datagram_send(client, server->port, "two", 3);
    datagram_send(client, server->port, "three", 5);
    program_resume(server);
    expect_datagram(client, "one", 3, "The client sent three datagrams");
    expect_datagram(client, "two", 3, "The client sent three datagrams");
    expect_datagram(client, "three", 5, "The client sent three datagrams");
    show_receives(server, first, "");
}

enum { LONG = 60000 };
static char long_message[LONG];

CELL(long_tcp, "a message of 60,000 bytes")
{
    take_programs_of("1-echo");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    speak_over_tcp(client, 1);
    everything_waits();
    size_t first = steps_of(server) - 1;
    fill_letters(long_message, sizeof long_message);
    expect_echo(client, long_message, sizeof long_message);
    show_receives(server, first, "");
}

CELL(long_udp, NULL)
{
    take_programs_of("5-udp");
    struct program *server = start_server();
    struct peer *client = datagram_open("the client");
    expect_answer(server, client, "hello", 5);
    everything_waits();
    size_t first = steps_of(server) - 1;
    fill_letters(long_message, sizeof long_message);
    expect_answer(server, client, long_message, sizeof long_message);
    show_receives(server, first, ": whole");
}

/* ---- what goes wrong ---- */

/* The first line that CLIENT has complained of, and how it ended. Not if it is still there, or has
   not been written yet. */
static void show_end(const struct program *client, uint64_t begun)
{
    if (!client->ended || has_words(&client->complained, "Function not implemented"))
        not_tested("the client does not do it yet");
    int length = (int)strcspn(client->complained.length > 0 ? client->complained.start : "", "\n");
    struct text ending = {0};
    program_ending(&ending, client);
    show("“%.*s”, %s, after %d ms", length, length > 0 ? client->complained.start : "",
         ending.start, milliseconds_since(begun));
    text_free(&ending);
}

CELL(nobody_tcp, "nobody is there")
{
    char port[8];
    take_programs_of("1-echo");
    struct peer *nobody = peer_bind("nobody");
    snprintf(port, sizeof port, "%u", nobody->port);
    uint64_t begun = stage_now();
    struct program *client = program_start("client", "127.0.0.1", port, "hello", NULL);
    program_wait(client);
    show_end(client, begun);
}

CELL(nobody_udp, NULL)
{
    char port[8];
    take_programs_of("5-udp");
    struct peer *nobody = datagram_open("nobody");
    snprintf(port, sizeof port, "%u", nobody->port);
    datagram_leave(nobody);
    uint64_t begun = stage_now();
    struct program *client =
        program_start("client", "-n", "3", "-w", "100", "127.0.0.1", port, NULL);
    type_line(client, "hello");
    program_wait(client);
    show_end(client, begun);
}

CELL(lost_tcp, "a packet is lost")
{
    take_programs_of("1-echo");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    struct tcp_info info;
    socklen_t size = sizeof info;
    speak_over_tcp(client, 1);
    if (getsockopt(client->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == -1)
        grader_fault("getsockopt");
    show("the kernel sends it again after %u ms (tcpi_rto); neither program notices",
         info.tcpi_rto / 1000);
}

CELL(lost_udp, NULL)
{
    char port[8];
    struct datagram datagram;
    take_programs_of("5-udp");
    struct peer *server = datagram_open("the server");
    snprintf(port, sizeof port, "%u", server->port);
    struct program *client =
        program_start("client", "-n", "3", "-w", "100", "127.0.0.1", port, NULL);
    type_line(client, "hello");
    if (!datagram_receive(server, &datagram))
        fail_because(EXPECT_DATAGRAM, "The client sent nothing.");
    uint64_t first = datagram.time;
    datagram_lose(server, &datagram);
    if (!datagram_receive(server, &datagram))
        fail_because(EXPECT_DATAGRAM, "The client sent its question once, and never again.");
    datagram_send(server, datagram.from, datagram.bytes, datagram.length);
    expect_shown(client, "server says: hello\n");
    show("the client sends it again after %llu ms, because it was told to (-w 100)",
         (unsigned long long)(datagram.time - first + 500000) / 1000000);
}

enum { TOO_LONG = 65508 }; /* one byte more than a datagram holds */

CELL(too_long_tcp, "a message of 65,508 bytes")
{
    static char message[TOO_LONG];
    take_programs_of("1-echo");
    struct peer *client = connect_client(start_server(), "the client");
    fill_letters(message, sizeof message);
    expect_echo(client, message, sizeof message);
    show("no such thing: all of it came back");
}

CELL(too_long_udp, NULL)
{
    static char message[TOO_LONG + 1];
    char port[8];
    take_programs_of("5-udp");
    struct peer *server = datagram_open("the server");
    snprintf(port, sizeof port, "%u", server->port);
    uint64_t begun = stage_now();
    struct program *client = program_start("client", "127.0.0.1", port, NULL);
    memset(message, 'x', TOO_LONG);
    type_line(client, message);
    program_wait(client);
    show_end(client, begun);
}

/* ---- a hundred clients ---- */

enum { CROWD = 100 };

/* Memory of PID that nobody else has, and its share of the rest, in kB. */
static long memory_of(pid_t pid)
{
    char path[64];
    char line[256];
    long memory = 0;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        not_tested("the memory of a process cannot be looked at: %s", strerror(errno));
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "Pss: %ld kB", &memory) == 1)
            break;
    fclose(file);
    return memory;
}

/* What SERVER and the processes that it has started take now. */
struct use {
    size_t processes;
    size_t threads;
    int sockets;
    long memory;
};

static struct use use_of(const struct program *server)
{
    static pid_t pids[MOST_CHILDREN];
    struct use use = {1, threads_of(server), procfs_count_sockets(server->pid), 0};
    use.memory = memory_of(server->pid);
    size_t count = children_alive(pids, MOST_CHILDREN);
    for (size_t i = 0; i < count; i++) {
        use.processes++;
        use.threads++;
        use.sockets += procfs_count_sockets(pids[i]);
        use.memory += memory_of(pids[i]);
    }
    return use;
}

static void show_use(const char *how, struct use before, struct use now)
{
    long grown = now.memory > before.memory ? now.memory - before.memory : 0;
    show("%s: %zu %s, %zu %s, %d %s, %.1f kB more a client", how, now.processes,
         now.processes == 1 ? "process" : "processes", now.threads,
         now.threads == 1 ? "thread" : "threads", now.sockets,
         now.sockets == 1 ? "socket" : "sockets", (double)grown / CROWD);
}

static void crowd_over_tcp(const char *how, struct program *server)
{
    everything_waits();
    struct use before = use_of(server);
    for (int i = 0; i < CROWD; i++)
        expect_echo(connect_client(server, "a client"), "hello\n", 6);
    everything_waits();
    show_use(how, before, use_of(server));
}

CELL(crowd_processes, "a hundred clients at once")
{
    take_programs_of("3-fork");
    crowd_over_tcp("a process each (3-fork)", start_server());
}

CELL(crowd_threads, "")
{
    take_programs_of("4-pthread");
    crowd_over_tcp("a thread each (4-pthread -e)",
                   expect_listening(program_start("server", "-e", "0", NULL)));
}

CELL(crowd_udp, NULL)
{
    take_programs_of("5-udp");
    struct program *server = start_server();
    everything_waits();
    struct use before = use_of(server);
    for (int i = 0; i < CROWD; i++)
        expect_answer(server, datagram_open("a client"), "hello", 5);
    everything_waits();
    show_use("one socket for all", before, use_of(server));
}
