/* Archives of strangers, unpacked in this process, and what comes through the pipe from the one
   that unpacks them: class/unpack.c. */
#include "fuzz/fuzz.h"

// NOLINTNEXTLINE(bugprone-suspicious-include): its two halves are not to be seen from outside
#include "class/unpack.c"

#include <sys/mman.h>

static int begin_file(void)
{
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    if (file == -1)
        abort();
    return file;
}

static void receive_all(int file, const char *path)
{
    struct entries entries = {0};
    struct text notes = {0};
    if (lseek(file, 0, SEEK_SET) == -1)
        abort();
    double deadline = seconds_now() + MOST_SECONDS;
    while (entries.count < MOST_ENTRIES && receive_entry(&entries, file, path, deadline, &notes))
        continue;
    for (size_t i = 0; i < entries.count; i++) {
        fuzz_must(strncmp(entries.list[i].path, path, strlen(path)) == 0, "paths stay below");
        fuzz_must(strstr(entries.list[i].path, "/../") == NULL, "no path climbs");
    }
    if (notes.length > 0)
        fuzz_must_be_harmless(notes.start, notes.length, true);
    entries_free(&entries);
    text_free(&notes);
}

static void unpack_here(const uint8_t *data, size_t size)
{
    struct packet packet = {.pipe = begin_file()};
    struct text bytes = fuzz_text(data, size);
    go_into(&packet, &bytes, "class.zip", 1);
    receive_all(packet.pipe, "class.zip");
    text_free(&bytes);
    close(packet.pipe);
}

/* What the other process sends is not believed either. */
static void receive_bytes(const uint8_t *data, size_t size)
{
    int file = begin_file();
    struct entries entries = {0};
    struct text notes = {0};
    if (write(file, data, size) != (ssize_t)size || lseek(file, 0, SEEK_SET) == -1)
        abort();
    while (receive_entry(&entries, file, "a", seconds_now() + 1, &notes))
        continue;
    entries_free(&entries);
    text_free(&notes);
    close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == '>')
        receive_bytes(data + 1, size - 1);
    else
        unpack_here(data, size);
    return 0;
}
