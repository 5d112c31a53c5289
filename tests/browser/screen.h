/* What a page is shown on, and a picture of it. */
#ifndef SOCKLADDER_BROWSER_SCREEN_H
#define SOCKLADDER_BROWSER_SCREEN_H

#include <stdbool.h>

/* From now on the window is as large as this, and its reader likes SCHEME, "light" or "dark". False
   after a message. */
bool set_window(int width, int height, bool is_phone, const char *scheme);

/* Saves what is seen as FOLDER/NAME.png; with WHOLE, the page from its beginning to its end. What
   goes wrong is told. */
void take_picture(const char *folder, const char *name, bool whole);

#endif
