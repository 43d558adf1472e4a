/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/json_out.h"

static void test_nesting(void)
{
    JsonOut json;

    json_out_init(&json);
    json_out_begin_object(&json, NULL);
    json_out_bool(&json, "yes", TRUE);
    json_out_bool(&json, "no", FALSE);
    json_out_begin_array(&json, "numbers");
    json_out_uint(&json, NULL, 0);
    json_out_uint(&json, NULL, UINT64_MAX);
    json_out_end(&json);
    json_out_begin_array(&json, "empty");
    json_out_end(&json);
    json_out_begin_object(&json, "also");
    json_out_end(&json);
    json_out_begin_array(&json, "objects");
    json_out_begin_object(&json, NULL);
    json_out_null(&json, "a");
    json_out_end(&json);
    json_out_begin_object(&json, NULL);
    json_out_string(&json, "b", NULL);
    json_out_end(&json);
    json_out_end(&json);
    json_out_end(&json);

    g_autofree char *text = json_out_finish(&json);
    g_assert_cmpstr(text, ==,
                    "{\n"
                    "  \"yes\": true,\n"
                    "  \"no\": false,\n"
                    "  \"numbers\": [\n"
                    "    0,\n"
                    "    18446744073709551615\n"
                    "  ],\n"
                    "  \"empty\": [],\n"
                    "  \"also\": {},\n"
                    "  \"objects\": [\n"
                    "    {\n"
                    "      \"a\": null\n"
                    "    },\n"
                    "    {\n"
                    "      \"b\": null\n"
                    "    }\n"
                    "  ]\n"
                    "}\n");
}

static void test_strings(void)
{
    static const struct {
        const char *value, *text;
    } rows[] = {
        {"plain", "\"plain\"\n"},
        {"", "\"\"\n"},
        {"a\"b\\c/d", "\"a\\\"b\\\\c/d\"\n"},
        {"\n\t\x01\x1f\x7f", "\"\\n\\u0009\\u0001\\u001f\\u007f\"\n"},
        {"\xc3\xa9 \xe2\x82\xac", "\"\xc3\xa9 \xe2\x82\xac\"\n"},
        {"\xff"
         "bad\xc3",
         "\"\xef\xbf\xbd"
         "bad\xef\xbf\xbd\"\n"},
        {"{", "\"{\"\n"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        JsonOut json;
        json_out_init(&json);
        json_out_string(&json, NULL, rows[i].value);
        g_autofree char *text = json_out_finish(&json);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

/** Brackets inside of strings and names don't disturb commas. */
static void test_brackets_in_strings(void)
{
    JsonOut json;

    json_out_init(&json);
    json_out_begin_array(&json, NULL);
    json_out_string(&json, NULL, "[");
    json_out_string(&json, NULL, "{");
    json_out_begin_object(&json, NULL);
    json_out_uint(&json, "]\"", 1);
    g_autofree char *text = json_out_finish(&json);
    g_assert_cmpstr(text, ==, "[\n  \"[\",\n  \"{\",\n  {\n    \"]\\\"\": 1\n  }\n]\n");
}

static void test_unbalanced(void)
{
    JsonOut json;

    json_out_init(&json);
    json_out_end(&json);
    json_out_begin_object(&json, NULL);
    json_out_begin_array(&json, "a");
    g_autofree char *text = json_out_finish(&json);
    g_assert_cmpstr(text, ==, "{\n  \"a\": []\n}\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json-out/nesting", test_nesting);
    g_test_add_func("/json-out/strings", test_strings);
    g_test_add_func("/json-out/brackets-in-strings", test_brackets_in_strings);
    g_test_add_func("/json-out/unbalanced", test_unbalanced);
    return g_test_run();
}
