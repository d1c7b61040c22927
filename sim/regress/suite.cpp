// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/suite.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "sim/regress/matrix.h"
#include "sim/regress/reader.h"

namespace athena::regress {

namespace {

/// The library's parser of expressions recurses.
constexpr std::size_t kLongestPattern = 1000;
constexpr unsigned kDeepestInclude = 8;

bool is_name_character(unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.');
}

/// A name is a folder's too.
bool is_name(const std::string& text) {
    constexpr std::size_t kLongest = 100;
    return !text.empty() && text.size() <= kLongest && text.front() != '.' &&
           std::ranges::all_of(text, is_name_character);
}

std::string as_name(std::string text) {
    std::ranges::replace_if(
        text, [](unsigned char c) { return !is_name_character(c); }, '_');
    return text;
}

bool is_regex(const std::string& text) {
    try {
        (void)std::regex(text);
        return true;
    } catch (const std::regex_error&) {
        return false;
    }
}

/// Reads the runs of one file. Strings may hold {key} of the run's matrix, {suite} and {folder}.
class SuiteReader {
  public:
    SuiteReader(const std::filesystem::path& file, Suite& suite, std::set<std::string>& names)
        : reader_(file.string()),
          folder_(std::filesystem::absolute(file).parent_path()),
          suite_(suite),
          names_(names) {}

    void read_runs(const toml::table& table) {
        defaults_ = reader_.table(table, "defaults");
        if (defaults_ != nullptr) {
            check_keys(*defaults_);
        }
        const toml::node* const runs = table.get("run");
        if (runs == nullptr) {
            return;
        }
        if (!runs->is_array_of_tables()) {
            reader_.fail(*runs, "'run' must be tables [[run]]");
        }
        for (const toml::node& node : *runs->as_array()) {
            run_ = node.as_table();
            check_keys(*run_);
            read_matrix();
        }
    }

  private:
    void check_keys(const toml::table& table) const {
        reader_.check_keys(
            table, {"name",   "board",         "firmware",  "bios",      "kernel",     "initrd",
                    "append", "memory",        "harts",     "load",      "fidelity",   "set",
                    "seed",   "command",       "arguments", "exit",      "console",    "forbidden",
                    "bounds", "signature",     "losses",    "timeout_s", "memory_mib", "output_mib",
                    "labels", "known_failure", "matrix"});
    }
    /// The table that has the key: the run's, else the defaults.
    [[nodiscard]] const toml::table& at(const char* key) const {
        return defaults_ != nullptr && !run_->contains(key) && defaults_->contains(key) ? *defaults_
                                                                                        : *run_;
    }

    std::string value_text(const toml::node& node) const {
        if (const auto* text = node.as_string()) {
            return text->get();
        }
        if (const auto* number = node.as_integer()) {
            return std::to_string(number->get());
        }
        reader_.fail(node, "a matrix holds strings and whole numbers");
    }

    std::vector<std::string> values_of(std::string_view key, const toml::node& node) const {
        std::vector<std::string> values;
        if (const toml::table* range = node.as_table()) {
            reader_.check_keys(*range, {"from", "to"});
            const std::int64_t from = reader_.number(*range, "from", 0, 0, INT64_MAX - 1);
            const std::int64_t to = reader_.number(*range, "to", -1, 0, INT64_MAX - 1);
            if (to < from || static_cast<std::uint64_t>(to - from) >= kMostRuns) {
                reader_.fail(node, "'" + std::string(key) + "' must run from a number to one not " +
                                       "below it, of at most " + std::to_string(kMostRuns));
            }
            for (std::int64_t value = from; value <= to; ++value) {
                values.push_back(std::to_string(value));
            }
        } else if (const toml::array* array = node.as_array(); array && !array->empty()) {
            for (const toml::node& value : *array) {
                values.push_back(value_text(value));
            }
        } else {
            reader_.fail(node, "'" + std::string(key) +
                                   "' must be an array of values or { from = …, to = … }");
        }
        return values;
    }

    void read_matrix() {
        Matrix matrix;
        if (const toml::table* const node = reader_.table(at("matrix"), "matrix")) {
            for (const auto& [key, value] : *node) {
                if (key.str() == "folder" || key.str() == "suite") {
                    reader_.fail(value, "a matrix cannot have the key '" + std::string(key.str()) +
                                            "', which stands for a folder");
                }
                matrix.emplace_back(key.str(), values_of(key.str(), value));
            }
        }
        if (combinations(matrix) + suite_.runs.size() > kMostRuns) {
            reader_.fail(*run_, "more than " + std::to_string(kMostRuns) + " runs");
        }
        for_each_combination(matrix, [&](const Combination& combination) {
            Run run = read_run(combination);
            if (!names_.insert(run.name).second) {
                reader_.fail(*run_, "two runs are named '" + run.name + "'");
            }
            suite_.runs.push_back(std::move(run));
        });
    }

    /// Settings of the matrix that are keys of a run and not given as such.
    [[nodiscard]] std::optional<std::string> text(const char* key) const {
        if (const auto given = reader_.text(at(key), key)) {
            return filled(*given);
        }
        const auto setting = combination_->find(key);
        return setting == combination_->end() ? std::nullopt : std::optional(setting->second);
    }
    [[nodiscard]] std::vector<std::string> texts(const char* key) const {
        std::vector<std::string> result = reader_.texts(at(key), key);
        std::ranges::transform(result, result.begin(),
                               [&](const std::string& one) { return filled(one); });
        if (const auto setting = combination_->find(key); setting != combination_->end()) {
            result.push_back(setting->second);
        }
        return result;
    }
    [[nodiscard]] std::string filled(const std::string& text) const {
        return substitute(substitute(text, *combination_), {{"suite", folder_.string()}});
    }

    void read_board_run(std::vector<std::string>& arguments) const {
        const auto board = text("board");
        if (!board) {
            reader_.fail(*run_, "'board' is missing");
        }
        arguments.push_back(*board);
        for (const char* key : {"firmware", "bios", "kernel", "initrd", "append", "memory"}) {
            if (const auto value = text(key)) {
                arguments.insert(arguments.end(), {std::string("--") + key, *value});
            }
        }
        for (const char* key : {"seed", "harts"}) {
            if (at(key).contains(key)) {
                const std::int64_t value = reader_.number(at(key), key, 0, 0, INT64_MAX);
                arguments.insert(arguments.end(), {std::string("--") + key, std::to_string(value)});
            } else if (const auto found = combination_->find(key); found != combination_->end()) {
                arguments.insert(arguments.end(), {std::string("--") + key, found->second});
            }
        }
        for (const char* key : {"load", "fidelity", "set"}) {
            for (const std::string& value : texts(key)) {
                arguments.insert(arguments.end(), {std::string("--") + key, value});
            }
        }
    }

    void read_patterns(const char* key, std::vector<std::string>& patterns) {
        patterns = texts(key);
        for (const std::string& pattern : patterns) {
            if (good_patterns_.contains(pattern)) {
                continue;  // of another run of a matrix
            }
            if (pattern.size() > kLongestPattern || !is_regex(pattern)) {
                reader_.fail(*at(key).get(key),
                             "'" + pattern + "' is not a regular expression of at most " +
                                 std::to_string(kLongestPattern) + " characters");
            }
            good_patterns_.insert(pattern);
        }
    }

    void read_bounds(Run& run) const {
        const toml::table* const bounds = reader_.table(at("bounds"), "bounds");
        if (bounds == nullptr) {
            return;
        }
        for (const auto& [path, value] : *bounds) {
            Bound bound{.path = std::string(path.str())};
            if (const auto exact = value.value<double>()) {
                bound.least = bound.most = exact;
            } else if (const toml::table* const range = value.as_table()) {
                reader_.check_keys(*range, {"min", "max"});
                bound.least = (*range)["min"].value<double>();
                bound.most = (*range)["max"].value<double>();
            }
            if (!bound.least && !bound.most) {
                reader_.fail(value, "bound of '" + bound.path +
                                        "': expected a number or { min = …, max = … }");
            }
            run.bounds.push_back(bound);
        }
    }

    [[nodiscard]] std::optional<std::filesystem::path> expected_file(const char* key) const {
        const auto name = text(key);
        if (!name) {
            return std::nullopt;
        }
        const std::filesystem::path file = folder_ / *name;
        if (!std::filesystem::is_regular_file(file)) {
            reader_.fail(*at(key).get(key), "'" + std::string(key) + "': no file " + file.string());
        }
        return file;
    }

    [[nodiscard]] std::optional<KnownFailure> known_failure() const {
        const toml::table* const known = reader_.table(at("known_failure"), "known_failure");
        if (known == nullptr) {
            return std::nullopt;
        }
        reader_.check_keys(*known, {"reason", "until"});
        const auto* const until = known->get_as<toml::date>("until");
        if (until == nullptr) {
            reader_.fail(*known, "a known failure needs a day: until = 2030-12-31");
        }
        const toml::date day = until->get();
        return KnownFailure{reader_.required_text(*known, "reason"),
                            std::chrono::year(day.year) / day.month / day.day};
    }

    [[nodiscard]] std::string name_of() const {
        const std::string given = reader_.required_text(*run_, "name");
        std::string name = substitute(given, *combination_);
        for (const auto& [key, value] : *combination_) {
            if (given.find('{' + key + '}') == std::string::npos) {
                name += '-' + value;
            }
        }
        const std::string result = combination_->empty() ? name : as_name(name);
        constexpr std::array<std::string_view, 5> kTaken = {"lock", "slurm", "history.jsonl",
                                                            "report.html", "report.json"};
        if (std::ranges::find(kTaken, result) != kTaken.end()) {
            reader_.fail(*run_->get("name"), "name '" + result + "' is that of a file in --out");
        }
        if (!is_name(result)) {
            reader_.fail(*run_->get("name"), "name '" + (combination_->empty() ? given : result) +
                                                 "', expected 1 to 100 of letters, "
                                                 "digits, - _ . and no . in front");
        }
        return result;
    }

    Run read_run(const Combination& combination) {
        combination_ = &combination;
        Run run;
        run.name = name_of();
        run.settings = combination;
        const std::string command = text("command").value_or("run");
        run.arguments.push_back(command);
        if (command == "run") {
            read_board_run(run.arguments);
        } else if (command == "cosim") {
            reader_.check_keys(
                *run_, {"name", "command", "arguments", "exit", "console", "forbidden", "timeout_s",
                        "memory_mib", "output_mib", "labels", "known_failure", "matrix"});
        } else {
            reader_.fail(*at("command").get("command"),
                         "command '" + command + "', expected run or cosim");
        }
        const auto more = texts("arguments");
        for (const char* const text : {"-h", "--help"}) {
            if (std::ranges::find(more, text) != more.end()) {
                reader_.fail(
                    *at("arguments").get("arguments"),
                    "'" + std::string(text) + "' only prints a text: nothing would be run");
            }
        }
        run.arguments.insert(run.arguments.end(), more.begin(), more.end());
        run.signature = expected_file("signature");
        if (run.signature) {
            run.arguments.insert(run.arguments.end(), {"--signature", "{folder}/signature.txt"});
        }
        run.losses = expected_file("losses");
        run.exit_status = static_cast<int>(reader_.number(at("exit"), "exit", 0, 0, 255));
        run.timeout =
            std::chrono::seconds(reader_.number(at("timeout_s"), "timeout_s", 60, 1, 86400));
        if (at("memory_mib").contains("memory_mib")) {
            run.memory_mib = static_cast<std::uint64_t>(
                reader_.number(at("memory_mib"), "memory_mib", 0, 1, 1 << 24));
        }
        run.output_mib = static_cast<std::uint64_t>(
            reader_.number(at("output_mib"), "output_mib", 64, 1, 1 << 20));
        run.labels = reader_.texts(at("labels"), "labels");
        read_patterns("console", run.console);
        read_patterns("forbidden", run.forbidden);
        read_bounds(run);
        run.known_failure = known_failure();
        return run;
    }

    Reader reader_;
    std::filesystem::path folder_;
    Suite& suite_;
    std::set<std::string>& names_;
    std::set<std::string> good_patterns_;
    const toml::table* defaults_ = nullptr;
    // Of what is being read.
    const toml::table* run_ = nullptr;
    const Combination* combination_ = nullptr;
};

toml::table parse(const std::string& text, const std::string& name) {
    try {
        return toml::parse(text, name);
    } catch (const toml::parse_error& error) {
        throw SuiteError(name + ":" + std::to_string(error.source().begin.line) + ": " +
                         std::string(error.description()));
    }
}

std::string read_text(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) {
        throw SuiteError(file.string() + ": no such suite file");
    }
    std::ifstream input(file, std::ios::binary);
    std::ostringstream text;
    text << input.rdbuf();
    if (!input) {
        throw SuiteError(file.string() + ": cannot be read");
    }
    return text.str();
}

/// The name of the suite in `text`; its runs, and those of what it includes, go to `suite`.
std::string read_suite(const std::string& text, const std::filesystem::path& file, unsigned depth,
                       Suite& suite, std::set<std::string>& names) {
    const toml::table table = parse(text, file.string());
    const Reader reader(file.string());
    reader.check_keys(table, {"format", "name", "include", "defaults", "run"});
    if (reader.number(table, "format", 0, 0, 1'000'000) != 1) {
        reader.fail(table, "'format' must be 1, the version that this program reads");
    }
    std::string suite_name = reader.required_text(table, "name");
    const std::size_t before = suite.runs.size();
    const std::vector<std::string> included = reader.texts(table, "include");
    if (!included.empty() && depth == kDeepestInclude) {
        reader.fail(*table.get("include"), "suites include each other more than " +
                                               std::to_string(kDeepestInclude) + " deep");
    }
    for (const std::string& other : included) {
        const std::filesystem::path path = file.parent_path() / other;
        (void)read_suite(read_text(path), path, depth + 1, suite, names);
    }
    SuiteReader(file, suite, names).read_runs(table);
    if (suite.runs.size() == before) {
        reader.fail(table, "no [[run]] in the suite");
    }
    return suite_name;
}

}  // namespace

Suite parse_suite(const std::string& text, const std::filesystem::path& file) {
    Suite suite;
    std::set<std::string> names;
    suite.name = read_suite(text, file, 0, suite, names);
    return suite;
}

Suite load_suite(const std::filesystem::path& file) {
    return parse_suite(read_text(file), file);
}

}  // namespace athena::regress
