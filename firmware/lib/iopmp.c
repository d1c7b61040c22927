// SPDX-License-Identifier: Apache-2.0
#include "iopmp.h"

#include "iopmp_regs.h"
#include "mmio.h"

#define ENTRY_REGISTER(iopmp, entry, name)                     \
    ((iopmp)->registers + ATHENA_IOPMP_ENTRY_##name##_OFFSET + \
     (uintptr_t)ATHENA_IOPMP_ENTRY_##name##_STRIDE * (entry))

static uint32_t field(uint32_t value, uint32_t mask, uint32_t shift) {
    return (value & mask) >> shift;
}

enum result iopmp_init(struct iopmp* iopmp, const struct fdt_region* region) {
    const uintptr_t registers = (uintptr_t)region->address;
    *iopmp = (struct iopmp){.registers = registers};
    if (region->size == 0 ||
        mmio_read32(registers + ATHENA_IOPMP_ID_OFFSET) != ATHENA_IOPMP_ID_RESET) {
        return RESULT_NOT_FOUND;
    }
    const uint32_t caps = mmio_read32(registers + ATHENA_IOPMP_CAPS_OFFSET);
    iopmp->entries = field(caps, ATHENA_IOPMP_CAPS_ENTRIES_MASK, ATHENA_IOPMP_CAPS_ENTRIES_SHIFT);
    iopmp->rings = field(caps, ATHENA_IOPMP_CAPS_RINGS_MASK, ATHENA_IOPMP_CAPS_RINGS_SHIFT);
    iopmp->used = field(mmio_read32(registers + ATHENA_IOPMP_LOCK_OFFSET),
                        ATHENA_IOPMP_LOCK_ENTRIES_MASK, ATHENA_IOPMP_LOCK_ENTRIES_SHIFT);
    iopmp_enable(iopmp, false);
    if ((mmio_read32(registers + ATHENA_IOPMP_CTRL_OFFSET) & ATHENA_IOPMP_CTRL_ENABLE_MASK) != 0) {
        return RESULT_DEVICE_ERROR;
    }
    for (uint32_t entry = iopmp->used; entry < iopmp->entries; ++entry) {
        mmio_write32(ENTRY_REGISTER(iopmp, entry, CFG), 0);
    }
    iopmp_clear_error(iopmp);
    return RESULT_OK;
}

enum result iopmp_allow(struct iopmp* iopmp, const struct iopmp_grant* grant) {
    const uint64_t end = grant->address + grant->size;
    if (end <= grant->address || grant->rings == 0 || (grant->rings >> iopmp->rings) != 0) {
        return RESULT_BAD_ARGUMENT;
    }
    if (iopmp->used >= iopmp->entries) {
        return RESULT_FULL;
    }
    const uint32_t entry = iopmp->used++;
    // The rings last: until then the entry is about none, whatever its bounds.
    mmio_write64(ENTRY_REGISTER(iopmp, entry, BASE), grant->address);
    mmio_write64(ENTRY_REGISTER(iopmp, entry, END), end);
    mmio_write32(ENTRY_REGISTER(iopmp, entry, CFG),
                 (grant->read ? ATHENA_IOPMP_ENTRY_CFG_R_MASK : 0) |
                     (grant->write ? ATHENA_IOPMP_ENTRY_CFG_W_MASK : 0) |
                     grant->rings << ATHENA_IOPMP_ENTRY_CFG_RINGS_SHIFT);
    return RESULT_OK;
}

void iopmp_enable(const struct iopmp* iopmp, bool on) {
    mmio_order();  // what was written for the engines lies there before they are held to it
    mmio_write32(iopmp->registers + ATHENA_IOPMP_CTRL_OFFSET,
                 on ? ATHENA_IOPMP_CTRL_ENABLE_MASK : 0);
}

enum result iopmp_read_error(const struct iopmp* iopmp, struct iopmp_error* error) {
    enum { WRITE = 2 };
    const uint32_t info = mmio_read32(iopmp->registers + ATHENA_IOPMP_ERR_INFO_OFFSET);
    if ((info & ATHENA_IOPMP_ERR_INFO_V_MASK) == 0) {
        return RESULT_NOT_FOUND;
    }
    const uint32_t who = mmio_read32(iopmp->registers + ATHENA_IOPMP_ERR_REQID_OFFSET);
    *error = (struct iopmp_error){
        .type = field(info, ATHENA_IOPMP_ERR_INFO_ETYPE_MASK, ATHENA_IOPMP_ERR_INFO_ETYPE_SHIFT),
        .write = field(info, ATHENA_IOPMP_ERR_INFO_TTYPE_MASK, ATHENA_IOPMP_ERR_INFO_TTYPE_SHIFT) ==
                 WRITE,
        .ring = field(who, ATHENA_IOPMP_ERR_REQID_RRID_MASK, ATHENA_IOPMP_ERR_REQID_RRID_SHIFT),
        .entry = field(who, ATHENA_IOPMP_ERR_REQID_EID_MASK, ATHENA_IOPMP_ERR_REQID_EID_SHIFT),
        .address = mmio_read64(iopmp->registers + ATHENA_IOPMP_ERR_REQADDR_OFFSET),
    };
    return RESULT_OK;
}

void iopmp_clear_error(const struct iopmp* iopmp) {
    mmio_write32(iopmp->registers + ATHENA_IOPMP_ERR_INFO_OFFSET, ATHENA_IOPMP_ERR_INFO_V_MASK);
}
