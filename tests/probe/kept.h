/* What the C library keeps for those who call it. */
#ifndef SOCKLADDER_PROBE_KEPT_H
#define SOCKLADDER_PROBE_KEPT_H

#include "probe/shared.h"

/* Whose result was at ADDRESS before that function was called again; KEEPER_NONE: nobody's. */
enum probe_keeper keeper_of(const void *address);

#endif
