/* Plays the jobs of a class, several at once, and says what comes of each as it comes. */
#ifndef SOCKLADDER_CLASS_RUN_H
#define SOCKLADDER_CLASS_RUN_H

#include "class/job.h"

/* Plays those of JOBS that are not kept, in an order that the seed decides; then those that are
   doubtful once more, alone. True when all are done, false when a signal asked us to end. */
bool run_jobs(struct job *jobs, size_t count, const struct session *session);

/* Plays JOB, and says nothing of it. False when a signal asked us to end. */
bool run_one(struct job *job, const struct session *session);

#endif
