// SPDX-License-Identifier: Apache-2.0
#include "sim/gdb/stub.h"

#include <catch2/catch.hpp>

#include "fake_target.h"

using namespace athena::sim::gdb;
using athena::test::FakeTarget;
using Motions = std::vector<Motion>;

namespace {

struct Machine {
    FakeTarget target;
    Stub stub{target};

    std::string ask(const std::string& packet) {
        const Stub::Reaction reaction = stub.handle(packet);
        std::string all;
        for (const std::string& answer : reaction.packets) {
            all += (all.empty() ? "" : " ") + answer;
        }
        then = reaction.then;
        return all;
    }
    /// What a packet that lets the machine go has said.
    Motions go(const std::string& packet) {
        CHECK(ask(packet).empty());
        CHECK(then == Stub::Then::Go);
        return stub.resumption().motions;
    }

    Stub::Then then = Stub::Then::Stay;
};

constexpr auto kHeld = Motion::Held;
constexpr auto kRun = Motion::Run;
constexpr auto kStep = Motion::Step;

}  // namespace

TEST_CASE("stub: an unknown packet gets an empty answer") {
    Machine machine;
    for (const char* packet : {"", "vMustReplyEmpty", "qNothing", "Qx", "qCRC:80000000,20",
                               "qAttach", "!", "b", "\x80"}) {
        CAPTURE(packet);
        const auto reaction = machine.stub.handle(packet);
        CHECK(reaction.packets == std::vector<std::string>{""});
        CHECK(reaction.then == Stub::Then::Stay);
    }
}

TEST_CASE("stub: registers of the chosen thread, lowest byte first") {
    Machine machine;
    machine.target.registers[1][5] = 0x0102030405060708;
    CHECK(machine.ask("p5") == "0000000000000000");
    CHECK(machine.ask("Hg2") == "OK");
    CHECK(machine.ask("p5") == "0807060504030201");
    CHECK(machine.ask("g").size() == 33 * 16);
    CHECK(machine.ask("P20=10") == "OK");
    CHECK(machine.target.registers[1][kPc] == 0x10);
    CHECK(machine.ask("Hg-1") == "OK");  // means none: the last one stays
    CHECK(machine.ask("p20") == "1000000000000000");
    CHECK(machine.ask("p1042") == "E16");
    CHECK(machine.ask("P1042=00") == "E.the register cannot be written");
    CHECK(machine.ask("Hg3") == "E03");
}

TEST_CASE("stub: memory, virtual and physical") {
    Machine machine;
    CHECK(machine.ask("M5000,2:aabb") == "OK");
    CHECK(machine.ask("m5000,2") == "aabb");
    CHECK(machine.ask("m1000,2") == "E0e");
    CHECK(machine.ask("qqemu.PhyMemMode") == "0");
    CHECK(machine.ask("Qqemu.PhyMemMode:1") == "OK");
    CHECK(machine.ask("m1000,2") == "aabb");
    CHECK(machine.ask("qRcmd," + to_hex(std::string_view("physical off"))).ends_with(" OK"));
    CHECK(machine.ask("qqemu.PhyMemMode") == "0");
    CHECK(machine.ask("X5002,1:\x7f") == "OK");
    CHECK(machine.ask("m5000,3") == "aabb7f");
    CHECK(machine.ask("m503f,8") == "00");  // as much as there is
    CHECK(machine.ask("M503f,2:0102") == "E0e");
    CHECK(machine.ask("m5000,0").empty());
    CHECK(machine.ask("X0,0:") == "OK");  // a question
    CHECK(machine.ask("M5000,ffffffffffffffff:00") == "E16");
    CHECK(machine.ask("m5000,ffffffffffffffff").size() == 128);
}

TEST_CASE("stub: nothing is written while a run is recorded") {
    Machine machine;
    machine.target.reason = "it is recorded";
    for (const char* packet :
         {"P1=01", "G0000000000000000", "M5000,1:01", "X5000,1:1", "c80000000"}) {
        CAPTURE(packet);
        CHECK(machine.ask(packet) == "E.it is recorded");
        CHECK(machine.then == Stub::Then::Stay);
    }
    CHECK(machine.target.registers[0][1] == 0);
    CHECK(machine.ask("m5000,1") == "00");
    CHECK(machine.go("c") == Motions{kRun, kRun});
}

TEST_CASE("stub: vCont, the first action that fits counts") {
    Machine machine;
    CHECK(machine.go("vCont;c") == Motions{kRun, kRun});
    CHECK(machine.go("vCont;s:2;c") == Motions{kRun, kStep});
    CHECK(machine.go("vCont;s:1") == Motions{kStep, kHeld});
    CHECK(machine.go("vCont;C05:2") == Motions{kHeld, kRun});
    CHECK(machine.go("vCont;c:1;s:1") == Motions{kRun, kHeld});
    CHECK(machine.go("vCont;S05:-1") == Motions{kStep, kStep});
    CHECK(machine.go("vCont;r10,20:2;c") == Motions{kRun, kStep});
    CHECK(machine.stub.resumption().first == 0x10);
    CHECK(machine.stub.resumption().end == 0x20);
    CHECK(machine.go("vCont;s:1") == Motions{kStep, kHeld});
    CHECK(machine.stub.resumption().end == 0);  // of that packet only
    for (const char* packet : {"vCont;", "vCont;t", "vCont;c:3", "vCont;c:x", "vCont;r1:1", ";"}) {
        CAPTURE(packet);
        (void)machine.ask(packet);
        CHECK(machine.then == Stub::Then::Stay);
    }
}

TEST_CASE("stub: c and s") {
    Machine machine;
    CHECK(machine.go("s") == Motions{kStep, kRun});
    CHECK(machine.ask("Hc2") == "OK");
    CHECK(machine.go("s") == Motions{kHeld, kStep});
    CHECK(machine.go("C05") == Motions{kHeld, kRun});
    CHECK(machine.ask("Hc-1") == "OK");
    CHECK(machine.go("c80000000") == Motions{kRun, kRun});
    CHECK(machine.target.registers[0][kPc] == 0x80000000);
}

TEST_CASE("stub: breakpoints and watchpoints") {
    Machine machine;
    CHECK(machine.ask("Z0,80000000,4") == "OK");
    CHECK(machine.ask("Z0,80000000,2") == "OK");  // the same
    CHECK(machine.ask("Z1,80000000,4") == "OK");
    CHECK(machine.ask("Z2,5000,8") == "OK");
    CHECK(machine.stub.points().size() == 3);
    CHECK(machine.ask("z0,80000000,4") == "OK");
    CHECK(machine.ask("z0,80000000,4") == "OK");
    CHECK(machine.stub.points().size() == 2);
    CHECK(machine.ask("Z5,0,4").empty());
    CHECK(machine.ask("Z2,0,0") == "E16");
    CHECK(machine.ask("Z2,0,ffffffffffffffff") == "E16");
    for (unsigned i = 0; i < 3000; ++i) {
        (void)machine.ask("Z0," + std::to_string(10000 + i) + ",4");
    }
    CHECK(machine.stub.points().size() == 1024);
    CHECK(machine.ask("Z0,1,4") == "E.too many breakpoints");
    machine.stub.attach();  // by another client
    CHECK(machine.stub.points().empty());
}

TEST_CASE("stub: what it says of a stop") {
    using Reason = Stop::Reason;
    Machine machine;
    CHECK(machine.stub.stopped({1, Reason::Trap}) == "T05thread:2;");
    CHECK(machine.ask("qC") == "QC2");
    CHECK(machine.stub.stopped({0, Reason::Interrupt}) == "T02thread:1;");
    CHECK(machine.stub.stopped({0, Reason::Software}) == "T05thread:1;swbreak:;");
    CHECK(machine.stub.stopped({0, Reason::Hardware}) == "T05thread:1;hwbreak:;");
    CHECK(machine.stub.stopped({0, Reason::Write, 0x50}) == "T05thread:1;watch:50;");
    CHECK(machine.stub.stopped({0, Reason::Read, 0x50}) == "T05thread:1;rwatch:50;");
    CHECK(machine.stub.stopped({0, Reason::Access, 0x50}) == "T05thread:1;awatch:50;");
    CHECK(machine.ask("?") == "T05thread:1;awatch:50;");
    CHECK(Stub::exited(0) == "W00");
    CHECK(Stub::exited(4) == "W04");
    CHECK(Stub::exited(130) == "X02");
}

TEST_CASE("stub: target.xml in pieces") {
    Machine machine;
    std::string text;
    std::string piece = "m";
    while (piece[0] == 'm') {
        char packet[64];
        (void)std::snprintf(packet, sizeof packet, "qXfer:features:read:target.xml:%zx,100",
                            text.size());
        piece = machine.ask(packet);
        text += piece.substr(1);
    }
    CHECK(piece[0] == 'l');
    CHECK(text.ends_with("</target>\n"));
    for (const char* part :
         {"<reg name=\"pc\" bitsize=\"64\" type=\"code_ptr\" regnum=\"32\"/>",
          "<reg name=\"mstatus\" bitsize=\"64\" type=\"int\" regnum=\"833\" group=\"csr\"/>",
          "<feature name=\"org.gnu.gdb.riscv.virtual\">"}) {
        CHECK(text.find(part) != std::string::npos);
    }
    CHECK(machine.ask("qXfer:features:read:target.xml:ffffffffffffffff,1") == "l");
    CHECK(machine.ask("qXfer:features:read:other.xml:0,1").empty());
}

TEST_CASE("stub: monitor") {
    Machine machine;
    const auto monitor = [&](std::string_view command) {
        const auto reaction = machine.stub.handle("qRcmd," + to_hex(command));
        std::string text;
        for (const std::string& packet : reaction.packets) {
            CHECK(packet.size() < kMostPayload);
            text += packet[0] == 'O' && packet != "OK" ? *from_hex(packet.substr(1)) : "";
        }
        CHECK(reaction.packets.back() == "OK");
        machine.then = reaction.then;
        return text;
    };
    CHECK(monitor("help").ends_with("more help\n"));
    CHECK(monitor("") == monitor("help"));
    CHECK(monitor("  physical   on ") == "memory commands take physical addresses\n");
    CHECK(monitor("physical high") == "expected on or off\n");
    CHECK(monitor("long") == std::string(10'000, 'x'));
    CHECK(monitor("nonsense") == "no such command; `monitor help` lists what there is\n");
    CHECK(machine.then == Stub::Then::Stay);
    CHECK(monitor("quit") == "the run ends\n");
    CHECK(machine.then == Stub::Then::Kill);
}

TEST_CASE("stub: the end of a session") {
    Machine machine;
    (void)machine.ask("Z0,80000000,4");
    CHECK(machine.ask("D") == "OK");
    CHECK(machine.then == Stub::Then::Detach);
    CHECK(machine.stub.points().empty());
    CHECK(machine.ask("vKill;1") == "OK");
    CHECK(machine.then == Stub::Then::Kill);
    CHECK(machine.ask("k").empty());
    CHECK(machine.then == Stub::Then::Kill);
    CHECK(!machine.stub.no_acknowledgements());
    CHECK(machine.ask("QStartNoAckMode") == "OK");
    CHECK(machine.stub.no_acknowledgements());
    machine.stub.attach();
    CHECK(!machine.stub.no_acknowledgements());
}
