/* What a page must show, and never obey: if any of it runs, the page's title changes. */
#ifndef SOCKLADDER_BROWSER_CANARY_H
#define SOCKLADDER_BROWSER_CANARY_H

#define CANARY_TITLE "it ran"
#define CANARY                                                                                     \
    "</pre></details><script>document.title='" CANARY_TITLE "'</script>"                           \
    "<img src=x onerror=\"document.title='" CANARY_TITLE "'\">"                                    \
    "<svg onload=\"document.title='" CANARY_TITLE "'\"></svg>'\"&lt;"

#endif
