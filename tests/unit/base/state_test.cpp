// SPDX-License-Identifier: Apache-2.0
#include "base/state.h"

#include <array>
#include <catch2/catch.hpp>

using namespace athena::base;

namespace {
std::vector<std::byte> sample() {
    StateWriter writer;
    writer.begin("block", 3);
    writer.value("count", 0x0123456789ABCDEF);
    writer.text("name", "tile");
    writer.bytes("data", std::array{std::byte{1}, std::byte{2}});
    writer.end();
    return writer.data();
}
}  // namespace

TEST_CASE("state: fields come back as written") {
    const auto data = sample();
    StateReader reader(data);
    reader.begin("block", 3);
    CHECK(reader.value("count") == 0x0123456789ABCDEF);
    CHECK(reader.text("name") == "tile");
    std::array<std::byte, 2> bytes{};
    reader.bytes("data", bytes);
    CHECK(bytes == std::array{std::byte{1}, std::byte{2}});
    reader.end();
}

TEST_CASE("state: another version, another field, another size and a cut are refused") {
    const auto data = sample();
    CHECK_THROWS_AS(StateReader(data).begin("block", 2), StateError);
    CHECK_THROWS_AS(StateReader(data).begin("other", 3), StateError);
    StateReader reader(data);
    reader.begin("block", 3);
    CHECK_THROWS_AS(reader.value("size"), StateError);
    for (std::size_t length = 0; length < data.size(); ++length) {
        StateReader cut(std::span<const std::byte>(data).first(length));
        CHECK_THROWS_AS(
            [&] {
                cut.begin("block", 3);
                (void)cut.value("count");
                (void)cut.text("name");
                (void)cut.bytes("data");
                cut.end();
            }(),
            StateError);
    }
}
