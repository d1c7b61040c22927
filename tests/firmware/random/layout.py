# SPDX-License-Identifier: Apache-2.0
"""Where a random program's parts lie, and the layout of its cases and records, for Python and for
driver.S."""

DRIVER = 0x8000_0000
CODE = 0x8020_0000
CODE_SIZE = 0x20_0000
CASES = 0x8040_0000
WINDOWS = 0x8180_0000  # pristine contents of the data windows
PMP_SETS = 0x8190_0000
ENDS = 0x8200_0000
TRAPS = 0x8300_0000
TRAPS_END = 0x87FF_0000
DATA = 0x8800_0000  # the pages that random accesses reach
DATA_PAGES = 4
TABLES = 0x8801_0000  # 16 pages
RAM_BASE = 0x8000_0000
RAM_MIB = 256

ROOT48, ROOT, DATA_L1, DATA_L0, CODE_S_L1, CODE_U_L1, CODE_S_L0, CODE_U_L0 = (
    TABLES + 0x1000 * i for i in range(8))
STUB = 0x100  # offset in a data page of a piece of code that returns

SPARE_ENTRY = TABLES + 0x8000
POKES = 12  # page-table entries that a case sets
MOST_TRAPS = 40
WINDOW_WORDS = 32 * DATA_PAGES
WINDOW_SPANS = ((0, 8), (1984, 16), (4032, 8))  # of a page: offset, words

CASE = ("ENTRY MODE MSTATUS MEDELEG MIDELEG MIE MIP MTVEC STVEC SATP COUNTEREN FCSR END STOP PATCH "
        "PATCH_NEW PATCH_OLD BASE WINDOWS PMP INDEX RECOVERY").split()
RECOVERIES = 8  # halfwords
CASE_POKES = 8 * (len(CASE) - 1) + 2 * RECOVERIES
CASE_X = CASE_POKES + 24 * POKES
CASE_F = CASE_X + 8 * 31
CASE_SIZE = CASE_F + 8 * 32

RECORD = ("ID INSTRET SLOT MCAUSE MEPC MTVAL MSTATUS MIP SCAUSE SEPC STVAL FCSR MIE MEDELEG MIDELEG "
          "SATP SSCRATCH STVEC MTVEC MCOUNTEREN SCOUNTEREN MENVCFG SENVCFG").split()
RECORD_NAMES = ([name.lower() for name in RECORD] + [f"x{i}" for i in range(1, 32)] +
                [f"f{i}" for i in range(32)])
RECORD_X = 8 * len(RECORD)
RECORD_F = RECORD_X + 8 * 31
RECORD_SIZE = RECORD_F + 8 * 32

END = ["ID", "TRAPS", "PMPCFG0", "PMPCFG2"]
END_PMPADDR = 8 * len(END)
END_POKES = END_PMPADDR + 8 * 16
END_WINDOWS = END_POKES + 8 * POKES
END_SIZE = END_WINDOWS + 8 * WINDOW_WORDS
END_NAMES = ([name.lower() for name in END] + [f"pmpaddr{i}" for i in range(16)] +
             [f"entry{i}" for i in range(POKES)] +
             [f"memory {DATA + 4096 * page + start + 8 * i:#x}" for page in range(DATA_PAGES)
              for start, words in WINDOW_SPANS for i in range(words)])


def header():
    """layout.inc of driver.S."""
    lines = [f"#define {name} {value:#x}" for name, value in globals().items()
             if isinstance(value, int) and name.isupper()]
    for prefix, names in (("CASE", CASE), ("RECORD", RECORD), ("END", END)):
        lines += [f"#define {prefix}_{name} {8 * i}" for i, name in enumerate(names)]
    return "\n".join(lines) + "\n"
