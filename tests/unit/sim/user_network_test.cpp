// SPDX-License-Identifier: Apache-2.0
#include "sim/user_network.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "sim/usage_error.h"

using namespace athena;
using namespace std::chrono_literals;
using sim::UserNetwork;

namespace {

using Frame = std::vector<std::byte>;

Frame frame(std::initializer_list<unsigned> values) {
    Frame bytes;
    for (const unsigned value : values) {
        bytes.push_back(static_cast<std::byte>(value));
    }
    return bytes;
}

/// "Who has 10.0.2.2?" by 10.0.2.15 (RFC 826).
Frame question() {
    return frame({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0x41, 0x54, 0x48, 0x4E, 1,    8,    6,
                  0,    1,    8,    0,    6,    4,    0, 1,    2,    0x41, 0x54, 0x48, 0x4E, 1,
                  10,   0,    2,    15,   0,    0,    0, 0,    0,    0,    10,   0,    2,    2});
}

/// A port of 127.0.0.1 that somebody has.
struct Taken {
    Taken() : handle(socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof place;
        REQUIRE(bind(handle, reinterpret_cast<sockaddr*>(&place), sizeof place) == 0);
        REQUIRE(listen(handle, 1) == 0);
        REQUIRE(getsockname(handle, reinterpret_cast<sockaddr*>(&place), &size) == 0);
        port = ntohs(place.sin_port);
    }
    ~Taken() { ::close(handle); }
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;

    int handle;
    std::uint16_t port = 0;
};

}  // namespace

TEST_CASE("user network: the gateway answers, and is waited for no longer than it takes") {
    UserNetwork network({});
    CHECK(network.take(4).empty());
    network.send(question(), {5'000'000});
    const auto start = std::chrono::steady_clock::now();
    network.serve({5'000'000}, std::nullopt, 10s);
    network.serve({5'000'000}, std::nullopt, 0ns);
    CHECK(std::chrono::steady_clock::now() - start < 5s);
    CHECK(network.take(0).empty());
    const auto answers = network.take(4);
    REQUIRE(answers.size() == 1);
    REQUIRE(answers[0].size() >= 42);
    CHECK(std::equal(answers[0].begin(), answers[0].begin() + 6, question().begin() + 6));
    CHECK(answers[0][21] == std::byte{2});  // a reply, by 10.0.2.2
    CHECK(std::equal(answers[0].begin() + 28, answers[0].begin() + 32, question().begin() + 38));
    CHECK(network.take(4).empty());
}

TEST_CASE("user network: a wait ends in time, and with something to read") {
    UserNetwork network({});
    auto start = std::chrono::steady_clock::now();
    network.serve({}, std::nullopt, 20ms);
    CHECK(std::chrono::steady_clock::now() - start >= 15ms);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    REQUIRE(write(ends[1], "x", 1) == 1);
    start = std::chrono::steady_clock::now();
    network.serve({}, ends[0], 10s);
    CHECK(std::chrono::steady_clock::now() - start < 5s);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("user network: a port of the host that somebody has is named") {
    const Taken taken;
    const std::string port = std::to_string(taken.port);
    CHECK_THROWS_WITH(
        UserNetwork({{taken.port, 22}}),
        "--forward tcp:" + port + ":22: port " + port + " of 127.0.0.1: Address already in use");
}
