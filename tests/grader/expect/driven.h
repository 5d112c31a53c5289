/*
 * What a driver (tests/drivers) reports of the function that it calls. It is linked with a
 * stranger's code, so that its word alone is worth little: what can be seen from outside as well
 * (descriptors, connections, consoles) is looked at there. Who expects something here fails the
 * test, with a story, if it is not met; SITUATION begins the story: "bind failed with EADDRINUSE".
 */
#ifndef SOCKLADDER_DRIVEN_H
#define SOCKLADDER_DRIVEN_H

#include "grader/base/expectation.h"
#include "grader/play/program.h"

#include <stdbool.h>
#include <stdint.h>

/* What a function has returned. */
struct returned {
    const char *function; /* "tcp_listen" */
    int64_t result;
    int error;    /* errno if that is -1, else 0 */
    bool has_met; /* a call has failed with it, as far as the trace knows */
    int port;     /* where the function sets one */
};

/* Before program_start_driver(): as soon as its function has returned, the driver is held, with
   everything open that is open then. */
void driver_holds(void);

/* Adds "then echo_session returned 0": what the function that PROGRAM, a driver, called has
   returned. Returns false, and adds nothing, if it has not returned, or PROGRAM is no driver. */
bool driven_add_return(struct text *text, const struct program *program);

/* Waits until DRIVER's FUNCTION has returned for the TIMES-th time; fails the test if it does not.
   The driver is held there. driver_goes_on() lets it call the next, and holds it again after that.
 */
struct returned expect_returned(struct program *driver, const char *function, size_t times,
                                const char *situation);
void driver_goes_on(struct program *driver);

/* A fault that was set for GROUP before has hit: the function has called CALL ("bind") or one like
   it. If not, it is not tested. */
void expect_met(const struct program *driver, const struct returned *returned,
                enum probe_group group, const char *call);

/* RETURNED is VALUE; it is -1, with ERROR in errno. */
void expect_value(const struct returned *returned, int64_t value, const char *situation);
void expect_error(const struct returned *returned, int error, const char *situation);

/* It is VALUE. If not, a cause may say why: EXPECTED was not met. */
void expect_value_for(enum expectation expected, const struct returned *returned, int64_t value,
                      const char *situation);

/* It is a descriptor of DRIVER's, and a socket. */
void expect_socket(const struct program *driver, const struct returned *returned,
                   const char *situation);

/* So many sockets are open in DRIVER, which is held. WHOSE ends the story: which these are. */
void expect_sockets(const struct program *driver, const struct returned *returned, int count,
                    const char *situation, const char *whose);

/* The same, where a cause may say why there are others. */
void expect_sockets_or_cause(const struct program *driver, const struct returned *returned,
                             int count, const char *situation, const char *whose);

/* The function has reported with complain() that CALL failed, or OTHER, which does the same, with
   REASON (NULL: any); it has reported nothing of the kind. */
void expect_reported(struct program *driver, const struct returned *returned, const char *call,
                     const char *reason, const char *situation);
void expect_either_reported(struct program *driver, const struct returned *returned,
                            const char *call, const char *other, const char *reason,
                            const char *situation);
void expect_not_reported(struct program *driver, const struct returned *returned, const char *call,
                         const char *situation);

#endif
