// SPDX-License-Identifier: Apache-2.0
// A block's counters as a tree (object `machine` of --stats): integers, identical between runs and
// hosts.
#pragma once

#include <cstdint>
#include <string_view>

namespace athena::base {

class StatisticsVisitor {
  public:
    virtual ~StatisticsVisitor() = default;
    virtual void counter(std::string_view name, std::uint64_t value) = 0;
    virtual void enter(std::string_view name) = 0;
    virtual void leave() = 0;
};

/// A block that counts; the board walks all of them in its own order.
class StatisticsSource {
  public:
    virtual void report(StatisticsVisitor& visitor) const = 0;

  protected:
    ~StatisticsSource() = default;
};

}  // namespace athena::base
