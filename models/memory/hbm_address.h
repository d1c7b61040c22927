// SPDX-License-Identifier: Apache-2.0
// Where an address lies in HBM: stack, channel, pseudo-channel, bank, row, column.
//
// A map is a string of two-letter fields, most significant first: st (stack), ch (channel), pc
// (pseudo-channel), ra (rank: always 0 bits), bg (bank group), ba (bank), ro (row), co (column,
// a burst each). A field may be followed by a number of bits, so that it can be split
// ("robaco4bgpcco1"); one occurrence of a field may leave the number out and takes the bits that
// the others leave. Bits below a burst are not named. Where st or ch is not named, its bits are
// put at stack_interleave or channel_interleave bytes (0: on top).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "memory/hbm_config.h"

namespace athena::memory {

struct HbmLocation {
    unsigned channel = 0;  // stack * channels + channel
    unsigned bank = 0;     // of the channel: (pseudo-channel * bank_groups + group) * banks + bank
    std::uint32_t row = 0;
    unsigned column = 0;  // in bursts

    bool operator==(const HbmLocation&) const = default;
};

class HbmAddressMap {
  public:
    /// `config` has passed check(). Addresses are taken modulo the capacity.
    explicit HbmAddressMap(const HbmConfig& config);

    /// What is wrong with the map of `config`, whose organisation has passed check().
    [[nodiscard]] static std::optional<std::string> check(const HbmConfig& config);

    [[nodiscard]] HbmLocation locate(std::uint64_t address) const {
        // Every bit of the address has its own share of the location; shares of six bits at a time
        // are looked up and put together by XOR (the hash is one as well).
        std::uint64_t share = 0;
        std::uint64_t rest = address >> offset_bits_;
        for (unsigned i = 0; i < digits_; ++i) {
            share ^= share_[i][rest % kDigit];
            rest /= kDigit;
        }
        return {.channel = static_cast<unsigned>(share >> channel_from_),
                .bank = static_cast<unsigned>(share >> bank_from_) & bank_mask_,
                .row = static_cast<std::uint32_t>(share & row_mask_),
                .column = static_cast<unsigned>(share >> column_from_) & column_mask_};
    }
    /// Bytes from `address` to the end of what one request may cover: an aligned piece of
    /// request_bytes, or less where the map leaves the row earlier or a queue has fewer places.
    [[nodiscard]] unsigned contiguous(std::uint64_t address) const {
        return request_bytes_ - static_cast<unsigned>(address & (request_bytes_ - 1));
    }
    /// Bursts that `bytes` bytes from `address` on touch.
    [[nodiscard]] unsigned bursts(std::uint64_t address, unsigned bytes) const {
        const std::uint64_t in_burst = address & ((std::uint64_t{1} << offset_bits_) - 1);
        return static_cast<unsigned>((in_burst + bytes - 1) >> offset_bits_) + 1;
    }
    /// The lowest address of that burst.
    [[nodiscard]] std::uint64_t address(const HbmLocation& location) const;

  private:
    enum Field : unsigned { Stack, Channel, PseudoChannel, Group, Bank, Row, Column };
    static constexpr unsigned kFields = 7;
    static constexpr unsigned kMaxPieces = 24;
    static constexpr unsigned kDigit = 64;
    static constexpr unsigned kMaxDigits = 10;  // of an address

    struct Piece {
        std::uint8_t field = 0;
        std::uint8_t from = 0;  // bit of the address
        std::uint8_t to = 0;    // bit of the field
        std::uint8_t bits = 0;
        std::uint64_t mask = 0;
    };

    HbmAddressMap() = default;
    std::optional<std::string> parse(const HbmConfig& config);
    std::optional<std::string> parse_fields(const std::string& mapping,
                                            const std::array<unsigned, kFields>& want);
    std::optional<std::string> insert(unsigned field, unsigned bits, std::uint64_t interleave,
                                      unsigned offset_bits, const char* what);
    [[nodiscard]] HbmLocation locate_by_pieces(std::uint64_t address) const;
    void tabulate(const std::array<unsigned, kFields>& want, unsigned offset_bits);
    void place(const std::array<unsigned, kFields>& want, unsigned offset_bits);
    void limit_requests(const HbmConfig& config);

    std::array<Piece, kMaxPieces> piece_{};  // most significant first while parsing
    unsigned pieces_ = 0;
    unsigned channel_bits_ = 0;
    unsigned in_group_bits_ = 0;
    unsigned bank_bits_ = 0;
    std::uint32_t hash_mask_ = 0;

    // From the pieces, for locate(): a location is kept as row, column, bank, channel, the row in
    // the lowest bits.
    std::array<std::array<std::uint64_t, kDigit>, kMaxDigits> share_{};
    unsigned digits_ = 0;
    unsigned offset_bits_ = 0;
    unsigned request_bytes_ = 0;
    unsigned column_from_ = 0;
    unsigned bank_from_ = 0;
    unsigned channel_from_ = 0;
    std::uint64_t row_mask_ = 0;
    unsigned column_mask_ = 0;
    unsigned bank_mask_ = 0;
};

}  // namespace athena::memory
