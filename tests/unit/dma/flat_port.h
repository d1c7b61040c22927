// SPDX-License-Identifier: Apache-2.0
// Memory for transfers that notes every access, and refuses one.
#pragma once

#include <algorithm>
#include <cstring>
#include <optional>
#include <random>
#include <vector>

#include "dma/mover.h"

namespace athena::test {

/// From address kBase on; accesses beyond it fail, one that holds the byte at `fails_at`, and that
/// of number `fails_number`.
struct FlatPort : dma::TransferPort {
    static constexpr std::uint64_t kBase = 0x8000'0000;
    struct Access {
        bool write;
        std::uint64_t address;
        std::uint64_t length;
        bool operator==(const Access&) const = default;
    };

    explicit FlatPort(std::size_t size, unsigned seed = 0) : bytes(size) {
        std::mt19937_64 random(seed);
        for (std::size_t at = 0; at < size; at += 8) {
            const std::uint64_t noise = random();
            std::memcpy(&bytes[at], &noise, std::min<std::size_t>(8, size - at));
        }
    }

    bool read(std::uint64_t address, std::span<std::byte> data) override {
        if (!reach(false, address, data.size())) {
            return false;
        }
        std::memcpy(data.data(), &bytes[address - kBase], data.size());
        return true;
    }
    bool write(std::uint64_t address, std::span<const std::byte> data) override {
        if (!reach(true, address, data.size())) {
            return false;
        }
        std::memcpy(&bytes[address - kBase], data.data(), data.size());
        written.resize(accesses.size());
        written.back().assign(data.begin(), data.end());
        return true;
    }
    /// Whether all accesses were bursts.
    [[nodiscard]] bool in_bursts() const {
        return std::ranges::all_of(accesses, [](const Access& access) {
            const std::uint64_t last = access.address + access.length - 1;
            return access.length != 0 && access.address / 4096 == last / 4096;
        });
    }

    std::vector<std::byte> bytes;
    std::optional<std::uint64_t> fails_at;
    std::optional<std::size_t> fails_number;
    std::vector<Access> accesses;
    std::vector<std::vector<std::byte>> written;  ///< by each access; of reads nothing

  private:
    bool reach(bool is_write, std::uint64_t address, std::size_t length) {
        accesses.push_back({is_write, address, length});
        const bool inside = address >= kBase && address + length <= kBase + bytes.size();
        return inside && !(fails_at && address <= *fails_at && *fails_at < address + length) &&
               fails_number != accesses.size() - 1;
    }
};

}  // namespace athena::test
