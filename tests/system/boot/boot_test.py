#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's unmodified OpenSBI and U-Boot on the board, by typing at the console.

    boot_test.py --athena build/athena [unittest options]
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from session import PROMPT, Session, field

sys.dont_write_bytecode = True

OPENSBI = pathlib.Path("/usr/lib/riscv64-linux-gnu/opensbi/generic")
U_BOOT = pathlib.Path("/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin")
U_BOOT_ADDRESS = 0x8020_0000
ATHENA = "build/athena"
MIB = 1 << 20


def command(*options, bios=None, kernel=U_BOOT):
    chosen = ["--bios", str(bios)] if bios else []
    return [ATHENA, "run", "athena-mini", *chosen, "--kernel", str(kernel), *options]


def dumped_bytes(lines):
    """What `md.b` printed."""
    found = bytearray()
    for line in lines:
        place, values = line.split(":", 1)
        assert re.fullmatch(r"[0-9a-f]{8}", place), line
        found += bytes.fromhex(values[:3 * 16])
    return bytes(found)


class Boot(unittest.TestCase):
    def check_opensbi(self, lines, harts):
        self.assertRegex("\n".join(lines), r"OpenSBI v1\.\d")
        expected = {
            "Platform HART Count": str(harts),
            "Platform IPI Device": "aclint-mswi",
            "Platform Timer Device": "aclint-mtimer @ 10000000Hz",
            "Platform Console Device": "uart8250",
            "Platform Reboot Device": "sifive_test",
            "Platform Shutdown Device": "sifive_test",
            "Firmware Base": "0x80000000",
            "Domain0 Next Address": "0x0000000080200000",
            "Domain0 Next Mode": "S-mode",
            "Boot HART Priv Version": "v1.12",
            "Boot HART Base ISA": "rv64imafdc",
            "Boot HART PMP Count": "16",
        }
        for name, value in expected.items():
            self.assertEqual(field(lines, name), value, name)

    def poweroff(self, session):
        session.type("poweroff\r")
        status, errors = session.end()
        self.assertEqual(status, 0, errors)

    def test_a_session_at_the_prompt(self):
        with Session(command("--memory", "256M")) as session:
            before = session.to_prompt().replace("\r", "").splitlines()
            self.check_opensbi(before, harts=1)
            self.assertIn("athena-mini", field(before, "Platform Name"))
            self.assertEqual(field(before, "Model"), field(before, "Platform Name"))
            self.assertEqual(field(before, "DRAM"), "256 MiB")
            version = session.run("version")
            self.assertRegex(version[0], r"^U-Boot 20\d\d\.\d\d")
            self.assertRegex(version[-1], r"^GNU ld")
            board = session.run("bdinfo")
            self.assertEqual(int(field(board, "-> start"), 16), 0x8000_0000)
            self.assertEqual(int(field(board, "-> size"), 16), 256 * MIB)
            self.assertEqual(field(board, "Build"), "64-bit")
            # U-Boot has moved on from where it was loaded; its code is still there.
            dump = dumped_bytes(session.run(f"md.b {U_BOOT_ADDRESS:x} 100"))
            self.assertEqual(dump, U_BOOT.read_bytes()[:0x100])
            session.run("mw.q 84000000 0123456789abcdef 2")
            dump = dumped_bytes(session.run("md.b 84000000 10"))
            self.assertEqual(dump, 2 * 0x0123456789ABCDEF.to_bytes(8, "little"))
            self.poweroff(session)

    def test_memory_and_harts_are_what_the_command_line_says(self):
        with Session(command("--memory", "512M", "--harts", "2")) as session:
            before = session.to_prompt().replace("\r", "").splitlines()
            self.check_opensbi(before, harts=2)
            board = session.run("bdinfo")
            self.assertEqual(int(field(board, "-> size"), 16), 512 * MIB)
            session.run("mw.b 9ffff000 5a")
            self.assertRegex(session.run("md.b 9ffff000 1")[0], r"^9ffff000: 5a")
            self.poweroff(session)

    def test_flash_is_erased_programmed_and_kept(self):
        with tempfile.TemporaryDirectory() as name:
            file = pathlib.Path(name) / "flash"
            file.write_bytes(bytes(32 * MIB))
            with Session(command("--flash", str(file))) as session:
                session.to_prompt()
                banks = "\n".join(session.run("flinfo"))
                for bank in (1, 2):
                    self.assertRegex(banks, rf"Bank # {bank}: CFI conformant flash \(16 x 16\)  "
                                            r"Size: 16 MB in 128 Sectors")  # as in QEMU
                self.assertIn("Intel", banks)
                self.assertEqual(dumped_bytes(session.run("md.b 20080000 10")), bytes(16))
                self.assertIn("Erased 4 sectors", "\n".join(session.run("erase 20080000 200fffff")))
                self.assertEqual(dumped_bytes(session.run("md.b 200ffff0 10")), b"\xff" * 16)
                self.assertIn("done", "\n".join(session.run(f"cp.b {U_BOOT_ADDRESS:x} 20080004 3001")))
                dump = dumped_bytes(session.run("md.b 20080000 20"))
                self.assertEqual(dump, b"\xff" * 4 + U_BOOT.read_bytes()[:28])
                self.poweroff(session)
            contents = file.read_bytes()
            size = 0x3001
            self.assertEqual(contents[:0x80000], bytes(0x80000))
            self.assertEqual(contents[0x80004:0x80004 + size], U_BOOT.read_bytes()[:size])
            self.assertEqual(set(contents[0x80004 + size:0x100000]), {0xFF})
            self.assertEqual(contents[0x100000:], bytes(31 * MIB))

    def test_the_other_opensbi_boots_too(self):
        with Session(command(bios=OPENSBI / "fw_jump.bin"), own=False) as session:
            self.check_opensbi(session.to_prompt().replace("\r", "").splitlines(), harts=1)
            self.poweroff(session)

    def test_u_boot_in_m_mode_boots_alone(self):
        firmware = U_BOOT.parents[1] / "qemu-riscv64" / "u-boot.bin"
        with Session([ATHENA, "run", "athena-mini", "--bios", str(firmware)]) as session:
            session.to_prompt()
            self.assertRegex(session.run("version")[0], r"^U-Boot 20\d\d\.\d\d")
            self.poweroff(session)

    def test_the_network(self):
        """By U-Boot's own driver of virtio-net: DHCP and a ping, here and by a neighbour on the board."""
        for net, setup in (("user", ("setenv autoload no", "dhcp")),
                           ("loop", ("setenv ipaddr 10.0.2.15", "setenv netmask 255.255.255.0"))):
            with self.subTest(net=net), Session(command("--net", net)) as session:
                self.assertIn("virtio-net#6", session.to_prompt())
                for line in setup:
                    session.run(line)
                self.assertEqual(session.run("printenv ipaddr"), ["ipaddr=10.0.2.15"])
                self.assertIn("host 10.0.2.2 is alive", session.run("ping 10.0.2.2"))
                self.poweroff(session)

    def test_reset_boots_again(self):
        with Session(command()) as session:
            session.to_prompt()
            session.type("reset\r")
            again = session.to_prompt().replace("\r", "").splitlines()
            self.check_opensbi(again, harts=1)
            self.poweroff(session)

    def test_a_recorded_session_is_replayed_bit_for_bit(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            first, second = folder / "first.json", folder / "second.json"
            record = folder / "session.record"
            with Session(command("--record", str(record), "--stats", str(first))) as session:
                session.to_prompt()
                session.run("version")
                session.run(f"md {U_BOOT_ADDRESS:x} 10")
                self.poweroff(session)
                console = bytes(session.seen)
            replay = subprocess.run(command("--replay", str(record), "--stats", str(second)),
                                    stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                                    check=False)
            self.assertEqual(replay.returncode, 0, replay.stderr.decode())
            self.assertIn(PROMPT.encode(), console)
            self.assertEqual(replay.stdout, console)
            machines = [json.loads(path.read_text())["machine"] for path in (first, second)]
            self.assertGreater(machines[0]["harts"][0]["instructions"], 1_000_000)
            self.assertEqual(machines[0], machines[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--athena", default=ATHENA)
    arguments, rest = parser.parse_known_args()
    ATHENA = arguments.athena
    unittest.main(argv=[sys.argv[0], *rest])
