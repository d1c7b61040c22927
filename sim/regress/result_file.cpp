// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/result_file.h"

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "sim/regress/judge.h"

namespace athena::regress {

namespace {

class Hash {
  public:
    void add(const std::string& text) {
        for (const char c : text + '\0') {
            value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001B3;  // FNV-1a
        }
    }
    void add_file(const std::filesystem::path& path) {
        std::error_code error;
        if (std::filesystem::is_regular_file(path, error)) {
            const auto time = std::filesystem::last_write_time(path, error).time_since_epoch();
            add(std::to_string(std::filesystem::file_size(path, error)) + '.' +
                std::to_string(time.count()));
        }
    }
    [[nodiscard]] std::string text() const {
        std::ostringstream text;
        text << std::hex << value_;
        return text.str();
    }

  private:
    std::uint64_t value_ = 0xCBF29CE484222325;
};

}  // namespace

std::string fingerprint(const Run& run, const std::filesystem::path& program) {
    Hash hash;
    hash.add_file(program);
    for (const std::string& word : run.arguments) {
        hash.add(word);
        hash.add_file(word);
        hash.add_file(word.substr(0, word.find('@')));                        // --load FILE@ADDR
        hash.add_file(program.parent_path() / "firmware" / (word + ".elf"));  // a shipped one
    }
    hash.add(std::to_string(run.exit_status));
    for (const std::string& pattern : run.console) {
        hash.add(pattern);
    }
    for (const std::string& pattern : run.forbidden) {
        hash.add("!" + pattern);
    }
    for (const Bound& bound : run.bounds) {
        hash.add(bound.path + ' ' + std::to_string(bound.least.value_or(-1e300)) + ' ' +
                 std::to_string(bound.most.value_or(1e300)));
    }
    if (run.known_failure) {
        hash.add(run.known_failure->reason +
                 std::to_string(run.known_failure->until.time_since_epoch().count()));
    }
    hash.add(std::to_string(run.timeout.count()) + ' ' +
             std::to_string(run.memory_mib.value_or(0)) + ' ' + std::to_string(run.output_mib));
    for (const auto& file : {run.signature, run.losses}) {
        hash.add_file(file.value_or(""));
    }
    return hash.text();
}

void replace_file(const std::filesystem::path& file, const std::string& content) {
    const std::filesystem::path fresh = file.string() + "." + std::to_string(getpid()) + ".new";
    std::ofstream out(fresh, std::ios::binary);
    out << content;
    out.close();
    std::error_code error;
    if (out) {
        std::filesystem::rename(fresh, file, error);
    }
    if (!out || error) {
        std::error_code ignored;
        std::filesystem::remove(fresh, ignored);
        throw SuiteError(file.string() + ": cannot be written");
    }
}

void write_result(const std::filesystem::path& folder, const Result& result) {
    const nlohmann::json json = {{"verdict", name_of(result.verdict)},
                                 {"reason", result.reason},
                                 {"seconds", result.seconds},
                                 {"fingerprint", result.fingerprint},
                                 {"submission", result.submission}};
    using Handler = nlohmann::json::error_handler_t;
    replace_file(folder / "result.json", json.dump(1, ' ', false, Handler::replace) + "\n");
}

std::optional<Result> read_result(const std::filesystem::path& folder) {
    const auto json = nlohmann::json::parse(read_file(folder / "result.json"), nullptr, false);
    if (!json.is_object()) {
        return std::nullopt;
    }
    try {
        return Result{.verdict = verdict_named(json.at("verdict").get<std::string>()),
                      .reason = json.at("reason"),
                      .seconds = json.at("seconds"),
                      .fingerprint = json.at("fingerprint"),
                      .submission = json.at("submission")};
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

}  // namespace athena::regress
