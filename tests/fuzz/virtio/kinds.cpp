// SPDX-License-Identifier: Apache-2.0
#include "kinds.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <utility>

#include "virtio/block.h"
#include "virtio/console.h"
#include "virtio/entropy.h"
#include "virtio/net.h"

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

Bytes random_bytes(Random& random, std::size_t length) {
    Bytes bytes(length);
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
    return bytes;
}

/// Cuts a run of bytes into parts, as a driver may.
void add_parts(Request& request, Random& random, std::uint32_t length, bool writable) {
    while (length != 0) {
        const std::uint32_t piece =
            random() % 2 == 0 ? length : 1 + static_cast<std::uint32_t>(random() % length);
        RequestPart& part = request.emplace_back(RequestPart{piece, writable});
        if (!writable) {
            part.bytes = random_bytes(random, piece);
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

// ---- net

enum Queue : unsigned { kReceive = 0, kTransmit = 1 };  // of net (5.1.2) and console (5.3.2)
constexpr std::size_t kNetHeader = 12;
constexpr std::size_t kLeastFrame = 14;  // models/virtio/README.md
constexpr std::size_t kMostFrame = 1518;

bool is_frame(std::size_t bytes) {
    return bytes >= kLeastFrame && bytes <= kMostFrame;
}

class Cable final : public Outside, public virtio::NetworkPort {
  public:
    void connect(virtio::Net& net) { net_ = &net; }

    void send(std::span<const std::byte> frame) override {
        REQUIRE(is_frame(frame.size()));
        sent_.insert(sent_.end(), frame.begin(), frame.end());
    }
    void disturb(Random& random) override {
        for (std::uint64_t left = random() % 8 == 0 ? random() % 80 : random() % 4; left != 0;
             --left) {
            net_->receive(random_bytes(random, random() % 1700));
        }
    }
    [[nodiscard]] Bytes bring(Random& random) override {
        const Bytes frame =
            random_bytes(random, kLeastFrame + random() % (kMostFrame - kLeastFrame + 1));
        REQUIRE(net_->room() != 0);
        net_->receive(frame);
        Bytes expected(kNetHeader + frame.size());
        expected[10] = std::byte{1};  // num_buffers (5.1.6.4)
        std::ranges::copy(frame, expected.begin() + kNetHeader);
        return expected;
    }
    [[nodiscard]] Bytes take() override { return std::exchange(sent_, {}); }

  private:
    virtio::Net* net_ = nullptr;
    Bytes sent_;
};

Fixture make_net(Random& /*random*/) {
    auto cable = std::make_unique<Cable>();
    auto net = std::make_unique<virtio::Net>(*cable);
    cable->connect(*net);
    return {std::move(cable), std::move(net)};
}

Request net_request(Random& random, unsigned queue) {
    Request request;
    if (queue == kReceive) {
        add_parts(request, random,
                  static_cast<std::uint32_t>(kNetHeader + kMostFrame + random() % 64), true);
    } else {  // now and then no frame
        const std::size_t length = random() % 8 == 0
                                       ? random() % (kMostFrame + 40)
                                       : kLeastFrame + random() % (kMostFrame - kLeastFrame + 1);
        add_parts(request, random, static_cast<std::uint32_t>(kNetHeader + length), false);
    }
    return request;
}

Bytes frame_of(const Bytes& read) {
    return is_frame(read.size() - kNetHeader) ? Bytes(read.begin() + kNetHeader, read.end())
                                              : Bytes();
}

// ---- console

class Line final : public Outside {
  public:
    explicit Line(virtio::Console& console) : console_(console) {}

    void disturb(Random& random) override {
        console_.receive(random_bytes(random, random() % 8 == 0 ? random() % 400 : random() % 20));
    }
    [[nodiscard]] Bytes bring(Random& random) override {
        Bytes bytes = random_bytes(random, 1 + random() % kLeastRoom);
        REQUIRE(console_.room() >= bytes.size());
        console_.receive(bytes);
        return bytes;
    }
    [[nodiscard]] Bytes take() override { return console_.take_output(); }

    /// Bytes that each buffer of console_request() has room for.
    static constexpr std::size_t kLeastRoom = 16;

  private:
    virtio::Console& console_;
};

Fixture make_console(Random& /*random*/) {
    auto console = std::make_unique<virtio::Console>();
    auto line = std::make_unique<Line>(*console);
    return {std::move(line), std::move(console)};
}

Request console_request(Random& random, unsigned queue) {
    Request request;
    const std::uint64_t length = Line::kLeastRoom + random() % (random() % 8 == 0 ? 9000 : 200);
    add_parts(request, random, static_cast<std::uint32_t>(length), queue == kReceive);
    return request;
}

/// Of devices that know nobody but their driver.
Fixture alone(std::unique_ptr<virtio::Device> device) {
    return {std::make_unique<Outside>(), std::move(device)};
}

}  // namespace

const std::vector<Kind>& kinds() {
    const auto receives = [](unsigned queue) { return queue == kReceive; };
    static const std::vector<Kind> all = {
        {"block",
         [](Random& random) {
             return alone(
                 std::make_unique<virtio::Block>(std::make_unique<FailingStorage>(random)));
         },
         block_request},
        {"entropy",
         [](Random& random) { return alone(std::make_unique<virtio::Entropy>(random())); },
         entropy_request},
        {"net", make_net, net_request, receives, frame_of},
        {"console", make_console, console_request, receives,
         [](const Bytes& read) { return read; }},
    };
    return all;
}

}  // namespace athena::test
