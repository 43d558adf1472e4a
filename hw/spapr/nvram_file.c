/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/nvram_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/endian.h"
#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/log.h"

enum { COPIES = 2, DIGEST_SIZE = 32 };

static const char NVRAM_MAGIC[16] = "Paprika NVRAM 1";

/** What a copy begins with; zeros up to NVRAM_FILE_HEAD. */
typedef struct {
    char magic[16];
    /** Of all copies ever stored, from 1: an odd one is in the first place. */
    be64 number;
    /** SHA-256 of the fields above and the contents. */
    uint8_t digest[DIGEST_SIZE];
} NvramFileHead;
G_STATIC_ASSERT(sizeof(NvramFileHead) == 56);
G_STATIC_ASSERT(sizeof(NVRAM_MAGIC) == sizeof(((NvramFileHead *)NULL)->magic));

struct NvramFile {
    int fd;
    /** Of the newest whole copy; 0: there is none. */
    uint64_t number;
};

static void digest_of(const NvramFileHead *head, const void *data, uint8_t digest[DIGEST_SIZE])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize size = DIGEST_SIZE;

    g_checksum_update(sum, (const guchar *)head, offsetof(NvramFileHead, digest));
    g_checksum_update(sum, data, NVRAM_FILE_DATA);
    g_checksum_get_digest(sum, digest, &size);
}

static off_t place_of(uint64_t number) { return number % COPIES ? 0 : NVRAM_FILE_COPY; }

/** The number of the copy at @copy, or 0 if it is not whole or in the wrong place. */
static uint64_t copy_number(const uint8_t *copy, off_t place)
{
    uint8_t digest[DIGEST_SIZE];
    NvramFileHead head;

    memcpy(&head, copy, sizeof(head));
    uint64_t number = be64_get(head.number);
    if (memcmp(head.magic, NVRAM_MAGIC, sizeof(head.magic)) != 0 || !number ||
        place_of(number) != place)
        return 0;
    digest_of(&head, copy + NVRAM_FILE_HEAD, digest);
    return memcmp(digest, head.digest, sizeof(digest)) == 0 ? number : 0;
}

static int read_all(int fd, uint8_t *bytes, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pread(fd, bytes + done, size - done, (off_t)done);

        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            return -EIO;
        else if (errno != EINTR)
            return -errno;
    }
    return 0;
}

static int write_all(int fd, const uint8_t *bytes, size_t size, off_t place)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pwrite(fd, bytes + done, size - done, place + (off_t)done);

        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return -errno;
    }
    return 0;
}

static gboolean all_zero(const uint8_t *bytes, size_t size)
{
    return !bytes[0] && memcmp(bytes, bytes + 1, size - 1) == 0;
}

/**
 * The newest whole copy. Without one the file is new, or the very first store into
 * it was cut off, which leaves the second place untouched.
 */
static gboolean load(NvramFile *file, const char *path, void *data, GError **error)
{
    g_autofree uint8_t *bytes = g_malloc(NVRAM_FILE_SIZE);
    unsigned whole = 0;
    int ret = read_all(file->fd, bytes, NVRAM_FILE_SIZE);

    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "cannot read NVRAM file '%s'",
                               path);
    for (off_t place = 0; place < NVRAM_FILE_SIZE; place += NVRAM_FILE_COPY) {
        uint64_t number = copy_number(bytes + place, place);

        whole += number != 0;
        if (number > file->number) {
            file->number = number;
            memcpy(data, bytes + place + NVRAM_FILE_HEAD, NVRAM_FILE_DATA);
        }
    }
    if (!file->number && !all_zero(bytes + NVRAM_FILE_COPY, NVRAM_FILE_COPY))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "'%s' is no NVRAM file, or both copies in it are damaged", path);
    if (file->number > 1 && whole < COPIES)
        log_info("NVRAM: the last store was cut off; '%s' has what was there before", path);
    return TRUE;
}

/** Room for both copies, so that a store does not fail for want of it. */
static gboolean make_room(NvramFile *file, const char *path, GError **error)
{
    struct stat st;

    if (fstat(file->fd, &st))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "NVRAM file '%s'", path);
    if (!S_ISREG(st.st_mode) || (st.st_size != 0 && st.st_size != NVRAM_FILE_SIZE))
        return error_set(error, PAPRIKA_ERROR_USAGE, "'%s' is no NVRAM file", path);

    int ret = st.st_size ? 0 : posix_fallocate(file->fd, 0, NVRAM_FILE_SIZE);
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, ret, "no room for NVRAM file '%s'", path);
    return TRUE;
}

NvramFile *nvram_file_open(const char *path, void *data, gboolean *found, GError **error)
{
    auto_fd fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);

    if (fd < 0) {
        error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "cannot open NVRAM file '%s'", path);
        return NULL;
    }
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        if (errno == EWOULDBLOCK)
            error_set(error, PAPRIKA_ERROR_USAGE, "NVRAM file '%s' is in use by another guest",
                      path);
        else
            error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot lock NVRAM file '%s'", path);
        return NULL;
    }

    NvramFile *file = g_new0(NvramFile, 1);
    file->fd = fd_steal(&fd);
    if (!make_room(file, path, error) || !load(file, path, data, error)) {
        nvram_file_close(file);
        return NULL;
    }
    *found = file->number != 0;
    return file;
}

void nvram_file_close(NvramFile *file)
{
    if (!file)
        return;
    fd_close(&file->fd);
    g_free(file);
}

int nvram_file_store(NvramFile *file, const void *data)
{
    g_autofree uint8_t *copy = g_malloc0(NVRAM_FILE_COPY);
    NvramFileHead head = {.number = be64_of(file->number + 1)};

    memcpy(head.magic, NVRAM_MAGIC, sizeof(head.magic));
    digest_of(&head, data, head.digest);
    memcpy(copy, &head, sizeof(head));
    memcpy(copy + NVRAM_FILE_HEAD, data, NVRAM_FILE_DATA);

    int ret = write_all(file->fd, copy, NVRAM_FILE_COPY, place_of(file->number + 1));
    if (ret == 0 && fdatasync(file->fd))
        ret = -errno;
    /* One that failed is written over by the next try. */
    if (ret == 0)
        file->number++;
    return ret;
}
