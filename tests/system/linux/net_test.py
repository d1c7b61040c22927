#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux on the network: --net user with servers of this test on the host, and --net loop.

    PYTHONPATH=tests/system/boot net_test.py --athena build/athena [unittest options]
"""
import contextlib
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import linux_test

sys.dont_write_bytecode = True

ADDRESSES = {"board.test": "192.0.2.7"}  # what the name server knows
MANY = bytes(n % 251 for n in range(3 << 20))
UP = "net 10.0.2.15 10.0.2.2"


class TcpServer:
    """Serves each connection of a port of 127.0.0.1 by `talk(connection)`."""

    def __init__(self, talk):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.talk = talk
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection:
                    self.talk(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


def everything(connection):
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def talk_backwards(connection):
    """Line by line, what was said, from its end."""
    for line in everything(connection).splitlines():
        connection.sendall(line[::-1] + b"\n")


def answer(query):
    """To a question for an address (RFC 1035): a name and an address, or that there is none."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    question = query[12:at + 5]
    known = ADDRESSES.get(".".join(labels))
    flags = 0x8180 if known else 0x8183
    reply = query[:2] + struct.pack(">HHHHH", flags, 1, 2 if known else 0, 0, 0) + question
    if known:
        text = b"\x05board\xc0\x12"  # an alias first, for which no address is to be printed
        reply += struct.pack(">HHHIH", 0xC00C, 5, 1, 60, len(text)) + text
        reply += struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(known)
    return reply


class UdpServer:
    """A name server."""

    def __init__(self, address=("127.0.0.1", 0)):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(0.1)
        self.port = self.socket.getsockname()[1]
        self.ended = False
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while not self.ended:
            with contextlib.suppress(TimeoutError):
                query, peer = self.socket.recvfrom(512)
                self.socket.sendto(answer(query), peer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()
        self.socket.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def dial(port):
    """Until there is somebody."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


class UserNetwork(unittest.TestCase):
    def boot(self, console):
        console.wait_for("\n" + linux_test.PROMPT)
        self.assertEqual(console.run(UP), [])

    def talk_to_guest(self, console, port):
        """Through the forwarded port, to a server in the guest."""
        console.type("tcp serve 7\r")
        console.wait_for("listening")
        with dial(port) as connection:
            for text in (b"from outside\n", b"again\n" * 5000):
                connection.sendall(text)
                expected = text.upper()
                got = b""
                while len(got) < len(expected):
                    got += connection.recv(65536)
                self.assertEqual(got, expected)
        self.assertIn("30013 bytes served", console.wait_for("\n" + linux_test.PROMPT))

    def session(self, record, harts):
        """All that a guest does on its network; what the console showed."""
        port = free_port()
        options = ("--harts", str(harts), "--net", "user", "--forward", f"tcp:{port}:7", "--record", record)
        with TcpServer(talk_backwards) as backwards, UdpServer() as names, \
                TcpServer(lambda connection: connection.sendall(MANY)) as giver, \
                linux_test.session(*options) as console:
            self.boot(console)
            self.assertEqual(console.run("ping 10.0.2.2 3"), ["3 of 3 answered"])
            self.assertEqual(console.run(f"resolve board.test 10.0.2.2 {names.port}"), ["192.0.2.7"])
            self.assertEqual(console.run(f"resolve other.test 10.0.2.2 {names.port}"),
                             ["resolve: no address (code 3)", "status 1"])
            self.assertEqual(console.run(f"tcp say 10.0.2.2 {backwards.port} hello, host"), ["tsoh ,olleh"])
            self.assertEqual(console.run(f"tcp take 10.0.2.2 {giver.port}"), [f"{len(MANY)} bytes taken, 0 wrong"])
            self.talk_to_guest(console, port)
            self.assertEqual(console.run(f"tcp say 10.0.2.2 {free_port()} nobody"),
                             ["tcp: Connection refused", "status 1"])
            console.type("poweroff\r")
            self.assertEqual(console.end(), (0, ""))
            return bytes(console.seen)

    def test_a_session_and_its_replay_without_network(self):
        for harts in (1, 4):
            with self.subTest(harts=harts), tempfile.TemporaryDirectory() as folder:
                record = f"{folder}/record"
                seen = self.session(record, harts)
                self.assertRegex(pathlib.Path(record).read_text(), r"(?m)^\d+ net 024154484e01")
                done = subprocess.run(linux_test.command("--harts", str(harts), "--net", "user", "--replay", record),
                                      capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
                self.assertEqual((done.returncode, done.stdout), (0, seen), done.stderr)

    def test_many_bytes_are_sent(self):
        received = []
        with TcpServer(lambda connection: received.append(everything(connection))) as taker, \
                linux_test.session("--net", "user") as console:
            self.boot(console)
            lines = console.run(f"tcp send 10.0.2.2 {taker.port} 3")
            self.assertEqual(lines[-1], f"{len(MANY)} bytes sent")
            self.assertEqual(received, [MANY])
            console.type("poweroff\r")
            self.assertEqual(console.end(), (0, ""))

    def test_names_of_the_hosts_server(self):
        """10.0.2.3 asks whom the host asks: in a name space in which that is this test."""
        with tempfile.TemporaryDirectory() as folder:
            server = ("127.0.0.77", 53)
            resolver = pathlib.Path(folder) / "resolv.conf"
            resolver.write_text(f"nameserver {server[0]}\n")
            inside = ["unshare", "--mount", "sh", "-c",
                      f'mount --bind {resolver} /etc/resolv.conf && exec "$@"', "sh"]
            if subprocess.run([*inside, "true"], capture_output=True).returncode != 0:
                self.skipTest("this user may not have a mount name space of his own")
            with UdpServer(server), linux_test.Session(
                    inside + linux_test.command("--net", "user"), prompt=linux_test.PROMPT) as console:
                self.boot(console)
                self.assertEqual(console.run("resolve board.test"), ["192.0.2.7"])
                console.type("poweroff\r")
                self.assertEqual(console.end(), (0, ""))

    def test_a_guest_that_waits_for_somebody(self):
        """Without a console all harts sleep: time passes as outside, and nobody is declared dead."""
        port = free_port()
        with subprocess.Popen(
                linux_test.command("--net", "user", "--forward", f"tcp:{port}:7", append=f'quiet run="{UP};tcp serve 7"'),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            while b"listening" not in process.stdout.readline():
                self.assertIsNone(process.poll())
            time.sleep(1.5)
            self.assertIsNone(process.poll())
            with dial(port) as connection:
                connection.sendall(b"x")
                self.assertEqual(connection.recv(1), b"X")
                time.sleep(0.5)
                connection.sendall(b"y")
                self.assertEqual(connection.recv(1), b"Y")
            output, errors = process.communicate(timeout=60)
            self.assertEqual((process.returncode, errors), (0, b""))
            self.assertIn(b"2 bytes served", output)

    def test_what_is_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for options, line in (
                    (("--net", "user", "--forward", f"tcp:{port}:22"),
                     f"--forward tcp:{port}:22: port {port} of 127.0.0.1: Address already in use"),
                    (("--net", "tap"), "--net tap: expected user or loop"),
                    (("--forward", "tcp:80:80"), "--forward: only with --net user"),
                    (("--net", "user", "--forward", "tcp:0:80"),
                     "--forward tcp:0:80: expected tcp:HOSTPORT:GUESTPORT, ports 1 to 65535")):
                done = subprocess.run(linux_test.command(*options), capture_output=True, text=True, timeout=60)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (2, "", f"athena: {line}\n"))


class Loop(unittest.TestCase):
    def test_the_same_bytes_each_time(self):
        lines = "net 10.0.2.15; ping 10.0.2.2 3; ping 10.0.2.99; udp 10.0.2.3 7 there and back; cat /proc/interrupts"
        for harts in (1, 4):
            with self.subTest(harts=harts):
                runs = [subprocess.run(linux_test.command("--net", "loop", "--harts", str(harts), append=f'run="{lines}"'),
                                       capture_output=True, timeout=60, stdin=subprocess.DEVNULL) for _ in range(2)]
                self.assertEqual((runs[0].returncode, runs[0].stderr), (0, b""), runs[0].stdout[-500:])
                text = runs[0].stdout.decode().replace("\r", "")
                self.assertIn("\n3 of 3 answered\n1 of 1 answered\nthere and back\n", text)
                self.assertEqual(runs[0].stdout, runs[1].stdout)

    def test_tcp_has_no_peer(self):
        done = subprocess.run(linux_test.command("--net", "loop", append='quiet run="net 10.0.2.15; tcp say 10.0.2.2 7 x"'),
                              capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 1)
        self.assertIn("tcp: Connection timed out", done.stdout)


if __name__ == "__main__":
    linux_test.main(__doc__)
