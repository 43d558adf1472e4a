/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's device tree. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "src/kvm/kvm_private.h"

size_t host_tree_bytes(const char *node, const char *property, void *bytes, size_t size)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", node, property);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    size_t length = fread(bytes, 1, size, file);
    fclose(file);
    return length;
}

uint64_t host_tree_number(const char *node, const char *property)
{
    unsigned char cells[8];
    uint64_t value = 0;
    size_t length = host_tree_bytes(node, property, cells, sizeof(cells));

    if (length != 4 && length != 8)
        return 0;
    for (size_t i = 0; i < length; i++)
        value = value << 8 | cells[i];
    return value;
}

gboolean host_tree_text(const char *node, const char *property, char *text, size_t size)
{
    size_t length = host_tree_bytes(node, property, text, size - 1);

    text[length] = 0;
    return length > 0;
}

void host_tree_each_cpu(gboolean (*each)(const char *node, void *data), void *data)
{
    struct dirent *entry;
    char path[256], type[16];
    gboolean more = TRUE;
    DIR *dir = opendir(HOST_TREE "/cpus");

    if (!dir)
        return;
    while (more && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), HOST_TREE "/cpus/%.200s", entry->d_name);
        if (host_tree_text(path, "device_type", type, sizeof(type)) && !strcmp(type, "cpu"))
            more = each(path, data);
    }
    closedir(dir);
}
