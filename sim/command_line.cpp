// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <array>
#include <charconv>

#include "platform/board_fields.h"
#include "platform/memory_map.h"
#include "sim/completion.h"
#include "sim/log_levels.h"
#include "sim/manual.h"
#include "sim/options.h"
#include "sim/usage_error.h"
#include "sim/version.h"

namespace athena::sim {

namespace {

constexpr const char* kExamples =
    "`athena COMMAND --help` lists the options of a command. Examples:\n"
    "  athena run athena-mini --firmware hello\n"
    "  athena run athena-mini --firmware gemm --append \"m=48 n=40 k=100\" \\\n"
    "      --fidelity cluster0.tile0=lockstep --stats stats.json\n"
    "  athena run athena-mini --kernel /usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin\n"
    "  athena cosim --commands 10000 --stall 20\n"
    "  athena regress tests/suites/smoke.toml -j2 --junit smoke.xml\n"
    "  athena run athena-mini --firmware gpt --append steps=2 --trace gpt.pftrace\n"
    "  athena trace gpt.pftrace\n";

constexpr const char* kExitStatuses =
    "Exit status: 0 the guest passed, 1 it failed or is dead, 2 bad usage, board or input file,\n"
    "3 a gap or fault of the simulator, 4 a limit, 130 Ctrl-C.\n"
    "On a terminal Ctrl-A x ends the run, Ctrl-A c sends Ctrl-C, Ctrl-A Ctrl-A sends Ctrl-A.\n";

std::uint64_t number(const std::string& option, const std::string& text,
                     const std::string& expected = "a whole number") {
    const auto value = platform::parse_number(text);
    if (!value) {
        throw UsageError(option + " " + text + ": expected " + expected);
    }
    return *value;
}

base::Picoseconds duration(const std::string& option, const std::string& text) {
    struct Unit {
        std::string_view name;
        std::uint64_t picoseconds;
    };
    constexpr std::array<Unit, 5> kUnits = {{{"ps", 1},
                                             {"ns", 1'000},
                                             {"us", 1'000'000},
                                             {"ms", 1'000'000'000},
                                             {"s", 1'000'000'000'000}}};
    for (const Unit& unit : kUnits) {
        if (!text.ends_with(unit.name)) {
            continue;
        }
        const auto value = platform::parse_number(text.substr(0, text.size() - unit.name.size()));
        if (value && *value != 0 && *value <= base::kNever.value / 2 / unit.picoseconds) {
            return {*value * unit.picoseconds};
        }
        break;
    }
    throw UsageError(option + " " + text +
                     ": expected a whole number above 0 with its unit: ps, ns, us, ms or s");
}

Load parse_load(const std::string& text) {
    const std::size_t at = text.rfind('@');
    if (at != std::string::npos) {
        if (const auto address = platform::parse_number(text.substr(at + 1))) {
            return {text.substr(0, at), address};
        }
    }
    return {text, std::nullopt};
}

Drive parse_drive(const std::string& text) {
    constexpr std::string_view kReadOnly = ",ro";
    const bool read_only = text.ends_with(kReadOnly);
    return {text.substr(0, text.size() - (read_only ? kReadOnly.size() : 0)), read_only};
}

Net parse_net(const std::string& text) {
    if (text == "user") {
        return Net::User;
    }
    if (text == "loop") {
        return Net::Loop;
    }
    throw UsageError("--net " + text + ": expected user or loop");
}

Forward parse_forward(const std::string& text) {
    constexpr std::string_view kProtocol = "tcp:";
    const auto port = [](const std::string& digits) -> std::optional<std::uint16_t> {
        const auto value = platform::parse_number(digits);
        return value && *value != 0 && *value <= 0xFFFF
                   ? std::optional(static_cast<std::uint16_t>(*value))
                   : std::nullopt;
    };
    const std::size_t colon = text.rfind(':');
    if (text.starts_with(kProtocol) && colon >= kProtocol.size()) {
        const auto host = port(text.substr(kProtocol.size(), colon - kProtocol.size()));
        const auto guest = port(text.substr(colon + 1));
        if (host && guest) {
            return {*host, *guest};
        }
    }
    throw UsageError("--forward " + text + ": expected tcp:HOSTPORT:GUESTPORT, ports 1 to 65535");
}

Save parse_save(const std::string& text) {
    const std::size_t at = text.rfind('@');
    const std::size_t colon = text.rfind(':');
    if (at != std::string::npos && colon != std::string::npos && at < colon && at != 0) {
        const auto address = platform::parse_number(text.substr(at + 1, colon - at - 1));
        const auto length = platform::parse_number(text.substr(colon + 1));
        if (address && length) {
            return {text.substr(0, at), *address, *length};
        }
    }
    throw UsageError("--save " + text + ": expected FILE@ADDRESS:LENGTH");
}

Console parse_console(const std::string& text) {
    if (text == "stdio") {
        return {};
    }
    if (text.starts_with("file:") && text.size() > 5) {
        return {text.substr(5)};
    }
    throw UsageError("--console " + text + ": expected stdio or file:F");
}

bool parse_console_device(const std::string& text) {
    if (text != "uart" && text != "virtio") {
        throw UsageError("--console-device " + text + ": expected uart or virtio");
    }
    return text == "virtio";
}

Debugger parse_debugger(const std::string& text) {
    constexpr std::string_view kNoWait = ",nowait";
    constexpr std::uint64_t kLastPort = 65535;
    const bool waits = !text.ends_with(kNoWait);
    const auto port =
        platform::parse_number(text.substr(0, text.size() - (waits ? 0 : kNoWait.size())));
    if (!port || *port > kLastPort) {
        throw UsageError("--gdb " + text + ": expected PORT or PORT,nowait with a TCP port");
    }
    return {static_cast<std::uint16_t>(*port), waits};
}

Pace parse_pace(const std::string& text) {
    if (text == "auto") {
        return {};
    }
    if (text == "off") {
        return {Pace::Kind::Off, 1.0};
    }
    double factor = 0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, factor);
    if (result.ec == std::errc() && result.ptr == end && factor > 0 && factor <= 1e6) {
        return {Pace::Kind::Factor, factor};
    }
    throw UsageError("--pace " + text + ": expected auto, off, or a number above 0");
}

std::string_view take_last_part(std::string_view& text) {
    const std::size_t comma = text.rfind(',');
    const std::string_view part =
        comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    text = text.substr(0, comma);
    return part;
}

/// "N" or "N-M".
void parse_hart_range(const std::string& option, const std::string& text,
                      CpuTraceOptions& options) {
    const std::size_t dash = text.find('-');
    const std::string expected = "harts=N or harts=N-M";
    options.first_hart = number(option, text.substr(0, dash), expected);
    options.last_hart = dash == std::string::npos ? options.first_hart
                                                  : number(option, text.substr(dash + 1), expected);
    if (*options.last_hart < options.first_hart) {
        throw UsageError(option + " " + text + ": expected the lower number first");
    }
}

CpuTraceOptions parse_cpu_trace(const std::string& text) {
    const std::string option = "--trace-cpu";
    CpuTraceOptions options;
    std::string_view rest = text;
    for (;;) {
        std::string_view before = rest;
        const std::string part(take_last_part(before));
        const std::size_t equal = part.find('=');
        const std::string key = part.substr(0, equal);
        if (equal == std::string::npos || (key != "harts" && key != "from" && key != "until")) {
            break;
        }
        const std::string value = part.substr(equal + 1);
        if (key == "harts") {
            parse_hart_range(option + " harts", value, options);
        } else {
            (key == "from" ? options.from : options.until) =
                duration(std::string(option).append(" ").append(key), value);
        }
        rest = before;
    }
    options.file = std::string(rest);
    if (options.file.empty() || options.until <= options.from) {
        throw UsageError(option + " " + text +
                         ": expected FILE[,harts=N-M][,from=TIME][,until=TIME], the earlier time "
                         "first");
    }
    return options;
}

/// The option values as text, before they are checked.
struct Texts {
    std::string seed = "0";
    std::vector<std::string> loads;
    std::vector<std::string> drives;
    std::optional<std::string> net;
    std::vector<std::string> forwards;
    std::vector<std::string> flashes;
    std::vector<std::string> saves;
    std::optional<std::string> quantum;
    std::optional<std::string> max_time;
    std::optional<std::string> max_instructions;
    std::string console = "stdio";
    std::optional<std::string> cpu_trace;
    std::vector<std::string> log;
    std::string console_device = "uart";
    std::string pace = "auto";
    std::optional<std::string> gdb;
};

void add_board_options(CLI::App& command, BoardOptions& options) {
    constexpr const char* kGroup = "Board";
    command.add_option("BOARD", options.board, "a board file, or a name of `athena boards`")
        ->required();
    command
        .add_option("--fidelity", options.fidelity,
                    "functional, timed, rtl, lockstep or lockstep-data, for the blocks that PATH "
                    "(* and ? allowed) "
                    "matches, and another one from a tile's command N on (or +N, after the change "
                    "before); may be repeated, the later one wins")
        ->allow_extra_args(false)
        ->group(kGroup)
        ->type_name("[PATH=]X[,X@N]...");
    command
        .add_option("--set", options.set,
                    "replaces a number of the board file (`athena describe` lists "
                    "them); may be repeated")
        ->allow_extra_args(false)
        ->group(kGroup)
        ->type_name("PATH=VALUE");
    command.add_option("--memory", options.memory, "size of board RAM, as in 512M")
        ->group(kGroup)
        ->type_name("SIZE");
    command.add_option("--harts", options.harts, "number of harts")->group(kGroup)->type_name("N");
}

void add_chosen_options(CLI::App& command, std::string& append, Texts& texts) {
    command.add_option("--append", append, "text for /chosen/bootargs: the program's arguments")
        ->group("Program")
        ->type_name("TEXT");
    command.add_option("--seed", texts.seed, "seed of /chosen/rng-seed")
        ->group("Program")
        ->type_name("N");
}

void add_image_options(CLI::App& run, RunOptions& options, Texts& texts) {
    constexpr const char* kGroup = "Program";
    run.add_option("--firmware", options.firmware,
                   "ELF file, or name of a shipped program, to start in M-mode")
        ->group(kGroup)
        ->type_name("ELF|NAME");
    run.add_option("--bios", options.bios,
                   "M-mode firmware (ELF or raw) that starts --kernel; otherwise Debian's OpenSBI")
        ->group(kGroup)
        ->type_name("FILE");
    run.add_option("--kernel", options.kernel,
                   "S-mode program (ELF, or raw at RAM + 2 MiB), as U-Boot or Linux")
        ->group(kGroup)
        ->type_name("FILE");
    run.add_option("--initrd", options.initrd, "initial RAM disk for --kernel")
        ->group(kGroup)
        ->type_name("FILE");
    add_chosen_options(run, options.append, texts);
    run.add_option("--load", texts.loads,
                   "puts a file into memory and tells it in "
                   "/chosen/athena,blob@N; up to 16 times")
        ->allow_extra_args(false)
        ->group(kGroup)
        ->type_name("FILE[@ADDRESS]");
    run.add_option("--drive", texts.drives,
                   "the next virtio block device, with the sectors of a file; ,ro: read-only; may "
                   "be repeated")
        ->allow_extra_args(false)
        ->group(kGroup)
        ->type_name("FILE[,ro]");
}

void add_flash_option(CLI::App& run, Texts& texts) {
    run.add_option("--flash", texts.flashes,
                   "contents of the next bank of CFI flash, 32 MiB; ,ro: read-only; may be given "
                   "twice")
        ->allow_extra_args(false)
        ->group("Program")
        ->type_name("FILE[,ro]");
}

void add_limit_options(CLI::App& run, RunOptions& options, Texts& texts) {
    constexpr const char* kGroup = "Time and limits";
    run.add_option("--max-time", texts.max_time,
                   "board time, as in 10ms, after which the run ends (exit status 4)")
        ->group(kGroup)
        ->type_name("TIME");
    run.add_option(
           "--max-instructions", texts.max_instructions,
           "instructions of all harts after which the run ends, at the end of a quantum (exit "
           "status 4)")
        ->group(kGroup)
        ->type_name("N");
    run.add_option("--pace", texts.pace,
                   "auto: while somebody may type and all harts sleep, board time does not pass "
                   "real time; off: never waits; X: at most X board seconds a second")
        ->group(kGroup)
        ->type_name("auto|off|X");
    run.add_option("--quantum", texts.quantum,
                   "board time that a hart runs ahead at most, as in 100us")
        ->group(kGroup)
        ->type_name("TIME");
    run.add_option("--threads", options.threads,
                   "threads of the host, 1 to 256 (1 unless said), that work on kernels and clock "
                   "RTL tiles; changes nothing but the time it takes")
        ->check(CLI::Range(1u, 256u))
        ->group(kGroup)
        ->type_name("N");
    run.add_flag("--strict", options.strict, "the first fault of the guest ends the run")
        ->group(kGroup);
}

void add_output_options(CLI::App& run, RunOptions& options, Texts& texts) {
    constexpr const char* kGroup = "Input and output";
    run.add_option("--console", texts.console,
                   "stdio, or file:F, which takes the output while there is no input")
        ->group(kGroup)
        ->type_name("stdio|file:FILE");
    run.add_option("--net", texts.net,
                   "a network device: user, a network of its own that reaches out through this "
                   "program; loop, a neighbour who answers")
        ->group(kGroup)
        ->type_name("user|loop");
    run.add_option("--forward", texts.forwards,
                   "connections to a port of 127.0.0.1 go to one of the guest; with --net user; "
                   "may be repeated")
        ->allow_extra_args(false)
        ->group(kGroup)
        ->type_name("tcp:HOSTPORT:GUESTPORT");
    run.add_option("--console-device", texts.console_device,
                   "what takes the input: the uart, or a virtio console, which is there only then; "
                   "the output of both is shown")
        ->group(kGroup)
        ->type_name("uart|virtio");
    run.add_option("--gdb", texts.gdb,
                   "GDB's remote protocol on this TCP port of 127.0.0.1 (0: one that is free); the "
                   "run begins when GDB has connected, or at once with ,nowait")
        ->group(kGroup)
        ->type_name("PORT[,nowait]");
    auto* record = run.add_option("--record", options.record, "write all input to this file")
                       ->group(kGroup)
                       ->type_name("FILE");
    run.add_option("--replay", options.replay, "repeat a recorded run, without any input")
        ->excludes(record)
        ->group(kGroup)
        ->type_name("FILE");
    run.add_option("--stats", options.stats, "write statistics to this file, as JSON")
        ->group(kGroup)
        ->type_name("FILE");
    run.add_option("--report", options.report_files,
                   "write where time, bytes and energy went, by layer and operation, to this file, "
                   "as text, JSON or a page by its ending; may be repeated")
        ->allow_extra_args(false)
        ->group(kGroup)
        ->type_name("FILE.txt|FILE.json|FILE.html");
    run.add_option("--reports", options.reports,
                   "folder for page, replay and waveform if a tile in lockstep differs")
        ->check(CLI::ExistingDirectory)
        ->group(kGroup)
        ->type_name("FOLDER");
    run.add_option("--save", texts.saves, "writes memory to a file at the end; may be repeated")
        ->allow_extra_args(false)
        ->group(kGroup)
        ->type_name("FILE@ADDRESS:LENGTH");
    run.add_option("--signature", options.signature,
                   "write begin_signature to end_signature, as architecture tests expect")
        ->group(kGroup)
        ->type_name("FILE");
}

void add_diagnosis_options(CLI::App& run, RunOptions& options, Texts& texts) {
    constexpr const char* kGroup = "Diagnosis";
    run.add_option("--trace", options.trace,
                   "write a timeline of harts, engines and memories, which Perfetto opens and "
                   "`athena trace` sums up")
        ->group(kGroup)
        ->type_name("FILE");
    run.add_flag("--trace-functions", options.trace_functions,
                 "with --trace: also the functions that harts run, by the symbols of the "
                 "program and of --symbols; harts run slower by far")
        ->group(kGroup);
    run.add_option("--trace-cpu", texts.cpu_trace,
                   "write each instruction and trap of the harts to this file")
        ->group(kGroup)
        ->type_name("FILE[,harts=N-M][,from=TIME][,until=TIME]");
    run.add_option("--log", texts.log,
                   "tell what parts of the board do: board, bus, command, guest, hart, virtio or "
                   "all, at off, warning, info, debug or trace; may be repeated, the later one "
                   "wins")
        ->allow_extra_args(false)
        ->group(kGroup)
        ->type_name("SUBSYSTEM[=LEVEL][,...]");
    run.add_option("--log-file", options.log.file, "write the log there, not to standard error")
        ->group(kGroup)
        ->type_name("FILE");
    run.add_option("--symbols", options.symbols,
                   "ELF file, as vmlinux, that names code in traces; may be repeated")
        ->allow_extra_args(false)
        ->group(kGroup)
        ->type_name("FILE");
}

void check_report_file(const std::string& file) {
    const std::string ending = std::filesystem::path(file).extension();
    if (ending != ".txt" && ending != ".json" && ending != ".html") {
        throw UsageError("--report " + file +
                         ": expected a file name that ends in .txt, .json or .html");
    }
}

void check(RunOptions& options, const Texts& texts) {
    for (const std::string& file : options.report_files) {
        check_report_file(file);
    }
    if (texts.loads.size() > kMostLoads) {
        throw UsageError("--load: " + std::to_string(texts.loads.size()) +
                         " files, expected at most " + std::to_string(kMostLoads));
    }
    for (const std::string& text : texts.loads) {
        options.loads.push_back(parse_load(text));
    }
    if (texts.drives.size() > platform::kMostDrives) {
        throw UsageError("--drive: " + std::to_string(texts.drives.size()) +
                         " files, expected at most " + std::to_string(platform::kMostDrives));
    }
    for (const std::string& text : texts.drives) {
        options.drives.push_back(parse_drive(text));
    }
    if (texts.flashes.size() > platform::kFlashBanks) {
        throw UsageError("--flash: " + std::to_string(texts.flashes.size()) +
                         " files, expected at most " + std::to_string(platform::kFlashBanks));
    }
    for (const std::string& text : texts.flashes) {
        options.flashes.push_back(parse_drive(text));
    }
    for (const std::string& text : texts.saves) {
        options.saves.push_back(parse_save(text));
    }
    if (texts.net) {
        options.net = parse_net(*texts.net);
    }
    for (const std::string& text : texts.forwards) {
        options.forwards.push_back(parse_forward(text));
    }
    if (!options.forwards.empty() && options.net != Net::User) {
        throw UsageError("--forward: only with --net user");
    }
    options.seed = number("--seed", texts.seed);
    if (texts.quantum) {
        options.quantum = duration("--quantum", *texts.quantum);
    }
    if (texts.max_time) {
        options.max_time = duration("--max-time", *texts.max_time);
    }
    if (texts.max_instructions) {
        options.max_instructions = number("--max-instructions", *texts.max_instructions);
    }
    options.console = parse_console(texts.console);
    options.virtio_console = parse_console_device(texts.console_device);
    options.pace = parse_pace(texts.pace);
    for (const std::string& text : texts.log) {
        set_log_levels(text, options.log.levels);
    }
    if (options.log.file && texts.log.empty()) {
        throw UsageError("--log-file " + *options.log.file +
                         ": there is nothing to write without --log");
    }
    if (options.trace_functions && (!options.trace || texts.cpu_trace)) {
        throw UsageError("--trace-functions: only with --trace, and without --trace-cpu");
    }
    if (texts.cpu_trace) {
        options.cpu_trace = parse_cpu_trace(*texts.cpu_trace);
    }
    if (texts.gdb) {
        options.gdb = parse_debugger(*texts.gdb);
    }
    if (!options.firmware && !options.bios && !options.kernel) {
        throw UsageError("nothing to run: give --firmware, --bios or --kernel");
    }
    if (options.firmware && (options.bios || options.kernel)) {
        throw UsageError("--firmware starts the board itself: not with --bios or --kernel");
    }
    if (options.initrd && !options.kernel) {
        throw UsageError("--initrd: only with --kernel");
    }
}

void add_cosim_options(CLI::App& command, CosimOptions& options) {
    // Numbers below 0 wrap, and those above 2^64 saturate, to beyond these ranges.
    constexpr std::uint64_t kMost = 1'000'000'000'000;
    const CLI::Range range(std::uint64_t{0}, kMost);
    command.add_option("--seed", options.seed, "seed of all that is random, at most 10^12")
        ->check(range)
        ->type_name("N");
    command
        .add_option("--commands", options.commands,
                    "matmul commands to run, at most 10^12 (1000 unless said)")
        ->check(range)
        ->type_name("N");
    command
        .add_option("--stall", options.stall,
                    "chance in percent that each AXI channel and the completion stream hesitate in "
                    "a cycle (unless said, 0, 10, 50 or 90 for each channel of each round)")
        ->check(CLI::Range(0u, 99u))
        ->type_name("PERCENT");
    command.add_option("--bins", options.bins, "write the hits of every bin of the plan")
        ->type_name("FILE");
    command
        .add_option("--wave-cycles", options.wave_cycles,
                    "cycles of the waveform at a difference (200 unless said)")
        ->check(CLI::Range(1u, 1'000'000u))
        ->type_name("N");
    command
        .add_option("--reports", options.reports,
                    "folder for page, replay and waveform at a difference")
        ->check(CLI::ExistingDirectory)
        ->type_name("FOLDER");
    command
        .add_option("--replay", options.replay,
                    "repeat the round of a file that was written at a difference")
        ->excludes("--seed", "--commands", "--stall", "--bins")
        ->type_name("FILE");
    command.footer(
        "Exit status: 0 no difference, 2 bad usage or replay file, 3 a difference between the\n"
        "Verilated RTL and the model, 130 Ctrl-C, after the round that runs.\n");
}

void add_regress_options(CLI::App& command, regress::Options& options) {
    command.add_option("SUITE", options.suite, "suite file")->required();
    command.add_option("-j,--jobs", options.jobs, "runs at a time")
        ->check(CLI::Range(1u, 1024u))
        ->type_name("N");
    command.add_option("--junit", options.junit, "write JUnit XML")->type_name("FILE");
    command.add_option("--filter", options.filter, "regular expression on names and labels")
        ->type_name("REGEX");
    command.add_option("--out", options.folder, "folder for what the runs write")
        ->type_name("FOLDER");
    command.add_flag("--list", options.list, "print the runs and stop");
    command.add_option("--shard", options.shard, "part i of n of the runs, as 2/8")
        ->type_name("I/N");
    command
        .add_option("--repeat", options.repeat,
                    "run each so often; what is not the same each time has failed")
        ->check(CLI::Range(1u, 1000u))
        ->type_name("N");
    auto* const resume =
        command.add_flag("--resume", options.resume,
                         "go on with an invocation that was ended: only what has no result");
    command
        .add_flag("--rerun-failed", options.rerun_failed,
                  "only what did not pass in the last invocation")
        ->excludes(resume);
    command
        .add_option("--history", options.history,
                    "file of the last invocations, for trends; in --out unless given")
        ->type_name("FILE");
    command.add_option("--executor", options.executor, "local, or slurm: as job arrays")
        ->transform(CLI::CheckedTransformer(std::map<std::string, regress::Executor>{
            {"local", regress::Executor::Local}, {"slurm", regress::Executor::Slurm}}))
        ->type_name("WHERE");
    command.add_option("--slurm", options.slurm_arguments, "an argument of sbatch; repeatable")
        ->type_name("ARG");
    // What a task of a farm is told.
    command.add_option("--worker", options.worker)->group("");
    command.add_option("--submission", options.submission)->group("");
}

void add_trace_options(CLI::App& command, trace::SummaryOptions& options) {
    command.add_option("FILE", options.file, "timeline of `athena run --trace`")->required();
    command.add_flag("--path", options.path, "print each link of the critical path");
}

/// The commands with their options, and what they say once parsed.
class Commands {
  public:
    explicit Commands(CLI::App& app)
        : run_(*app.add_subcommand("run", "run a program on a board")),
          describe_(*app.add_subcommand("describe", "print a board's blocks and memory map")),
          dts_(*app.add_subcommand("dts", "print a board's device tree")),
          cosim_(*app.add_subcommand(
              "cosim", "the tile alone: its RTL against the model on random commands and traffic")),
          regress_(*app.add_subcommand("regress", "run a suite of runs")),
          trace_(*app.add_subcommand("trace", "sum up a timeline that --trace has written")) {
        app.add_subcommand("boards", "list the shipped boards");
        add_board_options(run_, run_options_.board);
        add_image_options(run_, run_options_, texts_);
        add_flash_option(run_, texts_);
        add_limit_options(run_, run_options_, texts_);
        add_output_options(run_, run_options_, texts_);
        add_diagnosis_options(run_, run_options_, texts_);
        run_.footer(kExitStatuses);
        add_board_options(describe_, describe_options_.board);
        add_board_options(dts_, dts_options_.board);
        add_chosen_options(dts_, dts_options_.append, texts_);
        add_cosim_options(cosim_, cosim_options_);
        add_regress_options(regress_, regress_options_);
        add_trace_options(trace_, trace_options_);
    }

    /// Of the one that was given.
    [[nodiscard]] Command command() {
        if (run_.parsed()) {
            check(run_options_, texts_);
            return std::move(run_options_);
        }
        if (describe_.parsed()) {
            return std::move(describe_options_);
        }
        if (dts_.parsed()) {
            dts_options_.seed = number("--seed", texts_.seed);
            return std::move(dts_options_);
        }
        if (cosim_.parsed()) {
            return std::move(cosim_options_);
        }
        if (regress_.parsed()) {
            return std::move(regress_options_);
        }
        if (trace_.parsed()) {
            return std::move(trace_options_);
        }
        return BoardsOptions{};
    }

  private:
    RunOptions run_options_;
    DescribeOptions describe_options_;
    DtsOptions dts_options_;
    CosimOptions cosim_options_;
    regress::Options regress_options_;
    trace::SummaryOptions trace_options_;
    Texts texts_;
    CLI::App& run_;
    CLI::App& describe_;
    CLI::App& dts_;
    CLI::App& cosim_;
    CLI::App& regress_;
    CLI::App& trace_;
};

}  // namespace

std::variant<Options, std::string> parse_command_line(int argc, const char* const* argv) {
    CLI::App app("A virtual board of an Athena-class accelerator.", "athena");
    app.set_version_flag("--version", version_text());
    const auto answer = [](const std::string& text) { throw CLI::CallForVersion(text, 0); };
    app.add_flag_callback(
        "--completion", [&] { answer(bash_completion(app)); },
        "Print bash's completion of this command line and exit");
    app.add_flag_callback(
        "--manual", [&] { answer(manual_page(app, "athena " + std::string(version()))); },
        "Print the manual page and exit");
    app.require_subcommand(1);
    Commands commands(app);
    app.footer(kExamples);  // after the commands, which would take it over
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        return app.help();
    } catch (const CLI::CallForAllHelp&) {
        return app.help();
    } catch (const CLI::CallForVersion& version_text) {
        return std::string(version_text.what()) + "\n";
    } catch (const CLI::ParseError& error) {
        throw UsageError(std::string(error.what()) + " (athena --help lists what there is)");
    }
    return Options{commands.command(), {argv, argv + argc}};
}

}  // namespace athena::sim
