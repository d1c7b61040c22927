#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian packages of `cpack -G DEB`.

fast: unpacked into an empty folder, athena runs from there; its package depends on all packages whose libraries it links to.
slow: a minimal Debian installs the package with what it depends on and nothing else, and runs it. Needs root, mmdebstrap and
Debian's packages.

Usage: package_test.py CPACK BUILD fast|slow"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

CPACK, BUILD, KIND = sys.argv[1:4]


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=800, check=False, **options)
    assert done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def field(package, name):
    return run("dpkg-deb", "--field", package, name).strip()


def check_contents(package, dev, folder):
    root = os.path.join(folder, "root")
    run("dpkg-deb", "--extract", package, root)
    athena = os.path.join(root, "usr/bin/athena")
    bare = {"PATH": "/nowhere", "HOME": folder}
    boards = run(athena, "boards", cwd=folder, env=bare)
    assert "athena-2" in boards, boards
    hello = run(athena, "run", "athena-mini", "--firmware", "hello", cwd=folder, env=bare)
    assert "Hello" in hello, hello
    for file in ("share/man/man1/athena.1", "share/bash-completion/completions/athena", "share/athena/firmware/gpt.blob"):
        assert os.path.getsize(os.path.join(root, "usr", file)) > 0, file
    assert not os.path.exists(os.path.join(root, "usr/include")), "headers are for the other package"

    depends = set(re.findall(r"(?:^|, )([\w.+-]+)", field(package, "Depends")))
    for library in re.findall(r"=> (/\S+)", run("ldd", athena)):
        names = {library, os.path.realpath(library), "/usr" + library, os.path.realpath(library).removeprefix("/usr")}
        owners = subprocess.run(["dpkg-query", "-S", *names], capture_output=True, text=True, check=False).stdout
        found = set(re.findall(r"^([\w.+-]+)(?::\w+)?: ", owners, re.M))
        direct = os.path.basename(library) in run("readelf", "-d", athena)
        assert not direct or found & depends, f"{library} of {found} is not in {depends}"

    listing = run("dpkg-deb", "--contents", dev)
    for file in ("/usr/include/athena/platform/device.h", "/athenaConfig.cmake", "/libathena_base.a",
                 "/usr/share/athena/scripts/regs"):
        assert file in listing, file
    assert field(dev, "Depends").startswith("athena-vp (= "), field(dev, "Depends")


def check_clean_root(package, folder):
    root = os.path.join(folder, "root")
    sources = "/etc/apt/sources.list.d/debian.sources"
    sources = sources if os.path.exists(sources) else "/etc/apt/sources.list"
    inside = "/tmp/" + os.path.basename(package)
    run("mmdebstrap", "--quiet", "--mode=root", "--variant=apt", f"--customize-hook=copy-in {package} /tmp",
        f'--customize-hook=chroot "$1" apt-get install -y --no-install-recommends {inside}', "bookworm", root, sources,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
    mounted = 'mount --make-rprivate / && mount -t proc proc "$0/proc" && exec chroot "$0" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root "$@"'
    inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", mounted, root]
    assert "athena " in run(*inside, "athena", "--version")
    assert "Hello" in run(*inside, "athena", "run", "athena-mini", "--firmware", "hello")
    assert "loss" in run(*inside, "athena", "run", "athena-mini", "--firmware", "charlm", "--append", "steps=2")


def main():
    folder = tempfile.mkdtemp(dir="/var/tmp")
    os.chmod(folder, 0o755)
    try:
        run(CPACK, "-G", "DEB", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-B", folder, cwd=folder)
        packages = {re.sub(r"_.*", "", os.path.basename(name)): name for name in glob.glob(os.path.join(folder, "*.deb"))}
        assert set(packages) == {"athena-vp", "athena-vp-dev"}, packages
        if KIND == "fast":
            check_contents(packages["athena-vp"], packages["athena-vp-dev"], folder)
        else:
            check_clean_root(packages["athena-vp"], folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
