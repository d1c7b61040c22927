// SPDX-License-Identifier: Apache-2.0
// The hart on a small board: slices, access times, sleep, resets, several harts.
#include "riscv/hart.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <sstream>
#include <vector>

#include "base/state.h"
#include "encode.h"
#include "fabric/router.h"
#include "fresh_simulation.h"
#include "memory/memory.h"

using namespace athena;
using namespace athena::test::rv;

namespace {

constexpr std::uint64_t kRam = 0x8000'0000;
constexpr std::uint64_t kDevice = 0x1000'0000;
constexpr std::uint64_t kCycle = 5000;  // picoseconds of 200 MHz

// Answers 64-bit accesses after 12 ns; refuses offset 0x800 and above.
struct Device : sc_core::sc_module, base::Target {
    struct Access {
        std::uint64_t time;
        std::uint64_t offset;
        std::uint64_t pc;
        std::uint32_t initiator;
    };
    Device(const sc_core::sc_module_name& name, base::EventQueue& queue)
        : sc_core::sc_module(name), socket("socket", *this), events(queue) {}
    void b_transport(unsigned, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override {
        const auto* origin = payload.get_extension<base::Origin>();
        accesses.push_back(
            {events.now().value, payload.get_address(), origin->pc, origin->initiator});
        delay += sc_core::sc_time::from_value(12'000);
        payload.set_response_status(payload.get_address() >= 0x800 ? tlm::TLM_GENERIC_ERROR_RESPONSE
                                                                   : tlm::TLM_OK_RESPONSE);
        if (on_access) {
            on_access();
        }
    }
    base::TargetSocket socket;
    base::EventQueue& events;
    std::vector<Access> accesses;
    std::function<void()> on_access;
};

struct Counter : base::TimeCounter {
    std::uint64_t count(base::Picoseconds at) const override { return at.value / 100'000 + offset; }
    base::Picoseconds after(base::Picoseconds at, std::uint64_t ticks) const override {
        return ticks > 1'000'000'000 ? base::kNever
                                     : base::Picoseconds{(at.value / 100'000 + ticks) * 100'000};
    }
    void jump(std::uint64_t by) {
        offset += by;
        tell_listeners();
    }
    std::uint64_t offset = 0;
};

// An event of another block that calls back.
struct Alarm : base::EventTarget {
    explicit Alarm(base::EventQueue& queue) : events(queue), id(queue.add_target("alarm", *this)) {}
    void at(std::uint64_t time, std::function<void()> what) {
        actions.push_back(std::move(what));
        events.schedule({time}, id, 0, actions.size() - 1);
    }
    void on_event(std::uint32_t, std::uint64_t index) override { actions[index](); }
    base::EventQueue& events;
    base::EventQueue::TargetId id;
    std::vector<std::function<void()>> actions;
};

struct Board {
    explicit Board(unsigned count = 1, std::uint64_t quantum = 100'000'000) {
        ram_input.bind(ram.socket);
        device_input.bind(device.socket);
        for (unsigned i = 0; i < count; ++i) {
            harts.push_back(
                std::make_unique<riscv::Hart>(("hart" + std::to_string(i)).c_str(),
                                              riscv::Hart::Config{.hart_id = i,
                                                                  .reset_pc = kRam + i * 0x1000,
                                                                  .quantum = {quantum},
                                                                  .initiator_id = i + 10},
                                              events, diagnostics, code, counter));
            harts.back()->socket.bind(router.add_input("hart" + std::to_string(i)));
        }
    }
    void program(std::uint64_t address, std::initializer_list<std::uint32_t> words) {
        for (const std::uint32_t word : words) {
            std::memcpy(bytes(address), &word, 4);
            address += 4;
        }
    }
    std::byte* bytes(std::uint64_t address) { return ram.span(address - kRam, 8)->data(); }
    std::uint64_t word(std::uint64_t address) {
        std::uint64_t value = 0;
        std::memcpy(&value, bytes(address), 8);
        return value;
    }
    // What is due at the end of sc_start() the kernel leaves for the next one.
    void run_until(std::uint64_t time) {
        alarm.at(time, [] {});
        sc_core::sc_start(sc_core::sc_time::from_value(time + 1 - events.now().value));
    }
    riscv::Hart& hart(unsigned i = 0) { return *harts[i]; }

    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::CodePages code;
    Counter counter;
    fabric::Router router{"router", {}};
    memory::Memory ram{"ram", {.base = {kRam}, .size = 0x10'0000}, code};
    Device device{"device", events};
    base::InitiatorSocket& ram_input = router.map("ram", {kRam}, 0x10'0000);
    base::InitiatorSocket& device_input = router.map("device", {kDevice}, 0x1000);
    Alarm alarm{events};
    std::vector<std::unique_ptr<riscv::Hart>> harts;
};

}  // namespace

TEST_CASE("hart: a device sees accesses at their instants, and its latency passes") {
    test::FreshSimulation simulation;
    Board board;
    board.program(
        kRam, {lui(a0, kDevice >> 12), nop(), lw(a1, a0, 8), nop(), lw(a2, a0, 16), jal(zero, 0)});
    board.run_until(999'999);
    REQUIRE(board.device.accesses.size() == 2);
    CHECK(board.device.accesses[0].time == 2 * kCycle);
    CHECK(board.device.accesses[0].pc == kRam + 8);
    CHECK(board.device.accesses[0].initiator == 10);
    // 12 ns are 3 cycles of 5 ns; then the load's own cycle and the nop's.
    CHECK(board.device.accesses[1].time == (2 + 3 + 1 + 1) * kCycle);
    CHECK(board.device.accesses[1].offset == 16);
    CHECK(board.hart().core().state().cycles == 1'000'000 / kCycle);
    CHECK(board.hart().instructions() == 1'000'000 / kCycle - 6);
}

TEST_CASE("hart: a refused access is an access fault and a guest fault") {
    test::FreshSimulation simulation;
    Board board;
    board.program(kRam, {auipc(t0, 1), csrrw(zero, 0x305, t0), lui(a0, kDevice >> 12),
                         lw(a1, a0, 0x7FC), addi(a0, a0, 4), lw(a1, a0, 0x7FC)});
    board.program(kRam + 0x1000, {kWfi});
    board.run_until(1'000'000);
    CHECK(board.hart().idle());
    CHECK(board.hart().core().state().mcause == 5);
    CHECK(board.hart().core().state().mtval == kDevice + 0x800);
    CHECK(board.hart().core().state().mepc == kRam + 20);
    CHECK(board.diagnostics.guest_faults() == 1);
}

TEST_CASE("hart: an interrupt wakes it at the next clock edge") {
    test::FreshSimulation simulation;
    Board board;
    board.program(kRam, {auipc(t0, 1), csrrw(zero, 0x305, t0), li(a0, 0x80), csrrw(zero, 0x304, a0),
                         csrrwi(zero, 0x300, 8), kWfi, jal(zero, 0)});
    board.program(kRam + 0x1000, {lui(a0, kDevice >> 12), lw(a1, a0, 0), kWfi, jal(zero, -4)});
    board.alarm.at(777'777, [&] { board.hart().set_irq(7, true); });
    board.alarm.at(777'778, [&] { board.hart().set_irq(7, false); });
    board.run_until(500'000);
    CHECK(board.hart().idle());
    CHECK(board.events.next_time().value == 777'777);
    board.run_until(2'000'000);
    REQUIRE(board.device.accesses.size() == 0);  // the line fell before the edge: asleep again
    CHECK(board.hart().idle());
    board.alarm.at(2'777'777, [&] { board.hart().set_irq(7, true); });
    board.run_until(4'000'000);
    REQUIRE(board.device.accesses.size() == 1);
    CHECK(board.device.accesses[0].time == 2'780'000 + kCycle);
    CHECK(board.hart().core().state().mcause == 0x8000'0000'0000'0007);
    CHECK(board.hart().core().state().interrupts == 1);
}

TEST_CASE("hart: a slice ends where another block's event is due, so that it is seen at once") {
    test::FreshSimulation simulation;
    Board board;
    board.program(kRam, {auipc(t0, 1), csrrw(zero, 0x305, t0), li(a0, 0x80), csrrw(zero, 0x304, a0),
                         csrrwi(zero, 0x300, 8), jal(zero, 0)});
    board.program(kRam + 0x1000, {csrrs(a0, 0xB00, zero), csrrs(a1, 0xC01, zero), jal(zero, 0)});
    board.alarm.at(12'345'678, [&] { board.hart().set_irq(7, true); });
    board.run_until(20'000'000);
    CHECK(board.hart().core().state().x[a0] == 12'345'678 / kCycle + 1);
    CHECK(board.hart().core().state().x[a1] == 123);
}

TEST_CASE("hart: a dead hart ends the run with where and why") {
    test::FreshSimulation simulation;
    Board board;
    board.program(kRam, {jalr(zero, zero, 0x100)});
    board.run_until(1'000'000);
    REQUIRE(board.diagnostics.stopped());
    CHECK(board.diagnostics.stopped()->status == base::ExitStatus::GuestFailed);
    CHECK(board.diagnostics.stopped()->reason ==
          "hart0 is dead: traps on its own trap vector at 0x0, cause 1");
}

TEST_CASE("hart: reset from within its own access starts it anew after the access") {
    test::FreshSimulation simulation;
    Board board;
    board.program(kRam, {addi(a1, a1, 1), lui(a0, kDevice >> 12), lw(a1, a0, 0), jal(zero, 0)});
    board.device.on_access = [&] {
        if (board.device.accesses.size() == 1) {
            board.hart().reset();
        }
    };
    board.run_until(1'000'000);
    REQUIRE(board.device.accesses.size() == 2);
    CHECK(board.device.accesses[0].time == 2 * kCycle);
    CHECK(board.device.accesses[1].time == 4 * kCycle);
}

TEST_CASE("hart: a stop asked for in an access keeps the hart from running on") {
    test::FreshSimulation simulation;
    Board board;
    board.program(kRam, {lui(a0, kDevice >> 12), lw(a1, a0, 0), jal(zero, 0)});
    board.device.on_access = [&] { board.diagnostics.stop(base::ExitStatus::Passed, ""); };
    board.run_until(1'000'000);
    CHECK(board.hart().instructions() == 2);
}

TEST_CASE("hart: two harts add under load-reserved and store-conditional; nothing is lost") {
    test::FreshSimulation simulation;
    // A quantum that is no multiple of the loop cuts it everywhere.
    Board board(2, 7 * kCycle);
    for (unsigned i = 0; i < 2; ++i) {
        board.program(
            kRam + i * 0x1000,
            {auipc(a0, 0x10 - i), li(t0, 1000), lr_d(a1, a0), addi(a1, a1, 1), sc_d(a2, a1, a0),
             bne(a2, zero, -12), addi(t0, t0, -1), bne(t0, zero, -20), kWfi, jal(zero, -4)});
    }
    board.run_until(200'000'000);
    CHECK(board.hart(0).idle());
    CHECK(board.hart(1).idle());
    CHECK(board.word(kRam + 0x1'0000) == 2000);
}

TEST_CASE("hart: another initiator's write to code is run at once") {
    for (const bool debug : {false, true}) {
        test::FreshSimulation simulation;
        Board board;
        board.program(kRam, {jal(ra, 0x2000), addi(a1, a1, 1), jal(zero, -8)});
        board.program(kRam + 0x2000, {li(a0, 1), jalr(zero, ra, 0)});
        board.alarm.at(50'000'000, [&] {
            std::uint32_t word = li(a0, 2);
            tlm::tlm_generic_payload payload;
            payload.set_command(tlm::TLM_WRITE_COMMAND);
            payload.set_address(kRam + 0x2000);
            payload.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
            payload.set_data_length(4);
            payload.set_streaming_width(4);
            sc_core::sc_time delay;
            debug ? static_cast<void>(board.hart().socket->transport_dbg(payload))
                  : board.hart().socket->b_transport(payload, delay);
        });
        board.run_until(40'000'000);
        CHECK(board.hart().core().state().x[a0] == 1);
        board.run_until(60'000'000);
        CHECK(board.hart().core().state().x[a0] == 2);
    }
}

TEST_CASE(
    "hart: another hart's store to code is run in the next slice, alone and in a running loop") {
    test::FreshSimulation simulation;
    Board board(2, 100 * kCycle);
    board.program(kRam, {jal(ra, 0x2000), jal(zero, -4)});
    board.program(kRam + 0x2000, {addi(a0, a0, 1), jalr(zero, ra, 0)});
    // Each round: the function's immediate becomes one more; after a while, the next.
    board.program(kRam + 0x1000,
                  {lw(a1, a0, 0), add(a1, a1, a2), sw(a1, a0, 0), li(a3, 1000), addi(a3, a3, -1),
                   bne(a3, zero, -4), addi(a4, a4, -1), bne(a4, zero, -28), kWfi});
    board.hart(1).core().set_register(a0, kRam + 0x2000);
    board.hart(1).core().set_register(a2, 1 << 20);
    board.hart(1).core().set_register(a4, 50);
    board.run_until(49 * 2008 * kCycle);  // in the last round
    const std::uint64_t before = board.hart(0).core().state().x[a0];
    board.run_until(49 * 2008 * kCycle + 4000 * kCycle);
    CHECK(board.hart(1).idle());
    const std::uint64_t after = board.hart(0).core().state().x[a0];
    // Four cycles a call; each call adds 51.
    CHECK((after - before) % 51 == 0);
    CHECK((after - before) / 51 == 1000);
}

TEST_CASE("hart: its own timer wakes it from WFI at the clock edge, and so does a jump of mtime") {
    for (const bool jumps : {false, true}) {
        test::FreshSimulation simulation;
        Board board;
        // stimecmp = 33, STIE, sleep; then read mcycle.
        board.program(kRam, {li(a0, 1), slli(a0, a0, 63), csrrw(zero, 0x30A, a0), li(a0, 33),
                             csrrw(zero, 0x14D, a0), li(a0, 0x20), csrrw(zero, 0x304, a0), kWfi,
                             csrrs(a1, 0xB00, zero), csrrs(a2, 0xC01, zero), jal(zero, 0)});
        if (jumps) {
            board.alarm.at(1'002'500, [&] { board.counter.jump(100); });
        }
        board.run_until(900'000);
        CHECK(board.hart().idle());
        board.run_until(5'000'000);
        CHECK(board.hart().core().state().x[a1] ==
              (jumps ? 1'005'000 / kCycle : 3'300'000 / kCycle));
        CHECK(board.hart().core().state().x[a2] == (jumps ? 110 : 33));
    }
}

TEST_CASE("hart: a watchpoint pauses the board, which goes on as if it had not been there") {
    test::FreshSimulation simulation;
    Board board;
    board.program(kRam, {auipc(a0, 1), sd(a0, a0, 0), addi(a1, a1, 1), jal(zero, -4)});
    board.hart().core().add_watchpoint({kRam + 0x1000, kRam + 0x1000, riscv::WatchKind::Write});
    board.run_until(999'999);
    CHECK(board.hart().core().state().pc == kRam + 4);
    CHECK(board.hart().instructions() == 1);
    CHECK(board.word(kRam + 0x1000) == 0);
    CHECK(board.hart().take_pause() == riscv::StopReason::Watchpoint);
    CHECK(!board.hart().take_pause());
    board.hart().core().pass_stop();
    board.run_until(1'999'999);
    CHECK(board.word(kRam + 0x1000) == kRam + 0x1000);
    CHECK(board.hart().core().state().cycles == 2'000'000 / kCycle);
    CHECK(board.hart().instructions() == 2'000'000 / kCycle);
}

TEST_CASE("hart: saved in the middle, it goes on as if nothing had been") {
    const auto build = [](Board& board) {
        board.program(kRam, {lui(a0, kDevice >> 12), addi(a1, a1, 3), add(a2, a2, a1),
                             lw(a3, a0, 0), csrrs(a4, 0xC01, zero), jal(zero, -16)});
    };
    base::StateWriter writer;
    riscv::HartState expected;
    {
        test::FreshSimulation simulation;
        Board board;
        build(board);
        board.run_until(3'333'333);
        board.hart().save(writer);
        board.events.save(writer);
        board.run_until(9'999'999);
        expected = board.hart().core().state();
    }
    test::FreshSimulation simulation;
    Board board;
    build(board);
    base::StateReader reader(writer.data());
    board.hart().load(reader);
    board.events.load(reader);
    board.run_until(9'999'999);
    const riscv::HartState& state = board.hart().core().state();
    CHECK(state.x == expected.x);
    CHECK(state.pc == expected.pc);
    CHECK(state.cycles == expected.cycles);
    CHECK(state.instructions == expected.instructions);
}

TEST_CASE("hart: an observer is told of sleep, traps and returns at their edges") {
    struct Log final : riscv::HartObserver {
        void add(const std::string& what, base::Picoseconds time) {
            lines.push_back(what + " at " + std::to_string(time.value / kCycle));
        }
        void slept(std::uint64_t, base::Picoseconds time) override { add("slept", time); }
        void woke(std::uint64_t, base::Picoseconds time) override { add("woke", time); }
        void trapped(const riscv::TracedTrap& trap) override {
            add((trap.interrupt ? "interrupt " : "exception ") + std::to_string(trap.cause),
                trap.time);
        }
        void returned(std::uint64_t, riscv::Privilege, base::Picoseconds time) override {
            add("returned", time);
        }
        void was_reset(std::uint64_t, base::Picoseconds time) override { add("reset", time); }
        std::vector<std::string> lines;
    };
    test::FreshSimulation simulation;
    Board board;
    constexpr std::uint32_t kMie = 0x304;
    constexpr std::uint32_t kMtvec = 0x305;
    constexpr std::uint32_t kMstatus = 0x300;
    // Software interrupts on; sleep at edge 4; an exception.
    board.program(kRam, {auipc(t0, 1), csrrw(zero, kMtvec, t0), csrrwi(zero, kMie, 8),
                         csrrwi(zero, kMstatus, 8), kWfi, kEcall, jal(zero, 0)});
    // mepc + 4 for the exception only: the interrupt comes before the ECALL.
    board.program(kRam + 0x1000, {nop(), nop(), kMret});
    Log log;
    board.hart().observe(log);
    constexpr unsigned kSoftware = 3;
    board.alarm.at(20 * kCycle, [&] { board.hart().set_irq(kSoftware, true); });
    board.alarm.at(21 * kCycle - 1, [&] { board.hart().set_irq(kSoftware, false); });
    board.alarm.at(28 * kCycle, [&] { board.hart().reset(); });
    board.run_until(29 * kCycle);
    // WFI has edge 4; the handler 20 to 22, ECALL 23 in vain, the handler 24 to 26, ECALL 27.
    log.lines.resize(8);  // it runs ahead
    CHECK(log.lines == std::vector<std::string>{"slept at 5", "woke at 20", "interrupt 3 at 20",
                                                "returned at 22", "exception 11 at 23",
                                                "returned at 26", "exception 11 at 27",
                                                "reset at 28"});
}
