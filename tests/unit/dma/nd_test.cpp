// SPDX-License-Identifier: Apache-2.0
// COPY_ND and FILL against their definition, element by element.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>

#include "command_lines.h"
#include "flat_port.h"

using namespace athena;
using dma::Status;
using test::fill_line;
using test::FillFields;
using test::FlatPort;
using test::nd_lines;
using test::NdFields;
using test::padded;
using test::put;
using test::TwoLines;

namespace {

using Bytes = std::vector<std::byte>;
using Access = FlatPort::Access;

unsigned first_seed() {
    const char* given = std::getenv("ATHENA_SEED");
    return given != nullptr ? static_cast<unsigned>(std::stoul(given)) : 1;
}

/// Where elements come from and go to, as distances from src and dst, in the order of the loops.
void for_each_element(const NdFields& f,
                      const std::function<void(std::int64_t, std::int64_t)>& visit) {
    const auto size = std::int64_t{1} << f.element_log2;
    for (std::int64_t i4 = 0; i4 < f.sizes[2]; ++i4) {
        for (std::int64_t i3 = 0; i3 < f.sizes[1]; ++i3) {
            for (std::int64_t i2 = 0; i2 < f.sizes[0]; ++i2) {
                for (std::int64_t row = 0; row < f.rows; ++row) {
                    for (std::int64_t column = 0; column < f.cols; ++column) {
                        const std::int64_t outer_from =
                            i4 * f.src_strides[3] + i3 * f.src_strides[2] + i2 * f.src_strides[1];
                        const std::int64_t outer_to =
                            i4 * f.dst_strides[3] + i3 * f.dst_strides[2] + i2 * f.dst_strides[1];
                        const std::int64_t to_row = f.transpose ? column : row;
                        const std::int64_t to_column = f.transpose ? row : column;
                        visit(outer_from + row * f.src_strides[0] + column * size,
                              outer_to + to_row * f.dst_strides[0] + to_column * size);
                    }
                }
            }
        }
    }
}

struct Span {
    std::int64_t first = 0;
    std::int64_t end = 0;
    void add(std::int64_t at, std::int64_t size) {
        first = std::min(first, at);
        end = std::max(end, at + size);
    }
};

/// A descriptor whose operands lie apart, and the memory that holds them.
struct Case {
    NdFields fields;
    std::size_t memory = 0;
};

Case random_case(unsigned seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t limit) {
        return static_cast<std::uint32_t>(random() % limit);
    };
    Case result;
    NdFields& f = result.fields;
    f.element_log2 = below(4);
    f.transpose = below(3) == 0;
    f.cols = 1 + below(seed % 8 == 0 ? 5000 : 80);
    f.rows = 1 + below(seed % 8 == 1 ? 200 : 9);
    for (std::uint32_t& size : f.sizes) {
        size = 1 + below(4);
    }
    const auto size = std::int64_t{1} << f.element_log2;
    // Rows of the source lie anywhere, over each other too; those of a plain destination likewise,
    // so that the order counts.
    for (std::int64_t& stride : f.src_strides) {
        stride = static_cast<std::int64_t>(below(600)) - 300;
    }
    std::int64_t row = (f.transpose ? f.rows : f.cols) * size;
    const std::array<std::uint32_t, 4> counts = {f.transpose ? f.cols : f.rows, f.sizes[0],
                                                 f.sizes[1], f.sizes[2]};
    const bool loose = !f.transpose && below(2) == 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const std::int64_t apart = row + below(40);
        f.dst_strides[i] =
            loose ? static_cast<std::int64_t>(below(600)) - 300 : (below(3) == 0 ? -apart : apart);
        row = apart * counts[i];
    }
    Span source;
    Span destination;
    for_each_element(f, [&](std::int64_t from, std::int64_t to) {
        source.add(from, size);
        destination.add(to, size);
    });
    f.src = FlatPort::kBase + static_cast<std::uint64_t>(below(64) - source.first);
    const std::int64_t source_end = static_cast<std::int64_t>(f.src) + source.end;
    f.dst = static_cast<std::uint64_t>(source_end + below(64) - destination.first);
    const auto stride = static_cast<std::uint32_t>(destination.end - destination.first) + below(99);
    if (below(2) == 0) {
        f.multicast = 1 + below(31);
        f.multicast_stride = stride;
    }
    result.memory = static_cast<std::size_t>(static_cast<std::int64_t>(f.dst) + destination.end) -
                    FlatPort::kBase + 5 * std::size_t{stride};
    return result;
}

std::vector<std::uint64_t> destinations(const NdFields& f) {
    std::vector<std::uint64_t> all;
    for (std::uint64_t bit = 0; bit < 32; ++bit) {
        if ((f.multicast >> bit & 1) != 0) {
            all.push_back(f.dst + bit * f.multicast_stride);
        }
    }
    return f.multicast == 0 ? std::vector{f.dst} : all;
}

/// What the definition makes of these bytes; how many it writes.
std::uint64_t apply(const NdFields& f, Bytes& bytes) {
    const std::size_t size = std::size_t{1} << f.element_log2;
    std::uint64_t written = 0;
    for (const std::uint64_t destination : destinations(f)) {
        for_each_element(f, [&](std::int64_t from, std::int64_t to) {
            const std::uint64_t source = f.src + static_cast<std::uint64_t>(from);
            const std::uint64_t target = destination + static_cast<std::uint64_t>(to);
            std::memcpy(&bytes[target - FlatPort::kBase], &bytes[source - FlatPort::kBase], size);
            written += size;
        });
    }
    return written;
}

dma::Transfer transfer_of(const TwoLines& lines) {
    const auto decoded = dma::decode(lines);
    REQUIRE(decoded.status == Status::Ok);
    return decoded.transfer;
}

Status status_of(const NdFields& fields) {
    return dma::decode(nd_lines(fields)).status;
}

Status status_of(const FillFields& fields) {
    return dma::decode(padded(fill_line(fields))).status;
}

std::uint64_t at(std::uint64_t offset) {
    return FlatPort::kBase + offset;
}

}  // namespace

TEST_CASE("copy_nd: random loops, strides of both signs, elements, transposition, multicast") {
    const unsigned first = first_seed();
    std::vector<std::byte> buffer;
    for (unsigned seed = first; seed < first + 200; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " unit_dma 'copy_nd: random*'");
        const Case random = random_case(seed);
        FlatPort port(random.memory, seed);
        Bytes expected = port.bytes;
        Bytes direct = port.bytes;
        const std::uint64_t written = apply(random.fields, expected);
        const dma::Transfer transfer = transfer_of(nd_lines(random.fields));
        const auto result = dma::run_transfer(transfer, port, buffer);
        REQUIRE(result.status == Status::Ok);
        REQUIRE(result.bytes_written == written);
        REQUIRE((port.bytes == expected));
        REQUIRE(port.in_bursts());
        // The same where the bytes are at hand.
        dma::for_each_destination(transfer, [&](std::uint64_t offset) {
            dma::transfer_directly(
                transfer, &direct[transfer.source_extent.first - FlatPort::kBase],
                &direct[transfer.destination_extent.first + offset - FlatPort::kBase], buffer);
            return true;
        });
        REQUIRE((direct == expected));
    }
}

TEST_CASE("copy_nd: a size of 0 moves nothing and is no error, wherever the operands are") {
    for (std::size_t dimension = 0; dimension < 5; ++dimension) {
        NdFields fields{.src = ~0ull, .dst = ~0ull, .cols = 9, .rows = 9, .sizes = {9, 9, 9}};
        (dimension == 0   ? fields.cols
         : dimension == 1 ? fields.rows
                          : fields.sizes[dimension - 2]) = 0;
        FlatPort port(64);
        std::vector<std::byte> buffer;
        const dma::Transfer transfer = transfer_of(nd_lines(fields));
        CHECK(dma::run_transfer(transfer, port, buffer).bytes_written == 0);
        CHECK(port.accesses.empty());
        CHECK(dma::beats(transfer, 64) == 0);
    }
}

TEST_CASE("copy_nd: a burst is read once and then written to each destination, row by row") {
    // Two blocks of two rows of 6 bytes; the first row's source crosses a 4 KiB boundary, its
    // second destination too.
    const NdFields fields{.src = at(4092),
                          .dst = at(0x2000),
                          .cols = 6,
                          .rows = 2,
                          .sizes = {1, 2, 1},
                          .src_strides = {0x10, 0, 0x100, 0},
                          .dst_strides = {0x20, 0, 0x200, 0},
                          .multicast = 0b101,
                          .multicast_stride = 0x7FF};
    FlatPort port(0x4000);
    std::vector<std::byte> buffer;
    CHECK(dma::run_transfer(transfer_of(nd_lines(fields)), port, buffer, dma::kLongBurstBytes)
              .status == Status::Ok);
    const std::vector<Access> first_row = {
        {false, at(4092), 4},   {true, at(0x2000), 4}, {true, at(0x2FFE), 2}, {true, at(0x3000), 2},
        {false, at(0x1000), 2}, {true, at(0x2004), 2}, {true, at(0x3002), 2}};
    const std::vector<Access> others = {
        {false, at(0x100C), 6}, {true, at(0x2020), 6}, {true, at(0x301E), 6},
        {false, at(0x10FC), 6}, {true, at(0x2200), 6}, {true, at(0x31FE), 6},
        {false, at(0x110C), 6}, {true, at(0x2220), 6}, {true, at(0x321E), 6}};
    std::vector<Access> expected = first_row;
    expected.insert(expected.end(), others.begin(), others.end());
    CHECK(port.accesses == expected);
}

TEST_CASE("copy_nd: a turned square is read whole, then written whole to each destination") {
    // 65 columns of 2 rows: a square of 64 columns, then one of 1.
    const NdFields fields{.src = at(0),
                          .dst = at(0x1000),
                          .cols = 65,
                          .rows = 2,
                          .src_strides = {0x80},
                          .dst_strides = {2},
                          .multicast = 0b11,
                          .multicast_stride = 0x1000,
                          .transpose = true};
    FlatPort port(0x4000);
    std::vector<std::byte> buffer;
    CHECK(dma::run_transfer(transfer_of(nd_lines(fields)), port, buffer).status == Status::Ok);
    std::vector<Access> expected = {{false, at(0), 64}, {false, at(0x80), 64}};
    for (const std::uint64_t to : {0x1000u, 0x2000u}) {
        for (std::uint64_t row = 0; row < 64; ++row) {
            expected.push_back({true, at(to + 2 * row), 2});
        }
    }
    expected.insert(expected.end(), {{false, at(64), 1},
                                     {false, at(0x80 + 64), 1},
                                     {true, at(0x1000 + 128), 2},
                                     {true, at(0x2000 + 128), 2}});
    CHECK(port.accesses == expected);
}

TEST_CASE("copy_nd, fill: whichever burst fails, those before it are written, none after") {
    const unsigned first = first_seed();
    std::vector<std::byte> buffer;
    for (unsigned seed = first; seed < first + 40; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " unit_dma 'copy_nd, fill: whichever*'");
        const Case random = random_case(seed);
        const bool fills = seed % 4 == 0;
        const dma::Transfer transfer = transfer_of(fills ? padded(fill_line({.pattern = seed,
                                                                             .dst = at(4000),
                                                                             .cols = 50,
                                                                             .rows = 5,
                                                                             .dst_stride = 300,
                                                                             .element_log2 = 2}))
                                                         : nd_lines(random.fields));
        FlatPort good(fills ? 8192 : random.memory, seed);
        FlatPort replayed = good;
        const FlatPort fresh = good;
        REQUIRE(dma::run_transfer(transfer, good, buffer).status == Status::Ok);
        std::uint64_t written = 0;
        for (std::size_t number = 0; number < good.accesses.size(); ++number) {
            const Access& access = good.accesses[number];
            const bool looked_at = number < 40 || number % 97 == 0;
            if (looked_at) {
                FlatPort port = fresh;
                port.fails_number = number;
                const auto result = dma::run_transfer(transfer, port, buffer);
                REQUIRE(result.status == (access.write ? Status::WriteError : Status::ReadError));
                REQUIRE(result.write == access.write);
                REQUIRE(result.address == access.address);
                REQUIRE(result.bytes_written == written);
                REQUIRE(port.accesses.size() == number + 1);
                REQUIRE((port.bytes == replayed.bytes));
            }
            if (access.write) {
                const auto begin = static_cast<std::ptrdiff_t>(access.address - FlatPort::kBase);
                std::ranges::copy(good.written[number], replayed.bytes.begin() + begin);
                written += access.length;
            }
        }
    }
}

TEST_CASE("copy_nd: refused commands") {
    const NdFields good{.src = 0x8000'0000,
                        .dst = 0x9000'0000,
                        .cols = 16,
                        .rows = 2,
                        .sizes = {2, 2, 2},
                        .src_strides = {0x10, 0x20, 0x40, 0x80},
                        .dst_strides = {0x10, 0x20, 0x40, 0x80},
                        .multicast = 0b101,
                        .multicast_stride = 0x80};
    CHECK(status_of(good) == Status::Ok);
    SECTION("what must be zero") {
        TwoLines lines = nd_lines(good);
        put<std::uint16_t>(lines, 0x12, 1 << 2);
        CHECK(dma::decode(lines).status == Status::Reserved);
        NdFields bad = good;
        bad.multicast = 0;  // and nothing to stride over
        CHECK(status_of(bad) == Status::Reserved);
        bad.multicast_stride = 0;
        CHECK(status_of(bad) == Status::Ok);
        bad.multicast_stride = 1;
        bad.cols = 0;
        CHECK(status_of(bad) == Status::Reserved);
    }
    SECTION("an operand that leaves the address space, by any dimension and destination") {
        for (std::size_t dimension = 0; dimension < 4; ++dimension) {
            NdFields bad = good;
            bad.src_strides[dimension] = -0x8000'0001ll;
            CHECK(status_of(bad) == Status::BadRange);
            bad.src_strides[dimension] = std::numeric_limits<std::int64_t>::min();
            CHECK(status_of(bad) == Status::BadRange);
            bad = good;
            bad.dst_strides[dimension] = -0x9000'0001ll;
            CHECK(status_of(bad) == Status::BadRange);
        }
        // The last byte of the block is the address space's: 256 bytes, 16 of them a row.
        NdFields last = good;
        last.multicast = 1;
        last.dst = ~0ull - 0xFF;
        CHECK(status_of(last) == Status::Ok);
        last.dst += 1;
        CHECK(status_of(last) == Status::BadRange);
        last.multicast = 0b101;  // the second lies 2 * 0x100 behind
        last.multicast_stride = 0x100;
        last.dst = ~0ull - 0x2FF;
        CHECK(status_of(last) == Status::Ok);
        last.multicast = 0b1001;
        CHECK(status_of(last) == Status::BadRange);
        // dst itself is no destination without bit 0.
        NdFields below = good;
        below.dst = 0;
        below.dst_strides = {-0x10, 0x20, 0x40, 0x80};
        CHECK(status_of(below) == Status::BadRange);
        below.multicast = 0b10;
        below.multicast_stride = 0x100;
        CHECK(status_of(below) == Status::Ok);
    }
    SECTION("a term that is nothing modulo 2^64") {
        NdFields bad = good;
        bad.sizes = {5, 2, 2};
        bad.src_strides[1] = 0x4000'0000'0000'0000;  // the fifth would be the first again
        CHECK(status_of(bad) == Status::BadRange);
    }
    SECTION("operands that meet") {
        NdFields bad = good;
        bad.dst = good.src + 0xFF;
        CHECK(status_of(bad) == Status::Overlap);
        bad.dst = good.src + 0x100;
        bad.multicast_stride = 0x100;
        CHECK(status_of(bad) == Status::Ok);
        bad.dst = good.src - 0x200;  // the destination of bit 2 is the source
        CHECK(status_of(bad) == Status::Overlap);
        bad.multicast = 0b1001;
        CHECK(status_of(bad) == Status::Ok);
        bad = good;
        bad.multicast_stride = 0x7F;  // of two destinations 2 apart, each 0x100 long
        CHECK(status_of(bad) == Status::Overlap);
        bad.multicast = 0b10'0000'0101;
        CHECK(status_of(bad) == Status::Overlap);
        bad.multicast_stride = 0;
        bad.multicast = 0b11;
        CHECK(status_of(bad) == Status::Overlap);
        bad.multicast = 0b10;
        CHECK(status_of(bad) == Status::Ok);
    }
}

TEST_CASE("dma: what would take a host minutes is refused") {
    constexpr std::uint32_t kMost = 0xFFFF'FFFF;
    NdFields fields{.src = 0x8000'0000,
                    .dst = 0x9000'0000,
                    .cols = 1,
                    .rows = 1 << 14,
                    .sizes = {1 << 14, 1, 1}};
    CHECK(status_of(fields) == Status::Ok);  // 2^28 rows
    fields.rows += 1;
    CHECK(status_of(fields) == Status::BadRange);
    fields.rows = 1 << 14;
    fields.multicast = 0b11;
    fields.multicast_stride = 16;
    CHECK(status_of(fields) == Status::BadRange);
    fields.rows = 1 << 13;
    CHECK(status_of(fields) == Status::Ok);
    fields.transpose = true;  // 2^28 rows of destinations as well
    fields.rows = 1;
    fields.cols = 1 << 13;
    CHECK(status_of(fields) == Status::Ok);
    fields.cols += 1;
    CHECK(status_of(fields) == Status::BadRange);
    fields = {.src = 0, .dst = 1ull << 40, .cols = 1 << 30, .rows = 8, .element_log2 = 3};
    CHECK(status_of(fields) == Status::Ok);  // 2^36 bytes
    fields.rows = 9;
    CHECK(status_of(fields) == Status::BadRange);
    fields.cols = fields.rows = kMost;
    fields.sizes = {kMost, kMost, kMost};
    CHECK(status_of(fields) == Status::BadRange);
    CHECK(dma::decode(
              padded(test::copy_line({.src = 0, .dst = 0x1000, .cols = 1, .rows = (1 << 28) + 1})))
              .status == Status::BadRange);
    CHECK(status_of(FillFields{.dst = 0, .cols = 1, .rows = (1 << 28) + 1}) == Status::BadRange);
}

TEST_CASE("fill: random blocks, elements and strides of both signs") {
    const unsigned first = first_seed();
    std::vector<std::byte> buffer;
    for (unsigned seed = first; seed < first + 300; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " unit_dma 'fill: random*'");
        std::mt19937_64 random(seed);
        FillFields f;
        f.element_log2 = static_cast<unsigned>(random() % 4);
        const std::size_t size = std::size_t{1} << f.element_log2;
        f.pattern = size == 8 ? random() : random() % (std::uint64_t{1} << 8 * size);
        f.cols = 1 + static_cast<std::uint32_t>(random() % (seed % 5 == 0 ? 3000 : 60));
        f.rows = 1 + static_cast<std::uint32_t>(random() % 12);
        f.dst_stride = static_cast<std::int64_t>(random() % 9000) - 4500;  // over each other too
        const auto reach = f.dst_stride * (f.rows - 1);
        f.dst = at(static_cast<std::uint64_t>(reach < 0 ? -reach : 0) + random() % 64);
        FlatPort port(static_cast<std::size_t>(std::abs(reach)) + f.cols * size + 128, seed);
        Bytes expected = port.bytes;
        for (std::int64_t row = 0; row < f.rows; ++row) {
            for (std::int64_t byte = 0; byte < std::int64_t{f.cols} << f.element_log2; ++byte) {
                const auto place = static_cast<std::int64_t>(f.dst) + row * f.dst_stride + byte;
                expected[static_cast<std::size_t>(place) - FlatPort::kBase] =
                    static_cast<std::byte>(f.pattern >>
                                           8 * (static_cast<std::size_t>(byte) % size));
            }
        }
        Bytes direct = port.bytes;
        const dma::Transfer transfer = transfer_of(padded(fill_line(f)));
        const auto result = dma::run_transfer(transfer, port, buffer);
        REQUIRE(result.status == Status::Ok);
        REQUIRE(result.bytes_written == f.cols * size * f.rows);
        REQUIRE((port.bytes == expected));
        REQUIRE(port.in_bursts());
        dma::transfer_directly(transfer, nullptr,
                               &direct[transfer.destination_extent.first - FlatPort::kBase],
                               buffer);
        REQUIRE((direct == expected));
    }
}

TEST_CASE("fill: refused commands") {
    const FillFields good{.pattern = 0xFFFF,
                          .dst = 0x1000,
                          .cols = 4,
                          .rows = 4,
                          .dst_stride = 16,
                          .element_log2 = 1};
    CHECK(status_of(good) == Status::Ok);
    FillFields bad = good;
    bad.pattern = 0x1'0000;
    CHECK(status_of(bad) == Status::Reserved);
    bad.element_log2 = 2;
    CHECK(status_of(bad) == Status::Ok);
    bad.pattern = ~0ull;
    CHECK(status_of(bad) == Status::Reserved);
    bad.element_log2 = 3;
    CHECK(status_of(bad) == Status::Ok);
    TwoLines lines = padded(fill_line(good));
    put<std::uint32_t>(lines, 0x30, 1);
    CHECK(dma::decode(lines).status == Status::Reserved);
    lines = padded(fill_line(good));
    put<std::uint16_t>(lines, 0x12, 1 << 3);  // no transposition
    CHECK(dma::decode(lines).status == Status::Reserved);
    bad = good;
    bad.dst_stride = -0x1000;
    CHECK(status_of(bad) == Status::BadRange);
    bad.dst = ~0ull - 7;
    bad.rows = 1;
    CHECK(status_of(bad) == Status::Ok);
    bad.dst += 1;
    CHECK(status_of(bad) == Status::BadRange);
    bad.cols = 0;
    CHECK(status_of(bad) == Status::Ok);
}

TEST_CASE("copy_nd, fill: beats of the data path") {
    // 2 * 3 * 5 blocks of 3 rows of 100 bytes at 64 bytes a cycle: 2 beats a row.
    NdFields fields{.src = 0, .dst = 0x1'0000, .cols = 100, .rows = 3, .sizes = {2, 3, 5}};
    CHECK(dma::beats(transfer_of(nd_lines(fields)), 64) == 180);
    fields.multicast = 0b110;  // each of two gets the same beats at once
    fields.multicast_stride = 100;
    CHECK(dma::beats(transfer_of(nd_lines(fields)), 64) == 180);
    fields.multicast_stride = 0x1000;
    fields.transpose = true;  // 100 rows of 3 bytes
    CHECK(dma::beats(transfer_of(nd_lines(fields)), 64) == 3000);
    CHECK(dma::beats(transfer_of(padded(fill_line({.cols = 100, .rows = 3, .element_log2 = 1}))),
                     64) == 12);
}
