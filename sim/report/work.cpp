// SPDX-License-Identifier: Apache-2.0
#include "sim/report/work.h"

#include <algorithm>
#include <numeric>

#include "dma/transfer.h"
#include "platform/memory_map.h"
#include "tile/cycles.h"
#include "tile/matmul.h"
#include "vector/signature.h"
#include "vector/vector_command.h"

namespace athena::sim {

namespace {

template <std::size_t N>
void add(std::array<std::uint64_t, N>& to, const std::array<std::uint64_t, N>& from) {
    std::ranges::transform(to, from, to.begin(), std::plus<>());
}

template <std::size_t N>
std::uint64_t sum(const std::array<std::uint64_t, N>& of) {
    return std::accumulate(of.begin(), of.end(), std::uint64_t{0});
}

std::uint64_t& at(std::array<std::uint64_t, kPlaces>& of, Place place) {
    return of[static_cast<std::size_t>(place)];
}

bool is_outside(std::size_t place) {
    return place != static_cast<std::size_t>(Place::OwnL1) &&
           place != static_cast<std::size_t>(Place::OwnSram);
}

std::uint64_t outside(const std::array<std::uint64_t, kPlaces>& of) {
    std::uint64_t bytes = 0;
    for (std::size_t place = 0; place < kPlaces; ++place) {
        bytes += is_outside(place) ? of[place] : 0;
    }
    return bytes;
}

MacFormat mac_format(numerics::OperandFormat format) {
    using Format = numerics::OperandFormat;
    switch (format) {
        case Format::Bf16:
            return MacFormat::Bf16;
        case Format::E4m3:
        case Format::E5m2:
            return MacFormat::Fp8;
        case Format::Mxfp8E4m3:
        case Format::Mxfp8E5m2:
            return MacFormat::Mxfp8;
        case Format::Mxfp6E3m2:
        case Format::Mxfp6E2m3:
            return MacFormat::Mxfp6;
        case Format::Mxfp4:
            return MacFormat::Mxfp4;
        case Format::Mxint8:
            break;
    }
    return MacFormat::Mxint8;
}

// Of the array, which takes A's rows for each block of C's columns and B's columns for each block
// of C's rows (docs/tile.md).
std::uint64_t array_bytes(const tile::Matmul& matmul, const platform::BoardConfig& board) {
    const auto bytes = [](const tile::Operand& operand) {
        return operand.elements.rows * operand.elements.row_bytes() +
               operand.scales.rows * operand.scales.row_bytes();
    };
    const std::uint64_t c = matmul.c.rows * matmul.c.row_bytes();
    return bytes(matmul.a) * tile::divide_up(matmul.n(), 2 * board.tile.cols) +
           bytes(matmul.b) * tile::divide_up(matmul.m(), 2 * board.tile.rows) +
           (matmul.accumulate ? 2 : 1) * c;
}

void add_matmul(Work& work, const command::Descriptor& descriptor,
                const platform::BoardConfig& board) {
    const tile::Matmul matmul = tile::decode_matmul(descriptor.first(), board.tile.l1_bytes).matmul;
    const MacFormat format = std::min(mac_format(matmul.a.format), mac_format(matmul.b.format));
    work.macs[static_cast<std::size_t>(format)] += matmul.m() * matmul.n() * matmul.k;
    work.tile_l1_bytes += array_bytes(matmul, board);
}

void add_vector(Work& work, const command::Descriptor& descriptor,
                const platform::BoardConfig& board) {
    const vector::VectorCommand command =
        vector::decode_vector(vector::CommandLines(descriptor.bytes), board.sram.size).command;
    const std::uint64_t elements = std::uint64_t{command.rows} * command.columns;
    work.vector_elements += elements;
    work.vector_operations += elements * vector::signature_of(command.operation)->passes;
    // Of a table as many rows as are taken.
    const bool has_table = command.operation == vector::Operation::Gather ||
                           command.operation == vector::Operation::ScatterAdd;
    for (const vector::Operand& operand : command.operands) {
        const bool in_sram = operand.used && operand.spread != numerics::Spread::Immediate;
        const std::uint64_t rows =
            has_table ? std::min<std::uint64_t>(operand.rows, command.rows) : operand.rows;
        work.vector_sram_bytes += in_sram ? rows * operand.row_bytes : 0;
    }
}

void add_transfer(Work& work, const command::Descriptor& descriptor, std::uint64_t cluster,
                  const platform::BoardConfig& board) {
    const dma::Transfer transfer = dma::decode(descriptor.bytes).transfer;
    const std::uint64_t bytes = transfer.bytes();
    if (bytes == 0) {
        return;
    }
    if (!transfer.fills()) {
        at(work.read, place_of(transfer.source, cluster, board)) += bytes;
    }
    dma::for_each_destination(transfer, [&](std::uint64_t offset) {
        at(work.written, place_of(transfer.destination + offset, cluster, board)) += bytes;
        return true;
    });
}

}  // namespace

Work& Work::operator+=(const Work& other) {
    commands += other.commands;
    add(macs, other.macs);
    vector_elements += other.vector_elements;
    vector_operations += other.vector_operations;
    add(read, other.read);
    add(written, other.written);
    tile_l1_bytes += other.tile_l1_bytes;
    vector_sram_bytes += other.vector_sram_bytes;
    return *this;
}

std::uint64_t Work::all_macs() const {
    return sum(macs);
}

std::uint64_t Work::dma_bytes() const {
    return sum(written);
}

std::uint64_t Work::hbm_bytes() const {
    constexpr auto kHbm = static_cast<std::size_t>(Place::Hbm);
    return read[kHbm] + written[kHbm];
}

std::uint64_t Work::link_in() const {
    return outside(read);
}

std::uint64_t Work::link_out() const {
    return outside(written);
}

Place place_of(std::uint64_t address, std::uint64_t cluster, const platform::BoardConfig& board) {
    if (address - board.hbm.base < board.hbm.size) {
        return Place::Hbm;
    }
    if (address - board.ram.base < board.ram.size) {
        return Place::Ram;
    }
    const std::uint64_t offset = address - platform::cluster_base(cluster);
    if (offset < platform::kClusterStride) {
        return offset >= platform::kTileOffset   ? Place::OwnL1
               : offset >= platform::kSramOffset ? Place::OwnSram
                                                 : Place::Elsewhere;
    }
    const std::uint64_t all = board.cluster.count * platform::kClusterStride;
    return address - platform::kApertureBase < all ? Place::OtherCluster : Place::Elsewhere;
}

Place destination_of(const command::Descriptor& descriptor, std::uint64_t cluster,
                     const platform::BoardConfig& board) {
    // COPY, COPY_ND and FILL have it at one place.
    return place_of(regs::descriptor::CopyConstView(descriptor.first()).dst(), cluster, board);
}

Work work_of(const command::Descriptor& descriptor, std::uint64_t cluster,
             const platform::BoardConfig& board) {
    Work work{.commands = 1};
    const auto opcode = regs::descriptor::DescriptorConstView(descriptor.first()).opcode();
    switch (*command::engine_kind(opcode)) {
        case command::EngineKind::Tile:
            add_matmul(work, descriptor, board);
            break;
        case command::EngineKind::Dma:
            add_transfer(work, descriptor, cluster, board);
            break;
        case command::EngineKind::Vector:
            add_vector(work, descriptor, board);
            break;
    }
    return work;
}

}  // namespace athena::sim
