// SPDX-License-Identifier: Apache-2.0
#include "sim/version.h"

namespace athena::sim {

std::string_view version() {
    return ATHENA_VERSION;
}

}  // namespace athena::sim
