// SPDX-License-Identifier: Apache-2.0
#include "sim/completion.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace athena::sim {

namespace {

const auto kAll = [](const CLI::App*) { return true; };

void add_word(std::string& words, const std::string& word) {
    words += (words.empty() ? "" : " ") + word;
}

/// Long names of a command's options, "--set --memory".
std::string options_of(const CLI::App& command) {
    std::string words;
    for (const CLI::Option* option : command.get_options()) {
        if (option->get_group().empty()) {
            continue;
        }
        for (const std::string& name : option->get_lnames()) {
            add_word(words, "--" + name);
        }
    }
    return words;
}

/// "a|b": what the value may be, if it is one of a few words.
std::string choice_of(std::string value) {
    const bool is_words =
        value.find('|') != std::string::npos && std::ranges::all_of(value, [](char c) {
            return (c >= 'a' && c <= 'z') || c == '|' || c == '-';
        });
    std::ranges::replace(value, '|', ' ');
    return is_words ? value : "";
}

bool is_file(const std::string& value) {
    return std::ranges::any_of(std::vector<std::string_view>{"FILE", "FOLDER", "ELF"},
                               [&](std::string_view kind) { return value.starts_with(kind); });
}

/// Cases of "COMMAND OPTION": what completes the option's value.
std::string values_of(const CLI::App& command) {
    std::string files;
    std::string cases;
    for (const CLI::Option* option : command.get_options()) {
        if (option->get_lnames().empty() || option->get_expected_max() == 0) {
            continue;
        }
        const std::string pattern =
            "\"" + command.get_name() + " --" + option->get_lnames()[0] + "\"";
        const std::string value = option->get_type_name();
        const std::string words = choice_of(value);
        if (is_file(value)) {
            files += (files.empty() ? "" : " | ") + pattern;
        } else if (words.empty()) {
            cases += fmt::format("        {}) return ;;\n", pattern);
        } else {
            cases += fmt::format("        {}) words='{}' ;;\n", pattern, words);
        }
    }
    return files.empty()
               ? cases
               : fmt::format("        {}) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n",
                             files) +
                     cases;
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
    std::string commands;
    std::string values;
    std::string options;
    for (const CLI::App* command : app.get_subcommands(kAll)) {
        add_word(commands, command->get_name());
        values += values_of(*command);
        options += fmt::format("            {}) words='{}' ;;\n", command->get_name(),
                               options_of(*command));
    }
    std::string alternatives = commands;
    std::ranges::replace(alternatives, ' ', '|');
    return fmt::format(R"(# Bash's completion for athena: athena --completion bash
_athena() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}} command='' words='' word
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case $word in {alternatives}) command=$word; break ;; esac
    done
    case "$command $prev" in
{values}    esac
    if [ -z "$words" ]; then
        case $command in
            '') words='{commands} {global}' ;;
{options}        esac
        if [ -n "$command" ] && [[ $cur != -* ]]; then
            words=''
            case $command in run|describe|dts) words=$(athena boards 2>/dev/null | cut -d' ' -f1) ;; esac
            COMPREPLY=($(compgen -f -- "$cur"))
        fi
    fi
    COMPREPLY+=($(compgen -W "$words" -- "$cur"))
}}
complete -o filenames -F _athena athena
)",
                       fmt::arg("alternatives", alternatives), fmt::arg("values", values),
                       fmt::arg("commands", commands), fmt::arg("global", options_of(app)),
                       fmt::arg("options", options));
}

}  // namespace athena::sim
