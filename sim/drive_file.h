// SPDX-License-Identifier: Apache-2.0
// A file of --drive as the storage of a block device.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "sim/options.h"
#include "virtio/block.h"

namespace athena::sim {

/// The file is locked against other runs that write it, or, if read-only, that it is written. What
/// has been flushed survives the end of this program, however it comes.
class DriveFile final : public virtio::BlockStorage {
  public:
    /// Throws UsageError if the file cannot be opened, is none, is in use, or is no number of
    /// sectors.
    /// `option` stands in messages.
    explicit DriveFile(const Drive& drive, const std::string& option = "--drive");
    ~DriveFile() override;
    DriveFile(const DriveFile&) = delete;
    DriveFile& operator=(const DriveFile&) = delete;

    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] bool read_only() const override { return read_only_; }
    [[nodiscard]] std::string name() const override { return name_; }
    [[nodiscard]] bool read(std::uint64_t offset, std::span<std::byte> bytes) override;
    [[nodiscard]] bool write(std::uint64_t offset, std::span<const std::byte> bytes) override;
    [[nodiscard]] bool flush() override;

  private:
    std::string name_;
    bool read_only_;
    int descriptor_;
    std::uint64_t size_ = 0;
};

}  // namespace athena::sim
