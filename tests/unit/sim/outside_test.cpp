// SPDX-License-Identifier: Apache-2.0
#include "sim/outside.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "tests/temporary_folder.h"

using namespace athena::sim;
using athena::base::kNever;
using athena::base::Picoseconds;

namespace {

struct Pipe {
    Pipe() { REQUIRE(pipe(ends) == 0); }
    ~Pipe() {
        ::close(ends[0]);
        hang_up();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void type(const std::string& text) {
        REQUIRE(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    void hang_up() {
        if (ends[1] >= 0) {
            ::close(ends[1]);
            ends[1] = -1;
        }
    }

    int ends[2];
};

std::string text_of(const Input& input) {
    std::string text;
    for (const std::byte byte : input.console) {
        text += static_cast<char>(byte);
    }
    return text;
}

std::vector<std::byte> frame(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

struct FakeNetwork final : HostNetwork {
    void send(std::span<const std::byte> bytes, Picoseconds /*now*/) override {
        sent.emplace_back(bytes.begin(), bytes.end());
    }
    void serve(Picoseconds /*now*/, std::optional<int> /*descriptor*/,
               std::chrono::nanoseconds time) override {
        waits.push_back(time);
    }
    std::vector<std::vector<std::byte>> take(std::size_t most) override {
        std::vector<std::vector<std::byte>> taken;
        for (; most != 0 && !frames.empty(); --most) {
            taken.push_back(frames.front());
            frames.erase(frames.begin());
        }
        return taken;
    }

    std::vector<std::vector<std::byte>> frames;
    std::vector<std::vector<std::byte>> sent;
    std::vector<std::chrono::nanoseconds> waits;
};

}  // namespace

TEST_CASE("outside: live input comes as there is room, nothing is lost") {
    Pipe pipe;
    LiveInput input(pipe.ends[0]);
    CHECK(text_of(input.take(Picoseconds{1}, {16})).empty());
    pipe.type("hello\x01x");
    CHECK(text_of(input.take(Picoseconds{2}, {0})).empty());
    CHECK(text_of(input.take(Picoseconds{3}, {3})) == "hel");
    pipe.type("!");
    pipe.hang_up();
    CHECK(text_of(input.take(Picoseconds{4}, {16})) == "lo\x01x");
    CHECK(text_of(input.take(Picoseconds{5}, {16})) == "!");
    CHECK(input.live());
    CHECK(text_of(input.take(Picoseconds{6}, {16})).empty());
    CHECK_FALSE(input.live());
    CHECK(input.next() == kNever);
}

TEST_CASE("outside: a signal is an input") {
    const InterruptGuard guard;
    LiveInput input(std::nullopt);
    CHECK_FALSE(input.live());
    CHECK_FALSE(input.take(Picoseconds{1}, {16}).interrupt);
    REQUIRE(raise(SIGINT) == 0);
    CHECK(input.take(Picoseconds{2}, {16}).interrupt);
}

TEST_CASE("outside: waiting ends with input, hanging up, or in time") {
    const auto time_of = [](LiveInput& input) {
        const auto start = std::chrono::steady_clock::now();
        input.wait(std::chrono::seconds(10));
        return std::chrono::steady_clock::now() - start;
    };
    Pipe pipe;
    LiveInput input(pipe.ends[0]);
    pipe.type("x");
    CHECK(time_of(input) < std::chrono::seconds(5));
    CHECK(text_of(input.take(Picoseconds{1}, {16})) == "x");
    pipe.hang_up();
    CHECK(time_of(input) < std::chrono::seconds(5));
    const auto start = std::chrono::steady_clock::now();
    LiveInput(std::nullopt).wait(std::chrono::milliseconds(20));
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(20));
}

TEST_CASE("outside: a record is replayed at its instants, then its end counts once") {
    ReplayInput input(
        {{{{10}, false, {std::byte{'a'}}}, {{10}, false, {std::byte{'b'}}}, {{20}, true, {}}},
         {{30}, 130, 5}});
    CHECK_FALSE(input.live());
    CHECK(input.next() == Picoseconds{10});
    CHECK(text_of(input.take(Picoseconds{9}, {16})).empty());
    CHECK(text_of(input.take(Picoseconds{10}, {16})) == "ab");
    CHECK(input.next() == Picoseconds{20});
    CHECK(input.take(Picoseconds{20}, {16}).interrupt);
    CHECK(input.next() == Picoseconds{30});
    CHECK_FALSE(input.take(Picoseconds{30}, {16}).interrupt);
    CHECK(input.next() == kNever);
}

TEST_CASE("outside: frames of the network come as there is room, and go where they shall") {
    auto network = std::make_unique<FakeNetwork>();
    FakeNetwork& seen = *network;
    seen.frames = {frame("one"), frame("two"), frame("three")};
    LiveInput input(std::nullopt, std::move(network));
    CHECK_FALSE(input.live());
    CHECK(input.network_live());
    CHECK(input.take(Picoseconds{1}, {16, 0}).frames.empty());
    CHECK(input.take(Picoseconds{2}, {16, 2}).frames ==
          std::vector<std::vector<std::byte>>{frame("one"), frame("two")});
    CHECK(input.take(Picoseconds{3}, {16, 2}).frames ==
          std::vector<std::vector<std::byte>>{frame("three")});
    input.send(frame("out"), Picoseconds{4});
    CHECK(seen.sent == std::vector<std::vector<std::byte>>{frame("out")});
    input.wait(std::chrono::milliseconds(7));
    CHECK(seen.waits.back() == std::chrono::milliseconds(7));
    CHECK_FALSE(LiveInput(std::nullopt).network_live());
}

TEST_CASE("outside: frames are recorded and replayed at their instants") {
    const athena::test::TemporaryFolder folder;
    const RecordHeader header{"v", "b", 1, true};
    {
        auto network = std::make_unique<FakeNetwork>();
        network->frames = {frame("one"), frame("two")};
        OutsidePort port(std::make_unique<LiveInput>(std::nullopt, std::move(network)),
                         std::make_unique<RecordWriter>(folder.path / "r", header));
        (void)port.poll(Picoseconds{7}, {0, 1});
        (void)port.poll(Picoseconds{9}, {0, 1});
        port.end({{10}, 0, 3});
    }
    ReplayInput input(read_record(folder.path / "r", header));
    CHECK_FALSE(input.network_live());
    CHECK(input.next() == Picoseconds{7});
    CHECK(input.take(Picoseconds{8}, {}).frames ==
          std::vector<std::vector<std::byte>>{frame("one")});
    input.send(frame("nowhere"), Picoseconds{8});
    CHECK(input.take(Picoseconds{9}, {}).frames ==
          std::vector<std::vector<std::byte>>{frame("two")});
}

TEST_CASE("outside: what a port passes on is recorded with its instant") {
    const athena::test::TemporaryFolder folder;
    const RecordHeader header{"v", "b", 1};
    Pipe pipe;
    {
        OutsidePort port(std::make_unique<LiveInput>(pipe.ends[0]),
                         std::make_unique<RecordWriter>(folder.path / "r", header));
        pipe.type("abc");
        (void)port.poll(Picoseconds{7}, {2});
        (void)port.poll(Picoseconds{8}, {2});
        port.end({{9}, 0, 3});
    }
    const Record record = read_record(folder.path / "r", header);
    REQUIRE(record.inputs.size() == 2);
    CHECK(record.inputs[0].at.value == 7);
    CHECK(text_of(record.inputs[0]) == "ab");
    CHECK(record.inputs[1].at.value == 8);
    CHECK(text_of(record.inputs[1]) == "c");
    CHECK(record.end == RecordEnd{{9}, 0, 3});
}
