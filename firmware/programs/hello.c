// SPDX-License-Identifier: Apache-2.0
// Says what board this is.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "csr.h"
#include "runtime.h"

static void print_region(const char* name, const struct fdt_region* region) {
    const bool small = region->size < 1024;
    printf("  %-9s 0x%010" PRIx64 "  %" PRIu64 " %s\n", name, region->address,
           small ? region->size : region->size / 1024, small ? "B" : "KiB");
}

static void print_isa(void) {
    const uint64_t misa = CSR_READ(misa);
    printf("rv%u", (unsigned)(misa >> 62 == 2 ? 64 : 32));
    for (unsigned letter = 0; letter < 26; ++letter) {
        if ((misa >> letter & 1) != 0) {
            printf("%c", (char)('a' + letter));
        }
    }
}

static void print_clusters(const struct board* board) {
    struct board_cluster cluster;
    for (uint32_t i = 0; i < board->clusters; ++i) {
        require(board_find_cluster(board, i, &cluster), "the cluster's device tree node");
        printf("cluster %" PRIu32 ": %" PRIu32 " tile(s), %" PRIu32 " MHz\n", i, cluster.tiles,
               cluster.clock_hertz / 1000000);
        print_region("command", &cluster.command);
        print_region("dma", &cluster.dma);
        for (uint32_t t = 0; t < cluster.tiles; ++t) {
            print_region("l1", &cluster.tile[t].l1);
        }
    }
}

int program(struct runtime* runtime) {
    const struct board* board = &runtime->board;
    printf("Hello from Athena: %s\n", board->model);
    printf("hart %" PRIu32 " of %" PRIu32 ", ", runtime->hart, board->harts);
    print_isa();
    printf(", timer %" PRIu32 " kHz\n", board->timebase_hertz / 1000);
    print_region("memory", &board->memory);
    print_region("uart", &board->uart);
    print_region("clint", &board->clint);
    print_region("plic", &board->plic);
    print_region("finisher", &board->finisher);
    print_region("rtc", &board->rtc);
    if (board->hbm.size != 0) {
        print_region("hbm", &board->hbm);
    }
    print_clusters(board);
    printf("free memory: %" PRIu64 " KiB at 0x%" PRIx64 "\n",
           (uint64_t)(runtime->memory.end - runtime->memory.next) / 1024,
           (uint64_t)runtime->memory.next);
    struct board_blob blob;
    for (uint32_t i = 0; board_find_blob(board, i, &blob) == RESULT_OK; ++i) {
        printf("file %s: %" PRIu64 " bytes at 0x%" PRIx64 "\n", blob.name, blob.region.size,
               blob.region.address);
    }
    printf("arguments: \"%s\"\n", board->arguments);
    return 0;
}
