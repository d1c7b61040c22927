// SPDX-License-Identifier: Apache-2.0
#include "kinds.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "virtio/block.h"
#include "virtio/entropy.h"

namespace athena::test {

namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kSectors = 256;

/// Fails now and then, and from some place on, as a file does that has shrunk.
class FailingStorage final : public virtio::BlockStorage {
  public:
    explicit FailingStorage(Random& random)
        : random_(random()),
          read_only_(random() % 4 == 0),
          end_(random() % 4 == 0 ? random() % (kSectors * kSector) : kSectors * kSector),
          bytes_(kSectors * kSector) {}

    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    [[nodiscard]] bool read_only() const override { return read_only_; }
    [[nodiscard]] std::string name() const override { return "a name of more than 20 bytes"; }
    [[nodiscard]] bool read(std::uint64_t offset, std::span<std::byte> bytes) override {
        check(offset, bytes.size());
        std::memcpy(bytes.data(), &bytes_[offset], bytes.size());
        return works(offset + bytes.size());
    }
    [[nodiscard]] bool write(std::uint64_t offset, std::span<const std::byte> bytes) override {
        check(offset, bytes.size());
        REQUIRE_FALSE(read_only_);
        std::memcpy(&bytes_[offset], bytes.data(), bytes.size());
        return works(offset + bytes.size());
    }
    [[nodiscard]] bool flush() override { return works(0); }

  private:
    /// The device asks for nothing that the storage has not.
    void check(std::uint64_t offset, std::uint64_t length) const {
        REQUIRE(length != 0);
        REQUIRE(offset <= bytes_.size());
        REQUIRE(length <= bytes_.size() - offset);
    }
    bool works(std::uint64_t end) { return end <= end_ && random_() % 32 != 0; }

    Random random_;
    bool read_only_;
    std::uint64_t end_;
    std::vector<std::byte> bytes_;
};

/// Cuts a run of bytes into parts, as a driver may.
void add_parts(Request& request, Random& random, std::uint32_t length, bool writable) {
    while (length != 0) {
        const std::uint32_t piece =
            random() % 2 == 0 ? length : 1 + static_cast<std::uint32_t>(random() % length);
        RequestPart& part = request.emplace_back(RequestPart{piece, writable});
        if (!writable) {
            for (std::uint32_t i = 0; i < piece; ++i) {
                part.bytes.push_back(static_cast<std::byte>(random()));
            }
        }
        length -= piece;
        if (request.size() > 8) {
            request.push_back({length, writable, std::vector<std::byte>(writable ? 0 : length)});
            break;
        }
    }
}

Request block_request(Random& random, unsigned /*queue*/) {
    constexpr std::uint32_t kTypes[] = {0, 0, 0, 1, 1, 1, 4, 8, 2, 11};
    const std::uint32_t type = kTypes[random() % std::size(kTypes)];
    const std::uint64_t sector = random() % 8 == 0 ? random() : random() % kSectors;
    std::vector<std::byte> header(16);
    std::memcpy(header.data(), &type, sizeof(type));
    std::memcpy(header.data() + 8, &sector, sizeof(sector));
    Request request{{16, false, std::move(header)}};
    const auto sectors = static_cast<std::uint32_t>(1 + random() % 4);
    switch (type) {
        case 1:
            add_parts(request, random, sectors * kSector, false);
            break;
        case 4:
            break;
        case 8:
            add_parts(request, random, 20, true);
            break;
        default:
            add_parts(request, random, sectors * kSector, true);
            break;
    }
    request.push_back({1, true});
    return request;
}

Request entropy_request(Random& random, unsigned /*queue*/) {
    Request request;
    add_parts(request, random, static_cast<std::uint32_t>(1 + random() % 2000), true);
    return request;
}

}  // namespace

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all = {
        {"block",
         [](Random& random) {
             return std::make_unique<virtio::Block>(std::make_unique<FailingStorage>(random));
         },
         block_request},
        {"entropy", [](Random& random) { return std::make_unique<virtio::Entropy>(random()); },
         entropy_request},
    };
    return all;
}

}  // namespace athena::test
