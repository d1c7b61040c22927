#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Inputs of a target as text: a line each, in hexadecimal, the shortest first.

Usage: corpus.py unpack FILE.hex FOLDER [MORE…]   # and files that are inputs themselves
       corpus.py pack FOLDER FILE.hex [BYTES]     # as many as fit, BYTES in all (20000)"""
import hashlib
import os
import shutil
import sys


def unpack(file, folder, *more):
    os.makedirs(folder, exist_ok=True)
    for name in more:
        shutil.copy(name, folder)
    if os.path.exists(file):
        with open(file, encoding="ascii") as text:
            for line in text:
                if not line.startswith("#") and line.strip():
                    data = bytes.fromhex(line)
                    with open(os.path.join(folder, hashlib.sha256(data).hexdigest()[:16]), "wb") as out:
                        out.write(data)


def pack(folder, file, most="20000"):
    inputs = []
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as data:
            inputs.append(data.read())
    room = int(most)
    with open(file, "w", encoding="ascii") as out:
        out.write("# SPDX-License-Identifier: Apache-2.0\n")
        for data in sorted(inputs, key=lambda data: (len(data), data)):
            room -= len(data)
            if data and room >= 0:
                out.write(data.hex() + "\n")


{"unpack": unpack, "pack": pack}[sys.argv[1]](*sys.argv[2:])
