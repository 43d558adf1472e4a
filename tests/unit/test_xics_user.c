/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XICS in user space: rules one by one, then random operations against a naive
 * model, then many threads at once with no interrupt lost.
 */
#include <string.h>

#include "hw/spapr/irq/xics_user.h"

enum { BASE = 0x1000, MAX_SERVERS = 4, MAX_SOURCES = 70 };

typedef struct {
    XicsUser *xics;
    gboolean line[MAX_SERVERS];
    unsigned changes;
} Bench;

static void bench_output(void *opaque, uint32_t server, gboolean level)
{
    Bench *b = opaque;

    b->line[server] = level;
    b->changes++;
}

/** Servers 0 .. @servers - 1, connected, taking everything. */
static void bench_init(Bench *b, uint32_t servers, uint32_t sources)
{
    memset(b, 0, sizeof(*b));
    b->xics = xics_user_new(servers, BASE, sources, bench_output, b);
    for (uint32_t i = 0; i < servers; i++) {
        xics_user_connect(b->xics, i);
        xics_user_set_cppr(b->xics, i, 0xff);
    }
}

static uint32_t accept(Bench *b, uint32_t server)
{
    uint32_t xirr = UINT32_MAX;

    g_assert_true(xics_user_accept(b->xics, server, &xirr));
    return xirr;
}

static uint32_t xirr_of(uint8_t cppr, uint32_t source) { return (uint32_t)cppr << 24 | source; }

static void test_edge(void)
{
    Bench b;

    bench_init(&b, 1, 4);
    xics_user_set_xive(b.xics, BASE, 0, 5);
    g_assert_false(b.line[0]);
    xics_user_pulse(b.xics, BASE);
    g_assert_true(b.line[0]);
    g_assert_cmphex(accept(&b, 0), ==, xirr_of(0xff, BASE));
    g_assert_false(b.line[0]);
    g_assert_cmphex(accept(&b, 0), ==, xirr_of(5, 0));

    /* Edges while in service are one more interrupt, after its end. */
    xics_user_pulse(b.xics, BASE);
    xics_user_pulse(b.xics, BASE);
    g_assert_false(b.line[0]);
    g_assert_true(xics_user_eoi(b.xics, 0, xirr_of(0xff, BASE)));
    g_assert_true(b.line[0]);
    g_assert_cmphex(accept(&b, 0), ==, xirr_of(0xff, BASE));
    g_assert_true(xics_user_eoi(b.xics, 0, xirr_of(0xff, BASE)));
    g_assert_false(b.line[0]);
    xics_user_free(b.xics);
}

static void test_level(void)
{
    Bench b;

    bench_init(&b, 1, 4);
    g_assert_true(xics_user_set_level_sensitive(b.xics, BASE + 1, TRUE));
    xics_user_set_xive(b.xics, BASE + 1, 0, 5);
    /* Edges mean nothing to it. */
    xics_user_pulse(b.xics, BASE + 1);
    g_assert_false(b.line[0]);

    xics_user_set_level(b.xics, BASE + 1, TRUE);
    xics_user_set_level(b.xics, BASE + 1, TRUE);
    g_assert_cmphex(accept(&b, 0), ==, xirr_of(0xff, BASE + 1));
    /* Still asserted at its end: again. */
    xics_user_eoi(b.xics, 0, xirr_of(0xff, BASE + 1));
    g_assert_cmphex(accept(&b, 0), ==, xirr_of(0xff, BASE + 1));
    xics_user_set_level(b.xics, BASE + 1, FALSE);
    xics_user_eoi(b.xics, 0, xirr_of(0xff, BASE + 1));
    g_assert_false(b.line[0]);

    /* Withdrawn before a server had it: never delivered. */
    xics_user_set_cppr(b.xics, 0, 0);
    xics_user_set_level(b.xics, BASE + 1, TRUE);
    xics_user_set_level(b.xics, BASE + 1, FALSE);
    xics_user_set_cppr(b.xics, 0, 0xff);
    g_assert_false(b.line[0]);
    xics_user_free(b.xics);
}

static void test_cppr(void)
{
    Bench b;

    bench_init(&b, 1, 4);
    xics_user_set_xive(b.xics, BASE, 0, 5);
    /* Equal is not enough. */
    xics_user_set_cppr(b.xics, 0, 5);
    xics_user_pulse(b.xics, BASE);
    g_assert_false(b.line[0]);
    xics_user_set_cppr(b.xics, 0, 6);
    g_assert_true(b.line[0]);
    /* Raising the priority takes a pending interrupt back; lowering it brings it again. */
    xics_user_set_cppr(b.xics, 0, 5);
    g_assert_false(b.line[0]);
    g_assert_cmphex(accept(&b, 0), ==, xirr_of(5, 0));
    xics_user_set_cppr(b.xics, 0, 0xff);
    g_assert_true(b.line[0]);
    g_assert_cmphex(accept(&b, 0), ==, xirr_of(0xff, BASE));
    xics_user_free(b.xics);
}

static void test_displaced(void)
{
    Bench b;

    bench_init(&b, 1, MAX_SOURCES);
    for (unsigned i = 0; i < 3; i++)
        xics_user_set_xive(b.xics, BASE + 64 + i, 0, 6 - i);
    for (unsigned i = 0; i < 3; i++)
        xics_user_pulse(b.xics, BASE + 64 + i);
    /* The most favoured comes first; each end brings the next, none twice. */
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmphex(accept(&b, 0), ==, xirr_of(0xff, BASE + 66 - i));
        g_assert_false(b.line[0]);
        xics_user_eoi(b.xics, 0, xirr_of(0xff, BASE + 66 - i));
    }
    g_assert_false(b.line[0]);
    xics_user_free(b.xics);
}

static void test_nested(void)
{
    Bench b;

    bench_init(&b, 1, 4);
    xics_user_set_xive(b.xics, BASE, 0, 7);
    xics_user_set_xive(b.xics, BASE + 1, 0, 3);
    xics_user_pulse(b.xics, BASE);
    g_assert_cmphex(accept(&b, 0), ==, xirr_of(0xff, BASE));
    xics_user_pulse(b.xics, BASE + 1);
    g_assert_true(b.line[0]);
    g_assert_cmphex(accept(&b, 0), ==, xirr_of(7, BASE + 1));
    xics_user_eoi(b.xics, 0, xirr_of(7, BASE + 1));
    xics_user_eoi(b.xics, 0, xirr_of(0xff, BASE));
    g_assert_cmphex(accept(&b, 0), ==, xirr_of(0xff, 0));
    xics_user_free(b.xics);
}

static void test_ipi(void)
{
    Bench b;
    uint32_t xirr;
    uint8_t mfrr;

    bench_init(&b, 2, 4);
    g_assert_true(xics_user_set_mfrr(b.xics, 1, 4));
    g_assert_true(b.line[1]);
    g_assert_true(xics_user_poll(b.xics, 1, &xirr, &mfrr));
    g_assert_cmphex(xirr, ==, xirr_of(0xff, XICS_IPI));
    g_assert_cmpuint(mfrr, ==, 4);
    g_assert_cmphex(accept(&b, 1), ==, xirr_of(0xff, XICS_IPI));
    g_assert_false(b.line[1]);
    /* The request stands until it is withdrawn. */
    xics_user_eoi(b.xics, 1, xirr_of(0xff, XICS_IPI));
    g_assert_true(b.line[1]);
    g_assert_cmphex(accept(&b, 1), ==, xirr_of(0xff, XICS_IPI));
    xics_user_set_mfrr(b.xics, 1, 0xff);
    xics_user_eoi(b.xics, 1, xirr_of(0xff, XICS_IPI));
    g_assert_false(b.line[1]);

    /* Withdrawn before it was accepted. */
    xics_user_set_mfrr(b.xics, 1, 4);
    xics_user_set_mfrr(b.xics, 1, 0xff);
    g_assert_false(b.line[1]);

    /* It displaces what is less favoured or equal, and gives way to what is more. */
    xics_user_set_xive(b.xics, BASE, 1, 4);
    xics_user_pulse(b.xics, BASE);
    xics_user_set_mfrr(b.xics, 1, 4);
    xics_user_poll(b.xics, 1, &xirr, &mfrr);
    g_assert_cmphex(xirr, ==, xirr_of(0xff, XICS_IPI));
    xics_user_set_mfrr(b.xics, 1, 5);
    xics_user_poll(b.xics, 1, &xirr, &mfrr);
    g_assert_cmphex(xirr, ==, xirr_of(0xff, BASE));
    g_assert_cmphex(accept(&b, 1), ==, xirr_of(0xff, BASE));
    xics_user_eoi(b.xics, 1, xirr_of(0xff, BASE));
    g_assert_cmphex(accept(&b, 1), ==, xirr_of(0xff, XICS_IPI));
    xics_user_free(b.xics);
}

static void test_masking(void)
{
    Bench b;
    uint32_t server, priority;

    bench_init(&b, 2, 4);
    /* Masked since power-on: an edge is kept. */
    xics_user_pulse(b.xics, BASE);
    g_assert_false(b.line[0]);
    xics_user_set_xive(b.xics, BASE, 1, 5);
    g_assert_true(b.line[1]);
    accept(&b, 1);
    xics_user_eoi(b.xics, 1, xirr_of(0xff, BASE));

    g_assert_true(xics_user_int_off(b.xics, BASE));
    g_assert_true(xics_user_int_off(b.xics, BASE));
    xics_user_get_xive(b.xics, BASE, &server, &priority);
    g_assert_cmpuint(server, ==, 1);
    g_assert_cmpuint(priority, ==, 0xff);
    xics_user_pulse(b.xics, BASE);
    g_assert_false(b.line[1]);
    g_assert_true(xics_user_int_on(b.xics, BASE));
    g_assert_true(b.line[1]);
    xics_user_get_xive(b.xics, BASE, &server, &priority);
    g_assert_cmpuint(priority, ==, 5);

    /* Masked while it waits at a server that is busy: moves with its new route. */
    xics_user_set_cppr(b.xics, 1, 0);
    g_assert_false(b.line[1]);
    xics_user_set_xive(b.xics, BASE, 0, 5);
    g_assert_true(b.line[0]);
    xics_user_set_cppr(b.xics, 1, 0xff);
    g_assert_false(b.line[1]);
    xics_user_free(b.xics);
}

static void test_bad_arguments(void)
{
    Bench b;
    uint32_t server = 7, priority = 7, xirr = 7;
    uint8_t mfrr = 7;

    memset(&b, 0, sizeof(b));
    b.xics = xics_user_new(3, BASE, 4, bench_output, &b);
    xics_user_connect(b.xics, 0);
    xics_user_connect(b.xics, 2);
    static const uint32_t no_source[] = {0, 1, 2, BASE - 1, BASE + 4, UINT32_MAX};
    for (unsigned i = 0; i < G_N_ELEMENTS(no_source); i++) {
        g_assert_false(xics_user_set_xive(b.xics, no_source[i], 0, 5));
        g_assert_false(xics_user_get_xive(b.xics, no_source[i], &server, &priority));
        g_assert_false(xics_user_int_off(b.xics, no_source[i]));
        g_assert_false(xics_user_int_on(b.xics, no_source[i]));
        g_assert_false(xics_user_set_level_sensitive(b.xics, no_source[i], TRUE));
        xics_user_pulse(b.xics, no_source[i]);
        xics_user_set_level(b.xics, no_source[i], TRUE);
    }
    static const uint64_t no_server[] = {1, 3, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX};
    for (unsigned i = 0; i < G_N_ELEMENTS(no_server); i++) {
        g_assert_false(xics_user_set_mfrr(b.xics, no_server[i], 5));
        g_assert_false(xics_user_poll(b.xics, no_server[i], &xirr, &mfrr));
    }
    g_assert_false(xics_user_set_xive(b.xics, BASE, 1, 5));
    g_assert_false(xics_user_set_xive(b.xics, BASE, 3, 5));
    g_assert_false(xics_user_set_xive(b.xics, BASE, 0, 256));
    g_assert_false(xics_user_accept(b.xics, 1, &xirr));
    g_assert_false(xics_user_eoi(b.xics, 1, 0));
    g_assert_false(xics_user_set_cppr(b.xics, 3, 0));
    g_assert_cmpuint(server + priority + xirr + mfrr, ==, 28);
    /* The end of an unknown source still sets the priority. */
    g_assert_false(xics_user_eoi(b.xics, 0, xirr_of(9, 0x999)));
    xics_user_poll(b.xics, 0, &xirr, &mfrr);
    g_assert_cmphex(xirr, ==, xirr_of(9, 0));
    xics_user_free(b.xics);
    xics_user_free(NULL);
}

static void test_reset(void)
{
    Bench b;
    uint32_t server, priority, xirr;
    uint8_t mfrr;

    bench_init(&b, 2, 4);
    xics_user_set_xive(b.xics, BASE, 1, 5);
    xics_user_pulse(b.xics, BASE);
    xics_user_set_mfrr(b.xics, 0, 1);
    g_assert_true(b.line[0] && b.line[1]);
    xics_user_reset(b.xics);
    g_assert_false(b.line[0] || b.line[1]);
    for (unsigned i = 0; i < 2; i++) {
        xics_user_poll(b.xics, i, &xirr, &mfrr);
        g_assert_cmphex(xirr, ==, 0);
        g_assert_cmpuint(mfrr, ==, 0xff);
        xics_user_set_cppr(b.xics, i, 0xff);
    }
    xics_user_get_xive(b.xics, BASE, &server, &priority);
    g_assert_cmpuint(priority, ==, 0xff);
    /* Nothing from before comes back. */
    xics_user_int_on(b.xics, BASE);
    xics_user_set_xive(b.xics, BASE, 1, 5);
    g_assert_false(b.line[0] || b.line[1]);
    /* What is new does come, on inputs that were up when the reset came. */
    xics_user_pulse(b.xics, BASE);
    xics_user_set_mfrr(b.xics, 0, 1);
    g_assert_true(b.line[0] && b.line[1]);
    xics_user_free(b.xics);
}

/* --- random operations against a model ------------------------------------------- */

/*
 * The model knows for each source whether an interrupt of it still has to reach
 * a server, and for each server which one it has. After each operation every
 * server must have one of the most favoured that it may have, and none if
 * there is none.
 */
typedef struct {
    uint32_t server;
    unsigned priority, saved;
    gboolean level, asserted, presented, queued, waiting;
} ModelSource;

typedef struct {
    unsigned cppr, mfrr;
    /** A source's index + 1 and its priority, or 0. */
    unsigned held, held_priority;
} ModelServer;

enum { MODEL_SERVERS = 3, MODEL_SOURCES = 66 };

typedef struct {
    Bench bench;
    ModelSource sources[MODEL_SOURCES];
    ModelServer servers[MODEL_SERVERS];
    unsigned delivered, displaced;
} Model;

static void model_take_back(Model *m, ModelServer *server)
{
    ModelSource *s = &m->sources[server->held - 1];

    s->waiting = s->presented = !s->level || s->asserted;
    server->held = 0;
    m->displaced++;
}

/** The most favoured priority that waits for @server. */
static unsigned model_best(const Model *m, uint32_t server)
{
    unsigned best = 0xff;

    for (unsigned i = 0; i < MODEL_SOURCES; i++) {
        const ModelSource *s = &m->sources[i];
        if (s->waiting && s->server == server && s->priority < best)
            best = s->priority;
    }
    return best;
}

/** Look at each server through H_IPOLL and check that what it has is right. */
static void model_check(Model *m)
{
    uint32_t xisr[MODEL_SERVERS];

    for (unsigned i = 0; i < MODEL_SERVERS; i++) {
        ModelServer *server = &m->servers[i];
        uint32_t xirr;
        uint8_t mfrr;

        g_assert_true(xics_user_poll(m->bench.xics, i, &xirr, &mfrr));
        g_assert_cmphex(xirr >> 24, ==, server->cppr);
        g_assert_cmphex(mfrr, ==, server->mfrr);
        xisr[i] = xirr & 0xffffff;
        g_assert_cmpint(m->bench.line[i], ==, xisr[i] != 0);
        /* First all that lost its place is free again: it may now be elsewhere. */
        gboolean ipi = server->mfrr < server->cppr && server->mfrr <= server->held_priority;
        if (server->held &&
            (xisr[i] != BASE + server->held - 1 || ipi || server->held_priority >= server->cppr))
            model_take_back(m, server);
        /* Displaced, and back at once at the better priority that it has by now. */
        ModelSource *s = server->held ? &m->sources[server->held - 1] : NULL;
        if (s && s->server == i && s->priority < server->held_priority &&
            model_best(m, i) < server->held_priority)
            model_take_back(m, server);
    }
    for (unsigned i = 0; i < MODEL_SERVERS; i++) {
        ModelServer *server = &m->servers[i];

        if (xisr[i] >= BASE && !server->held) {
            unsigned index = xisr[i] - BASE;
            ModelSource *s = &m->sources[index];

            g_assert_cmpuint(index, <, MODEL_SOURCES);
            g_assert_true(s->waiting);
            g_assert_cmpuint(s->server, ==, i);
            g_assert_cmpuint(s->priority, !=, 0xff);
            s->waiting = FALSE;
            server->held = index + 1;
            server->held_priority = s->priority;
        }
    }
    for (unsigned i = 0; i < MODEL_SERVERS; i++) {
        const ModelServer *server = &m->servers[i];
        gboolean ipi = server->mfrr < server->cppr;
        unsigned limit = server->cppr;

        if (xisr[i] == XICS_IPI) {
            g_assert_true(ipi);
            limit = server->mfrr;
        } else if (xisr[i]) {
            limit = server->held_priority;
            g_assert_cmpuint(limit, <, server->cppr);
            g_assert_true(!ipi || limit < server->mfrr);
        } else {
            g_assert_false(ipi);
        }
        g_assert_cmpuint(model_best(m, i), >=, limit);
    }
}

static void model_pulse(Model *m, unsigned index)
{
    ModelSource *s = &m->sources[index];

    if (!s->level) {
        if (s->presented)
            s->queued = TRUE;
        else
            s->presented = s->waiting = TRUE;
    }
    xics_user_pulse(m->bench.xics, BASE + index);
}

static void model_level(Model *m, unsigned index, gboolean level)
{
    ModelSource *s = &m->sources[index];

    if (s->level) {
        s->asserted = level;
        if (level && !s->presented)
            s->presented = s->waiting = TRUE;
        if (!level && s->waiting)
            s->presented = s->waiting = FALSE;
    }
    xics_user_set_level(m->bench.xics, BASE + index, level);
}

static void model_accept(Model *m, unsigned i)
{
    ModelServer *server = &m->servers[i];
    uint32_t before, xirr;
    uint8_t mfrr;

    xics_user_poll(m->bench.xics, i, &before, &mfrr);
    xirr = accept(&m->bench, i);
    g_assert_cmphex(xirr, ==, before);
    if ((xirr & 0xffffff) == XICS_IPI) {
        server->cppr = server->mfrr;
    } else if (xirr & 0xffffff) {
        server->cppr = server->held_priority;
        server->held = 0;
        m->delivered++;
    }
}

/** The priority first, then the end: a bogus one may meet its source anywhere. */
static void model_eoi(Model *m, unsigned i, unsigned cppr, unsigned index)
{
    ModelSource *s = &m->sources[index];

    m->servers[i].cppr = cppr;
    xics_user_set_cppr(m->bench.xics, i, (uint8_t)cppr);
    model_check(m);
    if (s->level) {
        s->presented = s->waiting = s->asserted;
    } else if (!s->waiting) {
        s->waiting = s->presented = s->queued;
        s->queued = FALSE;
    }
    g_assert_true(xics_user_eoi(m->bench.xics, i, xirr_of((uint8_t)cppr, BASE + index)));
}

static void model_step(Model *m, GRand *rand)
{
    static const unsigned priorities[] = {0, 3, 5, 5, 5, 7, 0xfe, 0xff};
    unsigned index = (unsigned)g_rand_int_range(rand, 0, MODEL_SOURCES);
    unsigned i = (unsigned)g_rand_int_range(rand, 0, MODEL_SERVERS);
    unsigned priority = priorities[g_rand_int_range(rand, 0, G_N_ELEMENTS(priorities))];
    ModelSource *s = &m->sources[index];

    switch (g_rand_int_range(rand, 0, 12)) {
    case 0:
    case 1:
        model_pulse(m, index);
        break;
    case 2:
        model_level(m, index, g_rand_boolean(rand));
        break;
    case 3:
    case 4:
        model_accept(m, i);
        break;
    case 5:
    case 6:
    case 7:
        model_eoi(m, i, g_rand_boolean(rand) ? 0xff : priority, index);
        break;
    case 8:
        m->servers[i].cppr = priority;
        g_assert_true(xics_user_set_cppr(m->bench.xics, i, (uint8_t)priority));
        break;
    case 9:
        m->servers[i].mfrr = priority;
        g_assert_true(xics_user_set_mfrr(m->bench.xics, i, (uint8_t)priority));
        break;
    case 10:
        s->server = i;
        s->priority = s->saved = priority;
        g_assert_true(xics_user_set_xive(m->bench.xics, BASE + index, i, priority));
        break;
    case 11:
        if (g_rand_boolean(rand)) {
            s->priority = 0xff;
            g_assert_true(xics_user_int_off(m->bench.xics, BASE + index));
        } else {
            s->priority = s->saved;
            g_assert_true(xics_user_int_on(m->bench.xics, BASE + index));
        }
        break;
    }
    model_check(m);
}

static void test_model(void)
{
    unsigned delivered = 0, displaced = 0;

    for (guint32 seed = 1; seed <= 40; seed++) {
        g_autofree Model *m = g_new0(Model, 1);
        GRand *rand = g_rand_new_with_seed(seed);

        bench_init(&m->bench, MODEL_SERVERS, MODEL_SOURCES);
        for (unsigned i = 0; i < MODEL_SERVERS; i++)
            m->servers[i] = (ModelServer){.cppr = 0xff, .mfrr = 0xff};
        for (unsigned i = 0; i < MODEL_SOURCES; i++) {
            m->sources[i] = (ModelSource){.priority = 0xff, .saved = 0xff, .level = i % 3 == 0};
            xics_user_set_level_sensitive(m->bench.xics, BASE + i, i % 3 == 0);
        }
        for (unsigned step = 0; step < 5000; step++)
            model_step(m, rand);
        delivered += m->delivered;
        displaced += m->displaced;
        g_rand_free(rand);
        xics_user_free(m->bench.xics);
    }
    /* The walk must have been where it hurts. */
    g_assert_cmpuint(delivered, >, 5000);
    g_assert_cmpuint(displaced, >, 2000);
}

/* --- threads ------------------------------------------------------------------------- */

enum { STRESS_SERVERS = 4, STRESS_SOURCES = 12, STRESS_DEVICES = 3, STRESS_EDGES = 4000 };

typedef struct {
    /** Protects line. */
    GMutex lock;
    GCond wake;
    gboolean line;
} StressInput;

typedef struct {
    XicsUser *xics;
    StressInput inputs[STRESS_SERVERS];
    /** Atomic: events sent and seen, per source and per server's IPI. */
    unsigned sent[STRESS_SOURCES], seen[STRESS_SOURCES];
    unsigned ipi_sent[STRESS_SERVERS], ipi_seen[STRESS_SERVERS];
    /** Atomic: a source may be in service once only. */
    int in_service[STRESS_SOURCES];
    /** Atomic. */
    int stop;
    unsigned spurious;
} Stress;

typedef struct {
    Stress *stress;
    unsigned index;
} StressArg;

static void stress_output(void *opaque, uint32_t server, gboolean level)
{
    StressInput *input = &((Stress *)opaque)->inputs[server];

    g_mutex_lock(&input->lock);
    input->line = level;
    g_cond_signal(&input->wake);
    g_mutex_unlock(&input->lock);
}

/** As a vCPU that cedes until its input is raised. */
static gpointer stress_vcpu(gpointer data)
{
    Stress *s = ((StressArg *)data)->stress;
    uint32_t server = ((StressArg *)data)->index;
    StressInput *input = &s->inputs[server];

    while (!__atomic_load_n(&s->stop, __ATOMIC_SEQ_CST)) {
        g_mutex_lock(&input->lock);
        gint64 until = g_get_monotonic_time() + G_USEC_PER_SEC / 10;
        while (!input->line && g_cond_wait_until(&input->wake, &input->lock, until))
            ;
        gboolean up = input->line;
        g_mutex_unlock(&input->lock);
        if (!up)
            continue;

        uint32_t xirr;
        g_assert_true(xics_user_accept(s->xics, server, &xirr));
        uint32_t number = xirr & 0xffffff;
        if (number == 0) {
            __atomic_fetch_add(&s->spurious, 1, __ATOMIC_RELAXED);
            continue;
        }
        if (number == XICS_IPI) {
            xics_user_set_mfrr(s->xics, server, 0xff);
            __atomic_store_n(&s->ipi_seen[server],
                             __atomic_load_n(&s->ipi_sent[server], __ATOMIC_SEQ_CST),
                             __ATOMIC_SEQ_CST);
        } else {
            uint32_t index = number - BASE;
            g_assert_cmpint(__atomic_exchange_n(&s->in_service[index], 1, __ATOMIC_SEQ_CST), ==, 0);
            __atomic_store_n(&s->seen[index], __atomic_load_n(&s->sent[index], __ATOMIC_SEQ_CST),
                             __ATOMIC_SEQ_CST);
            __atomic_store_n(&s->in_service[index], 0, __ATOMIC_SEQ_CST);
        }
        xics_user_eoi(s->xics, server, xirr);
    }
    return NULL;
}

static gpointer stress_device(gpointer data)
{
    Stress *s = ((StressArg *)data)->stress;
    unsigned device = ((StressArg *)data)->index;

    for (unsigned i = 0; i < STRESS_EDGES; i++) {
        unsigned source = device + STRESS_DEVICES * (i % (STRESS_SOURCES / STRESS_DEVICES));
        __atomic_fetch_add(&s->sent[source], 1, __ATOMIC_SEQ_CST);
        xics_user_pulse(s->xics, BASE + source);
        if (i % 3 == 0) {
            unsigned server = (i / 3 + device) % STRESS_SERVERS;
            __atomic_fetch_add(&s->ipi_sent[server], 1, __ATOMIC_SEQ_CST);
            xics_user_set_mfrr(s->xics, server, 4);
        }
        if (i % 64 == 0)
            g_usleep(100);
    }
    return NULL;
}

/** As a guest that balances and masks interrupts. */
static gpointer stress_router(gpointer data)
{
    Stress *s = ((StressArg *)data)->stress;
    GRand *rand = g_rand_new_with_seed(4711);

    while (!__atomic_load_n(&s->stop, __ATOMIC_SEQ_CST)) {
        uint32_t source = BASE + (uint32_t)g_rand_int_range(rand, 0, STRESS_SOURCES);

        xics_user_int_off(s->xics, source);
        if (g_rand_boolean(rand))
            xics_user_set_xive(s->xics, source, (uint32_t)g_rand_int_range(rand, 0, STRESS_SERVERS),
                               (uint32_t)g_rand_int_range(rand, 3, 8));
        xics_user_int_on(s->xics, source);
        g_usleep(50);
    }
    g_rand_free(rand);
    return NULL;
}

static gboolean stress_all_seen(Stress *s)
{
    for (unsigned i = 0; i < STRESS_SOURCES; i++) {
        if (__atomic_load_n(&s->seen[i], __ATOMIC_SEQ_CST) != s->sent[i])
            return FALSE;
    }
    for (unsigned i = 0; i < STRESS_SERVERS; i++) {
        if (__atomic_load_n(&s->ipi_seen[i], __ATOMIC_SEQ_CST) != s->ipi_sent[i])
            return FALSE;
    }
    return TRUE;
}

static void test_threads(void)
{
    Stress s = {0};
    StressArg args[STRESS_SERVERS + STRESS_DEVICES + 1];
    GThread *vcpus[STRESS_SERVERS], *devices[STRESS_DEVICES];

    s.xics = xics_user_new(STRESS_SERVERS, BASE, STRESS_SOURCES, stress_output, &s);
    for (unsigned i = 0; i < STRESS_SERVERS; i++) {
        g_mutex_init(&s.inputs[i].lock);
        g_cond_init(&s.inputs[i].wake);
        xics_user_connect(s.xics, i);
        xics_user_set_cppr(s.xics, i, 0xff);
    }
    for (unsigned i = 0; i < STRESS_SOURCES; i++)
        xics_user_set_xive(s.xics, BASE + i, i % STRESS_SERVERS, 5);

    for (unsigned i = 0; i < G_N_ELEMENTS(args); i++)
        args[i] = (StressArg){&s, i < STRESS_SERVERS ? i : i - STRESS_SERVERS};
    for (unsigned i = 0; i < STRESS_SERVERS; i++)
        vcpus[i] = g_thread_new("vcpu", stress_vcpu, &args[i]);
    GThread *router = g_thread_new("router", stress_router, &args[G_N_ELEMENTS(args) - 1]);
    for (unsigned i = 0; i < STRESS_DEVICES; i++)
        devices[i] = g_thread_new("device", stress_device, &args[STRESS_SERVERS + i]);
    for (unsigned i = 0; i < STRESS_DEVICES; i++)
        g_thread_join(devices[i]);

    /* All that was sent must be seen soon, with nobody sending any more. */
    for (unsigned tries = 0; tries < 3000 && !stress_all_seen(&s); tries++)
        g_usleep(10000);
    g_assert_true(stress_all_seen(&s));
    __atomic_store_n(&s.stop, 1, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < STRESS_SERVERS; i++)
        g_thread_join(vcpus[i]);
    g_thread_join(router);
    for (unsigned i = 0; i < STRESS_SERVERS; i++) {
        g_mutex_clear(&s.inputs[i].lock);
        g_cond_clear(&s.inputs[i].wake);
    }
    g_test_message("%u spurious", s.spurious);
    xics_user_free(s.xics);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/xics/edge", test_edge);
    g_test_add_func("/xics/level", test_level);
    g_test_add_func("/xics/cppr", test_cppr);
    g_test_add_func("/xics/displaced", test_displaced);
    g_test_add_func("/xics/nested", test_nested);
    g_test_add_func("/xics/ipi", test_ipi);
    g_test_add_func("/xics/masking", test_masking);
    g_test_add_func("/xics/bad-arguments", test_bad_arguments);
    g_test_add_func("/xics/reset", test_reset);
    g_test_add_func("/xics/model", test_model);
    g_test_add_func("/xics/threads", test_threads);
    return g_test_run();
}
