// SPDX-License-Identifier: Apache-2.0
#include "chip.h"

#include <inttypes.h>
#include <stdio.h>

#include "command_regs.h"

enum { RING_SIZE = 64, FIRST_ENGINE_SEMAPHORE = 8, ARRIVED = 0, GO = 1 };
static const uint64_t kListMicroseconds = 600000000;
static const uint64_t kLine = 64;
static const uint64_t kPage = 1024;

static void __attribute__((noreturn)) give_up(const char* text) {
    printf("chip: %s\n", text);
    exit_with(1);
}

// Of L1's bytes, those of a place for operands and of one for results.
static uint32_t operand_bytes(uint64_t l1) {
    return (uint32_t)(l1 / 16 * 5 / kLine * kLine);
}
static uint32_t result_bytes(uint64_t l1) {
    return (uint32_t)(l1 / 16 * 3 / kLine * kLine);
}

static void init_tiles(struct chip* chip, struct chip_cluster* cluster) {
    for (uint32_t i = 0; i < chip->tiles; ++i) {
        const struct board_tile* board = &cluster->board.tile[i];
        cluster->tile[i] =
            (struct chip_tile){.l1 = board->l1.address, .channel = i % cluster->dma.channels};
        if (board->l1.size < chip->l1_bytes) {
            chip->l1_bytes = (uint32_t)board->l1.size;
        }
    }
}

static void init_cores(struct chip* chip, struct chip_cluster* cluster) {
    const uint32_t slot =
        (uint32_t)(cluster->board.sram.size / chip->cores / CHIP_HALVES / kLine * kLine);
    chip->slot_bytes = slot;
    if (slot < CHIP_LEAST_SLOT) {
        chip_fail_sram(chip, "the least work", CHIP_LEAST_SLOT);
        give_up(chip->failed);
    }
    for (uint32_t i = 0; i < chip->cores; ++i) {
        for (uint32_t half = 0; half < CHIP_HALVES; ++half) {
            const uint32_t number = i * CHIP_HALVES + half;
            cluster->core[i].sram[half] = number * slot;
            cluster->core[i].channel[half] = number % cluster->dma.channels;
        }
    }
}

static void init_ring(struct chip* chip, struct chip_cluster* cluster) {
    struct runtime* const runtime = chip->runtime;
    const struct ring_config ring = {
        .registers = cluster->board.command.address,
        .memory = take_memory(runtime, RING_SIZE, sizeof(struct descriptor)),
        .size = RING_SIZE,
        .timer = &runtime->timer,
    };
    require(ring_init(&cluster->ring, &ring), "a cluster's ring");
    require(plic_enable(&runtime->plic, cluster->board.command_interrupt, ring_on_interrupt,
                        &cluster->ring),
            "a cluster's interrupt");
    if (ring_semaphore_count(&cluster->ring) < FIRST_ENGINE_SEMAPHORE + RECORDER_ENGINES) {
        give_up("a cluster has fewer than 40 semaphores");
    }
    recorder_init(&cluster->recorder, FIRST_ENGINE_SEMAPHORE);
}

void chip_init(struct chip* chip, struct runtime* runtime) {
    const struct board* const board = &runtime->board;
    *chip = (struct chip){.runtime = runtime, .clusters = board->clusters, .l1_bytes = UINT32_MAX};
    if (chip->clusters == 0 || board->hbm.size == 0) {
        give_up("the board has no clusters or no HBM");
    }
    if (chip->clusters > CHIP_CLUSTERS) {
        chip->clusters = CHIP_CLUSTERS;
    }
    chip->memory = free_part(board, board->hbm.address, board->hbm.address + board->hbm.size);
    chip->memory.next = (chip->memory.next + kLine - 1) / kLine * kLine;
    if (chip->memory.next > chip->memory.end) {
        chip->memory.next = chip->memory.end;
    }
    chip->cluster = take_memory(runtime, chip->clusters, sizeof *chip->cluster);
    for (uint32_t i = 0; i < chip->clusters; ++i) {
        struct chip_cluster* const cluster = &chip->cluster[i];
        require(board_find_cluster(board, i, &cluster->board), "a cluster");
        chip->tiles = cluster->board.tiles;
        chip->cores =
            cluster->board.vector_cores < CHIP_CORES ? cluster->board.vector_cores : CHIP_CORES;
        if (chip->tiles == 0 || chip->cores == 0 || cluster->board.sram.size == 0) {
            give_up("a cluster has no tile, no vector core or no shared SRAM");
        }
        require(dma_init(&cluster->dma, &(struct dma_config){cluster->board.dma.address}),
                "a cluster's DMA engine");
        init_ring(chip, cluster);
        init_tiles(chip, cluster);
        init_cores(chip, cluster);
    }
    chip->operand_bytes = operand_bytes(chip->l1_bytes);
    chip->result_bytes = result_bytes(chip->l1_bytes);
}

struct tensor chip_tensor(struct chip* chip, const char* name, uint32_t rows, uint32_t columns,
                          uint8_t format) {
    struct tensor tensor = {.rows = rows,
                            .columns = columns,
                            .ld = (uint64_t)columns * element_bytes(format),
                            .format = format,
                            .buffer = take_memory(chip->runtime, 1, sizeof(struct buffer)),
                            .shared = true};
    const uint64_t size = (rows * tensor.ld + kLine - 1) / kLine * kLine;
    if (size > chip_memory_left(chip)) {
        printf("chip: HBM is exhausted: %s needs %" PRIu64 " bytes, %" PRIu64 " are left\n", name,
               size, chip_memory_left(chip));
        exit_with(1);
    }
    tensor.address = chip->memory.next;  // zero when the board starts, as no file lies there
    chip->memory.next += size;
    return tensor;
}

void chip_align(struct chip* chip) {
    const uint64_t padding = -chip->memory.next % kPage;
    if (padding <= chip_memory_left(chip)) {
        chip->memory.next += padding;
    }
}

uint64_t chip_memory_left(const struct chip* chip) {
    return chip->memory.end - chip->memory.next;
}

void chip_fail(struct chip* chip, const char* why) {
    if (chip->failed[0] == '\0') {
        (void)snprintf(chip->failed, sizeof chip->failed, "%s", why);
    }
}

void chip_fail_l1(struct chip* chip, const char* what, uint64_t operands, uint64_t results) {
    uint64_t wanted = chip->l1_bytes;
    while (operand_bytes(wanted) < operands || result_bytes(wanted) < results) {
        wanted *= 2;
    }
    char why[sizeof chip->failed];
    (void)snprintf(why, sizeof why,
                   "a tile's L1 of %" PRIu32 " bytes is too small: %s needs %" PRIu64,
                   chip->l1_bytes, what, wanted);
    chip_fail(chip, why);
}

void chip_fail_sram(struct chip* chip, const char* what, uint64_t slot) {
    const uint64_t lines = (slot + kLine - 1) / kLine;
    char why[sizeof chip->failed];
    (void)snprintf(
        why, sizeof why, "a shared SRAM of %" PRIu64 " bytes is too small: %s needs %" PRIu64,
        chip->cluster[0].board.sram.size, what, lines * kLine * CHIP_HALVES * chip->cores);
    chip_fail(chip, why);
}

void chip_append(struct chip* chip, enum result result) {
    if (result != RESULT_OK) {
        chip_fail(chip, "a list has no room");
    }
}

void chip_copy(struct chip* chip, struct chip_cluster* cluster, struct copy_command command,
               const struct uses* uses) {
    const int64_t row = (int64_t)command.columns << command.log2_element;
    if (command.source_stride == row && command.destination_stride == row) {
        command.columns *= command.rows;
        command.rows = 1;
    }
    chip_append(chip, record_copy(&cluster->recorder, &command, uses));
}

struct buffer* chip_buffer(const struct chip* chip, const struct tensor* tensor) {
    return chip->clusters == 1 || !tensor->shared ? tensor->buffer : NULL;
}

static void wait_for(struct chip* chip, struct recorder* recorder, uint8_t semaphore,
                     uint32_t value) {
    const struct descriptor_sync sync = {.wait[0] = {semaphore, (uint16_t)value, 1}};
    const struct descriptor line = descriptor_nop(&sync);
    chip_append(chip, record_line(recorder, &line));
}

static void notify(struct chip* chip, struct recorder* recorder, uint32_t cluster,
                   uint32_t semaphore) {
    const struct descriptor_sync none = {0};
    const uint64_t address = chip->cluster[cluster].board.command.address +
                             ATHENA_COMMAND_SEMAPHORE_ADD_OFFSET +
                             (uint64_t)ATHENA_COMMAND_SEMAPHORE_ADD_STRIDE * semaphore;
    const struct descriptor line = descriptor_notify(address, 1, &none);
    chip_append(chip, record_line(recorder, &line));
}

struct tensor chip_part(struct chip* chip, const struct tensor* tensor, uint32_t first,
                        uint32_t rows) {
    struct tensor part = tensor_rows(tensor, first, rows);
    part.buffer = take_memory(chip->runtime, 1, sizeof(struct buffer));
    part.shared = false;
    return part;
}

void chip_section(struct chip* chip, uint16_t section) {
    for (uint32_t i = 0; i < chip->clusters; ++i) {
        chip->cluster[i].recorder.section = section;
    }
}

void chip_use(struct chip* chip, uint32_t cluster) {
    const bool all = cluster == CHIP_CLUSTERS;
    chip->first = all ? 0 : cluster;
    chip->count = all ? chip->clusters : 1;
}

void chip_barrier(struct chip* chip) {
    if (chip->count > 1) {
        chip_fence(chip);
    }
}

void chip_fence(struct chip* chip) {
    for (uint32_t i = 0; i < chip->clusters; ++i) {
        struct recorder* const recorder = &chip->cluster[i].recorder;
        chip_append(chip, record_fence(recorder));
        if (chip->clusters == 1) {
            return;
        }
        if (i == 0) {
            wait_for(chip, recorder, ARRIVED, chip->clusters - 1);
            for (uint32_t other = 1; other < chip->clusters; ++other) {
                notify(chip, recorder, other, GO);
            }
        } else {
            notify(chip, recorder, 0, ARRIVED);
            wait_for(chip, recorder, GO, 1);
        }
    }
}

// Each list begins with the same engines and halves, so that both passes record the same.
static void begin_list(struct chip* chip, struct chip_cluster* cluster) {
    cluster->next_core = 0;
    for (uint32_t i = 0; i < chip->cores; ++i) {
        cluster->core[i].next = 0;
    }
    for (uint32_t i = 0; i < chip->tiles; ++i) {
        cluster->tile[i].next_operands = 0;
        cluster->tile[i].next_results = 0;
    }
}

static void record_once(struct chip* chip, struct chip_list* list,
                        void (*record)(struct chip* chip, void* context), void* context) {
    for (uint32_t i = 0; i < chip->clusters; ++i) {
        recorder_begin(&chip->cluster[i].recorder, list->lines[i], list->count[i]);
        begin_list(chip, &chip->cluster[i]);
    }
    chip_use(chip, CHIP_CLUSTERS);
    record(chip, context);
    for (uint32_t i = 0; i < chip->clusters; ++i) {
        struct recorder* const recorder = &chip->cluster[i].recorder;
        chip_append(chip, record_end(recorder));
        list->count[i] = recorder->count;
    }
}

static void check_recorded(const struct chip* chip, const char* name) {
    if (chip->failed[0] != '\0') {
        printf("chip: %s cannot be recorded: %s\n", name, chip->failed);
        exit_with(1);
    }
}

void chip_record(struct chip* chip, struct chip_list* list, const char* name,
                 void (*record)(struct chip* chip, void* context), void* context) {
    *list = (struct chip_list){0};
    record_once(chip, list, record, context);
    check_recorded(chip, name);
    for (uint32_t i = 0; i < chip->clusters; ++i) {
        list->lines[i] = take_memory(chip->runtime, list->count[i], sizeof(struct descriptor));
    }
    record_once(chip, list, record, context);
    check_recorded(chip, name);
}

void chip_run(struct chip* chip, const struct chip_list* list) {
    for (uint32_t i = 0; i < chip->clusters; ++i) {
        const struct descriptor_sync sync = {.interrupt = 1};
        const struct descriptor call =
            descriptor_call((uintptr_t)list->lines[i], list->count[i], &sync);
        require(ring_put(&chip->cluster[i].ring, &call), "a ring");
        ring_doorbell(&chip->cluster[i].ring);
    }
    for (uint32_t i = 0; i < chip->clusters; ++i) {
        if (ring_wait_idle(&chip->cluster[i].ring, kListMicroseconds) != RESULT_OK) {
            printf("cluster %" PRIu32 ": ", i);
            print_ring_error(&chip->cluster[i].ring);
            exit_with(1);
        }
    }
}

uint64_t chip_cycles(const struct chip* chip) {
    return ring_cycles(&chip->cluster[0].ring);
}
