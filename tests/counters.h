// SPDX-License-Identifier: Apache-2.0
// All counters of a block or a board by their paths.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/statistics.h"

namespace athena::test {

/// By paths from the source on: "harts.0.instructions" of a board, "instructions" of a hart. Throws
/// if two counters have one path.
class Counters : public base::StatisticsVisitor {
  public:
    explicit Counters(const base::StatisticsSource& source) { source.report(*this); }

    void counter(std::string_view name, std::uint64_t value) override {
        if (!values.emplace(prefix_ + std::string(name), value).second) {
            throw std::logic_error("two counters are " + prefix_ + std::string(name));
        }
    }
    void enter(std::string_view name) override { prefix_ += std::string(name) + "."; }
    void leave() override {
        prefix_.pop_back();
        prefix_.resize(prefix_.rfind('.') + 1);
    }
    bool operator==(const Counters& other) const { return values == other.values; }

    std::map<std::string, std::uint64_t> values;

  private:
    std::string prefix_;
};

}  // namespace athena::test
