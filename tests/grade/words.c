#include "grade/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void words_add(struct words *words, const char *word)
{
    if (words->count == MOST_WORDS)
        abort();
    words->list[words->count++] = word;
}

void words_make(struct words *words, const char *format, ...)
{
    va_list arguments;
    char *word = NULL;
    va_start(arguments, format);
    if (vasprintf(&word, format, arguments) == -1)
        abort();
    va_end(arguments);
    words_add(words, word);
    words->made[words->made_count++] = word;
}

void words_split(struct words *words, const char *string)
{
    for (string += strspn(string, " "); *string != '\0'; string += strspn(string, " ")) {
        int length = (int)strcspn(string, " ");
        words_make(words, "%.*s", length, string);
        string += length;
    }
}

void words_free(struct words *words)
{
    for (size_t i = 0; i < words->made_count; i++)
        free(words->made[i]);
    *words = (struct words){.count = 0};
}
