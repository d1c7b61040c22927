// SPDX-License-Identifier: Apache-2.0
#include "platform/board.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "platform/board_modules.h"
#include "platform/memory_map.h"

namespace athena::platform {

namespace {

/// The boot ROM's table (docs/firmware.md).
namespace boot_table {
constexpr std::size_t kOffset = 0x100;
constexpr std::size_t kDynamicInfo = 0x120;
constexpr std::size_t kSize = 0x150;
constexpr std::uint64_t kMagic = 0x4942'534F;  // fw_dynamic_info of OpenSBI
constexpr std::uint64_t kVersion = 2;
constexpr std::uint64_t kSupervisor = 1;
}  // namespace boot_table

void put(std::span<std::byte> bytes, std::initializer_list<std::uint64_t> values) {
    std::size_t at = 0;
    for (const std::uint64_t value : values) {
        for (unsigned bit = 0; bit < 64; bit += 8) {
            bytes[at++] = static_cast<std::byte>(value >> bit);
        }
    }
}

}  // namespace

Board::Board(const BoardConfig& config, BoardOptions options, std::ostream& log)
    : blocks_(options.blocks) {
    const Simulation::Scope scope(simulation_);
    modules_ = std::make_unique<BoardModules>(config, std::move(options), log);
    debug_ = std::make_unique<DebugPort>(simulation_, *modules_);
}

Board::~Board() {
    const Simulation::Scope scope(simulation_);
    modules_.reset();
}

void Board::load_rom(std::span<const std::byte> image, const BootTable& table) {
    using namespace boot_table;
    const std::size_t size = std::max(image.size(), kSize);
    const auto rom = modules_->rom.span(0, size);
    if (!rom) {
        throw std::invalid_argument("the boot ROM's image has " + std::to_string(image.size()) +
                                    " bytes, " + std::to_string(kRomSize) + " fit");
    }
    std::ranges::copy(image, rom->begin());
    put(rom->subspan(kOffset), {table.entry, table.device_tree, kRomBase + kDynamicInfo});
    const std::uint64_t mode = table.next_entry != 0 ? kSupervisor : 0;
    put(rom->subspan(kDynamicInfo), {kMagic, kVersion, table.next_entry, mode, 0, 0});
}

void Board::load(std::uint64_t address, std::vector<std::byte> bytes, std::uint64_t size) {
    size = std::max<std::uint64_t>(size, bytes.size());
    modules_->place({address, std::move(bytes), size});
}

void Board::watch_tohost(std::uint64_t address) {
    modules_->htif.watch({address});
}

void Board::trace_harts(riscv::TraceSink& sink, const riscv::TraceWindow& window,
                        std::uint64_t first, std::uint64_t last) {
    if (last >= modules_->harts.size()) {
        throw std::out_of_range("the board has no hart " + std::to_string(last));
    }
    for (std::uint64_t hart = first; hart <= last; ++hart) {
        modules_->harts[hart]->trace(sink, window);
    }
}

void Board::observe(std::uint64_t cluster, command::CommandObserver& observer) {
    modules_->clusters.at(cluster)->observe(observer);
}

void Board::observe_harts(riscv::HartObserver& observer) {
    for (const auto& hart : modules_->harts) {
        hart->observe(observer);
    }
}

void Board::observe_marks(perf::MarkObserver& observer) {
    modules_->perf.observe(observer);
}

void Board::run_until(base::Picoseconds time) {
    const Simulation::Scope scope(simulation_);
    modules_->run_until(time);
}

base::Picoseconds Board::now() const {
    const Simulation::Scope scope(simulation_);
    return modules_->events.now();
}

const std::optional<base::Diagnostics::Stop>& Board::stopped() const {
    return modules_->diagnostics.stopped();
}

void Board::stop(base::ExitStatus status, const std::string& reason) {
    const Simulation::Scope scope(simulation_);
    modules_->diagnostics.stop(status, reason);
}

std::optional<std::uint64_t> Board::guest_code() const {
    const auto code = modules_->htif.failure();
    return code ? code : modules_->syscon.failure_code();
}

bool Board::idle() const {
    return std::ranges::all_of(modules_->harts, [](const auto& hart) { return hart->idle(); });
}

base::Picoseconds Board::next_event() const {
    return modules_->events.next_time();
}

std::string Board::waits() const {
    std::string text;
    for (const auto& hart : modules_->harts) {
        text += (text.empty() ? "" : "; ") + describe_wait(*hart);
    }
    return text;
}

std::vector<std::string> Board::engine_waits() const {
    const Simulation::Scope scope(simulation_);
    std::vector<command::WaitSource> sources;
    for (const auto& cluster : modules_->clusters) {
        sources.push_back(cluster->wait_source());
    }
    std::vector<std::string> lines =
        command::report_waits(sources, [this](std::uint64_t address, std::span<std::byte> bytes) {
            return modules_->debugger.read(address, bytes);
        });
    for (const std::string& line : modules_->fabric_waits()) {
        lines.push_back(line);
    }
    return lines;
}

std::optional<std::string> Board::imbalance() const {
    return modules_->imbalance();
}

std::uint64_t Board::instructions() const {
    std::uint64_t sum = 0;
    for (const auto& hart : modules_->harts) {
        sum += hart->instructions();
    }
    return sum;
}

const perf::Work& Board::work() const {
    return modules_->perf.work();
}

const perf::Sections& Board::sections() const {
    return modules_->perf.sections();
}

std::optional<Diverged> Board::diverged() const {
    for (std::size_t index = 0; index < modules_->clusters.size(); ++index) {
        if (auto found = modules_->clusters[index]->diverged()) {
            found->time = now();
            found->path = "cluster" + std::to_string(index) + "." + found->path;
            return found;
        }
    }
    return std::nullopt;
}

std::vector<std::string> Board::changes_to_come() const {
    std::vector<std::string> lines;
    for (std::size_t index = 0; index < modules_->clusters.size(); ++index) {
        for (const std::string& line : modules_->clusters[index]->changes_to_come()) {
            lines.push_back("cluster" + std::to_string(index) + "." + line);
        }
    }
    return lines;
}

void Board::set_fidelity(const std::string& setting) {
    const Simulation::Scope scope(simulation_);
    if (setting.find_first_of(",@") != std::string::npos) {
        throw FidelityError("--fidelity " + setting + ": changes on the way are for the start");
    }
    modules_->diagnostics.log().write(base::LogSubsystem::Board, base::LogLevel::Info, "board",
                                      [&] { return "fidelity " + setting; });
    std::vector<Block> chosen = blocks_;
    for (const std::string& path : choose_fidelity(chosen, setting)) {
        if (!changes_on_the_way(path)) {
            if (setting.starts_with(path + "=")) {
                std::string text = "--fidelity " + setting;
                text.append(": '").append(path).append("' has its fidelity from the start");
                throw FidelityError(text.append("; tiles change theirs"));
            }
            continue;
        }
        Block& block = *std::ranges::find(blocks_, path, &Block::path);
        block.chosen = fidelity_of(chosen, path);
        const std::size_t dot = path.find('.');
        for (std::size_t cluster = 0; cluster < modules_->clusters.size(); ++cluster) {
            if (path.substr(0, dot) == "cluster" + std::to_string(cluster)) {
                modules_->clusters[cluster]->set_fidelity(path.substr(dot + 1),
                                                          fidelity_of(blocks_, path));
            }
        }
    }
}

std::vector<std::byte> Board::take_console_output() {
    std::vector<std::byte> output = modules_->uart.take_output();
    if (modules_->console != nullptr) {
        const std::vector<std::byte> more = modules_->console->take_output();
        output.insert(output.end(), more.begin(), more.end());
    }
    return output;
}

std::size_t Board::console_room() const {
    return modules_->console != nullptr ? modules_->console->room() : modules_->uart.room();
}

void Board::console_input(std::span<const std::byte> bytes) {
    const Simulation::Scope scope(simulation_);
    if (modules_->console != nullptr) {
        modules_->console->receive(bytes);
    } else {
        modules_->uart.receive(bytes);
    }
}

bool Board::console_wakes() const {
    return modules_->console != nullptr ? modules_->console->listens()
                                        : modules_->uart.receive_interrupt_enabled();
}

std::vector<virtio::Frame> Board::take_sent_frames() {
    return modules_->cable.take();
}

std::size_t Board::network_room() const {
    return modules_->net == nullptr ? 0 : modules_->net->room();
}

void Board::network_input(std::span<const std::byte> frame) {
    const Simulation::Scope scope(simulation_);
    modules_->net->receive(frame);
}

bool Board::network_wakes() const {
    return modules_->net != nullptr && modules_->net->listens();
}

bool Board::read_memory(std::uint64_t address, std::span<std::byte> bytes) {
    const Simulation::Scope scope(simulation_);
    return modules_->debugger.read(address, bytes);
}

void Board::report(base::StatisticsVisitor& visitor) const {
    const Simulation::Scope scope(simulation_);
    modules_->report(visitor);
}

}  // namespace athena::platform
