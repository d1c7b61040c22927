// SPDX-License-Identifier: Apache-2.0
// Memory instructions that the software TLB does not serve.
#include "riscv/engine.h"
#include "riscv/nan_box.h"

namespace athena::riscv {

namespace {

template <typename Signed>
std::uint64_t extend(std::uint64_t value) {
    return static_cast<std::uint64_t>(std::int64_t{static_cast<Signed>(value)});
}

std::uint64_t address_of(const DecodedOp& op, const HartState& state) {
    return state.x[op.rs1] + static_cast<std::uint64_t>(std::int64_t{op.immediate});
}

unsigned size_of(Operation operation) {
    switch (operation) {
        case Operation::Lb:
        case Operation::Lbu:
        case Operation::Sb:
            return 1;
        case Operation::Lh:
        case Operation::Lhu:
        case Operation::Sh:
            return 2;
        case Operation::Lw:
        case Operation::Lwu:
        case Operation::Sw:
        case Operation::Flw:
        case Operation::Fsw:
            return 4;
        default:
            return 8;
    }
}

unsigned atomic_size(Operation operation) {
    return operation >= Operation::LrD ? 8 : 4;
}

WatchKind watch_kind(Operation atomic) {
    switch (atomic) {
        case Operation::LrW:
        case Operation::LrD:
            return WatchKind::Read;
        case Operation::ScW:
        case Operation::ScD:
            return WatchKind::Write;
        default:
            return WatchKind::ReadWrite;
    }
}

}  // namespace

HartCore::MemoryStatus Engine::slow_load(HartCore& core, const DecodedOp& op) {
    using Status = HartCore::MemoryStatus;
    HartState& state = core.state_;
    const auto operation = static_cast<Operation>(op.operation);
    std::uint64_t value = 0;
    const Status status = core.load_slow(address_of(op, state), size_of(operation), value);
    if (status != Status::Ok && status != Status::Leave) {
        return status;
    }
    switch (operation) {
        case Operation::Lb:
            state.x[op.rd] = extend<std::int8_t>(value);
            break;
        case Operation::Lh:
            state.x[op.rd] = extend<std::int16_t>(value);
            break;
        case Operation::Lw:
            state.x[op.rd] = extend<std::int32_t>(value);
            break;
        case Operation::Flw:
            state.f[op.rd] = box(static_cast<std::uint32_t>(value));
            state.fp_dirty = true;
            break;
        case Operation::Fld:
            state.f[op.rd] = value;
            state.fp_dirty = true;
            break;
        default:
            state.x[op.rd] = value;
            break;
    }
    return status;
}

HartCore::MemoryStatus Engine::slow_store(HartCore& core, const DecodedOp& op) {
    const auto operation = static_cast<Operation>(op.operation);
    const bool is_fp = operation == Operation::Fsw || operation == Operation::Fsd;
    const HartState& state = core.state_;
    return core.store_slow(address_of(op, state), size_of(operation),
                           is_fp ? state.f[op.rs2] : state.x[op.rs2]);
}

HartCore::MemoryStatus Engine::slow_atomic(HartCore& core, const DecodedOp& op) {
    using Status = HartCore::MemoryStatus;
    HartState& state = core.state_;
    const auto operation = static_cast<Operation>(op.operation);
    const std::uint64_t address = state.x[op.rs1];
    std::uint64_t value = state.x[op.rs2];
    Status status = core.check_data_stops(address, atomic_size(operation), watch_kind(operation));
    if (status != Status::Ok) {
        return status;
    }
    switch (operation) {
        case Operation::LrW:
            status = core.load_reserved(address, 4, value);
            break;
        case Operation::LrD:
            status = core.load_reserved(address, 8, value);
            break;
        case Operation::ScW:
            status = core.store_conditional(address, 4, value);
            break;
        case Operation::ScD:
            status = core.store_conditional(address, 8, value);
            break;
        default:
            status = core.atomic(operation, address, value, value);
            break;
    }
    if (status == Status::Ok || status == Status::Leave) {
        state.x[op.rd] = value;
    }
    return status;
}

}  // namespace athena::riscv
