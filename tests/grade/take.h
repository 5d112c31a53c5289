/*
 * Takes of a stranger's tree what is graded: the files that the lab asks for, and headers beside
 * them. Nothing else in the tree is looked at, no link is followed, and no name in it but plain
 * ones is ever used.
 */
#ifndef SOCKLADDER_GRADE_TAKE_H
#define SOCKLADDER_GRADE_TAKE_H

#include "grade/labs.h"
#include "grader/base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum { MOST_HEADERS = 16, PLAIN_NAME = 64 };

/* A tree with labs in it, that one of this kit or a stranger's. */
struct tree {
    const char *path;   /* where it is: any bytes */
    const char *shown;  /* what its files are called in messages and in the place: a plain name */
    bool holds_objects; /* the kit's own reference, compiled: "1-echo/tcp.o" for "1-echo/tcp.c" */
};

struct taken_file {
    char name[PLAIN_NAME]; /* "tcp.c", "queue.h" */
    struct text bytes;
};

/* What was taken of one lab of a tree. */
struct taken {
    const struct tree *tree;
    const struct lab_files *lab;
    struct taken_file files[LAB_FILES + MOST_HEADERS];
    size_t count;
};

/*
 * Fills *TAKEN with the files NAMES ("tcp"; LAB_FILES places) of LAB, and the headers beside them,
 * that stand below the folder of TREE: in its folder "1-echo", loose in itself, or in the one
 * folder of it that holds either, at most two folders down. Headers that the lab gives (folder
 * GIVEN, "labs/1-echo" of the kit) are left out, whatever the tree's say.
 *
 * True; or false, and WHY says to a person what is wrong, a line for each thing; then *TAKEN holds
 * the others. `taken_free` ends it in both cases.
 */
bool take(struct taken *taken, const struct tree *tree, const struct lab_files *lab,
          const char *const *names, const char *given, struct text *why);
void taken_free(struct taken *taken);

/* Takes all that the programs of LAB are built from, its own files from TREE and those below from
   BASE: fills TAKEN, at most 1 + LAB_FILES of them, and *COUNT. ROOT is the kit. True or false as
   take() says; taken_free() ends each. */
bool take_for(struct taken *taken, size_t *count, const struct tree *tree, const struct tree *base,
              const struct lab_files *lab, const char *root, struct text *why);

/* Reads the regular file NAME in FOLDER, of at most MOST bytes, never through a link and never
   waiting for anybody. False with errno: ENOENT, ELOOP (a link), EINVAL (no regular file), EFBIG.
 */
bool read_plain_file(int folder, const char *name, size_t most, struct text *bytes);

#endif
