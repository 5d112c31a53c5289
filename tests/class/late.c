#include "class/late.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool read_due(struct late *late, const char *due)
{
    struct tm parts = {.tm_isdst = -1};
    const char *end = strptime(due, "%Y-%m-%dT%H:%M", &parts);
    if (end != NULL && *end == ':')
        end = strptime(end, ":%S", &parts);
    if (end == NULL || (strcmp(end, "") != 0 && strcmp(end, "Z") != 0))
        return false;
    late->due = *end == 'Z' ? timegm(&parts) : mktime(&parts);
    return late->due > 0;
}

static bool read_rate(struct late *late, const char *rate)
{
    char *end;
    late->percent = strtod(rate, &end);
    if (end == rate || *end != '%' || !(late->percent >= 0) || late->percent > 100)
        return false;
    if (strcmp(end, "%/day") == 0)
        late->period = 24L * 60 * 60;
    else if (strcmp(end, "%/hour") == 0)
        late->period = 3600;
    return late->period > 0 || strcmp(end, "%") == 0;
}

bool late_read(struct late *late, const char *due, const char *rate)
{
    *late = (struct late){0};
    return read_due(late, due) && (rate == NULL || read_rate(late, rate));
}

double late_cost(const struct late *late, int64_t when)
{
    if (late->due == 0 || when <= late->due)
        return 0;
    int64_t periods = late->period > 0 ? (when - late->due + late->period - 1) / late->period : 1;
    double cost = (double)periods * late->percent;
    return cost < 100 ? cost : 100;
}
