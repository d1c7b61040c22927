// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "command_lines.h"
#include "flat_port.h"

using namespace athena;
using dma::Status;
using test::copy_line;
using test::CopyFields;
using test::FlatPort;
using test::Line;
using test::padded;
using test::put;

namespace {

// The definition of the command, element by element.
void model(std::vector<std::byte>& bytes, const CopyFields& f) {
    const std::size_t size = std::size_t{1} << f.element_log2;
    for (std::int64_t r = 0; r < f.rows; ++r) {
        for (std::int64_t c = 0; c < f.cols; ++c) {
            const auto element = static_cast<std::int64_t>(size);
            const std::int64_t from = r * f.src_stride + c * element;
            const std::int64_t to =
                f.transpose ? c * f.dst_stride + r * element : r * f.dst_stride + c * element;
            const auto base = static_cast<std::int64_t>(FlatPort::kBase);
            std::memcpy(
                &bytes[static_cast<std::size_t>(static_cast<std::int64_t>(f.dst) + to - base)],
                &bytes[static_cast<std::size_t>(static_cast<std::int64_t>(f.src) + from - base)],
                size);
        }
    }
}

void check_against_model(const CopyFields& fields, std::size_t memory, unsigned seed) {
    FlatPort port(memory, seed);
    std::vector<std::byte> expected = port.bytes;
    model(expected, fields);
    const Line line = copy_line(fields);
    const auto decoded = dma::decode(padded(line));
    REQUIRE(decoded.status == Status::Ok);
    std::vector<std::byte> buffer;
    const auto result = dma::run_transfer(decoded.transfer, port, buffer);
    REQUIRE(result.status == Status::Ok);
    REQUIRE(result.bytes_written == (std::uint64_t{fields.cols} * fields.rows)
                                        << fields.element_log2);
    REQUIRE((port.bytes == expected));
    REQUIRE(port.in_bursts());
}

}  // namespace

TEST_CASE("copy: every source and destination offset within a beat is byte-exact") {
    for (std::uint64_t from = 0; from < 64; ++from) {
        for (std::uint64_t to = 0; to < 64; ++to) {
            check_against_model({.src = FlatPort::kBase + from,
                                 .dst = FlatPort::kBase + 1024 + to,
                                 .cols = 131,
                                 .rows = 1},
                                2048, static_cast<unsigned>(from * 64 + to));
        }
    }
}

TEST_CASE("copy: random shapes, strides of both signs, elements and transposition") {
    const char* given = std::getenv("ATHENA_SEED");
    const unsigned first = given != nullptr ? static_cast<unsigned>(std::stoul(given)) : 1;
    for (unsigned seed = first; seed < first + 400; ++seed) {
        CAPTURE(seed);
        INFO("replay: ATHENA_SEED=" << seed << " unit_dma 'copy: random*'");
        std::mt19937 random(seed);
        CopyFields f;
        f.element_log2 = random() % 4;
        f.transpose = random() % 2 != 0;
        f.cols = 1 + static_cast<std::uint32_t>(random()) % (seed % 10 == 0 ? 3000 : 150);
        f.rows = 1 + static_cast<std::uint32_t>(random()) % 150;
        const auto row = std::int64_t{f.cols} << f.element_log2;
        const auto out = f.transpose ? std::int64_t{f.rows} << f.element_log2 : row;
        const std::int64_t out_rows = f.transpose ? f.cols : f.rows;
        f.src_stride = row + random() % 40;
        f.dst_stride = out + random() % 40;
        const std::uint64_t room = static_cast<std::uint64_t>(f.src_stride * f.rows) + 64;
        f.src = FlatPort::kBase + random() % 64;
        f.dst = FlatPort::kBase + room + random() % 64;
        if (random() % 4 == 0) {  // bottom up
            f.src += static_cast<std::uint64_t>(f.src_stride * (f.rows - 1));
            f.src_stride = -f.src_stride;
        }
        const std::size_t memory = room + static_cast<std::size_t>(f.dst_stride * out_rows) + 128;
        check_against_model(f, memory, seed);
    }
}

TEST_CASE("copy: zero rows or columns move nothing and are no error") {
    for (const auto& [cols, rows] : {std::pair{0u, 5u}, {5u, 0u}, {0u, 0u}}) {
        const Line line = copy_line({.src = 0, .dst = 0, .cols = cols, .rows = rows});
        const auto decoded = dma::decode(padded(line));
        CHECK(decoded.status == Status::Ok);
        FlatPort port(64);
        std::vector<std::byte> buffer;
        CHECK(dma::run_transfer(decoded.transfer, port, buffer).bytes_written == 0);
    }
}

TEST_CASE("copy: refused commands") {
    const CopyFields good{.src = 0x8000'0000,
                          .dst = 0x8000'1000,
                          .cols = 16,
                          .rows = 16,
                          .src_stride = 16,
                          .dst_stride = 16};
    CHECK(dma::decode(padded(copy_line(good))).status == Status::Ok);
    Line line = copy_line(good);
    put<std::uint8_t>(line, 0, 1);
    CHECK(dma::decode(padded(line)).status == Status::BadOpcode);
    line = copy_line(good);
    put<std::uint16_t>(line, 0x12, 1 << 4);
    CHECK(dma::decode(padded(line)).status == Status::Reserved);
    line = copy_line(good);
    put<std::uint32_t>(line, 0x14, 1);
    CHECK(dma::decode(padded(line)).status == Status::Reserved);

    CopyFields bad = good;
    bad.src = ~0ull - 15;  // 16 rows of 16 bytes leave the address space after the first
    CHECK(dma::decode(padded(copy_line(bad))).status == Status::BadRange);
    bad.rows = 1;
    CHECK(dma::decode(padded(copy_line(bad))).status == Status::Ok);
    bad = good;
    bad.dst = 16;
    bad.dst_stride = -16;  // the third row lies below 0
    CHECK(dma::decode(padded(copy_line(bad))).status == Status::BadRange);
    bad = good;
    bad.dst = good.src + 255;  // the last source byte
    CHECK(dma::decode(padded(copy_line(bad))).status == Status::Overlap);
    bad.dst = good.src + 256;
    CHECK(dma::decode(padded(copy_line(bad))).status == Status::Ok);
}

TEST_CASE("copy: an error stops at its burst, everything before is written, nothing after") {
    // 3 rows of 6000 bytes; source rows at 0, 8192, 16384; destination at 32768.
    const CopyFields fields{.src = FlatPort::kBase,
                            .dst = FlatPort::kBase + 32768,
                            .cols = 6000,
                            .rows = 3,
                            .src_stride = 8192,
                            .dst_stride = 6000};
    const auto copy = dma::decode(padded(copy_line(fields))).transfer;
    std::vector<std::byte> buffer;
    const auto run = [&](std::uint64_t fails_at) {
        FlatPort port(65536);
        std::fill(port.bytes.begin(), port.bytes.begin() + 32768, std::byte{1});
        std::fill(port.bytes.begin() + 32768, port.bytes.end(), std::byte{0});
        port.fails_at = fails_at;
        const auto result = dma::run_transfer(copy, port, buffer);
        const auto written = std::count(port.bytes.begin() + 32768, port.bytes.end(), std::byte{1});
        CHECK(static_cast<std::uint64_t>(written) == result.bytes_written);
        return result;
    };
    // Reading: the second burst of row 1 starts at 8192 + 4096; before it 6000 + 4096 bytes were
    // moved.
    auto result = run(FlatPort::kBase + 8192 + 4096 + 7);
    CHECK(result.status == Status::ReadError);
    CHECK(result.address == FlatPort::kBase + 8192 + 4096);
    CHECK(result.bytes_written == 6000 + 4096);
    // Writing: destination byte 4096 of 18000 lies in row 0's second burst.
    result = run(FlatPort::kBase + 32768 + 4096);
    CHECK(result.status == Status::WriteError);
    CHECK(result.address == FlatPort::kBase + 32768 + 4096);
    CHECK(result.bytes_written == 4096);
}

TEST_CASE("copy: beats of the data path") {
    const auto copy_of = [](const CopyFields& f) {
        return dma::decode(padded(copy_line(f))).transfer;
    };
    // 3 rows of 100 bytes at 64 bytes a cycle: 2 beats each.
    CHECK(dma::beats(copy_of({.src = 0,
                              .dst = 0x1000,
                              .cols = 100,
                              .rows = 3,
                              .src_stride = 100,
                              .dst_stride = 100}),
                     64) == 6);
    // Transposed 3 x 100 of 2 bytes: source 3 · ceil(200/64) = 12, destination 100 · 1.
    CHECK(dma::beats(copy_of({.src = 0,
                              .dst = 0x1000,
                              .cols = 100,
                              .rows = 3,
                              .src_stride = 200,
                              .dst_stride = 6,
                              .element_log2 = 1,
                              .transpose = true}),
                     64) == 100);
    CHECK(dma::beats(copy_of({.cols = 0, .rows = 3}), 64) == 0);
}
