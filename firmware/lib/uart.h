// SPDX-License-Identifier: Apache-2.0
// NS16550A (National Semiconductor PC16550D data sheet), polled output and input.
#pragma once

#include <stdint.h>

#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct uart_config {
    uintptr_t base;
    uint32_t clock_hertz;
    uint32_t baud;
};

struct uart {
    struct uart_config config;
};

// 8 data bits, no parity, 1 stop bit, FIFOs on, interrupts off.
MUST_USE enum result uart_init(struct uart* uart, const struct uart_config* config);

// RESULT_TIMEOUT if the transmitter stays full for 100,000 looks at it.
MUST_USE enum result uart_put(const struct uart* uart, uint8_t byte);

// RESULT_NOT_FOUND if nothing has been received.
MUST_USE enum result uart_get(const struct uart* uart, uint8_t* byte);

#ifdef __cplusplus
}
#endif
