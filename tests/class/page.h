/* The page that an instructor reads and teaches from. */
#ifndef SOCKLADDER_CLASS_PAGE_H
#define SOCKLADDER_CLASS_PAGE_H

#include "class/grades.h"

/* Writes index.html into OUT: students and points, how the points are spread, what most students
   have wrong and why, each test, and each report. The file needs no other and no network; it holds
   one script (script.h), and forbids all others. Without it the page is whole, but not sorted.
   False after a message. */
bool page_write(const struct class_results *results, const char *out);

#endif
