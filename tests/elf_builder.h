// SPDX-License-Identifier: Apache-2.0
// A small ELF file as the ELF-64 specification lays it out, with each number in reach of a test.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace athena::test {

/// One loadable segment, a symbol table and its names.
struct ElfBuilder {
    std::uint64_t address = 0x8000'0000;
    std::uint64_t virtual_address = 0x8000'0000;
    std::vector<unsigned char> code = {0x6F, 0, 0, 0};  // j .
    std::uint64_t memory_size = 0x100;
    std::uint64_t entry = 0x8000'0000;
    std::uint16_t machine = EM_RISCV;
    std::uint16_t type = ET_EXEC;
    std::vector<std::pair<std::string, std::uint64_t>> symbols;

    [[nodiscard]] std::vector<std::byte> build() const {
        std::vector<std::byte> bytes(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr));
        const std::size_t code_at = append(bytes, code.data(), code.size());
        std::string names(1, '\0');
        std::vector<Elf64_Sym> table(1);
        for (const auto& [name, value] : symbols) {
            Elf64_Sym symbol{};
            symbol.st_name = static_cast<Elf64_Word>(names.size());
            symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
            symbol.st_shndx = SHN_ABS;
            symbol.st_value = value;
            table.push_back(symbol);
            names += name + '\0';
        }
        const std::size_t table_at = append(bytes, table.data(), table.size() * sizeof table[0]);
        const std::size_t names_at = append(bytes, names.data(), names.size());
        Elf64_Shdr sections[3] = {};
        sections[1].sh_type = SHT_SYMTAB;
        sections[1].sh_offset = table_at;
        sections[1].sh_size = table.size() * sizeof table[0];
        sections[1].sh_link = 2;
        sections[1].sh_entsize = sizeof table[0];
        sections[1].sh_addralign = 8;
        sections[2].sh_type = SHT_STRTAB;
        sections[2].sh_offset = names_at;
        sections[2].sh_size = names.size();
        sections[2].sh_addralign = 1;
        const std::size_t sections_at = append(bytes, sections, sizeof sections);
        write_headers(bytes, code_at, sections_at);
        return bytes;
    }

  private:
    static std::size_t append(std::vector<std::byte>& bytes, const void* data, std::size_t size) {
        bytes.resize((bytes.size() + 7) / 8 * 8);
        const std::size_t at = bytes.size();
        bytes.resize(at + size);
        std::memcpy(bytes.data() + at, data, size);
        return at;
    }

    void write_headers(std::vector<std::byte>& bytes, std::size_t code_at,
                       std::size_t sections_at) const {
        Elf64_Ehdr header{};
        std::memcpy(header.e_ident, ELFMAG, SELFMAG);
        header.e_ident[EI_CLASS] = ELFCLASS64;
        header.e_ident[EI_DATA] = ELFDATA2LSB;
        header.e_ident[EI_VERSION] = EV_CURRENT;
        header.e_type = type;
        header.e_machine = machine;
        header.e_version = EV_CURRENT;
        header.e_entry = entry;
        header.e_phoff = sizeof header;
        header.e_shoff = sections_at;
        header.e_ehsize = sizeof header;
        header.e_phentsize = sizeof(Elf64_Phdr);
        header.e_phnum = 1;
        header.e_shentsize = sizeof(Elf64_Shdr);
        header.e_shnum = 3;
        header.e_shstrndx = 2;
        std::memcpy(bytes.data(), &header, sizeof header);
        Elf64_Phdr segment{};
        segment.p_type = PT_LOAD;
        segment.p_flags = PF_R | PF_W | PF_X;
        segment.p_offset = code_at;
        segment.p_vaddr = virtual_address;
        segment.p_paddr = address;
        segment.p_filesz = code.size();
        segment.p_memsz = memory_size;
        segment.p_align = 1;
        std::memcpy(bytes.data() + sizeof header, &segment, sizeof segment);
    }
};

}  // namespace athena::test
