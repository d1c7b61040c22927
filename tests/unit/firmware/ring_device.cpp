// SPDX-License-Identifier: Apache-2.0
#include "ring_device.h"

#include <cstring>
#include <stdexcept>

#include "command_regs.h"
#include "descriptor_regs.h"

namespace athena::test {
namespace {

constexpr std::uintptr_t ring_register(std::uintptr_t offset) {
    return RingDevice::kRegisters + offset;
}

}  // namespace

RingDevice::RingDevice(MockBus& bus, std::size_t l1_bytes, std::uint64_t seed)
    : l1(l1_bytes), bus_{bus}, random_{seed} {
    bus.registers[ring_register(ATHENA_COMMAND_ID_OFFSET)] = ATHENA_COMMAND_ID_RESET;
    bus.registers[ring_register(ATHENA_COMMAND_CAPS_OFFSET)] = 0x01'01'40'01;
    const std::uintptr_t control = ring_register(ATHENA_COMMAND_RING_CTRL_OFFSET);
    bus.on_write[control] = [this, control](std::uint64_t value) {
        bus_.registers[control] = value & ~std::uint64_t{ATHENA_COMMAND_RING_CTRL_RESET_MASK};
    };
    bus.on_read[ring_register(ATHENA_COMMAND_RING_HEAD_OFFSET)] = [this] { return read_; };
    bus.on_read[ring_register(ATHENA_COMMAND_RING_COMPLETED_OFFSET)] = [this] {
        return completed_;
    };
    bus.on_idle = [this] { progress(); };
}

void RingDevice::progress() {
    for (unsigned attempt = 0; attempt < 1000; ++attempt) {
        bool done = false;
        switch (random_() % 4) {
            case 0:
                done = dispatch();
                break;
            case 1:
                done = run_copy();
                break;
            case 2:
                done = start_product();
                break;
            default:
                done = end_product();
        }
        if (done) {
            return;
        }
    }
    throw std::runtime_error("the descriptors wait for each other");
}

bool RingDevice::dispatch() {
    const auto tail =
        static_cast<std::uint32_t>(bus_.registers[ring_register(ATHENA_COMMAND_RING_TAIL_OFFSET)]);
    if (read_ == tail) {
        return false;
    }
    const auto* ring = reinterpret_cast<const std::uint8_t*>(
        bus_.registers[ring_register(ATHENA_COMMAND_RING_BASE_OFFSET)]);
    const std::uint64_t size = bus_.registers[ring_register(ATHENA_COMMAND_RING_SIZE_OFFSET)];
    Line line{};
    std::memcpy(line.data(), ring + 64 * (read_ % size), line.size());
    switch (athena_descriptor_get_opcode(line.data())) {
        case ATHENA_DESCRIPTOR_OPCODE_COPY:
            copies_.push_back(line);
            break;
        case ATHENA_DESCRIPTOR_OPCODE_MATMUL:
            matmuls_.push_back(line);
            break;
        case ATHENA_DESCRIPTOR_OPCODE_FENCE:
            if (completed_ != read_) {
                return false;
            }
            complete(line);
            break;
        default:
            conflicts.emplace_back("an opcode that a product has no use for");
            complete(line);
    }
    ++read_;
    return true;
}

bool RingDevice::take_waits(const Line& line) {
    const std::uint8_t* at = line.data();
    std::uint32_t& semaphore = semaphores_.at(athena_descriptor_get_wait0_sem(at));
    if (athena_descriptor_get_wait0(at) == 0) {
        return true;
    }
    if (semaphore < athena_descriptor_get_wait0_value(at)) {
        return false;
    }
    if (athena_descriptor_get_wait0_sub(at) != 0) {
        semaphore -= athena_descriptor_get_wait0_value(at);
    }
    return true;
}

void RingDevice::complete(const Line& line) {
    const std::uint8_t* at = line.data();
    if (athena_descriptor_get_signal(at) != 0) {
        semaphores_.at(athena_descriptor_get_signal_sem(at)) +=
            athena_descriptor_get_signal_value(at);
    }
    ++completed_;
}

void RingDevice::check_access(const std::uint8_t* bytes, std::size_t size, bool write) {
    if (!running_ || size == 0) {
        return;
    }
    const auto begin =
        reinterpret_cast<std::uintptr_t>(bytes) - reinterpret_cast<std::uintptr_t>(l1.data());
    for (std::size_t i = 0; i < 3; ++i) {
        const Range& range = running_->ranges[i];
        if ((write || i == 2) && begin < range.end && range.begin < begin + size) {
            conflicts.emplace_back("a copy touches a range in flight");
        }
    }
}

bool RingDevice::run_copy() {
    if (copies_.empty() || !take_waits(copies_.front())) {
        return false;
    }
    const Line line = copies_.front();
    copies_.pop_front();
    const std::uint8_t* at = line.data();
    const std::size_t element = std::size_t{1} << athena_descriptor_copy_get_element_log2(at);
    const bool transpose = athena_descriptor_copy_get_transpose(at) != 0;
    const std::uint32_t rows = athena_descriptor_copy_get_rows(at);
    const std::uint32_t columns = athena_descriptor_copy_get_cols(at);
    for (std::uint32_t row = 0; row < rows; ++row) {
        for (std::uint32_t column = 0; column < columns; ++column) {
            const auto* from =
                reinterpret_cast<const std::uint8_t*>(athena_descriptor_copy_get_src(at)) +
                row * athena_descriptor_copy_get_src_stride(at) + column * element;
            auto* to = reinterpret_cast<std::uint8_t*>(athena_descriptor_copy_get_dst(at)) +
                       (transpose ? column : row) * athena_descriptor_copy_get_dst_stride(at) +
                       (transpose ? row : column) * element;
            check_access(from, element, false);
            check_access(to, element, true);
            std::memcpy(to, from, element);
        }
    }
    complete(line);
    return true;
}

bool RingDevice::start_product() {
    if (running_ || matmuls_.empty() || !take_waits(matmuls_.front())) {
        return false;
    }
    Running next{};
    next.line = matmuls_.front();
    matmuls_.pop_front();
    const std::uint8_t* at = next.line.data();
    numerics::GemmArgs& args = next.args;
    args.m = athena_descriptor_matmul_get_m(at);
    args.n = athena_descriptor_matmul_get_n(at);
    args.k = athena_descriptor_matmul_get_k(at);
    args.accumulate = athena_descriptor_matmul_get_accumulate(at) != 0;
    const auto place = [&](std::uint32_t offset, std::size_t rows, std::size_t row_bytes,
                           std::size_t ld) {
        const std::size_t size = rows == 0 || row_bytes == 0 ? 0 : (rows - 1) * ld + row_bytes;
        if (offset % 32 != 0 || offset + size > l1.size()) {
            conflicts.emplace_back("a matrix that the tile would refuse");
            throw std::out_of_range(conflicts.back());
        }
        return Range{offset, offset + size};
    };
    const std::size_t a_ld = 32u * athena_descriptor_matmul_get_a_ld(at);
    const std::size_t b_ld = 32u * athena_descriptor_matmul_get_b_ld(at);
    const std::size_t c_ld = 32u * athena_descriptor_matmul_get_c_ld(at);
    next.ranges = {place(athena_descriptor_matmul_get_a_addr(at), args.m, 2 * args.k, a_ld),
                   place(athena_descriptor_matmul_get_b_addr(at), args.k, 2 * args.n, b_ld),
                   place(athena_descriptor_matmul_get_c_addr(at), args.m, 4 * args.n, c_ld)};
    const std::span<std::byte> bytes = std::as_writable_bytes(std::span(l1));
    const auto part = [&](const Range& range) {
        return bytes.subspan(range.begin, range.end - range.begin);
    };
    args.a = {part(next.ranges[0]), a_ld, numerics::OperandFormat::Bf16};
    args.b = {part(next.ranges[1]), b_ld, numerics::OperandFormat::Bf16};
    args.c = {part(next.ranges[2]), c_ld, numerics::ResultFormat::Fp32};
    running_ = next;
    return true;
}

bool RingDevice::end_product() {
    if (!running_) {
        return false;
    }
    numerics::gemm_reference(running_->args);
    const Line line = running_->line;
    running_.reset();
    ++products;
    complete(line);
    return true;
}

}  // namespace athena::test
