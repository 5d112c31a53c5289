#include "grader/observe/helgrind.h"

#include "grader/observe/helgrind_report.h"
#include "grader/observe/valgrind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The same mistake is told once. */
static bool is_new(struct reader *reader, const char *key)
{
    size_t i = 0;
    for (; i < MOST_KEYS && reader->keys[i][0] != '\0'; i++)
        if (strncmp(reader->keys[i], key, KEY_ROOM - 1) == 0)
            return false;
    if (i < MOST_KEYS)
        snprintf(reader->keys[i], KEY_ROOM, "%s", key);
    return true;
}

static void judge(struct reader *reader)
{
    struct helgrind *helgrind = reader->helgrind;
    struct report *report = &reader->report;
    struct text text = {0};
    struct text key = {0};
    report->heading = 0;
    while (report->heading < report->count && (begins(heading_of(report)->words, "Lock at 0x") ||
                                               begins(heading_of(report)->words, "Address 0x") ||
                                               begins(heading_of(report)->words, "in frame #") ||
                                               begins(heading_of(report)->words, "Block was ")))
        report->heading++;
    if (report->heading < report->count && helgrind_tell(&text, &key, reader) &&
        is_new(reader, key.start != NULL ? key.start : text.start)) {
        if (helgrind->count < FINDINGS)
            snprintf(helgrind->findings[helgrind->count], FINDING_ROOM, "%s", text.start);
        helgrind->count++;
    }
    text_free(&text);
    text_free(&key);
    report->count = 0;
}

/* ---- reading ---- */

/* Without valgrind's headers the probe cannot hide what it uses itself. */
static bool is_of_the_probe(const struct line *frame)
{
    static const char *const files[] = {"address.c", "crash.c",   "driver.c",  "memory.c",
                                        "name.c",    "poll.c",    "process.c", "socket.c",
                                        "thread.c",  "transfer.c"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strcmp(frame->file, files[i]) == 0)
            return true;
    return false;
}

static void read_frame(struct reader *reader, const char *line)
{
    struct line frame;
    if (!valgrind_frame(line, &frame))
        return;
    bool own = frame.number > 0 && reader->own(frame.file);
    if (reader->announced != 0 && own && reader->created[reader->announced][0] == '\0')
        snprintf(reader->created[reader->announced], sizeof reader->created[0], "%s:%d", frame.file,
                 frame.number);
    if (reader->announced != 0 || reader->report.count == 0)
        return;
    struct part *part = &reader->report.parts[reader->report.count - 1];
    if (part->caller[0] == '\0') {
        snprintf(part->caller, sizeof part->caller, "%s", frame.function);
        part->in_probe = !own && is_of_the_probe(&frame);
    }
    if (++part->frames == 2)
        part->freed_within = !own && strcmp(part->caller, "free") == 0;
    if (part->place[0] == '\0' &&
        (strcmp(frame.file, "allocatestack.c") == 0 || begins(frame.function, "_dl_allocate_tls")))
        part->in_stack = true;
    if (part->place[0] == '\0' && strstr(frame.function, "file_doallocate") != NULL)
        part->in_stdio = true;
    if (own && part->place[0] == '\0')
        snprintf(part->place, sizeof part->place, "%s:%d", frame.file, frame.number);
}

/* A report stands between two rulers; OPEN says whether the last one began one. */
static void read_words(struct reader *reader, const char *words, bool open)
{
    struct report *report = &reader->report;
    if (reader->announced == 0 && !open)
        return;
    if (begins(words, "Locks held: ") && report->count > 0) {
        report->parts[report->count - 1].locked = strcmp(words, "Locks held: none") != 0;
        return;
    }
    if (!open) {
        long number = helgrind_thread(words);
        reader->announced = number != 0 ? number : reader->announced;
        return;
    }
    if (report->count == MOST_PARTS)
        return;
    struct part *part = &report->parts[report->count++];
    *part = (struct part){.words = ""};
    snprintf(part->words, sizeof part->words, "%s", words);
}

void helgrind_read(const struct text *log, bool (*own)(const char *), struct helgrind *helgrind)
{
    static struct reader reader;
    const char *rest = log->start != NULL ? log->start : "";
    char line[1024];
    bool open = false;
    *helgrind = (struct helgrind){.complete = strstr(rest, "ERROR SUMMARY:") != NULL};
    memset(&reader, 0, sizeof reader);
    reader.helgrind = helgrind;
    reader.own = own;
    while (valgrind_line(&rest, line, sizeof line)) {
        const char *words = line + strspn(line, " ");
        bool announces = begins(line, "---Thread-Announcement---");
        if (announces || begins(line, "----------------") || begins(line, "Process terminating") ||
            begins(line, "Use --history-level")) {
            judge(&reader);
            open = begins(line, "----------------");
            reader.announced = announces ? MOST_THREADS - 1 : 0; /* until it is named */
        } else if (valgrind_is_frame(line)) {
            read_frame(&reader, line);
        } else if (words[0] != '\0') {
            read_words(&reader, words, open);
        }
    }
    judge(&reader);
    reader.helgrind = NULL;
}
