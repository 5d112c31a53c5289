/* Text that grows, is made harmless and is broken into lines: grader/base/text.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grader/base/text.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* text_harmless of a string literal, which may have zeros inside, compared with EXPECTED. */
#define assert_harmless(literal, expected)                                                         \
    harmless_is(literal, sizeof(literal) - 1, SIZE_MAX, false, expected)

static void harmless_is(const char *bytes, size_t length, size_t limit, bool keep_newlines,
                        const char *expected)
{
    struct text text = {0};
    text_harmless(&text, bytes, length, limit, keep_newlines);
    assert_string_equal(text.start ? text.start : "", expected);
    assert_int_equal(text.length, strlen(expected));
    text_free(&text);
}

static void wrapped_is(const char *string, size_t width, size_t indent, const char *expected)
{
    struct text text = {0};
    text_wrap(&text, string, width, indent);
    assert_string_equal(text.start ? text.start : "", expected);
    text_free(&text);
}

static void test_text_grows_and_stays_terminated(void **state)
{
    (void)state;
    struct text text = {0};
    text_add(&text, "%s", "");
    text_add_bytes(&text, "", 0);
    assert_null(text.start);

    for (int i = 0; i < 1000; i++) {
        text_add(&text, "%03d", i);
        assert_int_equal(text.length, strlen(text.start));
    }
    assert_int_equal(text.length, 3000);
    assert_string_equal(text.start + 2994, "998999");

    text_add_bytes(&text, "a\0b", 3);
    assert_int_equal(text.length, 3003);
    assert_memory_equal(text.start + 3000, "a\0b", 4);
    text_free(&text);
    assert_null(text.start);
    assert_int_equal(text.length, 0);
}

static void test_valid_utf8_stays(void **state)
{
    (void)state;
    assert_harmless("", "");
    assert_harmless("echo 回显 ✓ é 😀 \\n", "echo 回显 ✓ é 😀 \\n");
    assert_harmless("\xC2\xA0\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80",
                    "\xC2\xA0\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80");
    assert_harmless("\xF0\x90\x80\x80\xF4\x8F\xBF\xBD", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBD");
}

static void test_control_characters_are_shown(void **state)
{
    (void)state;
    assert_harmless("a\r\n\t\0\033[31m\a\x7F", "a\\r\\n\\t\\0\\e[31m\\x07\\x7f");
    assert_harmless("\xC2\x80\xC2\x9F", "\\xc2\\x80\\xc2\\x9f"); /* C1: U+0080, U+009F */
    harmless_is("a\nb\r\n", 5, SIZE_MAX, true, "a\nb\\r\n");
}

static void test_characters_that_reorder_a_line_are_shown(void **state)
{
    (void)state;
    assert_harmless("\u061C", "\\xd8\\x9c");
    assert_harmless("\u200A\u200E\u200F\u2010", "\u200A\\xe2\\x80\\x8e\\xe2\\x80\\x8f\u2010");
    assert_harmless("\u2028\u2029", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
    assert_harmless("\u202A\u202C\u202E\u202C\u202F",
                    "\\xe2\\x80\\xaa\\xe2\\x80\\xac\\xe2\\x80\\xae\\xe2\\x80\\xac\u202F");
    assert_harmless("\u205F\u2066\u2069\u2070", "\u205F\\xe2\\x81\\xa6\\xe2\\x81\\xa9\u2070");
    assert_harmless("\uFFFD\xEF\xBF\xBE\xEF\xBF\xBF", "\uFFFD\\xef\\xbf\\xbe\\xef\\xbf\\xbf");
}

/* A file name or a line may not look like another one, nor carry what nobody sees. */
static void test_characters_that_are_not_seen_are_shown(void **state)
{
    (void)state;
    assert_harmless("a\u200Bb", "a\\xe2\\x80\\x8bb"); /* a space without a width */
    assert_harmless("\uFEFFa", "\\xef\\xbb\\xbfa");   /* a byte order mark */
    assert_harmless("\u00ADa\u2060\u3164", "\\xc2\\xada\\xe2\\x81\\xa0\\xe3\\x85\\xa4");
    assert_harmless("\U000E0041", "\\xf3\\xa0\\x81\\x81"); /* a tag: an A that is not seen */
    assert_harmless("\uFE0F\U000E0100", "\\xef\\xb8\\x8f\\xf3\\xa0\\x84\\x80");
    assert_harmless("é中文😀\u00A0\u0301", "é中文😀\u00A0\u0301");
}

static void test_bytes_that_are_not_utf8_are_shown(void **state)
{
    (void)state;
    assert_harmless("\x80z\xBF\xFE\xFF", "\\x80z\\xbf\\xfe\\xff");
    assert_harmless("\xC0\x80\xC1\xBF", "\\xc0\\x80\\xc1\\xbf"); /* overlong, two bytes */
    assert_harmless("\xE0\x80\x80\xE0\x9F\xBF", "\\xe0\\x80\\x80\\xe0\\x9f\\xbf"); /* three */
    assert_harmless("\xF0\x8F\xBF\xBF", "\\xf0\\x8f\\xbf\\xbf");                   /* four */
    assert_harmless("\xED\xA0\x80\xED\xBF\xBF", "\\xed\\xa0\\x80\\xed\\xbf\\xbf"); /* surrogates */
    assert_harmless("\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");                   /* U+110000 */
    assert_harmless("\xF8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
    assert_harmless("\xE2\x82z", "\\xe2\\x82z"); /* the next character is not swallowed */
}

static void test_a_character_cut_off_at_the_end_is_shown(void **state)
{
    (void)state;
    assert_harmless("a\xC3", "a\\xc3");
    assert_harmless("a\xE2\x9C", "a\\xe2\\x9c");
    assert_harmless("a\xF0\x9F\x98", "a\\xf0\\x9f\\x98");
    /* What lies behind the end completes it, and must not be looked at. */
    harmless_is("\xE2\x9C\x93", 2, SIZE_MAX, false, "\\xe2\\x9c");
}

static void test_the_limit_leaves_out_the_rest_and_counts_it(void **state)
{
    (void)state;
    harmless_is("abcdef", 6, 6, false, "abcdef");
    harmless_is("abcdef", 6, 5, false, "abcde… (1 more byte)");
    harmless_is("abcdef", 6, 0, false, "… (6 more bytes)");
    harmless_is("a\xE2\x9C\x93z", 5, 3, false, "a… (4 more bytes)"); /* never half a ✓ */
    harmless_is("a\xE2\x9C\x93z", 5, 4, false, "a\xE2\x9C\x93… (1 more byte)");
    harmless_is("\xFF\xFF\xFF", 3, 2, false, "\\xff\\xff… (1 more byte)");
    harmless_is("", 0, 0, false, "");
}

/* The judge of the two tests below is not the code under test: iconv(3) takes UTF-8 only. */
static size_t characters_of(iconv_t utf8, const struct text *text, wchar_t *characters, size_t room)
{
    char *in = text->start, *out = (char *)characters;
    size_t in_left = text->length, out_left = room * sizeof *characters;
    assert_int_equal(iconv(utf8, NULL, NULL, NULL, NULL), 0);
    assert_int_equal(iconv(utf8, &in, &in_left, &out, &out_left), 0);
    assert_int_equal(in_left, 0);
    return room - out_left / sizeof *characters;
}

/* Format characters and those that are not shown (Unicode 15: Cf, Default_Ignorable_Code_Point). */
static bool is_unseen(wchar_t c)
{
    static const wchar_t single[] = L"\u00AD\u034F\u061C\u06DD\u070F\u0890\u0891\u08E2\u115F\u1160"
                                    L"\u17B4\u17B5\u3164\uFEFF\uFFA0\U000110BD\U000110CD";
    return wcschr(single, c) != NULL || (c >= 0x600 && c <= 0x605) ||
           (c >= 0x180B && c <= 0x180F) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
           (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xFFF0 && c <= 0xFFFB) ||
           (c >= 0x13430 && c <= 0x1343F) || (c >= 0x1BCA0 && c <= 0x1BCA3) ||
           (c >= 0x1D173 && c <= 0x1D17A) || (c >= 0xE0000 && c <= 0xE0FFF);
}

static bool is_forbidden(wchar_t c)
{
    return (c < 0x20 && c != '\n') || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
           is_unseen(c) || c % 0x10000 == 0xFFFE || c % 0x10000 == 0xFFFF;
}

/* Bytes that are often nearly right: half of them come from the borders of UTF-8. */
static unsigned char next_byte(uint64_t *seed)
{
    static const unsigned char borders[] = {
        0x00, 0x0A, 0x1B, 0x7F, 0x80, 0x81, 0x85, 0x8E, 0x8F, 0x90, 0x9C, 0x9F, 0xA0, 0xA6, 0xA8,
        0xAE, 0xBE, 0xBF, 0xC0, 0xC1, 0xC2, 0xD8, 0xDF, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF4, 0xF5};
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    unsigned char byte = (unsigned char)(*seed >> 24);
    return *seed & 1 ? borders[byte % sizeof borders] : byte;
}

static void test_whatever_goes_in_harmless_utf8_comes_out(void **state)
{
    (void)state;
    iconv_t utf8 = iconv_open("WCHAR_T", "UTF-8");
    assert_true(utf8 != (iconv_t)-1);
    uint64_t seed = 20240229;
    for (int round = 0; round < 5000; round++) {
        char bytes[64] = {0};
        size_t length = next_byte(&seed) % (sizeof bytes + 1), limit = next_byte(&seed) % 80u;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (char)next_byte(&seed);

        struct text text = {0}, twice = {0};
        text_harmless(&text, bytes, length, limit, true);
        if (text.start) {
            wchar_t characters[512];
            size_t count = characters_of(utf8, &text, characters, 512);
            assert_in_range(text_columns(text.start), count, 2 * count);
            for (size_t i = 0; i < count; i++)
                assert_false(is_forbidden(characters[i]));
            text_harmless(&twice, text.start, text.length, SIZE_MAX, true);
            assert_string_equal(twice.start, text.start);
        }
        text_free(&text);
        text_free(&twice);
    }
    iconv_close(utf8);
}

static void test_every_character_is_kept_unless_it_is_forbidden(void **state)
{
    (void)state;
    iconv_t utf8 = iconv_open("UTF-8", "WCHAR_T");
    assert_true(utf8 != (iconv_t)-1);
    struct text text = {0};
    for (wchar_t code = 0; code <= 0x10FFFF; code += code >= 0x3000 && code < 0x10F000 ? 13 : 1) {
        if (code >= 0xD800 && code <= 0xDFFF) /* no characters, and iconv has none for them */
            continue;
        char bytes[8], *in = (char *)&code, *out = bytes;
        size_t in_left = sizeof code, out_left = sizeof bytes;
        assert_int_equal(iconv(utf8, &in, &in_left, &out, &out_left), 0);
        size_t length = sizeof bytes - out_left;
        text.length = 0;
        text_harmless(&text, bytes, length, SIZE_MAX, true);
        bool kept = text.length == length && memcmp(text.start, bytes, length) == 0;
        assert_int_equal(kept, !is_forbidden(code));
    }
    text_free(&text);
    iconv_close(utf8);
}

static void test_lines_are_broken_at_spaces(void **state)
{
    (void)state;
    wrapped_is("", 20, 4, "");
    wrapped_is("one", 20, 4, "    one\n");
    wrapped_is("one two three", 7, 0, "one two\nthree\n");
    wrapped_is("one two three", 8, 1, " one two\n three\n");
    wrapped_is("one two three", 6, 0, "one\ntwo\nthree\n");
    wrapped_is("one  two   three", 8, 0, "one  two\nthree\n");
    wrapped_is("one   two", 5, 0, "one\ntwo\n");
    wrapped_is("é✓é✓ é✓é", 4, 0, "é✓é✓\né✓é\n");
}

static void test_lines_are_broken_around_wide_characters(void **state)
{
    (void)state;
    wrapped_is("é回✓ 回回回", 4, 0, "é回✓\n回回\n回\n");
    wrapped_is("先调用recv再说", 10, 0, "先调用recv\n再说\n");
    wrapped_is("先调用 recv 再说", 9, 2, "  先调用\n  recv 再\n  说\n");
    /* Punctuation stays with its neighbour. */
    wrapped_is("一二三，四五", 6, 0, "一二\n三，四\n五\n");
    wrapped_is("一二（三）四", 6, 0, "一二\n（三）\n四\n");
    wrapped_is("一二三.四五", 6, 0, "一二\n三.四\n五\n");
}

static void test_newlines_stay(void **state)
{
    (void)state;
    wrapped_is("one\ntwo\n", 20, 2, "  one\n  two\n");
    wrapped_is("one\n\ntwo", 20, 2, "  one\n\n  two\n");
    wrapped_is("\n", 20, 2, "\n");
}

static void test_a_word_too_long_is_broken_between_characters(void **state)
{
    (void)state;
    wrapped_is("abcdefgh", 3, 0, "abc\ndef\ngh\n");
    wrapped_is("✓✓✓✓✓", 4, 2, "  ✓✓\n  ✓✓\n  ✓\n");
    wrapped_is("a bcdefgh", 3, 0, "a\nbcd\nefg\nh\n");
    wrapped_is("abc", 2, 4, "    a\n    b\n    c\n"); /* no room at all: one column */
}

static void test_a_line_that_begins_with_a_space_is_never_broken(void **state)
{
    (void)state;
    wrapped_is(" a picture    of lines\nand some prose", 10, 2,
               "   a picture    of lines\n  and some\n  prose\n");
    wrapped_is("   ", 2, 0, "   \n");
}

static void test_wide_characters_take_two_columns(void **state)
{
    (void)state;
    assert_int_equal(text_columns(""), 0);
    assert_int_equal(text_columns("abc"), 3);
    assert_int_equal(text_columns("─▶ é“…”"), 7);
    assert_int_equal(text_columns("回é😀，"), 7);
    assert_string_equal(text_behind("回é回", 3), "回");
    assert_string_equal(text_behind("回é回", 4), "回");
    assert_string_equal(text_behind("回é回", 9), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_grows_and_stays_terminated),
        cmocka_unit_test(test_valid_utf8_stays),
        cmocka_unit_test(test_control_characters_are_shown),
        cmocka_unit_test(test_characters_that_reorder_a_line_are_shown),
        cmocka_unit_test(test_characters_that_are_not_seen_are_shown),
        cmocka_unit_test(test_bytes_that_are_not_utf8_are_shown),
        cmocka_unit_test(test_a_character_cut_off_at_the_end_is_shown),
        cmocka_unit_test(test_the_limit_leaves_out_the_rest_and_counts_it),
        cmocka_unit_test(test_whatever_goes_in_harmless_utf8_comes_out),
        cmocka_unit_test(test_every_character_is_kept_unless_it_is_forbidden),
        cmocka_unit_test(test_lines_are_broken_at_spaces),
        cmocka_unit_test(test_newlines_stay),
        cmocka_unit_test(test_a_word_too_long_is_broken_between_characters),
        cmocka_unit_test(test_a_line_that_begins_with_a_space_is_never_broken),
        cmocka_unit_test(test_lines_are_broken_around_wide_characters),
        cmocka_unit_test(test_wide_characters_take_two_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
