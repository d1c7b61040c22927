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
        std::array<std::uint32_t, kFields> value{};
        for (unsigned i = 0; i < pieces_; ++i) {
            const Piece& piece = piece_[i];
            value[piece.field] |=
                static_cast<std::uint32_t>(((address >> piece.from) & piece.mask) << piece.to);
        }
        const std::uint32_t hash = value[Row] & hash_mask_;
        return {.channel = (value[Stack] << channel_bits_) | value[Channel],
                .bank = (value[PseudoChannel] << bank_bits_) |
                        (((value[Group] << in_group_bits_) | value[Bank]) ^ hash),
                .row = value[Row],
                .column = value[Column]};
    }
    /// The lowest address of that burst.
    [[nodiscard]] std::uint64_t address(const HbmLocation& location) const;

  private:
    enum Field : unsigned { Stack, Channel, PseudoChannel, Group, Bank, Row, Column };
    static constexpr unsigned kFields = 7;
    static constexpr unsigned kMaxPieces = 24;

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
    void place(const std::array<unsigned, kFields>& want, unsigned offset_bits);

    std::array<Piece, kMaxPieces> piece_{};  // most significant first while parsing
    unsigned pieces_ = 0;
    unsigned channel_bits_ = 0;
    unsigned in_group_bits_ = 0;
    unsigned bank_bits_ = 0;
    std::uint32_t hash_mask_ = 0;
};

}  // namespace athena::memory
