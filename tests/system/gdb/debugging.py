# SPDX-License-Identifier: Apache-2.0
"""A board that waits for a debugger, gdb-multiarch, and a client of the protocol's packets."""
import pathlib
import re
import socket
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
OPTIONS = ["-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany", "-g", "-O0", "-ffreestanding", "-fno-pic", "-nostdlib", "-static",
           "-Wall", "-Werror", "-Wl,--no-warn-rwx-segments"]


def build(compiler, folder, mode=0):
    program = pathlib.Path(folder) / f"guest{mode}.elf"
    subprocess.run([compiler, *OPTIONS, f"-DMODE={mode}", "-T", HERE / "guest.ld", "-o", program, HERE / "start.S",
                    HERE / "guest.c"], check=True)
    return program


def sessions(page):
    """Of a page of the book: what `athena run` gets, what gdb-multiarch gets, and what is typed."""
    text = pathlib.Path(page).read_text(encoding="utf-8")
    for athena, rest in re.findall(r"^    build/athena run (.* --gdb \d+)$((?:\n(?!    build/).*)*)", text, re.M):
        program = re.search(r"^    gdb-multiarch (.*)$", rest, re.M)[1]
        typed = re.findall(r"^    \(gdb\) (.*)$", rest, re.M)
        yield athena, program, typed


class Run:
    """`athena run` with --gdb, whose port is known."""

    def __init__(self, athena, *options, port="0", stdin=subprocess.DEVNULL, **others):
        self.process = subprocess.Popen([athena, "run", "athena-mini", "--gdb", port, *map(str, options)], stdin=stdin,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **others)
        line = self.process.stderr.readline().decode()
        found = re.search(r"127\.0\.0\.1:(\d+)$", line.strip())
        if not found:
            self.process.kill()
            raise RuntimeError(line + self.process.stderr.read().decode())
        self.port = int(found[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def end(self, timeout=60):
        """Exit status, console output and further diagnostics."""
        output, errors = self.process.communicate(timeout=timeout)
        return self.process.returncode, output.decode(), errors.decode()


def gdb(run, *commands, program=None, timeout=60):
    """What gdb-multiarch says to these commands, after it has connected."""
    arguments = ["gdb-multiarch", "--batch", "-nx", "-q"]
    before = ["set confirm off", "set pagination off", "set width 0", "set remotetimeout 30"]
    if program:
        before.append(f"file {program}")
    for command in (*before, f"target remote 127.0.0.1:{run.port}", *commands):
        arguments += ["-ex", command]
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=timeout, check=False)
    return done.stdout


class Client:
    """Sends packets as it likes."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.seen = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def packet(self, payload):
        payload = payload.encode() if isinstance(payload, str) else payload
        self.send(b"$" + payload + b"#%02x" % (sum(payload) % 256))

    def byte(self):
        if not self.seen:
            self.seen = self.socket.recv(65536)
            if not self.seen:
                raise ConnectionError("closed")
        first, self.seen = self.seen[:1], self.seen[1:]
        return first

    def answer(self):
        """The next packet's payload, unescaped; + and - before it are passed over."""
        while self.byte() != b"$":
            pass
        payload = bytearray()
        while (byte := self.byte()) != b"#":
            payload += bytes([self.byte()[0] ^ 0x20]) if byte == b"}" else byte
        self.byte()
        self.byte()
        self.send(b"+")
        return payload.decode("latin1")

    def ask(self, payload):
        self.packet(payload)
        return self.answer()

    def monitor(self, command):
        """Lines that `monitor command` says."""
        self.packet("qRcmd," + command.encode().hex())
        text = ""
        while (answer := self.answer()) != "OK":
            assert answer.startswith("O"), answer
            text += bytes.fromhex(answer[1:]).decode()
        return text.splitlines()

    def closed(self):
        try:
            while self.socket.recv(4096):
                pass
        except ConnectionError:
            pass
        return True
