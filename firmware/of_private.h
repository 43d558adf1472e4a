/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the client interface share. */
#pragma once

#include "firmware/of_client.h"
#include "firmware/of_instances.h"
#include "firmware/of_memory.h"
#include "firmware/of_tree.h"
#include "src/base/guest_mem.h"

typedef enum {
    OF_CHOSEN_STDIN,
    OF_CHOSEN_STDOUT,
    OF_CHOSEN_MEMORY,
    OF_CHOSEN_CPU,
    OF_CHOSEN_COUNT,
} OfChosen;

/** Nothing is claimed beyond: clients keep addresses in 31 bits. */
#define OF_CLAIM_LIMIT (UINT64_C(1) << 31)

struct OfClient {
    Vm *vm;
    /** Taken by each call for its whole length, before any other lock; protects what follows. */
    GMutex lock;
    OfTree *tree;
    OfInstances instances;
    OfMemory memory;
    /** Monotonic microseconds at which it began. */
    gint64 start;
    /** What /chosen says of instances that are open from the beginning: OfChosen. */
    uint32_t chosen[OF_CHOSEN_COUNT];
};

/** What becomes of a call. */
typedef enum {
    /** The results are there, though they may tell of an error. */
    OF_DONE,
    /** Nothing happened: the client has to make the same call again. */
    OF_AGAIN,
    /** The arguments are none: the entry returns -1. */
    OF_BAD_CALL,
} OfOutcome;

/** One call: results are 0 at first, and those that the client has no cell for are dropped. */
typedef struct {
    OfClient *client;
    Vcpu *cpu;
    uint32_t args[OF_MAX_CELLS], rets[OF_MAX_CELLS];
    unsigned nargs, nret;
} OfCall;

/** -1 in a cell. */
#define OF_ERROR UINT32_MAX

typedef struct {
    const char *name;
    OfOutcome (*fn)(OfCall *call);
    /** Arguments at least and at most, and results at most. */
    uint8_t nargs, nargs_max, nret;
    /** Where it is specified. */
    const char *section;
} OfService;

/* Tables end with a NULL name. */
extern const OfService of_tree_services[];
extern const OfService of_instance_services[];
extern const OfService of_memory_services[];
extern const OfService of_control_services[];

/** The service @name, or NULL. */
const OfService *of_service_find(const char *name);

/**
 * A method of an open package. @args are the cells that the client passed, the
 * top of the stack first, and @nargs how many. What it leaves goes to @rets, the
 * top first. OF_BAD_CALL: the method throws, which the client gets told.
 */
typedef struct {
    const char *name;
    OfOutcome (*fn)(OfCall *call, OfInstance *instance, const uint32_t *args, unsigned nargs,
                    uint32_t *rets);
    uint8_t nargs, nret;
    /** What it does, for the documentation. */
    const char *what;
} OfMethod;

/** A kind of package that can be opened. */
typedef struct {
    const char *what;
    gboolean (*matches)(const OfNode *node);
    /** Ends with a NULL name; NULL for none. */
    const OfMethod *methods;
} OfPackage;

/** The kind of @node, or NULL if it cannot be opened. */
const OfPackage *of_package_of(const OfNode *node);
const OfPackage *of_package(unsigned index);
/** The method @name of @node, or NULL. */
const OfMethod *of_method_find(const OfNode *node, const char *name);

/** Open the package of device specifier @path: its instance, or NULL. */
OfInstance *of_open(OfClient *client, const char *path);

/** Move at most OF_MAX_TRANSFER bytes to or from an instance: *@actual as the services return it.
 */
OfOutcome of_read(OfCall *call, OfInstance *instance, GuestAddr to, uint32_t length,
                  uint32_t *actual);
OfOutcome of_write(OfCall *call, OfInstance *instance, GuestAddr from, uint32_t length,
                   uint32_t *actual);
/** ( vectors -- err? ): what client and machine agree on; the tree is made anew (LoPAR B.6.2.3). */
OfOutcome of_method_cas(OfCall *call, OfInstance *instance, const uint32_t *args, unsigned nargs,
                        uint32_t *rets);

/** 0 or OF_ERROR. */
uint32_t of_seek(OfCall *call, OfInstance *instance, uint64_t position);

/** Take memory: exactly at @virt if @align is 0. Its address, or OF_ERROR. */
uint32_t of_claim(OfClient *client, uint32_t virt, uint32_t size, uint32_t align);
void of_release(OfClient *client, uint32_t virt, uint32_t size);
/** Put what the flattened tree does not say into the tree: handles, and free memory. */
void of_client_complete_tree(OfClient *client);
/** Have /memory's "available" say what is free. */
void of_memory_tell(OfClient *client);

/** Copy @path and its terminator to @size bytes at @to as far as they go; its length, or OF_ERROR.
 */
uint32_t of_put_path(OfCall *call, const OfNode *node, const char *args, uint32_t to,
                     uint32_t size);

/**
 * The string at guest address @from, of less than @size bytes, to @text. FALSE if
 * it is longer, or not in memory.
 */
gboolean of_get_string(const OfCall *call, uint32_t from, char *text, size_t size);

/** Run Forth @text: the word that fails gives its THROW code, else 0. @stack are cells, the top
 * last. */
uint32_t of_interpret(OfCall *call, const char *text, uint32_t *stack, unsigned *depth,
                      unsigned room);
