# SPDX-License-Identifier: Apache-2.0
"""PMP (Volume II, 3.7) where QEMU 7.2 does something else, and beside it: each case's cause of a trap
is what the specification says. Settings at large are compared by ../random."""
from program import Program, Section

LOAD, STORE, ECALL_S = 5, 7, 9
PAGE = "X >> 2 | 511"
NEXT_PAGE = "(X + 0x1000) >> 2 | 511"
TWO_PAGES = "X >> 2 | 1023"
OVER_THE_END = ("li t2, 0xffc", "add t2, t2, s3")
RW, NONE_NA4, X_TOR = 0x1B, 0x10, 0x0F

# One page at virtual 0, by page tables that PMP lets be read only.
WALK = ("addr 0, (X + 0x2000) >> 2 | 1023", "addr 1, X >> 2 | 0x3ffff", "cfg 0x1b19",
        "li t1, X + 0x2000", "li t3, (X + 0x3000) >> 2 | 1", "sd t3, 0(t1)", "li t1, X + 0x3000")
SATP = ("sd t3, 0(t1)", "li t3, 8 << 60 | (X + 0x2000) >> 12", "csrw satp, t3", "li s3, 0", "on")
# S-mode executes an ECALL at the start of the page.
EXECUTE = ("li t1, 0x73", "sw t1, 0(s3)", "fence.i", "enter_supervisor")

# Name, code, cause; S-mode's accesses by MPRV.
CASES = (
    ("a word without permissions in a page, loaded after another one",
     ("addr 0, X >> 2", f"addr 1, {PAGE}", f"cfg {RW << 8 | NONE_NA4}", "on", "ld t1, 8(s3)",
      "lw t1, 0(s3)"), LOAD),
    ("the same word, loaded first",
     ("addr 0, X >> 2", f"addr 1, {PAGE}", f"cfg {RW << 8 | NONE_NA4}", "on", "lw t1, 0(s3)"), LOAD),
    ("TOR with a top of 0 matches nothing",
     ("addr 0, 0", f"addr 1, {PAGE}", f"cfg {RW << 8 | 8}", "on", "ld t1, 8(s3)"), 0),
    ("TOR whose bottom is above its top matches nothing",
     ("addr 0, 0x30000000", "addr 1, X >> 2", f"addr 2, {PAGE}", f"cfg {RW << 16 | 8 << 8}", "on",
      "ld t1, 8(s3)"), 0),
    ("a load over the end of a page, each page with its entry",
     (f"addr 0, {PAGE}", f"addr 1, {NEXT_PAGE}", f"cfg {RW << 8 | RW}", "on", *OVER_THE_END,
      "ld t1, 0(t2)"), 0),
    ("a store over the end of a page, each page with its entry",
     (f"addr 0, {PAGE}", f"addr 1, {NEXT_PAGE}", f"cfg {RW << 8 | RW}", "on", *OVER_THE_END,
      "sd t1, 0(t2)"), 0),
    ("a load over the end of a page, one entry",
     (f"addr 0, {TWO_PAGES}", f"cfg {RW}", "on", *OVER_THE_END, "ld t1, 0(t2)"), 0),
    ("a word without permissions amid a misaligned load",
     ("addr 0, (X + 8) >> 2", f"addr 1, {PAGE}", f"cfg {RW << 8 | NONE_NA4}", "on",
      "ld t1, 6(s3)"), LOAD),
    ("TOR whose bottom moves, without a write of its configuration",
     ("addr 0, X >> 2", "addr 1, (X + 0x1000) >> 2", "cfg 0x0b00", "on", "ld t1, 0(s3)",
      "addr 0, (X + 0x800) >> 2", "sfence.vma", "ld t1, 0(s3)"), LOAD),
    ("A to be set in a table that may not be written",
     (*WALK, "li t3, X >> 2 | 0xf", *SATP, "ld t1, 0(s3)"), LOAD),
    ("D to be set in a table that may not be written",
     (*WALK, "li t3, X >> 2 | 0x4f", *SATP, "sd t1, 0(s3)"), STORE),
    ("A and D are set in a table that may not be written",
     (*WALK, "li t3, X >> 2 | 0xcf", *SATP, "sd t1, 0(s3)"), 0),
    ("code in a page with a word without permissions",
     ("addr 0, (X + 0x800) >> 2", f"addr 1, {PAGE}", f"cfg {0x1F << 8 | NONE_NA4}", *EXECUTE),
     ECALL_S),
    ("code in the half of a page that may be executed",
     ("addr 0, X >> 2", "addr 1, (X + 0x800) >> 2", f"cfg {X_TOR << 8}", *EXECUTE), ECALL_S),
    ("a locked word without permissions, loaded by M-mode after another one",
     ("addr 0, X >> 2", "cfg 0x90", "ld t1, 8(s3)", "lw t1, 0(s3)"), LOAD),
)

SOURCE = """#include "start.S"
#define X 0x88000000              // a page without code
#define MPP_S 0x800
#define MPRV 0x20000

.macro addr entry, value:vararg
    li t0, (\\value)
    csrw pmpaddr\\entry, t0
.endm
.macro cfg value
    li t0, \\value
    csrw pmpcfg0, t0
.endm
.macro on                         // loads and stores as S-mode's
    sfence.vma
    li t0, MPRV | MPP_S
    csrs mstatus, t0
.endm
.macro enter_supervisor
    li t0, MPP_S
    csrs mstatus, t0
    la s2, 1f
    csrw mepc, s3
    mret
1:
.endm

    .text
    .option norvc
    .balign 4
handler:                          // a0 = the cause; on after the access, or at s2
    csrr a0, mcause
    csrr t6, mepc
    addi t6, t6, 4
    beqz s2, 1f
    mv t6, s2
    li t5, 0x1800
    csrs mstatus, t5
1:  csrw mepc, t6
    mret

begin:
    li t0, MPRV | 0x1800
    csrc mstatus, t0
    csrw satp, zero
    csrw pmpcfg0, zero
    sfence.vma
    li s3, X
    li s2, 0
    li a0, 0
    ret

end:
    li t0, MPRV | 0x1800
    csrc mstatus, t0
    sd a0, 0(s1)
    addi s1, s1, 8
    ret

    .global run
run:
    mv s11, ra
    la t0, handler
    csrw mtvec, t0
    la s1, begin_signature
"""


def program(slow=False):
    del slow
    lines = []
    for _, code, _ in CASES:
        lines += ["call begin", *code, "call end"]
    source = SOURCE + "".join(f"    {line}\n" for line in lines) + """    la t0, unexpected_trap
    csrw mtvec, t0
    mv ra, s11
    ret
"""
    section = Section(len(CASES), ("mcause",), lambda i: CASES[i][0], lambda i, _: [CASES[i][2]])
    return Program("pmp_corners", source, [section])
