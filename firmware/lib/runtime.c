// SPDX-License-Identifier: Apache-2.0
#include "runtime.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "csr.h"
#include "trap.h"

enum { CONSOLE_BAUD = 115200 };

extern volatile uint64_t tohost;
extern char __image_end[];

static struct runtime the_runtime;

static int put_character(char character, FILE* file) {
    (void)file;
    if (character == '\n' && uart_put(&the_runtime.console, '\r') != RESULT_OK) {
        return EOF;
    }
    return uart_put(&the_runtime.console, (uint8_t)character) == RESULT_OK ? 0 : EOF;
}

static FILE console_file = FDEV_SETUP_STREAM(put_character, NULL, NULL, _FDEV_SETUP_WRITE);
FILE* const stdout = &console_file;
FILE* const stderr = &console_file;

void exit_with(uint32_t code) {
    tohost = code == 0 ? 1 : ((uint64_t)code << 1 | 1);
    for (;;) {
        wait_for_interrupt();
    }
}

void require(enum result value, const char* what) {
    if (value != RESULT_OK) {
        printf("%s: %s\n", what, result_name(value));
        exit_with(1);
    }
}

void wait_report(const char* what, uint64_t microseconds) {
    printf("timeout: waited %" PRIu64 " us for %s\n", microseconds, what);
}

void read_arguments(const struct runtime* runtime, const struct bootarg* arguments, size_t count) {
    const char* culprit = "";
    if (bootargs_parse(runtime->board.arguments, arguments, count, &culprit) == RESULT_OK) {
        return;
    }
    printf("argument not understood: %.*s; known:", (int)strcspn(culprit, " \t\n"), culprit);
    for (size_t i = 0; i < count; ++i) {
        printf(" %s=", arguments[i].key);
        if (arguments[i].kind != BOOTARG_FLOAT) {
            printf("%" PRIu64 "..%" PRIu64, arguments[i].minimum, arguments[i].maximum);
        } else {
            printf("decimal");
        }
    }
    printf("\n");
    exit_with(1);
}

void* take_memory(struct runtime* runtime, size_t count, size_t size) {
    void* memory = NULL;
    const bool overflow = size != 0 && count > SIZE_MAX / size;
    require(overflow ? RESULT_NO_MEMORY : arena_take(&runtime->memory, count * size, 64, &memory),
            "memory for the program's data (athena run --memory gives more)");
    return memory;
}

struct arena free_part(const struct board* board, uint64_t start, uint64_t end) {
    struct arena_region occupied[BOARD_MOST_BLOBS + 1];
    size_t count = 0;
    occupied[count++] = (struct arena_region){(uintptr_t)board->tree.blob, board->tree.total_size};
    struct board_blob blob;
    for (uint32_t i = 0; i < BOARD_MOST_BLOBS && board_find_blob(board, i, &blob) == RESULT_OK;
         ++i) {
        occupied[count++] = (struct arena_region){blob.region.address, blob.region.size};
    }
    return arena_between(start, end, occupied, count);
}

static void find_memory(struct runtime* runtime) {
    const struct fdt_region* const memory = &runtime->board.memory;
    runtime->memory =
        free_part(&runtime->board, (uintptr_t)__image_end, memory->address + memory->size);
}

static void on_timer(void* context) {
    timer_on_interrupt(context);
}

static void on_external(void* context) {
    plic_on_interrupt(context);
}

// Before the console works nothing can be printed: the code tells what failed.
static void start_console(struct runtime* runtime, const void* device_tree) {
    enum { NO_DEVICE_TREE = 120, NO_CONSOLE = 121 };
    if (board_read(&runtime->board, device_tree) != RESULT_OK) {
        exit_with(NO_DEVICE_TREE);
    }
    const struct uart_config config = {
        .base = runtime->board.uart.address,
        .clock_hertz = runtime->board.uart_clock_hertz,
        .baud = CONSOLE_BAUD,
    };
    if (uart_init(&runtime->console, &config) != RESULT_OK) {
        exit_with(NO_CONSOLE);
    }
}

static void start_interrupts(struct runtime* runtime) {
    const struct board* board = &runtime->board;
    const struct timer_config timer = {
        .clint = board->clint.address,
        .hart = runtime->hart,
        .hertz = board->timebase_hertz,
    };
    require(timer_init(&runtime->timer, &timer), "timer");
    struct plic_config plic = {.base = board->plic.address, .sources = board->plic_sources};
    require(board_plic_context(board, runtime->hart, &plic.context), "the PLIC's context");
    require(plic_init(&runtime->plic, &plic), "PLIC");
    require(trap_set_handler(CAUSE_MACHINE_TIMER, on_timer, &runtime->timer), "timer handler");
    require(trap_set_handler(CAUSE_MACHINE_EXTERNAL, on_external, &runtime->plic), "PLIC handler");
    CSR_SET(mstatus, MSTATUS_MIE);
}

// Called by _start.
void runtime_main(uint64_t hart, const void* device_tree) __attribute__((noreturn));

void runtime_main(uint64_t hart, const void* device_tree) {
    struct runtime* const runtime = &the_runtime;
    runtime->hart = (uint32_t)hart;
    start_console(runtime, device_tree);
    start_interrupts(runtime);
    find_memory(runtime);
    exit_with((uint32_t)program(runtime));
}
