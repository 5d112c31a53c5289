#include "grade/link.h"

#include "grade/linker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* gcc and clang call by different names what puts the sanitizer into the program: as a shared
   library it must be loaded first, and so must the probe. */
static const char *const sanitizer_inside[] = {"-static-libasan", "-static-libsan"};

bool build_tell(struct text *said, const struct command *command, const char *name)
{
    text_harmless(said, command->said.start, command->said.length, SIZE_MAX, true);
    if (said->length > 0 && said->start[said->length - 1] != '\n')
        text_add(said, "\n");
    bool good = command->end == COMMAND_EXITED && WIFEXITED(command->status) &&
                WEXITSTATUS(command->status) == 0;
    /* Of what it has started, the compiler tells it, and asks for a bug report. */
    bool used_up = !good && has_words(&command->said, sigdescr_np(SIGXCPU));
    if (command->end == COMMAND_LATE || used_up)
        text_add(said, _("%s: the compiler took too long and was stopped.\n"), name);
    else if (command->end == COMMAND_FLOODED)
        text_add(said, _("%s: the compiler said too much and was stopped.\n"), name);
    else if (WIFSIGNALED(command->status))
        text_add(said, _("%s: the compiler was ended by SIG%s.\n"), name,
                 sigabbrev_np(WTERMSIG(command->status)));
    return good;
}

struct command_place build_where(const struct build *build)
{
    return (struct command_place){.folder = build->place->path,
                                  .user = build->place->user,
                                  .boxed = build->boxed,
                                  .patience = build->patience};
}

/* Copies an object of the kit to the place, and adds it to WORDS. */
static bool give_object(const struct build *build, struct words *words, const char *name)
{
    struct text bytes = {0};
    char *path = kit_built(build->kit, name);
    size_t count = words->count;
    words_make(words, "given/objects/%s", name);
    bool good = read_plain_file(AT_FDCWD, path, MOST_OBJECT, &bytes) &&
                (place_write(build->place, words->list[count], &bytes) || errno == EEXIST);
    if (!good)
        fprintf(stderr, "grade: %s: %s\n", path, strerror(errno));
    text_free(&bytes);
    free(path);
    return good;
}

/* The unit ("1-echo/tcp") among SOURCES, compiled; NULL: it was not taken, or cannot be compiled.
 */
static const struct source *find_unit(const struct source *sources, size_t count, const char *unit)
{
    size_t folder = strcspn(unit, "/");
    for (size_t i = 0; i < count; i++) {
        const char *lab = sources[i].taken->lab->name;
        const char *file = sources[i].file->name;
        if (strlen(lab) == folder && strncmp(lab, unit, folder) == 0 &&
            strncmp(file, unit + folder + 1, strlen(file) - 2) == 0 &&
            unit[folder + 1 + strlen(file) - 2] == '\0')
            return sources[i].compiled ? &sources[i] : NULL;
    }
    return NULL;
}

static bool can_be_linked(const struct lab_program *program, const struct source *sources,
                          size_t count)
{
    for (size_t i = 0; i < count_names(program->needs); i++)
        if (find_unit(sources, count, program->needs[i]) == NULL)
            return false;
    return true;
}

/* With what PROGRAM needs, or with ALL that could be compiled. */
static bool word_link(const struct build *build, struct words *words, const struct lab_files *lab,
                      const char *folder, const struct lab_program *program,
                      const struct source *sources, size_t count, bool all)
{
    char name[BUILD_NAME];
    words_split(words, build->kit->compiler);
    words_add(words, "-fno-lto"); /* an object must not tell the linker what to run */
    words_add(words, "-pthread");
    words_add(words, "-o");
    words_make(words, "%s/%s", folder, program->name);
    snprintf(name, sizeof name, "%s.o", program->main);
    bool good = give_object(build, words, name);
    for (size_t i = 0; all && i < count; i++)
        if (sources[i].compiled)
            words_add(words, sources[i].object);
    for (size_t i = 0; !all && i < count_names(program->needs); i++)
        words_add(words, find_unit(sources, count, program->needs[i])->object);
    for (size_t i = 0; good && !program->is_driver && i < count_names(lab->given); i++) {
        snprintf(name, sizeof name, "labs/%s.o", lab->given[i]);
        good = give_object(build, words, name);
    }
    return good && give_object(build, words, "common/address.o") &&
           give_object(build, words, "common/console.o") &&
           give_object(build, words, "common/delay.o");
}

/* One attempt to link those PROGRAMS that are still to do. Adds what the linker said to LINKED. */
static bool link_once(const struct build *build, const struct lab_files *lab, const char *folder,
                      const struct source *sources, size_t count, enum build_result *results,
                      bool again, struct text *linked)
{
    struct words words[LAB_PROGRAMS] = {{.count = 0}};
    struct command commands[LAB_PROGRAMS] = {{.words = NULL}};
    size_t whose[LAB_PROGRAMS];
    struct command_place place = build_where(build);
    size_t running = 0;
    bool good = true;
    for (size_t i = 0; good && i < LAB_PROGRAMS; i++) {
        const struct lab_program *program = &lab->programs[i];
        if (results[i] != BUILD_PART)
            continue;
        good = word_link(build, &words[i], lab, folder, program, sources, count,
                         again || !program->is_driver);
        commands[running].words = words[i].list;
        whose[running++] = i;
    }
    good = good && (running == 0 || commands_run(commands, running, &place));
    for (size_t i = 0; i < running; i++) {
        const struct lab_program *program = &lab->programs[whose[i]];
        struct text said = {0};
        if (good && build_tell(&said, &commands[i], program->name))
            results[whose[i]] = BUILD_DONE;
        else if (!program->is_driver || again)
            results[whose[i]] = BUILD_WRONG;
        /* The server and the client say the same of the same files. */
        if (said.start != NULL && results[whose[i]] == BUILD_WRONG &&
            (!program->is_driver || linked->length == 0))
            text_add(linked, "%s", said.start);
        text_free(&said);
        text_free(&commands[i].said);
    }
    for (size_t i = 0; i < LAB_PROGRAMS; i++)
        words_free(&words[i]);
    return good;
}

enum build_result link_programs(const struct build *build, const struct lab_files *lab,
                                const char *folder, const struct source *sources, size_t count,
                                struct text *said)
{
    enum build_result results[LAB_PROGRAMS]; /* BUILD_PART: to do */
    size_t done = 0;
    size_t all = 0;
    struct text linked = {0};
    for (size_t i = 0; i < LAB_PROGRAMS; i++) {
        const struct lab_program *program = &lab->programs[i];
        bool wanted = program->name != NULL && !(build->by_hand && program->is_driver);
        all += wanted;
        results[i] = wanted && can_be_linked(program, sources, count) ? BUILD_PART : BUILD_WRONG;
    }
    bool good = link_once(build, lab, folder, sources, count, results, false, &linked) &&
                link_once(build, lab, folder, sources, count, results, true, &linked);
    for (size_t i = 0; i < LAB_PROGRAMS; i++)
        done += results[i] == BUILD_DONE;
    if (linked.start != NULL)
        linker_explain(said, linked.start, lab, build->kit);
    text_free(&linked);
    if (!good)
        return BUILD_FAULT;
    return done == all ? BUILD_DONE : done > 0 ? BUILD_PART : BUILD_WRONG;
}

/* Links server and client with AddressSanitizer in the one way or the other. */
static bool link_inside(const struct build *build, const struct lab_files *lab, const char *folder,
                        const struct source *sources, size_t count, const char *inside)
{
    struct words words[LAB_PROGRAMS] = {{.count = 0}};
    struct command commands[LAB_PROGRAMS] = {{.words = NULL}};
    struct command_place place = build_where(build);
    size_t running = 0;
    bool good = true;
    for (size_t i = 0; good && i < LAB_PROGRAMS; i++) {
        const struct lab_program *program = &lab->programs[i];
        if (program->name == NULL || program->is_driver || !can_be_linked(program, sources, count))
            continue;
        struct words *list = &words[running];
        good = word_link(build, list, lab, folder, program, sources, count, true);
        words_add(list, SANITIZE);
        words_add(list, inside);
        words_add(list, "-rdynamic"); /* the probe asks the sanitizer what is whose */
        for (size_t word = 0; word + 1 < list->count; word++)
            if (strcmp(list->list[word], "-o") == 0) {
                words_make(list, "%s/%s" SANITIZED, folder, program->name);
                list->list[word + 1] = list->list[--list->count];
                list->list[list->count] = NULL;
            }
        commands[running++].words = list->list;
    }
    good = good && (running == 0 || commands_run(commands, running, &place));
    for (size_t i = 0; i < running; i++) {
        struct text unheard = {0};
        good = good && build_tell(&unheard, &commands[i], "AddressSanitizer");
        text_free(&unheard);
        text_free(&commands[i].said);
    }
    for (size_t i = 0; i < LAB_PROGRAMS; i++)
        words_free(&words[i]);
    return good;
}

void link_sanitized(const struct build *build, const struct lab_files *lab, const char *folder,
                    const struct source *sources, size_t count)
{
    for (size_t i = 0; i < sizeof sanitizer_inside / sizeof sanitizer_inside[0]; i++)
        if (link_inside(build, lab, folder, sources, count, sanitizer_inside[i]))
            return;
}
