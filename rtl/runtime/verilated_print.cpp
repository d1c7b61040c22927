// SPDX-License-Identifier: Apache-2.0
#include "runtime/verilated_print.h"

#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace athena::rtl {

namespace {

thread_local std::string* captured = nullptr;

// "[0] %Error: file:line: Assertion failed in instance.name: message.", the time first or not.
std::string_view without_frame(std::string_view text, std::size_t mark) {
    constexpr std::string_view kBehind = " ";
    text.remove_prefix(text.find(kBehind, mark) + kBehind.size());
    text = text.substr(0, text.find('\n'));
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

std::string formatted(const char* format, std::va_list arguments) {
    std::va_list again;
    va_copy(again, arguments);
    const int length = std::vsnprintf(nullptr, 0, format, again);
    va_end(again);
    std::string text(static_cast<std::size_t>(length) + 1, '\0');
    std::vsnprintf(text.data(), text.size(), format, arguments);
    text.pop_back();
    return text;
}

}  // namespace

void capture_error(std::string* first) {
    captured = first;
}

int print(const char* format, ...) {
    std::va_list arguments;
    va_start(arguments, format);
    const std::string text = formatted(format, arguments);
    va_end(arguments);
    const std::size_t mark = text.find("%Error: ");
    if (captured == nullptr || mark == std::string::npos) {
        std::fwrite(text.data(), 1, text.size(), stdout);
    } else if (captured->empty()) {
        *captured = without_frame(text, mark);
    }
    return static_cast<int>(text.size());
}

}  // namespace athena::rtl
