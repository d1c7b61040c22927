// SPDX-License-Identifier: Apache-2.0
// The way that a transaction of several phases has come: each router on it finds its own record of
// the transaction again when the response passes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <tlm>

namespace athena::base {

/// Ignorable extension of a transaction by nb_transport (IEEE 1666, 14.21), a stack: a router puts
/// the number of its record on it with the request and takes it off with the response. An initiator
/// that reuses its payloads gives them one; a router adds one where there is none.
class Route : public tlm::tlm_extension<Route> {
  public:
    void push(std::uint32_t record) {
        if (depth_ == records_.size()) {
            throw std::logic_error("a transaction passed more routers than a board has in a row");
        }
        records_[depth_++] = record;
    }
    [[nodiscard]] std::uint32_t pop() { return records_[--depth_]; }
    [[nodiscard]] std::uint32_t top() const { return records_[depth_ - 1]; }
    [[nodiscard]] bool empty() const { return depth_ == 0; }
    /// A write to a further destination of a multicast: its initiator's data path has carried the
    /// data already, with the write before.
    void set_repeats(bool value) { repeats_ = value; }
    [[nodiscard]] bool repeats() const { return repeats_; }

    tlm_extension_base* clone() const override { return new Route(*this); }
    void copy_from(const tlm_extension_base& other) override {
        *this = static_cast<const Route&>(other);
    }

  private:
    // Crossbar, mesh, another cluster's crossbar, and one of somebody's own.
    static constexpr std::size_t kMost = 4;
    std::array<std::uint32_t, kMost> records_{};
    std::size_t depth_ = 0;
    bool repeats_ = false;
};

}  // namespace athena::base
