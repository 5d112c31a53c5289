/* Turns what the autograder found into what an instructor gives for it: POINTS, DUE and LATE. */
#ifndef SOCKLADDER_CLASS_JUDGE_H
#define SOCKLADDER_CLASS_JUDGE_H

#include "class/job.h"

/* Reads the session's file of points, if there is one, and compares it with the tests of each of
   LABS. Says what does not add up. False after a message when it cannot be used. */
bool judge_prepare(struct session *session, const bool *labs);

/* Once for each job that is done: its verdict becomes what counts. */
void judge(struct job *job, const struct session *session);

/* Replaces TEXT, JSON or XML of the job's report by what its student may see. They are as the
   autograder wrote them. False: the student gets none. */
bool handback_text(struct text *text, const struct job *job, const struct session *session);
bool handback_json(struct text *json, const struct job *job, const struct session *session);
bool handback_xml(struct text *xml, const struct job *job, const struct session *session);

#endif
