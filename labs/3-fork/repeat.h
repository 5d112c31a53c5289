/* What the servers of labs 3 and 4 say when nobody types: the same work for processes and for
   threads, so that the two can be compared. Given. */
#ifndef SOCKLADDER_REPEAT_H
#define SOCKLADDER_REPEAT_H

#include <stdint.h>

/* A session_fn (common/serve.h): shows each line of the client on the console, `[40276] hello`, and
   sends it back, until the client leaves. CONTEXT is not used. May be called from any process and
   any thread. */
int repeat_session(int conn, uint16_t peer, void *context);

#endif
