// SPDX-License-Identifier: Apache-2.0
// What a client sends, as it comes; and its lines as payloads of packets with right checksums.
#include <string_view>

#include "fake_target.h"
#include "sim/gdb/stub.h"
#include "target.h"

using namespace athena;
using namespace athena::sim::gdb;

namespace {

void handle(Stub& stub, const test::FakeTarget& target, const std::string& payload) {
    const Stub::Reaction reaction = stub.handle(payload);
    CHECK((reaction.then != Stub::Then::Stay || !reaction.packets.empty()));
    for (const std::string& packet : reaction.packets) {
        CHECK(packet.size() <= kMostPayload);
    }
    if (reaction.then == Stub::Then::Go) {
        CHECK(stub.resumption().motions.size() == target.harts());
        (void)stub.stopped({1, Stop::Reason::Trap});
    }
}

void serve(std::string_view text) {
    test::FakeTarget target;
    Stub stub(target);
    PacketReader reader;
    reader.feed(std::as_bytes(std::span(text)));
    while (const auto event = reader.next()) {
        if (event->kind == PacketReader::Event::Kind::Packet) {
            handle(stub, target, event->payload);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = test::text_of(data, size);
    serve(text);
    std::string framed;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        framed += frame(std::string(line));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
    serve(framed);
    return 0;
}
