// SPDX-License-Identifier: GPL-2.0-or-later
//
// kvmloop KERNEL TREE: runs a bare-metal guest with one CPU by the least that KVM takes: a loop of
// KVM_RUN and of the return code H_FUNCTION for whatever hypercall comes out. That is the floor
// that Paprika's own path is measured against. H_PUT_TERM_CHAR alone is served, and RTAS, whose
// only call here is power-off, is the end.

#define _GNU_SOURCE
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

enum { H_PUT_TERM_CHAR = 0x58, H_RTAS = 0xf000, H_FUNCTION = -2, TERM_CHARS = 16 };
static const size_t memory_size = 256 << 20, tree_at = 128 << 20;
static const uint64_t msr_sf_me = 1ull << 63 | 1ull << 12;

static void die(const char *what)
{
    fprintf(stderr, "kvmloop: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int must(int result, const char *what)
{
    if (result < 0)
        die(what);
    return result;
}

static size_t load_file(const char *path, uint8_t *to, size_t room)
{
    int fd = must(open(path, O_RDONLY), path);
    ssize_t n, total = 0;

    while ((n = read(fd, to + total, room - (size_t)total)) > 0)
        total += n;
    close(fd);
    if (total <= 0)
        die(path);
    return (size_t)total;
}

// The only segment of a guest that is linked at 0; its entry.
static uint64_t load_guest(const char *path, uint8_t *memory)
{
    static uint8_t image[16 << 20];
    size_t size = load_file(path, image, sizeof(image));
    const Elf64_Ehdr *head = (const void *)image;

    for (unsigned i = 0; i < be16toh(head->e_phnum); i++) {
        const Elf64_Phdr *part =
            (const void *)(image + be64toh(head->e_phoff) + i * sizeof(Elf64_Phdr));
        uint64_t to = be64toh(part->p_paddr), bytes = be64toh(part->p_filesz);

        if (be32toh(part->p_type) != PT_LOAD)
            continue;
        if (be64toh(part->p_offset) + bytes > size || to + bytes > tree_at)
            die("broken ELF file");
        memcpy(memory + to, image + be64toh(part->p_offset), bytes);
    }
    return be64toh(head->e_entry);
}

static void put_chars(const struct kvm_run *run)
{
    uint64_t chars[2] = {htobe64(run->papr_hcall.args[2]), htobe64(run->papr_hcall.args[3])};
    size_t count = run->papr_hcall.args[1];

    fwrite(chars, 1, count < TERM_CHARS ? count : TERM_CHARS, stdout);
}

static void loop(int vcpu, struct kvm_run *run)
{
    for (;;) {
        if (ioctl(vcpu, KVM_RUN, 0) < 0 && errno != EINTR)
            die("KVM_RUN");
        if (run->exit_reason != KVM_EXIT_PAPR_HCALL) {
            fprintf(stderr, "kvmloop: exit reason %u\n", run->exit_reason);
            exit(1);
        }
        run->papr_hcall.ret = (uint64_t)(int64_t)H_FUNCTION;
        if (run->papr_hcall.nr == H_PUT_TERM_CHAR) {
            put_chars(run);
            run->papr_hcall.ret = 0;
        } else if (run->papr_hcall.nr == H_RTAS) {
            return;
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    int kvm = must(open("/dev/kvm", O_RDWR), "/dev/kvm");
    int vm = must(ioctl(kvm, KVM_CREATE_VM, KVM_VM_PPC_HV), "KVM_CREATE_VM");
    uint8_t *memory =
        mmap(NULL, memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct kvm_userspace_memory_region region = {.memory_size = memory_size,
                                                 .userspace_addr = (uintptr_t)memory};
    struct kvm_enable_cap papr = {.cap = KVM_CAP_PPC_PAPR};
    struct kvm_ppc_mmuv3_cfg radix = {.flags = KVM_PPC_MMUV3_RADIX, .process_table = 1ull << 63};
    struct kvm_regs regs = {.msr = msr_sf_me};

    must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "memory");
    must(ioctl(vm, KVM_PPC_CONFIGURE_V3_MMU, &radix), "radix");
    int vcpu = must(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    must(ioctl(vcpu, KVM_ENABLE_CAP, &papr), "PAPR mode");
    struct kvm_run *run =
        mmap(NULL, (size_t)must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "size of a vCPU"),
             PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (run == MAP_FAILED || memory == MAP_FAILED)
        die("mmap");

    regs.pc = load_guest(argv[1], memory);
    regs.gpr[3] = tree_at;
    load_file(argv[2], memory + tree_at, memory_size - tree_at);
    must(ioctl(vcpu, KVM_SET_REGS, &regs), "registers");
    loop(vcpu, run);
    return fflush(stdout) ? 1 : 0;
}
