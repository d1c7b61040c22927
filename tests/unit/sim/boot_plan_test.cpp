// SPDX-License-Identifier: Apache-2.0
#include "sim/boot_plan.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "platform/board_file.h"
#include "sim/usage_error.h"
#include "tests/elf_builder.h"
#include "tests/temporary_folder.h"

using namespace athena::sim;
using athena::platform::BoardConfig;
using athena::test::ElfBuilder;
using athena::test::TemporaryFolder;

namespace {

constexpr std::uint64_t kMebi = 1 << 20;

BoardConfig mini(const std::vector<std::string>& overrides = {}) {
    return athena::platform::load_board_file(ATHENA_BOARDS "/athena-mini.toml", overrides);
}

struct Files : TemporaryFolder {
    [[nodiscard]] std::string elf(const std::string& name, const ElfBuilder& builder) const {
        const std::vector<std::byte> bytes = builder.build();
        return write(name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }

    [[nodiscard]] std::string error_of(const RunOptions& options,
                                       const BoardConfig& board = mini()) const {
        try {
            (void)plan_boot(options, board);
        } catch (const UsageError& error) {
            std::string line = error.what();
            const std::string prefix = path.string() + "/";
            for (std::size_t at = 0; (at = line.find(prefix)) != std::string::npos;) {
                line.erase(at, prefix.size());
            }
            return line;
        }
        return "no error";
    }
};

RunOptions firmware(const std::string& file) {
    RunOptions options;
    options.firmware = file;
    return options;
}

}  // namespace

// QEMU 7.2, hw/riscv/boot.c: the tree lies 2 MiB aligned as far below min(end of RAM, 3 GiB) as it
// needs; 3 GiB counts for RAM that begins below.
TEST_CASE("boot plan: the device tree lies where QEMU puts it") {
    CHECK(device_tree_address(mini()) == 0x8FE0'0000);
    CHECK(device_tree_address(mini({"ram.size=4G"})) == 0xBFE0'0000);
    CHECK(device_tree_address(mini({"ram.size=0x10101000"})) == 0x9000'0000);
}

TEST_CASE("boot plan: firmware starts at its entry and is watched for tohost") {
    const Files files;
    ElfBuilder builder;
    builder.entry = 0x8000'0004;
    builder.symbols = {{"tohost", 0x8000'0040}};
    const BootPlan plan = plan_boot(firmware(files.elf("f.elf", builder)), mini());
    CHECK(plan.entry == 0x8000'0004);
    CHECK(plan.kernel_entry == 0);
    CHECK(plan.tohost == 0x8000'0040);
    REQUIRE(plan.images.size() == 1);
    CHECK(plan.images[0].address == 0x8000'0000);
    CHECK(plan.images[0].memory_size == 0x100);
}

// QEMU: kernel 2 MiB above the start of RAM, initrd min(RAM / 2, 128 MiB) above the kernel.
TEST_CASE("boot plan: bios, kernel and initrd lie where QEMU puts them") {
    const Files files;
    RunOptions options;
    options.bios = files.write("bios", std::string(100, 'b'));
    options.kernel = files.write("kernel", std::string(50, 'k'));
    options.initrd = files.write("initrd", std::string(20, 'i'));
    const BootPlan plan = plan_boot(options, mini());
    CHECK(plan.entry == 0x8000'0000);
    CHECK(plan.kernel_entry == 0x8020'0000);
    REQUIRE(plan.initrd);
    CHECK(plan.initrd->first == 0x8820'0000);
    CHECK(plan.initrd->end == 0x8820'0014);
    CHECK(plan.images.size() == 3);
    const BootPlan small = plan_boot(options, mini({"ram.size=64M"}));
    CHECK(small.initrd->first == 0x8020'0000 + 32 * kMebi);
}

TEST_CASE("boot plan: blobs lie below the device tree or where they are told") {
    const Files files;
    RunOptions options = firmware(files.elf("f.elf", {}));
    options.loads = {{files.write("one", std::string(5000, '1')), std::nullopt},
                     {files.write("two", "2"), std::nullopt},
                     {files.write("three", "3"), 0x80'0000'0000}};
    const BootPlan plan = plan_boot(options, mini());
    REQUIRE(plan.blobs.size() == 3);
    CHECK(plan.blobs[0].name == "one");
    CHECK(plan.blobs[0].address == 0x8FE0'0000 - 8192);
    CHECK(plan.blobs[0].size == 5000);
    CHECK(plan.blobs[1].address == 0x8FE0'0000 - 12288);
    CHECK(plan.blobs[2].address == 0x80'0000'0000);
}

TEST_CASE("boot plan: what does not fit is named with the place") {
    const Files files;
    ElfBuilder low;
    low.address = low.virtual_address = low.entry = 0x1000'0000;
    CHECK(files.error_of(firmware(files.elf("low", low))) ==
          "low: 256 bytes at 0x10000000 are outside memory, expected ram at 0x80000000 to "
          "0x8fffffff or hbm at 0x8000000000 to 0x803fffffff");
    ElfBuilder end;
    end.memory_size = ~0ULL - 0x8000'0000;
    CHECK(
        files.error_of(firmware(files.elf("end", end))).starts_with("end: 18446744071562067967 "));
    ElfBuilder tree;
    tree.memory_size = 255 * kMebi;
    CHECK(files.error_of(firmware(files.elf("tree", tree))) ==
          "tree at 0x80000000 to 0x8fefffff overlaps the device tree at 0x8fe00000 to 0x8fefffff");
    ElfBuilder odd;
    odd.symbols = {{"tohost", 0x8000'0001}};
    CHECK(files.error_of(firmware(files.elf("odd", odd))) ==
          "the program's tohost is at 0x80000001, expected 8 aligned bytes of RAM");

    RunOptions big = firmware(files.elf("f", {}));
    big.loads = {{files.write("big", std::string(16 * kMebi, 'b')), std::nullopt}};
    CHECK(files.error_of(big, mini({"ram.size=16M"})) ==
          "big: has 16777216 bytes, more than RAM has room for: give --memory");
    big.loads = {{files.write("empty", ""), std::nullopt}};
    CHECK(files.error_of(big) == "empty: is empty");
}

TEST_CASE("boot plan: a signature has to be there and in RAM") {
    const Files files;
    RunOptions options = firmware(files.elf("none", {}));
    options.signature = "sig";
    CHECK(files.error_of(options) ==
          "--signature: the program has no begin_signature and end_signature");
    ElfBuilder builder;
    builder.symbols = {{"begin_signature", 0x8000'0010}, {"end_signature", 0x8000'0030}};
    options.firmware = files.elf("good", builder);
    const BootPlan plan = plan_boot(options, mini());
    CHECK(plan.signature->first == 0x8000'0010);
    CHECK(plan.signature->end == 0x8000'0030);
    builder.symbols[1].second = 0x8000'0008;
    options.firmware = files.elf("back", builder);
    CHECK(files.error_of(options) ==
          "--signature: begin_signature 0x80000010 and end_signature 0x80000008 are no 4-byte "
          "words of RAM");
}
