# SPDX-License-Identifier: Apache-2.0
"""`athena regress --executor slurm` on a cluster of Slurm with one node on this machine: the report of a local invocation, and no
run lost or counted twice when jobs are killed and requeued, or the submitter is killed.

    slurm_test.py ATHENA CROSS_COMPILER
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

from slurm_cluster import SlurmCluster

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "programs"))
import guests  # noqa: E402

ATHENA, COMPILER = sys.argv[1:3]
LONG = 'append = "steps=20 eval=0 sample=0"\ntimeout_s = 250\nlabels = ["long"]'  # some seconds


class Slurm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="slurm")
        cls.addClassCleanup(folder.cleanup)
        cls.cluster = SlurmCluster(folder.name)
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.start(cpus=4)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        text = 'format = 1\nname = "farm"\n'
        for name in ("pass", "fail-5", "forever"):
            guests.build(COMPILER, self.path, name)
        runs = [("bad", "fail-5", ""), ("hangs", "forever", "timeout_s = 1"), ("seeds", "pass", "matrix = { seed = { from = 1, to = 9 } }"),
                *((f"long{i}", "charlm", LONG) for i in range(4))]
        for name, program, more in runs:
            text += f'[[run]]\nname = "{name}"\nboard = "athena-mini"\nfirmware = "{program if program == "charlm" else self.path / (program + ".elf")}"\n{more}\n'
        (self.path / "suite.toml").write_text(text)

    def command(self, *arguments, out="out", where="slurm"):
        return [ATHENA, "regress", str(self.path / "suite.toml"), "--out", str(self.path / out), "-j4", "--executor", where, *arguments]

    def start(self, *arguments):
        return subprocess.Popen(self.command(*arguments), env=self.cluster.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self, process, status):
        output = process.communicate(timeout=240)[0]
        self.assertEqual(process.returncode, status, output)
        return output

    def logs(self):
        return "\n".join(f"{path.name}: {path.read_text()}" for path in sorted((self.path / "out" / "slurm").glob("*.log")))

    def verdicts(self, out="out"):
        report = json.loads((self.path / out / "report.json").read_text())
        return {run["name"]: (run["verdict"], run["reason"]) for run in report["runs"]}

    def running(self, wanted):
        """Ids of at least so many tasks that run."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            lines = self.cluster.command("squeue", "--noheader", "--array", "--states=R", "--format=%i").stdout.split()
            if len(lines) >= wanted:
                return lines
            time.sleep(0.2)
        self.fail("no jobs run")

    def test_same_as_local(self):
        output = self.finish(self.start("--filter", "bad|hangs|seeds"), 1)
        self.assertTrue(output.endswith("farm: 9 passed, 2 failed\n"), output)
        local = subprocess.run(self.command("--filter", "bad|hangs|seeds", out="local", where="local"), capture_output=True, check=False)
        self.assertEqual(local.returncode, 1)
        self.assertEqual(self.verdicts(), self.verdicts("local"))

    def test_killed_and_requeued(self):
        process = self.start("--filter", "long")
        first, second = self.running(2)[:2]
        self.assertEqual(self.cluster.command("scancel", "--signal=KILL", "--full", first).returncode, 0)
        self.assertEqual(self.cluster.command("scancel", first).returncode, 0)
        self.assertEqual(self.cluster.command("scontrol", "requeue", second).returncode, 0)
        state = lambda: self.cluster.command("squeue", "--noheader", "--array", f"--jobs={second}", "--format=%t").stdout.strip()
        self.cluster.wait_for(lambda: state() == "PD", "the job")
        time.sleep(2)  # a node starts no job anew in the second in which it was ended
        self.cluster.command("scontrol", "update", f"jobid={second}", "StartTime=now")  # else Slurm waits two minutes
        output = self.finish(process, 0)
        self.assertTrue(output.endswith("farm: 4 passed, 0 failed\n"), output)
        submitted = [path.read_text().split() for path in sorted((self.path / "out" / "slurm").glob("*.runs"))]
        lost = submitted[0][int(first.split("_")[1]) - 1]
        self.assertEqual(submitted[1:], [[lost]], f"{first} was killed, {second} requeued\n{self.logs()}")
        self.assertEqual(sum(line.startswith("[") for line in output.splitlines()), 4)  # each told once

    def test_submitter_killed(self):
        process = self.start()
        self.running(1)
        process.kill()
        process.communicate()
        output = self.finish(self.start("--resume"), 1)
        self.assertTrue(output.endswith("farm: 13 passed, 2 failed\n"), output)
        self.assertEqual(self.cluster.command("squeue", "--noheader").stdout, "")

    def test_no_jobs_taken(self):
        output = self.finish(self.start("--slurm=--partition=none"), 2)
        self.assertIn("athena: regress: sbatch: ", output)
        self.assertEqual(output.count("\n"), 1, output)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
