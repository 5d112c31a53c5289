/* What an instructor and the students get of a class: tables and reports. */
#ifndef SOCKLADDER_CLASS_GRADES_H
#define SOCKLADDER_CLASS_GRADES_H

#include "class/alike.h"
#include "class/job.h"

/* The jobs of a class, and what they are of. */
struct class_results {
    const struct roll *roll;
    const bool *labs; /* those that are graded */
    const struct job *jobs;
    size_t count;
    const struct alike *alike;
};

/* The job of STUDENT and LAB, an index of all_labs; NULL: there is nothing to grade. */
const struct job *job_of(const struct class_results *results, const struct student *student,
                         size_t lab);

/* Writes grades.csv into OUT: a row for each student. False after a message. */
bool grades_write(const struct class_results *results, const char *out);

/* Writes into OUT/students what each student may see: the report, the JSON and the XML of each lab
   that is done, without a path of this machine. False after a message. */
bool reports_write(const struct class_results *results, const struct session *session);

#endif
