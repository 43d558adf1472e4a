/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/suggest.h"

#include <string.h>

/** Longer words are no typing mistakes of ours. */
enum { SUGGEST_MAX_LENGTH = 31 };

/** Edit distance of two words, both at most SUGGEST_MAX_LENGTH long. */
static unsigned edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned d[SUGGEST_MAX_LENGTH + 1][SUGGEST_MAX_LENGTH + 1];

    for (size_t i = 0; i <= n; i++)
        d[i][0] = (unsigned)i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = MIN(best, d[i - 1][j] + 1);
            best = MIN(best, d[i][j - 1] + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = MIN(best, d[i - 2][j - 2] + 1);
            d[i][j] = best;
        }
    }
    return d[n][m];
}

const char *suggest_nearest(const char *word, const char *const *known, size_t count)
{
    size_t length = strlen(word);
    const char *nearest = NULL;
    /* One mistake in a short word, more in a longer one. */
    unsigned limit = length <= 3 ? 1 : length <= 8 ? 2 : 3;

    if (!length || length > SUGGEST_MAX_LENGTH)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (!known[i] || strlen(known[i]) > SUGGEST_MAX_LENGTH)
            continue;
        unsigned distance = edit_distance(word, known[i]);
        if (distance <= limit && distance < strlen(known[i])) {
            nearest = known[i];
            limit = distance ? distance - 1 : 0;
            if (!distance)
                break;
        }
    }
    return nearest;
}
