// SPDX-License-Identifier: Apache-2.0
// One multiply-accumulate unit by its pins: a vector a cycle, the result three cycles later.
#pragma once

#include <verilated.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <type_traits>

#include "Vathena_fma.h"

namespace athena::rtl {

/// What stands on the pins, and the result that is to follow.
struct FmaVector {
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    std::uint32_t c = 0;
    std::uint32_t expected = 0;
};

class FmaUnit {
  public:
    FmaUnit()
        : context_(std::make_unique<VerilatedContext>()),
          top_(std::make_unique<Vathena_fma>(context_.get())) {
        top_->eval();  // the first edge is the one after this
    }
    ~FmaUnit() { top_->final(); }
    FmaUnit(const FmaUnit&) = delete;
    FmaUnit& operator=(const FmaUnit&) = delete;

    void check(const FmaVector& vector) {
        clock(vector);
        pending_[count_ % kLatency] = vector;
        ++count_;
        if (count_ >= kLatency) {
            const FmaVector& done = pending_[count_ % kLatency];
            if (top_->fma_o != done.expected && wrong_++ == 0) {
                UNSCOPED_INFO(std::hex << "a " << done.a << " b " << done.b << " c " << done.c
                                       << " is " << top_->fma_o << " not " << done.expected);
            }
        }
    }

    /// The number of wrong results, the first of which is told.
    [[nodiscard]] std::uint64_t finish() {
        const FmaVector last = pending_[count_ % kLatency];
        for (std::uint64_t i = 0; i < kLatency; ++i) {
            check(last);
        }
        return wrong_;
    }

  private:
    static constexpr std::uint64_t kLatency = 3;

    void clock(const FmaVector& vector) {
        top_->a_i = static_cast<std::remove_reference_t<decltype(top_->a_i)>>(vector.a);
        top_->b_i = static_cast<std::remove_reference_t<decltype(top_->b_i)>>(vector.b);
        top_->c_i = vector.c;
        top_->clk_i = 1;
        top_->eval();
        top_->clk_i = 0;
        top_->eval();
    }

    std::unique_ptr<VerilatedContext> context_;
    std::unique_ptr<Vathena_fma> top_;
    std::array<FmaVector, kLatency> pending_{};
    std::uint64_t count_ = 0;
    std::uint64_t wrong_ = 0;
};

inline std::uint64_t fma_setting(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 0) : otherwise;
}

}  // namespace athena::rtl
