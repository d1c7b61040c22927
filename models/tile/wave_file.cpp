// SPDX-License-Identifier: Apache-2.0
#include "tile/wave_file.h"

#include <gtkwave/fstapi.h>

#include <fstream>
#include <map>

namespace athena::tile {

namespace {

constexpr unsigned kWidest = 64;  // bits of a signal in the save file's groups of registers

bool is_register(const std::string& name) {
    const std::string plain = name.substr(0, name.find(' '));
    return plain.ends_with("_q");
}

// "s_axi_aw" of s_axi_awvalid_i; of other ports "ports".
std::string channel_of(const std::string& name) {
    for (const char* prefix :
         {"s_axi_aw", "s_axi_w", "s_axi_b", "s_axi_ar", "s_axi_r", "completion"}) {
        if (name.starts_with(prefix)) {
            return prefix;
        }
    }
    return "ports";
}

}  // namespace

std::optional<std::vector<WaveSignal>> read_wave(const std::string& file) {
    void* const reader = fstReaderOpen(file.c_str());
    if (reader == nullptr) {
        return std::nullopt;
    }
    std::vector<WaveSignal> signals;
    std::vector<std::string> scopes{""};
    while (const fstHier* item = fstReaderIterateHier(reader)) {
        if (item->htyp == FST_HT_SCOPE) {
            const std::string& above = scopes.back();
            scopes.push_back(above.empty() ? item->u.scope.name : above + "." + item->u.scope.name);
        } else if (item->htyp == FST_HT_UPSCOPE && scopes.size() > 1) {
            scopes.pop_back();
        } else if (item->htyp == FST_HT_VAR) {
            signals.push_back(
                {scopes.back(), item->u.var.name, item->u.var.length,
                 item->u.var.direction == FST_VD_INPUT || item->u.var.direction == FST_VD_OUTPUT});
        }
    }
    fstReaderClose(reader);
    return signals;
}

WaveSpan wave_span(const std::string& file) {
    void* const reader = fstReaderOpen(file.c_str());
    if (reader == nullptr) {
        return {};
    }
    const WaveSpan span{fstReaderGetStartTime(reader), fstReaderGetEndTime(reader)};
    fstReaderClose(reader);
    return span;
}

bool write_save_file(const std::string& fst, const std::string& gtkw) {
    const auto signals = read_wave(fst);
    if (!signals || signals->empty()) {
        return false;
    }
    // Verilator shows the ports once above the top module, whose instance has them again.
    const std::string top = signals->front().scope;
    std::vector<std::string> order;
    std::map<std::string, std::vector<std::string>> groups;
    for (const WaveSignal& signal : *signals) {
        const bool port = signal.scope == top;
        if (!port && (!is_register(signal.name) || signal.bits > kWidest)) {
            continue;
        }
        const std::string group = port ? channel_of(signal.name) : signal.scope;
        if (!groups.contains(group)) {
            order.push_back(group);
        }
        std::string full = signal.scope + "." + signal.name;
        std::erase(full, ' ');  // GTKWave writes name[7:0]
        groups[group].push_back(full);
    }
    std::ofstream out(gtkw);
    out << "[dumpfile] \"" << fst << "\"\n[savefile] \"" << gtkw << "\"\n";
    for (const std::string& group : order) {
        out << "@200\n-" << group << "\n@22\n";
        for (const std::string& name : groups[group]) {
            out << name << "\n";
        }
    }
    return out.flush().good();
}

}  // namespace athena::tile
