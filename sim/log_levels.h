// SPDX-License-Identifier: Apache-2.0
// The text of --log.
#pragma once

#include <string>

#include "base/log.h"

namespace athena::sim {

/// Changes `levels` as "SUBSYSTEM=LEVEL[,...]" says; SUBSYSTEM may be "all", and without a level it
/// is debug. Throws UsageError, which lists what there is.
void set_log_levels(const std::string& text, base::LogLevels& levels);

}  // namespace athena::sim
