/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The argument of ibm,client-architecture-support, read from guest memory: a
 * list of processor versions and the option vectors (LoPAR, "Root Node Methods").
 * Nothing in it is trusted, and what it means is not judged here.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "src/base/guest_mem.h"

enum {
    /** Entries of the list that are looked at, the terminating one included. */
    CAS_MAX_PVRS = 256,
    /** Option vectors that are kept: those that mean anything. */
    CAS_VECTORS = 6,
    /** Bytes of an option vector, the length byte not counted. */
    CAS_VECTOR_MAX = 256,
};

/** A processor is listed if its version and this value agree in the bits of the mask. */
typedef struct {
    uint32_t mask, value;
} CasPvr;

typedef struct {
    /** Bytes after the length byte; 0: the vector was not passed. */
    unsigned length;
    /** By LoPAR's numbers, which begin with 1; zeros from length + 1 on. */
    uint8_t bytes[CAS_VECTOR_MAX + 1];
} CasVector;

typedef struct {
    unsigned n_pvrs;
    CasPvr pvrs[CAS_MAX_PVRS];
    /** By number less one. */
    CasVector vectors[CAS_VECTORS];
} CasRequest;

typedef enum {
    CAS_PARSED,
    /** An entry of the list, a length or a vector is not in guest memory. */
    CAS_OUTSIDE_MEMORY,
    /** No terminating entry among CAS_MAX_PVRS. */
    CAS_ENDLESS_LIST,
} CasParse;

/**
 * Read the structure at @addr, each byte once. Each vector that is announced
 * must be there whole; those beyond the ones kept are skipped, and the 256th,
 * which announces an extension, is not read. @request is valid with CAS_PARSED
 * only. Any thread.
 */
CasParse cas_vectors_parse(const GuestMem *mem, GuestAddr addr, CasRequest *request);

/** Vector @number, from 1 to CAS_VECTORS. */
static inline const CasVector *cas_vector(const CasRequest *request, unsigned number)
{
    return &request->vectors[number - 1];
}
