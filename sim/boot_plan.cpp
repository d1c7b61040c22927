// SPDX-License-Identifier: Apache-2.0
#include "sim/boot_plan.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/hexadecimal.h"
#include "platform/memory_map.h"
#include "sim/input_file.h"
#include "sim/shipped_files.h"
#include "sim/usage_error.h"

namespace athena::sim {

namespace {

constexpr std::uint64_t kMebi = 1ULL << 20;
constexpr std::uint64_t kGibi = 1ULL << 30;
constexpr std::uint64_t kKernelOffset = 2 * kMebi;
constexpr std::uint64_t kInitrdMostOffset = 128 * kMebi;
constexpr std::uint64_t kDeviceTreeAlign = 2 * kMebi;
constexpr std::uint64_t kBlobAlign = 4096;

class Planner {
  public:
    Planner(const RunOptions& options, const platform::BoardConfig& board)
        : options_(options), board_(board) {}

    BootPlan plan() {
        plan_.device_tree = device_tree_address(board_);
        std::optional<std::filesystem::path> default_blob;
        if (options_.firmware) {
            const Program program = find_program(*options_.firmware);
            default_blob = program.blob;
            plan_.entry = add_elf(program.elf, read_file(program.elf));
        } else {
            add_bios();
        }
        if (options_.kernel) {
            add_kernel();
        }
        add_blobs(default_blob);
        check_images();
        check_tohost();
        check_signature();
        return std::move(plan_);
    }

  private:
    /// Returns the entry.
    std::uint64_t add_elf(const std::filesystem::path& file, std::vector<std::byte> bytes) {
        ElfProgram program = parse_elf(file, std::move(bytes));
        for (ElfSegment& segment : program.segments) {
            plan_.images.push_back(
                {file.string(), segment.address, std::move(segment.bytes), segment.memory_size});
        }
        if (const auto tohost = program.symbols.find("tohost"); tohost != program.symbols.end()) {
            plan_.tohost = tohost->second;
        }
        const auto first = program.symbols.find("begin_signature");
        const auto end = program.symbols.find("end_signature");
        if (first != program.symbols.end() && end != program.symbols.end()) {
            plan_.signature = Range{first->second, end->second};
        }
        return program.entry;
    }

    void check_tohost() const {
        const platform::Region ram{"ram", board_.ram.base, board_.ram.size};
        if (plan_.tohost && (*plan_.tohost % 8 != 0 || !ram.holds(*plan_.tohost, 8))) {
            throw UsageError("the program's tohost is at " + base::hexadecimal(*plan_.tohost) +
                             ", expected 8 aligned bytes of RAM");
        }
    }

    void add_raw(const std::string& file, std::vector<std::byte> bytes, std::uint64_t address) {
        const std::uint64_t size = bytes.size();
        if (size == 0) {
            throw UsageError(file + ": is empty");
        }
        plan_.images.push_back({file, address, std::move(bytes), size});
    }

    /// What a raw kernel takes of memory: more than its file, if it begins with the header of
    /// Linux's documentation ("Boot image header in RISC-V Linux") and says so.
    static std::uint64_t memory_size(std::span<const std::byte> kernel) {
        constexpr std::size_t kHeader = 64;
        constexpr std::size_t kImageSize = 16;
        constexpr std::size_t kMagic = 56;
        constexpr std::string_view kMagicText = "RSC\x05";
        std::uint64_t size = 0;
        if (kernel.size() < kHeader ||
            std::memcmp(&kernel[kMagic], kMagicText.data(), kMagicText.size()) != 0) {
            return kernel.size();
        }
        std::memcpy(&size, &kernel[kImageSize], sizeof size);
        return std::max<std::uint64_t>(size, kernel.size());
    }

    void add_bios() {
        const std::filesystem::path file =
            options_.bios ? std::filesystem::path(*options_.bios) : find_opensbi();
        std::vector<std::byte> bytes = read_file(file);
        if (is_elf(bytes)) {
            plan_.entry = add_elf(file, std::move(bytes));
        } else {
            plan_.entry = board_.ram.base;
            add_raw(file, std::move(bytes), plan_.entry);
        }
    }

    void add_kernel() {
        std::vector<std::byte> bytes = read_file(*options_.kernel);
        if (is_elf(bytes)) {
            plan_.kernel_entry = add_elf(*options_.kernel, std::move(bytes));
        } else {
            plan_.kernel_entry = board_.ram.base + kKernelOffset;
            const std::uint64_t size = memory_size(bytes);
            add_raw(*options_.kernel, std::move(bytes), plan_.kernel_entry);
            plan_.images.back().memory_size = size;
        }
        if (options_.initrd) {
            const std::uint64_t address =
                plan_.kernel_entry + std::min(board_.ram.size / 2, kInitrdMostOffset);
            std::vector<std::byte> initrd = read_file(*options_.initrd);
            plan_.initrd = Range{address, address + initrd.size()};
            add_raw(*options_.initrd, std::move(initrd), address);
        }
    }

    void add_blobs(const std::optional<std::filesystem::path>& default_blob) {
        std::vector<Load> loads = options_.loads;
        if (loads.empty() && default_blob) {
            loads.push_back({default_blob->string(), std::nullopt});
        }
        std::uint64_t top = plan_.device_tree;
        for (const Load& load : loads) {
            std::vector<std::byte> bytes = read_file(load.file);
            std::uint64_t address = load.address.value_or(0);
            if (!load.address) {
                if (bytes.size() > top - board_.ram.base) {
                    throw UsageError(load.file + ": has " + std::to_string(bytes.size()) +
                                     " bytes, more than RAM has room for: give --memory");
                }
                top = (top - bytes.size()) / kBlobAlign * kBlobAlign;
                address = top;
            }
            const std::filesystem::path path(load.file);
            plan_.blobs.push_back({path.filename().string(), address, bytes.size()});
            add_raw(load.file, std::move(bytes), address);
        }
    }

    void check_images() const {
        const std::vector<platform::Region> memories = {{"ram", board_.ram.base, board_.ram.size},
                                                        {"hbm", board_.hbm.base, board_.hbm.size}};
        std::vector<platform::Region> taken = {
            {"the device tree", plan_.device_tree, kDeviceTreeSpace}};
        for (const Image& image : plan_.images) {
            const platform::Region region{image.name, image.address, image.memory_size};
            const bool inside = std::ranges::any_of(memories, [&](const platform::Region& memory) {
                return memory.holds(image.address, image.memory_size);
            });
            if (!inside) {
                throw UsageError(image.name + ": " + std::to_string(image.memory_size) +
                                 " bytes at " + base::hexadecimal(image.address) +
                                 " are outside memory, expected ram at " + range(memories[0]) +
                                 " or hbm at " + range(memories[1]) +
                                 (memories[0].holds(image.address, 1) ? ": give --memory" : ""));
            }
            for (const platform::Region& other : taken) {
                if (region.overlaps(other)) {
                    throw UsageError(image.name + " at " + range(region) + " overlaps " +
                                     other.name + " at " + range(other));
                }
            }
            taken.push_back(region);
        }
    }

    static std::string range(const platform::Region& region) {
        return base::hexadecimal(region.base) + " to " + base::hexadecimal(region.last());
    }

    void check_signature() const {
        if (!options_.signature) {
            return;
        }
        if (!plan_.signature) {
            throw UsageError("--signature: the program has no begin_signature and end_signature");
        }
        const Range& area = *plan_.signature;
        const platform::Region ram{"ram", board_.ram.base, board_.ram.size};
        if (area.first > area.end || area.first % 4 != 0 || area.end % 4 != 0 ||
            !ram.holds(area.first, area.end - area.first)) {
            throw UsageError("--signature: begin_signature " + base::hexadecimal(area.first) +
                             " and end_signature " + base::hexadecimal(area.end) +
                             " are no 4-byte words of RAM");
        }
    }

    const RunOptions& options_;
    const platform::BoardConfig& board_;
    BootPlan plan_;
};

}  // namespace

BootPlan plan_boot(const RunOptions& options, const platform::BoardConfig& board) {
    return Planner(options, board).plan();
}

std::uint64_t device_tree_address(const platform::BoardConfig& board) {
    const std::uint64_t ram_end = board.ram.base + board.ram.size;
    const std::uint64_t end = board.ram.base < 3 * kGibi ? std::min(ram_end, 3 * kGibi) : ram_end;
    return (end - kDeviceTreeSpace) / kDeviceTreeAlign * kDeviceTreeAlign;
}

}  // namespace athena::sim
