# SPDX-License-Identifier: Apache-2.0
"""Random settings of the PMP (Volume II, 3.7), with a model of its locks.

Entries lie around the middle of the data pages, where programs with PMP have their accesses, or
cover pages. What the driver and the page-table walks of its code need is not theirs.
"""
from layout import DATA, DATA_L1, DATA_PAGES, TABLES

OFF, TOR, NA4, NAPOT = range(4)
PAGE = 4096
END = DATA + DATA_PAGES * PAGE
LOCK = 0x80
PERMISSIONS = (0, 1, 3, 4, 5, 7)
# The last entries, behind all others: halves of the first page, the second, and both others.
BEHIND = ((DATA, 2048), (DATA + 2048, 2048), (DATA + PAGE, PAGE), (DATA + 2 * PAGE, 2 * PAGE))
MODE_NAMES = ("OFF", "TOR", "NA4", "NAPOT")


def napot(base, size):
    return base >> 2 | (size >> 3) - 1


def span(addresses, configs, entry):
    """[first, end) of an entry, or None."""
    mode, address = configs[entry] >> 3 & 3, addresses[entry]
    if mode == OFF:
        return None
    if mode == TOR:
        low = addresses[entry - 1] if entry else 0
        return (low << 2, address << 2) if low < address else None
    if mode == NA4:
        return address << 2, (address << 2) + 4
    ones = (~address & address + 1).bit_length() - 1
    base = (address & ~((1 << ones) - 1)) << 2
    return base, base + (1 << ones + 3)


class Pmp:
    """One program's entries: what each is for, and what is locked."""

    def __init__(self, rng):
        self.rng = rng
        self.addresses = [0] * 16
        self.configs = [0] * 16
        places = sorted(rng.sample(range(12), 3))
        self.driver, self.data_tables, self.tables = places
        self.random = [i for i in range(12) if i not in places]
        self.addresses[self.driver] = napot(0x8000_0000, 0x800_0000)
        self.configs[self.driver] = NAPOT << 3 | 7
        self.addresses[self.data_tables] = napot(DATA_L1, 2 * PAGE)
        self.addresses[self.tables] = napot(TABLES, 0x1_0000)
        self.configs[self.tables] = NAPOT << 3 | 7
        self.coverage = set()

    def _locked(self, entry):
        return self.configs[entry] & LOCK != 0

    def _address_locked(self, entry):
        return self._locked(entry) or (
            entry < 15 and self._locked(entry + 1) and self.configs[entry + 1] >> 3 & 3 == TOR)

    def _candidate(self, mode):
        """An address for pmpaddr."""
        rng = self.rng
        page = DATA + rng.randrange(DATA_PAGES) * PAGE
        if rng.random() < 0.4 and mode != NA4:
            if mode == TOR:
                return page + rng.randrange(2) * PAGE >> 2
            size = rng.choice((PAGE, 2 * PAGE, 4 * PAGE))
            return napot(page & -size, size)
        if mode == NAPOT:
            size = 8 << rng.randrange(9)
            return napot(page + 2048 + rng.randrange(-48, 48) & -size, size)
        return page + 2048 + rng.randrange(-12, 12) * 4 >> 2

    def next_set(self, may_lock):
        """(addresses, configs) to write; afterwards the model holds what the hart then has."""
        rng = self.rng
        self.start_set()
        permissions = (7, 7, 3) if rng.random() < 0.6 else PERMISSIONS
        for entry in self.random:
            if rng.random() < 0.5:
                continue
            for _ in range(8):
                mode = rng.choice((OFF, TOR, TOR, NA4, NAPOT, NAPOT))
                address = self._candidate(mode)
                config = mode << 3 | rng.choice(permissions)
                if self._try(entry, address, config, may_lock):
                    break
        # Never R without W: QEMU 7.2 sets A and D bits whether PMP lets it write or not.
        self.configs[self.data_tables] = NAPOT << 3 | rng.choice((7, 3, 0, 4) if permissions is PERMISSIONS else (7, 3))
        for i, (start, size) in enumerate(BEHIND):
            if not self._locked(12 + i):
                self.addresses[12 + i] = napot(start, size)
                self.configs[12 + i] = NAPOT << 3 | rng.choice(permissions + (7, 7, 3))
        self._count()
        return self._written()

    def _try(self, entry, address, config, may_lock):
        if self._locked(entry):
            return True
        old_address, old_config = self.addresses[entry], self.configs[entry]
        if not self._address_locked(entry):
            self.addresses[entry] = address
        self.configs[entry] = config
        followers = [entry] + ([entry + 1] if entry < 15 else [])
        for number in followers:
            if number in (self.driver, self.data_tables, self.tables) or number >= 12:
                continue
            bounds = span(self.addresses, self.configs, number)
            if bounds and (bounds[0] < DATA or bounds[1] > END):
                self.addresses[entry], self.configs[entry] = old_address, old_config
                return False
            if not bounds and self.configs[number] >> 3 & 3 == TOR and self.addresses[number] == 0:
                self.configs[number] &= ~0x18
        if may_lock and self.rng.random() < 0.02:
            self.configs[entry] |= LOCK
        return True

    def _written(self):
        """What to write: locked entries get other values, which must not come to hold."""
        rng = self.rng
        addresses = [rng.getrandbits(54) if self.was_locked[i]
                     else self.addresses[i] for i in range(16)]
        configs = [rng.choice((0, 0x1F, 0x8F, 0x9B)) if self.was_config_locked[i]
                   else self.configs[i] for i in range(16)]
        return addresses, configs

    def start_set(self):
        """Remembers what is locked before the next set."""
        self.was_locked = [self._address_locked(i) for i in range(16)]
        self.was_config_locked = [self._locked(i) for i in range(16)]

    def _count(self):
        for entry in range(16):
            config = self.configs[entry]
            self.coverage.add((MODE_NAMES[config >> 3 & 3], config & 7,
                               "locked" if config & LOCK else "not locked"))
