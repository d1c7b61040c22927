// SPDX-License-Identifier: Apache-2.0
// A block's counters by their paths.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/statistics.h"

namespace athena::test {

class Counts : public base::StatisticsVisitor {
  public:
    explicit Counts(const base::StatisticsSource& block) { block.report(*this); }

    void counter(std::string_view name, std::uint64_t value) override {
        values[prefix_ + std::string(name)] = value;
    }
    void enter(std::string_view name) override { prefix_ += std::string(name) + "."; }
    void leave() override {
        prefix_.pop_back();
        prefix_.resize(prefix_.rfind('.') + 1);
    }

    std::map<std::string, std::uint64_t> values;

  private:
    std::string prefix_;
};

}  // namespace athena::test
