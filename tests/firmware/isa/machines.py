# SPDX-License-Identifier: Apache-2.0
"""Assembles a directed program and runs it: on QEMU, and on the board."""
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
RAM_BASE = 0x8000_0000
RAM_MIB = 256
# RV64GC with M, S and U, Sstc, triggers, and nothing else.
QEMU_CPU = ("rv64,h=false,zba=false,zbb=false,zbc=false,zbs=false,"
            "Zihintpause=false")


class RunError(Exception):
    """A tool or a simulator did not do its work."""


def call(command, timeout):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise RunError(f"no end within {timeout} s: {' '.join(command)}") from None
    if done.returncode != 0:
        raise RunError(f"exit {done.returncode}: {' '.join(command)}\n"
                       f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


class Image:
    """A program's ELF file, and where its results come to lie."""

    def __init__(self, program, folder):
        self.elf = folder / f"{program.name}.elf"
        self.size = program.result_size
        source = folder / f"{program.name}_program.S"
        source.write_text(program.source)
        for name, content in program.files.items():
            (folder / name).write_bytes(content)
        call(["riscv64-unknown-elf-gcc", "-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany",
              "-nostdlib", "-static", "-Wl,--build-id=none",
              f"-Wl,--defsym=results_size={self.size},-T,{HERE / 'isa.ld'}",
              "-I", str(HERE), "-I", str(folder), str(source), "-o", str(self.elf)], 120)
        symbols = call(["riscv64-unknown-elf-nm", str(self.elf)], 60)
        self.results = int(re.search(r"^(\w+) . begin_signature$", symbols, re.M).group(1), 16)
        if self.results + self.size > RAM_BASE + (RAM_MIB << 20):
            raise RunError(f"{program.name}: {self.size} bytes of results do not fit")


def run_on_qemu(image, folder, timeout=120):
    """The results; QEMU's RAM is a file, which stays when the program ends QEMU."""
    ram = folder / "qemu.ram"
    call(["qemu-system-riscv64", "-M", "virt,memory-backend=ram", "-cpu", QEMU_CPU, "-m",
          f"{RAM_MIB}M", "-object",
          f"memory-backend-file,id=ram,size={RAM_MIB}M,mem-path={ram},share=on", "-display",
          "none", "-serial", "null", "-monitor", "none", "-bios", "none", "-kernel",
          str(image.elf)], timeout)
    with ram.open("rb") as file:
        file.seek(image.results - RAM_BASE)
        results = file.read(image.size)
    ram.unlink()
    return results


def run_on_athena(athena, image, folder, timeout=120):
    results = folder / "athena.results"
    call([athena, "run", "athena-mini", "--memory", f"{RAM_MIB}M", "--firmware", str(image.elf),
          "--save", f"{results}@{image.results:#x}:{image.size}"], timeout)
    return results.read_bytes()
