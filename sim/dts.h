// SPDX-License-Identifier: Apache-2.0
// `athena dts`: the board's device tree as source text.
#pragma once

#include <ostream>

#include "sim/options.h"

namespace athena::sim {

void print_device_tree(const DtsOptions& options, std::ostream& out);

}  // namespace athena::sim
