/* The tables of causes, each ended by a row without an id. A predicate sees the evidence alone. */
#ifndef SOCKLADDER_CAUSES_H
#define SOCKLADDER_CAUSES_H

#include "grader/explain/cause.h"
#include "grader/explain/query.h"

#include <stdbool.h>

extern const struct cause causes_of_cut_sends[];
extern const struct cause causes_of_asking[];
extern const struct cause causes_of_echoing[];
extern const struct cause causes_of_processes_at_all[];
extern const struct cause causes_of_processes[];
extern const struct cause causes_of_connecting[];
extern const struct cause causes_of_binding[];
extern const struct cause causes_of_listening[];
extern const struct cause causes_of_small_queue[];
extern const struct cause causes_of_address[];
extern const struct cause causes_of_threads[];
extern const struct cause causes_of_forgotten_threads[];

#endif
