/* handouts: looks at each page of the site as people would: on a laptop and a phone, light and
   dark, with every answer unfolded. usage: handouts CHROMIUM SITE FOLDER FOLDER is for pictures and
   for what the browser keeps. Prints a line for each page. Exit status: 0 all is right, 1 something
   is not, 3 the browser cannot be used. */
#include "browser/devtools.h"
#include "browser/screen.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is wrong with the page, in words: what lies outside the window or is cut without a way to
   scroll there, texts that lie over each other, pictures that are not there, words that do not
   stand out from their ground (WCAG 2: 4.5 to 1), links that lead to no place of this page. */
static const char wrong_there[] =
    "(() => {"
    "  document.querySelectorAll('details').forEach(at => at.open = true);"
    "  const wrong = [], all = [...document.querySelectorAll('body *')];"
    "  const say = (what, at) => wrong.push(`${what}: ${at.tagName} \"${"
    "    (at.textContent || at.alt || '').trim().slice(0, 40)}\"`);"
    "  const wide = document.documentElement.scrollWidth;"
    "  if (wide > innerWidth) wrong.push(`the page is ${wide} wide, the window ${innerWidth}`);"
    "  const scrolls = at => ['auto', 'scroll'].includes(getComputedStyle(at).overflowX);"
    "  const within = at => { for (let up = at.parentElement; up; up = up.parentElement)"
    "    if (scrolls(up)) return true; return false; };"
    "  for (const at of all) {"
    "    const box = at.getBoundingClientRect();"
    "    if (box.width === 0 || !at.checkVisibility()) continue;"
    "    if (!within(at) && (box.right > innerWidth + 1 || box.left < -1)) say('outside', at);"
    "    if (at.scrollWidth > at.clientWidth + 1 && at.clientWidth > 0 && !scrolls(at) && "
    "!at.closest('pre') &&"
    "        getComputedStyle(at).display !== 'inline') say('cut', at); }"
    "  for (const at of document.images) if (!at.complete || at.naturalWidth === 0)"
    "    wrong.push(`not there: ${at.src}`);"
    "  const texts = all.filter(at => ['P', 'LI', 'TD', 'TH', 'PRE', 'H1', 'H2', 'H3', 'IMG']"
    "    .includes(at.tagName) && at.checkVisibility() && !at.querySelector('p, li, pre, img, "
    "table'));"
    "  const boxes = texts.map(at => at.getBoundingClientRect());"
    "  for (let i = 0; i < texts.length; i++) for (let k = i + 1; k < i + 8 && k < texts.length; "
    "k++) {"
    "    const a = boxes[i], b = boxes[k];"
    "    if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 &&"
    "        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2) say('overlaps', texts[k]); "
    "}"
    "  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);"
    "  const light = rgb => rgb.slice(0, 3).map(x => (x /= 255) <= 0.03928 ? x / 12.92 :"
    "    ((x + 0.055) / 1.055) ** 2.4).reduce((sum, x, i) => sum + x * [0.2126, 0.7152, "
    "0.0722][i], 0);"
    "  for (const at of document.querySelectorAll('p, li, td, th, h1, h2, h3, a, code, pre, "
    "summary')) {"
    "    let up = at, ground = [0, 0, 0, 0];"
    "    for (; up && (ground[3] === 0 || ground.length === 0); up = up.parentElement) {"
    "      ground = numbers(getComputedStyle(up).backgroundColor);"
    "      if (ground.length === 3) ground.push(1); }"
    "    const x = light(ground), y = light(numbers(getComputedStyle(at).color));"
    "    if ((Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05) < 4.5) say('pale', at); }"
    "  for (const at of document.querySelectorAll('a[href^=\"#\"]'))"
    "    if (!document.getElementById(decodeURIComponent(at.hash.slice(1)))) say('leads nowhere', "
    "at);"
    "  const dark = matchMedia('(prefers-color-scheme: dark)').matches;"
    "  if (light(numbers(getComputedStyle(document.body).backgroundColor)) > 0.5 === dark)"
    "    wrong.push('the ground is of the other scheme');"
    "  return [...new Set(wrong)].slice(0, 5).join('\\n      '); })()";

static bool look(const char *url, const char *page, const char *folder, int round, int *failed)
{
    bool is_phone = round >= 2;
    const char *scheme = round % 2 == 0 ? "light" : "dark";
    char name[128];
    if (!set_window(is_phone ? 390 : 1366, is_phone ? 844 : 768, is_phone, scheme) ||
        !browser_go(url))
        return false;
    char *wrong = browser_value(wrong_there);
    bool is_right = wrong != NULL && wrong[0] == '\0';
    if (!is_right) {
        printf("  ✗ %s, %s, %s:\n      %s\n", page, is_phone ? "phone" : "laptop", scheme,
               wrong != NULL ? wrong : "it could not be asked");
        *failed = 1;
    }
    free(wrong);
    snprintf(name, sizeof name, "%s-%s-%s", page, is_phone ? "phone" : "laptop", scheme);
    for (char *at = name; *at != '\0'; at++)
        if (*at == '/')
            *at = '-';
    take_picture(folder, name, true);
    return true;
}

#define HEADINGS "[...document.querySelectorAll('article h2, article h3')]"

/* From the middle of a page, the switch of the language leads to the same section of the other. */
static bool switch_language(const char *url, int *failed)
{
    static const char click[] =
        "(() => { const all = " HEADINGS ", link = document.querySelector('a.language');"
        "  if (link === null) return '';"
        "  all[Math.floor(all.length / 2)].scrollIntoView();"
        "  link.addEventListener('click', event => event.preventDefault());"
        "  link.click(); return link.href; })()";
    static const char arrived[] =
        "(() => { const all = " HEADINGS ", at = all[Math.floor(all.length / 2)];"
        "  const top = at.getBoundingClientRect().top;"
        "  return Math.abs(top) < innerHeight / 2 ? '' : `the section lies at ${top}`; })()";
    char *there = browser_go(url) ? browser_value(click) : NULL;
    bool good = there != NULL && (there[0] == '\0' || browser_go(there));
    char *wrong = good && there[0] != '\0' ? browser_value(arrived) : NULL;
    if (wrong != NULL && wrong[0] != '\0') {
        printf("  ✗ %s: the other language: %s\n", url, wrong);
        *failed = 1;
    }
    free(wrong);
    free(there);
    return good;
}

static bool look_at_all(const char *site, const char *folder, int *failed)
{
    char pattern[PATH_MAX];
    char url[PATH_MAX + 8];
    glob_t pages;
    bool good = true;
    snprintf(pattern, sizeof pattern, "%s/[a-z][a-z]/*.html", site);
    if (glob(pattern, 0, NULL, &pages) != 0 || pages.gl_pathc == 0) {
        fprintf(stderr, "handouts: there are no pages in %s\n", site);
        return false;
    }
    for (size_t i = 0; i < pages.gl_pathc && good; i++) {
        const char *page = pages.gl_pathv[i] + strlen(site) + 1;
        if (strstr(page, "book.html") != NULL) /* for the PDF */
            continue;
        int before = *failed;
        *failed = 0;
        snprintf(url, sizeof url, "file://%s", pages.gl_pathv[i]);
        for (int round = 0; round < 4 && good; round++)
            good = look(url, page, folder, round, failed);
        good = good && switch_language(url, failed);
        if (good && *failed == 0)
            printf("  ✓ %s\n", page);
        fflush(stdout);
        *failed |= before;
    }
    globfree(&pages);
    return good;
}

int main(int argc, char **argv)
{
    char data[PATH_MAX];
    int failed = 0;
    if (argc != 4) {
        fprintf(stderr, "usage: handouts CHROMIUM SITE FOLDER\n");
        return 2;
    }
    snprintf(data, sizeof data, "%s/chromium", argv[3]);
    bool good = browser_start(argv[1], data) && look_at_all(argv[2], argv[3], &failed);
    browser_end();
    return !good ? 3 : failed;
}
