#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The register generator: all outputs agree, tools read them, and wrong descriptions are refused in one line.

Usage: generator_test.py [unittest arguments]; the generator is found from this file's place."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "../../.."))
SAMPLE = os.path.join(HERE, "sample.regs.toml")
OUTPUTS = {"cpp": "sample_regs.h", "c": "sample_regs_c.h", "sv": "sample_regs_pkg.sv",
           "sv-csr": "sample_csr.sv", "md": "sample.md", "rdl": "sample.rdl", "names": "sample.txt"}


def regs(*arguments):
    return subprocess.run([sys.executable, "-B", os.path.join(ROOT, "scripts/regs"), *arguments],
                          capture_output=True, text=True, timeout=60, check=False)


def fold(name):
    """One spelling of a constant's name for all languages."""
    return name.replace("_", "").lower()


class Generated(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        arguments = [part for option, name in OUTPUTS.items()
                     for part in ("--" + option, os.path.join(cls.folder, name))]
        done = regs(SAMPLE, *arguments)
        assert done.returncode == 0, done.stderr
        cls.text = {}
        for option, name in OUTPUTS.items():
            with open(os.path.join(cls.folder, name), encoding="utf-8") as source:
                cls.text[option] = source.read()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def constants(self, option, pattern, prefix=""):
        found = {fold(name.removeprefix(prefix)): int(value, 0)
                 for name, value in re.findall(pattern, self.text[option])}
        self.assertTrue(found)
        return found

    def test_c_and_cpp_have_the_same_register_constants(self):
        c = self.constants("c", r"#define (\w+_(?:OFFSET|RESET|COUNT|STRIDE|MASK|SHIFT)) "
                           r"(0x[0-9a-f]+|\d+)U", "ATHENA_SAMPLE_")
        cpp = self.constants("cpp", r"inline constexpr \S+ k(\w+) = (0x[0-9a-f]+|\d+);")
        layout = [name for name in c if name.startswith(("line", "step"))]
        self.assertEqual({k: v for k, v in c.items() if k not in layout}, cpp)

    def test_systemverilog_has_the_same_register_constants(self):
        cpp = self.constants("cpp", r"inline constexpr \S+ k(\w+) = (0x[0-9a-f]+|\d+);")
        sv = {fold(name): int(digits, 16 if base else 10) for name, base, digits in re.findall(
            r"localparam [^=]*? (\w+) = (\d+'h)?([0-9a-f]+);", self.text["sv"])}
        for name, value in cpp.items():
            if name.endswith("shift"):
                self.assertEqual(sv[name.removesuffix("shift") + "lsb"], value, name)
            else:
                self.assertEqual(sv[name], value, name)

    def test_enumerators_agree(self):
        c = self.constants("c", r"    (ATHENA_SAMPLE_MODE_\w+) = (0x[0-9a-f]+),", "ATHENA_SAMPLE_")
        cpp = {"mode" + k: v for k, v in self.constants("cpp", r"    (\w+) = (0x\w+),").items()}
        self.assertEqual(c, cpp)
        self.assertEqual(c, {"modeoff": 0, "modeoneshot": 1, "modeendless": 3})
        for name, value in (("ModeOneShot", 1), ("ModeEndless", 3)):
            self.assertIn(f"localparam logic [31:0] {name} = 32'h{value:x};", self.text["sv"])

    def test_bit_positions_of_a_variant_count_from_the_line(self):
        for name, value in (("StepKindLsb", 20), ("StepKindMsb", 27), ("StepStrideLsb", 64),
                            ("StepLastLsb", 15), ("StepTagMsb", 63)):
            self.assertIn(f"localparam int unsigned {name} = {value};", self.text["sv"])
        self.assertIn("StepReservedMask = 128'hf00f7f00;", self.text["sv"])

    def test_names_list_each_element(self):
        self.assertEqual(self.text["names"].splitlines(),
                         ["0x0 ID", "0x4 CTRL", "0x8 IRQ", "0xc EVENTS", "0x10 TARGET_ADDR",
                          "0x18 KEY", "0x40 SLOT[0]", "0x50 SLOT[1]", "0x60 SLOT[2]",
                          "0x71 LETTER/DIVISOR"])

    def test_page_says_unit_access_and_reset(self):
        self.assertIn("| 0xc | EVENTS | 32 | rc | 0x0 | Events since the last read. [events] |",
                      self.text["md"])
        self.assertIn("| | CTRL.FAULT | 31:28 | w1c | 0x0 | what went wrong |", self.text["md"])

    def test_rdl_gives_access_reset_enum_and_array(self):
        self.assertIn("onwrite = woclr; hw = w; desc = \"what went wrong\"; } FAULT[31:28] = 0x0;",
                      self.text["rdl"])
        self.assertIn("encode = Mode_e; } MODE[5:4] = 0x1;", self.text["rdl"])
        self.assertIn("SLOT_t SLOT[3] @ 0x40 += 0x10;", self.text["rdl"])

    def test_a_shared_address_has_constants_but_one_register(self):
        self.assertIn("#define ATHENA_SAMPLE_DIVISOR_OFFSET 0x71U", self.text["c"])
        self.assertIn("kDivisorOffset = 0x71", self.text["cpp"])
        self.assertIn('{"LETTER/DIVISOR", 0x71, 1, ', self.text["cpp"])
        self.assertNotIn('{"DIVISOR"', self.text["cpp"])
        self.assertNotIn("divisor", self.text["sv-csr"])
        self.assertIn("  // DIVISOR: at the address of LETTER.", self.text["rdl"])

    def test_verilator_finds_nothing(self):
        top = os.path.join(self.folder, "top.sv")
        with open(top, "w", encoding="utf-8") as out:
            out.write("module top (output logic [31:0] o);\n"
                      "  assign o = sample_regs_pkg::CtrlModeMask;\nendmodule\n")
        for files, module in (((self.path("sv"), top), "top"), ((self.path("sv-csr"),), "sample_csr")):
            done = subprocess.run(["verilator", "--lint-only", "-Wall", "-Wno-DECLFILENAME",
                                   "--top-module", module, *files],
                                  capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(done.stdout + done.stderr, "")

    @unittest.skipUnless(shutil.which("yosys"), "yosys is not installed; it is optional")
    def test_yosys_reads_package_and_register_file(self):
        script = (f"read_verilog -sv {self.path('sv')} {self.path('sv-csr')}; "
                  "hierarchy -check -top sample_csr; proc; check -assert")
        done = subprocess.run(["yosys", "-q", "-e", ".*", "-p", script],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def path(self, option):
        return os.path.join(self.folder, OUTPUTS[option])


# What is replaced in the sample, by what, and the place and reason that the message names.
WRONG = (
    ("format = 1", "format = 2", "format: 2: this generator reads format 1"),
    ('title = "Sample block"', "title = 5", "top: 'title' must be text, not 5"),
    ('title = "Sample block"', "", "top: 'title' is missing"),
    ("format = 1", "format = 1\nwidth = 16", "top: width 16: expected 8, 32 or 64"),
    ("format = 1", 'format = 1\ncolour = "red"', "top: unknown key 'colour'"),
    ('title = "Sample block"', 'title = "', "line 5"),
    ('offset = 0x08\naccess = "w1c"', 'offset = 0x04\naccess = "w1c"',
     "register IRQ: overlaps CTRL at 0x4"),
    ("stride = 0x10", "stride = 0x2", "register SLOT: offset and stride must be multiples of 4"),
    ("count = 3", "count = 0", "register SLOT: count must be 1 to 4096"),
    ("offset = 0x10\nwidth", "offset = 0x14\nwidth", "register TARGET_ADDR: offset and stride"),
    ('access = "rc"', 'access = "rw1"', "register EVENTS: access 'rw1': expected one of rw, ro"),
    ("reset = 0xA7E0_0001", "reset = 0x1_A7E0_0001",
     "register ID: reset 0x1a7e00001 has bits outside 32 bits"),
    ("reset = 0x0000_7700", "reset = 0x0001_7700",
     "register SLOT: reset 0x17700 has bits outside its fields"),
    ("reset = 0xA7E0_0001", "reset = true", "register ID: 'reset' must be a number from 0, not True"),
    ('"5:4", reset = 1', '"5:4", reset = 4', "register CTRL.MODE: reset 0x4 is wider than its bits"),
    ('bits = "9"', 'bits = "5"', "register CTRL.BUSY: overlaps MODE"),
    ('bits = "9"', 'bits = "32"', "register CTRL.BUSY: bits '32' do not fit 32 bits"),
    ('bits = "31:28"', 'bits = "28:31"', "register CTRL.FAULT: bits '28:31' do not fit"),
    ('name = "BUSY"', 'name = "ENABLE"', "register CTRL.ENABLE: name stands twice"),
    ('name = "BUSY"', 'name = "busy"', "register CTRL.busy: name 'busy' does not match"),
    ('shares = "LETTER"', "", "register DIVISOR: overlaps LETTER at 0x71"),
    ('shares = "LETTER"', 'shares = "DIVISOR"',
     "register DIVISOR: shares 'DIVISOR': no register that has an address of its own"),
    ('shares = "LETTER"', 'shares = "ID"',
     "register DIVISOR: offset, width, count and stride must be those of ID"),
    ('enum = "Mode", doc = "how"', 'enum = "Node", doc = "how"',
     "register CTRL.MODE: unknown enum 'Node'"),
    ("value = 3, doc", "value = 4, doc", "register CTRL.MODE: Mode.Endless = 0x4 does not fit 2 bits"),
    ("value = 3, doc", "value = 1, doc", "enum Mode.Endless: name or value stands twice"),
    ('name = "KEY"', 'name = "IRQ"', "register IRQ: name stands twice"),
    ('field = [{ name = "VALUE", bits = "15:8", doc = "its value" }]', "field = [7]",
     "register SLOT: expected a table, not 7"),
    ('bits = "15:8", doc', 'bits = "15:8", docs',
     "register SLOT.VALUE: unknown key 'docs', expected name, bits"),
    ('base = "Line"', 'base = "Lime"', "layout Step: base 'Lime' is not a layout before it"),
    ('"kind", offset = 0x2', '"kind", offset = 0x1', "layout Step.kind: not naturally aligned"),
    ('"kind", offset = 0x2', '"kind", offset = 0x4', "layout Step.kind: overlaps tag"),
    ('type = "i64"', 'type = "f64"', "layout Step.stride: type 'f64': expected one of u8"),
    ('type = "i64"', 'type = "i64", bits = "3:0"', "layout Step.stride: bits of a signed number"),
    ('name = "stride", offset = 0x8', 'name = "tag", offset = 0x8',
     "layout Step.tag: name stands twice"),
    ('"stride", offset = 0x8', '"stride", offset = 0x10', "beyond the layout's size"),
)


class Refused(unittest.TestCase):
    def test_each_mistake_gives_one_line_and_exit_status_2(self):
        with open(SAMPLE, encoding="utf-8") as source:
            sample = source.read()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "wrong.regs.toml")
            for old, new, reason in WRONG:
                with self.subTest(reason):
                    self.assertIn(old, sample)
                    with open(path, "w", encoding="utf-8") as out:
                        out.write(sample.replace(old, new, 1))
                    output = os.path.join(folder, "out.h")
                    done = regs(path, "--cpp", output)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                    self.assertTrue(done.stderr.startswith(f"regs: {path}: "), done.stderr)
                    self.assertIn(reason, done.stderr)
                    self.assertFalse(os.path.exists(output))

    def test_a_missing_file_is_named(self):
        done = regs("no-such.regs.toml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no-such.regs.toml", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
