// SPDX-License-Identifier: Apache-2.0
#include "sim/fingerprint.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include "platform/board_fields.h"
#include "sim/terminal.h"
#include "sim/usage_error.h"

namespace athena::sim {

namespace {

constexpr off_t kPiece = 1 << 20;

/// The first place from `at` on that is no hole; negative behind the last.
off_t next_data(int descriptor, off_t at) {
    const off_t found = lseek(descriptor, at, SEEK_DATA);
    return found < 0 && errno == EINVAL ? at : found;  // a file system that does not know holes
}

class Hash {
  public:
    void bytes(std::span<const std::byte> data) {
        number(data.size());
        for (const std::byte byte : data) {
            add(byte);
        }
    }
    void text(std::string_view data) { bytes(std::as_bytes(std::span(data))); }
    void number(std::uint64_t value) {
        for (unsigned shift = 0; shift < 64; shift += 8) {
            add(static_cast<std::byte>(value >> shift));
        }
    }
    /// An absent one differs from every value.
    void optional(const std::optional<std::uint64_t>& value) {
        number(value.has_value() ? 1 : 0);
        number(value.value_or(0));
    }
    /// Pieces of zeros count by nothing but their place, whether the file holds them or a hole.
    void file(const std::string& name) {
        const int descriptor = open(name.c_str(), O_RDONLY | O_CLOEXEC);
        std::vector<std::byte> piece(kPiece);
        for (off_t at = next_data(descriptor, 0); at >= 0; at = next_data(descriptor, at)) {
            at -= at % kPiece;
            const ssize_t got = pread(descriptor, piece.data(), piece.size(), at);
            if (got <= 0) {
                break;
            }
            const auto data = std::span(piece).first(static_cast<std::size_t>(got));
            if (std::ranges::any_of(data, [](std::byte byte) { return byte != std::byte{0}; })) {
                number(static_cast<std::uint64_t>(at));
                bytes(data);
            }
            at += kPiece;
            if (InterruptGuard::interrupted()) {
                close(descriptor);
                throw InterruptedError();
            }
        }
        number(static_cast<std::uint64_t>(lseek(descriptor, 0, SEEK_END)));
        close(descriptor);
    }
    [[nodiscard]] std::uint64_t value() const { return value_; }

  private:
    void add(std::byte byte) { value_ = (value_ ^ std::to_integer<std::uint64_t>(byte)) * kPrime; }

    static constexpr std::uint64_t kPrime = 0x100'0000'01B3;
    std::uint64_t value_ = 0xCBF2'9CE4'8422'2325;
};

std::optional<std::uint64_t> picoseconds(const std::optional<base::Picoseconds>& time) {
    return time ? std::optional(time->value) : std::nullopt;
}

}  // namespace

std::uint64_t fingerprint(const RunOptions& options, const platform::BoardConfig& board,
                          std::span<const platform::Block> blocks, const BootPlan& plan,
                          std::span<const std::byte> rom) {
    Hash hash;
    platform::BoardConfig numbers = board;
    for (const platform::BoardField& field : platform::board_fields()) {
        hash.number(field.in(numbers));
    }
    for (const platform::Block& block : blocks) {
        hash.number(static_cast<std::uint64_t>(block.chosen));
        for (const platform::FidelityChange& change : block.changes) {
            hash.number(change.command);
            hash.number(static_cast<std::uint64_t>(change.fidelity));
        }
    }
    for (const platform::BoardConfig::Device& device : board.devices) {
        hash.text(device.name);
        hash.text(device.kind);
        hash.text(device.compatible);
        hash.number(device.base);
        hash.number(device.size);
        hash.number(device.interrupt);
    }
    hash.text(options.append);
    hash.number(options.seed);
    hash.optional(picoseconds(options.quantum));
    hash.optional(picoseconds(options.max_time));
    hash.optional(options.max_instructions);
    hash.number(options.strict ? 1 : 0);
    hash.bytes(rom);
    for (const Image& image : plan.images) {
        hash.number(image.address);
        hash.number(image.memory_size);
        hash.bytes(image.bytes);
    }
    for (const Blob& blob : plan.blobs) {
        hash.text(blob.name);
        hash.number(blob.address);
    }
    for (const Drive& drive : options.drives) {
        hash.number(drive.read_only ? 1 : 0);
        hash.file(drive.file);
    }
    hash.number(static_cast<std::uint64_t>(options.net));
    hash.number(options.virtio_console ? 1 : 0);
    for (const Drive& flash : options.flashes) {
        hash.number(flash.read_only ? 1 : 0);
        hash.file(flash.file);
    }
    hash.number(plan.entry);
    hash.number(plan.kernel_entry);
    hash.optional(plan.tohost);
    return hash.value();
}

}  // namespace athena::sim
