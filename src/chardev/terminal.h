/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mode of the terminal that Paprika was started on. It must be given back
 * however the program ends, also by a signal, so this is the one place with
 * state of the process, not of an object: at most one terminal at a time.
 */
#pragma once

#include <glib.h>

/**
 * Put the terminal behind @fd into raw mode; bytes from it then come one by
 * one and without echo, and no key is a signal. The mode before is put back by
 * terminal_restore(), at exit(), and when a signal ends the program. @fd is
 * copied. Fails, with errno, if there is no terminal or we are in the
 * background (EAGAIN). Main thread.
 */
gboolean terminal_make_raw(int fd);

/** Put the mode back, and nothing else, for the handler of a signal that ends the program. Any
 * thread. */
void terminal_give_back(void);

/** Put the mode back; nothing if it is not ours. Main thread. */
void terminal_restore(void);
