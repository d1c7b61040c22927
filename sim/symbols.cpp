// SPDX-License-Identifier: Apache-2.0
#include "sim/symbols.h"

#include <fmt/core.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/one_line.h"
#include "sim/input_file.h"
#include "sim/usage_error.h"

namespace athena::sim {

namespace {

struct ElfCloser {
    void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, ElfCloser>;

struct Symbol {
    std::uint64_t start;
    std::uint64_t size;         // 0: to the next one
    std::uint64_t section_end;  // exclusive
    unsigned rank;              // the lowest of one address names it
    std::string name;
};

unsigned rank_of(const GElf_Sym& symbol) {
    const bool function = GELF_ST_TYPE(symbol.st_info) == STT_FUNC;
    const bool global = GELF_ST_BIND(symbol.st_info) != STB_LOCAL;
    return (function ? 0U : 2U) + (global ? 0U : 1U);
}

bool names_code(const GElf_Sym& symbol, std::string_view name) {
    const unsigned type = GELF_ST_TYPE(symbol.st_info);
    // `$x` tells the kind of what follows, `.L` labels are the compiler's.
    return (type == STT_FUNC || type == STT_NOTYPE) && !name.empty() && name.front() != '$' &&
           !name.starts_with(".L");
}

void read_table(Elf* elf, Elf_Scn* section, std::size_t names, std::vector<Symbol>& symbols) {
    Elf_Data* data = elf_getdata(section, nullptr);
    GElf_Sym symbol;
    for (int i = 0; data != nullptr && gelf_getsym(data, i, &symbol) != nullptr; ++i) {
        Elf_Scn* home = elf_getscn(elf, symbol.st_shndx);
        GElf_Shdr header;
        const bool is_code = symbol.st_shndx != SHN_UNDEF && symbol.st_shndx < SHN_LORESERVE &&
                             home != nullptr && gelf_getshdr(home, &header) != nullptr &&
                             (header.sh_flags & SHF_EXECINSTR) != 0;
        const char* name = is_code ? elf_strptr(elf, names, symbol.st_name) : nullptr;
        if (name != nullptr && names_code(symbol, name)) {
            symbols.push_back({symbol.st_value, symbol.st_size, header.sh_addr + header.sh_size,
                               rank_of(symbol), base::one_line(name)});
        }
    }
}

std::vector<Symbol> read_symbols(const std::filesystem::path& file) {
    std::vector<std::byte> bytes = read_file(file);
    if (!is_elf(bytes)) {
        throw UsageError(file.string() + ": is no ELF file, expected one with symbols");
    }
    elf_version(EV_CURRENT);
    const ElfHandle elf(elf_memory(reinterpret_cast<char*>(bytes.data()), bytes.size()));
    std::vector<Symbol> symbols;
    Elf_Scn* section = nullptr;
    while (elf != nullptr && (section = elf_nextscn(elf.get(), section)) != nullptr) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) != nullptr && header.sh_type == SHT_SYMTAB) {
            read_table(elf.get(), section, header.sh_link, symbols);
        }
    }
    return symbols;
}

}  // namespace

void Symbols::add(const std::filesystem::path& file) {
    std::vector<Symbol> symbols = read_symbols(file);
    if (symbols.empty()) {
        throw UsageError(file.string() + ": has no symbols of code (is it stripped?)");
    }
    std::ranges::stable_sort(
        symbols, {}, [](const Symbol& symbol) { return std::pair(symbol.start, symbol.rank); });
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        Symbol& symbol = symbols[i];
        // Labels within a function are not where it ends.
        if (!entries.empty() && symbol.start < entries.back().end) {
            continue;
        }
        std::uint64_t end = symbol.start + symbol.size;
        if (symbol.size == 0) {
            const auto next =
                std::find_if(symbols.begin() + static_cast<std::ptrdiff_t>(i), symbols.end(),
                             [&](const Symbol& other) { return other.start > symbol.start; });
            end = next == symbols.end() ? symbol.section_end
                                        : std::min(next->start, symbol.section_end);
        }
        if (end > symbol.start) {
            entries.push_back({symbol.start, end, std::move(symbol.name)});
        }
    }
    const auto middle = static_cast<std::ptrdiff_t>(entries_.size());
    entries_.insert(entries_.end(), std::make_move_iterator(entries.begin()),
                    std::make_move_iterator(entries.end()));
    std::inplace_merge(entries_.begin(), entries_.begin() + middle, entries_.end(),
                       [](const Entry& a, const Entry& b) { return a.start < b.start; });
}

std::optional<Symbols::Place> Symbols::find(std::uint64_t address) const {
    auto after = std::ranges::upper_bound(entries_, address, {}, &Entry::start);
    if (after == entries_.begin()) {
        return std::nullopt;
    }
    const auto last = std::prev(after);
    // Of several files that name this address, the first that was added.
    const auto first = std::ranges::lower_bound(entries_, last->start, {}, &Entry::start);
    const auto found =
        std::find_if(first, after, [&](const Entry& entry) { return address < entry.end; });
    if (found == after) {
        return std::nullopt;
    }
    return Place{found->name, address - found->start, found->start, found->end};
}

std::string Symbols::text(std::uint64_t address) const {
    const auto place = find(address);
    if (!place) {
        return {};
    }
    return place->offset == 0 ? fmt::format("<{}>", place->name)
                              : fmt::format("<{}+{:#x}>", place->name, place->offset);
}

}  // namespace athena::sim
