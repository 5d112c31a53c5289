/*
 * A driver calls one function of the student with given arguments, and reports what it returned
 * (probe/driver.h). It is linked with the files that the function needs, and played like every
 * program under test. Whatever it needs besides (a socket, a connection), it makes with plain calls
 * of its own.
 *
 * Functions of the student are declared weak here: one that is not defined yet is missing alone.
 */
#ifndef SOCKLADDER_DRIVER_H
#define SOCKLADDER_DRIVER_H

#include "common/address.h"
#include "common/console.h"
#include "probe/driver.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DRIVEN(function) extern __typeof__(function)(function) __attribute__((weak))

/* The function CALL is called next. Its errno is that of an older failure, as it may be anywhere.
 */
static inline struct probe_event *driver_calls(enum probe_call call, int fd, int64_t argument)
{
    struct probe_event *event = probe_calls != NULL ? probe_calls(call, fd, argument) : NULL;
    errno = EINTR;
    return event;
}

/* Instead of a call of the function NAME, which nobody has defined. */
static inline int driver_misses(const char *name)
{
    errno = ENOSYS;
    complain(name);
    return -1;
}

/* It has returned RESULT, and PORT if it is to set one. errno stays. */
static inline void driver_returned(struct probe_event *event, int64_t result, int port)
{
    if (probe_returns != NULL)
        probe_returns(event, result, port);
}

static inline void driver_ends(const char *why)
{
    complain(why);
    exit(EXIT_FAILURE);
}

/* A socket that listens on a port that the system chooses, and the line that says which. */
static inline int driver_listens(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || listen(listener, SOMAXCONN) < 0)
        driver_ends("listen");
    console_say("listening on port %d", port_of_socket(listener));
    return listener;
}

/* The connection of the next who comes to LISTENER. */
static inline int driver_accepts_from(int listener)
{
    int conn = accept(listener, NULL, NULL);
    if (conn < 0)
        driver_ends("accept");
    return conn;
}

/* The connection of the next who comes. The listener is closed then. */
static inline int driver_accepts(void)
{
    int listener = driver_listens();
    int conn = driver_accepts_from(listener);
    close(listener);
    return conn;
}

#endif
