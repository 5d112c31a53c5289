/* What has changed between two results of the same lab. */
#ifndef SOCKLADDER_WATCH_CHANGES_H
#define SOCKLADDER_WATCH_CHANGES_H

#include <cjson/cJSON.h>

/* Reads the results that grade has written to PATH (--json). NULL if there are none; cJSON_Delete()
   ends them. */
cJSON *changes_read(const char *path);

/* Prints which tests pass or fail in NOW and did not in BEFORE, and the two scores. Prints nothing
   where one of them is NULL. */
void changes_tell(const cJSON *before, const cJSON *now);

#endif
