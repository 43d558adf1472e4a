/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/late_library.h"

#include <dlfcn.h>
#include <string.h>

#include "src/base/error.h"

void *late_library_open(const char *file, const char *const names[], void *functions,
                        GError **error)
{
    void *library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);

    if (!library) {
        error_set(error, PAPRIKA_ERROR_HOST, "a library is missing: %s", dlerror());
        return NULL;
    }
    for (unsigned i = 0; names[i]; i++) {
        void *function = dlsym(library, names[i]);

        if (!function) {
            error_set(error, PAPRIKA_ERROR_HOST, "a library does not fit: %s", dlerror());
            dlclose(library);
            return NULL;
        }
        memcpy((char *)functions + i * sizeof(function), &function, sizeof(function));
    }
    return library;
}

void late_library_close(void *library)
{
    if (library)
        dlclose(library);
}
