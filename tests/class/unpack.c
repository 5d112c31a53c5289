#include "class/unpack.h"

#include "grade/interrupt.h"
#include "grader/base/landlock.h"
#include "grader/base/limit.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MOST_NESTED_BYTES = 16 << 20, /* of an archive in an archive */
    MOST_BYTES = 64 << 20,        /* of all files that are handed over */
    MOST_RAW_BYTES = 256 << 20,   /* of an archive, unpacked */
    MOST_ENTRIES = 20000,
    MOST_NESTED = 3, /* archives in each other */
    MOST_MEMORY = 1 << 30,
    PROCESSOR_SECONDS = 20,
    MOST_SECONDS = 120,
    BLOCK = 1 << 16,
};

/* Comes through the pipe before each path and its bytes. A kind of NOTE: the bytes say what is
   wrong with the path. */
enum { NOTE = ENTRY_OTHER + 1 };
struct head {
    uint32_t kind;
    uint32_t path_length;
    uint32_t byte_count;
    int64_t modified;
};

/* ---- in the child ---- */

struct packet {
    int pipe;
    size_t entries;
    size_t bytes;
};

/* Who reads has gone, or there is too much: no more. */
static void send_bytes(const struct packet *packet, const void *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t count = write(packet->pipe, (const char *)bytes + done, length - done);
        if (count == -1)
            _exit(1);
        done += (size_t)count;
    }
}

static void send_entry(const struct packet *packet, uint32_t kind, const char *path,
                       int64_t modified, const char *bytes, size_t length)
{
    struct head head = {kind, (uint32_t)strnlen(path, MOST_PATH), (uint32_t)length, modified};
    send_bytes(packet, &head, sizeof head);
    send_bytes(packet, path, head.path_length);
    send_bytes(packet, bytes, length);
}

static void send_note(const struct packet *packet, const char *path, const char *what)
{
    send_entry(packet, NOTE, path, 0, what, strlen(what));
}

/* May NAME be used below a folder? */
static bool is_below(const char *name)
{
    if (name[0] == '/' || name[0] == '\0')
        return false;
    for (const char *part = name; part != NULL;) {
        size_t length = strcspn(part, "/");
        if (length == 2 && strncmp(part, "..", 2) == 0)
            return false;
        part = part[length] == '/' ? part + length + 1 : NULL;
    }
    return true;
}

/* PATH and NAME, without "./" and slashes that are too many. False if that is too long. */
static bool join(char *joined, const char *path, const char *name)
{
    size_t length = (size_t)snprintf(joined, MOST_PATH, "%s", path);
    for (const char *part = name; *part != '\0';) {
        size_t size = strcspn(part, "/");
        if (size > 0 && !(size == 1 && part[0] == '.')) {
            if (length + size + 2 > MOST_PATH)
                return false;
            joined[length++] = '/';
            memcpy(joined + length, part, size);
            length += size;
        }
        part += size + (part[size] == '/');
    }
    joined[length] = '\0';
    return true;
}

static const char *name_of(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname_utf8(entry);
    return name != NULL ? name : archive_entry_pathname(entry);
}

/* Reads the file that ARCHIVE stands at, of at most MOST bytes. NULL, or what is wrong. */
static const char *read_entry(struct archive *archive, struct text *bytes, size_t most)
{
    char *block = malloc(BLOCK);
    ssize_t count = -1;
    while (block != NULL && (count = archive_read_data(archive, block, BLOCK)) > 0) {
        if (bytes->length + (size_t)count > most)
            break;
        text_add_bytes(bytes, block, (size_t)count);
    }
    free(block);
    if (count > 0)
        return "is too large, and is left out";
    if (count < 0)
        return archive_read_has_encrypted_entries(archive) == 1 ? "is encrypted, and is left out"
                                                                : "is damaged, and is left out";
    return NULL;
}

static void go_through(struct packet *packet, struct archive *archive, const char *path, int depth);

static struct archive *new_archive(void)
{
    struct archive *archive = archive_read_new();
    if (archive == NULL)
        _exit(1);
    archive_read_support_filter_gzip(archive);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_format_tar(archive);
    archive_read_support_format_zip(archive);
    return archive;
}

static const char cannot_open[] = "is not a zip file or a tarball that can be read";

static void go_into(struct packet *packet, const struct text *bytes, const char *path, int depth)
{
    struct archive *archive = new_archive();
    if (depth > MOST_NESTED)
        send_note(packet, path, "is an archive too deep in others, and is left out");
    else if (archive_read_open_memory(archive, bytes->start, bytes->length) != ARCHIVE_OK)
        send_note(packet, path, cannot_open);
    else
        go_through(packet, archive, path, depth);
    archive_read_free(archive);
}

static void take_file(struct packet *packet, struct archive *archive, struct archive_entry *entry,
                      const char *path, int depth)
{
    enum entry_kind kind;
    struct text bytes = {0};
    if (!kind_of_file(path, &kind))
        return;
    bool packed = kind == ENTRY_ARCHIVE && archive_stem(last_part(path)) > 0;
    const char *wrong = NULL;
    if (packed || kind == ENTRY_FILE || kind == ENTRY_LIST)
        wrong = read_entry(archive, &bytes, packed ? MOST_NESTED_BYTES : MOST_FILE_BYTES);
    else if (kind == ENTRY_ARCHIVE)
        wrong = "is an archive of another kind than zip and tar: unpack it by hand";
    if (wrong != NULL) {
        send_note(packet, path, wrong);
        text_free(&bytes);
    }
    if (packed)
        send_entry(packet, kind, path, archive_entry_mtime(entry), "", 0);
    else if (wrong == NULL || (kind != ENTRY_FILE && kind != ENTRY_LIST))
        send_entry(packet, kind, path, archive_entry_mtime(entry), bytes.start, bytes.length);
    packet->bytes += bytes.length;
    if (packed && wrong == NULL)
        go_into(packet, &bytes, path, depth + 1);
    text_free(&bytes);
}

static void take_entry(struct packet *packet, struct archive *archive, struct archive_entry *entry,
                       const char *path, int depth)
{
    char whole[MOST_PATH];
    enum entry_kind kind;
    const char *name = name_of(entry);
    if (name == NULL || !is_below(name) || !join(whole, path, name)) {
        send_note(packet, path,
                  "holds a file with a name that leads out of it, or that cannot be read: it is "
                  "left out");
        return;
    }
    bool is_link =
        archive_entry_hardlink(entry) != NULL || archive_entry_filetype(entry) == AE_IFLNK;
    if (!is_link && archive_entry_filetype(entry) == AE_IFDIR) {
        if (kind_of_file(whole, &kind))
            send_entry(packet, ENTRY_FOLDER, whole, 0, "", 0);
    } else if (!is_link && archive_entry_filetype(entry) == AE_IFREG) {
        take_file(packet, archive, entry, whole, depth);
    } else if (kind_of_file(whole, &kind) && kind != ENTRY_OTHER) {
        send_note(packet, whole,
                  is_link ? "is a link, and is left out"
                          : "is not a regular file, and is left out");
    }
}

static void go_through(struct packet *packet, struct archive *archive, const char *path, int depth)
{
    struct archive_entry *entry;
    int result;
    while ((result = archive_read_next_header(archive, &entry)) == ARCHIVE_OK ||
           result == ARCHIVE_WARN) {
        if (packet->entries++ >= MOST_ENTRIES || packet->bytes > MOST_BYTES ||
            archive_filter_bytes(archive, 0) > MOST_RAW_BYTES) {
            send_note(packet, path, "holds too much: the rest of it is left out");
            return;
        }
        take_entry(packet, archive, entry, path, depth);
    }
    if (result != ARCHIVE_EOF)
        send_note(packet, path,
                  archive_file_count(archive) == 0 ? cannot_open
                                                   : "is damaged: the rest of it is left out");
}

static _Noreturn void unpack_in_child(int file, int pipe, const char *path)
{
    static const struct landlock_rules nothing;
    struct packet packet = {.pipe = pipe};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    /* What is missing of this on an old kernel, the kit can live without: libarchive is well kept.
     */
    landlock_restrict(&nothing);
    if (!limit_processor(PROCESSOR_SECONDS) || !limit_to(RLIMIT_FSIZE, 0) ||
        !limit_to(RLIMIT_NPROC, 0) || lseek(file, 0, SEEK_SET) == -1)
        _exit(1);
#ifndef __SANITIZE_ADDRESS__
    if (!limit_to(RLIMIT_AS, MOST_MEMORY))
        _exit(1);
#endif
    struct archive *archive = new_archive();
    if (archive_read_open_fd(archive, file, BLOCK) != ARCHIVE_OK)
        send_note(&packet, path, cannot_open);
    else
        go_through(&packet, archive, path, 1);
    archive_read_free(archive);
    _exit(0);
}

/* ---- in the parent: what comes through the pipe is a stranger's ---- */

/* Reads exactly LENGTH bytes until DEADLINE. False at the end of the file, and when it is late. */
static bool receive(int pipe, void *bytes, size_t length, double deadline)
{
    for (size_t done = 0; done < length;) {
        struct pollfd fd = {.fd = pipe, .events = POLLIN};
        double left = deadline - seconds_now();
        if (left <= 0 || (poll(&fd, 1, (int)(left * 1000) + 1) == -1 && errno != EINTR))
            return false;
        if (fd.revents == 0)
            continue;
        ssize_t count = read(pipe, (char *)bytes + done, length - done);
        if (count == 0 || (count == -1 && errno != EINTR))
            return false;
        done += count > 0 ? (size_t)count : 0;
    }
    return true;
}

static bool receive_entry(struct entries *entries, int pipe, const char *path, double deadline,
                          struct text *notes)
{
    struct head head;
    char name[MOST_PATH + 1];
    if (!receive(pipe, &head, sizeof head, deadline) || head.kind > NOTE ||
        head.path_length > MOST_PATH || head.byte_count > MOST_FILE_BYTES ||
        !receive(pipe, name, head.path_length, deadline))
        return false;
    name[head.path_length] = '\0';
    char *bytes = malloc(head.byte_count + 1);
    struct text text = {0};
    bool good = bytes != NULL && receive(pipe, bytes, head.byte_count, deadline) &&
                strncmp(name, path, strlen(path)) == 0;
    if (good)
        text_add_bytes(&text, bytes, head.byte_count);
    free(bytes);
    if (good && head.kind != NOTE) {
        entries_add(entries, name, (enum entry_kind)head.kind, head.modified, text);
    } else {
        if (good && text.length > 0)
            note(notes, name, text.start);
        text_free(&text);
    }
    return good;
}

void unpack(struct entries *entries, int file, const char *path, struct text *notes)
{
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC) == -1) {
        note(notes, path, strerror(errno));
        return;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        unpack_in_child(file, pipes[1], path);
    close(pipes[1]);
    double deadline = seconds_now() + MOST_SECONDS;
    size_t count = 0;
    while (child != -1 && count < MOST_ENTRIES &&
           receive_entry(entries, pipes[0], path, deadline, notes))
        count++;
    close(pipes[0]);
    int status = -1;
    if (child != -1) {
        kill(child, SIGKILL); /* it has ended, or shall */
        waitpid(child, &status, 0);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        note(notes, path, "cannot be unpacked within its limits: the rest of it is left out");
}
