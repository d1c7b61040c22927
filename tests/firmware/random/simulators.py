# SPDX-License-Identifier: Apache-2.0
"""Builds a random program's ELF file and runs it, on QEMU and on the board."""
import pathlib
import re
import struct
import sys

import layout as at

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "isa"))
from machines import call  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
# RV64GC with M, S and U, and nothing else.
QEMU_CPU = ("rv64,h=false,sstc=false,debug=false,zba=false,zbb=false,zbc=false,zbs=false,"
            "Zihintpause=false")


class Driver:
    """driver.S, assembled: its bytes from DRIVER on, and its symbols."""

    def __init__(self, folder):
        (folder / "layout.inc").write_text(at.header())
        elf, raw = folder / "driver.elf", folder / "driver.bin"
        call(["riscv64-unknown-elf-gcc", "-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany",
              "-nostdlib", "-static", "-Wl,--build-id=none",
              f"-Wl,-Ttext={at.DRIVER:#x}", "-I", str(folder),
              str(HERE / "driver.S"), "-o", str(elf)], 60)
        symbols = call(["riscv64-unknown-elf-nm", str(elf)], 60)
        self.symbols = {name: int(value, 16)
                        for value, name in re.findall(r"^(\w+) \w (\w+)$", symbols, re.M)}
        call(["riscv64-unknown-elf-objcopy", "-O", "binary", str(elf), str(raw)], 60)
        self.bytes = raw.read_bytes()


def write_elf(path, entry, segments):
    """A 64-bit RISC-V executable of (address, bytes) segments."""
    segments = sorted(segments)
    offset = (64 + 56 * len(segments) + 4095) & -4096
    headers, body = b"", b""
    for address, data in segments:
        headers += struct.pack("<2I6Q", 1, 7, offset + len(body), address, address, len(data),
                               len(data), 8)
        body += data + bytes(-len(data) % 8)
    header = struct.pack("<16s2HI3QI6H", b"\x7fELF\x02\x01\x01", 2, 243, 1, entry, 64, 0, 5, 64, 56,
                         len(segments), 64, 0, 0)
    path.write_bytes((header + headers).ljust(offset, b"\0") + body)


def build(driver, program, path):
    write_elf(path, at.DRIVER, [(at.DRIVER, driver.bytes), *program.segments()])


class Results:
    """ends: the end records, by case; traps: all trap records in order."""

    def __init__(self, ends, traps):
        self.ends, self.traps = ends, traps


def trap_bytes(ends):
    """What the trap records take, by the counts in the end records."""
    counts = [struct.unpack_from("<Q", ends, place + 8)[0]
              for place in range(0, len(ends), at.END_SIZE)]
    total = sum(counts) * at.RECORD_SIZE
    return min(total, at.TRAPS_END - at.TRAPS)


def run_on_qemu(elf, cases, folder, timeout=300):
    """QEMU's RAM is a file, which stays when the program ends QEMU."""
    ram = folder / "qemu.ram"
    call(["qemu-system-riscv64", "-M", "virt,memory-backend=ram", "-cpu", QEMU_CPU, "-m",
          f"{at.RAM_MIB}M", "-icount", "shift=0", "-object",
          f"memory-backend-file,id=ram,size={at.RAM_MIB}M,mem-path={ram},share=on", "-display",
          "none", "-serial", "null", "-monitor", "none", "-bios", "none", "-kernel", str(elf)],
         timeout)
    with ram.open("rb") as file:
        file.seek(at.ENDS - at.RAM_BASE)
        ends = file.read(cases * at.END_SIZE)
        file.seek(at.TRAPS - at.RAM_BASE)
        traps = file.read(trap_bytes(ends))
    ram.unlink()
    return Results(ends, traps)


def run_on_athena(athena, elf, cases, size, folder, timeout=300):
    """size: of the trap records that are wanted."""
    ends, traps = folder / "athena.ends", folder / "athena.traps"
    call([athena, "run", "athena-mini", "--memory", f"{at.RAM_MIB}M", "--firmware", str(elf),
          "--save", f"{ends}@{at.ENDS:#x}:{cases * at.END_SIZE}", "--save",
          f"{traps}@{at.TRAPS:#x}:{max(size, 8)}"], timeout)
    return Results(ends.read_bytes(), traps.read_bytes()[:size])
