// SPDX-License-Identifier: Apache-2.0
#include "uart.h"

#include "mmio.h"
#include "uart_regs.h"

enum { MOST_LOOKS = 100000 };

static void put_register(const struct uart* uart, uintptr_t offset, uint8_t value) {
    mmio_write8(uart->config.base + offset, value);
}

static uint8_t line_status(const struct uart* uart) {
    return mmio_read8(uart->config.base + ATHENA_UART_LSR_OFFSET);
}

enum result uart_init(struct uart* uart, const struct uart_config* config) {
    if (config->base == 0 || config->baud == 0 || config->clock_hertz / 16 < config->baud) {
        return RESULT_BAD_ARGUMENT;
    }
    *uart = (struct uart){*config};
    const uint32_t divisor = config->clock_hertz / (16 * config->baud);
    put_register(uart, ATHENA_UART_IER_OFFSET, 0);
    put_register(uart, ATHENA_UART_LCR_OFFSET, ATHENA_UART_LCR_DLAB_MASK);
    put_register(uart, ATHENA_UART_DLL_OFFSET, (uint8_t)divisor);
    put_register(uart, ATHENA_UART_DLM_OFFSET, (uint8_t)(divisor >> 8));
    put_register(uart, ATHENA_UART_LCR_OFFSET, 3u << ATHENA_UART_LCR_WLS_SHIFT);
    put_register(uart, ATHENA_UART_FCR_OFFSET, ATHENA_UART_FCR_FIFO_ENABLE_MASK);
    return RESULT_OK;
}

enum result uart_put(const struct uart* uart, uint8_t byte) {
    for (unsigned look = 0; look < MOST_LOOKS; ++look) {
        if ((line_status(uart) & ATHENA_UART_LSR_THRE_MASK) != 0) {
            put_register(uart, ATHENA_UART_THR_OFFSET, byte);
            return RESULT_OK;
        }
    }
    return RESULT_TIMEOUT;
}

enum result uart_get(const struct uart* uart, uint8_t* byte) {
    if ((line_status(uart) & ATHENA_UART_LSR_DR_MASK) == 0) {
        return RESULT_NOT_FOUND;
    }
    *byte = mmio_read8(uart->config.base + ATHENA_UART_RBR_OFFSET);
    return RESULT_OK;
}
