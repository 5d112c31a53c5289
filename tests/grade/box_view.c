#include "grade/box_view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every system has this folder, and bubblewrap itself needs it. In our own mount namespace, what
   was in it is out of sight; shares that lie in it are opened before. */
#define PREPARED "/tmp/"

enum { MOST_SHARES = 16, DEFAULT_SIZE = 64 << 20 };

/* The folders to write in that every box has, and what to call them meanwhile. */
static const struct {
    const char *inside;
    const char *name;
} folders[] = {{"/tmp", "tmp"}, {"/var/tmp", "var"}, {"/dev/shm", "shm"}};
enum { FOLDERS = sizeof folders / sizeof folders[0] };

/* ---- is it sound? ---- */

/* Is PATH the same as FOLDER, or below it? */
static bool is_within(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static bool is_plain(const char *path)
{
    return path[0] == '/' && path[1] != '\0' && strstr(path, "//") == NULL &&
           strstr(path, "/.") == NULL && path[strlen(path) - 1] != '/';
}

bool box_view_is_sound(const struct box *box, struct text *why)
{
    const char *inside[MOST_SHARES + FOLDERS + 1];
    size_t count = 0;
    if (box->share_count > MOST_SHARES) {
        text_add(why, "a box shows at most %d files and folders", MOST_SHARES);
        return false;
    }
    for (size_t i = 0; i < FOLDERS; i++)
        inside[count++] = folders[i].inside;
    if (box->scratch != NULL)
        inside[count++] = box->scratch;
    for (size_t i = 0; i < box->share_count; i++)
        inside[count++] = box->shares[i].inside;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            if (!is_plain(inside[i]) || (i != j && is_within(inside[i], inside[j]))) {
                text_add(why, "%s cannot be a place of its own in the box", inside[i]);
                return false;
            }
    return true;
}

/* ---- preparing ---- */

static bool fail(struct text *why, const char *what, const char *name)
{
    text_add(why, "%s %s: %s", what, name, strerror(errno));
    return false;
}

static bool make_folder(const char *name, size_t size, mode_t mode, uid_t owner, struct text *why)
{
    char path[64];
    char options[128];
    snprintf(path, sizeof path, PREPARED "%s", name);
    snprintf(options, sizeof options, "mode=%o,uid=%u,gid=%u,size=%zu", mode, owner, owner, size);
    if (mkdir(path, 0755) == -1 || mount("box", path, "tmpfs", MS_NOSUID | MS_NODEV, options) == -1)
        return fail(why, "an empty folder cannot be made for", name);
    return true;
}

/* SHARE was opened as descriptor FD, for its name alone. */
static bool make_share(int fd, size_t index, struct text *why)
{
    char path[64];
    char source[64];
    struct stat status;
    snprintf(path, sizeof path, PREPARED "share%zu", index);
    snprintf(source, sizeof source, "/proc/self/fd/%d", fd);
    if (fstat(fd, &status) == -1)
        return fail(why, "cannot look at", path);
    int place = S_ISDIR(status.st_mode) ? mkdir(path, 0755) : open(path, O_CREAT | O_CLOEXEC, 0644);
    if (place == -1 || mount(source, path, "none", MS_BIND | MS_REC, NULL) == -1)
        return fail(why, "cannot show", path);
    if (!S_ISDIR(status.st_mode))
        close(place);
    return true;
}

bool box_view_prepare(const struct box *box, uid_t owner, struct text *why)
{
    int shares[MOST_SHARES];
    size_t size = box->limits.folders > 0 ? box->limits.folders : DEFAULT_SIZE;
    if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == -1)
        return fail(why, "mounts cannot be made private below", "/");
    for (size_t i = 0; i < box->share_count; i++)
        if ((shares[i] = open(box->shares[i].outside, O_PATH | O_CLOEXEC)) == -1)
            return fail(why, "cannot open", box->shares[i].outside);
    if (mount("box", PREPARED, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m") == -1)
        return fail(why, "nothing can be mounted on", PREPARED);
    umask(0022);
    for (size_t i = 0; i < box->share_count; i++)
        if (!make_share(shares[i], i, why) || close(shares[i]) == -1)
            return false;
    for (size_t i = 0; i < FOLDERS; i++)
        if (!make_folder(folders[i].name, size, 01777, owner, why))
            return false;
    return box->scratch == NULL || make_folder("scratch", size, 0755, owner, why);
}

/* ---- bubblewrap's arguments ---- */

void box_words_add(struct box_words *words, const char *word)
{
    if (words->count == sizeof words->words / sizeof words->words[0] - 1)
        abort(); /* more shares than box_view_is_sound() allows */
    words->words[words->count++] = word;
}

static void add_kept(struct box_words *words, struct text kept)
{
    if (words->kept_count == sizeof words->kept / sizeof words->kept[0])
        abort();
    words->kept[words->kept_count++] = kept;
    box_words_add(words, kept.start);
}

void box_words_add_number(struct box_words *words, int number)
{
    struct text text = {0};
    text_add(&text, "%d", number);
    add_kept(words, text);
}

static void add_three(struct box_words *words, const char *one, const char *two, const char *three)
{
    box_words_add(words, one);
    box_words_add(words, two);
    box_words_add(words, three);
}

/* The folders on the way to INSIDE, which bubblewrap would make for root alone. */
static void add_way(struct box_words *words, const char *inside)
{
    for (const char *slash = strchr(inside + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        struct text folder = {0};
        text_add_bytes(&folder, inside, (size_t)(slash - inside));
        add_three(words, "--perms", "0755", "--dir");
        add_kept(words, folder);
    }
}

static void add_prepared(struct box_words *words, const char *how, const char *name,
                         const char *inside)
{
    struct text path = {0};
    text_add(&path, PREPARED "%s", name);
    add_way(words, inside);
    box_words_add(words, how);
    add_kept(words, path);
    box_words_add(words, inside);
}

/* Programs and libraries. Where /bin and the like are no links into /usr, they are shown as well.
 */
static void add_system(struct box_words *words)
{
    static const char *const tops[] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
    add_three(words, "--ro-bind", "/usr", "/usr");
    for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++) {
        char target[256];
        ssize_t length = readlink(tops[i], target, sizeof target);
        struct text text = {0};
        text_add_bytes(&text, target, length > 0 ? (size_t)length : 0);
        if (length > 0) {
            box_words_add(words, "--symlink");
            add_kept(words, text);
            box_words_add(words, tops[i]);
        } else if (access(tops[i], F_OK) == 0) {
            add_three(words, "--ro-bind", tops[i], tops[i]);
        }
    }
    add_way(words, "/etc/");
    add_three(words, "--ro-bind-try", "/etc/alternatives", "/etc/alternatives");
    add_three(words, "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache");
}

static bool add_file(struct box_words *words, const char *inside, const char *content,
                     struct text *why)
{
    int file = memfd_create("etc", MFD_CLOEXEC);
    int high = file == -1 ? -1 : fcntl(file, F_DUPFD, BOX_DESCRIPTORS);
    if (high == -1 || write(file, content, strlen(content)) != (ssize_t)strlen(content) ||
        lseek(file, 0, SEEK_SET) != 0)
        return fail(why, "cannot make", inside);
    close(file);
    add_three(words, "--perms", "0644", "--file");
    box_words_add_number(words, high);
    box_words_add(words, inside);
    return true;
}

/* The machine's own files would tell of the people on it. */
static bool add_etc(struct box_words *words, struct text *why)
{
    return add_file(words, "/etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost\n",
                    why) &&
           add_file(words, "/etc/nsswitch.conf",
                    "passwd: files\ngroup: files\nhosts: files\nservices: files\n", why) &&
           add_file(words, "/etc/passwd",
                    "root:x:0:0:root:/:/bin/sh\nstudent:x:1000:1000:student:/:/bin/sh\n"
                    "nobody:x:65534:65534:nobody:/:/bin/sh\n",
                    why) &&
           add_file(words, "/etc/group", "root:x:0:\nstudent:x:1000:\nnogroup:x:65534:\n", why);
}

bool box_view_arguments(const struct box *box, struct box_words *words, struct text *why)
{
    add_system(words);
    if (!add_etc(words, why))
        return false;
    box_words_add(words, "--proc");
    box_words_add(words, "/proc");
    box_words_add(words, "--dev");
    box_words_add(words, "/dev");
    for (size_t i = 0; i < FOLDERS; i++)
        add_prepared(words, "--bind", folders[i].name, folders[i].inside);
    if (box->scratch != NULL)
        add_prepared(words, "--bind", "scratch", box->scratch);
    for (size_t i = 0; i < box->share_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "share%zu", i);
        add_prepared(words, box->shares[i].writable ? "--bind" : "--ro-bind", name,
                     box->shares[i].inside);
    }
    box_words_add(words, "--remount-ro"); /* else they could be filled, and take up memory */
    box_words_add(words, "/dev");
    box_words_add(words, "--remount-ro");
    box_words_add(words, "/");
    box_words_add(words, "--chdir");
    box_words_add(words, box->directory != NULL ? box->directory : "/");
    return true;
}
