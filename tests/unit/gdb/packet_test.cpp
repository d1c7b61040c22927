// SPDX-License-Identifier: Apache-2.0
#include "sim/gdb/packet.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace athena::sim::gdb;
using Kind = PacketReader::Event::Kind;

namespace {

void feed(PacketReader& reader, std::string_view text) {
    reader.feed(std::as_bytes(std::span(text)));
}

/// What comes of it, as "kind payload".
std::vector<std::string> read(std::string_view text, std::size_t piece) {
    PacketReader reader;
    std::vector<std::string> seen;
    for (std::size_t i = 0; i < text.size(); i += piece) {
        feed(reader, text.substr(i, piece));
        while (const auto event = reader.next()) {
            constexpr std::string_view kNames[] = {"packet", "damaged", "long", "interrupt",
                                                   "repeat"};
            seen.push_back(std::string(kNames[static_cast<int>(event->kind)]) + " " +
                           event->payload);
        }
    }
    return seen;
}

using Seen = std::vector<std::string>;

}  // namespace

TEST_CASE("packets: framed with the sum of their characters, escapes included") {
    CHECK(frame("OK") == "$OK#9a");  // of the protocol's description
    CHECK(frame("") == "$#00");
    CHECK(frame("a}b") == "$a}]b#9d");
    CHECK(frame("#$*}") == std::string("$}\x03}\x04}\x0a}]#62"));
}

TEST_CASE("packets: read in pieces of any size, between noise") {
    const std::string text =
        "noise+$g#67+\x03-$qC#b4$cut $m10,4#2e" + std::string("$}\x03}]#5a") + "$g#00$g#zz$#00";
    const Seen expected = {"packet g",  "interrupt ", "repeat ",  "packet qC", "packet m10,4",
                           "packet #}", "damaged ",   "damaged ", "packet "};
    for (const std::size_t piece : {1, 2, 3, 7, 1000}) {
        CAPTURE(piece);
        CHECK(read(text, piece) == expected);
    }
}

TEST_CASE("packets: Ctrl-C within a packet is data") {
    CHECK(read("$X\x03#5b", 1) == Seen{"packet X\x03"});
}

TEST_CASE("packets: more than the most is refused, and the next one read") {
    const std::string most(kMostPayload, 'x');
    CHECK(read(frame(most), 4096) == Seen{"packet " + most});
    CHECK(read(frame(most + "y") + "$g#67", 4096) == Seen{"long ", "packet g"});
}

TEST_CASE("hexadecimal text") {
    CHECK(to_hex(std::uint64_t{0x0102}) == "0201000000000000");
    CHECK(to_hex(std::string_view("Az")) == "417a");
    CHECK(from_hex("417A") == "Az");
    CHECK(from_hex("").value().empty());
    for (const char* bad : {"4", "4g", "+1", " 1", "0x"}) {
        CAPTURE(bad);
        CHECK(!from_hex(bad));
    }
    CHECK(register_from_hex("0201") == 0x0102);
    CHECK(register_from_hex("ffffffffffffffff") == ~0ULL);
    CHECK(!register_from_hex(""));
    CHECK(!register_from_hex("000000000000000000"));
}

TEST_CASE("fields of a packet") {
    Fields fields("1f,ffffffffffffffff:rest;end");
    CHECK(fields.number() == 0x1F);
    CHECK(fields.skip(","));
    CHECK(fields.number() == ~0ULL);
    CHECK(!fields.number());
    CHECK(fields.skip(":"));
    CHECK(!fields.skip(":"));
    CHECK(fields.until(';') == "rest");
    CHECK(fields.until(';') == "end");
    CHECK(fields.at_end());
    CHECK(fields.until(';').empty());
    CHECK(!Fields("10000000000000000").number());
    CHECK(!Fields("-1").number());
}
