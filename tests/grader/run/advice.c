#include "grader/run/advice.h"

#include "grader/run/pages.h"

#include <string.h>

const struct cause *advice_cause(const struct result *result)
{
    size_t size = sizeof result->cause_id;
    bool ends = memchr(result->cause_id, '\0', size) != NULL;
    return ends && result->cause_id[0] != '\0' ? cause_named(result->cause_id) : NULL;
}

const char *advice_hint(const struct scenario *scenario, const struct result *result)
{
    const struct cause *cause = advice_cause(result);
    const char *hint = scenario->hint;
    if (cause != NULL || result->advised)
        hint = cause != NULL ? cause->hint : NULL;
    return hint != NULL ? _(hint) : NULL;
}

void advice_where(struct text *text, const struct lab *lab, const struct scenario *scenario,
                  const struct result *result)
{
    const struct cause *cause = advice_cause(result);
    const char *section = scenario->section;
    if (result->unwritten[0] != '\0')
        section = "Steps";
    else if (cause != NULL && cause->section != NULL)
        section = cause->section;
    text_add(text, _("%s, \"%s\""), _(page_of(section, lab->handout)), _(section));
}
