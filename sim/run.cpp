// SPDX-License-Identifier: Apache-2.0
#include "sim/run.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>

#include "platform/board.h"
#include "platform/board_file.h"
#include "platform/device_tree.h"
#include "sim/backtrace.h"
#include "sim/boot_plan.h"
#include "sim/cpu_trace.h"
#include "sim/describe.h"
#include "sim/divergence.h"
#include "sim/drive_file.h"
#include "sim/fingerprint.h"
#include "sim/flash_file.h"
#include "sim/gdb/server.h"
#include "sim/input_file.h"
#include "sim/log_file.h"
#include "sim/output_file.h"
#include "sim/outside.h"
#include "sim/report/fabric_map.h"
#include "sim/report/report.h"
#include "sim/session.h"
#include "sim/shipped_files.h"
#include "sim/statistics_json.h"
#include "sim/symbols.h"
#include "sim/tell.h"
#include "sim/terminal.h"
#include "sim/trace/trace.h"
#include "sim/usage_error.h"
#include "sim/user_network.h"
#include "sim/version.h"

namespace athena::sim {

namespace {

using base::ExitStatus;

/// The board's counters and how the run ended.
class Machine final : public base::StatisticsSource {
  public:
    explicit Machine(const platform::Board& board) : board_(board) {}

    void report(base::StatisticsVisitor& visitor) const override {
        visitor.counter("exit_status", static_cast<std::uint64_t>(board_.stopped()->status));
        if (const auto code = board_.guest_code()) {
            visitor.counter("guest_code", *code);
        }
        visitor.counter("time_ps", board_.now().value);
        board_.report(visitor);
    }

  private:
    const platform::Board& board_;
};

platform::Network network_of(Net net) {
    switch (net) {
        case Net::User:
            return platform::Network::Outside;
        case Net::Loop:
            return platform::Network::Loop;
        case Net::None:
            break;
    }
    return platform::Network::None;
}

/// That a run reads, found by their names.
std::vector<ReadFile> named_files(const RunOptions& options) {
    std::vector<ReadFile> files = {{"the board", find_board(options.board.board)},
                                   {"every run", find_boot_rom()}};
    if (options.firmware) {
        files.push_back({"--firmware", find_program(*options.firmware).elf});
    }
    return files;
}

class Run {
  public:
    Run(const RunOptions& options, const std::vector<std::string>& command_line,
        const platform::DeviceKinds& devices)
        : options_(options),
          command_line_(command_line),
          devices_(devices),
          config_(load_board(options.board)),
          blocks_(choose_blocks(options.board, config_)),
          plan_(plan_boot(options, config_)),
          rom_(read_file(find_boot_rom())) {
        check_output_names(options, named_files(options));
        check_saves(options.saves, config_);
        for (const std::string& file : options.symbols) {
            symbols_.add(file);
        }
        if (options.cpu_trace) {
            check_traced_harts();
        }
        if (follows_code()) {
            add_program_symbols();
        }
    }

    int run() {
        const InterruptGuard guard;
        const auto board = make_board();
        // Before the run, so that it is not in vain; what was in the files stays until all are
        // open.
        open_outputs();
        OutsidePort outside = open_outside();
        const int console = console_ ? console_->begin() : STDOUT_FILENO;
        log_.begin(log_file_ ? log_file_->begin() : STDERR_FILENO, log_file_.has_value());
        load(*board);
        start_trace(*board);
        start_report(*board);
        start_timeline(*board);
        const auto debugger = open_debugger(*board, outside);
        const auto start = std::chrono::steady_clock::now();
        Session session(*board, outside, console,
                        {options_.max_time, options_.max_instructions, config_.harts.clock_hz,
                         config_.harts.count},
                        options_.pace, debugger.get());
        session.run();
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
        const int status = conclude(*board, outside);
        if (debugger) {
            debugger->ended(status);
        }
        tell_backtraces(*board);
        tell_work(session.done());
        write_outputs(*board, session.done(), wall.count());
        const bool listed = end_lists(board->now());
        if (!board->diverged()) {
            for (const std::string& line : board->changes_to_come()) {
                tell("athena: {}\n", line);
            }
        }
        report_divergence(*board, options_.reports, command_line_);
        return listed || status != 0 ? status : static_cast<int>(ExitStatus::Usage);
    }

  private:
    /// Of the ELF files that the board starts with; those without are left out.
    void add_program_symbols() {
        const auto add = [&](const std::filesystem::path& file) {
            try {
                symbols_.add(file);
            } catch (const UsageError&) {
            }
        };
        if (options_.firmware) {
            add(find_program(*options_.firmware).elf);
        }
        for (const auto& file : {options_.bios, options_.kernel}) {
            if (file) {
                add(*file);
            }
        }
    }

    [[nodiscard]] bool follows_code() const {
        return options_.cpu_trace || options_.trace_functions;
    }

    void check_traced_harts() const {
        const std::uint64_t last = options_.cpu_trace->last_hart.value_or(0);
        if (last >= config_.harts.count) {
            throw UsageError(fmt::format("--trace-cpu harts={}: the board has harts 0 to {}", last,
                                         config_.harts.count - 1));
        }
    }

    void start_trace(platform::Board& board) {
        if (!options_.cpu_trace) {
            return;
        }
        const CpuTraceOptions& options = *options_.cpu_trace;
        trace_.emplace(trace_file_->begin(), symbols_);
        board.trace_harts(*trace_, {options.from, options.until}, options.first_hart,
                          options.last_hart.value_or(config_.harts.count - 1));
    }

    void start_report(platform::Board& board) {
        if (options_.report_files.empty()) {
            return;
        }
        collector_ = std::make_unique<Collector>(config_, board.sections());
        for (std::uint64_t cluster = 0; cluster < config_.cluster.count; ++cluster) {
            board.observe(cluster, collector_->observer(cluster));
        }
    }

    void start_timeline(platform::Board& board) {
        if (!options_.trace) {
            return;
        }
        timeline_ = std::make_unique<trace::Trace>(timeline_file_->begin(), config_, board);
        for (std::uint64_t cluster = 0; cluster < config_.cluster.count; ++cluster) {
            board.observe(cluster, timeline_->observer(cluster));
        }
        if (options_.trace_functions) {
            timeline_->follow_functions(symbols_);
        }
    }

    void write_reports(const platform::Board& board) {
        if (!collector_) {
            return;
        }
        collector_->finish(board.now().value);
        const Report report = make_report(config_, *collector_, board.sections(), board.now().value,
                                          board, fabric_map(config_, board));
        for (std::size_t i = 0; i < reports_.size(); ++i) {
            const std::string ending = std::filesystem::path(options_.report_files[i]).extension();
            reports_[i].write(ending == ".txt"    ? report_text(report)
                              : ending == ".json" ? report_json(report)
                                                  : report_html(report));
        }
    }

    /// Of traces and log: false if one of them is not whole, which the user is told.
    [[nodiscard]] bool end_lists(base::Picoseconds now) {
        const auto missing = [](const char* option, const std::string& file) {
            tell("athena: {} {}: not all of it could be written\n", option, file);
            return false;
        };
        bool all = true;
        if (trace_ && !trace_->finish()) {
            all = missing("--trace-cpu", options_.cpu_trace->file);
        }
        if (timeline_ && !timeline_->finish(now.value)) {
            all = missing("--trace", *options_.trace);
        }
        if (!log_.finish() && log_file_) {
            all = missing("--log-file", *options_.log.file);
        }
        return all;
    }

    void open_outputs() {
        for (const Save& save : options_.saves) {
            saves_.emplace_back(save.file);
        }
        if (options_.signature) {
            signature_.emplace(*options_.signature);
        }
        if (options_.stats) {
            stats_.emplace(*options_.stats);
        }
        for (const std::string& file : options_.report_files) {
            reports_.emplace_back(file);
        }
        if (options_.console.file) {
            console_.emplace(*options_.console.file);
        }
        if (options_.cpu_trace) {
            trace_file_.emplace(options_.cpu_trace->file);
        }
        if (options_.trace) {
            timeline_file_.emplace(*options_.trace);
        }
        if (options_.log.file) {
            log_file_.emplace(*options_.log.file);
        }
    }

    OutsidePort open_outside() {
        RecordHeader header{std::string(version()), config_.name};
        header.network = options_.net != Net::None;
        if (options_.replay || options_.record) {
            header.inputs = fingerprint(options_, config_, blocks_, plan_, rom_);
        }
        if (options_.replay) {
            replayed_ = read_record(*options_.replay, header);
            return {std::make_unique<ReplayInput>(*replayed_), nullptr};
        }
        std::unique_ptr<HostNetwork> network;
        if (options_.net == Net::User) {
            network = std::make_unique<UserNetwork>(options_.forwards);
        }
        std::unique_ptr<RecordWriter> record;
        if (options_.record) {
            record = std::make_unique<RecordWriter>(*options_.record, header);
        }
        const std::optional<int> input =
            options_.console.file ? std::nullopt : std::optional<int>(STDIN_FILENO);
        return {std::make_unique<LiveInput>(input, std::move(network)), std::move(record)};
    }

    [[nodiscard]] std::unique_ptr<gdb::Server> open_debugger(platform::Board& board,
                                                             OutsidePort& outside) const {
        if (!options_.gdb) {
            return nullptr;
        }
        const std::string option = options_.record ? "--record" : options_.replay ? "--replay" : "";
        const std::string why = "nothing of the board may be changed with " + option;
        return std::make_unique<gdb::Server>(
            board, outside,
            gdb::Server::Config{options_.gdb->port, options_.gdb->waits,
                                option.empty() ? "" : why});
    }

    [[nodiscard]] std::unique_ptr<platform::Board> make_board() {
        platform::BoardOptions board{blocks_, options_.quantum, options_.strict, options_.threads};
        board.seed = options_.seed;
        board.network = network_of(options_.net);
        board.virtio_console = options_.virtio_console;
        board.log = {options_.log.levels, &log_};
        board.device_kinds = devices_;
        for (const Drive& drive : options_.drives) {
            board.drives.push_back(std::make_unique<DriveFile>(drive));
        }
        for (const Drive& flash : options_.flashes) {
            board.flashes.push_back(std::make_unique<FlashFile>(flash));
        }
        try {
            return std::make_unique<platform::Board>(config_, std::move(board), std::cerr);
        } catch (const platform::FidelityError& error) {
            throw UsageError(error.what());
        } catch (const platform::BoardFileError& error) {
            throw UsageError(error.what());
        }
    }

    void load(platform::Board& board) {
        board.load_rom(rom_, {plan_.entry, plan_.device_tree, plan_.kernel_entry});
        board.load(plan_.device_tree,
                   platform::make_device_tree(
                       config_, {options_.append, plan_.blobs, plan_.initrd, options_.seed}),
                   kDeviceTreeSpace);
        for (Image& image : plan_.images) {
            board.load(image.address, std::move(image.bytes), image.memory_size);
        }
        if (plan_.tohost) {
            board.watch_tohost(*plan_.tohost);
        }
    }

    /// Says how the run ended; returns the exit status.
    int conclude(const platform::Board& board, OutsidePort& outside) const {
        const base::Diagnostics::Stop& stop = *board.stopped();
        if (!stop.reason.empty()) {
            tell("athena: {}\n", stop.reason);
        }
        if (const auto lost = board.imbalance()) {
            tell("athena: simulator bug: {}\n", *lost);
            return static_cast<int>(ExitStatus::Simulator);
        }
        const int status = static_cast<int>(stop.status);
        const RecordEnd end{board.now(), status, board.instructions()};
        outside.end(end);
        const bool cut_short = stop.status == ExitStatus::Interrupted &&
                               (InterruptGuard::interrupted() || outside.interrupt_asked());
        if (replayed_ && !cut_short && end != replayed_->end) {
            tell(
                "athena: --replay {}: the run ended at {} ps with status {} after {} "
                "instructions, recorded were {} ps, {} and {}\n",
                *options_.replay, end.at.value, end.status, end.instructions,
                replayed_->end.at.value, replayed_->end.status, replayed_->end.instructions);
            return static_cast<int>(ExitStatus::Simulator);
        }
        return status;
    }

    /// Of a guest that did not end by itself.
    void tell_backtraces(platform::Board& board) {
        const ExitStatus status = board.stopped()->status;
        const bool died = status == ExitStatus::GuestFailed && !board.guest_code();
        if (!died && status != ExitStatus::Limit) {
            return;
        }
        if (!follows_code()) {
            add_program_symbols();
        }
        for (const std::string& line : backtraces(board.debug(), symbols_)) {
            tell("athena: {}\n", line);
        }
    }

    static void tell_work(const Session::Done& done) {
        if (done.work.amount != 0) {
            tell("athena: {} {} in {:.1f} s of the host's time: {:.0f} {}/s\n", done.work.amount,
                 done.work.unit, done.seconds, done.per_second(), done.work.unit);
        }
    }

    void write_outputs(platform::Board& board, const Session::Done& done, double wall_seconds) {
        for (std::size_t i = 0; i < saves_.size(); ++i) {
            write_save(board, options_.saves[i], saves_[i]);
        }
        if (signature_) {
            const Range& area = *plan_.signature;
            signature_->write(signature_text(memory(board, area.first, area.end - area.first)));
        }
        if (stats_) {
            stats_->write(Machine(board), {.wall_seconds = wall_seconds,
                                           .instructions = board.instructions(),
                                           .command_line = command_line_,
                                           .work_unit = done.work.unit,
                                           .work_per_second = done.per_second()});
        }
        write_reports(board);
    }

    /// A run that ends before its guest has made a state does not take what another has saved: who
    /// makes one writes its first bytes last (docs/running.md).
    static void write_save(platform::Board& board, const Save& save, OutputFile& file) {
        constexpr std::size_t kSign = 8;
        const std::vector<std::byte> bytes = memory(board, save.address, save.length);
        const auto sign = std::span(bytes).first(std::min(kSign, bytes.size()));
        const bool is_made =
            std::ranges::any_of(sign, [](std::byte value) { return value != std::byte{}; });
        if (!is_made && file.had_content() && board.stopped()->status != ExitStatus::Passed) {
            tell("athena: --save {}: left as it was: memory at {:#x} begins with zeros\n",
                 save.file, save.address);
            return;
        }
        file.write(bytes);
    }

    static std::vector<std::byte> memory(platform::Board& board, std::uint64_t address,
                                         std::uint64_t length) {
        std::vector<std::byte> bytes(length);
        if (!board.read_memory(address, bytes)) {
            throw std::runtime_error(
                fmt::format("{} bytes at {:#x} cannot be read", length, address));
        }
        return bytes;
    }

    const RunOptions& options_;
    const std::vector<std::string>& command_line_;
    const platform::DeviceKinds& devices_;
    platform::BoardConfig config_;
    std::vector<platform::Block> blocks_;
    BootPlan plan_;
    std::vector<std::byte> rom_;
    std::vector<OutputFile> saves_;
    std::optional<OutputFile> signature_;
    std::optional<OutputFile> console_;
    std::optional<StatisticsFile> stats_;
    std::vector<OutputFile> reports_;
    std::unique_ptr<Collector> collector_;  ///< if there is to be a report
    std::optional<Record> replayed_;
    Symbols symbols_;
    LogFile log_;
    std::optional<OutputFile> log_file_;
    std::optional<OutputFile> trace_file_;
    std::optional<CpuTrace> trace_;
    std::optional<OutputFile> timeline_file_;
    std::unique_ptr<trace::Trace> timeline_;  ///< observes the board
};

}  // namespace

int run(const RunOptions& options, const std::vector<std::string>& command_line,
        const platform::DeviceKinds& devices) {
    return Run(options, command_line, devices).run();
}

}  // namespace athena::sim
