/* The session of labs 2 and 3 with an operator. This file is given. */
#ifndef SOCKLADDER_OPERATOR_H
#define SOCKLADDER_OPERATOR_H

#include <stdint.h>

/* A session_fn (common/serve.h): chat_answer(), for which CONTEXT is the keyboard. If the operator
   has typed a line that is too long, which ends the session, it throws the whole line away: the
   next client gets the lines after it. */
int operator_session(int conn, uint16_t peer, void *context);

#endif
