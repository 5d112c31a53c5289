/* Who handed something in, told from the names that platforms give to folders and files. */
#ifndef SOCKLADDER_CLASS_NAMES_H
#define SOCKLADDER_CLASS_NAMES_H

#include <stdbool.h>

enum platform { PLAIN, MOODLE, CANVAS, GRADESCOPE };

struct who {
    enum platform platform;
    char *name; /* "Given Family" */
    char *id;   /* the platform's number; empty: none */
    char *file; /* of a loose file: the name that the student gave it; empty for a folder */
    bool late;  /* the platform says so */
};

/*
 * Reads NAME, of a folder (or of an archive that stands for one: its name without the ending), or
 * of a loose FILE:
 *
 *   Moodle   Given Family_1234567_assignsubmission_file_      and a loose file's name behind it
 *   Canvas   familygiven_LATE_12345_678910_tcp-1.c            loose files only
 *   plain    any folder: the student's name
 *
 * False for a loose file whose name says nothing of a student. who_free() ends *WHO.
 */
bool who_is(const char *name, bool file, struct who *who);
void who_free(struct who *who);

/* The number of the lab that PART, of LENGTH bytes, of a path names ("1-echo", "lab1", "Lab 01"); 0
   if it names none. */
int lab_named(const char *part, unsigned long length);

#endif
