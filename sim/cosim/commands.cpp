// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/commands.h"

#include <algorithm>
#include <array>

#include "tile/cycles.h"

namespace athena::cosim {

namespace {

namespace layout = regs::descriptor;

constexpr std::uint64_t kMostOuter = 128;    // M and N
constexpr std::uint64_t kMostDepth = 512;    // K
constexpr std::uint64_t kMostLarge = 2100;   // K of one in fifty
constexpr std::uint64_t kPass = 1024;        // k between two changes of scales
constexpr std::uint64_t kMostWork = 12'000;  // cycles, about
constexpr std::uint64_t kSmallArena = 64 << 10;
constexpr unsigned kAttempts = 16;

}  // namespace

CommandMaker::CommandMaker(Random& random, const tile::TileConfig& config)
    : random_(random),
      config_(config),
      block_rows_(2 * config.rows),
      block_columns_(2 * config.columns),
      panel_(tile::Array{config.rows, config.columns}.panel()) {
    // A small arena lets commands meet each other's matrices.
    arena_ = random.chance(50) ? config.l1_bytes : kSmallArena;
    arena_base_ = random.below((config.l1_bytes - arena_) / kAlignment + 1) * kAlignment;
}

Command CommandMaker::make(std::uint32_t tag) {
    Command command;
    const View view(command.line);
    do {
        command.line = {};
        view.set_opcode(layout::Opcode::Matmul);
        view.set_tag(tag);
        formats(view);
        dimensions(view);
    } while (!places(command.line));
    command.status = tile::Status::Ok;
    if (random_.chance(15)) {
        command.status = spoil(command.line);
    }
    return command;
}

void CommandMaker::formats(const View& view) {
    view.set_a_format(static_cast<layout::OperandFormat>(random_.below(kOperandFormats)));
    view.set_b_format(static_cast<layout::OperandFormat>(random_.below(kOperandFormats)));
    const bool fp32 = random_.chance(25);
    const auto c = fp32 ? layout::ResultFormat::Fp32
                        : static_cast<layout::ResultFormat>(random_.below(kResultFormats));
    view.set_c_format(c);
    const bool flag = random_.chance(50);
    const bool fp8 = element_bits(c) == 8;
    view.set_accumulate(flag && c == layout::ResultFormat::Fp32 ? 1 : 0);
    view.set_saturate(flag && fp8 ? 1 : 0);
    view.set_transpose_a(!is_mx(view.a_format()) && random_.chance(50) ? 1 : 0);
    view.set_transpose_b(is_mx(view.b_format()) || random_.chance(50) ? 1 : 0);
}

// M or N.
std::uint64_t CommandMaker::dimension(std::uint64_t block, std::uint64_t half, std::uint64_t most) {
    const std::uint64_t kind = random_.below(100);
    if (kind < 4) {
        return 0;
    }
    if (kind < 40) {
        const std::array edges{std::uint64_t{1}, block - 1, block,    block + 1,
                               half - 1,         half,      half + 1, 2 * block + 1};
        return edges[kind < 34 ? random_.below(4) : random_.between(4, 7)];
    }
    return random_.log_uniform(most);
}

std::uint64_t CommandMaker::depth() {
    const std::uint64_t kind = random_.below(1000);
    if (kind < 40) {
        return 0;
    }
    if (kind < 340) {
        const std::array edges{std::uint64_t{1}, panel_ - 1, panel_, panel_ + 1};
        return edges[random_.below(edges.size())];
    }
    if (kind < 380) {
        const std::array edges{2 * panel_ - 1, 2 * panel_, 2 * panel_ + 1};
        return edges[random_.below(edges.size())];
    }
    if (kind < 395) {
        return kPass - 1 + random_.below(3);
    }
    if (kind < 415) {
        return random_.between(kPass + 1, kMostLarge);
    }
    return random_.log_uniform(kMostDepth);
}

// Cycles of the blocks, about.
std::uint64_t CommandMaker::work(std::uint64_t m, std::uint64_t n, std::uint64_t k) const {
    const std::uint64_t blocks =
        ((m + block_rows_ - 1) / block_rows_) * ((n + block_columns_ - 1) / block_columns_);
    return blocks * std::max<std::uint64_t>(4 * k, 8 * panel_);
}

void CommandMaker::dimensions(const View& view) {
    std::uint64_t m = dimension(block_rows_, config_.rows, kMostOuter);
    std::uint64_t n = dimension(block_columns_, config_.columns, kMostOuter);
    std::uint64_t k = depth();
    while (work(m, n, k) > kMostWork) {
        // A deep command stays deep, one block of it is enough; others lose of the longest.
        const bool deep = k >= kPass - 1;
        std::uint64_t& longest = !deep && k > std::max(m, n) ? k : m > n ? m : n;
        longest /= 2;
    }
    view.set_m(static_cast<std::uint32_t>(m));
    view.set_n(static_cast<std::uint32_t>(n));
    view.set_k(static_cast<std::uint32_t>(k));
}

// False: they do not fit.
bool CommandMaker::places(Line& line) {
    const View view(line);
    Shape shape(line);
    view.set_a_ld(leading(shape.a));
    view.set_b_ld(leading(shape.b));
    view.set_c_ld(leading(shape.c));
    if (shape.a_is_mx) {
        view.set_a_scale_ld(leading(shape.a_scale));
    }
    if (shape.b_is_mx) {
        view.set_b_scale_ld(leading(shape.b_scale));
    }
    shape = Shape(line);
    const auto a = place(shape.a);
    const auto b = place(shape.b);
    const auto a_scale = shape.a_is_mx ? place(shape.a_scale) : 0;
    const auto b_scale = shape.b_is_mx ? place(shape.b_scale) : 0;
    if (!a || !b || !a_scale || !b_scale) {
        return false;
    }
    view.set_a_addr(*a);
    view.set_b_addr(*b);
    view.set_a_scale_addr(*a_scale);
    view.set_b_scale_addr(*b_scale);
    const auto c = place_result(line);
    view.set_c_addr(c.value_or(0));
    if (c && !shape.c.empty()) {
        addresses_.push_back(*c);
    }
    for (const std::uint32_t address : {*a, *b}) {
        addresses_.push_back(address);
    }
    return c.has_value();
}

// The least one half of the time, of a row that is the only one anything.
std::uint16_t CommandMaker::leading(const Part& part) {
    std::uint64_t ld = part.least_ld();
    if ((part.rows <= 1 || part.columns == 0) && random_.chance(40)) {
        ld = random_.below(8);
    } else if (random_.chance(50)) {
        ld += random_.below(4);
    }
    return static_cast<std::uint16_t>(ld);
}

// Where a command before has a matrix, at the end of L1, or anywhere in the arena.
std::optional<std::uint32_t> CommandMaker::place(const Part& part) {
    const std::uint64_t size = part.size();
    if (size > arena_) {
        return std::nullopt;
    }
    std::uint64_t address =
        arena_base_ + random_.below((arena_ - size) / kAlignment + 1) * kAlignment;
    if (!addresses_.empty() && random_.chance(15)) {
        const std::uint64_t other = addresses_[random_.below(addresses_.size())];
        address = other + size <= config_.l1_bytes ? other : address;
    } else if (random_.chance(3)) {
        address = (config_.l1_bytes - size) / kAlignment * kAlignment;
    }
    return static_cast<std::uint32_t>(address);
}

// Away from the command's operands, but now and then just behind one of them.
std::optional<std::uint32_t> CommandMaker::place_result(const Line& line) {
    const Shape shape(line);
    const auto operands = shape.operands();
    for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
        auto address = place(shape.c);
        if (address && random_.chance(5)) {
            const Part& beside = operands[random_.below(operands.size())];
            const std::uint64_t end = beside.range().end;
            address = static_cast<std::uint32_t>((end + kAlignment - 1) / kAlignment * kAlignment);
        }
        if (!address || *address + shape.c.size() > config_.l1_bytes) {
            continue;
        }
        Part c = shape.c;
        c.address = *address;
        const bool meets = std::ranges::any_of(
            operands, [&](const Part& operand) { return operand.range().meets(c.range()); });
        if (!meets) {
            return address;
        }
    }
    return std::nullopt;
}

}  // namespace athena::cosim
