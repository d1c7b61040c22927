// SPDX-License-Identifier: Apache-2.0
// Packets on the wire: bytes as protobuf.dev, "Encoding", works them out, but that the length of a
// message has two bytes always, which it allows.
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "sim/trace/packet_reader.h"
#include "sim/trace/packet_writer.h"
#include "sim/usage_error.h"
#include "temporary_folder.h"

using namespace athena;
using namespace athena::sim::trace;

namespace {

struct File {
    test::TemporaryFolder folder;
    std::filesystem::path path = folder.path / "t";
    int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    File() = default;
    File(const File&) = delete;
    ~File() { close(descriptor); }

    [[nodiscard]] std::string bytes() const {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
};

}  // namespace

TEST_CASE("trace: numbers, texts and messages are on the wire as protobuf has them") {
    File file;
    PacketWriter out(file.descriptor);
    out.begin();
    out.number(1, 150);      // 08 96 01
    out.text(2, "testing");  // 12 07 74 65 73 74 69 6e 67
    const auto inner = out.open(3);
    out.number(1, 150);  // 1a, length 3 in two bytes, 08 96 01
    out.close(inner);
    out.fixed(47, 0x0123'4567'89AB'CDEF);
    out.end();
    CHECK(out.size() == 31);
    CHECK(file.bytes().empty());
    REQUIRE(out.finish());
    using namespace std::string_literals;
    CHECK(
        file.bytes() ==
        "\x0a\x9c\x00\x08\x96\x01\x12\x07testing\x1a\x83\x00\x08\x96\x01\xf9\x02\xef\xcd\xab\x89\x67\x45\x23\x01"s);
}

TEST_CASE("trace: what is in the file are whole packets, and the buffer does not grow") {
    File file;
    PacketWriter out(file.descriptor);
    constexpr unsigned kPackets = 3000;
    for (unsigned i = 0; i < kPackets; ++i) {
        out.begin();
        out.number(1, i);
        out.text(2, std::string(900, 'x'));  // cut
        out.end();
        // A buffer of 256 KiB at most waits.
        CHECK(out.size() - std::filesystem::file_size(file.path) <= 1 << 18);
    }
    REQUIRE(out.finish());
    PacketReader in(file.path);
    for (unsigned i = 0; i < kPackets; ++i) {
        Fields fields(in.next().value());
        CHECK(fields.next()->value == i);
        CHECK(fields.next()->text() == std::string(PacketWriter::kLongestText, 'x'));
        CHECK(!fields.next());
    }
    CHECK(!in.next());
}

TEST_CASE("trace: a file that takes no more is told of at the end") {
    const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    PacketWriter out(full);
    out.begin();
    out.number(1, 1);
    out.end();
    CHECK(!out.finish());
    CHECK(!out.finish());
    close(full);
}

TEST_CASE("trace: a message that is cut is none") {
    const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
    for (const std::string_view text : {"\x08", "\x08\x96", "\x12\x05test", "\x09\x01", "\x0b",
                                        "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"}) {
        Fields fields(bytes(text));
        CHECK_THROWS_AS(fields.next(), std::out_of_range);
    }
}
