/* SPDX-License-Identifier: Apache-2.0 */
#include "clint_regs.h"
#include "devices.h"
#include "plic_regs.h"
#include "rtc_regs.h"

enum { RTC_SOURCE = 11 };

#define MSIP (CLINT + ATHENA_CLINT_MSIP_OFFSET)
#define MTIMECMP (CLINT + ATHENA_CLINT_MTIMECMP_OFFSET)
#define MTIME (CLINT + ATHENA_CLINT_MTIME_OFFSET)

void test_clint(void) {
    write32(MSIP, 0xFFFFFFFF);
    record("clint msip", read32(MSIP));
    record("clint software", pending_interrupts());
    write32(MSIP, 0);
    write64(MTIMECMP, 0x123456789abcdef0);
    record("clint mtimecmp low", read32(MTIMECMP));
    record("clint mtimecmp high", read32(MTIMECMP + 4));
    write32(MTIMECMP + 4, 0x0fedcba9);
    write32(MTIMECMP, 0x87654321);
    record("clint mtimecmp", read64(MTIMECMP));
    record("clint timer off", pending_interrupts());
    write64(MTIMECMP, read64(MTIME) + 1000);
    record("clint timer before", pending_interrupts());
    wait_microseconds(200);
    record("clint timer after", pending_interrupts());
    write64(MTIMECMP, UINT64_MAX);
    record("clint timer off again", pending_interrupts());
    write64(MTIME, 0x500000000);
    record("clint mtime written", read64(MTIME) >> 24);
    write64(MTIMECMP, 0x500000000);
    record("clint timer of the past", pending_interrupts());
    write64(MTIME, 0);
    wait_microseconds(1);
    record("clint timer after mtime went back", pending_interrupts());
    write64(MTIMECMP, UINT64_MAX);
}

static uint64_t rtc_time(void) {
    const uint32_t low = read32(RTC + ATHENA_RTC_TIME_LOW_OFFSET);
    return (uint64_t)read32(RTC + ATHENA_RTC_TIME_HIGH_OFFSET) << 32 | low;
}

static void set_alarm(uint64_t time) {
    write32(RTC + ATHENA_RTC_ALARM_HIGH_OFFSET, (uint32_t)(time >> 32));
    write32(RTC + ATHENA_RTC_ALARM_LOW_OFFSET, (uint32_t)time);
}

#define LOOK(when)                                                               \
    do {                                                                         \
        record("rtc armed " when, read32(RTC + ATHENA_RTC_ALARM_STATUS_OFFSET)); \
        record("rtc interrupt " when,                                            \
               read32(PLIC + ATHENA_PLIC_PENDING_OFFSET) >> RTC_SOURCE & 1);     \
    } while (0)

void test_rtc(void) {
    LOOK("at reset");
    record("rtc enabled at reset", read32(RTC + ATHENA_RTC_IRQ_ENABLED_OFFSET));
    const uint64_t first = rtc_time();
    record("rtc after 2020", first > 1577836800000000000);
    wait_microseconds(1000);
    record("rtc runs", rtc_time() - first >= 1000000);
    set_alarm(0x1122334455667788);
    record("rtc alarm low", read32(RTC + ATHENA_RTC_ALARM_LOW_OFFSET));
    record("rtc alarm high", read32(RTC + ATHENA_RTC_ALARM_HIGH_OFFSET));
    LOOK("of the far future");
    write32(RTC + ATHENA_RTC_CLEAR_ALARM_OFFSET, 1);
    LOOK("cleared");
    set_alarm(rtc_time() + 2000000);
    LOOK("soon");
    wait_microseconds(30000);
    LOOK("rung, disabled");
    write32(RTC + ATHENA_RTC_IRQ_ENABLED_OFFSET, 0xFFFFFFFF);
    record("rtc enabled", read32(RTC + ATHENA_RTC_IRQ_ENABLED_OFFSET));
    LOOK("rung, enabled");
    write32(RTC + ATHENA_RTC_CLEAR_INTERRUPT_OFFSET, 1);
    LOOK("interrupt cleared");
    write32(RTC + ATHENA_RTC_TIME_HIGH_OFFSET, 0x12000000);
    record("rtc time set", rtc_time() >> 32);
    set_alarm(rtc_time() - 1000000000);
    LOOK("of the past");
    write32(RTC + ATHENA_RTC_CLEAR_INTERRUPT_OFFSET, 1);
    write32(RTC + ATHENA_RTC_IRQ_ENABLED_OFFSET, 0);
}
