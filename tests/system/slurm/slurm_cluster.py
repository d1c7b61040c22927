# SPDX-License-Identifier: Apache-2.0
"""A cluster of Slurm with one node on this machine, all of it in one folder and on the loopback address: munged, slurmctld and
slurmd are started by start() and ended by stop(). Debian's slurm-wlm; as root.

    slurm_cluster.py COMMAND…     runs the command with such a cluster
"""

import os
import pathlib
import pwd
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class SlurmCluster:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.processes = []
        self.environment = {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf")}

    def daemon(self, *words):
        with open(self.folder / (pathlib.Path(words[0]).name + ".out"), "wb") as log:
            self.processes.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment))

    def start(self, cpus):
        self.folder.chmod(0o755)
        munge = self.folder / "munge"
        munge.mkdir(mode=0o755)
        key = munge / "key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        # A socket's path has at most 107 characters.
        self.daemon("/usr/sbin/munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge}/socket",
                    f"--pid-file={munge}/pid", f"--log-file={munge}/log", f"--seed-file={munge}/seed", "--num-threads=1")
        self.wait_for(lambda: (munge / "socket").exists(), "munged")
        for name in "state", "spool":
            (self.folder / name).mkdir()
        name = socket.gethostname().split(".")[0]
        (self.folder / "slurm.conf").write_text(f"""
ClusterName=test
SlurmctldHost={name}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmUser={pwd.getpwuid(os.getuid()).pw_name}
SlurmdUser={pwd.getpwuid(os.getuid()).pw_name}
AuthType=auth/munge
AuthInfo=socket={munge}/socket
CredType=cred/munge
StateSaveLocation={self.folder}/state
SlurmdSpoolDir={self.folder}/spool
SlurmctldPidFile={self.folder}/slurmctld.pid
SlurmdPidFile={self.folder}/slurmd.pid
SlurmctldLogFile={self.folder}/slurmctld.log
SlurmdLogFile={self.folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=bf_interval=1,sched_min_interval=100000,batch_sched_delay=0
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
MinJobAge=10
KillWait=2
NodeName={name} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes={name} Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:1
""")
        self.daemon("/usr/sbin/slurmctld", "-D", "-c")
        self.daemon("/usr/sbin/slurmd", "-D", "-N", name)
        self.wait_for(lambda: "idle" in self.command("sinfo", "--noheader", "--format=%T").stdout, "the node")

    def command(self, *words):
        return subprocess.run(words, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)

    def wait_for(self, condition, what):
        end = time.monotonic() + 60
        while not condition():
            if time.monotonic() > end or any(process.poll() is not None for process in self.processes):
                logs = "\n".join(f"-- {path.name}\n{path.read_text(errors='replace')[-1500:]}"
                                 for path in sorted(self.folder.glob("*.log")) + sorted(self.folder.glob("*.out")))
                raise RuntimeError(f"{what} did not come up\n{logs}")
            time.sleep(0.1)

    def stop(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def main():
    with tempfile.TemporaryDirectory(prefix="slurm") as folder:
        cluster = SlurmCluster(folder)
        try:
            cluster.start(cpus=os.cpu_count())
            return subprocess.run(sys.argv[1:], env=cluster.environment, check=False).returncode
        finally:
            cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
