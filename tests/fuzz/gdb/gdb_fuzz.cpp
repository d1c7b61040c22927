// SPDX-License-Identifier: Apache-2.0
// A debugger's client may send what it likes: damaged sessions, noise, and packets made of the
// protocol's own words. Nothing may crash, and each packet of the standing machine but those that
// let it go is answered. ATHENA_FUZZ=N goes through N seeds.
#include <catch2/catch.hpp>
#include <functional>

#include "fake_target.h"
#include "mutator.h"
#include "sim/gdb/stub.h"

using namespace athena;
using namespace athena::sim::gdb;

namespace {

const std::string kSession =
    "+$qSupported:multiprocess+;swbreak+;hwbreak+#5f$?#3f$Hg2#e1$qfThreadInfo#bb$g#67$p20#d2"
    "$P5=0807060504030201#00$m5000,20#00$M5004,2:0102#00$X5006,2:ab#00$Z0,80000000,4#00$Z2,5000,8#"
    "00"
    "$vCont;s:1;c:-1#00\x03$vCont;r5000,5010:2#00$qRcmd,68656c70#fc$qThreadExtraInfo,2#00"
    "$qXfer:features:read:target.xml:0,ffb#79$Qqemu.PhyMemMode:1#00$z0,80000000,4#00$D#44";

/// As kSession, each packet changed so, with right checksums.
std::string session(const std::function<std::string(const std::string&)>& change) {
    std::string text;
    std::size_t at = 0;
    while ((at = kSession.find('$', at)) != std::string::npos) {
        const std::size_t end = kSession.find('#', at);
        text += frame(change(kSession.substr(at + 1, end - at - 1)));
        at = end;
    }
    return text;
}

void serve(std::string_view text) {
    test::FakeTarget target;
    Stub stub(target);
    PacketReader reader;
    reader.feed(std::as_bytes(std::span(text)));
    while (const auto event = reader.next()) {
        if (event->kind != PacketReader::Event::Kind::Packet) {
            continue;
        }
        const Stub::Reaction reaction = stub.handle(event->payload);
        const bool stays = reaction.then == Stub::Then::Stay;
        CHECK((!stays || !reaction.packets.empty()));
        for (const std::string& packet : reaction.packets) {
            CHECK(packet.size() <= kMostPayload);
        }
        if (reaction.then == Stub::Then::Go) {
            CHECK(stub.resumption().motions.size() == target.harts());
            (void)stub.stopped({1, Stop::Reason::Trap});
        }
    }
}

void seeds(const std::string& name, std::uint32_t count,
           const std::function<std::string(std::uint32_t)>& make) {
    const std::uint32_t first = test::first_seed();
    for (std::uint32_t seed = first; seed < first + test::iterations(count); ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " ATHENA_FUZZ=1 fuzz_gdb '" << name << "'");
        serve(make(seed));
    }
}

}  // namespace

TEST_CASE("damaged sessions") {
    seeds("damaged sessions", 20'000,
          [](std::uint32_t seed) { return test::Mutator(seed).damage(session(std::identity())); });
}

TEST_CASE("damaged packets with right checksums") {
    seeds("damaged packets with right checksums", 4'000, [](std::uint32_t seed) {
        test::Mutator mutator(seed);
        return session([&](const std::string& packet) { return mutator.damage(packet); });
    });
}

TEST_CASE("noise") {
    seeds("noise", 5'000, [](std::uint32_t seed) {
        std::mt19937 random(seed);
        std::string text(random() % 2000, '\0');
        for (char& character : text) {
            character = static_cast<char>(random());
        }
        return text;
    });
}

TEST_CASE("packets of the protocol's words") {
    seeds("packets of the protocol's words", 20'000, [](std::uint32_t seed) {
        constexpr std::string_view kWords[] = {"g",
                                               "G",
                                               "p",
                                               "P",
                                               "m",
                                               "M",
                                               "X",
                                               "Z",
                                               "z",
                                               "H",
                                               "T",
                                               "vCont",
                                               ";",
                                               ":",
                                               ",",
                                               "=",
                                               "-1",
                                               "0",
                                               "1",
                                               "2",
                                               "5000",
                                               "5030",
                                               "ffffffffffffffff",
                                               "c",
                                               "s",
                                               "C",
                                               "S",
                                               "r",
                                               "k",
                                               "D",
                                               "qRcmd,",
                                               "qXfer:features:read:target.xml:",
                                               "qThreadExtraInfo,",
                                               "?",
                                               "00",
                                               "aabb",
                                               "Qqemu.PhyMemMode:",
                                               "vKill;",
                                               "QStartNoAckMode",
                                               "706879736963616c",
                                               "71756974",
                                               "}",
                                               "*"};
        std::mt19937 random(seed);
        std::string text;
        for (auto packet = random() % 10; packet != 0; --packet) {
            std::string payload;
            for (auto word = random() % 8; word != 0; --word) {
                payload += kWords[random() % std::size(kWords)];
            }
            text += frame(payload);
        }
        return text;
    });
}
