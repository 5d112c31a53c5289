/*
 * What kind of thing a failed expectation was about. Each says its own when it fails
 * (fail_because), and a cause is asked only if it can explain that kind.
 */
#ifndef SOCKLADDER_EXPECTATION_H
#define SOCKLADDER_EXPECTATION_H

enum expectation {
    EXPECT_CONNECT = 1 << 0,    /* the server listens, or somebody gets through to somebody */
    EXPECT_BYTES = 1 << 1,      /* bytes, at the test's side: those that were sent come back */
    EXPECT_LINE = 1 << 2,       /* a line, at the test's side */
    EXPECT_DATAGRAM = 1 << 3,   /* a datagram, at the test's side: that one, and no other */
    EXPECT_CONSOLE = 1 << 4,    /* words on standard output */
    EXPECT_COMPLAINT = 1 << 5,  /* words on standard error, or none there */
    EXPECT_NOTHING = 1 << 6,    /* nothing more: no byte, datagram or word too many */
    EXPECT_CLOSE = 1 << 7,      /* that a connection ends, in the right way and not too early */
    EXPECT_RUNNING = 1 << 8,    /* the program goes on, and waits as it should */
    EXPECT_EXIT = 1 << 9,       /* it ends, with the right status */
    EXPECT_TASKS = 1 << 10,     /* processes and threads: that there are some, and that they end */
    EXPECT_RESOURCES = 1 << 11, /* descriptors and memory: they are given back, once */
    EXPECT_MEMORY = 1 << 12,    /* what valgrind watches */
    EXPECT_TIME = 1 << 13,      /* pauses, and how often something is tried */
    EXPECT_OTHER = 1 << 14,
};

/* Its name, as in `EXPECT_NAME` and in small letters; and the one with that name, EXPECT_OTHER if
   there is none. */
const char *expectation_name(enum expectation expectation);
enum expectation expectation_named(const char *name);

#endif
