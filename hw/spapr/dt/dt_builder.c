/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/dt/dt_builder.h"

#include <libfdt.h>
#include <string.h>

#include "src/base/endian.h"
#include "src/base/error.h"

/** Whether a call that returned @ret is to be tried again, with more room. */
static gboolean dt_retry(DtBuilder *builder, int ret)
{
    if (ret == 0)
        return FALSE;
    if (ret != -FDT_ERR_NOSPACE) {
        dt_fail(builder, "cannot build the device tree: %s", fdt_strerror(ret));
        return FALSE;
    }
    if (builder->size >= DT_SIZE_MAX) {
        dt_fail(builder, "the device tree would need more than %d MiB", DT_SIZE_MAX >> 20);
        return FALSE;
    }

    /* Zeroed, so that padding is the same each time and tells nothing. */
    size_t size = builder->size * 2;
    void *fdt = g_try_malloc0(size);
    if (!fdt) {
        dt_fail(builder, "no memory for a device tree of %zu bytes", size);
        return FALSE;
    }
    ret = fdt_resize(builder->fdt, fdt, (int)size);
    if (ret) {
        g_free(fdt);
        dt_fail(builder, "cannot extend the device tree: %s", fdt_strerror(ret));
        return FALSE;
    }
    g_free(builder->fdt);
    builder->fdt = fdt;
    builder->size = size;
    return TRUE;
}

/** Do libfdt call @call unless there was an error, with as much room as it takes. */
#define DT_DO(builder, call)                                                                       \
    do {                                                                                           \
        if ((builder)->error)                                                                      \
            break;                                                                                 \
    } while (dt_retry(builder, call))

void dt_fail(DtBuilder *builder, const char *format, ...)
{
    va_list args;

    if (builder->error)
        return;
    va_start(args, format);
    builder->error = g_error_new_valist(PAPRIKA_ERROR, PAPRIKA_ERROR_HOST, format, args);
    va_end(args);
}

void dt_builder_init(DtBuilder *builder, uint64_t reserve_start, uint64_t reserve_end)
{
    *builder = (DtBuilder){.size = DT_SIZE_START};
    builder->fdt = g_malloc0(builder->size);
    DT_DO(builder,
          fdt_create_with_flags(builder->fdt, (int)builder->size, FDT_CREATE_FLAG_NO_NAME_DEDUP));
    if (reserve_start < reserve_end)
        DT_DO(builder,
              fdt_add_reservemap_entry(builder->fdt, reserve_start, reserve_end - reserve_start));
    DT_DO(builder, fdt_finish_reservemap(builder->fdt));
}

void dt_builder_clear(DtBuilder *builder)
{
    g_clear_pointer(&builder->fdt, g_free);
    g_clear_error(&builder->error);
}

void *dt_builder_finish(DtBuilder *builder, size_t *size, GError **error)
{
    DT_DO(builder, fdt_finish(builder->fdt));
    if (builder->error) {
        g_propagate_error(error, g_steal_pointer(&builder->error));
        return NULL;
    }
    *size = fdt_totalsize(builder->fdt);
    return g_steal_pointer(&builder->fdt);
}

void dt_begin_node(DtBuilder *builder, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *name = g_strdup_vprintf(format, args);
    va_end(args);
    DT_DO(builder, fdt_begin_node(builder->fdt, name));
}

void dt_end_node(DtBuilder *builder) { DT_DO(builder, fdt_end_node(builder->fdt)); }

void dt_add_bytes(DtBuilder *builder, const char *name, const void *bytes, size_t length)
{
    if (length > DT_SIZE_MAX) {
        dt_fail(builder, "device tree property %s is too long (%zu bytes)", name, length);
        return;
    }
    DT_DO(builder, fdt_property(builder->fdt, name, bytes, (int)length));
}

void dt_add_flag(DtBuilder *builder, const char *name) { dt_add_bytes(builder, name, "", 0); }

void dt_add_u32(DtBuilder *builder, const char *name, uint32_t value)
{
    be32 cell = be32_of(value);

    dt_add_bytes(builder, name, &cell, sizeof(cell));
}

void dt_add_u64(DtBuilder *builder, const char *name, uint64_t value)
{
    be64 cells = be64_of(value);

    dt_add_bytes(builder, name, &cells, sizeof(cells));
}

void dt_add_string(DtBuilder *builder, const char *name, const char *value)
{
    dt_add_bytes(builder, name, value, strlen(value) + 1);
}

void dt_add_stringlist(DtBuilder *builder, const char *name, const char *const *strings)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    for (; *strings; strings++)
        g_byte_array_append(bytes, (const guint8 *)*strings, (guint)strlen(*strings) + 1);
    dt_add_bytes(builder, name, bytes->len ? bytes->data : (const guint8 *)"", bytes->len);
}

void dt_add_cells(DtBuilder *builder, const char *name, const uint32_t *cells, size_t count)
{
    g_autofree be32 *out = g_new(be32, count);

    for (size_t i = 0; i < count; i++)
        out[i] = be32_of(cells[i]);
    dt_add_bytes(builder, name, out, count * sizeof(*out));
}
