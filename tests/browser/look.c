/* browser: looks at the page of a class as people would: on a laptop and a phone, light and dark,
   with the keyboard alone. usage: browser CHROMIUM PAGE FOLDER PAGE is what class_page writes.
   FOLDER is for pictures and for what the browser keeps. Prints a line for each check. Exit status:
   0 all is right, 1 something is not, 3 the browser cannot be used. */
#include "browser/canary.h"
#include "browser/devtools.h"
#include "browser/screen.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed;
static const char *where = "";

static void told(const char *what, const char *wrong)
{
    printf(wrong[0] == '\0' ? "  ✓ page, %s: %s\n" : "  ✗ page, %s: %s: %s\n", where, what, wrong);
    fflush(stdout);
    failed |= wrong[0] != '\0';
}

/* EXPRESSION is what is wrong, in words; "" if nothing is. */
static void check(const char *what, const char *expression)
{
    char *wrong = browser_value(expression);
    told(what, wrong != NULL ? wrong : "the page could not be asked");
    free(wrong);
}

/* ---- what a person does ---- */

static bool event(const char *type, const char *key, const char *text, int code)
{
    cJSON *params = cJSON_CreateObject();
    cJSON_AddStringToObject(params, "type", type);
    cJSON_AddStringToObject(params, "key", key);
    cJSON_AddStringToObject(params, "code", key);
    cJSON_AddNumberToObject(params, "windowsVirtualKeyCode", code);
    if (text != NULL)
        cJSON_AddStringToObject(params, "text", text);
    return browser_do("Input.dispatchKeyEvent", params);
}

static const struct key {
    const char *name;
    const char *text;
    int code;
} TAB = {"Tab", NULL, 9}, ENTER = {"Enter", "\r", 13}, ESCAPE = {"Escape", NULL, 27};

static bool press(struct key key)
{
    return event(key.text != NULL ? "keyDown" : "rawKeyDown", key.name, key.text, key.code) &&
           event("keyUp", key.name, NULL, key.code);
}

static bool type(const char *text)
{
    cJSON *params = cJSON_CreateObject();
    cJSON_AddStringToObject(params, "text", text);
    return browser_do("Input.insertText", params);
}

static bool is_true(const char *expression)
{
    char *value = browser_value(expression);
    bool so = value != NULL && strcmp(value, "true") == 0;
    free(value);
    return so;
}

/* Presses Tab until the element that has the focus makes EXPRESSION true: it is `at` there. */
static void tab_to(const char *what, const char *expression)
{
    enum { MOST_TABS = 40 };
    char question[512];
    snprintf(question, sizeof question, "(at => %s)(document.activeElement)", expression);
    bool there = false;
    for (int i = 0; i < MOST_TABS && !there && press(TAB); i++)
        there = is_true(question);
    told(what, there ? "" : "Tab does not lead there");
}

/* ---- what must be right ---- */

#define LIST(elements) "[...document.querySelectorAll(" elements ")]"

/* What lies outside the window, or is cut off, without a way to scroll there. */
static const char nothing_cut[] =
    "(() => { const wide = document.documentElement.scrollWidth;"
    "  if (wide > innerWidth) return `the page is ${wide} wide, the window ${innerWidth}`;"
    "  for (const at of " LIST(
        "'body *'") ") {"
                    "    if (at.checkVisibility && !at.checkVisibility() || at.closest('pre, "
                    ".wide') && !at.matches('pre, .wide')) continue;"
                    "    const box = at.getBoundingClientRect(), style = getComputedStyle(at);"
                    "    if (box.width > 0 && (box.right > innerWidth + 1 || box.left < -1))"
                    "      return `${at.tagName} ${at.className} reaches from ${box.left} to "
                    "${box.right}`;"
                    "    if (at.scrollWidth > at.clientWidth + 1 && at.clientWidth > 0 &&"
                    "        !['auto', 'scroll'].includes(style.overflowX) && style.display !== "
                    "'inline' && at.tagName !== 'INPUT')"
                    "      return `${at.tagName} ${at.className} is cut: ${at.textContent.slice(0, "
                    "40)}`; }"
                    "  return ''; })()";

/* On a screen as narrow as this, all scores can be seen without scrolling sideways. */
static const char scores_in_sight[] = "(() => { for (const cell of " LIST(
    "'#students tbody tr:nth-child(-n+30) td.n'") ")"
                                                  "    if (cell.getBoundingClientRect().right > "
                                                  "innerWidth) return `a score lies at "
                                                  "${cell.getBoundingClientRect().right}`;"
                                                  "  return document.querySelectorAll('#students "
                                                  "td.n').length > 0 ? '' : 'there is none'; })()";

/* WCAG 2's contrast of text, 4.5 to 1 at least, with what the browser has made of the colours. */
static const char readable[] =
    "(() => { const canvas = document.createElement('canvas').getContext('2d', "
    "{willReadFrequently: true});"
    "  const parts = (colours) => { canvas.clearRect(0, 0, 1, 1);"
    "    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }"
    "    return canvas.getImageData(0, 0, 1, 1).data; };"
    "  const light = (rgb) => [...rgb].slice(0, 3).map(x => (x /= 255) <= 0.03928 ? x / 12.92 : "
    "((x + 0.055) / 1.055) ** 2.4)"
    "    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);"
    "  const dark = matchMedia('(prefers-color-scheme: dark)').matches;"
    "  const probe = document.createElement('div'); probe.style.color = 'Canvas'; "
    "document.body.append(probe);"
    "  const ground = getComputedStyle(probe).color; probe.remove();"
    "  if (light(parts([ground])) > 0.5 === dark) return `the ground is ${ground}`;"
    "  for (const at of " LIST(
        "'h1, th, td, a, summary, pre, th button, input'") ") {"
                                                           "    if (!at.checkVisibility()) "
                                                           "continue;"
                                                           "    const below = []; for (let up = "
                                                           "at; up !== null; up = "
                                                           "up.parentElement) "
                                                           "below.unshift(getComputedStyle(up)."
                                                           "backgroundColor);"
                                                           "    below.unshift(ground);"
                                                           "    const x = light(parts(below)), y = "
                                                           "light(parts([...below, "
                                                           "getComputedStyle(at).color]));"
                                                           "    const contrast = (Math.max(x, y) + "
                                                           "0.05) / (Math.min(x, y) + 0.05);"
                                                           "    if (contrast < 4.5) return "
                                                           "`${at.tagName}: "
                                                           "${contrast.toFixed(1)}`; }"
                                                           "  return ''; })()";

/* The scripts of strangers stand there as text, and have not run: not even when all is open. */
static const char nothing_ran[] = "(async () => { for (const at of " LIST(
    "'details'") ".slice(0, 400)) at.open = true;"
                 "  await new Promise(done => setTimeout(done, 300));"
                 "  const seen = "
                 "document.body.textContent.split(\"<script>document.title='" CANARY_TITLE
                 "'\").length - 1;"
                 "  for (const at of " LIST(
                     "'details'") ") at.open = false;"
                                  "  if (seen < 50) return `only ${seen} of the scripts are shown`;"
                                  "  if (document.title !== 'Grades') return `the title is "
                                  "${document.title}`;"
                                  "  const made = document.querySelectorAll('img, svg, iframe, "
                                  "[onload], [onerror], [href^=\"javascript:\"]').length;"
                                  "  if (made > 0) return `${made} elements`;"
                                  "  return document.scripts.length === 1 ? '' : 'there are other "
                                  "scripts'; })()";

/* Even if markup got in, the page's policy would keep a script from running, and says so. */
static const char policy_holds[] =
    "new Promise((done) => { let stopped = 0;"
    "  addEventListener('securitypolicyviolation', () => {"
    "    if (++stopped === 2) done(document.title === 'Grades' ? '' : 'it runs'); });"
    "  const at = document.createElement('script');"
    "  at.textContent = \"document.title='" CANARY_TITLE "'\"; document.body.append(at);"
    "  const button = document.createElement('button');"
    "  button.setAttribute('onclick', \"document.title='" CANARY_TITLE "'\"); button.click(); })";

#define NAMES                                                                                      \
    "[...document.querySelectorAll('#students tbody tr:not([hidden])')].map(row => "               \
    "row.cells[0].textContent)"

static const char found_ming[] =
    "(() => { const names = " NAMES "; const wrong = names.filter(name => !name.includes('王小'));"
    "  if (wrong.length > 0) return `it shows ${wrong[0]}`;"
    "  const shown = document.querySelector('#shown').textContent;"
    "  return names.length === 15 && shown === '15 of 200' ? '' : `${names.length} rows, and it "
    "says ${shown}`; })()";

static const char all_again[] =
    "(() => { const n = " NAMES ".length; return n === 200 ? '' : `${n} rows`; })()";

#define SORTED(order, compare)                                                                     \
    "(() => { const head = document.activeElement.closest('th');"                                  \
    "  if (head.ariaSort !== '" order "') return `aria-sort is ${head.ariaSort}`;"                 \
    "  if (document.querySelectorAll('th[aria-sort]').length !== 1) return 'two heads are "        \
    "sorted';"                                                                                     \
    "  const rows = [...document.querySelectorAll('#students tbody tr')];"                         \
    "  if (rows.length !== 200) return `${rows.length} rows`;"                                     \
    "  const score = (row) => row.cells[1].dataset.score === undefined ? -1 : "                    \
    "+row.cells[1].dataset.score;"                                                                 \
    "  const name = (row) => row.cells[0].textContent;"                                            \
    "  for (let i = 1; i < rows.length; i++) { const a = rows[i - 1], b = rows[i];"                \
    "    if (!(" compare ")) return `row ${i}: ${a.textContent}, ${b.textContent}`; }"             \
    "  return ''; })()"

static const char report_is_open[] =
    "(async () => { for (let i = 0; i < 300 && document.activeElement.tagName !== 'SUMMARY'; i++)"
    "    await new Promise(requestAnimationFrame);"
    "  const at = document.activeElement, report = at.closest('details');"
    "  if (at.tagName !== 'SUMMARY' || report === null || !report.open) return 'no report has the "
    "focus';"
    "  if (location.hash !== '#' + report.id) return `${location.hash} and ${report.id}`;"
    "  const box = at.getBoundingClientRect();"
    "  return box.top >= 0 && box.bottom <= innerHeight ? '' : `it lies at ${box.top}`; })()";

static const char focus_is_seen[] =
    "(() => { const style = getComputedStyle(document.activeElement);"
    "  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 ? '' : "
    "`outline: ${style.outline}`; })()";

/* ---- the rounds ---- */

static void with_the_keyboard(void)
{
    tab_to("Tab leads to the field for a name", "at.id === 'filter'");
    check("the focus is seen", focus_is_seen);
    type("王小");
    check("it shows those whose name has 王小 in it", found_ming);
    press(ESCAPE);
    check("Escape shows all again", all_again);
    tab_to("Tab leads to the head of the names", "at.matches('#students th:first-child button')");
    check("the focus is seen there", focus_is_seen);
    press(ENTER);
    check("Enter sorts by name", SORTED("ascending", "name(a).localeCompare(name(b)) <= 0"));
    press(ENTER);
    check("Enter sorts them the other way",
          SORTED("descending", "name(a).localeCompare(name(b)) >= 0"));
    tab_to("Tab leads to the head of a lab", "at.matches('#students th:nth-child(2) button')");
    press(ENTER);
    check("Enter sorts by points", SORTED("ascending", "score(a) <= score(b)"));
    press(ENTER);
    check("Enter sorts with the most points first", SORTED("descending", "score(a) >= score(b)"));
    tab_to("Tab leads to the points of a student", "at.matches('#students td a')");
    press(ENTER);
    check("Enter opens the report", report_is_open);
    press(ENTER);
    check("Enter closes it", "document.activeElement.closest('details').open ? 'it is open' : ''");
}

static void scroll_to(const char *element)
{
    char expression[256];
    snprintf(expression, sizeof expression, "(document.querySelector('%s').scrollIntoView(), '')",
             element);
    free(browser_value(expression));
}

static bool look(const char *url, const char *folder, bool is_phone, const char *scheme)
{
    char name[64];
    char picture[128];
    snprintf(name, sizeof name, "%s, %s", is_phone ? "phone" : "laptop", scheme);
    where = name;
    if (!set_window(is_phone ? 390 : 1366, is_phone ? 844 : 768, is_phone, scheme) ||
        !browser_go(url))
        return false;
    check("nothing is cut off, or wider than the window", nothing_cut);
    check("all points are in sight", scores_in_sight);
    check("all text stands out from its ground", readable);
    snprintf(picture, sizeof picture, "%s-%s-students", is_phone ? "phone" : "laptop", scheme);
    take_picture(folder, picture, false);
    free(browser_value(
        "(document.querySelectorAll('details').forEach((at, i) => at.open = i < 60), '')"));
    check("nothing is cut off when reports are open", nothing_cut);
    check("their text stands out from its ground", readable);
    scroll_to("h2[id^=lab]");
    snprintf(picture, sizeof picture, "%s-%s-lab", is_phone ? "phone" : "laptop", scheme);
    take_picture(folder, picture, false);
    scroll_to("#reports");
    snprintf(picture, sizeof picture, "%s-%s-reports", is_phone ? "phone" : "laptop", scheme);
    take_picture(folder, picture, false);
    return browser_go(url);
}

/* The same scripts in a page that obeys them: or that nothing ran would say nothing. */
static bool canary_sings(const char *folder)
{
    char path[PATH_MAX];
    char url[PATH_MAX + 8];
    where = "by itself";
    snprintf(path, sizeof path, "%s/canary.html", folder);
    FILE *file = fopen(path, "we");
    if (file == NULL || fprintf(file, "<!doctype html><title>Grades</title><pre>%s", CANARY) < 0 ||
        fclose(file) == EOF) {
        perror(path);
        return false;
    }
    snprintf(url, sizeof url, "file://%s", path);
    if (!browser_go(url))
        return false;
    check("the scripts run where nothing keeps them from it",
          "document.title === '" CANARY_TITLE "' ? '' : document.title");
    return true;
}

static bool look_at_all(const char *url, const char *folder)
{
    bool good = canary_sings(folder);
    for (int round = 0; good && round < 4; round++) {
        good = look(url, folder, round >= 2, round % 2 == 0 ? "light" : "dark");
        if (good && round % 2 == 0)
            with_the_keyboard();
    }
    if (!good || !browser_go(url))
        return false;
    where = "scripts";
    check("nothing that a submission wrote has run", nothing_ran);
    check("nothing could run", policy_holds);
    return true;
}

int main(int argc, char **argv)
{
    char url[PATH_MAX + 8];
    char data[PATH_MAX];
    if (argc != 4) {
        fprintf(stderr, "usage: browser CHROMIUM PAGE FOLDER\n");
        return 2;
    }
    snprintf(url, sizeof url, "file://%s", argv[2]);
    snprintf(data, sizeof data, "%s/chromium", argv[3]);
    bool good = browser_start(argv[1], data) && look_at_all(url, argv[3]);
    browser_end();
    return !good ? 3 : failed;
}
