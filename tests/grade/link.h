/* The second half of building (build.h): makes programs of what could be compiled. */
#ifndef SOCKLADDER_GRADE_LINK_H
#define SOCKLADDER_GRADE_LINK_H

#include "grade/build.h"
#include "grade/command.h"
#include "grade/words.h"

enum { MOST_OBJECT = 16 << 20, BUILD_NAME = 256 };

/* What the names of programs and objects end in that watch their own memory (launch.h), and how
   they are made. */
#define SANITIZED ".sanitized"
#define SANITIZE "-fsanitize=address"

struct source {
    char name[BUILD_NAME];   /* "labs/1-echo/tcp.c" */
    char object[BUILD_NAME]; /* "objects/1-echo.tcp.o" */
    const struct taken *taken;
    const struct taken_file *file;
    struct text inputs; /* all that its object depends on */
    struct words words;
    struct text said;
    bool compiled;
};

/* Adds what COMMAND, which works on NAME, has said, and how it ended if not by itself. True when it
   went well. */
bool build_tell(struct text *said, const struct command *command, const char *name);

/* Where the commands of BUILD work. */
struct command_place build_where(const struct build *build);

/*
 * Links the programs of LAB in PLACE/FOLDER as far as the files that they need are among the COUNT
 * SOURCES and could be compiled. A driver is linked with what it needs alone, so that it works
 * while other files do not; with all of them if its own need something of theirs. SAID gets what
 * the linker said.
 */
enum build_result link_programs(const struct build *build, const struct lab_files *lab,
                                const char *folder, const struct source *sources, size_t count,
                                struct text *said);

/* Links server and client with AddressSanitizer, from SOURCES that were compiled for it. Where that
   cannot be done they are missing. */
void link_sanitized(const struct build *build, const struct lab_files *lab, const char *folder,
                    const struct source *sources, size_t count);

#endif
