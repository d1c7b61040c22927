// SPDX-License-Identifier: Apache-2.0
// The floating-point environment of the numerics contract (docs/numerics.md), for a scope.
#pragma once

#include <cfenv>

namespace athena::numerics {

// While an object of this type lives, the calling thread rounds to nearest even and keeps
// subnormals; then the environment found is put back, exception flags included. Needed because the
// host thread may be in the middle of a guest's own rounding mode and flags.
class Fp32Environment {
  public:
    Fp32Environment() {
        std::fegetenv(&found_);
        std::fesetenv(FE_DFL_ENV);
    }
    ~Fp32Environment() { std::fesetenv(&found_); }
    Fp32Environment(const Fp32Environment&) = delete;
    Fp32Environment& operator=(const Fp32Environment&) = delete;

  private:
    std::fenv_t found_{};
};

}  // namespace athena::numerics
