// SPDX-License-Identifier: Apache-2.0
#include "board.h"

#include <stdio.h>
#include <string.h>

static enum result region_of(const struct fdt* tree, const char* compatible,
                             struct fdt_region* region, uint32_t* node) {
    *node = FDT_START;
    const enum result found = fdt_next_compatible(tree, compatible, node);
    return found == RESULT_OK ? fdt_get_region(tree, *node, 0, region) : found;
}

static enum result absent_is_fine(enum result found) {
    return found == RESULT_NOT_FOUND ? RESULT_OK : found;
}

static enum result read_memory(struct board* board) {
    uint32_t node = 0;
    const enum result found = fdt_find_path(&board->tree, "/memory", &node);
    return found == RESULT_OK ? fdt_get_region(&board->tree, node, 0, &board->memory) : found;
}

static enum result read_harts(struct board* board) {
    uint32_t cpus = 0;
    enum result found = fdt_find_path(&board->tree, "/cpus", &cpus);
    if (found == RESULT_OK) {
        found = fdt_get_u32(&board->tree, cpus, "timebase-frequency", &board->timebase_hertz);
    }
    uint32_t child = FDT_START;
    while (found == RESULT_OK && fdt_next_child(&board->tree, cpus, &child) == RESULT_OK) {
        const char* type = "";
        if (fdt_get_string(&board->tree, child, "device_type", &type) == RESULT_OK &&
            strcmp(type, "cpu") == 0) {
            ++board->harts;
        }
    }
    return found;
}

static enum result read_devices(struct board* board) {
    const struct fdt* tree = &board->tree;
    uint32_t node = 0;
    enum result found = region_of(tree, "ns16550a", &board->uart, &node);
    if (found == RESULT_OK) {
        found = fdt_get_u32(tree, node, "clock-frequency", &board->uart_clock_hertz);
    }
    if (found == RESULT_OK) {
        found = fdt_get_u32(tree, node, "interrupts", &board->uart_interrupt);
    }
    if (found == RESULT_OK) {
        found = region_of(tree, "riscv,clint0", &board->clint, &node);
    }
    if (found == RESULT_OK) {
        found = region_of(tree, "riscv,plic0", &board->plic, &node);
    }
    if (found == RESULT_OK) {
        found = fdt_get_u32(tree, node, "riscv,ndev", &board->plic_sources);
    }
    if (found == RESULT_OK) {
        found = region_of(tree, "sifive,test0", &board->finisher, &node);
    }
    if (found == RESULT_OK) {
        found = region_of(tree, "google,goldfish-rtc", &board->rtc, &node);
    }
    if (found == RESULT_OK) {
        found = absent_is_fine(region_of(tree, "athena,perf-1", &board->perf, &node));
    }
    return found;
}

static enum result read_accelerator(struct board* board) {
    uint32_t node = FDT_START;
    while (board->clusters < BOARD_MAX_CLUSTERS &&
           fdt_next_compatible(&board->tree, "athena,cluster-1", &node) == RESULT_OK) {
        board->cluster_node[board->clusters++] = node;
    }
    return absent_is_fine(region_of(&board->tree, "athena,hbm-1", &board->hbm, &node));
}

static enum result read_strings(struct board* board) {
    uint32_t node = 0;
    enum result found = fdt_find_path(&board->tree, "/", &node);
    if (found == RESULT_OK) {
        found = absent_is_fine(fdt_get_string(&board->tree, node, "model", &board->model));
    }
    if (found == RESULT_OK && fdt_find_path(&board->tree, "/chosen", &node) == RESULT_OK) {
        found = absent_is_fine(fdt_get_string(&board->tree, node, "bootargs", &board->arguments));
    }
    return found;
}

enum result board_read(struct board* board, const void* device_tree) {
    *board = (struct board){.model = "", .arguments = ""};
    enum result found = fdt_open(&board->tree, device_tree, SIZE_MAX);
    enum result (*const parts[])(struct board*) = {read_memory, read_harts, read_devices,
                                                   read_accelerator, read_strings};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && found == RESULT_OK; ++i) {
        found = parts[i](board);
    }
    return found;
}

enum result board_plic_context(const struct board* board, uint32_t hart, uint32_t* context) {
    enum { MACHINE_EXTERNAL = 11, ENTRY_BYTES = 8 };
    struct fdt_property targets;
    uint32_t node = FDT_START;
    enum result found = fdt_next_compatible(&board->tree, "riscv,plic0", &node);
    if (found == RESULT_OK) {
        found = fdt_get(&board->tree, node, "interrupts-extended", &targets);
    }
    if (found != RESULT_OK) {
        return found;
    }
    // Entries {hart's controller, interrupt}, harts in ascending order.
    for (uint32_t entry = 0; entry < targets.length / ENTRY_BYTES; ++entry) {
        const uint8_t* line = targets.value + (size_t)entry * ENTRY_BYTES + 4;
        const bool machine =
            line[0] == 0 && line[1] == 0 && line[2] == 0 && line[3] == MACHINE_EXTERNAL;
        if (machine && hart-- == 0) {
            *context = entry;
            return RESULT_OK;
        }
    }
    return RESULT_NOT_FOUND;
}

static enum result read_tile(const struct fdt* tree, const struct fdt_bus* bus, uint32_t node,
                             struct board_tile* tile) {
    enum result found = fdt_get_region_on(tree, bus, node, 0, &tile->l1);
    if (found == RESULT_OK) {
        found = fdt_get_region_on(tree, bus, node, 1, &tile->registers);
    }
    if (found == RESULT_OK) {
        found = fdt_get_u32(tree, node, "interrupts", &tile->interrupt);
    }
    return found;
}

static bool is_compatible(const struct fdt* tree, uint32_t node, const char* name) {
    const char* compatible = "";
    return fdt_get_string(tree, node, "compatible", &compatible) == RESULT_OK &&
           strcmp(compatible, name) == 0;
}

static enum result read_part(const struct fdt* tree, const struct fdt_bus* bus, uint32_t node,
                             struct board_cluster* cluster) {
    enum result found = RESULT_OK;
    if (is_compatible(tree, node, "athena,command-1")) {
        found = fdt_get_region_on(tree, bus, node, 0, &cluster->command);
        if (found == RESULT_OK) {
            found = fdt_get_u32(tree, node, "interrupts", &cluster->command_interrupt);
        }
    } else if (is_compatible(tree, node, "athena,dma-1")) {
        found = fdt_get_region_on(tree, bus, node, 0, &cluster->dma);
    } else if (is_compatible(tree, node, "athena,iopmp-1")) {
        found = fdt_get_region_on(tree, bus, node, 0, &cluster->iopmp);
    } else if (is_compatible(tree, node, "athena,sram-1")) {
        found = fdt_get_region_on(tree, bus, node, 0, &cluster->sram);
    } else if (is_compatible(tree, node, "athena,vector-1")) {
        ++cluster->vector_cores;
    } else if (is_compatible(tree, node, "athena,tile-1") && cluster->tiles < BOARD_MAX_TILES) {
        found = read_tile(tree, bus, node, &cluster->tile[cluster->tiles++]);
    }
    return found;
}

enum result board_find_cluster(const struct board* board, uint32_t index,
                               struct board_cluster* cluster) {
    const struct fdt* tree = &board->tree;
    *cluster = (struct board_cluster){0};
    if (index >= board->clusters) {
        return RESULT_NOT_FOUND;
    }
    const uint32_t node = board->cluster_node[index];
    struct fdt_bus bus;
    enum result found = fdt_get_u32(tree, node, "clock-frequency", &cluster->clock_hertz);
    if (found == RESULT_OK) {
        found = fdt_open_bus(tree, node, &bus);
    }
    uint32_t child = FDT_START;
    while (found == RESULT_OK && fdt_next_child(tree, node, &child) == RESULT_OK) {
        found = read_part(tree, &bus, child, cluster);
    }
    return found;
}

enum result board_find_blob(const struct board* board, uint32_t index, struct board_blob* blob) {
    char path[48];
    (void)snprintf(path, sizeof path, "/chosen/athena,blob@%u", (unsigned)index);
    uint32_t node = 0;
    enum result found = fdt_find_path(&board->tree, path, &node);
    if (found == RESULT_OK) {
        found = fdt_get_string(&board->tree, node, "name", &blob->name);
    }
    if (found == RESULT_OK) {
        found = fdt_get_region(&board->tree, node, 0, &blob->region);
    }
    return found;
}
