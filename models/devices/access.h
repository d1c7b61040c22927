// SPDX-License-Identifier: Apache-2.0
// What the devices' transport functions share.
#pragma once

#include <tlm>

namespace athena::devices {

/// Whether the payload is an access of a size that the device takes, bit n of `sizes` standing for
/// n bytes. If not, its response is a burst error.
[[nodiscard]] bool check_size(tlm::tlm_generic_payload& payload, unsigned sizes);

inline constexpr unsigned kSize1 = 1U << 1;
inline constexpr unsigned kSize2 = 1U << 2;
inline constexpr unsigned kSize4 = 1U << 4;
inline constexpr unsigned kSize8 = 1U << 8;

}  // namespace athena::devices
