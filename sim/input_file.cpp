// SPDX-License-Identifier: Apache-2.0
#include "sim/input_file.h"

#include <gelf.h>
#include <libelf.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <new>
#include <stdexcept>

#include "base/hexadecimal.h"
#include "sim/usage_error.h"

namespace athena::sim {

namespace {

struct ElfCloser {
    void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, ElfCloser>;

constexpr const char* kExpected = ", expected a 64-bit little-endian RISC-V program";

class ElfReader {
  public:
    ElfReader(std::string name, std::vector<std::byte>& bytes)
        : name_(std::move(name)), bytes_(bytes) {
        elf_version(EV_CURRENT);
        elf_.reset(elf_memory(reinterpret_cast<char*>(bytes_.data()), bytes_.size()));
    }

    ElfProgram read() {
        const GElf_Ehdr header = check_header();
        ElfProgram program;
        check_table(header.e_phoff, header.e_phnum, header.e_phentsize, "program");
        std::size_t count = 0;
        if (elf_getphdrnum(elf_.get(), &count) != 0) {
            fail("is damaged in its program headers", "");
        }
        for (std::size_t index = 0; index < count; ++index) {
            GElf_Phdr segment;
            if (gelf_getphdr(elf_.get(), static_cast<int>(index), &segment) == nullptr) {
                fail("is damaged in its program headers", "");
            }
            if (segment.p_type == PT_LOAD && segment.p_memsz != 0) {
                program.segments.push_back(read_segment(index, segment));
                headers_.push_back(segment);
            }
        }
        if (program.segments.empty()) {
            fail("has nothing to load");
        }
        program.entry = physical(header.e_entry, "its entry");
        check_table(header.e_shoff, header.e_shnum, header.e_shentsize, "section");
        read_symbols(program);
        return program;
    }

  private:
    [[noreturn]] void fail(const std::string& what, const char* expected = kExpected) const {
        throw UsageError(name_ + ": " + what + expected);
    }

    GElf_Ehdr check_header() const {
        if (bytes_.size() < EI_NIDENT || std::memcmp(bytes_.data(), ELFMAG, SELFMAG) != 0) {
            fail("is no ELF file");
        }
        if (static_cast<unsigned char>(bytes_[EI_CLASS]) == ELFCLASS32) {
            fail("is a 32-bit ELF file");
        }
        if (static_cast<unsigned char>(bytes_[EI_DATA]) != ELFDATA2LSB) {
            fail("is a big-endian ELF file");
        }
        GElf_Ehdr header;
        if (elf_ == nullptr || elf_kind(elf_.get()) != ELF_K_ELF ||
            gelf_getehdr(elf_.get(), &header) == nullptr) {
            fail("is truncated in its header");
        }
        if (header.e_machine != EM_RISCV) {
            fail("is for machine " + std::to_string(header.e_machine) + ", not RISC-V (243)");
        }
        if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
            fail("is not linked");
        }
        return header;
    }

    ElfSegment read_segment(std::size_t index, const GElf_Phdr& segment) const {
        if (segment.p_offset > bytes_.size() ||
            segment.p_filesz > bytes_.size() - segment.p_offset) {
            fail("is truncated: segment " + std::to_string(index) + " ends beyond the file's " +
                     std::to_string(bytes_.size()) + " bytes",
                 "");
        }
        if (segment.p_filesz > segment.p_memsz) {
            fail("is damaged: segment " + std::to_string(index) +
                     " has more bytes in the file than in memory",
                 "");
        }
        const auto first = bytes_.begin() + static_cast<std::ptrdiff_t>(segment.p_offset);
        return {segment.p_paddr,
                {first, first + static_cast<std::ptrdiff_t>(segment.p_filesz)},
                segment.p_memsz};
    }

    /// Where a linked address is loaded. The end of a segment counts: end_signature may lie there.
    [[nodiscard]] std::uint64_t physical(std::uint64_t address, const std::string& what) const {
        for (const GElf_Phdr& segment : headers_) {
            if (address >= segment.p_vaddr && address - segment.p_vaddr <= segment.p_memsz) {
                return address - segment.p_vaddr + segment.p_paddr;
            }
        }
        fail(what + " " + base::hexadecimal(address) + " lies in no segment", "");
    }

    /// libelf takes a table that the file does not hold for an empty one.
    void check_table(std::uint64_t offset, std::uint64_t count, std::uint64_t size,
                     const std::string& of_what) const {
        if (offset > bytes_.size() || count * size > bytes_.size() - offset) {
            fail("is truncated in its " + of_what + " headers", "");
        }
    }

    void read_symbols(ElfProgram& program) const {
        Elf_Scn* section = nullptr;
        while ((section = elf_nextscn(elf_.get(), section)) != nullptr) {
            GElf_Shdr header;
            if (gelf_getshdr(section, &header) == nullptr) {
                fail("is damaged in its section headers", "");
            }
            if (header.sh_type == SHT_SYMTAB) {
                read_symbol_table(section, header.sh_link, program);
            }
        }
    }

    void read_symbol_table(Elf_Scn* section, std::size_t names, ElfProgram& program) const {
        Elf_Data* data = elf_getdata(section, nullptr);
        if (data == nullptr) {
            fail("is truncated or damaged in its symbols", "");
        }
        GElf_Sym symbol;
        for (int i = 0; gelf_getsym(data, i, &symbol) != nullptr; ++i) {
            const char* name = symbol.st_shndx == SHN_UNDEF
                                   ? nullptr
                                   : elf_strptr(elf_.get(), names, symbol.st_name);
            for (const char* wanted : {"tohost", "begin_signature", "end_signature"}) {
                if (name != nullptr && std::strcmp(name, wanted) == 0) {
                    program.symbols[wanted] = physical(symbol.st_value, wanted);
                }
            }
        }
    }

    std::string name_;
    std::vector<std::byte>& bytes_;
    ElfHandle elf_;
    std::vector<GElf_Phdr> headers_;
};

}  // namespace

void require_file(const std::filesystem::path& file) {
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(file, error);
    if (std::filesystem::is_directory(status)) {
        throw UsageError(file.string() + ": cannot be read: is a directory");
    }
    // Whoever opens a pipe waits for its other end, and gets its bytes once only.
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        throw UsageError(file.string() + ": cannot be read: is no file");
    }
}

std::vector<std::byte> read_file(const std::filesystem::path& file) {
    const auto fail = [&](const std::string& reason) {
        throw UsageError(file.string() + ": cannot be read: " + reason);
    };
    require_file(file);
    errno = 0;
    std::ifstream input(file, std::ios::binary | std::ios::ate);
    const std::streamoff size = input ? static_cast<std::streamoff>(input.tellg()) : -1;
    if (size < 0) {
        fail(std::strerror(errno));
    }
    std::vector<std::byte> bytes;
    try {
        bytes.resize(static_cast<std::size_t>(size));
    } catch (const std::bad_alloc&) {
        fail("is too large for the host's memory");
    } catch (const std::length_error&) {
        fail("is too large for the host's memory");
    }
    input.seekg(0);
    if (!input.read(reinterpret_cast<char*>(bytes.data()), size)) {
        fail(std::strerror(errno));
    }
    return bytes;
}

bool is_elf(const std::vector<std::byte>& bytes) {
    return bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
}

ElfProgram parse_elf(const std::filesystem::path& file, std::vector<std::byte> bytes) {
    return ElfReader(file.string(), bytes).read();
}

}  // namespace athena::sim
