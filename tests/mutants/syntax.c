#include "mutants/syntax.h"

#include "grade/take.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SOURCE = 1 << 20 };

static bool has_errors(CXTranslationUnit unit)
{
    bool errors = false;
    for (unsigned i = 0; i < clang_getNumDiagnostics(unit); i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(unit, i);
        if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error) {
            CXString words = clang_formatDiagnostic(diagnostic, CXDiagnostic_DisplaySourceLocation);
            fprintf(stderr, "mutants: %s\n", clang_getCString(words));
            clang_disposeString(words);
            errors = true;
        }
        clang_disposeDiagnostic(diagnostic);
    }
    return errors;
}

bool syntax_open(struct syntax *syntax, const char *path, const char *root)
{
    struct text kit = {0};
    struct text labs = {0};
    text_add(&kit, "-I%s", root);
    text_add(&labs, "-I%s/labs", root);
    const char *const arguments[] = {"-std=gnu17", "-D_DEFAULT_SOURCE", kit.start, labs.start};
    *syntax = (struct syntax){.index = clang_createIndex(0, 0)};
    if (!read_plain_file(AT_FDCWD, path, MOST_SOURCE, &syntax->source)) {
        fprintf(stderr, "mutants: %s: %s\n", path, strerror(errno));
    } else {
        syntax->unit = clang_parseTranslationUnit(syntax->index, path, arguments,
                                                  sizeof arguments / sizeof arguments[0], NULL, 0,
                                                  CXTranslationUnit_None);
        if (syntax->unit == NULL)
            fprintf(stderr, "mutants: libclang cannot read %s\n", path);
        else
            syntax->file = clang_getFile(syntax->unit, path);
    }
    text_free(&kit);
    text_free(&labs);
    return syntax->unit != NULL && !has_errors(syntax->unit);
}

void syntax_close(struct syntax *syntax)
{
    if (syntax->unit != NULL)
        clang_disposeTranslationUnit(syntax->unit);
    clang_disposeIndex(syntax->index);
    text_free(&syntax->source);
    *syntax = (struct syntax){0};
}

bool syntax_span(const struct syntax *syntax, CXCursor cursor, struct span *span)
{
    CXSourceRange range = clang_getCursorExtent(cursor);
    CXFile files[2];
    unsigned offsets[2];
    clang_getFileLocation(clang_getRangeStart(range), &files[0], NULL, NULL, &offsets[0]);
    clang_getFileLocation(clang_getRangeEnd(range), &files[1], NULL, NULL, &offsets[1]);
    for (int i = 0; i < 2; i++)
        if (files[i] == NULL || !clang_File_isEqual(files[i], syntax->file))
            return false;
    *span = (struct span){offsets[0], offsets[1]};
    return span->begin < span->end && span->end <= syntax->source.length;
}

bool syntax_is_in_macro(CXCursor cursor)
{
    CXSourceLocation begin = clang_getRangeStart(clang_getCursorExtent(cursor));
    CXFile files[2];
    unsigned offsets[2];
    clang_getFileLocation(begin, &files[0], NULL, NULL, &offsets[0]);
    clang_getSpellingLocation(begin, &files[1], NULL, NULL, &offsets[1]);
    return files[0] == NULL || files[1] == NULL || !clang_File_isEqual(files[0], files[1]) ||
           offsets[0] != offsets[1];
}

struct children {
    CXCursor *list;
    size_t count;
    size_t most;
};

static enum CXChildVisitResult take_child(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct children *children = data;
    (void)parent;
    if (children->count == children->most)
        return CXChildVisit_Break;
    children->list[children->count++] = cursor;
    return CXChildVisit_Continue;
}

size_t syntax_children(CXCursor cursor, CXCursor *list, size_t most)
{
    struct children children = {list, 0, most};
    clang_visitChildren(cursor, take_child, &children);
    return children.count;
}

/* How much deeper than before the text is after TOKEN; 0 if it is no parenthesis or the like. */
static int deeper(const char *token)
{
    if (strlen(token) != 1)
        return 0;
    return strchr("([{", token[0]) != NULL ? 1 : strchr(")]}", token[0]) != NULL ? -1 : 0;
}

size_t syntax_commas(const struct syntax *syntax, struct span span, size_t *list, size_t most)
{
    CXToken *tokens = NULL;
    unsigned token_count = 0;
    size_t count = 0;
    int depth = 0;
    CXSourceRange range =
        clang_getRange(clang_getLocationForOffset(syntax->unit, syntax->file, (unsigned)span.begin),
                       clang_getLocationForOffset(syntax->unit, syntax->file, (unsigned)span.end));
    clang_tokenize(syntax->unit, range, &tokens, &token_count);
    for (unsigned i = 0; i < token_count && count < most; i++) {
        unsigned offset;
        CXString word = clang_getTokenSpelling(syntax->unit, tokens[i]);
        clang_getFileLocation(clang_getTokenLocation(syntax->unit, tokens[i]), NULL, NULL, NULL,
                              &offset);
        depth += deeper(clang_getCString(word));
        if (depth == 0 && offset < span.end && strcmp(clang_getCString(word), ",") == 0)
            list[count++] = offset;
        clang_disposeString(word);
    }
    clang_disposeTokens(syntax->unit, tokens, token_count);
    return count;
}

/* ---- types ---- */

static enum CXTypeKind kind_of(CXType type)
{
    return clang_getCanonicalType(type).kind;
}

bool syntax_is_truth(CXType type)
{
    return kind_of(type) == CXType_Bool;
}

static bool is_number(CXType type)
{
    enum CXTypeKind kind = kind_of(type);
    return kind == CXType_Enum || (kind >= CXType_Bool && kind <= CXType_Int128);
}

bool syntax_is_number(CXCursor cursor)
{
    return is_number(clang_getCursorType(cursor));
}

bool syntax_is_pointer(CXCursor cursor)
{
    enum CXTypeKind kind = kind_of(clang_getCursorType(cursor));
    return kind == CXType_Pointer || kind == CXType_ConstantArray;
}

bool syntax_takes_size(CXCursor call, unsigned index)
{
    CXType type = clang_getCursorType(clang_getCursorReferenced(call));
    if (kind_of(type) != CXType_FunctionProto || (int)index >= clang_getNumArgTypes(type))
        return false;
    CXString name = clang_getTypeSpelling(clang_getArgType(type, index));
    const char *words = clang_getCString(name);
    bool size = strcmp(words, "size_t") == 0 || strcmp(words, "socklen_t") == 0;
    clang_disposeString(name);
    return size;
}
