// SPDX-License-Identifier: Apache-2.0
#include "platform/board_modules.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "base/hexadecimal.h"
#include "platform/board_file.h"
#include "platform/fidelity.h"
#include "platform/memory_map.h"
#include "virtio/entropy.h"

namespace athena::platform {

namespace {

constexpr std::uint64_t kPicosecondsPerNanosecond = 1000;
/// Harts come before, clusters behind.
constexpr std::uint32_t kFirstVirtioInitiator = 8;
constexpr std::uint32_t kFirstDeviceInitiator = 0x1000;

base::Picoseconds nanoseconds(std::uint64_t value) {
    return {value * kPicosecondsPerNanosecond};
}

memory::Memory::Config rom_config() {
    return {.base = {kRomBase}, .size = kRomSize, .read_only = true};
}

memory::Memory::Config ram_config(const BoardConfig& config) {
    return {.base = {config.ram.base},
            .size = config.ram.size,
            .latency = nanoseconds(config.ram.latency_ns)};
}

memory::Memory::Config hbm_config(const BoardConfig& config) {
    return {.base = {config.hbm.base},
            .size = config.hbm.size,
            .latency = nanoseconds(config.hbm.latency_ns),
            .bytes_per_second = config.hbm.bytes_per_second};
}

std::uint32_t hart_count(const BoardConfig& config) {
    return static_cast<std::uint32_t>(config.harts.count);
}

std::uint32_t cluster_count(const BoardConfig& config) {
    return static_cast<std::uint32_t>(config.cluster.count);
}

// One cluster alone has nobody to make room for in the host's cache.
base::Backlog* backlog_for(const BoardConfig& config, base::Backlog& backlog) {
    return config.cluster.count == 1 ? nullptr : &backlog;
}

std::unique_ptr<fabric::Router> make_bus(const BoardConfig& config, std::span<const Block> blocks,
                                         base::EventQueue& events) {
    if (fidelity_of(blocks, "bus") != Fidelity::Timed) {
        return std::make_unique<fabric::Router>(
            "bus", fabric::Router::Config{.latency = nanoseconds(config.bus.latency_ns)});
    }
    auto noc = std::make_unique<fabric::Noc>(
        "bus",
        fabric::Noc::Config{.mesh = mesh_config(config.mesh),
                            .clock_hz = config.mesh.clock_hz,
                            .flit_bytes = static_cast<std::uint32_t>(config.mesh.flit_bytes),
                            .source_queue = static_cast<std::uint32_t>(config.mesh.source_queue),
                            .target_queue = static_cast<std::uint32_t>(config.mesh.target_queue)},
        events);
    noc->at_node(static_cast<std::uint32_t>(config.mesh.control));
    return noc;
}

std::unique_ptr<memory::Memory> make_hbm(const BoardConfig& config, std::span<const Block> blocks,
                                         base::EventQueue& events, base::CodePages& code_pages,
                                         base::Backlog* backlog) {
    if (fidelity_of(blocks, "hbm") != Fidelity::Timed) {
        return std::make_unique<memory::Memory>("hbm", hbm_config(config), code_pages, backlog);
    }
    const bool is_meshed = fidelity_of(blocks, "bus") == Fidelity::Timed;
    return std::make_unique<memory::Hbm>(
        "hbm",
        memory::Hbm::Config{
            .memory = hbm_config(config),
            .timing = config.hbm_timing,
            .ports = is_meshed ? static_cast<std::uint32_t>(config.mesh.hbm.size()) : 1},
        events, code_pages, backlog);
}

unsigned cause(riscv::Interrupt interrupt) {
    return static_cast<unsigned>(interrupt);
}

}  // namespace

std::size_t Debugger::move(tlm::tlm_command command, std::uint64_t address, unsigned char* data,
                           std::size_t size) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(static_cast<unsigned>(std::min<std::size_t>(size, 1U << 30)));
    return socket->transport_dbg(payload);
}

std::size_t Debugger::read_some(std::uint64_t address, std::span<std::byte> bytes) {
    return move(tlm::TLM_READ_COMMAND, address, reinterpret_cast<unsigned char*>(bytes.data()),
                bytes.size());
}

std::size_t Debugger::write_some(std::uint64_t address, std::span<const std::byte> bytes) {
    std::vector<std::byte> copy(bytes.begin(), bytes.end());  // TLM has no constant data
    return move(tlm::TLM_WRITE_COMMAND, address, reinterpret_cast<unsigned char*>(copy.data()),
                copy.size());
}

bool Debugger::read(std::uint64_t address, std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const std::size_t moved = read_some(address, bytes);
        if (moved == 0) {
            return false;
        }
        address += moved;
        bytes = bytes.subspan(moved);
    }
    return true;
}

BoardModules::BoardModules(const BoardConfig& config, BoardOptions options, std::ostream& log)
    : diagnostics(log),
      events("events"),
      threads(options.threads),
      backlog(threads, cluster_count(config)),
      tile_clock(events, config.tile.clock_hz, threads),
      bus(make_bus(config, options.blocks, events)),
      rom("rom", rom_config(), code_pages),
      ram("ram", ram_config(config), code_pages),
      htif("htif", {config.ram.base}, events, diagnostics),
      hbm(make_hbm(config, options.blocks, events, code_pages, backlog_for(config, backlog))),
      clint("clint", {.harts = hart_count(config), .timebase_hz = kTimebaseHz}, events),
      plic("plic", {.sources = plic_sources(config), .contexts = 2 * hart_count(config)}),
      uart("uart0", {.clock_hz = kUartClockHz}, events),
      syscon("syscon", diagnostics, [this] { events.schedule(events.now(), id_, kReset); }),
      rtc("rtc", {}, events),
      perf("perf", *this, events),
      debugger("debugger"),
      id_(events.add_target("board", *this)) {
    diagnostics.set_strict(options.strict);
    if (options.log.sink != nullptr) {
        diagnostics.log().open(options.log.levels, *options.log.sink, events);
    }
    make_harts(config, options);
    make_virtio(options);
    make_flashes(std::move(options.flashes));
    make_devices(config, options.device_kinds);
    for (std::uint64_t index = 0; index < config.cluster.count; ++index) {
        const std::string name = "cluster" + std::to_string(index);
        clusters.push_back(std::make_unique<Cluster>(
            name.c_str(), index, config, options.blocks,
            BoardServices{events, diagnostics, threads, tile_clock, backlog_for(config, backlog)},
            at_node(config, index), plic));
    }
    if (fabric::Noc* const noc = mesh()) {
        noc->at_node(static_cast<std::uint32_t>(config.mesh.control));
    }
    map_bus(config);
    connect_interrupts(config);
    log_accesses();
    reset();
}

void BoardModules::make_harts(const BoardConfig& config, const BoardOptions& options) {
    for (std::uint32_t id = 0; id < config.harts.count; ++id) {
        riscv::Hart::Config hart;
        hart.hart_id = id;
        hart.clock_hz = config.harts.clock_hz;
        hart.reset_pc = kRomBase;
        hart.quantum = options.quantum.value_or(hart.quantum);
        hart.initiator_id = id;
        const std::string name = "hart" + std::to_string(id);
        harts.push_back(std::make_unique<riscv::Hart>(name.c_str(), hart, events, diagnostics,
                                                      code_pages, clint));
        harts.back()->socket.bind(bus->add_input("from_" + name));
    }
}

void BoardModules::make_flashes(std::vector<std::unique_ptr<devices::FlashFile>> files) {
    files.resize(kFlashBanks);
    for (unsigned bank = 0; bank < kFlashBanks; ++bank) {
        const std::string name = "flash" + std::to_string(bank);
        flashes.push_back(std::make_unique<devices::Flash>(
            name.c_str(), devices::Flash::Config{.size = kFlashSize}, std::move(files[bank])));
    }
}

void BoardModules::make_devices(const BoardConfig& config, const DeviceKinds& kinds) {
    for (const BoardConfig::Device& device : config.devices) {
        const auto kind = kinds.find(device.kind);
        if (kind == kinds.end()) {
            std::string known;
            for (const auto& [name, maker] : kinds) {
                known += (known.empty() ? "" : ", ") + name;
            }
            throw BoardFileError(device.where + ": device '" + device.name + "' is of kind '" +
                                 device.kind + "', this program has " +
                                 (known.empty() ? "none of its own" : known));
        }
        const auto index = static_cast<std::uint32_t>(devices.size());
        device_names_.push_back(device.name);
        devices.push_back(kind->second(device.name.c_str(),
                                       {events, diagnostics, kFirstDeviceInitiator + index}));
        if (base::InitiatorSocket* const memory = devices.back()->memory()) {
            memory->bind(bus->add_input("from_" + device.name));
        }
    }
}

// Drives in the first slots.
void BoardModules::make_virtio(BoardOptions& options) {
    for (unsigned slot = 0; slot < kVirtioSlots; ++slot) {
        std::unique_ptr<virtio::Device> device;
        if (slot < options.drives.size()) {
            device = std::make_unique<virtio::Block>(std::move(options.drives[slot]));
        } else if (slot == kConsoleSlot && options.virtio_console) {
            auto made = std::make_unique<virtio::Console>();
            console = made.get();
            device = std::move(made);
        } else if (slot == kNetSlot && options.network != Network::None) {
            device = make_net(options.network);
        } else if (slot == kEntropySlot) {
            device = std::make_unique<virtio::Entropy>(options.seed);
        }
        const std::string name = "virtio" + std::to_string(slot);
        virtio.push_back(std::make_unique<virtio::VirtioMmio>(
            name.c_str(), virtio::VirtioMmio::Config{.initiator_id = kFirstVirtioInitiator + slot},
            std::move(device), events, diagnostics));
        virtio.back()->memory.bind(bus->add_input("from_" + name));
    }
}

std::unique_ptr<virtio::Device> BoardModules::make_net(Network network) {
    if (network == Network::Loop) {
        loop_peer = std::make_unique<virtio::LoopPeer>(events);
    }
    auto device = std::make_unique<virtio::Net>(
        loop_peer ? static_cast<virtio::NetworkPort&>(*loop_peer) : cable);
    net = device.get();
    if (loop_peer) {
        loop_peer->connect(*net);
    }
    return device;
}

fabric::Noc* BoardModules::mesh() const {
    return dynamic_cast<fabric::Noc*>(bus.get());
}

memory::Hbm* BoardModules::timed_hbm() const {
    return dynamic_cast<memory::Hbm*>(hbm.get());
}

void BoardModules::map_hbm(const BoardConfig& config) {
    fabric::Noc* const noc = mesh();
    memory::Hbm* const timed = timed_hbm();
    if (noc == nullptr || timed == nullptr) {
        if (noc != nullptr) {
            noc->at_node(static_cast<std::uint32_t>(config.mesh.hbm.front()));
        }
        bus->map("to_hbm", {config.hbm.base}, config.hbm.size).bind(hbm->socket);
        return;
    }
    const std::vector<std::uint32_t> nodes(config.mesh.hbm.begin(), config.mesh.hbm.end());
    const auto sockets =
        noc->map_ports("to_hbm", {config.hbm.base}, config.hbm.size, *timed, nodes);
    for (std::uint32_t port = 0; port < sockets.size(); ++port) {
        sockets[port]->bind(timed->port_socket(port));
    }
}

// Of the bus, for what is wired to it next: a cluster.
fabric::Router& BoardModules::at_node(const BoardConfig& config, std::uint64_t cluster) {
    if (fabric::Noc* const noc = mesh()) {
        const std::vector<std::uint64_t>& nodes = config.mesh.clusters;
        noc->at_node(static_cast<std::uint32_t>(nodes[cluster % nodes.size()]));
    }
    return *bus;
}

void BoardModules::map_bus(const BoardConfig& config) {
    const auto map = [&](const char* name, std::uint64_t base, std::uint64_t size,
                         base::TargetSocket& target) { bus->map(name, {base}, size).bind(target); };
    map("to_rom", kRomBase, kRomSize, rom.socket);
    map("to_syscon", kSysconBase, kSysconSize, syscon.socket);
    map("to_rtc", kRtcBase, kRtcSize, rtc.socket);
    map("to_perf", kPerfBase, kPerfSize, perf.socket);
    map("to_clint", kClintBase, kClintSize, clint.socket);
    map("to_plic", kPlicBase, kPlicSize, plic.socket);
    map("to_uart0", kUartBase, kUartSize, uart.socket);
    for (unsigned slot = 0; slot < kVirtioSlots; ++slot) {
        map(("to_virtio" + std::to_string(slot)).c_str(), kVirtioBase + slot * kVirtioSize,
            kVirtioSize, virtio[slot]->socket);
    }
    for (unsigned bank = 0; bank < kFlashBanks; ++bank) {
        map(("to_flash" + std::to_string(bank)).c_str(), kFlashBase + bank * kFlashSize, kFlashSize,
            flashes[bank]->socket);
    }
    for (std::size_t index = 0; index < devices.size(); ++index) {
        const BoardConfig::Device& device = config.devices[index];
        map(("to_" + device.name).c_str(), device.base, device.size, devices[index]->socket());
    }
    map("to_ram", config.ram.base, config.ram.size, htif.in);
    map_hbm(config);
    htif.out.bind(ram.socket);
    debugger.socket.bind(bus->add_input("from_debugger"));
}

void BoardModules::connect_interrupts(const BoardConfig& config) {
    using riscv::Interrupt;
    for (std::uint32_t id = 0; id < harts.size(); ++id) {
        riscv::Hart& hart = *harts[id];
        clint.software(id).connect(hart, cause(Interrupt::MachineSoftware));
        clint.timer(id).connect(hart, cause(Interrupt::MachineTimer));
        plic.context(2 * id).connect(hart, cause(Interrupt::MachineExternal));
        plic.context(2 * id + 1).connect(hart, cause(Interrupt::SupervisorExternal));
    }
    uart.irq.connect(plic, kUartIrq);
    rtc.irq.connect(plic, kRtcIrq);
    for (unsigned slot = 0; slot < kVirtioSlots; ++slot) {
        virtio[slot]->irq.connect(plic, kVirtioIrq + slot);
    }
    for (std::size_t index = 0; index < devices.size(); ++index) {
        base::IrqLine* const irq = devices[index]->irq();
        if (irq != nullptr && config.devices[index].interrupt != 0) {
            irq->connect(plic, config.devices[index].interrupt);
        }
    }
}

void BoardModules::place(Image image) {
    copy(image);
    images_.push_back(std::move(image));
}

std::span<std::byte> BoardModules::memory_at(std::uint64_t address, std::uint64_t size) {
    for (memory::Memory* memory : {&ram, hbm.get()}) {
        const std::uint64_t base = memory->config().base.value;
        if (address >= base) {
            if (const auto bytes = memory->span(address - base, size)) {
                return *bytes;
            }
        }
    }
    throw std::out_of_range(std::to_string(size) + " bytes at " + base::hexadecimal(address) +
                            " lie neither in RAM nor in HBM");
}

void BoardModules::copy(const Image& image) {
    backlog.settle();
    const std::span<std::byte> place = memory_at(image.address, image.size);
    const auto rest = std::ranges::copy(image.bytes, place.begin()).out;
    std::fill(rest, place.end(), std::byte{0});
    code_pages.written({image.address}, image.size);
}

/// Sources of interrupts come before those who listen, so that no wire stays high.
void BoardModules::reset() {
    diagnostics.log().write(base::LogSubsystem::Board, base::LogLevel::Info, "board",
                            [] { return std::string("reset"); });
    for (const auto& cluster : clusters) {
        cluster->reset();
    }
    for (const auto& device : virtio) {
        device->reset();
    }
    for (const auto& flash : flashes) {
        flash->reset();
    }
    if (loop_peer) {
        loop_peer->reset();
    }
    for (const auto& device : devices) {
        device->reset();
    }
    uart.reset();
    rtc.reset();
    perf.reset();
    syscon.reset();
    htif.reset();
    plic.reset();
    clint.reset();
    for (const Image& image : images_) {
        copy(image);
    }
    for (const auto& hart : harts) {
        hart->reset();
    }
}

void BoardModules::on_event(std::uint32_t kind, std::uint64_t /*payload*/) {
    if (kind == kReset) {
        reset();
    }
    // kTarget only has to be there: nobody runs past the next event.
}

void BoardModules::run_until(base::Picoseconds time) {
    if (diagnostics.stopped() || time <= events.now()) {
        return;
    }
    // The kernel leaves what is due at the very end for the next start.
    events.schedule(time, id_, kTarget);
    events.run_ahead(time, diagnostics);
    sc_core::sc_start(events.kernel_distance(time));
    events.cancel(id_, kTarget);
}

std::vector<std::string> BoardModules::fabric_waits() const {
    std::vector<std::string> lines = bus->waits();
    for (const auto& cluster : clusters) {
        const std::vector<std::string> own = cluster->crossbar().waits();
        lines.insert(lines.end(), own.begin(), own.end());
    }
    return lines;
}

std::optional<std::string> BoardModules::imbalance() const {
    if (const fabric::Noc* const noc = mesh()) {
        if (const auto reason = noc->check_conservation()) {
            return "bus: " + *reason;
        }
    }
    if (const memory::Hbm* const timed = timed_hbm()) {
        if (const auto reason = timed->controller().check_conservation()) {
            return "hbm: " + *reason;
        }
    }
    return std::nullopt;
}

void BoardModules::report(base::StatisticsVisitor& visitor) const {
    const auto part = [&](std::string_view name, const base::StatisticsSource& source) {
        visitor.enter(name);
        source.report(visitor);
        visitor.leave();
    };
    visitor.counter("guest_faults", diagnostics.guest_faults());
    visitor.enter("harts");
    for (std::size_t id = 0; id < harts.size(); ++id) {
        part(std::to_string(id), *harts[id]);
    }
    visitor.leave();
    part("bus", *bus);
    part("rom", rom);
    part("ram", ram);
    part("clint", clint);
    part("plic", plic);
    part("uart0", uart);
    part("rtc", rtc);
    for (std::size_t bank = 0; bank < flashes.size(); ++bank) {
        part("flash" + std::to_string(bank), *flashes[bank]);
    }
    for (std::size_t slot = 0; slot < virtio.size(); ++slot) {
        part("virtio" + std::to_string(slot), *virtio[slot]);
    }
    part("perf", perf);
    part("hbm", *hbm);
    for (std::size_t index = 0; index < clusters.size(); ++index) {
        part("cluster" + std::to_string(index), *clusters[index]);
    }
    for (std::size_t index = 0; index < devices.size(); ++index) {
        part(device_names_[index], *devices[index]);
    }
}

std::string describe_wait(const riscv::Hart& hart) {
    struct Name {
        riscv::Interrupt interrupt;
        const char* text;
    };
    using riscv::Interrupt;
    constexpr Name kNames[] = {
        {Interrupt::MachineExternal, "machine external"},
        {Interrupt::MachineSoftware, "machine software"},
        {Interrupt::MachineTimer, "machine timer"},
        {Interrupt::SupervisorExternal, "supervisor external"},
        {Interrupt::SupervisorSoftware, "supervisor software"},
        {Interrupt::SupervisorTimer, "supervisor timer"},
    };
    const riscv::HartState& state = hart.core().state();
    const std::string name = hart.basename();
    if (!hart.idle()) {
        return name + " runs at pc " + base::hexadecimal(state.pc);
    }
    std::string enabled;
    for (const Name& entry : kNames) {
        if ((state.mie >> cause(entry.interrupt) & 1) != 0) {
            enabled += (enabled.empty() ? "" : ", ") + std::string(entry.text);
        }
    }
    return name + " is in WFI before pc " + base::hexadecimal(state.pc) + " and waits for " +
           (enabled.empty() ? "nothing, as no interrupt is enabled" : "interrupts: " + enabled);
}

}  // namespace athena::platform
