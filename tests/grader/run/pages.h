/* Which page explains what: a cause may be found in a lab whose page has no section about it. */
#ifndef SOCKLADDER_PAGES_H
#define SOCKLADDER_PAGES_H

/* The handout to open for SECTION, as `handouts/en/1-echo.md`: OWN, that of the lab, if SECTION is
   one of its headings, and else the one of another lab that has it. */
const char *page_of(const char *section, const char *own);

#endif
