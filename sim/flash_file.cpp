// SPDX-License-Identifier: Apache-2.0
#include "sim/flash_file.h"

#include <fmt/core.h>

#include "platform/memory_map.h"
#include "sim/usage_error.h"

namespace athena::sim {

FlashFile::FlashFile(const Drive& flash) : file_(flash, "--flash") {
    if (file_.size() != platform::kFlashSize) {
        throw UsageError(fmt::format("--flash {}: has {} bytes, expected {} (truncate -s 32M)",
                                     flash.file, file_.size(), platform::kFlashSize));
    }
}

}  // namespace athena::sim
