/* A browser without a window, driven over its DevTools protocol: Chromium with two pipes. */
#ifndef SOCKLADDER_BROWSER_DEVTOOLS_H
#define SOCKLADDER_BROWSER_DEVTOOLS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/* Starts PROGRAM, a Chromium, with an empty page. FOLDER is for what it keeps. False after a
   message. browser_end() ends it, and may be called when it has not started. One at a time. */
bool browser_start(const char *program, const char *folder);
void browser_end(void);

/* Has the page do METHOD with PARAMS, which it takes over (NULL: none), and waits for the answer,
   which the caller deletes. NULL after a message: it was refused, or the browser is silent. */
cJSON *browser_call(const char *method, cJSON *params);

/* The same, when the answer does not matter. */
bool browser_do(const char *method, cJSON *params);

/* Goes to URL, and waits until it is loaded. */
bool browser_go(const char *url);

/* The value of EXPRESSION in the page, as a string that the caller frees: text as it is, everything
   else as JSON. NULL after a message. */
char *browser_value(const char *expression);

#endif
