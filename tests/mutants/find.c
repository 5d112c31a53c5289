#include "mutants/find.h"

#include "mutants/syntax.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 256 };

/* What is passed on while the file is looked through. */
struct search {
    struct syntax syntax;
    struct mutations *found;
    char function[FUNCTION_NAME];
    CXType returns;   /* the function's result */
    struct span last; /* its last statement */
};

/* ---- what stands where ---- */

static bool is_at(const struct search *search, struct span span, const char *words)
{
    size_t length = strlen(words);
    return span.end - span.begin >= length &&
           memcmp(search->syntax.source.start + span.begin, words, length) == 0;
}

static int length_of(struct span span)
{
    return (int)(span.end - span.begin);
}

static const char *text_at(const struct search *search, struct span span)
{
    return search->syntax.source.start + span.begin;
}

/* A name as constants have it: MSG_NOSIGNAL. */
static bool is_constant_name(const struct search *search, struct span span)
{
    const char *at = text_at(search, span);
    bool good = isupper((unsigned char)at[0]) && length_of(span) > 1;
    for (int i = 0; good && i < length_of(span); i++)
        good = isupper((unsigned char)at[i]) || isdigit((unsigned char)at[i]) || at[i] == '_';
    return good;
}

static struct span without_space(const struct search *search, struct span span)
{
    const char *source = search->syntax.source.start;
    while (span.begin < span.end && isspace((unsigned char)source[span.begin]))
        span.begin++;
    while (span.begin < span.end && isspace((unsigned char)source[span.end - 1]))
        span.end--;
    return span;
}

/* ---- adding ---- */

static void add(struct search *search, const char *kind, struct span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void add(struct search *search, const char *kind, struct span span, const char *format, ...)
{
    struct mutation one = {.kind = kind, .begin = span.begin, .end = span.end};
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&one.text, format, arguments) == -1)
        abort();
    va_end(arguments);
    snprintf(one.function, sizeof one.function, "%s", search->function);
    mutations_add(search->found, &search->syntax.source, one);
}

static void add_one_more_and_less(struct search *search, const char *kind, struct span span)
{
    add(search, kind, span, "(%.*s + 1)", length_of(span), text_at(search, span));
    add(search, kind, span, "(%.*s - 1)", length_of(span), text_at(search, span));
}

/* ---- expressions ---- */

/* CONDITION, or a part of one. */
static void change_condition(struct search *search, CXCursor condition)
{
    struct span span;
    if (!syntax_span(&search->syntax, condition, &span))
        return;
    add(search, "condition", span, "0");
    add(search, "condition", span, "1");
    add(search, "condition", span, "!(%.*s)", length_of(span), text_at(search, span));
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Operators that may stand for one another, and what they are called. */
struct family {
    const char *kind;
    const char *const *members;
};

static bool has_member(const struct family *family, const struct search *search, struct span sign)
{
    for (size_t i = 0; family->members[i] != NULL; i++)
        if (length_of(sign) == (int)strlen(family->members[i]) &&
            is_at(search, sign, family->members[i]))
            return true;
    return false;
}

static void change_operator(struct search *search, struct span sign)
{
    const struct family families[] = {
        {"relation", LIST("<", "<=", ">", ">=", "==", "!=")},
        {"arithmetic", LIST("+", "-")},
        {"arithmetic", LIST("*", "/", "%")},
        {"arithmetic", LIST("<<", ">>")},
        {"arithmetic", LIST("&", "|", "^")},
        {"logic", LIST("&&", "||")},
        {"assignment", LIST("+=", "-=", "=")},
        {"assignment", LIST("*=", "/=", "=")},
        {"assignment", LIST("|=", "&=", "=")},
    };
    /* A plain assignment is left: += for = is no slip that anybody makes. */
    if (length_of(sign) == 1 && is_at(search, sign, "="))
        return;
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (has_member(&families[i], search, sign))
            for (size_t other = 0; families[i].members[other] != NULL; other++)
                add(search, families[i].kind, sign, "%s", families[i].members[other]);
}

/* A name of a flag, or several with | between them, in place of a number. */
static void change_flags(struct search *search, CXCursor cursor)
{
    struct span span;
    if (!syntax_span(&search->syntax, cursor, &span) || !syntax_is_number(cursor))
        return;
    bool several = memchr(text_at(search, span), '|', (size_t)length_of(span)) != NULL &&
                   isupper((unsigned char)*text_at(search, span));
    if (several || is_constant_name(search, span))
        add(search, "flags", span, "0");
}

static void change_binary(struct search *search, CXCursor cursor)
{
    CXCursor parts[2];
    struct span spans[2];
    if (syntax_children(cursor, parts, 2) != 2 ||
        !syntax_span(&search->syntax, parts[0], &spans[0]) ||
        !syntax_span(&search->syntax, parts[1], &spans[1]) || spans[0].end >= spans[1].begin)
        return;
    struct span sign = without_space(search, (struct span){spans[0].end, spans[1].begin});
    change_operator(search, sign);
    if (is_at(search, sign, "&&") || is_at(search, sign, "||")) {
        change_condition(search, parts[0]);
        change_condition(search, parts[1]);
    }
    if (length_of(sign) == 1 && is_at(search, sign, "|")) {
        change_flags(search, parts[0]);
        change_flags(search, parts[1]);
    }
    if (length_of(sign) == 1 && is_at(search, sign, "="))
        change_flags(search, parts[1]);
}

static void change_unary(struct search *search, struct span span)
{
    static const char *const pairs[][2] = {{"++", "--"}, {"--", "++"}};
    for (size_t i = 0; i < 2; i++) {
        struct span front = {span.begin, span.begin + 2};
        struct span back = {span.end - 2, span.end};
        if (is_at(search, front, pairs[i][0]))
            add(search, "arithmetic", front, "%s", pairs[i][1]);
        else if (is_at(search, back, pairs[i][0]))
            add(search, "arithmetic", back, "%s", pairs[i][1]);
        else
            continue;
        return;
    }
    struct span sign = {span.begin, span.begin + 1};
    if (is_at(search, sign, "!") || is_at(search, sign, "-") || is_at(search, sign, "~"))
        add(search, is_at(search, sign, "!") ? "condition" : "arithmetic", sign, " ");
}

static void change_number(struct search *search, struct span span)
{
    if (is_constant_name(search, span))
        return;
    add(search, "constant", span, "0");
    add(search, "constant", span, "1");
    add_one_more_and_less(search, "constant", span);
}

/* A constant of the kit's own is a size or a limit. What the system defines is a name among others,
   and one more of it means nothing. */
static void change_name(struct search *search, CXCursor cursor, struct span span)
{
    CXCursor declared = clang_getCursorReferenced(cursor);
    if (declared.kind == CXCursor_EnumConstantDecl &&
        !clang_Location_isInSystemHeader(clang_getCursorLocation(declared)))
        add_one_more_and_less(search, "size", span);
}

static void change_arguments(struct search *search, CXCursor call)
{
    int count = clang_Cursor_getNumArguments(call);
    for (int i = 0; i < count; i++) {
        CXCursor one = clang_Cursor_getArgument(call, (unsigned)i);
        struct span span;
        if (!syntax_span(&search->syntax, one, &span))
            continue;
        change_flags(search, one);
        if (syntax_takes_size(call, (unsigned)i))
            add_one_more_and_less(search, "size", span);
        for (int j = i + 1; j < count; j++) {
            CXCursor other = clang_Cursor_getArgument(call, (unsigned)j);
            struct span there;
            bool alike = (syntax_is_number(one) && syntax_is_number(other)) ||
                         (syntax_is_pointer(one) && syntax_is_pointer(other));
            if (!alike || !syntax_span(&search->syntax, other, &there) || there.begin < span.end)
                continue;
            add(search, "swapped arguments", (struct span){span.begin, there.end}, "%.*s%.*s%.*s",
                length_of(there), text_at(search, there), (int)(there.begin - span.end),
                search->syntax.source.start + span.end, length_of(span), text_at(search, span));
        }
    }
}

static void change_index(struct search *search, CXCursor cursor)
{
    CXCursor parts[2];
    struct span span;
    if (syntax_children(cursor, parts, 2) == 2 && syntax_span(&search->syntax, parts[1], &span))
        add_one_more_and_less(search, "index", span);
}

/* Leaves out each member of an initialiser with names. */
static void change_members(struct search *search, struct span span)
{
    size_t commas[PARTS];
    struct span inside = {span.begin + 1, span.end - 1};
    if (!is_at(search, span, "{"))
        return;
    size_t count = syntax_commas(&search->syntax, inside, commas, PARTS);
    size_t begin = inside.begin;
    for (size_t i = 0; i <= count; i++) {
        size_t end = i < count ? commas[i] : inside.end;
        struct span member = without_space(search, (struct span){begin, end});
        if (length_of(member) > 0 && is_at(search, member, "."))
            add(search, "initialiser",
                (struct span){member.begin, i < count ? end + 1 : member.end}, " ");
        begin = end + 1;
    }
}

/* ---- statements ---- */

static void delete_statement(struct search *search, CXCursor cursor)
{
    struct span span;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (kind == CXCursor_CompoundStmt || kind == CXCursor_DeclStmt || kind == CXCursor_NullStmt ||
        kind == CXCursor_CaseStmt || kind == CXCursor_DefaultStmt ||
        !syntax_span(&search->syntax, cursor, &span))
        return;
    if (kind == CXCursor_ReturnStmt && span.begin == search->last.begin &&
        search->returns.kind != CXType_Void)
        return; /* every function that returns something returns it at its end */
    const char *source = search->syntax.source.start;
    add(search, "deleted statement", span, source[span.end - 1] == '}' ? ";" : "");
}

static void change_return(struct search *search, CXCursor cursor)
{
    CXCursor value;
    struct span span;
    if (syntax_children(cursor, &value, 1) != 1 || !syntax_span(&search->syntax, value, &span))
        return;
    if (clang_getCanonicalType(search->returns).kind == CXType_Pointer) {
        add(search, "return value", span, "0");
        return;
    }
    add(search, "return value", span, "0");
    add(search, "return value", span, "1");
    if (syntax_is_truth(search->returns))
        add(search, "return value", span, "!(%.*s)", length_of(span), text_at(search, span));
    else
        add(search, "return value", span, "-1");
}

/* for (…; condition; step) body: any of them may be missing. */
static void change_for(struct search *search, struct span whole, const CXCursor *parts,
                       size_t count)
{
    const char *source = search->syntax.source.start;
    const char *first = memchr(source + whole.begin, ';', (size_t)length_of(whole));
    const char *second =
        first == NULL ? NULL : memchr(first + 1, ';', (size_t)(source + whole.end - first - 1));
    for (size_t i = 0; i + 1 < count && second != NULL; i++) {
        struct span span;
        if (!syntax_span(&search->syntax, parts[i], &span))
            continue;
        if (source + span.begin > second)
            add(search, "deleted statement", span, " ");
        else if (source + span.begin > first)
            change_condition(search, parts[i]);
    }
    delete_statement(search, parts[count - 1]);
}

/* case X: and default: without what follows them. */
static void delete_label(struct search *search, struct span span, CXCursor statement)
{
    struct span follows;
    if (syntax_span(&search->syntax, statement, &follows))
        add(search, "deleted label", (struct span){span.begin, follows.begin}, "%s", "");
}

static void change_variable(struct search *search, CXCursor cursor, struct span span)
{
    CXCursor value = clang_Cursor_getVarDeclInitializer(cursor);
    const char *source = search->syntax.source.start;
    struct span there;
    if (!clang_Cursor_isNull(value) && syntax_span(&search->syntax, value, &there)) {
        size_t equals = there.begin;
        while (equals > span.begin && source[equals] != '=')
            equals--;
        if (equals > span.begin)
            add(search, "initialiser", (struct span){equals, there.end}, " ");
        change_flags(search, value);
    }
    if (search->function[0] != '-' && clang_Cursor_getStorageClass(cursor) == CX_SC_None)
        add(search, "static", (struct span){span.begin, span.begin}, "static ");
}

static void change_statement(struct search *search, CXCursor cursor, struct span span)
{
    CXCursor parts[PARTS];
    size_t count = syntax_children(cursor, parts, PARTS);
    switch ((int)clang_getCursorKind(cursor)) {
    case CXCursor_CompoundStmt:
        for (size_t i = 0; i < count; i++)
            delete_statement(search, parts[i]);
        break;
    case CXCursor_IfStmt:
        change_condition(search, parts[0]);
        for (size_t i = 1; i < count; i++)
            delete_statement(search, parts[i]);
        break;
    case CXCursor_WhileStmt:
        change_condition(search, parts[0]);
        delete_statement(search, parts[1]);
        break;
    case CXCursor_DoStmt:
        delete_statement(search, parts[0]);
        change_condition(search, parts[1]);
        break;
    case CXCursor_ForStmt:
        change_for(search, span, parts, count);
        break;
    case CXCursor_CaseStmt:
    case CXCursor_DefaultStmt:
        delete_label(search, span, parts[count - 1]);
        delete_statement(search, parts[count - 1]);
        break;
    case CXCursor_ConditionalOperator:
        change_condition(search, parts[0]);
        break;
    case CXCursor_ReturnStmt:
        change_return(search, cursor);
        break;
    default:
        break;
    }
}

static void change_expression(struct search *search, CXCursor cursor, struct span span)
{
    switch ((int)clang_getCursorKind(cursor)) {
    case CXCursor_BinaryOperator:
    case CXCursor_CompoundAssignOperator:
        change_binary(search, cursor);
        break;
    case CXCursor_UnaryOperator:
        change_unary(search, span);
        break;
    case CXCursor_IntegerLiteral:
    case CXCursor_CharacterLiteral:
        change_number(search, span);
        break;
    case CXCursor_StringLiteral:
        add(search, "constant", span, "\"\"");
        break;
    case CXCursor_DeclRefExpr:
        change_name(search, cursor, span);
        break;
    case CXCursor_UnaryExpr:
        if (is_at(search, span, "sizeof"))
            add_one_more_and_less(search, "size", span);
        break;
    case CXCursor_CallExpr:
        change_arguments(search, cursor);
        break;
    case CXCursor_ArraySubscriptExpr:
        change_index(search, cursor);
        break;
    case CXCursor_InitListExpr:
        change_members(search, span);
        break;
    case CXCursor_VarDecl:
        change_variable(search, cursor, span);
        break;
    default:
        break;
    }
}

/* ---- the whole ---- */

static void enter_function(struct search *search, CXCursor cursor)
{
    CXCursor parts[PARTS];
    CXCursor statements[PARTS];
    CXString name = clang_getCursorSpelling(cursor);
    snprintf(search->function, sizeof search->function, "%s", clang_getCString(name));
    clang_disposeString(name);
    search->returns = clang_getResultType(clang_getCursorType(cursor));
    search->last = (struct span){0, 0};
    size_t count = syntax_children(cursor, parts, PARTS);
    count = count == 0 ? 0 : syntax_children(parts[count - 1], statements, PARTS);
    if (count > 0)
        syntax_span(&search->syntax, statements[count - 1], &search->last);
}

static enum CXChildVisitResult look(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct search *search = data;
    struct span span;
    if (!syntax_span(&search->syntax, cursor, &span))
        return CXChildVisit_Continue;
    if (clang_getCursorKind(parent) == CXCursor_TranslationUnit)
        snprintf(search->function, sizeof search->function, "-");
    if (clang_getCursorKind(cursor) == CXCursor_FunctionDecl)
        enter_function(search, cursor);
    if (syntax_is_in_macro(cursor))
        return CXChildVisit_Continue; /* of what it stands for, nothing is written here */
    change_statement(search, cursor, span);
    change_expression(search, cursor, span);
    return CXChildVisit_Recurse;
}

bool find_mutations(const char *path, const char *root, struct text *source,
                    struct mutations *found)
{
    struct search search = {.found = found};
    bool good = syntax_open(&search.syntax, path, root);
    if (good) {
        clang_visitChildren(clang_getTranslationUnitCursor(search.syntax.unit), look, &search);
        text_add_bytes(source, search.syntax.source.start, search.syntax.source.length);
    }
    syntax_close(&search.syntax);
    return good;
}
