// SPDX-License-Identifier: Apache-2.0
#include "numerics/fp32_environment.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace athena::numerics {

#if defined(__SSE2__)

// FP32 arithmetic uses SSE registers only, whose control register takes a few cycles to change;
// <cfenv> would change that of the x87 unit too, which takes a few hundred.
Fp32Environment::Fp32Environment() : found_(_mm_getcsr()) {
    const unsigned exceptions_masked_to_nearest_no_flush = 0x1F80;
    _mm_setcsr(exceptions_masked_to_nearest_no_flush);
}

Fp32Environment::~Fp32Environment() {
    _mm_setcsr(found_);
}

#else

Fp32Environment::Fp32Environment() : found_{} {
    std::fegetenv(&found_);
    std::fesetenv(FE_DFL_ENV);
}

Fp32Environment::~Fp32Environment() {
    std::fesetenv(&found_);
}

#endif

}  // namespace athena::numerics
