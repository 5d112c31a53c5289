/*
 * What is said to students, in their language. The English sentences stand in the code; the others
 * are in catalogs of gettext, tests/po/zh/NAME.po. These become a table of every program that talks
 * to students (tests/po/table.awk): there is no file to find, and none that somebody could change.
 *
 * It is not the C library that looks sentences up. gettext(3) obeys LANGUAGE only in a locale that
 * is installed and is not C or C.UTF-8: images for containers have no other.
 *
 * English is the default. Another language is asked for as in gettext(3): by LANGUAGE, a list such
 * as `zh:en`, or else by the first of LC_ALL, LC_MESSAGES and LANG that is set. Where that is C or
 * POSIX, or its encoding is not UTF-8, LANGUAGE counts for nothing.
 */
#ifndef SOCKLADDER_MESSAGES_H
#define SOCKLADDER_MESSAGES_H

/* ENGLISH in the language that is asked for, with the same places for arguments; ENGLISH itself if
   it has no translation. Strings are found in the code by tests/po/extract, wherever they stand:
   what is passed on through a variable is translated where it is told. */
const char *translate(const char *english) __attribute__((format_arg(1)));

#define _(english) translate(english)

/* The language that is asked for: "zh", or "en". */
const char *translation_language(void);

/* A row of a catalog. The order is that of the catalog. */
struct catalog_row {
    const char *english;
    const char *translated;
};

/* The catalog of Chinese, which ends with a row of NULL. */
extern const struct catalog_row catalog_zh[];

#endif
