#include "browser/screen.h"

#include "browser/devtools.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool set_window(int width, int height, bool is_phone, const char *scheme)
{
    cJSON *size = cJSON_CreateObject();
    cJSON_AddNumberToObject(size, "width", width);
    cJSON_AddNumberToObject(size, "height", height);
    cJSON_AddNumberToObject(size, "deviceScaleFactor", is_phone ? 2 : 1);
    cJSON_AddBoolToObject(size, "mobile", is_phone);
    cJSON *media = cJSON_CreateObject();
    cJSON *feature = cJSON_CreateObject();
    cJSON_AddStringToObject(feature, "name", "prefers-color-scheme");
    cJSON_AddStringToObject(feature, "value", scheme);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(media, "features"), feature);
    return browser_do("Emulation.setDeviceMetricsOverride", size) &&
           browser_do("Emulation.setEmulatedMedia", media);
}

/* What is further down is left out: a picture of all of it takes minutes. */
enum { HIGHEST = 5000 };

/* Adds to PARAMS where the picture begins and ends. */
static void add_whole_page(cJSON *params)
{
    char *width = browser_value("innerWidth");
    char *height = browser_value("document.documentElement.scrollHeight");
    double high = height != NULL ? strtod(height, NULL) : 0;
    cJSON *clip = cJSON_AddObjectToObject(params, "clip");
    cJSON_AddNumberToObject(clip, "x", 0);
    cJSON_AddNumberToObject(clip, "y", 0);
    cJSON_AddNumberToObject(clip, "width", width != NULL ? strtod(width, NULL) : 0);
    cJSON_AddNumberToObject(clip, "height", high < HIGHEST ? high : HIGHEST);
    cJSON_AddNumberToObject(clip, "scale", 1);
    free(width);
    free(height);
}

void take_picture(const char *folder, const char *name, bool whole)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char path[PATH_MAX];
    cJSON *params = cJSON_CreateObject();
    cJSON_AddBoolToObject(params, "captureBeyondViewport", whole);
    if (whole)
        add_whole_page(params);
    cJSON *answer = browser_call("Page.captureScreenshot", params);
    const char *data = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "data"));
    snprintf(path, sizeof path, "%s/%s.png", folder, name);
    FILE *file = data != NULL ? fopen(path, "we") : NULL;
    unsigned bits = 0;
    for (size_t i = 0; file != NULL && data[i] != '\0' && data[i] != '='; i++) {
        bits = bits << 6 | (unsigned)(strchr(letters, data[i]) - letters);
        if (i % 4 != 0)
            putc((int)(bits >> (6 - 2 * (i % 4)) & 0xff), file);
    }
    if (file == NULL || fclose(file) == EOF)
        perror(path);
    cJSON_Delete(answer);
}
