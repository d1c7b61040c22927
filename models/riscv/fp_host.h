// SPDX-License-Identifier: Apache-2.0
// The host's FPU as the hart's: while an FpuSession lives, MXCSR holds the guest's rounding mode
// and gathers the guest's flags; nothing is read or written per instruction. x86 detects tininess
// after rounding as RISC-V demands. The arithmetic is volatile assembly so that the compiler keeps
// it between the changes of MXCSR. On hosts other than x86-64 with FMA available() is false.
#pragma once

#include <bit>
#include <cstdint>

#include "riscv/fp_soft.h"

namespace athena::riscv::fp {

// The NaN test is on the bits: comparing could be moved, and would look like the guest's.
inline std::uint64_t canonical(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    return __builtin_expect(is_nan(bits), 0) ? Format<std::uint64_t>::kNan : bits;
}
inline std::uint32_t canonical(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return __builtin_expect(is_nan(bits), 0) ? Format<std::uint32_t>::kNan : bits;
}

#if defined(__x86_64__)

class FpuSession {
  public:
    [[nodiscard]] static bool available() { return __builtin_cpu_supports("fma") != 0; }

    /// frm: 0 to 3.
    explicit FpuSession(std::uint64_t frm) {
        asm volatile("stmxcsr %0" : "=m"(host_));
        set_rounding(frm);
    }
    ~FpuSession() { asm volatile("ldmxcsr %0" : : "m"(host_)); }
    FpuSession(const FpuSession&) = delete;
    FpuSession& operator=(const FpuSession&) = delete;

    /// Gives the host its own mode for the time of a call that may do arithmetic.
    void suspend() {
        asm volatile("stmxcsr %0" : "=m"(guest_) : : "memory");
        asm volatile("ldmxcsr %0" : : "m"(host_) : "memory");
    }
    void resume() { asm volatile("ldmxcsr %0" : : "m"(guest_) : "memory"); }

    void set_rounding(std::uint64_t frm) {
        // RC of MXCSR: nearest, down, up, zero
        constexpr std::uint32_t kControl[4] = {0, 3, 1, 2};
        guest_ = 0x1F80U | kControl[frm & 3] << 13;
        asm volatile("ldmxcsr %0" : : "m"(guest_) : "memory");
    }

    /// Flags since the last call, in RISC-V's order.
    std::uint64_t take_flags() {
        std::uint32_t raised = 0;
        asm volatile("stmxcsr %0" : "=m"(raised) : : "memory");
        guest_ = raised & ~0x3FU;
        asm volatile("ldmxcsr %0" : : "m"(guest_) : "memory");
        return ((raised & 1) << 4) | ((raised & 4) << 1) | ((raised & 8) >> 1) |
               ((raised & 16) >> 3) | ((raised & 32) >> 5);
    }

  private:
    std::uint32_t host_ = 0;
    std::uint32_t guest_ = 0;
};

#define ATHENA_FP_BINARY(name, instruction, Float)              \
    inline Float name(Float a, Float b) {                       \
        asm volatile(instruction " %1, %0" : "+x"(a) : "x"(b)); \
        return a;                                               \
    }
ATHENA_FP_BINARY(host_add, "addsd", double)
ATHENA_FP_BINARY(host_subtract, "subsd", double)
ATHENA_FP_BINARY(host_multiply, "mulsd", double)
ATHENA_FP_BINARY(host_divide, "divsd", double)
ATHENA_FP_BINARY(host_add, "addss", float)
ATHENA_FP_BINARY(host_subtract, "subss", float)
ATHENA_FP_BINARY(host_multiply, "mulss", float)
ATHENA_FP_BINARY(host_divide, "divss", float)
#undef ATHENA_FP_BINARY

#define ATHENA_FP_CONVERT(name, instruction, To, From, to, from)    \
    inline To name(From a) {                                        \
        To result;                                                  \
        asm volatile(instruction " %1, %0" : to(result) : from(a)); \
        return result;                                              \
    }
ATHENA_FP_CONVERT(host_root, "sqrtsd", double, double, "=x", "x")
ATHENA_FP_CONVERT(host_root, "sqrtss", float, float, "=x", "x")
ATHENA_FP_CONVERT(host_narrow, "cvtsd2ss", float, double, "=x", "x")
ATHENA_FP_CONVERT(host_widen, "cvtss2sd", double, float, "=x", "x")
ATHENA_FP_CONVERT(host_to_integer, "cvtsd2si", std::int64_t, double, "=r", "x")
ATHENA_FP_CONVERT(host_to_integer, "cvtss2si", std::int64_t, float, "=r", "x")
ATHENA_FP_CONVERT(host_truncate, "cvttsd2si", std::int64_t, double, "=r", "x")
ATHENA_FP_CONVERT(host_truncate, "cvttss2si", std::int64_t, float, "=r", "x")
#undef ATHENA_FP_CONVERT

inline double host_to_double(std::int64_t a) {
    double result = 0;
    asm volatile("cvtsi2sdq %1, %0" : "+x"(result) : "r"(a));
    return result;
}
inline float host_to_float(std::int64_t a) {
    float result = 0;
    asm volatile("cvtsi2ssq %1, %0" : "+x"(result) : "r"(a));
    return result;
}

inline double host_fused(double a, double b, double c) {
    asm volatile("vfmadd213sd %2, %1, %0" : "+x"(a) : "x"(b), "x"(c));
    return a;
}
inline float host_fused(float a, float b, float c) {
    asm volatile("vfmadd213ss %2, %1, %0" : "+x"(a) : "x"(b), "x"(c));
    return a;
}

#else

class FpuSession {
  public:
    [[nodiscard]] static bool available() { return false; }
    explicit FpuSession(std::uint64_t /*frm*/) {}
    void suspend() {}
    void resume() {}
    void set_rounding(std::uint64_t /*frm*/) {}
    std::uint64_t take_flags() { return 0; }
};

// Never called, as there is never a session.
template <typename Float>
Float host_add(Float, Float) {
    __builtin_unreachable();
}
template <typename Float>
Float host_subtract(Float, Float) {
    __builtin_unreachable();
}
template <typename Float>
Float host_multiply(Float, Float) {
    __builtin_unreachable();
}
template <typename Float>
Float host_divide(Float, Float) {
    __builtin_unreachable();
}
template <typename Float>
Float host_root(Float) {
    __builtin_unreachable();
}
template <typename Float>
Float host_fused(Float, Float, Float) {
    __builtin_unreachable();
}
template <typename Float>
std::int64_t host_to_integer(Float) {
    __builtin_unreachable();
}
template <typename Float>
std::int64_t host_truncate(Float) {
    __builtin_unreachable();
}
inline float host_narrow(double) {
    __builtin_unreachable();
}
inline double host_widen(float) {
    __builtin_unreachable();
}
inline double host_to_double(std::int64_t) {
    __builtin_unreachable();
}
inline float host_to_float(std::int64_t) {
    __builtin_unreachable();
}

#endif

}  // namespace athena::riscv::fp
