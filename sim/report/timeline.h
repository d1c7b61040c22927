// SPDX-License-Identifier: Apache-2.0
// How busy the engines of a cluster are in equal bins of a run whose length is not known before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace athena::sim {

/// Of one kind of engine of one cluster. Bins are as short as lets kBins of them hold what has been
/// added; they begin at kFirstBin and double.
class Timeline {
  public:
    static constexpr std::size_t kBins = 256;
    static constexpr std::uint64_t kFirstBin = 1 << 16;  ///< picoseconds

    /// An engine was busy from `begin` to before `end`, in picoseconds.
    void add(std::uint64_t begin, std::uint64_t end);
    /// Makes bins at least so long: a power of two times kFirstBin.
    void widen(std::uint64_t bin);

    [[nodiscard]] std::uint64_t bin() const { return bin_; }  ///< picoseconds
    /// Picoseconds of all engines in each bin.
    [[nodiscard]] const std::array<std::uint64_t, kBins>& busy() const { return busy_; }

  private:
    std::uint64_t bin_ = kFirstBin;
    std::array<std::uint64_t, kBins> busy_{};
};

}  // namespace athena::sim
