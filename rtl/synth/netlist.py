# SPDX-License-Identifier: Apache-2.0
"""Synthesises the tile with yosys and abc and reads the figures of its modules.

Gates are those of two inputs, any function, and inverters: a multiplexer is three of them. A flip-flop is one, with whatever
enable and reset it has. L1 is a macro, a black box with its ports. Assertions are left out.
"""
import dataclasses
import pathlib
import re
import shutil
import subprocess
import tempfile

RTL = pathlib.Path(__file__).resolve().parent.parent
L1 = "athena_tile_l1"
L1_BYTES = 1048576
SECONDS = 3600

# Memories that are read before they are written stay memories until the constant parts of their addresses are known, and
# ports of equal enables are one: else each write makes a multiplexer for each word (docs/rtl-verification.md).
SYNTHESIS = """
read_verilog -noassert -defer -sv -I{rtl}/tile {sources}
chparam -set Rows {size} -set Cols {size} -set L1Bytes {l1_bytes} athena_tile
hierarchy -check -top athena_tile
tee -o {folder}/tree stat -top athena_tile
{others}
proc -noopt
opt_clean
tee -o {folder}/latches select -list t:$dlatch t:$adlatch t:$dlatchsr t:$sr
check -assert
opt_expr -mux_undef -undriven -fine
opt_reduce
opt_clean
opt_mem_priority
opt_mem_feedback
memory_collect
memory_map
opt_expr -mux_undef -fine
opt_merge
opt_dff
opt_clean
wreduce
alumacc
techmap
abc -fast -g gates
opt_clean
tee -o {folder}/stat stat
design -save mapped
delete t:$paramod* t:athena_* t:tile_csr
tee -o {folder}/module_paths ltp -noff
"""

WHOLE = """
design -load mapped
flatten
check -assert
delete t:*{l1}
tee -o {folder}/tile_path ltp -noff
"""


class Refused(Exception):
    """yosys does not take the RTL, or finds in it what must not be."""


@dataclasses.dataclass
class Module:
    instances: int = 0
    gates: int = 0  # of all instances
    flip_flops: int = 0
    depth: int = 0  # gates from register or port to register or port


def base_name(module):
    """athena_fifo of `$paramod\\athena_fifo\\Depth=…` and of `$paramod$hash\\athena_fifo`."""
    return re.sub(r"^\$paramod(\$[0-9a-f]+)?\\", "", module).split("\\")[0]


def instances_of(tree):
    """How often each module is in the design, from the indented tree of stat."""
    counts, above = {}, []
    lines = re.findall(r"^( +)(\S+) +(\d+)$", tree[tree.index("=== design hierarchy ==="):], re.M)
    for indent, module, count in lines:
        above = [entry for entry in above if entry[0] < len(indent)]
        number = int(count) * (above[-1][1] if above else 1)
        above.append((len(indent), number))
        counts[module] = counts.get(module, 0) + number
    return counts


def read_modules(tree, stat, paths):
    """{name: Module} of yosys' stat and ltp; modules of assertions only have nothing left and are not in it."""
    counts, modules = instances_of(tree), {}
    depths = dict(re.findall(r"^Longest topological path in (\S+) \(length=(\d+)\)", paths, re.M))
    for name, text in re.findall(r"^=== (\S+) ===\n(.*?)(?=^===|\Z)", stat, re.M | re.S):
        cells = [(kind, int(number)) for kind, number in re.findall(r"^ +(\$_\S+) +(\d+)$", text, re.M)]
        if cells:
            module = modules.setdefault(base_name(name), Module())
            module.instances += counts[name]
            module.flip_flops += counts[name] * sum(number for kind, number in cells if "DFF" in kind)
            module.gates += counts[name] * sum(number for kind, number in cells if "DFF" not in kind)
            module.depth = max(module.depth, int(depths[name]))
    return dict(sorted(modules.items()))


def write_black_box(folder):
    text = (RTL / f"tile/{L1}.sv").read_text()
    ports = text[text.index("module "):re.search(r"^\);\n", text, re.M).end()]
    (folder / f"{L1}.sv").write_text(f"(* blackbox *)\n{ports}endmodule\n")


def others_of(only):
    """Commands that leave the ports of all modules but those named."""
    if not only:
        return ""
    named = " ".join(f"*?{name} %d *?{name}?*=* %d" for name in only)
    return f"select * {named}\nblackbox\nselect -clear"


def run_yosys(script, folder):
    path = folder / "script"
    path.write_text(script)
    run = subprocess.run(["yosys", "-q", "-s", path], capture_output=True, text=True, check=False, timeout=SECONDS)
    latches = folder / "latches"
    if latches.exists() and latches.read_text().strip():
        raise Refused(f"latches: {latches.read_text().strip()}")
    if run.returncode != 0:
        raise Refused(f"yosys stops\n{run.stdout[-4000:]}{run.stderr[-2000:]}")


def synthesise(size, only=()):
    """{name: Module} of a tile of size x size and the depth of the tile's longest path with the path's two ends; with
    only, those modules alone, and depth 0."""
    with tempfile.TemporaryDirectory(prefix="athena-synth-") as name:
        folder = pathlib.Path(name)
        write_black_box(folder)
        listed = subprocess.run([RTL / "sources"], check=True, capture_output=True, text=True).stdout.split()
        sources = [source for source in listed if L1 not in source] + [str(folder / f"{L1}.sv")]
        run_yosys((SYNTHESIS if only else SYNTHESIS + WHOLE).format(
            rtl=RTL, sources=" ".join(sources), size=size, l1_bytes=L1_BYTES, others=others_of(only), folder=folder, l1=L1),
            folder)
        modules = read_modules(*((folder / file).read_text() for file in ("tree", "stat", "module_paths")))
        if only:
            return modules, 0, ("", "")
        path = (folder / "tile_path").read_text()
        depth = int(re.search(r"\(length=(\d+)\)", path)[1])
        ends = re.search(r"^ +0: (.*)$", path, re.M)[1], re.search(r"^ +ff: (.*?)(?: \(via .*)?$", path, re.M)
        return modules, depth, (ends[0], ends[1][1] if ends[1] else "a port")
