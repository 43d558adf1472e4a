/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON as anybody may write it: what is taken, what is refused, and the bounds. */
#include <string.h>

#include "src/base/json_in.h"

static JsonValue *parse(const char *text) { return json_parse(text, strlen(text), NULL); }

static void test_values(void)
{
    static const char text[] =
        " {\"a\": [1, -2.5e+3, true, false, null], \"b\\u0041\": \"x\\n\\\"\\u00e9"
        "\\ud83d\\ude00/\", \"c\": {}, \"d\": []}\r\n";
    g_autoptr(JsonValue) value = parse(text);
    uint64_t number;

    g_assert_true(json_is_object(value));
    const JsonValue *a = json_member(value, "a");
    g_assert_true(json_is_array(a));
    g_assert_cmpuint(json_length(a), ==, 5);
    g_assert_true(json_uint(json_item(a, 0), &number));
    g_assert_cmpuint(number, ==, 1);
    g_assert_false(json_uint(json_item(a, 1), &number));
    g_assert_true(json_is_true(json_item(a, 2)));
    g_assert_false(json_is_true(json_item(a, 3)));
    g_assert_null(json_item(a, 4));
    g_assert_null(json_item(a, 5));
    g_assert_null(json_item(value, 0));
    g_assert_cmpstr(json_string(json_member(value, "bA")), ==, "x\n\"\xc3\xa9\xf0\x9f\x98\x80/");
    g_autofree char *again = json_text(a);
    g_assert_cmpstr(again, ==, "[1,-2.5e+3,true,false,null]");
    g_assert_true(json_has_member(value, "d"));
    g_assert_false(json_has_member(value, "e"));
    g_assert_null(json_member(value, "e"));
    g_assert_null(json_member(a, "a"));
    g_assert_null(json_member(NULL, "a"));
    g_assert_null(json_string(a));
    g_assert_null(json_string(NULL));
}

static void test_numbers(void)
{
    static const struct {
        const char *text;
        gboolean ok;
        uint64_t number;
    } cases[] = {
        {"0", TRUE, 0},
        {"18446744073709551615", TRUE, UINT64_MAX},
        /* json-c takes what is too large for the largest. */
        {"18446744073709551616", TRUE, UINT64_MAX},
        {"-1", FALSE, 0},
        {"1.0", FALSE, 0},
        {"1e2", FALSE, 0},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf("[%s]", cases[i].text);
        g_autoptr(JsonValue) value = parse(text);
        uint64_t number;

        g_assert_cmpint(json_uint(json_item(value, 0), &number), ==, cases[i].ok);
        if (cases[i].ok)
            g_assert_cmpuint(number, ==, cases[i].number);
    }
}

static void test_refused(void)
{
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{a: 1}",
        "{\"a\": 1,}",
        "{\"a\": 1 \"b\": 2}",
        "{1: 2}",
        "{} {}",
        "[]]",
        "1",
        "null",
        "\"a\"",
        "['a']",
        "[\"a]",
        "[\"\\x\"]",
        "[\"\\u12\"]",
        "[\"\\u12g4\"]",
        "[\"\xff\"]",
        "[\"\xc3\"]",
        "[-]",
        "[+1]",
        "[.5]",
        "[1e]",
        "[0x10]",
        "[tru]",
        "[nul]",
        "[truefalse]",
        "//",
        "\xef\xbb\xbf{}",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        JsonValue *value = json_parse(texts[i], strlen(texts[i]), &error);

        if (value)
            g_error("taken: %s", texts[i]);
        g_assert_nonnull(error);
        g_assert_true(g_str_has_prefix(error->message, "JSON: "));
    }
    /* A NUL is no end. */
    g_assert_null(json_parse("{}\0", 3, NULL));
    g_autoptr(JsonValue) inside = parse("[\"a\\u0000b\"]");
    g_assert_nonnull(inside);
    g_assert_null(json_string(json_item(inside, 0)));
}

static JsonValue *nested(unsigned depth)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned i = 0; i < depth; i++)
        g_string_append(text, i % 2 ? "[" : "{\"a\":");
    g_string_append_c(text, '1');
    for (unsigned i = depth; i-- > 0;)
        g_string_append(text, i % 2 ? "]" : "}");
    return json_parse(text->str, text->len, NULL);
}

static void test_bounds(void)
{
    g_autoptr(JsonValue) deep = nested(JSON_DEPTH_MAX);

    g_assert_nonnull(deep);
    g_assert_null(nested(JSON_DEPTH_MAX + 1));
    g_assert_null(nested(20000));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json-in/values", test_values);
    g_test_add_func("/json-in/numbers", test_numbers);
    g_test_add_func("/json-in/refused", test_refused);
    g_test_add_func("/json-in/bounds", test_bounds);
    return g_test_run();
}
