// SPDX-License-Identifier: Apache-2.0
// The athena program, for a main() of its own or of a project that adds devices to its boards
// (docs/install.md).
#pragma once

#include "platform/device.h"

namespace athena::sim {

/// Does what the command line says; board files may name the kinds of `devices`. Returns the exit
/// status (docs/running.md); throws nothing.
[[nodiscard]] int run_program(int argc, const char* const* argv,
                              const platform::DeviceKinds& devices = {});

}  // namespace athena::sim
