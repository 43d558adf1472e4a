// SPDX-License-Identifier: GPL-2.0-or-later
/* Output through H_PUT_TERM_CHAR, to the first console. */
#include "guest.h"

void crash(void) __attribute__((noreturn));

void put_bytes(const char *bytes, size_t length)
{
    while (length) {
        u64 args[HCALL_ARGS] = {0, length < 16 ? length : 16};
        long ret;

        memcpy(&args[2], bytes, args[1]);
        ret = hcall(H_PUT_TERM_CHAR, 0, args[1], args[2], args[3]);
        if (ret == H_BUSY)
            continue;
        if (ret != H_SUCCESS)
            return;
        bytes += args[1];
        length -= args[1];
    }
}

/* A line is gathered before it is sent, so that it costs few calls. */
struct sink {
    char text[256];
    size_t length;
};

static void sink_char(struct sink *sink, char c)
{
    if (sink->length == sizeof(sink->text)) {
        put_bytes(sink->text, sink->length);
        sink->length = 0;
    }
    sink->text[sink->length++] = c;
}

static void sink_number(struct sink *sink, u64 value, unsigned base, bool negative, int width,
                        char pad)
{
    char digits[24];
    int n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (negative)
        digits[n++] = '-';
    for (int i = n; i < width; i++)
        sink_char(sink, pad);
    while (n)
        sink_char(sink, digits[--n]);
}

static void print_list(const char *format, va_list list)
{
    struct sink sink = {.length = 0};

    for (; *format; format++) {
        bool wide = false;
        char pad = ' ';
        int width = 0;

        if (*format != '%') {
            if (*format == '\n')
                sink_char(&sink, '\r');
            sink_char(&sink, *format);
            continue;
        }
        format++;
        if (*format == '0')
            pad = '0';
        for (; *format >= '0' && *format <= '9'; format++)
            width = width * 10 + *format - '0';
        for (; *format == 'l'; format++)
            wide = true;
        switch (*format) {
        case 's':
            for (const char *s = va_arg(list, const char *); *s; s++)
                sink_char(&sink, *s);
            break;
        case 'c':
            sink_char(&sink, va_arg(list, int));
            break;
        case 'd': {
            s64 v = wide ? va_arg(list, s64) : va_arg(list, int);

            sink_number(&sink, v < 0 ? -(u64)v : (u64)v, 10, v < 0, width, pad);
            break;
        }
        case 'u':
        case 'x': {
            u64 v = wide ? va_arg(list, u64) : va_arg(list, u32);

            sink_number(&sink, v, *format == 'x' ? 16 : 10, false, width, pad);
            break;
        }
        case '\0':
            format--;
            break;
        default:
            sink_char(&sink, *format);
        }
    }
    put_bytes(sink.text, sink.length);
}

void print(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_list(format, list);
    va_end(list);
}

void guest_fail(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print("\nFAIL: ");
    print_list(format, list);
    print("\n");
    va_end(list);
    crash();
}
