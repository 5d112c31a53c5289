#include "grader/base/lean.h"

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ID_BYTES = 64 };

struct id {
    unsigned char bytes[ID_BYTES];
    size_t length; /* 0: none */
};

/* LENGTH up to a multiple of four. */
static size_t padded(size_t length)
{
    return (length + 3) / 4 * 4;
}

/* Notes follow one another: a head, the name, the content, both up to a multiple of four. */
static void find_id(struct id *id, const char *note, const char *end)
{
    static const char name[] = "GNU";
    ElfW(Nhdr) head;
    while (id->length == 0 && note + sizeof head <= end) {
        memcpy(&head, note, sizeof head);
        const char *at = note + sizeof head;
        const char *content = at + padded(head.n_namesz);
        if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == sizeof name &&
            memcmp(at, name, sizeof name) == 0 && head.n_descsz <= ID_BYTES) {
            memcpy(id->bytes, content, head.n_descsz);
            id->length = head.n_descsz;
        }
        note = content + padded(head.n_descsz);
    }
}

/* Called for each object in this process. */
static int look_at(struct dl_phdr_info *object, size_t size, void *argument)
{
    (void)size;
    if (strstr(object->dlpi_name, "/libc.so.") == NULL)
        return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        const char *note = (const char *)object->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_NOTE)
            find_id(argument, note, note + part->p_memsz);
    }
    return 1;
}

bool lean_library(const char *build, char *folder, size_t size)
{
    struct id id = {.length = 0};
    dl_iterate_phdr(look_at, &id);
    size_t used = (size_t)snprintf(folder, size, "%s/lib-", build);
    for (size_t i = 0; i < id.length && used < size; i++)
        used += (size_t)snprintf(folder + used, size - used, "%02x", id.bytes[i]);
    bool found = id.length > 0 && used < size && access(folder, R_OK | X_OK) == 0;
    if (!found)
        folder[0] = '\0';
    return found;
}
