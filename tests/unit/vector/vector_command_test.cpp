// SPDX-License-Identifier: Apache-2.0
#include "vector/vector_command.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "numerics/philox.h"
#include "vector/signature.h"
#include "vector_lines.h"

using namespace athena;
using namespace athena::test;
using vector::decode_vector;

namespace {

constexpr std::uint64_t kSram = 0x10'0000;

Status status_of(const std::function<void(const View&)>& change) {
    Lines lines = add_lines();
    change(View(lines));
    return decode_vector(lines, kSram).status;
}

}  // namespace

TEST_CASE("vector: a good command is taken") {
    CHECK(status_of([](const View&) {}) == Status::Ok);
    CHECK(status_of([](const View& v) { v.set_rows(0); }) == Status::Ok);
    CHECK(status_of([](const View& v) { v.set_columns(0); }) == Status::Ok);
}

TEST_CASE("vector: each check has its status, in their order") {
    using regs::descriptor::OperandFormat;
    CHECK(status_of([](const View& v) { v.set_opcode(regs::descriptor::Opcode::Copy); }) ==
          Status::BadOpcode);
    for (const int number : {0x25, 0x27, 0x2D, 0x32, 0x35, 0x3A, 0x3E, 0x42, 0xFF}) {
        CHECK(status_of([&](const View& v) { v.set_operation(static_cast<Operation>(number)); }) ==
              Status::BadOpcode);
    }
    // What the operation does not take.
    CHECK(status_of([](const View& v) { v.set_c_addr(4); }) == Status::Reserved);
    CHECK(status_of([](const View& v) { v.set_c_spread(Spread::Column); }) == Status::Reserved);
    CHECK(status_of([](const View& v) { v.set_d_ld(4); }) == Status::Reserved);
    CHECK(status_of([](const View& v) { v.set_out1_addr(4); }) == Status::Reserved);
    CHECK(status_of([](const View& v) { v.set_out2_ld(4); }) == Status::Reserved);
    CHECK(status_of([](const View& v) { v.set_scale(1); }) == Status::Reserved);
    CHECK(status_of([](const View& v) { v.set_offset(1); }) == Status::Reserved);
    CHECK(status_of([](const View& v) { v.set_seed(1); }) == Status::Reserved);
    CHECK(status_of([](const View& v) { v.set_first(4); }) == Status::Reserved);
    CHECK(status_of([](const View& v) { v.set_entries(1); }) == Status::Reserved);
    CHECK(status_of([](const View& v) { v.set_mx_format(OperandFormat::Mxfp4); }) ==
          Status::Reserved);
    CHECK(status_of([](const View& v) { v.set_a_format(static_cast<Format>(5)); }) ==
          Status::UnsupportedFormat);
    CHECK(status_of([](const View& v) { v.set_b_spread(static_cast<Spread>(3)); }) ==
          Status::UnsupportedFormat);
    CHECK(status_of([](const View& v) { v.set_a_format(Format::Int32); }) == Status::BadFlags);
    CHECK(status_of([](const View& v) { v.set_out_format(Format::Int32); }) == Status::BadFlags);
    CHECK(status_of([](const View& v) { v.set_accumulate(1); }) == Status::BadFlags);
    CHECK(status_of([](const View& v) { v.set_saturate(1); }) == Status::BadFlags);
    CHECK(status_of([](const View& v) { v.set_a_addr(2); }) == Status::BadAlignment);
    CHECK(status_of([](const View& v) { v.set_out_ld(34); }) == Status::BadAlignment);
    CHECK(status_of([](const View& v) { v.set_out_ld(28); }) == Status::BadRange);
    CHECK(status_of([](const View& v) { v.set_a_ld(28); }) == Status::BadRange);
    CHECK(status_of([](const View& v) { v.set_b_addr(kSram - 124); }) == Status::BadRange);
    CHECK(status_of([](const View& v) { v.set_b_addr(kSram - 128); }) == Status::Ok);
    CHECK(status_of([](const View& v) { v.set_rows(0xFFFF'FFFF); }) == Status::BadRange);
    CHECK(status_of([](const View& v) { v.set_columns(0xFFFF'FFFF); }) == Status::BadRange);
    CHECK(status_of([](const View& v) {
              v.set_rows(0);
              v.set_columns((1 << 22) + 1);
          }) == Status::BadRange);
    CHECK(status_of([](const View& v) { v.set_out_addr(4); }) == Status::Overlap);
    CHECK(status_of([](const View& v) { v.set_out_addr(124); }) == Status::Overlap);
    CHECK(status_of([](const View& v) { v.set_out_addr(128); }) == Status::Ok);
    CHECK(status_of([](const View& v) { v.set_out_addr(0); }) == Status::Ok);  // exactly a
    // The order: a reserved field comes before a bad format, that before a bad address.
    CHECK(status_of([](const View& v) {
              v.set_a_format(static_cast<Format>(7));
              v.set_scale(1);
              v.set_a_addr(2);
          }) == Status::Reserved);
    CHECK(status_of([](const View& v) {
              v.set_a_format(static_cast<Format>(7));
              v.set_a_addr(2);
          }) == Status::UnsupportedFormat);
}

TEST_CASE("vector: immediates and rows for all need no memory of their own") {
    CHECK(status_of([](const View& v) {
              v.set_b_spread(Spread::Immediate);
              v.set_b_addr(0x3F80'0001);
              v.set_b_ld(0);
          }) == Status::Ok);
    CHECK(status_of([](const View& v) {
              v.set_b_ld(0);
              v.set_b_addr(kSram - 32);
          }) == Status::Ok);
    CHECK(status_of([](const View& v) {
              v.set_b_spread(Spread::Column);
              v.set_b_ld(0);
              v.set_b_addr(kSram - 4);
          }) == Status::Ok);
    CHECK(status_of([](const View& v) { v.set_out_ld(0); }) == Status::BadRange);
}

TEST_CASE("vector: a row of results for all is refused, a single row needs no ld") {
    Lines lines = add_lines(1, 8);
    View(lines).set_out_ld(0);
    CHECK(decode_vector(lines, kSram).status == Status::Ok);
}

TEST_CASE("vector: quantise takes an MX format and bytes") {
    using regs::descriptor::OperandFormat;
    const auto quantise = [](const View& v) {
        v.set_operation(Operation::Quantise);
        v.set_b_addr(0);
        v.set_b_ld(0);
        v.set_columns(40);
        v.set_a_ld(160);
        v.set_mx_format(OperandFormat::Mxfp6E3m2);
        v.set_out_ld(30);  // 40 elements of 6 bits
        v.set_out1_addr(0x2'0001);
        v.set_out1_ld(2);
    };
    CHECK(status_of([&](const View& v) {
              quantise(v);
              v.set_out1_addr(0x3'0001);
          }) == Status::Ok);
    CHECK(status_of(quantise) == Status::Overlap);
    CHECK(status_of([&](const View& v) {
              quantise(v);
              v.set_mx_format(OperandFormat::E4m3);
          }) == Status::UnsupportedFormat);
    CHECK(status_of([&](const View& v) {
              quantise(v);
              v.set_out_ld(29);
          }) == Status::BadRange);
    CHECK(status_of([&](const View& v) {
              quantise(v);
              v.set_out_format(Format::Bf16);
          }) == Status::BadFlags);
}

// Whatever a descriptor says, either it is refused or it stays inside the ranges that it names.
TEST_CASE("vector: random descriptors write their results' ranges only, whole or in parts") {
    std::mt19937 random(1);
    constexpr std::uint64_t kBytes = 0x8000;
    std::vector<std::byte> sram(kBytes);
    numerics::Workspace workspace;
    unsigned accepted = 0;
    unsigned in_parts = 0;
    const auto small = [&](unsigned below) { return static_cast<std::uint32_t>(random() % below); };
    for (int round = 0; round < 40'000; ++round) {
        Lines lines = add_lines(small(5), small(40));
        const View view(lines);
        static constexpr std::array kOperations = {0x00, 0x03, 0x05, 0x08, 0x13, 0x15, 0x16, 0x17,
                                                   0x20, 0x22, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x30,
                                                   0x31, 0x34, 0x38, 0x39, 0x3C, 0x3D};
        view.set_operation(static_cast<Operation>(kOperations[random() % kOperations.size()]));
        const auto place = [&] { return static_cast<std::uint32_t>(random() % 64 * 0x210); };
        const auto ld = [&] { return static_cast<std::uint32_t>(random() % 4 * 0x30 + 160); };
        const vector::Signature& signature = *vector::signature_of(view.operation());
        const auto set = [&](unsigned input, auto address, auto stride) {
            const bool used = signature.inputs[input].extent != vector::Extent::None;
            (view.*address)(used ? place() : 0);
            (view.*stride)(used ? ld() : 0);
        };
        set(0, &View::set_a_addr, &View::set_a_ld);
        set(1, &View::set_b_addr, &View::set_b_ld);
        set(2, &View::set_c_addr, &View::set_c_ld);
        set(3, &View::set_d_addr, &View::set_d_ld);
        view.set_out_addr(place());
        view.set_out_ld(ld());
        if (signature.outputs[1].extent != vector::Extent::None) {
            view.set_out1_addr(place());
            view.set_out1_ld(ld());
        }
        if (signature.outputs[2].extent != vector::Extent::None) {
            view.set_out2_addr(place());
            view.set_out2_ld(ld());
        }
        for (unsigned input = 0; input < 3; ++input) {
            if (signature.inputs[input].kind == vector::Kind::Integer) {
                const bool column = signature.inputs[input].extent == vector::Extent::RowValues;
                input == 0   ? view.set_a_format(Format::Int32)
                : input == 1 ? view.set_b_format(Format::Int32)
                             : view.set_c_format(Format::Int32);
                if (column) {
                    input == 1 ? view.set_b_spread(Spread::Column)
                               : view.set_c_spread(Spread::Column);
                }
            }
        }
        if (signature.outputs[0].kind == vector::Kind::Integer) {
            view.set_out_format(Format::Int32);
        }
        if (signature.outputs[0].extent == vector::Extent::MxElements) {
            view.set_mx_format(static_cast<regs::descriptor::OperandFormat>(3 + random() % 6));
        }
        if (view.operation() == Operation::Gather || view.operation() == Operation::ScatterAdd) {
            view.set_entries(small(6));
        }
        if (random() % 4 == 0) {  // and now and then anything
            lines[random() % lines.size()] = static_cast<std::byte>(random());
        }
        const auto decoded = decode_vector(lines, kBytes);
        if (decoded.status != Status::Ok) {
            continue;
        }
        ++accepted;
        for (std::byte& byte : sram) {
            byte = static_cast<std::byte>(random());
        }
        const std::vector<std::byte> before = sram;
        run_vector(decoded.command, sram, workspace);
        for (std::size_t at = 0; at < sram.size(); ++at) {
            if (sram[at] == before[at]) {
                continue;
            }
            bool owned = false;
            for (std::size_t out = vector::kOut; out < vector::kPlaces; ++out) {
                const auto range = decoded.command.operands[out].range();
                owned = owned || (range.begin <= at && at < range.end);
            }
            INFO("round " << round << ", operation " << static_cast<int>(view.operation())
                          << ", byte " << at);
            REQUIRE(owned);
        }
        if (decoded.command.rows > 1 && vector::rows_are_apart(decoded.command.operation)) {
            ++in_parts;
            const std::uint32_t first = 1 + small(decoded.command.rows - 1);
            std::vector<std::byte> parts = before;
            run_vector(vector::rows_of(decoded.command, first, decoded.command.rows - first), parts,
                       workspace);
            run_vector(vector::rows_of(decoded.command, 0, first), parts, workspace);
            INFO("round " << round << ", operation " << static_cast<int>(view.operation())
                          << ", parted at row " << first);
            REQUIRE(parts == sram);
        }
    }
    CHECK(accepted > 1000);
    CHECK(in_parts > 500);
}

TEST_CASE("vector: cycles are those of README.md") {
    const auto cycles = [](Operation operation, std::uint32_t rows, std::uint32_t columns) {
        Lines lines = add_lines(rows, columns);
        const View view(lines);
        view.set_operation(operation);
        if (operation != Operation::Add) {
            view.set_b_addr(0);
            view.set_b_ld(0);
        }
        const auto decoded = decode_vector(lines, kSram);
        REQUIRE(decoded.status == Status::Ok);
        return vector_cycles(decoded.command, 64);
    };
    CHECK(cycles(Operation::Add, 4, 64) == 4);  // a vector a row
    CHECK(cycles(Operation::Add, 4, 65) == 8);  // two
    CHECK(cycles(Operation::Gelu, 3, 128) == 3 * 2 * 16);
    CHECK(cycles(Operation::RowSum, 3, 128) == 3 * (2 + 4));
    CHECK(cycles(Operation::Add, 0, 64) == 0);
}

TEST_CASE("vector: random rows are a stream's deviates, scaled and moved") {
    constexpr std::uint32_t kRows = 3;
    constexpr std::uint32_t kColumns = 5;
    std::vector<std::byte> sram(0x1000);
    numerics::Workspace workspace;
    for (const auto operation : {Operation::RandomUniform, Operation::RandomNormal}) {
        Lines lines{};
        const View view(lines);
        view.set_opcode(regs::descriptor::Opcode::Vector);
        view.set_operation(operation);
        view.set_rows(kRows);
        view.set_columns(kColumns);
        view.set_out_addr(64);
        view.set_out_ld(32);
        view.set_scale(std::bit_cast<std::uint32_t>(0.5F));
        view.set_offset(std::bit_cast<std::uint32_t>(-0.25F));
        view.set_seed(0x1234'5678'9ABC);
        view.set_first(7);
        view.set_stream(3);
        const auto decoded = decode_vector(lines, sram.size());
        REQUIRE(decoded.status == Status::Ok);
        run_vector(decoded.command, sram, workspace);
        for (std::uint32_t i = 0; i < kRows * kColumns; ++i) {
            const std::uint32_t element = 7 + i;
            const auto words = numerics::philox({element / 4, 3, 0, 0}, 0x1234'5678'9ABC);
            const auto deviates = operation == Operation::RandomUniform
                                      ? numerics::uniform_block(words)
                                      : numerics::normal_block(words);
            float value = 0;
            std::memcpy(&value, &sram[64 + i / kColumns * 32 + i % kColumns * 4], 4);
            CHECK(value == std::fma(deviates[element % 4], 0.5F, -0.25F));
        }
    }
    CHECK(status_of([](const View& v) {
              v.set_operation(Operation::RandomUniform);
              for (const auto set : {&View::set_a_ld, &View::set_b_addr, &View::set_b_ld}) {
                  (v.*set)(0);
              }
              v.set_first((std::uint64_t{1} << 34) - 31);
          }) == Status::BadRange);
}
