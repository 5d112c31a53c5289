#include "lab-4/calls.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CALL = ROOM_LINE_LIMIT + 32 };

static const struct called {
    const char *word;
    const char *function;
} functions[] = {{"open", "room_open"}, {"join", "room_join"},         {"leave", "room_leave"},
                 {"say", "room_say"},   {"announce", "room_announce"}, {"renew", "room_close"}};

/* How often the driver of this test has been told to call each. */
static size_t times[sizeof functions / sizeof functions[0]];

void tell(struct program *driver, const char *format, ...)
{
    char line[CALL];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    program_type(driver, line, strlen(line));
    program_type(driver, "\n", 1);
}

struct returned call(struct program *driver, const char *line, const char *situation)
{
    size_t i = 0;
    while (strncmp(line, functions[i].word, strlen(functions[i].word)) != 0)
        i++;
    times[i]++;
    tell(driver, "%s", line);
    driver_goes_on(driver);
    dialogue_did("%s.", _(situation));
    return expect_returned(driver, functions[i].function, times[i], situation);
}

struct program *start_room(struct returned *returned)
{
    memset(times, 0, sizeof times);
    driver_holds();
    struct program *driver = expect_listening(program_start_driver("call_room", NULL));
    tell(driver, "open");
    *returned = expect_returned(driver, "room_open", 1, "room_open was called");
    return driver;
}

struct program *open_room(void)
{
    struct returned returned;
    struct program *driver = start_room(&returned);
    if (returned.result == 0)
        return driver;
    stage.explained = true;
    fail_because(EXPECT_OTHER,
                 "room_open was called. It should have returned a room. It returned NULL with %s "
                 "in errno.",
                 strerrorname_np(returned.error));
}

struct peer *join(struct program *driver, const char *name)
{
    char situation[96];
    struct peer *client = connect_next(driver, name);
    snprintf(situation, sizeof situation,
             _("%s connected, and room_join was called with its port, %u"), _(name), client->port);
    struct returned returned = call(driver, "join", situation);
    expect_value(&returned, 0, situation);
    expect_joined(client);
    return client;
}

const char *const three[3] = {"The first client", "The second client", "The third client"};

struct program *fill_room(size_t count)
{
    struct program *driver = open_room();
    for (size_t i = 0; i < count; i++)
        join(driver, three[i]);
    gate_open(driver, GROUP_DRIVEN);
    return driver;
}

void speak_up(struct program *driver, size_t number, const struct peer *member, const char *words)
{
    char line[CALL];
    snprintf(line, sizeof line, "say %zu %s", number, words);
    call(driver, line, "room_say was called for a member");
    expect_told(line_of(member, words), member);
}

void leave_room(struct program *driver, size_t number, const struct peer *member)
{
    char line[CALL];
    snprintf(line, sizeof line, "leave %zu", number);
    call(driver, line, "room_leave was called for a member");
    forget(member);
    expect_told(line_of(member, "left"), NULL);
}
