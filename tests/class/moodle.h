/* What Moodle takes back: points, and a report for each student. */
#ifndef SOCKLADDER_CLASS_MOODLE_H
#define SOCKLADDER_CLASS_MOODLE_H

#include "class/grades.h"

/* Writes moodle.csv and feedback.zip into the session's folder, if anybody of RESULTS came from
   Moodle. The table has a row for each of these, with a column for each lab: empty where there is
   no score. The archive has the folders that the download had. False after a message. */
bool moodle_write(const struct class_results *results, const struct session *session);

#endif
