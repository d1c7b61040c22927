// SPDX-License-Identifier: Apache-2.0
// Zeroed storage of any size whose pages take host memory only once they are touched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace athena::memory {

class SparseStorage {
  public:
    /// size: bytes, a multiple of 4096. Throws base::HostMemoryError, which names it, if the host
    /// has no address space for it.
    SparseStorage(std::uint64_t size, const std::string& name);
    ~SparseStorage();
    SparseStorage(const SparseStorage&) = delete;
    SparseStorage& operator=(const SparseStorage&) = delete;

    /// All bytes are 0 again, and take no memory.
    void clear();
    [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }
    [[nodiscard]] std::span<std::byte> bytes() { return bytes_; }
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

  private:
    std::span<std::byte> bytes_;
};

}  // namespace athena::memory
