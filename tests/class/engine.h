/* Gives jobs to other machines: to GNU parallel over ssh, or to Slurm. */
#ifndef SOCKLADDER_CLASS_ENGINE_H
#define SOCKLADDER_CLASS_ENGINE_H

#include "class/job.h"

/* Has the engine that the options name play the COUNT jobs in ORDER, at most JOBS at a time (on
   each host, with parallel; 0: as many as the engine thinks good). Calls ENDED with a job and
   ARGUMENT when the engine says that it is done, and, when the engine has ended, with each of the
   others that has a result. True when the engine has tried all; false after a message, or when a
   signal asked us to end: what has begun still ends. */
bool engine_play(struct job **order, size_t count, size_t jobs, const struct session *session,
                 void (*ended)(struct job *job, void *argument), void *argument);

#endif
