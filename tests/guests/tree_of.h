/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device tree look-ups through the client interface; see guest.h for the calls' meaning. */
#pragma once

#include "guest.h"

tree_node of_find(const char *path);
tree_node of_child(tree_node node);
tree_node of_sibling(tree_node node);
long of_get(tree_node node, const char *name, void *buffer, size_t size);
