// SPDX-License-Identifier: Apache-2.0
#include "sim/manual.h"

#include <fmt/core.h>

#include <string_view>

namespace athena::sim {

namespace {

/// Text in which roff sees nothing of its own.
std::string plain(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const bool begins = result.empty() || result.back() == '\n';
        if (begins && (c == '.' || c == '\'')) {
            result += "\\&";
        }
        result += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
    }
    return result;
}

std::string lines_as_they_are(const std::string& text) {
    return text.empty() ? "" : fmt::format(".PP\n.nf\n{}\n.fi\n", plain(text));
}

std::string option_entry(const CLI::Option& option) {
    std::string names;
    for (const std::string& name : option.get_snames()) {
        names += "-" + name + ", ";
    }
    for (const std::string& name : option.get_lnames()) {
        names += "--" + name;
    }
    if (names.empty()) {
        names = option.get_name();
    }
    const bool has_value = option.get_expected_max() != 0 && !option.get_positional();
    return fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", plain(names),
                       has_value ? " \\fI" + plain(option.get_type_name()) + "\\fR" : "",
                       plain(option.get_description()));
}

std::string options_of(const CLI::App& command) {
    std::string text;
    std::string group;
    for (const CLI::Option* option : command.get_options()) {
        if (option->get_group().empty()) {
            continue;
        }
        if (option->get_group() != group) {
            group = option->get_group();
            text += group == "Options" ? "" : fmt::format(".PP\n{}:\n", plain(group));
        }
        text += option_entry(*option);
    }
    return text;
}

}  // namespace

std::string manual_page(const CLI::App& app, const std::string& version) {
    std::string text = fmt::format(
        ".TH ATHENA 1 \"\" \"{}\" \"Athena VP\"\n.SH NAME\nathena \\- {}\n"
        ".SH SYNOPSIS\n\\fBathena\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]...\n.SH OPTIONS\n{}.SH "
        "COMMANDS\n",
        plain(version), plain(app.get_description()), options_of(app));
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        text += fmt::format(".SS athena {}\n{}\n", plain(command->get_name()),
                            plain(command->get_description()));
        text += options_of(*command) + lines_as_they_are(command->get_footer());
    }
    return text + ".SH EXAMPLES\n" + lines_as_they_are(app.get_footer());
}

}  // namespace athena::sim
