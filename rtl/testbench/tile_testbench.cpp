// SPDX-License-Identifier: Apache-2.0
// Testbench of the tile alone: nothing but Verilator and the C++ library. Random products of every
// format against a loop of fmaf over decoded elements, a table of malformed commands, queue,
// interrupt, registers and reset, by the ports only. Usage: tile_testbench [COMMANDS [SEED]]
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "bench.h"
#include "formats.h"

namespace {

class Test {
  public:
    explicit Test(std::uint64_t seed) : random_(seed) {
        const std::uint64_t caps = bench_.register_value(0x08);
        rows_ = static_cast<unsigned>(caps & 0xFF);
        columns_ = static_cast<unsigned>(caps >> 8 & 0xFF);
        depth_ = static_cast<unsigned>(caps >> 16 & 0xFF);
        l1_.resize(caps >> 32);
    }

    void run(unsigned commands) {
        identity();
        for (unsigned i = 0; i < commands; ++i) {
            product(i);
        }
        malformed();
        queue();
        interrupt();
        resets();
        std::printf("tile %ux%u, L1 %zu bytes, queue %u: %u products, all tests passed\n", rows_,
                    columns_, l1_.size(), depth_, commands);
    }

  private:
    std::uint32_t below(std::uint32_t limit) {
        return static_cast<std::uint32_t>(random_() % limit);
    }
    std::uint32_t edge(std::uint32_t block) {
        return below(4) == 0 ? block - 1 + below(3) : 1 + below(2 * block);
    }

    void identity() {
        check(bench_.register_value(0x00) == 0x00010000'4154494CULL, "ID",
              bench_.register_value(0));
        check(bench_.idle(), "not idle after reset");
        const std::uint8_t byte = 0;
        std::uint8_t found = 0;
        check(!bench_.write(0x82'0000, &byte, 1),
              "a write behind the window is answered with OKAY");
        check(!bench_.read(kQueue, &found, 1), "a read of the queue is answered with OKAY");
    }

    // A place for `size` bytes behind those that are taken.
    std::uint32_t place(std::uint64_t size) {
        const std::uint32_t at = next_ + 32 * below(3);
        next_ = static_cast<std::uint32_t>((at + size + 31) / 32 * 32);
        check(next_ <= l1_.size(), "the testbench wants more L1 than there is", next_, l1_.size());
        return at;
    }

    // Fills a matrix as it is stored; its leading dimension in 32 bytes.
    std::uint32_t fill(std::uint32_t rows, std::uint32_t columns, unsigned format,
                       std::uint32_t& address) {
        const std::uint64_t bytes = (std::uint64_t{columns} * kFormats[format].bits + 7) / 8;
        const auto ld = static_cast<std::uint32_t>((bytes + 31) / 32 + below(2));
        address = place(std::uint64_t{rows} * ld * 32);
        const bool any = below(3) == 0;
        for (std::uint32_t at = address; at < address + rows * ld * 32; ++at) {
            l1_[at] = static_cast<std::uint8_t>(below(256));
            if (!any && format == 0 && at % 2 == 1) {
                l1_[at] = static_cast<std::uint8_t>((l1_[at] & 0x83) | 0x3C);  // around 1
            } else if (!any && kFormats[format].exponent == 5) {
                l1_[at] &= 0xBF;
            }
        }
        return ld;
    }
    std::uint32_t fill_scales(std::uint32_t rows, std::uint32_t columns, std::uint32_t& address) {
        const std::uint32_t bytes = (columns + 31) / 32;
        const std::uint32_t ld = (bytes + 31) / 32 + below(2);
        address = place(std::uint64_t{rows} * ld * 32);
        for (std::uint32_t at = address; at < address + rows * ld * 32; ++at) {
            l1_[at] = static_cast<std::uint8_t>(below(20) == 0 ? below(256) : 120 + below(16));
        }
        return ld;
    }

    float element(std::uint32_t address, std::uint32_t ld, unsigned format, std::uint32_t row,
                  std::uint32_t column) const {
        const std::uint64_t bit = std::uint64_t{column} * kFormats[format].bits;
        std::uint32_t window = 0;
        std::memcpy(&window, &l1_[address + row * ld * 32 + bit / 8], 3);
        return decode(format, window >> bit % 8 & ((1U << kFormats[format].bits) - 1));
    }
    // With its scale; from 2^128 on infinity.
    float scaled(float value, std::uint32_t address, std::uint32_t ld, std::uint32_t row,
                 std::uint32_t column) const {
        const std::uint8_t scale = l1_[address + row * ld * 32 + column / 32];
        return scale == 0xFF
                   ? std::numeric_limits<float>::quiet_NaN()
                   : static_cast<float>(std::ldexp(static_cast<double>(value), scale - 127));
    }

    Command random_command(unsigned index) {
        Command command;
        next_ = 0;
        command.tag = 0xA000'0000 + index;
        command.a_format = index % 9;
        command.b_format = index / 9 % 9;
        command.c_format = below(4);
        command.accumulate = command.c_format == 0 && below(2) == 0;
        command.saturate = command.c_format >= 2 && below(2) == 0;
        command.transpose_a = !kFormats[command.a_format].scaled && below(2) == 0;
        command.transpose_b = kFormats[command.b_format].scaled || below(2) == 0;
        command.m = edge(2 * rows_);
        command.n = edge(2 * columns_);
        command.k = below(8) == 0 ? 0 : edge(40);
        const std::uint32_t m = command.m, n = command.n, k = command.k;
        command.a_ld = fill(command.transpose_a ? k : m, command.transpose_a ? m : k,
                            command.a_format, command.a);
        command.b_ld = fill(command.transpose_b ? n : k, command.transpose_b ? k : n,
                            command.b_format, command.b);
        if (kFormats[command.a_format].scaled) {
            command.a_scale_ld = fill_scales(m, k, command.a_scale);
        }
        if (kFormats[command.b_format].scaled) {
            command.b_scale_ld = fill_scales(n, k, command.b_scale);
        }
        const std::uint32_t row = n * kResultBytes[command.c_format];
        command.c_ld = (row + 31) / 32 + below(2);
        command.c = place(std::uint64_t{m} * command.c_ld * 32);
        for (std::uint32_t at = command.c; at < next_; ++at) {
            l1_[at] = static_cast<std::uint8_t>(at % 4 == 3 ? 0x3F + below(2) * 0x80 : below(256));
        }
        return command;
    }

    float a_of(const Command& c, std::uint32_t m, std::uint32_t k) const {
        const float value = c.transpose_a ? element(c.a, c.a_ld, c.a_format, k, m)
                                          : element(c.a, c.a_ld, c.a_format, m, k);
        return kFormats[c.a_format].scaled ? scaled(value, c.a_scale, c.a_scale_ld, m, k) : value;
    }
    float b_of(const Command& c, std::uint32_t k, std::uint32_t n) const {
        const float value = c.transpose_b ? element(c.b, c.b_ld, c.b_format, n, k)
                                          : element(c.b, c.b_ld, c.b_format, k, n);
        return kFormats[c.b_format].scaled ? scaled(value, c.b_scale, c.b_scale_ld, n, k) : value;
    }

    // The result in l1_, by the contract: fmaf in ascending k, one conversion.
    void multiply(const Command& command) {
        for (std::uint32_t m = 0; m < command.m; ++m) {
            for (std::uint32_t n = 0; n < command.n; ++n) {
                const unsigned bytes = kResultBytes[command.c_format];
                std::uint8_t* const place = &l1_[command.c + m * command.c_ld * 32 + n * bytes];
                float sum = 0;
                if (command.accumulate) {
                    std::memcpy(&sum, place, sizeof sum);
                }
                for (std::uint32_t k = 0; k < command.k; ++k) {
                    sum = std::fmaf(a_of(command, m, k), b_of(command, k, n), sum);
                }
                const std::uint32_t code = convert(command.c_format, sum, command.saturate);
                std::memcpy(place, &code, bytes);
            }
        }
    }

    void store(std::uint32_t end) {
        for (std::uint32_t at = 0; at < end; at += kLine) {
            check(bench_.write(at, &l1_[at], kLine), "a write of L1 is refused", at);
        }
    }
    void compare(std::uint32_t end, const Command& command) {
        std::array<std::uint8_t, kLine> line{};
        for (std::uint32_t at = 0; at < end; at += kLine) {
            check(bench_.read(at, line.data(), kLine), "a read of L1 is refused", at);
            for (unsigned i = 0; i < kLine; ++i) {
                if (line[i] != l1_[at + i]) {
                    std::printf("A %s B %s C %u, %ux%ux%u, tag %#x, C at %#x\n",
                                kFormats[command.a_format].name, kFormats[command.b_format].name,
                                command.c_format, command.m, command.n, command.k, command.tag,
                                command.c);
                    fail("L1 byte, found", at + i, line[i]);
                }
            }
        }
    }

    void product(unsigned index) {
        const Command command = random_command(index);
        const std::uint32_t end = (next_ + kLine - 1) / kLine * kLine;
        store(end);
        check(bench_.push(command.line()), "a command is refused");
        const Record record = bench_.next_record();
        check(record.tag == command.tag, "tag", record.tag, command.tag);
        check(record.status == 0, "status", record.status);
        multiply(command);
        compare(end, command);
    }

    static Command plain() {
        Command command;
        command.tag = 77;
        command.m = command.n = command.k = 1;
        command.a = 0;
        command.b = 32;
        command.c = 64;
        command.a_ld = command.b_ld = command.c_ld = 1;
        return command;
    }
    void refused(const std::array<std::uint8_t, kLine>& line, std::uint32_t status) {
        check(bench_.push(line), "a command is refused");
        const Record record = bench_.next_record();
        check(record.status == status, "status of a malformed command", record.status, status);
        check(bench_.register_value(0x28) == (std::uint64_t{status} << 32 | 77), "LAST_ERROR");
    }

    void malformed() {
        auto line = plain().line();
        line[0] = 2;
        refused(line, 1);
        line = plain().line();
        line[0x3E] = 1;
        refused(line, 2);
        Command command = plain();
        command.b_scale_ld = 1;
        refused(command.line(), 2);
        command = plain();
        command.a_format = 9;
        refused(command.line(), 3);
        command = plain();
        command.c_format = 1;
        command.accumulate = true;
        refused(command.line(), 4);
        command = plain();
        command.a_format = 7;
        command.transpose_a = true;
        refused(command.line(), 4);
        command = plain();
        command.b = 16;
        refused(command.line(), 5);
        command = plain();
        command.m = 2;
        command.k = 17;
        refused(command.line(), 6);
        command = plain();
        command.c = static_cast<std::uint32_t>(l1_.size());
        refused(command.line(), 6);
        command = plain();
        command.c = 32;
        refused(command.line(), 7);
        check(bench_.register_value(0x58) == 10, "ERRORS", bench_.register_value(0x58));
    }

    // Records held: the queue fills, a line more is refused; then all come out in order, those
    // behind the oldest one aborted.
    void queue() {
        bench_.hold_records(true);
        Command command = plain();
        std::uint32_t pushed = 0;
        for (command.tag = 0; bench_.push(command.line()); ++command.tag) {
            pushed = command.tag + 1;
            for (unsigned i = 0; i < 40; ++i) {
                bench_.tick();
            }
            check(pushed < 4 * depth_, "the queue does not fill");
        }
        check(bench_.register_value(0x60) == 1, "REFUSED");
        bench_.set_register(0x10, 1U << 8);  // CTRL.ABORT
        bench_.hold_records(false);
        std::uint32_t aborted = 0;
        for (std::uint32_t tag = 0; tag < pushed; ++tag) {
            const Record record = bench_.next_record();
            check(record.tag == tag, "order of the records", record.tag, tag);
            check(record.status == 0 || record.status == 8, "status", record.status);
            check(record.status == 8 || aborted == 0, "a command behind an aborted one ran");
            aborted += record.status == 8 ? 1 : 0;
        }
        check(aborted == depth_ - 1, "aborted commands", aborted, depth_ - 1);
    }

    void interrupt() {
        bench_.set_register(0x20, 3);
        bench_.set_register(0x10, 1);
        check(!bench_.irq(), "an interrupt without a cause");
        check(bench_.push(plain().line()), "a command is refused");
        check(bench_.next_record().status == 0, "status");
        check(bench_.irq() && bench_.register_value(0x20) == 1, "no interrupt");
        bench_.set_register(0x20, 1);
        check(!bench_.irq(), "the interrupt stays");
    }

    void resets() {
        Command command = plain();
        command.k = 16;
        check(bench_.push(command.line()) && bench_.push(command.line()), "a command is refused");
        bench_.reset();
        check(bench_.idle(), "not idle after reset");
        for (unsigned i = 0; i < 2000; ++i) {
            bench_.tick();
        }
        check(bench_.records.empty(), "a command survives reset");
        check(bench_.register_value(0x50) == 0, "COMMANDS after reset");
        product(12345);
    }

    std::mt19937_64 random_;
    Bench bench_;
    unsigned rows_ = 0, columns_ = 0, depth_ = 0;
    std::vector<std::uint8_t> l1_;  // as it should be
    std::uint32_t next_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
    const auto commands =
        static_cast<unsigned>(count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 162);
    const std::uint64_t seed = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    Test(seed).run(commands);
    return 0;
}
