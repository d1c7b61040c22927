// SPDX-License-Identifier: Apache-2.0
// What a board's time and transport take by themselves: no command can take less than its share.
#pragma once

namespace athena::test {

/// Nanoseconds of the process's CPU time.
struct Bounds {
    double event = 0;      ///< of the event queue, scheduled by the one before, at its own instant
    double transport = 0;  ///< a read of 64 bytes of memory through one crossbar
};

/// The shortest of several times.
Bounds measure_bounds();

}  // namespace athena::test
