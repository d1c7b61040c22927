// SPDX-License-Identifier: Apache-2.0
// A file of --flash as the contents of a flash bank.
#pragma once

#include <span>

#include "devices/flash.h"
#include "sim/drive_file.h"

namespace athena::sim {

/// Opened and locked as a drive's file. What has been programmed or erased is in the file before
/// the guest goes on, and survives the end of this program, however it comes.
class FlashFile final : public devices::FlashFile {
  public:
    /// Throws UsageError, also if it does not have the size of a bank.
    explicit FlashFile(const Drive& flash);

    [[nodiscard]] bool read_only() const override { return file_.read_only(); }
    [[nodiscard]] bool read(std::span<std::byte> bytes) override { return file_.read(0, bytes); }
    [[nodiscard]] bool write(std::uint64_t offset, std::span<const std::byte> bytes) override {
        return file_.write(offset, bytes);
    }

  private:
    DriveFile file_;
};

}  // namespace athena::sim
