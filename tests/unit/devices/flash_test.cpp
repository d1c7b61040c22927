// SPDX-License-Identifier: Apache-2.0
// Flash: what the comparison with QEMU (tests/firmware/devices) does not see: each chip for itself,
// refused accesses, files.
#include "devices/flash.h"

#include <algorithm>

#include "device_bench.h"

using namespace athena;
using devices::Flash;

namespace {

constexpr std::uint64_t kSize = 4 * Flash::kBlockBytes;

/// The file as a vector that the test keeps.
struct Contents {
    std::vector<std::byte> bytes = std::vector<std::byte>(kSize, std::byte{0xFF});
    bool read_only = false;
    bool broken = false;
    unsigned writes = 0;
};
class File final : public devices::FlashFile {
  public:
    explicit File(Contents& contents) : contents_(contents) {}
    bool read_only() const override { return contents_.read_only; }
    bool read(std::span<std::byte> bytes) override {
        std::ranges::copy(contents_.bytes, bytes.begin());
        return true;
    }
    bool write(std::uint64_t offset, std::span<const std::byte> bytes) override {
        ++contents_.writes;
        if (!contents_.broken) {
            std::ranges::copy(bytes, contents_.bytes.begin() + static_cast<std::ptrdiff_t>(offset));
        }
        return !contents_.broken;
    }

  private:
    Contents& contents_;
};

struct Bench {
    explicit Bench(Contents* contents = nullptr)
        : flash("flash0", {.size = kSize},
                contents == nullptr ? nullptr : std::make_unique<File>(*contents)) {}

    void command(std::uint64_t offset, std::uint32_t code) { bus.write(offset, 4, code * 0x10001); }
    std::uint64_t status(std::uint64_t offset) {
        command(offset, 0x70);
        const std::uint64_t value = bus.read(offset, 4);
        command(offset, 0x50);
        return value;
    }
    void program(std::uint64_t offset, std::uint32_t value) {
        command(offset, 0x40);
        bus.write(offset, 4, value);
    }

    base::EventQueue events{"events"};
    Flash flash;
    test::Bus bus{flash};
};

}  // namespace

TEST_CASE("flash: without a file all is erased, and every size of read is served") {
    test::FreshSimulation simulation;
    Bench bench;
    CHECK(bench.bus.read(0, 8) == ~0ULL);
    CHECK(bench.bus.read(kSize - 1, 1) == 0xFF);
    bench.program(16, 0x11223344);
    bench.command(0, 0xFF);
    CHECK(bench.bus.read(16, 8) == 0xFFFF'FFFF'1122'3344);
    CHECK(bench.bus.read(18, 2) == 0x1122);
    CHECK(bench.bus.read(17, 1) == 0x33);
    CHECK(bench.bus.debug(16, 4) == 0x11223344U);
}

TEST_CASE("flash: writes of each size are commands to both chips, and program their bytes") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(2, 2, 0x90);
    CHECK(bench.bus.read(0, 4) == 0x0089'0089);
    bench.bus.write(1, 1, 0xFF);
    bench.bus.write(6, 2, 0x40);
    bench.bus.write(6, 2, 0x1234);
    CHECK(bench.bus.read(4, 4) == 0x0080'0080);
    bench.bus.write(6, 1, 0x10);
    bench.bus.write(5, 1, 0x56);
    bench.bus.write(6, 1, 0xFF);
    CHECK(bench.bus.read(4, 4) == 0x1234'56FF);
}

TEST_CASE("flash: a wrong confirmation changes nothing and sets both error bits") {
    test::FreshSimulation simulation;
    Bench bench;
    const std::uint64_t block = Flash::kBlockBytes;
    bench.program(block, 0);
    bench.command(block, 0x20);
    bench.command(block, 0x12);
    CHECK(bench.bus.read(block, 4) == 0x00B0'00B0);
    CHECK(bench.status(block) == 0x00B0'00B0);
    CHECK(bench.status(block) == 0x0080'0080);
    bench.command(block, 0x20);
    bench.command(0, 0xD0);  // of another block
    CHECK(bench.status(block) == 0x00B0'00B0);
    bench.command(block, 0xE8);
    bench.command(block, 1024);  // one more than the buffer takes
    CHECK(bench.status(block) == 0x00B0'00B0);
    bench.command(block, 0xE8);
    bench.command(block, 1);
    bench.bus.write(block, 4, 0);
    bench.bus.write(2 * block, 4, 0);  // leaves the block
    CHECK(bench.status(block) == 0x00B0'00B0);
    bench.command(block, 0x60);
    bench.command(block, 0x77);
    CHECK(bench.status(block) == 0x00B0'00B0);
    CHECK(bench.bus.read(block, 4) == 0);
    CHECK(bench.bus.read(2 * block, 4) == 0xFFFF'FFFF);
}

TEST_CASE("flash: a reset ends what was begun, unlocks all, and keeps the contents") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.program(8, 0xCAFE'F00D);
    bench.command(0, 0x60);
    bench.command(0, 0x01);
    bench.command(0, 0x20);
    bench.flash.reset();
    CHECK(bench.bus.read(8, 4) == 0xCAFE'F00D);
    bench.program(8, 0);
    CHECK(bench.status(8) == 0x0080'0080);
    CHECK(bench.bus.read(8, 4) == 0);
}

TEST_CASE("flash: what is programmed and erased is in the file at once") {
    test::FreshSimulation simulation;
    Contents contents;
    contents.bytes[5] = std::byte{0x42};
    Bench bench(&contents);
    CHECK(bench.bus.read(4, 4) == 0xFFFF'42FF);
    bench.program(Flash::kBlockBytes + 4, 0x0403'0201);
    CHECK(contents.writes == 1);
    for (unsigned i = 0; i < 4; ++i) {
        CHECK(contents.bytes[Flash::kBlockBytes + 4 + i] == std::byte(i + 1));
    }
    bench.command(0, 0x20);
    bench.command(0, 0xD0);
    CHECK(contents.bytes[5] == std::byte{0xFF});
    CHECK(contents.bytes[Flash::kBlockBytes + 4] == std::byte{1});
}

TEST_CASE("flash: a read-only file's bank is as if locked") {
    test::FreshSimulation simulation;
    Contents contents;
    contents.read_only = true;
    Bench bench(&contents);
    bench.program(4, 0);
    CHECK(bench.status(4) == 0x0092'0092);
    bench.command(4, 0x20);
    bench.command(4, 0xD0);
    CHECK(bench.status(4) == 0x00A2'00A2);
    CHECK(bench.bus.read(4, 4) == 0xFFFF'FFFF);
    CHECK(contents.writes == 0);
}

TEST_CASE("flash: a host that cannot write is told to the guest") {
    test::FreshSimulation simulation;
    Contents contents;
    contents.broken = true;
    Bench bench(&contents);
    bench.program(4, 0);
    CHECK(bench.status(4) == 0x0090'0090);
    bench.command(4, 0x20);
    bench.command(4, 0xD0);
    CHECK(bench.status(4) == 0x00A0'00A0);
}

TEST_CASE("flash: what it does not answer is an error without effect") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.refuses(0, 3, tlm::TLM_BURST_ERROR_RESPONSE);
    bench.bus.refuses(2, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.bus.refuses(kSize, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.bus.refuses(~0ULL - 3, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_CASE("flash: saved and loaded within a buffered program") {
    std::vector<std::byte> saved;
    {
        test::FreshSimulation simulation;
        Bench bench;
        bench.command(Flash::kBlockBytes, 0x60);
        bench.command(Flash::kBlockBytes, 0x01);
        bench.command(0, 0xE8);
        bench.command(0, 1);
        bench.bus.write(12, 4, 0x1111'2222);
        saved = test::save(bench.events, bench.flash);
    }
    test::FreshSimulation simulation;
    Bench bench;
    test::load(saved, bench.events, bench.flash);
    CHECK(test::save(bench.events, bench.flash) == saved);
    bench.bus.write(16, 4, 0x3333'4444);
    bench.command(0, 0xD0);
    CHECK(bench.status(0) == 0x0080'0080);
    CHECK(bench.bus.read(12, 4) == 0x1111'2222);
    CHECK(bench.bus.read(16, 4) == 0x3333'4444);
    bench.program(Flash::kBlockBytes, 0);
    CHECK(bench.status(Flash::kBlockBytes) == 0x0092'0092);
}
