// SPDX-License-Identifier: Apache-2.0
#include "dma.h"

#include "dma_regs.h"
#include "mmio.h"

#define CHANNEL_REGISTER(dma, channel, name)                \
    ((dma)->config.registers + ATHENA_DMA_##name##_OFFSET + \
     (uintptr_t)ATHENA_DMA_##name##_STRIDE * (channel))

enum result dma_init(struct dma* dma, const struct dma_config* config) {
    if (config->registers == 0) {
        return RESULT_BAD_ARGUMENT;
    }
    if (mmio_read32(config->registers + ATHENA_DMA_ID_OFFSET) != ATHENA_DMA_ID_RESET) {
        return RESULT_NOT_FOUND;
    }
    const uint32_t caps = mmio_read32(config->registers + ATHENA_DMA_CAPS_OFFSET);
    *dma = (struct dma){
        .config = *config,
        .channels = (caps & ATHENA_DMA_CAPS_CHANNELS_MASK) >> ATHENA_DMA_CAPS_CHANNELS_SHIFT,
        .queue_depth =
            (caps & ATHENA_DMA_CAPS_QUEUE_DEPTH_MASK) >> ATHENA_DMA_CAPS_QUEUE_DEPTH_SHIFT,
    };
    return RESULT_OK;
}

enum result dma_read_counters(const struct dma* dma, uint32_t channel,
                              struct dma_counters* counters) {
    if (channel >= dma->channels) {
        return RESULT_BAD_ARGUMENT;
    }
    *counters = (struct dma_counters){
        .commands = mmio_read32(CHANNEL_REGISTER(dma, channel, CHANNEL_COMMANDS)),
        .bytes = mmio_read64(CHANNEL_REGISTER(dma, channel, CHANNEL_BYTES)),
        .busy_cycles = mmio_read64(CHANNEL_REGISTER(dma, channel, CHANNEL_BUSY_CYCLES)),
    };
    return RESULT_OK;
}

enum result dma_read_error(const struct dma* dma, uint32_t channel, struct dma_error* error) {
    if (channel >= dma->channels) {
        return RESULT_BAD_ARGUMENT;
    }
    const uint32_t info = mmio_read32(CHANNEL_REGISTER(dma, channel, CHANNEL_ERROR_INFO));
    *error = (struct dma_error){
        .status = mmio_read32(CHANNEL_REGISTER(dma, channel, CHANNEL_ERROR_STATUS)),
        .tag = mmio_read32(CHANNEL_REGISTER(dma, channel, CHANNEL_ERROR_TAG)),
        .opcode = (info & ATHENA_DMA_CHANNEL_ERROR_INFO_OPCODE_MASK) >>
                  ATHENA_DMA_CHANNEL_ERROR_INFO_OPCODE_SHIFT,
        .ring = (info & ATHENA_DMA_CHANNEL_ERROR_INFO_RING_MASK) >>
                ATHENA_DMA_CHANNEL_ERROR_INFO_RING_SHIFT,
        .write = (info & ATHENA_DMA_CHANNEL_ERROR_INFO_WRITE_MASK) != 0,
        .address = mmio_read64(CHANNEL_REGISTER(dma, channel, CHANNEL_ERROR_ADDRESS)),
    };
    return RESULT_OK;
}
