// SPDX-License-Identifier: Apache-2.0
// Devices of a program's own: from the board file to registers, interrupt, memory and statistics.
#include "platform/device.h"

#include <fstream>
#include <systemc>

#include "board_bench.h"
#include "platform/device_tree.h"
#include "platform/memory_map.h"

namespace {

using namespace athena;
using namespace athena::test;

constexpr std::uint64_t kPlicPending = 0xC00'1000;

std::string mini() {
    std::ostringstream text;
    text << std::ifstream(ATHENA_BOARDS "/athena-mini.toml").rdbuf();
    return text.str();
}

std::string adder_table(const std::string& name, const std::string& base,
                        const std::string& interrupt) {
    return "[[device]]\nname = \"" + name +
           "\"\nkind = \"adder\"\ncompatible = \"test,adder-1\"\n" + "base = " + base +
           "\nsize = 0x2000\ninterrupt = " + interrupt + "\n";
}

platform::BoardConfig board_with(const std::string& tables) {
    return platform::parse_board(mini() + tables, "b.toml", {});
}

std::string error_of(const std::string& tables) {
    try {
        (void)board_with(tables);
    } catch (const platform::BoardFileError& error) {
        return error.what();
    }
    return "no error";
}

/// A store of an address adds 1 to the word there, a microsecond later, and interrupts.
class Adder final : public sc_core::sc_module,
                    public platform::Device,
                    private base::Target,
                    private base::Initiator,
                    private base::EventTarget {
  public:
    Adder(const sc_core::sc_module_name& name, const platform::DeviceServices& services)
        : sc_core::sc_module(name),
          services_(services),
          id_(services.events.add_target(this->name(), *this)) {}

    base::TargetSocket& socket() override { return socket_; }
    base::IrqLine* irq() override { return &irq_; }
    base::InitiatorSocket* memory() override { return &memory_; }
    void reset() override { irq_.set(false); }
    void report(base::StatisticsVisitor& visitor) const override {
        visitor.counter("added", added_);
    }

  private:
    void b_transport(unsigned, tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
        std::uint64_t address = 0;
        std::memcpy(&address, payload.get_data_ptr(), sizeof(address));
        offset_ = payload.get_address();
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        services_.events.schedule(services_.events.now() + kMicrosecond, id_, 0, address);
    }
    void on_event(std::uint32_t, std::uint64_t address) override {
        std::uint64_t word = move(tlm::TLM_READ_COMMAND, address, 0);
        move(tlm::TLM_WRITE_COMMAND, address, word + 1 + offset_);
        ++added_;
        irq_.set(true);
    }
    std::uint64_t move(tlm::tlm_command command, std::uint64_t address, std::uint64_t word) {
        tlm::tlm_generic_payload payload;
        sc_core::sc_time delay;
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
        payload.set_data_length(sizeof(word));
        payload.set_streaming_width(sizeof(word));
        memory_.send(payload, delay);
        CHECK(payload.is_response_ok());
        return word;
    }

    platform::DeviceServices services_;
    base::EventQueue::TargetId id_;
    base::TargetSocket socket_{"socket", *this};
    base::InitiatorSocket memory_{"memory", *this};
    base::IrqLine irq_;
    std::uint64_t offset_ = 0;
    std::uint64_t added_ = 0;
};

platform::DeviceKinds kinds() {
    return {{"adder", [](const char* name, const platform::DeviceServices& services) {
                 return std::make_unique<Adder>(name, services);
             }}};
}

TEST_CASE("devices: a board file's stand in the memory map, among the blocks and in the tree") {
    const auto board = board_with(adder_table("adder0", "0x3000_0000", "12") +
                                  adder_table("adder1", "0x7fff_e000", "31"));
    REQUIRE(board.devices.size() == 2);
    const auto map = platform::memory_map(board);
    const auto region = std::ranges::find(map, "adder1", &platform::Region::name);
    REQUIRE(region != map.end());
    CHECK(region->base == 0x7FFF'E000);
    CHECK(region->last() == 0x7FFF'FFFF);
    CHECK(platform::block_at(platform::blocks_of(board), "adder0").has.size() == 1);
    const auto tree = platform::make_device_tree(board, {});
    const std::string text(reinterpret_cast<const char*>(tree.data()), tree.size());
    CHECK(text.find("adder0@30000000") != std::string::npos);
    CHECK(text.find("test,adder-1") != std::string::npos);
}

TEST_CASE("devices: what cannot be placed is named") {
    const std::string good = adder_table("adder0", "0x3000_0000", "12");
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        return error_of(text.replace(text.find(from), from.size(), to));
    };
    CHECK(error_of(good) == "no error");
    CHECK(with("0x3000_0000", "0x1000_0000")
              .ends_with(
                  "'device.base', expected a multiple of 4096 within 0x30000000 to 0x7fffffff"));
    CHECK(with("0x3000_0000", "0x3000_0800").find("'device.base'") != std::string::npos);
    CHECK(with("0x3000_0000", "0x8000_0000").find("'device.base'") != std::string::npos);
    CHECK(with("0x2000", "0x5000_1000").find("'device.size'") != std::string::npos);
    CHECK(with("0x2000", "0").find("'device.size'") != std::string::npos);
    CHECK(with("= 12", "= 11").ends_with("expected a source of the PLIC from 12 to 31"));
    CHECK(with("= 12", "= 32").find("'device.interrupt'") != std::string::npos);
    CHECK(with("kind", "kinds").find("unknown key 'device.kinds'") != std::string::npos);
    CHECK(with("kind = \"adder\"", "").find("missing 'device.kind', expected text") !=
          std::string::npos);
    CHECK(with("\"adder0\"", "\"Adder\"").find("'device.name'") != std::string::npos);
    CHECK(with("\"adder0\"", "\"uart1\"").find("'device.name'") != std::string::npos);
    CHECK(with("[[device]]", "[device]").ends_with("'device', expected tables [[device]]"));
    CHECK(error_of(good + adder_table("adder0", "0x4000_0000", "13")).find("a second device") !=
          std::string::npos);
    CHECK(error_of(good + adder_table("adder1", "0x4000_0000", "12"))
              .find("interrupt 12 is that of 'adder0'") != std::string::npos);
    CHECK(error_of(good + adder_table("adder1", "0x3000_1000", "13"))
              .find("adder1 at 0x30001000 to 0x30002fff overlaps adder0") != std::string::npos);
}

TEST_CASE("devices: one of the program's own has registers, memory, interrupt and statistics") {
    const auto config = board_with(adder_table("adder0", "0x3000_0000", "12"));
    Program program;
    program.li(t0, 0x3000'0000);
    program.li(t1, kData);
    program.sd(t1, t0, 0x40);
    program.forever();
    std::ostringstream log;
    platform::BoardOptions options{.blocks = platform::blocks_of(config)};
    options.device_kinds = kinds();
    platform::Board board(config, std::move(options), log);
    board.load_rom(small_rom(), {.entry = kRam, .device_tree = 0x8f00'0000, .next_entry = 0});
    board.load(kRam, program.bytes(), 0);
    const auto word = [&](std::uint64_t address) {
        std::uint64_t value = 0;
        REQUIRE(board.read_memory(address, std::as_writable_bytes(std::span(&value, 1))));
        return value;
    };
    const auto pending = [&] {
        std::uint32_t value = 0;
        REQUIRE(board.read_memory(kPlicPending, std::as_writable_bytes(std::span(&value, 1))));
        return value;
    };
    board.run_until(kMicrosecond);
    CHECK(word(kData) == 0);
    CHECK(pending() == 0);
    board.run_until({3 * kMicrosecond.value});
    CHECK(word(kData) == 0x41);  // the store's offset in the device, and 1
    CHECK(pending() == 1u << 12);
    CHECK(Counters(board).values.at("adder0.added") == 1);
    board.debug().reset();
    CHECK(pending() == 0);
}

TEST_CASE("devices: a kind that the program does not have is named with where it stands") {
    const auto config = board_with(adder_table("adder0", "0x3000_0000", "12"));
    std::ostringstream log;
    const auto error = [&](const platform::DeviceKinds& kinds) {
        platform::BoardOptions options{.blocks = platform::blocks_of(config)};
        options.device_kinds = kinds;
        try {
            const platform::Board board(config, std::move(options), log);
        } catch (const platform::BoardFileError& refusal) {
            return std::string(refusal.what());
        }
        return std::string("no error");
    };
    CHECK(error({}).ends_with(
        ": device 'adder0' is of kind 'adder', this program has none of its own"));
    CHECK(error({}).starts_with("b.toml:"));
    CHECK(error({{"lamp", {}}, {"saw", {}}}).ends_with("this program has lamp, saw"));
}

}  // namespace
