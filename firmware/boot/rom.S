# SPDX-License-Identifier: Apache-2.0
# Boot ROM: every hart leaves reset here. The platform fills the table before the start (docs/firmware.md).
    .section .text
    .globl  _start
_start:
    csrr    a0, mhartid
    la      t0, table
    ld      a3, 0(t0)
    ld      a1, 8(t0)
    ld      a2, 16(t0)
    jr      a3

    .org    0x100
table:
    .dword  0           # entry
    .dword  0           # device tree
    .dword  0           # address of fw_dynamic_info
    .dword  0
fw_dynamic_info:
    .dword  0x4942534f  # magic "OSBI"
    .dword  2           # version
    .dword  0           # next_addr
    .dword  0           # next_mode
    .dword  0           # options
    .dword  0           # boot_hart
