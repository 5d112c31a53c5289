/*
 * A job as a command of its own: a line of a shell, to be run on any machine that sees the kit and
 * the results under the same names. Whoever runs it locks FOLDER.lock, plays the job, and writes
 * down itself that the result is whole. So no result is lost with whoever gave it out; and one
 * that is run twice, at once or later, is played once.
 */
#ifndef SOCKLADDER_CLASS_REMOTE_H
#define SOCKLADDER_CLASS_REMOTE_H

#include "class/job.h"

/* Adds the commands of the COUNT jobs in ORDER to LIST, a line each. False after a message. */
bool remote_list(struct text *list, struct job *const *order, size_t count,
                 const struct session *session);

/* What such a command does: plays the job in the folder that OPTIONS name, unless it is done, and
   prints "STUDENT/LAB" and a newline. Returns the exit status; CLASS_FAULT if there is no score. */
int remote_work(const struct class_options *options);

#endif
