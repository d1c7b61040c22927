// SPDX-License-Identifier: Apache-2.0
// The floating-point environment of the numerics contract (docs/numerics.md), for a scope.
#pragma once

#if !defined(__SSE2__)
#include <cfenv>
#endif

namespace athena::numerics {

// While an object of this type lives, the calling thread rounds to nearest even and keeps
// subnormals; then the environment found is put back, exception flags included. Needed because the
// host thread may be in the middle of a guest's own rounding mode and flags. Out of line, so that
// the compiler moves no arithmetic across.
class Fp32Environment {
  public:
    Fp32Environment();
    ~Fp32Environment();
    Fp32Environment(const Fp32Environment&) = delete;
    Fp32Environment& operator=(const Fp32Environment&) = delete;

  private:
#if defined(__SSE2__)
    unsigned found_;
#else
    std::fenv_t found_;
#endif
};

}  // namespace athena::numerics
