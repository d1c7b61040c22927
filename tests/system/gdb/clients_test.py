#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients of --gdb that speak the protocol themselves, badly or not at all.

    clients_test.py ATHENA CROSS_COMPILER
"""
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from debugging import Client, Run, build

ATHENA, COMPILER = sys.argv[1:3]
SPIN = 1
GONE = "athena: --gdb: the client has gone, the board goes on\n"


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = pathlib.Path(cls.folder.name)
        cls.program = build(COMPILER, cls.path)
        cls.spinning = build(COMPILER, cls.path, SPIN)

    def start(self, *options, program=None, **others):
        return Run(ATHENA, "--firmware", program or self.program, *options, **others)

    def test_what_the_protocol_asks(self):
        with self.start("--harts", "2") as run, Client(run.port) as client:
            self.assertIn("vContSupported+", client.ask("qSupported:swbreak+;hwbreak+"))
            self.assertEqual(client.ask("?"), "T05thread:1;")
            self.assertEqual(client.ask("qfThreadInfo"), "m1,2")
            self.assertEqual(client.ask("qsThreadInfo"), "l")
            self.assertEqual(bytes.fromhex(client.ask("qThreadExtraInfo,2")), b"hart1, machine mode")
            self.assertEqual(client.ask("qC"), "QC1")
            self.assertEqual(client.ask("T2"), "OK")
            self.assertEqual(client.ask("T3"), "E03")
            self.assertEqual(client.ask("p20"), "0010000000000000")
            self.assertEqual(client.ask("g")[-16:], "0010000000000000")
            self.assertEqual(client.ask("Hg2"), "OK")
            self.assertEqual(client.ask("p%x" % (65 + 0xF14)), "0100000000000000")
            self.assertEqual(client.ask("P5=0807060504030201"), "OK")
            self.assertEqual(client.ask("p5"), "0807060504030201")
            self.assertEqual(client.ask("G" + "00" * 8 + "11" * 8), "OK")
            self.assertEqual(client.ask("p1"), "11" * 8)
            self.assertEqual(client.ask("Hg1"), "OK")
            self.assertEqual(client.ask("p1"), "00" * 8)
            self.assertEqual(client.ask("M80001000,4:01020304"), "OK")
            self.assertEqual(client.ask(b"X80001004,2:}\x03\x7f"), "OK")
            self.assertEqual(client.ask("m80001000,6"), "01020304237f")
            # The end of RAM: what there is, then nothing.
            self.assertEqual(client.ask("m8ffffffe,8"), "0000")
            self.assertEqual(client.ask("m90000000,8"), "E0e")
            self.assertEqual(client.ask("vCont?"), "vCont;c;C;s;S;r")
            self.assertEqual(client.ask("vCont;s:1"), "T05thread:1;")
            self.assertEqual(client.ask("p20"), "0410000000000000")
            self.assertEqual(client.ask("Hc1"), "OK")
            self.assertEqual(client.ask("s"), "T05thread:1;")
            self.assertEqual(client.ask("Z1,80000000,4"), "OK")
            self.assertEqual(client.ask("c"), "T05thread:1;hwbreak:;")
            self.assertEqual(client.ask("z1,80000000,4"), "OK")
            self.assertEqual(client.ask("vCont;r80000000,80000008:1"), "T05thread:1;")
            self.assertGreaterEqual(int.from_bytes(bytes.fromhex(client.ask("p20")), "little"), 0x80000008)
            self.assertEqual(client.ask("vKill;1"), "OK")
            self.assertEqual(run.end(), (130, "", "athena: ended by the debugger\n"))

    def test_the_end(self):
        with self.start() as run, Client(run.port) as client:
            self.assertEqual(client.ask("vCont;c"), "W00")
            self.assertTrue(client.closed())
            self.assertEqual(run.end(), (0, "\n", ""))
        with self.start(program=self.spinning) as run, Client(run.port) as client:
            client.packet("c")
            time.sleep(0.2)
            run.process.send_signal(signal.SIGINT)
            self.assertEqual(client.answer(), "X02")
            self.assertEqual(run.end()[0], 130)

    def test_interrupt_and_detach(self):
        with self.start("--max-time", "100s", program=self.spinning) as run:
            with Client(run.port) as client:
                for _ in range(3):
                    client.packet("vCont;c")
                    time.sleep(0.1)
                    client.send(b"\x03")
                    self.assertEqual(client.answer(), "T02thread:1;")
                counted = [int(client.monitor("counters harts.0.instructions")[0].split()[1]) for _ in range(2)]
                self.assertEqual(counted[0], counted[1])  # it stands
                self.assertEqual(client.ask("D"), "OK")
                self.assertTrue(client.closed())
            with Client(run.port) as client:  # another one may come
                self.assertEqual(client.ask("?"), "T05thread:1;")
                now = int(client.monitor("counters harts.0.instructions")[0].split()[1])
                self.assertGreater(now, counted[0])
                client.packet("k")
                self.assertEqual(run.end(), (130, "", "athena: ended by the debugger\n"))

    def test_a_second_client_is_refused(self):
        with self.start() as run, Client(run.port) as client:
            client.ask("?")
            with Client(run.port) as second:
                self.assertTrue(second.closed())
            self.assertEqual(client.ask("vCont;c"), "W00")
            self.assertEqual(run.end(), (0, "\n", "athena: --gdb: another client was refused\n"))

    def test_clients_that_vanish(self):
        """At any moment: the board goes on, without their breakpoints."""
        beginnings = [b"", b"$", b"$qSuppor", b"$g#", b"$g#6", b"$g#67", b"+", b"\x03", b"$m80000000,1000#"]
        for beginning in beginnings:
            with self.subTest(beginning=beginning), self.start() as run:
                with Client(run.port) as client:
                    client.ask("Z0,80000000,4")
                    client.send(beginning)
                self.assertEqual(run.end(), (0, "\n", GONE))
        with self.subTest("running"), self.start(program=self.spinning) as run:
            with Client(run.port) as client:
                client.packet("vCont;c")
            with Client(run.port) as client:
                client.ask("?")
                client.packet("k")
                self.assertEqual(run.end(), (130, "", GONE + "athena: ended by the debugger\n"))

    def test_a_client_that_takes_no_answers(self):
        with self.start() as run, Client(run.port) as client:
            for _ in range(2000):
                client.packet("m80000000,1000")
            self.assertEqual(run.end(), (0, "\n", GONE))

    def test_noise(self):
        seed = int(os.environ.get("ATHENA_SEED", "1"))
        print(f"replay: ATHENA_SEED={seed} {' '.join(sys.argv)}", file=sys.stderr)
        source = random.Random(seed)
        with self.start() as run:
            with Client(run.port) as client:
                for _ in range(200):
                    noise = source.randbytes(source.randrange(1, 200)).replace(b"\x03", b"")
                    client.send(noise)
                client.send(b"#00#00")
                client.send(b"$" + b"x" * 100_000 + b"#00")
                while client.answer() != "E.the packet is too long":
                    pass
                client.send(b"$g#00")  # its checksum is wrong
                while client.byte() != b"-":
                    pass
                self.assertEqual(len(client.ask("g")), 33 * 16)
                self.assertEqual(client.ask("QStartNoAckMode"), "OK")
                for packet in ("p", "pzz", "p99999", "P1", "P1=", "P1=0", "P1=" + "0" * 18, "m", "m1", "m,", "M1,1:", "M1,1:0", "M1,2:00", "X1,9:a", "Gxx",
                               "Z", "Z9,0,0", "Z0,", "Z0,1,4;x", "z", "Hx", "Hg99", "Hc", "T", "T0z", "vCont", "vCont;", "vCont;x",
                               "vCont;c:9", "vCont;r1:1", "vAttach;1", "qXfer:features:read:target.xml:", "qRcmd,0", "qRcmd,zz", "qnonsense",
                               "Qnonsense", "Qqemu.PhyMemMode:", "qThreadExtraInfo,", "qThreadExtraInfo,77", "!", "czz", "C", "\x00", "_"):
                    with self.subTest(packet=packet):
                        self.assertRegex(client.ask(packet), r"^(E.*)?$")
                self.assertEqual(client.ask("mffffffffffffffff,10"), "E0e")
                self.assertEqual(client.ask("vCont;c"), "W00")
            self.assertEqual(run.end(), (0, "\n", ""))

    def test_ports(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = str(other.getsockname()[1])
            done = subprocess.run([ATHENA, "run", "athena-mini", "--firmware", self.program, "--gdb", port], capture_output=True,
                                  text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr),
                             (2, f"athena: --gdb {port}: Address already in use; 0 takes a port that is free\n"))
        for text in ("", "x", "65536", "-1", "1,", "1,wait"):
            done = subprocess.run([ATHENA, "run", "athena-mini", "--firmware", self.program, "--gdb", text], capture_output=True,
                                  text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)

    def test_without_waiting(self):
        with self.start(port="0,nowait") as run:
            self.assertEqual(run.end(), (0, "\n", ""))
        with self.start(port="0,nowait", program=self.spinning) as run:
            time.sleep(0.2)
            with Client(run.port) as client:
                client.ask("?")
                self.assertGreater(int(client.monitor("counters harts.0.instructions")[0].split()[1]), 0)

    def test_ctrl_c_while_it_waits_or_stands(self):
        with self.start() as run:
            run.process.send_signal(signal.SIGINT)
            self.assertEqual(run.end(), (130, "", "athena: interrupted\n"))
        with self.start() as run, Client(run.port) as client:
            client.ask("?")
            run.process.send_signal(signal.SIGTERM)
            self.assertEqual(client.answer(), "X02")
            self.assertEqual(run.end(), (130, "", "athena: interrupted\n"))

    def test_the_console_works_beside_it(self):
        u_boot = "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin"
        run = Run(ATHENA, "--kernel", u_boot, "--max-time", "100s", stdin=subprocess.PIPE)
        with run, Client(run.port) as client:
            client.packet("vCont;c")
            seen = b""
            while b"Hit any key" not in seen:
                seen += run.process.stdout.read1(4096)
            run.process.stdin.write(b"\r")
            run.process.stdin.flush()
            while not seen.endswith(b"=> "):
                seen += run.process.stdout.read1(4096)
            client.send(b"\x03")
            self.assertRegex(client.answer(), r"^T02thread:1;$")
            run.process.stdin.write(b"version\r")  # held back while the board stands
            run.process.stdin.flush()
            time.sleep(0.3)
            os.set_blocking(run.process.stdout.fileno(), False)
            self.assertIn(run.process.stdout.read1(4096) or b"", (b"", None))
            os.set_blocking(run.process.stdout.fileno(), True)
            client.packet("vCont;c")
            while not re.search(rb"U-Boot 20\d\d[^$]*=> $", seen[seen.find(b"=> "):]):
                seen += run.process.stdout.read1(4096)
            run.process.stdin.write(b"poweroff\r")
            run.process.stdin.flush()
            self.assertEqual(client.answer(), "W00")
            self.assertEqual(run.process.wait(timeout=60), 0)
            run.process.stdin.close()
            run.process.stdin = None


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
