/* Names of files and folders as strangers choose them: class/names.h, entries.h and roll.h. Each
   line of the input is a path in what the class has handed in. */
#include "fuzz/fuzz.h"

#include "class/names.h"
#include "class/roll.h"

#include <stdlib.h>
#include <string.h>

static void ask(const char *path)
{
    char name[PLAIN_NAME];
    struct who who = {0};
    const char *last = last_part(path);
    fuzz_must(archive_stem(last) < strlen(last) || *last == '\0', "an archive has an ending");
    (void)is_foreign_archive(last);
    if (written_name(path, name, sizeof name) != -1)
        fuzz_must(
            strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                strlen(name) - 2,
            "what a file is called is plain");
    for (int file = 0; file < 2; file++)
        if (who_is(path, file != 0, &who)) {
            fuzz_must(who.name != NULL && who.id != NULL && who.file != NULL, "all is filled in");
            who_free(&who);
        }
    fuzz_must(lab_named(path, strlen(path)) <= LABS, "there is such a lab");
}

static void call_the_roll(struct entries *entries, bool whole)
{
    static const bool asked[LABS] = {true, true, true, true, true};
    struct roll roll = {0};
    struct text notes = {0};
    entries_sort(entries);
    roll_call(&roll, entries, whole, &notes);
    pick(&roll, asked, &notes);
    for (size_t i = 0; i < roll.count; i++) {
        const char *plain = roll.students[i].plain;
        fuzz_must(plain[0] != '\0' && strchr(plain, '/') == NULL && strchr(plain, '.') == NULL,
                  "a folder's name is plain");
        fuzz_must(i == 0 || strcmp(roll.students[i - 1].key, roll.students[i].key) != 0,
                  "keys tell students apart");
    }
    if (notes.length > 0)
        fuzz_must_be_harmless(notes.start, notes.length, true);
    text_free(&notes);
    roll_free(&roll);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct entries entries = {0};
    bool whole = fuzz_byte(&input) % 2 == 0; /* all comes from one archive */
    for (int64_t i = 0; input.left > 0 && i < 200; i++) {
        char *path = fuzz_line(&input);
        enum entry_kind kind;
        ask(path);
        if (path[0] != '\0' && strlen(path) < MOST_PATH - 16 && kind_of_file(path, &kind)) {
            struct text bytes = {0};
            struct text below = {0};
            if (kind == ENTRY_FILE || kind == ENTRY_LIST)
                text_add(&bytes, "int x;\n");
            text_add(&below, "%s%s", whole ? "class.zip/" : "", path);
            entries_add(&entries, below.start, kind, i, bytes);
            text_free(&below);
        }
        free(path);
    }
    call_the_roll(&entries, whole);
    entries_free(&entries);
    return 0;
}
