// SPDX-License-Identifier: Apache-2.0
#include "sim/version.h"

#include <fmt/core.h>

#include <systemc>

#include "revision.h"

namespace athena::sim {

std::string_view version() {
    return ATHENA_VERSION;
}

std::string version_text() {
    const std::string_view revision = ATHENA_REVISION;
    return fmt::format("athena {}{}\nSystemC {}\n{}", version(),
                       revision.empty() ? "" : fmt::format(" (revision {})", revision),
                       sc_core::sc_release(), ATHENA_VERILATOR);
}

}  // namespace athena::sim
