/* SPDX-License-Identifier: Apache-2.0 */
#include "devices.h"
#include "uart_regs.h"

#define RBR (UART + ATHENA_UART_RBR_OFFSET)
#define THR (UART + ATHENA_UART_THR_OFFSET)
#define DLL (UART + ATHENA_UART_DLL_OFFSET)
#define DLM (UART + ATHENA_UART_DLM_OFFSET)
#define IER (UART + ATHENA_UART_IER_OFFSET)
#define IIR (UART + ATHENA_UART_IIR_OFFSET)
#define FCR (UART + ATHENA_UART_FCR_OFFSET)
#define LCR (UART + ATHENA_UART_LCR_OFFSET)
#define MCR (UART + ATHENA_UART_MCR_OFFSET)
#define LSR (UART + ATHENA_UART_LSR_OFFSET)
#define MSR (UART + ATHENA_UART_MSR_OFFSET)
#define SCR (UART + ATHENA_UART_SCR_OFFSET)

void test_uart_registers(void) {
    record("uart reset ier", read8(IER));
    record("uart reset iir", read8(IIR));
    record("uart reset lcr", read8(LCR));
    record("uart reset lsr", read8(LSR));
    record("uart reset msr", read8(MSR));
    for (unsigned value = 0; value < 256; value += 0x55) {
        write8(SCR, (uint8_t)value);
        record("uart scr", read8(SCR));
    }
    write8(LCR, 0xFF);
    record("uart lcr", read8(LCR));
    write8(DLL, 2);
    write8(DLM, 0);
    record("uart dll", read8(DLL));
    record("uart dlm", read8(DLM));
    write8(LCR, 0x03);
    write8(IER, 0xFF);
    record("uart ier", read8(IER));
    write8(IER, 0);
    record("uart ier behind the latch", read8(IER));
    write8(FCR, 0x01);
    record("uart fifos on", read8(IIR));
    write8(FCR, 0x00);
    record("uart fifos off", read8(IIR));
    for (unsigned outputs = 0; outputs < 32; outputs += 1) {
        write8(MCR, (uint8_t)(0x10 | (outputs & 0xF)));
        record("uart loopback modem inputs", read8(MSR) & 0xF0);
    }
    record("uart mcr", read8(MCR));
    write8(MCR, 0);
    (void)read8(MSR);
}

static void send(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        write8(THR, (uint8_t)('a' + i));
    }
}

static void drain(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        record("uart rbr", read8(RBR));
        record("uart lsr after rbr", read8(LSR));
    }
}

void test_uart_interrupts(void) {
    write8(MCR, 0x10);
    (void)read8(MSR);
    /* Without FIFOs. */
    write8(IER, 0x01);
    send(1);
    record("uart byte iir", read8(IIR));
    drain(1);
    record("uart no byte iir", read8(IIR));
    /* Trigger levels. */
    static const uint8_t triggers[] = {0x01, 0x41, 0x81, 0xC1};
    for (unsigned i = 0; i < sizeof triggers; ++i) {
        write8(FCR, (uint8_t)(triggers[i] | 6));
        for (unsigned byte = 0; byte < 14; ++byte) {
            send(1);
            record("uart trigger iir", read8(IIR));
        }
        drain(14);
        record("uart drained iir", read8(IIR));
    }
    /* Character timeout, after 347 us of 115200 baud. */
    write8(FCR, 0x87);
    send(2);
    record("uart before timeout iir", read8(IIR));
    wait_microseconds(20000);
    record("uart timeout iir", read8(IIR));
    drain(1);
    record("uart timeout over iir", read8(IIR));
    wait_microseconds(20000);
    record("uart second timeout iir", read8(IIR));
    drain(1);
    /* Overrun, and all causes in the order of their priorities. */
    write8(IER, 0x0F);
    send(17);
    write8(MCR, 0x1F);
    record("uart overrun iir", read8(IIR));
    record("uart overrun lsr", read8(LSR));
    record("uart overrun over lsr", read8(LSR));
    record("uart data iir", read8(IIR));
    drain(16);
    record("uart transmitter iir", read8(IIR));
    record("uart modem iir", read8(IIR));
    record("uart modem msr", read8(MSR) & 0xF0);
    record("uart nothing iir", read8(IIR));
    /* The transmitter's interrupt comes with each enabling. */
    write8(IER, 0x00);
    write8(IER, 0x02);
    record("uart enabled iir", read8(IIR));
    record("uart seen iir", read8(IIR));
    write8(IER, 0x00);
    write8(IER, 0x02);
    record("uart enabled again iir", read8(IIR));
    send(1);
    record("uart sent iir", read8(IIR));
    write8(IER, 0x00);
    write8(FCR, 0x07);
    record("uart cleared lsr", read8(LSR));
    write8(FCR, 0x00);
    write8(MCR, 0x00);
    (void)read8(MSR);
}
