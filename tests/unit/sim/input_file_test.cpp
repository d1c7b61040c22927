// SPDX-License-Identifier: Apache-2.0
#include "sim/input_file.h"

#include <catch2/catch.hpp>

#include "sim/usage_error.h"
#include "tests/elf_builder.h"
#include "tests/temporary_folder.h"

using namespace athena::sim;
using athena::test::ElfBuilder;
using athena::test::TemporaryFolder;

namespace {

constexpr const char* kExpected = ", expected a 64-bit little-endian RISC-V program";

std::string error_of(std::vector<std::byte> bytes) {
    try {
        (void)parse_elf("p.elf", std::move(bytes));
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

/// A built file with one byte of its header replaced.
std::vector<std::byte> changed(std::size_t at, unsigned value) {
    std::vector<std::byte> bytes = ElfBuilder{}.build();
    bytes[at] = static_cast<std::byte>(value);
    return bytes;
}

}  // namespace

TEST_CASE("elf: segments, entry and the symbols that the run needs are read") {
    ElfBuilder builder;
    builder.symbols = {{"main", 0x8000'0000}, {"tohost", 0x8000'0040}};
    const ElfProgram program = parse_elf("p.elf", builder.build());
    CHECK(program.entry == 0x8000'0000);
    REQUIRE(program.segments.size() == 1);
    CHECK(program.segments[0].address == 0x8000'0000);
    CHECK(program.segments[0].memory_size == 0x100);
    CHECK(program.segments[0].bytes ==
          std::vector<std::byte>{std::byte{0x6F}, std::byte{0}, std::byte{0}, std::byte{0}});
    CHECK(program.symbols == std::map<std::string, std::uint64_t>{{"tohost", 0x8000'0040}});
}

TEST_CASE("elf: entry and symbols follow their segment to its physical address") {
    ElfBuilder builder;
    builder.virtual_address = 0xFFFF'FFFF'8000'0000;
    builder.address = 0x8020'0000;
    builder.entry = 0xFFFF'FFFF'8000'0002;
    builder.symbols = {{"begin_signature", 0xFFFF'FFFF'8000'0080},
                       {"end_signature", 0xFFFF'FFFF'8000'0100}};
    const ElfProgram program = parse_elf("p.elf", builder.build());
    CHECK(program.segments[0].address == 0x8020'0000);
    CHECK(program.entry == 0x8020'0002);
    CHECK(program.symbols.at("begin_signature") == 0x8020'0080);
    CHECK(program.symbols.at("end_signature") == 0x8020'0100);
}

TEST_CASE("elf: what is not a 64-bit RISC-V program is named as what it is") {
    ElfBuilder arm;
    arm.machine = EM_AARCH64;
    ElfBuilder object;
    object.type = ET_REL;
    CHECK(error_of({}) == std::string("p.elf: is no ELF file") + kExpected);
    CHECK(error_of(changed(0, 'X')) == std::string("p.elf: is no ELF file") + kExpected);
    CHECK(error_of(changed(EI_CLASS, ELFCLASS32)) ==
          std::string("p.elf: is a 32-bit ELF file") + kExpected);
    CHECK(error_of(changed(EI_DATA, ELFDATA2MSB)) ==
          std::string("p.elf: is a big-endian ELF file") + kExpected);
    CHECK(error_of(arm.build()) ==
          std::string("p.elf: is for machine 183, not RISC-V (243)") + kExpected);
    CHECK(error_of(object.build()) == std::string("p.elf: is not linked") + kExpected);
}

TEST_CASE("elf: a file cut anywhere is refused") {
    ElfBuilder builder;
    builder.symbols = {{"tohost", 0x8000'0040}};
    const std::vector<std::byte> whole = builder.build();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(error_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}) !=
              "no error");
    }
    CHECK(error_of(whole) == "no error");
}

TEST_CASE("elf: damage is named") {
    ElfBuilder smaller;
    smaller.memory_size = 2;
    CHECK(error_of(smaller.build()) ==
          "p.elf: is damaged: segment 0 has more bytes in the file than in memory");
    ElfBuilder nowhere;
    nowhere.entry = 0x1234;
    CHECK(error_of(nowhere.build()) == "p.elf: its entry 0x1234 lies in no segment");
    ElfBuilder empty;
    empty.memory_size = 0;
    empty.code.clear();
    CHECK(error_of(empty.build()) == std::string("p.elf: has nothing to load") + kExpected);
}

TEST_CASE("files: what cannot be read is named with its reason") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(read_file("/nonexistent"),
                      "/nonexistent: cannot be read: No such file or directory");
    CHECK_THROWS_WITH(read_file(folder.path),
                      folder.path.string() + ": cannot be read: is a directory");
    CHECK(read_file(folder.write("f", "ab")) ==
          std::vector<std::byte>{std::byte{'a'}, std::byte{'b'}});
}
