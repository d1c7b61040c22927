// SPDX-License-Identifier: Apache-2.0
#include "sim/output_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "platform/memory_map.h"
#include "sim/terminal.h"
#include "sim/usage_error.h"

namespace athena::sim {

namespace {

/// What opening `file` would write: neither it nor what a link names need be there.
std::filesystem::path opened_by(std::filesystem::path file) {
    constexpr int kMostLinks = 40;  // as Linux has it
    std::error_code ignored;
    for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(file, ignored); ++i) {
        file = file.parent_path() / std::filesystem::read_symlink(file, ignored);
    }
    return std::filesystem::weakly_canonical(std::filesystem::absolute(file, ignored), ignored);
}

UsageError cannot_be_written(const std::filesystem::path& file) {
    return UsageError(
        fmt::format("{}: cannot be written: {}", file.string(), std::strerror(errno)));
}

std::vector<ReadFile> read_files(const RunOptions& options) {
    std::vector<ReadFile> files;
    const auto add = [&](std::string_view option, const std::optional<std::string>& file) {
        if (file) {
            files.push_back({option, *file});
        }
    };
    add("--bios", options.bios);
    add("--kernel", options.kernel);
    add("--initrd", options.initrd);
    add("--replay", options.replay);
    for (const std::string& file : options.symbols) {
        add("--symbols", file);
    }
    for (const Load& load : options.loads) {
        add("--load", load.file);
    }
    for (const Drive& drive : options.drives) {
        add("--drive", drive.file);
    }
    for (const Drive& flash : options.flashes) {
        add("--flash", flash.file);
    }
    return files;
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path file)
    : file_(std::move(file)),
      descriptor_(open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) {
        if (errno == EINTR && InterruptGuard::interrupted()) {
            throw InterruptedError();  // of a FIFO that nobody reads
        }
        throw cannot_be_written(file_);
    }
    struct stat found {};
    if (fstat(descriptor_, &found) == 0 && S_ISREG(found.st_mode)) {
        regular_ = true;
        had_content_ = found.st_size != 0;
    }
}

OutputFile::~OutputFile() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      regular_(other.regular_),
      had_content_(other.had_content_) {}

int OutputFile::begin() {
    if (regular_ && ftruncate(descriptor_, 0) != 0) {
        throw cannot_be_written(file_);
    }
    return descriptor_;
}

void OutputFile::write(std::span<const std::byte> bytes) {
    const bool done = regular_ ? replace(bytes) : write_all(descriptor_, bytes);
    if (!done) {
        throw cannot_be_written(file_);
    }
}

// By a file beside it that takes its place once it is whole, where the folder takes one.
bool OutputFile::replace(std::span<const std::byte> bytes) const {
    const std::filesystem::path target = opened_by(file_);
    std::string beside = target.string() + ".XXXXXX";
    const int descriptor = mkostemp(beside.data(), O_CLOEXEC);
    if (descriptor < 0) {
        return ftruncate(descriptor_, 0) == 0 && lseek(descriptor_, 0, SEEK_SET) == 0 &&
               write_all(descriptor_, bytes);
    }
    struct stat found {};
    const bool whole = fstat(descriptor_, &found) == 0 &&
                       fchmod(descriptor, found.st_mode & 07777) == 0 &&
                       write_all(descriptor, bytes);
    const bool done = whole && rename(beside.c_str(), target.c_str()) == 0;
    const int reason = errno;
    close(descriptor);
    if (!done) {
        unlink(beside.c_str());
        errno = reason;
    }
    return done;
}

void check_output_names(const RunOptions& options, const std::vector<ReadFile>& named_files) {
    std::map<std::filesystem::path, std::string_view> named;
    std::vector<ReadFile> reads = read_files(options);
    reads.insert(reads.end(), named_files.begin(), named_files.end());
    const auto add = [&](std::string_view option, const std::optional<std::string>& file) {
        std::error_code ignored;
        const bool is_other = file && std::filesystem::exists(*file, ignored) &&
                              !std::filesystem::is_regular_file(*file, ignored);
        if (!file || is_other) {
            return;
        }
        const std::filesystem::path opened = opened_by(*file);
        const auto found = std::ranges::find_if(named, [&](const auto& other) {
            return other.first == opened ||
                   std::filesystem::equivalent(other.first, opened, ignored);
        });
        if (found != named.end()) {
            throw UsageError(
                fmt::format("{}: {} and {} would both write it; give each its own file", *file,
                            found->second, option));
        }
        named.emplace(opened, option);
        // A run may go on from what it saves.
        for (const ReadFile& read : reads) {
            if (option != "--save" && std::filesystem::equivalent(read.file, *file, ignored)) {
                throw UsageError(
                    fmt::format("{}: {} would write what {} reads; give it its own file", *file,
                                option, read.option));
            }
        }
    };
    for (const Save& save : options.saves) {
        add("--save", save.file);
    }
    add("--signature", options.signature);
    add("--stats", options.stats);
    for (const std::string& file : options.report_files) {
        add("--report", file);
    }
    add("--console", options.console.file);
    add("--record", options.record);
    add("--trace", options.trace);
    if (options.cpu_trace) {
        add("--trace-cpu", options.cpu_trace->file);
    }
    add("--log-file", options.log.file);
}

void check_saves(const std::vector<Save>& saves, const platform::BoardConfig& board) {
    std::vector<platform::Region> memories = {{"ram", board.ram.base, board.ram.size},
                                              {"hbm", board.hbm.base, board.hbm.size}};
    for (std::uint64_t cluster = 0; cluster < board.cluster.count; ++cluster) {
        for (const platform::Region& region : platform::cluster_map(board, cluster)) {
            if (region.name.ends_with(".l1")) {
                memories.push_back(region);
            }
        }
    }
    for (const Save& save : saves) {
        const bool inside = std::ranges::any_of(memories, [&](const platform::Region& memory) {
            return memory.holds(save.address, save.length);
        });
        if (!inside) {
            throw UsageError(fmt::format(
                "--save {}: {} bytes at {:#x} are not within ram, hbm or the L1 of a tile "
                "(athena describe prints the memory map)",
                save.file, save.length, save.address));
        }
    }
}

std::string signature_text(std::span<const std::byte> bytes) {
    std::string text;
    for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
        std::uint32_t word = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            word |= std::to_integer<std::uint32_t>(bytes[at + i]) << (8 * i);
        }
        text += fmt::format("{:08x}\n", word);
    }
    return text;
}

}  // namespace athena::sim
