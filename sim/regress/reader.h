// SPDX-License-Identifier: Apache-2.0
// Values of a table of a suite file: of the expected kind, or an error with file and line.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace athena::regress {

class Reader {
  public:
    explicit Reader(std::string file) : file_(std::move(file)) {}

    [[noreturn]] void fail(const toml::node& node, const std::string& reason) const;
    void check_keys(const toml::table& table, std::initializer_list<std::string_view> known) const;
    [[nodiscard]] std::optional<std::string> text(const toml::table& table,
                                                  std::string_view key) const;
    [[nodiscard]] std::string required_text(const toml::table& table, std::string_view key) const;
    [[nodiscard]] std::int64_t number(const toml::table& table, std::string_view key,
                                      std::int64_t otherwise, std::int64_t least,
                                      std::int64_t most) const;
    /// An array of strings; empty if the key is not there.
    [[nodiscard]] std::vector<std::string> texts(const toml::table& table,
                                                 std::string_view key) const;
    /// A table; null if the key is not there.
    [[nodiscard]] const toml::table* table(const toml::table& in, std::string_view key) const;

  private:
    std::string file_;
};

}  // namespace athena::regress
