// SPDX-License-Identifier: Apache-2.0
// Internal to athena::numerics: the Highway targets that kernels are compiled for; before
// <hwy/foreach_target.h>. Targets without a vector FMA would only repeat the scalar one; AVX3_DL
// would repeat AVX3; and vectors of unknown size cannot be held in arrays.
#pragma once

#define HWY_DISABLED_TARGETS \
    (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
