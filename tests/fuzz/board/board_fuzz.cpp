// SPDX-License-Identifier: Apache-2.0
// A whole board whose guest writes nonsense into every register: each access is answered, time goes
// on, state survives a save and a load, and after a reset in place the devices are as new. With the
// asan preset this also finds accesses out of bounds. ATHENA_FUZZ=N goes through N seeds.
#include <memory>
#include <sstream>

#include "base/state.h"
#include "fuzz/parsers/mutator.h"
#include "fuzz/transport/random_payload.h"
#include "platform/board_modules.h"
#include "platform/memory_map.h"
#include "regs/clint_regs.h"
#include "regs/command_regs.h"
#include "regs/dma_regs.h"
#include "regs/iopmp_regs.h"
#include "regs/perf_regs.h"
#include "regs/plic_regs.h"
#include "regs/rtc_regs.h"
#include "regs/syscon_regs.h"
#include "regs/tile_regs.h"
#include "regs/uart_regs.h"
#include "regs/vector_regs.h"
#include "regs/virtio_mmio_regs.h"
#include "unit/platform/mini_board.h"

using namespace athena;
using test::Places;

namespace {

constexpr int kAccesses = 3000;
constexpr std::uint64_t kFinisherReset = 0x7777;
constexpr std::uint32_t kVirtioMagic = 0x7472'6976;

/// addi t0, zero, -1; csrw mie, t0; wfi; j .-4: harts that wake whenever an interrupt is pending.
constexpr std::uint32_t kSleep[] = {0xFFF0'0293, 0x3042'9073, 0x1050'0073, 0xFFDF'F06F};

class Drive final : public virtio::BlockStorage {
  public:
    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    [[nodiscard]] bool read_only() const override { return false; }
    [[nodiscard]] std::string name() const override { return "drive"; }
    [[nodiscard]] bool read(std::uint64_t offset, std::span<std::byte> bytes) override {
        REQUIRE(offset + bytes.size() <= bytes_.size());
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), bytes.size(),
                    bytes.begin());
        return true;
    }
    [[nodiscard]] bool write(std::uint64_t offset, std::span<const std::byte> bytes) override {
        REQUIRE(offset + bytes.size() <= bytes_.size());
        std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
        return true;
    }
    [[nodiscard]] bool flush() override { return true; }

  private:
    std::vector<std::byte> bytes_ = std::vector<std::byte>(64 * 512);
};

platform::BoardOptions options(const platform::BoardConfig& config, const std::string& fidelity) {
    platform::BoardOptions all;
    all.blocks = platform::blocks_of(config);
    if (!fidelity.empty()) {
        platform::choose_fidelity(all.blocks, fidelity);
    }
    all.drives.push_back(std::make_unique<Drive>());
    all.network = platform::Network::Loop;
    all.virtio_console = true;
    return all;
}

class FuzzedBoard {
  public:
    FuzzedBoard(const std::string& fidelity, std::uint32_t seed)
        : config_(test::mini_board({"harts.count=2", "ram.size=16M", "hbm.size=16M", "tile.count=2",
                                    "vector.count=2", "dma.channels=2", "tile.l1_bytes=65536"})),
          modules_(config_, options(config_, fidelity), log_),
          places_(all_places()),
          access_(probe_, places_, seed) {
        probe_.socket.bind(modules_.bus->add_input("from_probe"));
        const auto rom = *modules_.rom.span(0, sizeof(kSleep));
        std::ranges::copy(std::as_bytes(std::span(kSleep)), rom.begin());
    }

    /// False: the nonsense has ended the run, as a guest may.
    [[nodiscard]] bool step() {
        access_.run();
        if (below(4) == 0) {
            pass_time(1 + below(2'000'000));
        }
        switch (below(400)) {
            case 0:
                save_and_load();
                break;
            case 1:
                reset_in_place();
                break;
            case 2:
                type();
                break;
            case 3:
                pass_time(20'000'000);
                break;
            default:
                break;
        }
        const auto& stop = modules_.diagnostics.stopped();
        if (stop) {
            INFO(stop->reason);
            REQUIRE(stop->status != base::ExitStatus::Simulator);
        }
        return !stop;
    }

    void finish() {
        if (!modules_.diagnostics.stopped()) {
            reset_in_place();
        }
    }

  private:
    [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return access_.below(limit); }

    // ---- places

    static void add_registers(Places& places, std::uint64_t base,
                              std::span<const base::RegisterInfo> registers) {
        for (const base::RegisterInfo& info : registers) {
            const std::uint64_t first = base + info.offset;
            const std::uint64_t stride = info.stride != 0 ? info.stride : info.width;
            places.offsets.insert(places.offsets.end(),
                                  {first, first + stride * below_count(info.count, 7),
                                   first + stride * (info.count - 1)});
        }
    }
    static std::uint64_t below_count(std::uint64_t count, std::uint64_t wanted) {
        return wanted < count ? wanted : count - 1;
    }

    [[nodiscard]] Places all_places() const {
        using namespace platform;
        Places places;
        add_registers(places, kClintBase, regs::clint::kRegisters);
        add_registers(places, kPlicBase, regs::plic::kRegisters);
        add_registers(places, kRtcBase, regs::rtc::kRegisters);
        add_registers(places, kPerfBase, regs::perf::kRegisters);
        for (int i = 0; i < 4; ++i) {  // few places, many states
            add_registers(places, kUartBase, regs::uart::kRegisters);
        }
        for (unsigned slot = 0; slot < kVirtioSlots; ++slot) {
            add_registers(places, kVirtioBase + slot * kVirtioSize, regs::virtio_mmio::kRegisters);
        }
        const std::uint64_t cluster = cluster_base(0);
        add_registers(places, cluster + kCommandOffset, regs::command::kRegisters);
        add_registers(places, cluster + kDmaOffset, regs::dma::kRegisters);
        add_registers(places, cluster + kIopmpOffset, regs::iopmp::kRegisters);
        for (unsigned i = 0; i < 2; ++i) {
            add_registers(places, vector_base(0, i), regs::vector::kRegisters);
            add_registers(places, tile_base(0, i) + kTileRegisters, regs::tile::kRegisters);
            places.offsets.push_back(tile_base(0, i) + kTileQueue);
        }
        for (const auto& map : {memory_map(config_), cluster_map(config_, 0)}) {
            for (const Region& region : map) {
                places.offsets.insert(places.offsets.end(), {region.base - 8, region.base,
                                                             region.last(), region.last() + 1});
            }
        }
        // Not the syscon: it ends the run.
        std::erase_if(places.offsets, [](std::uint64_t address) {
            return address + 200 > kSysconBase && address < kSysconBase + kSysconSize;
        });
        places.window = config_.hbm.base + config_.hbm.size;
        return places;
    }

    // ---- what happens beside accesses

    void pass_time(std::uint64_t picoseconds) {
        modules_.run_until(modules_.events.now() + base::Picoseconds{picoseconds});
    }

    void type() {
        std::vector<std::byte> bytes(below(40));
        std::ranges::generate(bytes, [&] { return static_cast<std::byte>(below(256)); });
        modules_.uart.receive(bytes);
        (void)modules_.uart.take_output();
        modules_.console->receive(bytes);
        (void)modules_.console->take_output();
    }

    /// All that can be saved and is not the accelerator's.
    [[nodiscard]] std::vector<std::byte> saved() const {
        base::StateWriter writer;
        modules_.events.save(writer);
        modules_.clint.save(writer);
        modules_.plic.save(writer);
        modules_.uart.save(writer);
        modules_.rtc.save(writer);
        modules_.syscon.save(writer);
        modules_.perf.save(writer);
        for (const auto& device : modules_.virtio) {
            device->save(writer);
        }
        modules_.loop_peer->save(writer);
        for (const auto& flash : modules_.flashes) {
            flash->save(writer);
        }
        for (const auto& hart : modules_.harts) {
            hart->save(writer);
        }
        return writer.data();
    }
    void save_and_load() {
        const std::vector<std::byte> state = saved();
        base::StateReader reader(state);
        modules_.events.load(reader);
        modules_.clint.load(reader);
        modules_.plic.load(reader);
        modules_.uart.load(reader);
        modules_.rtc.load(reader);
        modules_.syscon.load(reader);
        modules_.perf.load(reader);
        for (const auto& device : modules_.virtio) {
            device->load(reader);
        }
        modules_.loop_peer->load(reader);
        for (const auto& flash : modules_.flashes) {
            flash->load(reader);
        }
        for (const auto& hart : modules_.harts) {
            hart->load(reader);
        }
        REQUIRE(saved() == state);
    }

    std::uint64_t get(std::uint64_t address, unsigned size) {
        std::uint64_t value = 0;
        INFO("register at 0x" << std::hex << address);
        REQUIRE(probe_.access(tlm::TLM_READ_COMMAND, address,
                              {reinterpret_cast<unsigned char*>(&value), size}) ==
                tlm::TLM_OK_RESPONSE);
        return value;
    }
    void set(std::uint64_t address, unsigned size, std::uint64_t value) {
        INFO("register at 0x" << std::hex << address);
        REQUIRE(probe_.access(tlm::TLM_WRITE_COMMAND, address,
                              {reinterpret_cast<unsigned char*>(&value), size}) ==
                tlm::TLM_OK_RESPONSE);
    }

    void reset_in_place() {
        using namespace platform;
        probe_.payload.set_byte_enable_ptr(nullptr);
        set(kSysconBase, 4, kFinisherReset);
        pass_time(1);
        for (std::uint32_t hart = 0; hart < config_.harts.count; ++hart) {
            CHECK(get(kClintBase + 4 * hart, 4) == 0);
            CHECK(get(kClintBase + 0x4000 + 8 * hart, 8) == ~std::uint64_t{0});
        }
        for (std::uint64_t context = 0; context < 2 * config_.harts.count; ++context) {
            CHECK(get(kPlicBase + 0x2000 + 0x80 * context, 4) == 0);
            CHECK(get(kPlicBase + 0x20'0000 + 0x1000 * context, 4) == 0);
        }
        CHECK(get(kUartBase + 1, 1) == 0);
        for (unsigned bank = 0; bank < kFlashBanks; ++bank) {  // a command, and back to the array
            const std::uint64_t flash = kFlashBase + bank * kFlashSize;
            set(flash, 4, 0x90);
            CHECK(get(flash, 4) == 0x0089'0089);
            set(flash, 4, 0xFF);
        }
        for (unsigned slot = 0; slot < kVirtioSlots; ++slot) {
            const std::uint64_t registers = kVirtioBase + slot * kVirtioSize;
            CHECK(get(registers, 4) == kVirtioMagic);
            CHECK(get(registers + regs::virtio_mmio::kStatusOffset, 4) == 0);
            CHECK(get(registers + regs::virtio_mmio::kInterruptStatusOffset, 4) == 0);
        }
        for (unsigned ring = 0; ring < config_.command.rings; ++ring) {
            const std::uint64_t registers = cluster_base(0) + 0x80 * ring;
            CHECK(get(registers + regs::command::kRingCtrlOffset, 4) == 0);
            CHECK(get(registers + regs::command::kRingStatusOffset, 4) ==
                  regs::command::kRingStatusIdleMask);
        }
        // And they work: an interrupt comes through.
        set(kUartBase + 7, 1, 0x5A);
        CHECK(get(kUartBase + 7, 1) == 0x5A);
        set(kClintBase, 4, 1);
        CHECK(modules_.harts[0]->core().has_wakeup() ==
              ((modules_.harts[0]->core().state().mie & 8) != 0));
        set(kClintBase, 4, 0);
    }

    platform::Simulation simulation_;
    platform::Simulation::Scope scope_{simulation_};
    std::ostringstream log_;
    platform::BoardConfig config_;
    platform::BoardModules modules_;
    test::Probe probe_{"probe"};
    Places places_;
    test::RandomAccess access_;
};

void fuzz(const std::string& name, const std::string& fidelity, std::uint32_t seeds) {
    const std::uint32_t first = test::first_seed();
    for (std::uint32_t seed = first; seed < first + test::iterations(seeds); ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " ATHENA_FUZZ=1 fuzz_board '" << name << "'");
        FuzzedBoard board(fidelity, seed);
        for (int i = 0; i < kAccesses; ++i) {
            INFO("access " << i);
            if (!board.step()) {
                break;
            }
        }
        board.finish();
    }
}

}  // namespace

TEST_CASE("board: nonsense in every register") {
    fuzz("board: nonsense in every register", "", 20);
}

TEST_CASE("board: nonsense in every register, timed tiles") {
    fuzz("board: nonsense in every register, timed tiles", "timed", 4);
}
