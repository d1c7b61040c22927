// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/suite.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace athena::regress {

namespace {

/// The library's parser of expressions recurses.
constexpr std::size_t kLongestPattern = 1000;

class Reader {
  public:
    explicit Reader(std::string file) : file_(std::move(file)) {}

    [[noreturn]] void fail(const toml::node& node, const std::string& reason) const {
        throw SuiteError(file_ + ":" + std::to_string(node.source().begin.line) + ": " + reason);
    }

    void check_keys(const toml::table& table, std::initializer_list<std::string_view> known) const {
        for (const auto& [key, value] : table) {
            if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
                std::string names;
                for (const std::string_view name : known) {
                    names += (names.empty() ? "" : ", ") + std::string(name);
                }
                fail(value,
                     "unknown key '" + std::string(key.str()) + "', expected one of " + names);
            }
        }
    }

    [[nodiscard]] std::optional<std::string> text(const toml::table& table,
                                                  std::string_view key) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) {
            return std::nullopt;
        }
        if (!node->is_string()) {
            fail(*node, "'" + std::string(key) + "' must be a string");
        }
        return node->as_string()->get();
    }

    [[nodiscard]] std::string required_text(const toml::table& table, std::string_view key) const {
        const auto found = text(table, key);
        if (!found) {
            fail(table, "'" + std::string(key) + "' is missing");
        }
        return *found;
    }

    [[nodiscard]] std::int64_t number(const toml::table& table, std::string_view key,
                                      std::int64_t otherwise, std::int64_t least,
                                      std::int64_t most) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) {
            return otherwise;
        }
        if (!node->is_integer() || node->as_integer()->get() < least ||
            node->as_integer()->get() > most) {
            fail(*node, "'" + std::string(key) + "' must be a whole number from " +
                            std::to_string(least) + " to " + std::to_string(most));
        }
        return node->as_integer()->get();
    }

    [[nodiscard]] std::vector<std::string> texts(const toml::table& table,
                                                 std::string_view key) const {
        std::vector<std::string> result;
        const toml::node* node = table.get(key);
        if (node == nullptr) {
            return result;
        }
        if (!node->is_array()) {
            fail(*node, "'" + std::string(key) + "' must be an array of strings");
        }
        for (const toml::node& entry : *node->as_array()) {
            if (!entry.is_string()) {
                fail(entry, "'" + std::string(key) + "' must hold strings only");
            }
            result.push_back(entry.as_string()->get());
        }
        return result;
    }

  private:
    std::string file_;
};

/// A name is a folder's too.
bool is_name(const std::string& text) {
    constexpr std::size_t kLongest = 100;
    return !text.empty() && text.size() <= kLongest && text.front() != '.' &&
           std::ranges::all_of(text, [](unsigned char c) {
               return c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.');
           });
}

bool is_regex(const std::string& text) {
    try {
        (void)std::regex(text);
        return true;
    } catch (const std::regex_error&) {
        return false;
    }
}

void read_run_arguments(const Reader& reader, const toml::table& table,
                        std::vector<std::string>& arguments) {
    arguments.push_back(reader.required_text(table, "board"));
    for (const char* key : {"firmware", "kernel", "append"}) {
        if (const auto value = reader.text(table, key)) {
            arguments.insert(arguments.end(), {std::string("--") + key, *value});
        }
    }
    if (table.contains("seed")) {
        const std::int64_t seed = reader.number(table, "seed", 0, 0, INT64_MAX);
        arguments.insert(arguments.end(), {"--seed", std::to_string(seed)});
    }
    for (const char* key : {"load", "fidelity", "set"}) {
        for (const std::string& value : reader.texts(table, key)) {
            arguments.insert(arguments.end(), {std::string("--") + key, value});
        }
    }
}

Run read_run(const Reader& reader, const toml::table& table) {
    reader.check_keys(
        table, {"name", "board", "firmware", "kernel", "append", "load", "fidelity", "set", "seed",
                "command", "arguments", "exit", "console", "timeout_s", "labels"});
    Run run;
    run.name = reader.required_text(table, "name");
    if (!is_name(run.name)) {
        reader.fail(*table.get("name"), "name '" + run.name +
                                            "', expected 1 to 100 of letters, "
                                            "digits, - _ . and no . in front");
    }
    const std::string command = reader.text(table, "command").value_or("run");
    run.arguments.push_back(command);
    if (command == "run") {
        read_run_arguments(reader, table, run.arguments);
    } else if (command == "cosim") {
        reader.check_keys(
            table, {"name", "command", "arguments", "exit", "console", "timeout_s", "labels"});
    } else {
        reader.fail(*table.get("command"), "command '" + command + "', expected run or cosim");
    }
    const auto more = reader.texts(table, "arguments");
    for (const char* const text : {"-h", "--help"}) {
        if (std::ranges::find(more, text) != more.end()) {
            reader.fail(*table.get("arguments"),
                        "'" + std::string(text) + "' only prints a text: nothing would be run");
        }
    }
    run.arguments.insert(run.arguments.end(), more.begin(), more.end());
    run.exit_status = static_cast<int>(reader.number(table, "exit", 0, 0, 255));
    run.timeout = std::chrono::seconds(reader.number(table, "timeout_s", 60, 1, 86400));
    run.labels = reader.texts(table, "labels");
    run.console = reader.texts(table, "console");
    for (const std::string& pattern : run.console) {
        if (pattern.size() > kLongestPattern || !is_regex(pattern)) {
            reader.fail(*table.get("console"), "'" + pattern +
                                                   "' is not a regular expression of at most " +
                                                   std::to_string(kLongestPattern) + " characters");
        }
    }
    return run;
}

}  // namespace

Suite parse_suite(const std::string& text, const std::string& name) {
    toml::table table;
    try {
        table = toml::parse(text, name);
    } catch (const toml::parse_error& error) {
        throw SuiteError(name + ":" + std::to_string(error.source().begin.line) + ": " +
                         std::string(error.description()));
    }
    const Reader reader(name);
    reader.check_keys(table, {"format", "name", "run"});
    if (reader.number(table, "format", 0, 0, 1'000'000) != 1) {
        reader.fail(table, "'format' must be 1, the version that this program reads");
    }
    Suite suite;
    suite.name = reader.required_text(table, "name");
    const toml::node* runs = table.get("run");
    if (runs == nullptr || !runs->is_array_of_tables() || runs->as_array()->empty()) {
        reader.fail(table, "no [[run]] in the suite");
    }
    std::set<std::string> names;
    for (const toml::node& node : *runs->as_array()) {
        Run run = read_run(reader, *node.as_table());
        if (!names.insert(run.name).second) {
            reader.fail(node, "two runs are named '" + run.name + "'");
        }
        suite.runs.push_back(std::move(run));
    }
    return suite;
}

Suite load_suite(const std::filesystem::path& file) {
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
    return parse_suite(text.str(), file.string());
}

}  // namespace athena::regress
