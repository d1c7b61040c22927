// SPDX-License-Identifier: Apache-2.0
#include "memory/hbm_address.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string_view>

namespace athena::memory {

namespace {

constexpr std::array<std::string_view, 8> kNames = {"st", "ch", "pc", "bg", "ba", "ro", "co", "ra"};
constexpr unsigned kRank = 7;
constexpr std::uint8_t kRest = 0xFF;  // bits of a field without a number, until all are known

unsigned log2(std::uint64_t value) {
    return static_cast<unsigned>(std::countr_zero(value));
}

}  // namespace

std::optional<std::string> HbmAddressMap::parse_fields(const std::string& mapping,
                                                       const std::array<unsigned, kFields>& want) {
    const std::string where = "mapping '" + mapping + "': ";
    std::array<unsigned, kFields> given{};
    std::array<bool, kFields> rest{};
    for (std::size_t at = 0; at < mapping.size();) {
        const auto name = std::find(kNames.begin(), kNames.end(), mapping.substr(at, 2));
        if (name == kNames.end()) {
            return where + "unknown field at '" + mapping.substr(at) + "'";
        }
        const auto field = static_cast<unsigned>(name - kNames.begin());
        at += 2;
        unsigned bits = 0;
        const std::size_t digits = at;
        while (at < mapping.size() && mapping[at] >= '0' && mapping[at] <= '9' && bits < 100) {
            bits = bits * 10 + static_cast<unsigned>(mapping[at++] - '0');
        }
        const bool all = at == digits;
        if (field == kRank) {
            continue;  // HBM has one rank
        }
        if (pieces_ == kMaxPieces - 2) {
            return where + "more than " + std::to_string(kMaxPieces - 2) + " fields";
        }
        if (all && rest[field]) {
            return where + "two fields '" + std::string(*name) + "' without a number of bits";
        }
        rest[field] = rest[field] || all;
        given[field] += bits;
        piece_[pieces_++] = {.field = static_cast<std::uint8_t>(field),
                             .bits = all ? kRest : static_cast<std::uint8_t>(bits)};
    }
    for (unsigned field = 0; field < kFields; ++field) {
        const bool may_be_inserted = field == Stack || field == Channel;
        const bool named = rest[field] || given[field] > 0;
        if (given[field] > want[field]) {
            return where + "'" + std::string(kNames[field]) + "' has " +
                   std::to_string(given[field]) + " bits, more than the organisation's " +
                   std::to_string(want[field]);
        }
        if (!rest[field] && given[field] < want[field] && (named || !may_be_inserted)) {
            return where + "covers " + std::to_string(given[field]) + " of the " +
                   std::to_string(want[field]) + " bits of '" + std::string(kNames[field]) + "'";
        }
    }
    for (unsigned i = 0; i < pieces_; ++i) {
        if (piece_[i].bits == kRest) {
            piece_[i].bits =
                static_cast<std::uint8_t>(want[piece_[i].field] - given[piece_[i].field]);
        }
    }
    return std::nullopt;
}

/// Puts `bits` of a field that the map does not name at `interleave` bytes, splitting the piece
/// that is there.
std::optional<std::string> HbmAddressMap::insert(unsigned field, unsigned bits,
                                                 std::uint64_t interleave, unsigned offset_bits,
                                                 const char* what) {
    unsigned total = offset_bits;
    for (unsigned i = 0; i < pieces_; ++i) {
        total += piece_[i].bits;
    }
    const unsigned at = interleave == 0 ? total : log2(interleave);
    if (at < offset_bits || at > total) {
        return std::string(what) + " is " + std::to_string(interleave) +
               ", not between a burst and what it divides";
    }
    unsigned top = total;  // of the piece looked at
    unsigned i = 0;
    while (i < pieces_ && top - piece_[i].bits >= at) {
        top -= piece_[i++].bits;
    }
    const auto begin = piece_.begin();
    if (i < pieces_ && top > at) {
        std::copy_backward(begin + i, begin + pieces_, begin + pieces_ + 1);
        ++pieces_;
        piece_[i].bits = static_cast<std::uint8_t>(top - at);
        piece_[i + 1].bits = static_cast<std::uint8_t>(piece_[i + 1].bits - (top - at));
        ++i;
    }
    std::copy_backward(begin + i, begin + pieces_, begin + pieces_ + 1);
    ++pieces_;
    piece_[i] = {.field = static_cast<std::uint8_t>(field),
                 .bits = static_cast<std::uint8_t>(bits)};
    return std::nullopt;
}

void HbmAddressMap::place(const std::array<unsigned, kFields>& want, unsigned offset_bits) {
    unsigned from = offset_bits;
    for (unsigned i = 0; i < pieces_; ++i) {
        from += piece_[i].bits;
    }
    std::array<unsigned, kFields> to = want;
    unsigned kept = 0;
    for (unsigned i = 0; i < pieces_; ++i) {
        Piece piece = piece_[i];
        if (piece.bits == 0) {
            continue;
        }
        from -= piece.bits;
        to[piece.field] -= piece.bits;
        piece.from = static_cast<std::uint8_t>(from);
        piece.to = static_cast<std::uint8_t>(to[piece.field]);
        piece.mask = (std::uint64_t{1} << piece.bits) - 1;
        piece_[kept++] = piece;
    }
    pieces_ = kept;
}

std::optional<std::string> HbmAddressMap::parse(const HbmConfig& c) {
    const std::array<unsigned, kFields> want = {
        log2(c.stacks), log2(c.channels), log2(c.pseudo_channels), log2(c.bank_groups),
        log2(c.banks),  log2(c.rows),     log2(c.bursts_per_row())};
    const unsigned offset_bits = log2(c.access_bytes());
    if (auto reason = parse_fields(c.mapping, want)) {
        return reason;
    }
    std::array<bool, kFields> named{};
    for (unsigned i = 0; i < pieces_; ++i) {
        named[piece_[i].field] = true;
    }
    if (!named[Channel]) {
        if (auto reason = insert(Channel, want[Channel], c.channel_interleave, offset_bits,
                                 "channel_interleave")) {
            return reason;
        }
    } else if (c.channel_interleave != 0) {
        return "channel_interleave is given, but mapping '" + c.mapping + "' names ch";
    }
    if (!named[Stack]) {
        if (auto reason =
                insert(Stack, want[Stack], c.stack_interleave, offset_bits, "stack_interleave")) {
            return reason;
        }
    } else if (c.stack_interleave != 0) {
        return "stack_interleave is given, but mapping '" + c.mapping + "' names st";
    }
    place(want, offset_bits);
    channel_bits_ = want[Channel];
    in_group_bits_ = want[Bank];
    bank_bits_ = want[Group] + want[Bank];
    if (c.bank_hash) {
        if (want[Row] < bank_bits_) {
            return "bank_hash needs as many rows as a pseudo-channel has banks";
        }
        hash_mask_ = (std::uint32_t{1} << bank_bits_) - 1;
    }
    tabulate(want, offset_bits);
    limit_requests(c);
    return std::nullopt;
}

/// The largest aligned piece of consecutive columns, of request_bytes at most, whose bursts have
/// room in each queue.
void HbmAddressMap::limit_requests(const HbmConfig& c) {
    unsigned bits = 0;
    for (unsigned i = pieces_; i-- > 0 && piece_[i].field == Column;) {
        bits += piece_[i].bits;
    }
    const unsigned places = std::min({c.read_queue, c.write_queue, kHbmMaxBursts});
    while (bits > 0 && (1U << bits > places || c.access_bytes() << bits > c.request_bytes)) {
        --bits;
    }
    request_bytes_ = c.access_bytes() << bits;
}

HbmLocation HbmAddressMap::locate_by_pieces(std::uint64_t address) const {
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

void HbmAddressMap::tabulate(const std::array<unsigned, kFields>& want, unsigned offset_bits) {
    const unsigned bank_bits = want[PseudoChannel] + want[Group] + want[Bank];
    offset_bits_ = offset_bits;
    column_from_ = want[Row];
    bank_from_ = column_from_ + want[Column];
    channel_from_ = bank_from_ + bank_bits;
    row_mask_ = (std::uint64_t{1} << want[Row]) - 1;
    column_mask_ = (1U << want[Column]) - 1;
    bank_mask_ = (1U << bank_bits) - 1;
    const unsigned bits = channel_from_ + want[Channel] + want[Stack];
    digits_ = (bits + log2(kDigit) - 1) / log2(kDigit);
    for (unsigned i = 0; i < digits_; ++i) {
        for (std::uint64_t digit = 0; digit < kDigit; ++digit) {
            const HbmLocation at = locate_by_pieces(digit << (offset_bits + i * log2(kDigit)));
            share_[i][digit] = std::uint64_t{at.row} | std::uint64_t{at.column} << column_from_ |
                               std::uint64_t{at.bank} << bank_from_ |
                               std::uint64_t{at.channel} << channel_from_;
        }
    }
}

std::optional<std::string> HbmAddressMap::check(const HbmConfig& config) {
    HbmAddressMap map;
    return map.parse(config);
}

HbmAddressMap::HbmAddressMap(const HbmConfig& config) {
    if (const auto reason = parse(config)) {
        throw std::invalid_argument(*reason);
    }
}

std::uint64_t HbmAddressMap::address(const HbmLocation& location) const {
    const std::uint32_t in_pseudo_channel =
        (location.bank & ((1U << bank_bits_) - 1)) ^ (location.row & hash_mask_);
    const std::array<std::uint32_t, kFields> value = {
        location.channel >> channel_bits_,
        location.channel & ((1U << channel_bits_) - 1),
        location.bank >> bank_bits_,
        in_pseudo_channel >> in_group_bits_,
        in_pseudo_channel & ((1U << in_group_bits_) - 1),
        location.row,
        location.column};
    std::uint64_t address = 0;
    for (unsigned i = 0; i < pieces_; ++i) {
        const Piece& piece = piece_[i];
        address |= ((std::uint64_t{value[piece.field]} >> piece.to) & piece.mask) << piece.from;
    }
    return address;
}

}  // namespace athena::memory
