/* The script of the page: sorts and filters the students, and opens the reports that are linked. */
#ifndef SOCKLADDER_CLASS_SCRIPT_H
#define SOCKLADDER_CLASS_SCRIPT_H

/* What stands between <script> and </script>: nothing of a submission is ever in it. */
extern const char page_script[];

/* Its SHA-256 in base64, by which the page's policy knows it and forbids all others. It has to be
   made again when the script changes: `make class` says what it is. */
#define PAGE_SCRIPT_HASH "a5Q3jO8CitQ7VqE8URkYa2BXVkWXl73LLcozWeJF8qs="

#endif
