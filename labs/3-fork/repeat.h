/* The session of labs 3 and 4 without an operator: processes and threads do the same work, so that
   you can compare them. This file is given. */
#ifndef SOCKLADDER_REPEAT_H
#define SOCKLADDER_REPEAT_H

#include <stdint.h>

/* A session_fn (common/serve.h): shows each line from the client on the console, `[40276] hello`,
   and sends it back, until the client leaves. Does not use CONTEXT. Any process and any thread may
   call it. */
int repeat_session(int conn, uint16_t peer, void *context);

#endif
