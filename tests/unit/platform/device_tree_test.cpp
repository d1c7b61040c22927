// SPDX-License-Identifier: Apache-2.0
// The device tree, read back by libfdt and dtc and compared with the one of QEMU's `virt` machine.
#include "platform/device_tree.h"

#include <libfdt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "mini_board.h"
#include "platform/memory_map.h"

namespace {

using athena::platform::BoardConfig;
using athena::platform::Chosen;
using athena::platform::make_device_tree;
using athena::platform::Region;
using athena::test::mini_board;

/// A tree that can be asked for properties by path.
class Tree {
  public:
    explicit Tree(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {
        REQUIRE(fdt_check_full(bytes_.data(), bytes_.size()) == 0);
    }

    [[nodiscard]] const void* data() const { return bytes_.data(); }
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

    [[nodiscard]] int node(const std::string& path) const {
        const int offset = fdt_path_offset(bytes_.data(), path.c_str());
        INFO(path);
        REQUIRE(offset >= 0);
        return offset;
    }
    [[nodiscard]] std::string text(const std::string& path, const char* name) const {
        int length = 0;
        const void* value = fdt_getprop(bytes_.data(), node(path), name, &length);
        INFO(path << " " << name);
        REQUIRE(value != nullptr);
        return {static_cast<const char*>(value), static_cast<std::size_t>(length)};
    }
    [[nodiscard]] std::vector<std::uint32_t> cells(const std::string& path,
                                                   const char* name) const {
        const std::string bytes = text(path, name);
        std::vector<std::uint32_t> values;
        for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
            values.push_back(fdt32_ld(reinterpret_cast<const fdt32_t*>(bytes.data() + at)));
        }
        return values;
    }
    [[nodiscard]] std::vector<Region> regions(const std::string& path) const {
        const auto values = cells(path, "reg");
        std::vector<Region> list;
        for (std::size_t at = 0; at + 4 <= values.size(); at += 4) {
            list.push_back({path, std::uint64_t{values[at]} << 32 | values[at + 1],
                            std::uint64_t{values[at + 2]} << 32 | values[at + 3]});
        }
        return list;
    }
    /// Phandles replaced by the paths that they stand for.
    [[nodiscard]] std::vector<std::string> hart_lines(const std::string& path) const {
        const auto values = cells(path, "interrupts-extended");
        std::vector<std::string> lines;
        for (std::size_t at = 0; at + 2 <= values.size(); at += 2) {
            std::array<char, 64> name{};
            const int target = fdt_node_offset_by_phandle(bytes_.data(), values[at]);
            REQUIRE(fdt_get_path(bytes_.data(), target, name.data(), name.size()) == 0);
            lines.push_back(std::string(name.data()) + " " + std::to_string(values[at + 1]));
        }
        return lines;
    }

  private:
    std::vector<std::byte> bytes_;
};

/// A file of its own that is gone at the end.
class TemporaryFile {
  public:
    TemporaryFile() : path_(std::filesystem::temp_directory_path() / "athena_tree_XXXXXX") {
        std::string name = path_.string();
        const int descriptor = mkstemp(name.data());
        REQUIRE(descriptor >= 0);
        close(descriptor);
        path_ = name;
    }
    ~TemporaryFile() { std::filesystem::remove(path_); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    [[nodiscard]] std::string name() const { return path_.string(); }
    [[nodiscard]] std::vector<std::byte> read() const {
        std::ifstream file(path_, std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        const std::string bytes = text.str();
        const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
        return {first, first + bytes.size()};
    }
    void write(std::span<const std::byte> bytes) const {
        std::ofstream file(path_, std::ios::binary);
        file.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        REQUIRE(file.flush());
    }

  private:
    std::filesystem::path path_;
};

/// What the command prints, on either stream.
std::string output_of(const std::string& command, int expected_status = 0) {
    std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    std::array<char, 256> part{};
    while (std::fgets(part.data(), part.size(), pipe) != nullptr) {
        text += part.data();
    }
    CHECK(WEXITSTATUS(pclose(pipe)) == expected_status);
    return text;
}

std::map<std::uint64_t, std::uint64_t> sizes_by_base(const std::vector<Region>& regions) {
    std::map<std::uint64_t, std::uint64_t> sizes;
    for (const Region& region : regions) {
        CHECK(sizes.emplace(region.base, region.size).second);
    }
    return sizes;
}

TEST_CASE("device tree: every address is the one of the memory map") {
    const BoardConfig board = mini_board({"cluster.count=2", "tile.count=3", "harts.count=2"});
    const Tree tree(make_device_tree(board, {}));
    const std::map<std::string, std::string> paths = {
        {"syscon", "/soc/test@100000"},
        {"rtc", "/soc/rtc@101000"},
        {"perf", "/soc/perf@102000"},
        {"clint", "/soc/clint@2000000"},
        {"plic", "/soc/plic@c000000"},
        {"uart0", "/soc/serial@10000000"},
        {"flash0", "/flash@20000000"},
        {"flash1", "/flash@20000000"},
        {"ram", "/memory@80000000"},
        {"hbm", "/soc/accelerator@4000000000/hbm@8000000000"},
        {"cluster0", "/soc/accelerator@4000000000/cluster@4000000000"},
        {"cluster1", "/soc/accelerator@4000000000/cluster@4010000000"},
    };
    for (const Region& region : athena::platform::memory_map(board)) {
        if (region.name == "rom") {
            continue;  // nobody needs to find it
        }
        CAPTURE(region.name);
        const auto found = tree.regions(paths.at(region.name));
        CHECK(found.size() == (region.name.starts_with("flash") ? 2U : 1U));
        CHECK(std::ranges::any_of(found, [&](const Region& one) {
            return one.base == region.base && one.size == region.size;
        }));
    }
}

TEST_CASE("device tree: a cluster's parts are those of its window, tiles in ascending order") {
    const BoardConfig board = mini_board({"cluster.count=2", "tile.count=3"});
    const Tree tree(make_device_tree(board, {}));
    const std::string cluster = "/soc/accelerator@4000000000/cluster@4010000000";
    std::vector<Region> found;
    int child = 0;
    std::vector<std::uint32_t> interrupts;
    fdt_for_each_subnode(child, tree.data(), tree.node(cluster)) {
        const std::string path = cluster + "/" + fdt_get_name(tree.data(), child, nullptr);
        const auto regions = tree.regions(path);
        found.insert(found.end(), regions.begin(), regions.end());
        if (path.find("tile@") != std::string::npos) {
            interrupts.push_back(tree.cells(path, "interrupts").at(0));
            CHECK(tree.text(path, "compatible") == std::string("athena,tile-1\0", 14));
        }
    }
    CHECK(sizes_by_base(found) == sizes_by_base(athena::platform::cluster_map(board, 1)));
    CHECK(interrupts == std::vector<std::uint32_t>{168, 169, 170});  // 160 + 8 for each cluster
    CHECK(tree.cells(cluster + "/command@4010000000", "interrupts").at(0) == 33);
    CHECK(tree.cells(cluster, "clock-frequency").at(0) == 1'500'000'000);
    CHECK(tree.cells("/soc/plic@c000000", "riscv,ndev").at(0) == 175);
}

TEST_CASE("device tree: what a run adds is under /chosen") {
    Chosen chosen;
    chosen.bootargs = "steps=3 rate=0.5";
    chosen.blobs = {{"text.txt", 0x8f00'0000, 77}, {"weights", 0x80'0000'1000, 4096}};
    chosen.initrd = Chosen::Range{0x8800'0000, 0x8900'0000};
    const Tree tree(make_device_tree(mini_board(), chosen));
    CHECK(tree.text("/chosen", "bootargs") == std::string("steps=3 rate=0.5\0", 17));
    CHECK(tree.text("/chosen", "stdout-path") == std::string("/soc/serial@10000000\0", 21));
    CHECK(tree.cells("/chosen", "linux,initrd-end") == std::vector<std::uint32_t>{0, 0x8900'0000});
    CHECK(tree.text("/chosen/athena,blob@0", "name") == std::string("text.txt\0", 9));
    const auto second = tree.regions("/chosen/athena,blob@1");
    CHECK(second.at(0).base == 0x80'0000'1000);
    CHECK(second.at(0).size == 4096);
}

TEST_CASE("device tree: the random seed depends on the run's seed and on nothing else") {
    const auto seed_of = [](std::uint64_t seed) {
        Chosen chosen;
        chosen.seed = seed;
        return Tree(make_device_tree(mini_board(), chosen)).cells("/chosen", "rng-seed");
    };
    CHECK(seed_of(1).size() == 8);
    CHECK(seed_of(1) == seed_of(1));
    CHECK(seed_of(1) != seed_of(2));
}

TEST_CASE("device tree: dtc reads it without an error or a warning, and gives it back") {
    Chosen chosen;
    chosen.bootargs = "a=1";
    const BoardConfig board = mini_board({"cluster.count=3", "tile.count=8", "harts.count=8"});
    const auto bytes = make_device_tree(board, chosen);
    const TemporaryFile blob;
    const TemporaryFile source;
    const TemporaryFile again;
    blob.write(bytes);
    CHECK(output_of("dtc -I dtb -O dts -o " + source.name() + " " + blob.name()).empty());
    // Source text that dtc made has numbers where a person writes references, and it minds.
    CHECK(output_of("dtc -I dts -O dtb -Wno-interrupts_extended_property -o " + again.name() + " " +
                    source.name())
              .empty());
    const Tree tree(again.read());
    CHECK(tree.regions("/memory@80000000").at(0).size == board.ram.size);
    // The same text once more: nothing was lost on the way.
    CHECK(output_of("dtc -I dtb -O dts " + blob.name()) ==
          output_of("dtc -I dtb -O dts " + again.name()));
}

TEST_CASE("device tree: the largest board fits, what is too large is refused") {
    const BoardConfig board = mini_board({"cluster.count=64", "tile.count=8", "harts.count=8"});
    CHECK(make_device_tree(board, {}).size() < athena::platform::kDeviceTreeBytes);
    Chosen chosen;
    chosen.bootargs.assign(athena::platform::kDeviceTreeBytes, 'x');
    CHECK_THROWS_WITH(make_device_tree(board, chosen),
                      Catch::StartsWith("the device tree cannot be built"));
}

TEST_CASE("device tree: the control subsystem is that of QEMU's virt machine") {
    const TemporaryFile blob;
    (void)output_of("qemu-system-riscv64 -M virt,dumpdtb=" + blob.name() +
                    " -smp 2 -m 256M -display none");
    const Tree theirs(blob.read());
    const Tree ours(make_device_tree(mini_board({"harts.count=2"}), {}));
    struct Node {
        std::string path;
        std::vector<const char*> properties;
    };
    const std::vector<Node> nodes = {
        {"/", {"#address-cells", "#size-cells", "compatible"}},
        {"/chosen", {"stdout-path"}},
        {"/memory@80000000", {"device_type", "reg"}},
        {"/cpus", {"#address-cells", "#size-cells", "timebase-frequency"}},
        {"/cpus/cpu@1", {"device_type", "reg", "status", "compatible"}},
        {"/cpus/cpu@1/interrupt-controller", {"compatible", "#interrupt-cells"}},
        {"/poweroff", {"compatible", "offset", "value"}},
        {"/reboot", {"compatible", "offset", "value"}},
        {"/soc", {"compatible", "#address-cells", "#size-cells", "ranges"}},
        {"/soc/clint@2000000", {"compatible", "reg"}},
        {"/soc/plic@c000000",
         {"compatible", "reg", "#address-cells", "#interrupt-cells", "interrupt-controller"}},
        {"/soc/serial@10000000", {"compatible", "reg", "interrupts", "clock-frequency"}},
        {"/soc/rtc@101000", {"compatible", "reg", "interrupts"}},
        {"/flash@20000000", {"compatible", "reg", "bank-width"}},
        {"/soc/test@100000", {"compatible", "reg"}},
    };
    for (const Node& node : nodes) {
        for (const char* property : node.properties) {
            CAPTURE(node.path, property);
            CHECK(ours.text(node.path, property) == theirs.text(node.path, property));
        }
    }
    for (const char* path : {"/soc/clint@2000000", "/soc/plic@c000000"}) {
        CAPTURE(path);
        CHECK(ours.hart_lines(path) == theirs.hart_lines(path));
    }
    for (const char* path : {"/soc/serial@10000000", "/soc/rtc@101000"}) {
        CHECK(ours.cells(path, "interrupt-parent") == ours.cells("/soc/plic@c000000", "phandle"));
    }
    for (const char* path : {"/poweroff", "/reboot"}) {
        CHECK(ours.cells(path, "regmap") == ours.cells("/soc/test@100000", "phandle"));
    }
}

}  // namespace
