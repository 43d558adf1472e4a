/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA windows of a bridge (LoPAR 7.3.28, "DMA window manipulation"). The default one lies at 0,
 * in pages of 4 KiB; the guest may have one more made, or that one in its place.
 */
#include <errno.h>

#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/pci/tce_table.h"
#include "src/base/error.h"

enum {
    /** "I/O page sizes" of ibm,query-pe-dma-window. */
    PAGES_4K = 1 << 0,
    PAGES_64K = 1 << 1,
    PAGES_16M = 1 << 2,
    PAGES_2M = 1 << 8,
    /** The dynamic window has at least so many entries, and no more than TCE_MAX_ENTRIES. */
    MIN_ENTRIES = 1 << 16,
};

static TceTable *default_window(void)
{
    return tce_table_new(0, TCE_SHIFT_4K, PCI_DMA32_SIZE >> TCE_SHIFT_4K);
}

gboolean pci_dma_init(PciHost *host, GError **error)
{
    host->windows[PCI_DMA_DEFAULT] = default_window();
    if (host->windows[PCI_DMA_DEFAULT])
        return TRUE;
    return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "no memory for a DMA window");
}

void pci_dma_finish(PciHost *host)
{
    for (unsigned i = 0; i < PCI_DMA_WINDOWS; i++)
        tce_table_free(host->windows[i]);
}

void pci_dma_reset(PciHost *host)
{
    g_rw_lock_writer_lock(&host->dma_lock);
    g_clear_pointer(&host->windows[PCI_DMA_DYNAMIC], tce_table_free);
    if (host->windows[PCI_DMA_DEFAULT])
        tce_table_clear(host->windows[PCI_DMA_DEFAULT]);
    else
        host->windows[PCI_DMA_DEFAULT] = default_window();
    g_rw_lock_writer_unlock(&host->dma_lock);
}

/**
 * Enough for all that the guest can have of memory in pages of 64 KiB: a guest
 * can make the host pay no more than 8 bytes for each of these.
 */
static uint32_t most_entries(const PciHost *host)
{
    const VmConfig *config = host->all->vm->config;
    uint64_t pages = config_max_memory(config) >> TCE_SHIFT_64K, entries = MIN_ENTRIES;

    while (entries < pages && entries < TCE_MAX_ENTRIES)
        entries *= 2;
    return (uint32_t)entries;
}

void pci_dma_query(PciHost *host, PciDmaOffer *offer)
{
    g_rw_lock_reader_lock(&host->dma_lock);
    offer->available = host->windows[PCI_DMA_DYNAMIC] ? 0 : 1;
    g_rw_lock_reader_unlock(&host->dma_lock);
    offer->entries = most_entries(host);
    offer->page_sizes = PAGES_4K | PAGES_64K | PAGES_16M | PAGES_2M;
}

static gboolean page_shift_ok(unsigned shift)
{
    return shift == TCE_SHIFT_4K || shift == TCE_SHIFT_64K || shift == TCE_SHIFT_2M ||
           shift == TCE_SHIFT_16M;
}

int pci_dma_create(PciHost *host, unsigned page_shift, unsigned window_shift, uint32_t *liobn,
                   uint64_t *base)
{
    if (!page_shift_ok(page_shift) || window_shift < page_shift || window_shift >= 59 ||
        UINT64_C(1) << (window_shift - page_shift) > most_entries(host))
        return -EINVAL;

    int ret = 0;
    g_rw_lock_writer_lock(&host->dma_lock);
    if (host->windows[PCI_DMA_DYNAMIC]) {
        ret = -EBUSY;
    } else {
        host->windows[PCI_DMA_DYNAMIC] =
            tce_table_new(PCI_DMA64_BASE, page_shift, UINT64_C(1) << (window_shift - page_shift));
        if (!host->windows[PCI_DMA_DYNAMIC])
            ret = -ENOMEM;
    }
    g_rw_lock_writer_unlock(&host->dma_lock);
    *liobn = PCI_LIOBN(host->index, PCI_DMA_DYNAMIC);
    *base = PCI_DMA64_BASE;
    return ret;
}

/** The bridge and window that @liobn may mean; NULL if none can have it. */
static PciHost *host_of(PciHosts *hosts, uint64_t liobn, unsigned *window)
{
    for (unsigned i = 0; hosts && i < hosts->count; i++) {
        for (*window = 0; *window < PCI_DMA_WINDOWS; (*window)++) {
            if (liobn == PCI_LIOBN(i, *window))
                return &hosts->hosts[i];
        }
    }
    return NULL;
}

gboolean pci_dma_remove(PciHosts *hosts, uint32_t liobn)
{
    unsigned window;
    PciHost *host = host_of(hosts, liobn, &window);

    if (!host)
        return FALSE;
    g_rw_lock_writer_lock(&host->dma_lock);
    gboolean there = host->windows[window] != NULL;
    g_clear_pointer(&host->windows[window], tce_table_free);
    g_rw_lock_writer_unlock(&host->dma_lock);
    return there;
}

gboolean pci_dma_translate(void *opaque, uint64_t addr, gboolean write, uint64_t *real,
                           uint64_t *left)
{
    PciHost *host = opaque;
    const TceTable *table;
    unsigned window = addr >= PCI_DMA64_BASE ? PCI_DMA_DYNAMIC : PCI_DMA_DEFAULT;

    g_rw_lock_reader_lock(&host->dma_lock);
    table = host->windows[window];
    gboolean ok = table && tce_table_translate(table, addr, write, real, left);
    g_rw_lock_reader_unlock(&host->dma_lock);
    return ok;
}

TceTable *pci_dma_hold(PciHosts *hosts, uint64_t liobn, PciHost **holder)
{
    unsigned window;
    PciHost *host = host_of(hosts, liobn, &window);

    *holder = NULL;
    if (!host)
        return NULL;
    g_rw_lock_reader_lock(&host->dma_lock);
    *holder = host;
    return host->windows[window];
}

void pci_dma_release(PciHost *holder)
{
    if (holder)
        g_rw_lock_reader_unlock(&holder->dma_lock);
}
