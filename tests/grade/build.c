#include "grade/build.h"

#include "grade/hash.h"
#include "grade/link.h"
#include "grade/objects.h"
#include "grade/requests.h"
#include "grade/words.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MOST_SOURCES = 2 * LAB_FILES,
    MOST_GIVEN = 1 << 20,
    NAME = BUILD_NAME,
};

/* The flags stand in the Makefile, since make compiles with them what the labs are given. */
static const char flags[] = CFLAGS_LAB;

/* ---- what is compiled ---- */

/* Copies the headers of the kit's folder FROM to PLACE/TO, and adds them to BYTES. */
static bool give_headers(const struct build *build, const char *from, const char *to,
                         struct text *bytes)
{
    char path[PATH_MAX];
    struct dirent **entries;
    snprintf(path, sizeof path, "%.*s/%s", (int)(sizeof path / 2), build->kit->root, from);
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int count = folder == -1 ? -1 : scandir(path, &entries, NULL, alphasort);
    bool good = count != -1;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        size_t length = strlen(name);
        struct text header = {0};
        if (good && length > 2 && strcmp(name + length - 2, ".h") == 0) {
            char target[2 * NAME];
            snprintf(target, sizeof target, "%s/%s", to, name);
            good = read_plain_file(folder, name, MOST_GIVEN, &header) &&
                   (place_write(build->place, target, &header) || errno == EEXIST);
            text_add(bytes, "%s\n", target);
            text_add_bytes(bytes, header.start, header.length);
        }
        text_free(&header);
        free(entries[i]);
    }
    if (count != -1)
        free(entries);
    if (folder != -1)
        close(folder);
    return good;
}

/* All headers that a file may include from the kit; adds them to BYTES. */
static bool give_all_headers(const struct build *build, struct text *bytes)
{
    bool good = give_headers(build, "common", "given/common", bytes);
    for (size_t i = 0; good && i < LABS; i++) {
        char from[NAME];
        char to[NAME];
        snprintf(from, sizeof from, "labs/%s", all_labs[i].name);
        snprintf(to, sizeof to, "given/labs/%s", all_labs[i].name);
        good = give_headers(build, from, to, bytes);
    }
    return good;
}

/* What debug information calls the folder that the files' names begin in: the kit, when they are
   the kit's own, so that gdb finds them; else nothing of this machine. */
static const char *origin_of(const struct build *build, const struct tree *tree)
{
    char path[PATH_MAX];
    char expected[2 * PATH_MAX];
    snprintf(expected, sizeof expected, "%s/%s", build->kit->root, tree->shown);
    return realpath(tree->path, path) != NULL && strcmp(path, expected) == 0 ? build->kit->root
                                                                             : ".";
}

/* The compiler itself: another version is another file. */
static void add_compiler(struct text *inputs, const struct kit *kit)
{
    struct stat status = {0};
    stat(kit->compiler_path, &status);
    text_add(inputs, "%s %s %lld %lld.%ld\n", kit->compiler, kit->compiler_path,
             (long long)status.st_size, (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

/* What the kind of FILE is: 'c', 'h', or 'o', an object that the kit brings along. */
static char kind_of(const struct taken_file *file)
{
    return file->name[strlen(file->name) - 1];
}

static void describe_inputs(const struct build *build, struct source *source, uint64_t given)
{
    add_compiler(&source->inputs, build->kit);
    text_add(&source->inputs, "%s\n%s\n%s\ngiven %016llx\n", flags, source->name,
             origin_of(build, source->taken->tree), (unsigned long long)given);
    text_add_bytes(&source->inputs, source->file->bytes.start, source->file->bytes.length);
    for (size_t i = 0; i < source->taken->count; i++) {
        const struct taken_file *file = &source->taken->files[i];
        if (kind_of(file) != 'h')
            continue;
        text_add(&source->inputs, "\n%s %zu\n", file->name, file->bytes.length);
        text_add_bytes(&source->inputs, file->bytes.start, file->bytes.length);
    }
}

static void word_compilation(const struct build *build, struct source *source)
{
    words_split(&source->words, build->kit->compiler);
    words_split(&source->words, flags);
    words_add(&source->words, "-fno-lto");
    words_add(&source->words, "-Igiven");
    words_add(&source->words, "-Igiven/labs");
    words_make(&source->words, "-fdebug-prefix-map=%s=%s",
               build->boxed ? COMMAND_BOX_FOLDER : build->place->path,
               origin_of(build, source->taken->tree));
    words_add(&source->words, "-c");
    words_add(&source->words, "-o");
    words_add(&source->words, source->object);
    words_add(&source->words, source->name);
}

/* The same source, compiled once more, with AddressSanitizer. An object that the kit brings along
   stays as it is. */
static void sanitized(struct source *source, const struct source *plain)
{
    *source = (struct source){.taken = plain->taken, .file = plain->file};
    memcpy(source->name, plain->name, sizeof source->name);
    if (kind_of(plain->file) == 'o') {
        memcpy(source->object, plain->object, sizeof source->object);
        source->compiled = true;
        return;
    }
    snprintf(source->object, sizeof source->object, "%.*s" SANITIZED ".o",
             (int)strlen(plain->object) - 2, plain->object);
    text_add(&source->inputs, "%s\n", SANITIZE);
    text_add_bytes(&source->inputs, plain->inputs.start, plain->inputs.length);
    for (size_t i = 0; i < plain->words.count; i++) {
        bool is_object = strcmp(plain->words.list[i], plain->object) == 0;
        words_add(&source->words, is_object ? source->object : plain->words.list[i]);
    }
    words_add(&source->words, SANITIZE);
}

/* Writes what was taken to the place, and lists what must be compiled or linked. */
static bool lay_out(const struct build *build, const struct taken *taken, size_t count,
                    struct source *sources, size_t *source_count, uint64_t given)
{
    bool good = true;
    *source_count = 0;
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; good && i < taken[t].count; i++) {
            const struct taken_file *file = &taken[t].files[i];
            struct source *source = &sources[*source_count];
            *source = (struct source){.taken = &taken[t], .file = file};
            snprintf(source->name, sizeof source->name, "%s/%s/%s", taken[t].tree->shown,
                     taken[t].lab->name, file->name);
            good = place_write(build->place, source->name, &file->bytes) || errno == EEXIST;
            if (kind_of(file) == 'h')
                continue;
            (*source_count)++;
            if (kind_of(file) == 'o') {
                memcpy(source->object, source->name, sizeof source->object);
                source->compiled = good;
                continue;
            }
            snprintf(source->object, sizeof source->object, "objects/%s.%.*so", taken[t].lab->name,
                     (int)strlen(file->name) - 1, file->name);
            describe_inputs(build, source, given);
            word_compilation(build, source);
        }
    return good;
}

static bool lay_out_all(const struct build *build, const struct taken *taken, size_t count,
                        struct source *sources, size_t *source_count)
{
    struct text headers = {0};
    bool good = give_all_headers(build, &headers);
    uint64_t given = hash_of(&headers);
    for (size_t t = 0; good && t < count; t++) {
        char from[NAME];
        char to[NAME];
        snprintf(from, sizeof from, "labs/%s", taken[t].lab->name);
        snprintf(to, sizeof to, "%s/%s", taken[t].tree->shown, taken[t].lab->name);
        good = give_headers(build, from, to, &headers);
    }
    text_free(&headers);
    return good && lay_out(build, taken, count, sources, source_count, given);
}

/* ---- compiling ---- */

/* An object, and nothing that the linker would take for a script or run; nor one that talks to
   valgrind, which could ask whether it is watched and turn that off. */
static bool is_object(const struct text *bytes, struct text *said, const char *name)
{
    if (bytes->length < 4 || memcmp(bytes->start, "\177ELF", 4) != 0) {
        text_add(said, _("%s: what the compiler wrote is no object file.\n"), name);
        return false;
    }
    if (holds_client_request(bytes->start, bytes->length)) {
        text_add(
            said,
            _("%s: it talks to valgrind (as the macros of <valgrind/valgrind.h> do), and such a "
              "program is not run here. Take that out.\n"),
            name);
        return false;
    }
    return true;
}

/* Takes in the object that COMMAND made of SOURCE. */
static bool take_object(const struct build *build, struct source *source,
                        const struct command *command, const char *cache)
{
    struct text object = {0};
    bool good = build_tell(&source->said, command, source->name);
    if (good && !read_plain_file(build->place->folder, source->object, MOST_OBJECT, &object)) {
        text_add(&source->said, _("%s: its object cannot be read (%s).\n"), source->name,
                 strerror(errno));
        good = false;
    }
    good = good && is_object(&object, &source->said, source->name);
    if (good)
        objects_keep(cache, &source->inputs, &object, &source->said);
    text_free(&object);
    return good;
}

/* Makes the objects of all sources: those that are kept, and those that must be compiled. False if
   that cannot be done at all. */
static bool compile(const struct build *build, struct source *sources, size_t count)
{
    struct command commands[MOST_SOURCES] = {{.words = NULL}};
    struct source *compiled[MOST_SOURCES];
    struct command_place place = build_where(build);
    char *cache = kit_built(build->kit, "objects");
    bool good = true;
    size_t running = 0;
    for (size_t i = 0; i < count && good; i++) {
        struct text object = {0};
        if (sources[i].compiled)
            continue;
        if (!objects_find(cache, &sources[i].inputs, &object, &sources[i].said)) {
            compiled[running] = &sources[i];
            commands[running++].words = sources[i].words.list;
        } else if (is_object(&object, &sources[i].said, sources[i].name)) {
            good = place_write(build->place, sources[i].object, &object) || errno == EEXIST;
            sources[i].compiled = good;
        } /* else an earlier kit kept it */
        text_free(&object);
    }
    good = good && (running == 0 || commands_run(commands, running, &place));
    for (size_t i = 0; i < running; i++) {
        compiled[i]->compiled = good && take_object(build, compiled[i], &commands[i], cache);
        text_free(&commands[i].said);
    }
    free(cache);
    return good;
}

/* ---- both ---- */

/* Builds the same programs once more, with AddressSanitizer. Where that cannot be done, they are
   missing: not every compiler comes with it. What can be said about the files has been said. */
static void build_sanitized(const struct build *build, const struct lab_files *lab,
                            const char *folder, const struct source *plain, size_t count)
{
    struct source sources[MOST_SOURCES] = {{.taken = NULL}};
    for (size_t i = 0; i < count; i++)
        sanitized(&sources[i], &plain[i]);
    bool done = compile(build, sources, count);
    if (done)
        link_sanitized(build, lab, folder, sources, count);
    for (size_t i = 0; i < count; i++) {
        words_free(&sources[i].words);
        text_free(&sources[i].inputs);
        text_free(&sources[i].said);
    }
}

enum build_result build_programs(const struct build *build, const struct lab_files *lab,
                                 const struct taken *taken, size_t count, const char *folder,
                                 struct text *said)
{
    struct source sources[MOST_SOURCES + 1] = {{.taken = NULL}};
    size_t source_count = 0;
    enum build_result result = BUILD_FAULT;
    bool done = false;
    if (lay_out_all(build, taken, count, sources, &source_count) &&
        (place_open_folder(build->place, "objects") || errno == EEXIST) &&
        place_open_folder(build->place, folder))
        done = compile(build, sources, source_count);
    for (size_t i = 0; i < source_count; i++) {
        if (sources[i].said.start != NULL)
            text_add(said, "%s", sources[i].said.start);
    }
    if (done)
        result = link_programs(build, lab, folder, sources, source_count, said);
    if (!build->by_hand && !build->plain && (result == BUILD_DONE || result == BUILD_PART))
        build_sanitized(build, lab, folder, sources, source_count);
    if ((result == BUILD_DONE || result == BUILD_PART) && !place_close_folder(build->place, folder))
        result = BUILD_FAULT;
    for (size_t i = 0; i < MOST_SOURCES; i++) {
        words_free(&sources[i].words);
        text_free(&sources[i].inputs);
        text_free(&sources[i].said);
    }
    return result;
}
