/* A source file as the compiler reads it, over libclang: which part of its text is what. */
#ifndef SOCKLADDER_MUTANTS_SYNTAX_H
#define SOCKLADDER_MUTANTS_SYNTAX_H

#include "grader/base/text.h"

#include <clang-c/Index.h>
#include <stdbool.h>
#include <stddef.h>

struct syntax {
    CXIndex index;
    CXTranslationUnit unit;
    CXFile file;
    struct text source;
};

/* Bytes of the source, from BEGIN to END. */
struct span {
    size_t begin;
    size_t end;
};

/* Reads the file PATH, with the includes that the kit's folder ROOT offers. False after a message:
   it cannot be read, or has an error. syntax_close() ends it in both cases. */
bool syntax_open(struct syntax *syntax, const char *path, const char *root);
void syntax_close(struct syntax *syntax);

/* Where CURSOR stands. False if that is not in this file. What a macro stands for stands where the
   macro does. */
bool syntax_span(const struct syntax *syntax, CXCursor cursor, struct span *span);

/* CURSOR is a part of what a macro stands for. */
bool syntax_is_in_macro(CXCursor cursor);

/* The first MOST of the parts of CURSOR, in order. Returns how many there are in LIST. */
size_t syntax_children(CXCursor cursor, CXCursor *list, size_t most);

/* The commas in SPAN that are not inside inner parentheses, braces or brackets: where each stands
   is put into LIST, of MOST places. Returns how many. */
size_t syntax_commas(const struct syntax *syntax, struct span span, size_t *list, size_t most);

/* CURSOR has a whole number as its value; a pointer; a truth value. */
bool syntax_is_number(CXCursor cursor);
bool syntax_is_pointer(CXCursor cursor);
bool syntax_is_truth(CXType type);

/* The parameter INDEX of the function that CALL calls is a size_t or a socklen_t. */
bool syntax_takes_size(CXCursor call, unsigned index);

#endif
