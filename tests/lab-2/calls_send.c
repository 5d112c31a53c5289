/* line_send by itself: what it sends, and what it returns. */
#include "lab-2/common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Starts a driver that sends two lines of LENGTH bytes each to *PEER, which comes; the first one is
   LINE. */
static struct program *start_sending(const char *line, struct peer **peer)
{
    char length[24];
    snprintf(length, sizeof length, "%zu", strlen(line));
    driver_holds();
    struct program *driver =
        expect_listening(program_start_driver("call_line", "send", length, length, NULL));
    *peer = connect_client(driver, "The peer");
    type_bytes(driver, line, strlen(line));
    return driver;
}

SCENARIO(send_lines, 3, "line_send: sends the line and a newline, and returns 0",
         "Send LENGTH bytes and one newline, all of it, and nothing else. Then return 0.",
         "How much did send take?")
{
    static const struct {
        const char *bytes;
        size_t length;
    } lines[] = {{"hello", 5}, {"", 0}, {"x\0y", 3}, {" two  spaces\r", 13}};
    enum { LINES = sizeof lines / sizeof lines[0] };
    char byte;
    char situation[80];
    driver_holds();
    struct program *driver = expect_listening(
        program_start_driver("call_line", "send", "5", "0", "3", "13", "1024", NULL));
    struct peer *peer = connect_client(driver, "The peer");
    for (size_t i = 0; i <= LINES; i++) {
        const char *bytes = i < LINES ? lines[i].bytes : letters(LIMIT);
        size_t length = i < LINES ? lines[i].length : LIMIT;
        snprintf(situation, sizeof situation, _("line_send was called for a line of %zu bytes"),
                 length);
        if (i > 0)
            driver_goes_on(driver);
        type_bytes(driver, bytes, length);
        dialogue_did("%s.", _(situation));
        struct returned returned = expect_returned(driver, "line_send", i + 1, situation);
        expect_value(&returned, 0, situation);
        expect_bytes(peer, bytes, length);
        expect_not_reported(driver, &returned, "send", situation);
        expect_not_reported(driver, &returned, "write", situation);
    }
    program_settle(driver);
    if (peer_peek(peer, &byte) == 1)
        fail_because(EXPECT_NOTHING,
                     "%s. The peer received the line and its newline, and then "
                     "more: these bytes belong to nobody.",
                     _(situation));
}

SCENARIO(send_parts, 3, "line_send: goes on after a short send",
         "send returns how many bytes it took. Call it again with the rest, the newline too, and "
         "return 0 when all of it has gone.",
         "How much did send take?")
{
    static const char situation[] = "Each send took at most 5 bytes";
    struct peer *peer;
    const char *line = "a line that send takes in pieces of five bytes";
    fault_at_start(GROUP_SENDING, 0, 5, INT32_MAX, 0);
    struct program *driver = start_sending(line, &peer);
    for (size_t i = 1; i <= 2; i++) {
        struct returned returned = expect_returned(driver, "line_send", i, situation);
        trust_fault(driver, GROUP_SENDING, "cut short");
        dialogue_did("%s.", _(situation));
        expect_line(peer, line);
        expect_value(&returned, 0, situation);
        fault_limit(driver, GROUP_SENDING, 1);
        driver_goes_on(driver);
        type_bytes(driver, line, strlen(line));
    }
}

/* The same; the second send that takes 5 bytes is the last to do so, and then they fail, COUNT
   times, with ERROR. Returns what line_send has returned. */
static struct returned send_while_failing(struct program *driver, int error, int32_t count,
                                          const char *situation)
{
    if (gate_wait(driver, GROUP_SENDING) != DONE)
        not_tested("line_send does not send a line in parts.");
    fault_error(driver, GROUP_SENDING, error, count, 0);
    gate_open(driver, GROUP_SENDING);
    struct returned returned = expect_returned(driver, "line_send", 1, situation);
    expect_met(driver, &returned, GROUP_SENDING, "send");
    return returned;
}

/* What a call that failed was to write, stdio has thrown away: nobody can call it again. */
static bool failed_in_stdio(const struct program *driver)
{
    size_t count;
    bool found = false;
    struct step *steps = trace_steps(driver, &count);
    for (size_t i = 0; i < count; i++)
        found = found || (steps[i].event.faulted && steps[i].event.in_stdio &&
                          steps[i].event.error == EINTR);
    free(steps);
    return found;
}

SCENARIO(send_interrupted, 2, "line_send: sends again after EINTR",
         "EINTR means that a signal came before send took a byte: call it again with the same "
         "bytes.",
         "How much did send take?")
{
    static const char situation[] = "send took 5 bytes twice, and then failed with EINTR twice";
    struct peer *peer;
    const char *line = "a line that is interrupted";
    fault_at_start(GROUP_SENDING, 0, 5, INT32_MAX, 0);
    gate_at_start(GROUP_SENDING, 1, true);
    struct program *driver = start_sending(line, &peer);
    struct returned returned = send_while_failing(driver, EINTR, 2, situation);
    if (returned.result == -1 && returned.error == EINTR && failed_in_stdio(driver))
        return;
    expect_value(&returned, 0, situation);
    dialogue_did("%s.", _(situation));
    expect_line(peer, line);
}

SCENARIO(send_fails, 3, "line_send: returns -1 when send fails",
         "If send fails, and not with EINTR: complain(\"send\"), and return -1 with its errno.",
         "When somebody leaves")
{
    static const int errors[] = {EPIPE, ECONNRESET, ETIMEDOUT};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char situation[80];
        struct peer *peer;
        snprintf(situation, sizeof situation, _("send took 5 bytes twice, and then failed with %s"),
                 strerrorname_np(errors[i]));
        fault_at_start(GROUP_SENDING, 0, 5, INT32_MAX, 0);
        gate_at_start(GROUP_SENDING, 1, true);
        struct program *driver = start_sending("a line that is cut off", &peer);
        struct returned returned = send_while_failing(driver, errors[i], INT32_MAX, situation);
        expect_error(&returned, errors[i], situation);
        expect_either_reported(driver, &returned, "send", "write", strerror(errors[i]), situation);
        expect_sockets(driver, &returned, 1, situation,
                       "the connection stays open, and its owner closes it");
    }
}
