# SPDX-License-Identifier: Apache-2.0
"""The instructions of models/riscv/operations.inc: names, encodings, assembler mnemonics."""
import pathlib
import re
from dataclasses import dataclass

LIST = pathlib.Path(__file__).resolve().parents[3] / "models/riscv/operations.inc"
ENTRY = re.compile(r"RV_OPERATION\((\w+),\s*(0x[\dA-F']+),\s*(0x[\dA-F']+),\s*(\w+)\)")


@dataclass(frozen=True)
class Operation:
    name: str
    mask: int
    match: int
    format: str

    @property
    def mnemonic(self):
        """FcvtWuS is fcvt.wu.s: each capital begins a part."""
        return ".".join(re.findall("[A-Z][a-z]*", self.name)).lower()


def read_operations(path=LIST):
    found = [
        Operation(name, int(mask.replace("'", ""), 16), int(match.replace("'", ""), 16), form)
        for name, mask, match, form in ENTRY.findall(path.read_text())
    ]
    if len(found) != path.read_text().count("\nRV_OPERATION("):
        raise ValueError(f"{path}: an entry is not understood")
    return found


OPERATIONS = read_operations()
BY_MNEMONIC = {operation.mnemonic: operation for operation in OPERATIONS}
