/* load: starts a server, has clients talk to it for a while, and writes one line of CSV: status,
   messages, seconds, messages a second, p50, p99, processor time, memory, lost. usage() says more.
 */
#include "bench/load/clients.h"
#include "bench/load/target.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SPARE_DESCRIPTORS = 64, LONGEST_S = 120 };

static _Noreturn void usage(void)
{
    fputs("usage: load TASK CLIENTS SECONDS COMMAND [WORD...]\n"
          "TASK is connections, roundtrips, big or datagrams. COMMAND is a server; PORT in a word "
          "of\n"
          "it stands for the port. The line has: ok or the reason why not; messages; seconds;\n"
          "messages a second; p50 and p99 in microseconds; the server's processor time for each\n"
          "message in microseconds; its memory for each client in KiB; datagrams sent again.\n",
          stderr);
    exit(2);
}

static struct plan read_plan(char **argv)
{
    struct plan plan = {.clients = (int)strtol(argv[2], NULL, 10), .size = SMALL};
    if (strcmp(argv[1], "connections") == 0)
        plan.connections = true;
    else if (strcmp(argv[1], "datagrams") == 0)
        plan.datagrams = true;
    else if (strcmp(argv[1], "big") == 0)
        plan.size = BIG;
    else if (strcmp(argv[1], "roundtrips") != 0)
        usage();
    if (plan.clients < 1)
        usage();
    return plan;
}

/* As many descriptors as the system allows: the server inherits the limit. */
static bool has_room(int clients)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur >= (rlim_t)clients + SPARE_DESCRIPTORS;
}

static void end_server(int signal)
{
    (void)signal;
    kill(0, SIGKILL); /* the server goes with this process (PR_SET_PDEATHSIG) */
}

/* Talks, between two looks at what the server has used. Returns why it failed, or NULL. */
static const char *measure(char **argv, struct plan *plan, struct talk *talk, double *cpu,
                           double *kib)
{
    const char *why = NULL;
    bool fine = has_room(plan->clients);
    if (!fine)
        return "too few descriptors: ulimit -Hn";
    plan->port = target_start(argv + 4, plan->datagrams, &why);
    double alone = plan->port == 0 ? 0 : target_kib();
    fine = plan->port != 0 && clients_open(plan, &why);
    *kib = fine ? (target_kib() - alone) / plan->clients : 0;
    double before = target_seconds();
    fine = fine && clients_talk(strtod(argv[3], NULL), talk, &why);
    double after = target_seconds();
    clients_close();
    double all = target_stop();
    /* Without new connections, the processes are those that there were before. */
    *cpu = (plan->connections ? all : after) - before;
    return fine ? NULL : why;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        usage();
    struct plan plan = read_plan(argv);
    struct talk talk = {0};
    double cpu = 0;
    double kib = 0;
    signal(SIGALRM, end_server);
    alarm(LONGEST_S);
    const char *why = measure(argv, &plan, &talk, &cpu, &kib);
    double each = talk.messages > 0 ? cpu / (double)talk.messages * 1e6 : 0;
    double rate = talk.seconds > 0 ? (double)talk.messages / talk.seconds : 0;
    printf("%s,%zu,%.3f,%.1f,%.1f,%.1f,%.2f,%.1f,%zu\n", why != NULL ? why : "ok", talk.messages,
           talk.seconds, rate, talk.p50, talk.p99, each, plan.connections ? 0 : kib, talk.lost);
    return why != NULL;
}
