/* The words of a command line. */
#ifndef SOCKLADDER_GRADE_WORDS_H
#define SOCKLADDER_GRADE_WORDS_H

#include <stddef.h>

enum { MOST_WORDS = 64 };

/* Starts with {.count = 0}; words_free() ends it. Too many words end the program. */
struct words {
    const char *list[MOST_WORDS + 1]; /* up to NULL, as execv(2) wants it */
    size_t count;
    char *made[MOST_WORDS]; /* those of them that go with the list */
    size_t made_count;
};

/* Adds WORD, which must live as long as the list; one that is made from FORMAT; those of STRING,
   which spaces part. */
void words_add(struct words *words, const char *word);
void words_make(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));
void words_split(struct words *words, const char *string);

void words_free(struct words *words);

#endif
