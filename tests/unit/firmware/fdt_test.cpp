// SPDX-License-Identifier: Apache-2.0
// The device tree reader and what board.c makes of it, on a tree that dtc compiled.
#include "fdt.h"

#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "board.h"

namespace {

std::vector<std::uint8_t> compiled_tree() {
    std::ifstream file(ATHENA_TEST_DTB, std::ios::binary);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Bytes that end where memory may no longer be read, so that a step beyond them ends the test.
class GuardedBytes {
  public:
    explicit GuardedBytes(std::size_t most) : most_{(most + kPage - 1) / kPage * kPage} {
        void* const pages = mmap(nullptr, most_ + kPage, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(pages != MAP_FAILED);
        start_ = static_cast<std::uint8_t*>(pages);
        REQUIRE(mprotect(start_ + most_, kPage, PROT_NONE) == 0);
    }
    ~GuardedBytes() { munmap(start_, most_ + kPage); }
    GuardedBytes(const GuardedBytes&) = delete;
    GuardedBytes& operator=(const GuardedBytes&) = delete;

    const std::uint8_t* put(const std::uint8_t* bytes, std::size_t size) {
        std::uint8_t* const place = start_ + most_ - size;
        std::memcpy(place, bytes, size);
        return place;
    }

  private:
    static constexpr std::size_t kPage = 4096;
    std::size_t most_;
    std::uint8_t* start_;
};

// All that a program asks of a tree; whether it worked does not matter here.
void read_everything(const std::uint8_t* bytes, std::size_t size) {
    fdt tree{};
    if (fdt_open(&tree, bytes, size) != RESULT_OK) {
        return;
    }
    board whole{};
    if (board_read(&whole, bytes) == RESULT_OK) {
        board_cluster cluster{};
        board_blob blob{};
        std::uint32_t context = 0;
        (void)!board_find_cluster(&whole, 0, &cluster);
        (void)!board_find_blob(&whole, 1, &blob);
        (void)!board_plic_context(&whole, 1, &context);
    }
    for (std::uint32_t node = FDT_START; fdt_next_compatible(&tree, "riscv", &node) == RESULT_OK;) {
        fdt_region region{};
        std::uint32_t child = FDT_START;
        (void)!fdt_get_region(&tree, node, 0, &region);
        (void)!fdt_next_child(&tree, node, &child);
        (void)!fdt_node_name(&tree, node);
    }
}

}  // namespace

TEST_CASE("fdt: finds nodes by path, unit addresses may be left out", "[firmware]") {
    const auto blob = compiled_tree();
    fdt tree{};
    REQUIRE(fdt_open(&tree, blob.data(), blob.size()) == RESULT_OK);
    std::uint32_t node = 0;
    std::uint32_t same = 0;
    REQUIRE(fdt_find_path(&tree, "/soc/serial", &node) == RESULT_OK);
    REQUIRE(fdt_find_path(&tree, "/soc/serial@10000000", &same) == RESULT_OK);
    CHECK(node == same);
    CHECK(std::string(fdt_node_name(&tree, node)) == "serial@10000000");
    CHECK(fdt_find_path(&tree, "/soc/serial@10000001", &node) == RESULT_NOT_FOUND);
    CHECK(fdt_find_path(&tree, "/soc/seria", &node) == RESULT_NOT_FOUND);
    CHECK(fdt_find_path(&tree, "soc", &node) == RESULT_BAD_ARGUMENT);
    REQUIRE(fdt_find_path(&tree, "/", &node) == RESULT_OK);
    std::uint32_t parent = 0;
    CHECK(fdt_parent(&tree, node, &parent) == RESULT_NOT_FOUND);
    REQUIRE(fdt_parent(&tree, same, &parent) == RESULT_OK);
    CHECK(std::string(fdt_node_name(&tree, parent)) == "soc");
}

TEST_CASE("fdt: walks the direct children of a node only", "[firmware]") {
    const auto blob = compiled_tree();
    fdt tree{};
    REQUIRE(fdt_open(&tree, blob.data(), blob.size()) == RESULT_OK);
    std::uint32_t cpus = 0;
    REQUIRE(fdt_find_path(&tree, "/cpus", &cpus) == RESULT_OK);
    std::vector<std::string> names;
    std::uint32_t child = FDT_START;
    while (fdt_next_child(&tree, cpus, &child) == RESULT_OK) {
        names.emplace_back(fdt_node_name(&tree, child));
    }
    CHECK(names == std::vector<std::string>{"cpu@0", "cpu@1", "cpu-map"});
}

TEST_CASE("fdt: finds every node that lists a compatible name", "[firmware]") {
    const auto blob = compiled_tree();
    fdt tree{};
    REQUIRE(fdt_open(&tree, blob.data(), blob.size()) == RESULT_OK);
    const auto count = [&](const char* name) {
        unsigned found = 0;
        for (std::uint32_t node = FDT_START;
             fdt_next_compatible(&tree, name, &node) == RESULT_OK;) {
            ++found;
        }
        return found;
    };
    CHECK(count("athena,tile-1") == 2);
    CHECK(count("syscon") == 1);
    CHECK(count("sifive,test0") == 1);
    CHECK(count("sifive,test") == 0);
}

TEST_CASE("fdt: properties have the type that is asked for, or are malformed", "[firmware]") {
    const auto blob = compiled_tree();
    fdt tree{};
    REQUIRE(fdt_open(&tree, blob.data(), blob.size()) == RESULT_OK);
    std::uint32_t node = 0;
    REQUIRE(fdt_find_path(&tree, "/soc/plic", &node) == RESULT_OK);
    std::uint32_t value = 0;
    const char* text = nullptr;
    CHECK(fdt_get_u32(&tree, node, "riscv,ndev", &value) == RESULT_OK);
    CHECK(value == 95);
    CHECK(fdt_get_u32(&tree, node, "reg", &value) == RESULT_MALFORMED);
    CHECK(fdt_get_u32(&tree, node, "riscv,nde", &value) == RESULT_NOT_FOUND);
    CHECK(fdt_get_string(&tree, node, "interrupt-controller", &text) == RESULT_MALFORMED);
    CHECK(fdt_get_string(&tree, node, "compatible", &text) == RESULT_OK);
    CHECK(std::string(text) == "sifive,plic-1.0.0");
}

TEST_CASE("fdt: a region behind a bus that moves addresses is refused", "[firmware]") {
    const auto blob = compiled_tree();
    fdt tree{};
    REQUIRE(fdt_open(&tree, blob.data(), blob.size()) == RESULT_OK);
    std::uint32_t node = FDT_START;
    fdt_region region{};
    REQUIRE(fdt_next_compatible(&tree, "test,translated", &node) == RESULT_OK);
    CHECK(fdt_get_region(&tree, node, 0, &region) == RESULT_MALFORMED);
    node = FDT_START;
    REQUIRE(fdt_next_compatible(&tree, "athena,tile-1", &node) == RESULT_OK);
    REQUIRE(fdt_get_region(&tree, node, 2, &region) == RESULT_OK);
    CHECK(region.address == 0x40'0881'0000);
    CHECK(region.size == 0x10000);
    CHECK(fdt_get_region(&tree, node, 3, &region) == RESULT_NOT_FOUND);
}

TEST_CASE("fdt: a wrong header is malformed", "[firmware]") {
    const auto blob = compiled_tree();
    fdt tree{};
    CHECK(fdt_open(&tree, nullptr, 0) == RESULT_BAD_ARGUMENT);
    CHECK(fdt_open(&tree, blob.data(), 39) == RESULT_BAD_ARGUMENT);
    CHECK(fdt_open(&tree, blob.data(), blob.size() - 1) == RESULT_MALFORMED);
    for (const std::size_t offset : {0, 8, 12, 20}) {  // magic, structure, strings, version
        auto broken = blob;
        broken[offset] = static_cast<std::uint8_t>(offset == 20 ? 0 : 0xFF);
        broken[offset + 3] = static_cast<std::uint8_t>(offset == 20 ? 16 : broken[offset + 3]);
        CAPTURE(offset);
        CHECK(fdt_open(&tree, broken.data(), broken.size()) == RESULT_MALFORMED);
    }
}

TEST_CASE("fdt: names that do not end within their block are malformed", "[firmware]") {
    auto blob = compiled_tree();
    fdt tree{};
    REQUIRE(fdt_open(&tree, blob.data(), blob.size()) == RESULT_OK);
    blob[tree.strings + tree.strings_size - 1] = 'x';
    CHECK(fdt_open(&tree, blob.data(), blob.size()) == RESULT_MALFORMED);
}

TEST_CASE("fdt: nothing outside the blob is read, whatever it contains", "[firmware]") {
    const auto blob = compiled_tree();
    GuardedBytes memory(blob.size());
    constexpr std::uint32_t kSeed = 20240117;
    std::mt19937 random(kSeed);
    CAPTURE(kSeed);
    for (unsigned round = 0; round < 20'000; ++round) {
        auto broken = blob;
        for (unsigned change = random() % 4 + 1; change != 0; --change) {
            broken[random() % broken.size()] = static_cast<std::uint8_t>(random());
        }
        read_everything(memory.put(broken.data(), broken.size()), broken.size());
    }
    for (std::uint32_t total = 40; total < blob.size();
         total += 4) {  // a blob that says that it is shorter
        auto cut = blob;
        cut[5] = static_cast<std::uint8_t>(total >> 16);
        cut[6] = static_cast<std::uint8_t>(total >> 8);
        cut[7] = static_cast<std::uint8_t>(total);
        read_everything(memory.put(cut.data(), total), total);
    }
}

TEST_CASE("board: reads devices, harts and arguments", "[firmware]") {
    const auto blob = compiled_tree();
    board found{};
    REQUIRE(board_read(&found, blob.data()) == RESULT_OK);
    CHECK(std::string(found.model) == "Athena test board");
    CHECK(found.harts == 2);
    CHECK(found.timebase_hertz == 10'000'000);
    CHECK(found.memory.address == 0x8000'0000);
    CHECK(found.memory.size == 0x1000'0000);
    CHECK(found.uart.address == 0x1000'0000);
    CHECK(found.uart_clock_hertz == 3'686'400);
    CHECK(found.uart_interrupt == 10);
    CHECK(found.clint.address == 0x200'0000);
    CHECK(found.plic.address == 0xC00'0000);
    CHECK(found.plic_sources == 95);
    CHECK(found.finisher.address == 0x10'0000);
    CHECK(found.rtc.address == 0x10'1000);
    CHECK(found.perf.address == 0x10'2000);
    CHECK(found.hbm.address == 0x80'0000'0000);
    CHECK(found.hbm.size == 0x4000'0000);
    CHECK(found.clusters == 1);
    CHECK(std::string(found.arguments) == "m=5 seed=0x10");
}

TEST_CASE("board: the PLIC's context of a hart's machine mode", "[firmware]") {
    const auto blob = compiled_tree();
    board found{};
    REQUIRE(board_read(&found, blob.data()) == RESULT_OK);
    std::uint32_t context = 99;
    CHECK(board_plic_context(&found, 0, &context) == RESULT_OK);
    CHECK(context == 0);
    CHECK(board_plic_context(&found, 1, &context) == RESULT_OK);
    CHECK(context == 2);
    CHECK(board_plic_context(&found, 2, &context) == RESULT_NOT_FOUND);
}

TEST_CASE("board: a cluster's engines", "[firmware]") {
    const auto blob = compiled_tree();
    board found{};
    REQUIRE(board_read(&found, blob.data()) == RESULT_OK);
    board_cluster cluster{};
    REQUIRE(board_find_cluster(&found, 0, &cluster) == RESULT_OK);
    CHECK(cluster.command.address == 0x40'0000'0000);
    CHECK(cluster.command_interrupt == 32);
    CHECK(cluster.dma.address == 0x40'0010'0000);
    CHECK(cluster.iopmp.address == 0x40'0030'0000);
    CHECK(cluster.iopmp.size == 0x1'0000);
    CHECK(cluster.clock_hertz == 1'500'000'000);
    REQUIRE(cluster.tiles == 2);
    CHECK(cluster.tile[1].l1.address == 0x40'0900'0000);
    CHECK(cluster.tile[1].l1.size == 0x10'0000);
    CHECK(cluster.tile[1].registers.address == 0x40'0980'0000);
    CHECK(cluster.tile[1].interrupt == 161);
    CHECK(board_find_cluster(&found, 1, &cluster) == RESULT_NOT_FOUND);
}

TEST_CASE("board: files that were loaded", "[firmware]") {
    const auto blob = compiled_tree();
    board found{};
    REQUIRE(board_read(&found, blob.data()) == RESULT_OK);
    board_blob file{};
    REQUIRE(board_find_blob(&found, 1, &file) == RESULT_OK);
    CHECK(std::string(file.name) == "second.bin");
    CHECK(file.region.address == 0x8900'0000);
    CHECK(file.region.size == 0x10);
    CHECK(board_find_blob(&found, 2, &file) == RESULT_NOT_FOUND);
}
