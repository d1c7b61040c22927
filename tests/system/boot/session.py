# SPDX-License-Identifier: Apache-2.0
"""A person at the board's console: reads what comes, types, waits for the prompt."""
import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time
import tty

KEY_DELAY = 0.005  # seconds between keys: a fast typist
PROMPT = "=> "


class SessionError(AssertionError):
    """What was waited for did not come."""


class Session:
    """A simulator on a pseudo-terminal of its own."""

    def __init__(self, command, timeout=60, own=True, prompt=PROMPT):
        """own: the terminal is the session's, as a shell has it; else somebody else's."""
        self.timeout = timeout
        self.prompt = prompt
        self.command = command
        self.seen = bytearray()  # everything that the console has shown
        self.place = 0  # up to where `wait_for` has read
        self.master, terminal = pty.openpty()
        tty.setraw(terminal)
        self.process = subprocess.Popen(
            command, stdin=terminal, stdout=terminal, stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=lambda: own and fcntl.ioctl(terminal, termios.TIOCSCTTY, 0))
        os.close(terminal)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        os.close(self.master)

    def fail(self, what):
        tail = self.seen[-2000:].decode(errors="replace")
        raise SessionError(f"{what}\ncommand: {' '.join(self.command)}\nconsole: …{tail}")

    def _read(self, deadline):
        """Takes what comes next; False at the end of output."""
        ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other side has been closed
            return False
        self.seen += data
        return bool(data)

    def wait_for(self, text, timeout=None):
        """The console's output up to and with `text`, which comes within the time."""
        deadline = time.monotonic() + (timeout or self.timeout)
        wanted = text.encode()
        while True:
            end = self.seen.find(wanted, self.place)
            if end >= 0:
                start, self.place = self.place, end + len(wanted)
                return self.seen[start:self.place].decode(errors="replace")
            if not self._read(deadline) or time.monotonic() > deadline:
                self.fail(f"waited for {text!r}")

    def type(self, text):
        for key in text:
            os.write(self.master, key.encode())
            time.sleep(KEY_DELAY)

    def run(self, line):
        """Types a command line; the lines that it prints, up to the next prompt."""
        self.type(line + "\r")
        self.wait_for(line)  # its echo
        answer = self.wait_for("\n" + self.prompt).replace("\r", "")
        return [text.rstrip() for text in answer.splitlines()[1:-1]]

    def end(self, timeout=None):
        """The exit status, and what was written to standard error."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while self._read(deadline):
            if time.monotonic() > deadline:
                self.fail("waited for the end")
        try:
            status = self.process.wait(max(1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.fail("waited for the end")
        return status, self.process.stderr.read().decode(errors="replace")

    def to_prompt(self):
        """Stops U-Boot's countdown; everything before the prompt."""
        before = self.wait_for("stop autoboot")
        self.type(" ")
        return before + self.wait_for("\n" + PROMPT)


def field(lines, name):
    """The value of a line `name = value` or `name : value`."""
    for line in lines:
        found = re.match(rf"\s*{re.escape(name)}\s*[:=]\s*(.*?)\s*$", line)
        if found:
            return found.group(1)
    raise SessionError(f"no line {name!r} in\n" + "\n".join(lines))
