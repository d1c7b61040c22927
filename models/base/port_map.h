// SPDX-License-Identifier: Apache-2.0
// A target with several sockets of which each serves a part of its addresses.
#pragma once

#include <cstdint>

namespace athena::base {

class PortMap {
  public:
    [[nodiscard]] virtual std::uint32_t ports() const = 0;
    /// Of the access that begins `offset` bytes into the target.
    [[nodiscard]] virtual std::uint32_t port_of(std::uint64_t offset) const = 0;

  protected:
    ~PortMap() = default;
};

}  // namespace athena::base
