#include "browser/devtools.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* So long may the browser say nothing: the first page of a busy machine takes its time. */
enum { PATIENCE_SECONDS = 120, BROWSER_READS = 3, BROWSER_WRITES = 4 };

static struct {
    pid_t pid;
    int to;
    int from;
    char *heard; /* what has come and is not understood yet */
    size_t length;
    size_t capacity;
    int number; /* of the last call */
    char *session;
    bool loaded; /* since browser_go() */
} browser = {.to = -1, .from = -1};

/* ---- messages: JSON, each followed by a zero ---- */

static bool say(cJSON *message)
{
    char *text = cJSON_PrintUnformatted(message);
    size_t length = text != NULL ? strlen(text) + 1 : 0;
    bool good = text != NULL;
    for (size_t done = 0; good && done < length;) {
        ssize_t count = write(browser.to, text + done, length - done);
        if (count > 0)
            done += (size_t)count;
        else
            good = count == -1 && errno == EINTR;
    }
    free(text);
    cJSON_Delete(message);
    return good;
}

/* The next message; NULL after one of our own. */
static cJSON *hear(void)
{
    for (;;) {
        char *end = browser.length > 0 ? memchr(browser.heard, '\0', browser.length) : NULL;
        if (end != NULL) {
            cJSON *message = cJSON_Parse(browser.heard);
            browser.length -= (size_t)(end + 1 - browser.heard);
            memmove(browser.heard, end + 1, browser.length);
            if (message != NULL)
                return message;
            continue;
        }
        if (browser.capacity - browser.length < 65536) {
            browser.capacity += 1 << 20;
            char *larger = realloc(browser.heard, browser.capacity);
            if (larger == NULL)
                abort();
            browser.heard = larger;
        }
        struct pollfd fd = {.fd = browser.from, .events = POLLIN};
        int ready = poll(&fd, 1, PATIENCE_SECONDS * 1000);
        ssize_t count = ready > 0 ? read(browser.from, browser.heard + browser.length,
                                         browser.capacity - browser.length)
                                  : 0;
        if (count <= 0 && errno != EINTR) {
            fprintf(stderr, "browser: %s\n", ready == 0 ? "it says nothing" : "it has ended");
            return NULL;
        }
        browser.length += count > 0 ? (size_t)count : 0;
    }
}

static const char *word(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : "";
}

cJSON *browser_call(const char *method, cJSON *params)
{
    cJSON *message = cJSON_CreateObject();
    cJSON_AddNumberToObject(message, "id", ++browser.number);
    cJSON_AddStringToObject(message, "method", method);
    if (params != NULL)
        cJSON_AddItemToObject(message, "params", params);
    if (browser.session != NULL)
        cJSON_AddStringToObject(message, "sessionId", browser.session);
    if (!say(message))
        return NULL;
    while ((message = hear()) != NULL) {
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");
        if (strcmp(word(message, "method"), "Page.loadEventFired") == 0)
            browser.loaded = true;
        if (cJSON_IsNumber(id) && id->valueint == browser.number)
            break;
        cJSON_Delete(message);
    }
    cJSON *result = cJSON_DetachItemFromObjectCaseSensitive(message, "result");
    if (message != NULL && result == NULL)
        fprintf(stderr, "browser: %s: %s\n", method,
                word(cJSON_GetObjectItemCaseSensitive(message, "error"), "message"));
    cJSON_Delete(message);
    return result;
}

bool browser_do(const char *method, cJSON *params)
{
    cJSON *result = browser_call(method, params);
    cJSON_Delete(result);
    return result != NULL;
}

/* ---- the page ---- */

static cJSON *one(const char *name, const char *value)
{
    cJSON *params = cJSON_CreateObject();
    cJSON_AddStringToObject(params, name, value);
    return params;
}

bool browser_go(const char *url)
{
    browser.loaded = false;
    bool good = browser_do("Page.navigate", one("url", url));
    while (good && !browser.loaded) {
        cJSON *message = hear();
        good = message != NULL;
        browser.loaded |= strcmp(word(message, "method"), "Page.loadEventFired") == 0;
        cJSON_Delete(message);
    }
    return good;
}

char *browser_value(const char *expression)
{
    cJSON *params = one("expression", expression);
    char *value = NULL;
    cJSON_AddBoolToObject(params, "returnByValue", true);
    cJSON_AddBoolToObject(params, "awaitPromise", true);
    cJSON *answer = browser_call("Runtime.evaluate", params);
    const cJSON *result = cJSON_GetObjectItemCaseSensitive(answer, "result");
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(result, "value");
    if (cJSON_HasObjectItem(answer, "exceptionDetails"))
        fprintf(stderr, "browser: %s: %s\n", expression, word(result, "description"));
    else if (cJSON_IsString(item))
        value = strdup(item->valuestring);
    else if (item != NULL)
        value = cJSON_PrintUnformatted(item);
    cJSON_Delete(answer);
    return value;
}

/* ---- its process ---- */

_Noreturn static void become(const char *program, const char *folder, int reads, int writes)
{
    char *data = NULL;
    /* Copies above the two numbers, so that neither is overwritten. */
    int in = fcntl(reads, F_DUPFD, 16);
    int out = fcntl(writes, F_DUPFD, 16);
    int nothing = open("/dev/null", O_RDWR);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (in != -1 && out != -1 && nothing != -1 && dup2(nothing, 0) != -1 &&
        dup2(nothing, 1) != -1 && dup2(nothing, 2) != -1 && dup2(in, BROWSER_READS) != -1 &&
        dup2(out, BROWSER_WRITES) != -1 && close(in) == 0 && close(out) == 0 &&
        asprintf(&data, "--user-data-dir=%s", folder) != -1)
        /* Only the project's own pages are read; as root Chromium has no sandbox. */
        execl(program, program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
              "--remote-debugging-pipe", "--disable-background-networking", "--hide-scrollbars",
              data, "about:blank", (char *)NULL);
    _exit(127);
}

/* Attaches to the one page there is. */
static bool attach(void)
{
    char *target = NULL;
    cJSON *answer = browser_call("Target.createTarget", one("url", "about:blank"));
    if (answer == NULL || (target = strdup(word(answer, "targetId"))) == NULL)
        return false;
    cJSON_Delete(answer);
    cJSON *params = one("targetId", target);
    free(target);
    cJSON_AddBoolToObject(params, "flatten", true);
    answer = browser_call("Target.attachToTarget", params);
    if (answer != NULL)
        browser.session = strdup(word(answer, "sessionId"));
    cJSON_Delete(answer);
    return browser.session != NULL && browser_do("Page.enable", NULL);
}

bool browser_start(const char *program, const char *folder)
{
    int to[2];
    int from[2];
    signal(SIGPIPE, SIG_IGN);
    if (pipe2(to, O_CLOEXEC) == -1 || pipe2(from, O_CLOEXEC) == -1) {
        perror("browser: pipe");
        return false;
    }
    browser.to = to[1];
    browser.from = from[0];
    fflush(NULL);
    browser.pid = fork();
    if (browser.pid == 0)
        become(program, folder, to[0], from[1]);
    close(to[0]);
    close(from[1]);
    return browser.pid != -1 && attach();
}

void browser_end(void)
{
    if (browser.pid > 0) {
        kill(-browser.pid, SIGKILL);
        waitpid(browser.pid, NULL, 0);
    }
    if (browser.to != -1)
        close(browser.to);
    if (browser.from != -1)
        close(browser.from);
    free(browser.heard);
    free(browser.session);
}
