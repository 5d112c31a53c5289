#include "class/csv.h"

#include <stdint.h>
#include <string.h>

static void part(struct text *csv)
{
    if (csv->length > 0 && csv->start[csv->length - 1] != '\n')
        text_add(csv, ",");
}

/* Spaces in front do not help: some programs drop them. Full-width signs count as well. */
static bool may_be_formula(const char *value)
{
    static const char *const signs[] = {"=",
                                        "+",
                                        "-",
                                        "@",
                                        "|",
                                        "%",
                                        "\t",
                                        "\r",
                                        "\xef\xbc\x9d",
                                        "\xef\xbc\x8b",
                                        "\xef\xbc\x8d",
                                        "\xef\xbc\xa0"};
    while (*value == ' ' || *value == '"' || strncmp(value, "\xc2\xa0", 2) == 0)
        value += *value == '\xc2' ? 2 : 1;
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (strncmp(value, signs[i], strlen(signs[i])) == 0)
            return true;
    return false;
}

void csv_cell(struct text *csv, const char *value)
{
    struct text harmless = {0};
    text_harmless(&harmless, value, strlen(value), SIZE_MAX, false);
    const char *at = harmless.start != NULL ? harmless.start : "";
    part(csv);
    text_add(csv, "\"%s", may_be_formula(at) ? "'" : "");
    for (; *at != '\0'; at++)
        text_add(csv, *at == '"' ? "\"\"" : "%c", *at);
    text_add(csv, "\"");
    text_free(&harmless);
}

void csv_plain(struct text *csv, const char *value)
{
    part(csv);
    text_add(csv, "%s", value);
}

void csv_number(struct text *csv, double value)
{
    long long hundredths = (long long)(value * 100 + (value < 0 ? -0.5 : 0.5));
    const char *sign = hundredths < 0 ? "-" : "";
    part(csv);
    if (hundredths < 0)
        hundredths = -hundredths;
    /* made of integers, for in some locales printf(3) writes a comma */
    if (hundredths % 100 == 0)
        text_add(csv, "%s%lld", sign, hundredths / 100);
    else
        text_add(csv, "%s%lld.%02lld", sign, hundredths / 100, hundredths % 100);
}

void csv_end_line(struct text *csv)
{
    text_add(csv, "\r\n");
}
