// SPDX-License-Identifier: Apache-2.0
// A board as its file describes it: plain numbers, checked by board_file.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memory/hbm_config.h"

namespace athena::platform {

/// Sizes and addresses in bytes, clocks in hertz, latencies in nanoseconds unless named otherwise.
struct BoardConfig {
    std::string name;
    std::string description;

    struct Harts {
        std::uint64_t count = 0;
        std::uint64_t clock_hz = 0;
    } harts;

    struct Bus {
        std::uint64_t latency_ns = 0;
    } bus;

    struct Ram {
        std::uint64_t base = 0;
        std::uint64_t size = 0;
        std::uint64_t latency_ns = 0;
    } ram;

    struct Hbm {
        std::uint64_t base = 0;
        std::uint64_t size = 0;
        std::uint64_t latency_ns = 0;
        std::uint64_t bytes_per_second = 0;
    } hbm;

    /// Of the controllers, in timed fidelity.
    memory::HbmConfig hbm_timing;

    /// The bus in timed fidelity: two meshes, and the nodes of what is on it.
    struct Mesh {
        std::uint64_t width = 0;
        std::uint64_t height = 0;
        std::uint64_t clock_hz = 0;
        std::uint64_t flit_bytes = 0;
        std::uint64_t vcs = 0;
        std::uint64_t buffer_flits = 0;
        std::uint64_t router_cycles = 0;
        std::uint64_t link_cycles = 0;
        std::uint64_t source_queue = 0;
        std::uint64_t target_queue = 0;
        std::uint64_t control = 0;            ///< node of harts, RAM and devices
        std::vector<std::uint64_t> clusters;  ///< node of each; again from the first if too few
        std::vector<std::uint64_t> hbm;       ///< nodes, each of as many channels
    } mesh;

    /// Of a cluster, in timed fidelity.
    struct Crossbar {
        std::uint64_t bytes_per_cycle = 0;
        std::uint64_t request_cycles = 0;
        std::uint64_t response_cycles = 0;
        std::uint64_t queue = 0;
    } crossbar;

    struct Cluster {
        std::uint64_t count = 0;
        std::uint64_t clock_hz = 0;
        std::uint64_t latency_ns = 0;
    } cluster;

    struct Tile {
        std::uint64_t count = 0;  ///< of each cluster
        std::uint64_t clock_hz = 0;
        std::uint64_t rows = 0;
        std::uint64_t cols = 0;
        std::uint64_t l1_bytes = 0;
        std::uint64_t queue_depth = 0;
    } tile;

    struct Sram {
        std::uint64_t size = 0;  ///< of each cluster; 0: none
        std::uint64_t latency_ns = 0;
    } sram;

    struct Vector {
        std::uint64_t count = 0;  ///< of each cluster
        std::uint64_t clock_hz = 0;
        std::uint64_t lanes = 0;
        std::uint64_t queue_depth = 0;
        std::uint64_t launch_cycles = 0;
    } vector;

    struct Dma {
        std::uint64_t channels = 0;
        std::uint64_t queue_depth = 0;
        std::uint64_t launch_cycles = 0;
        std::uint64_t bytes_per_cycle = 0;
        std::uint64_t start_cycles = 0;
        std::uint64_t outstanding = 0;
    } dma;

    struct Iopmp {
        std::uint64_t entries = 0;  ///< of each cluster
    } iopmp;

    struct Command {
        std::uint64_t rings = 0;
        std::uint64_t semaphores = 0;
        std::uint64_t engine_queue = 0;
        std::uint64_t fetch_cycles = 0;
    } command;

    /// Femtojoules, of reports alone.
    struct Energy {
        std::uint64_t mac_bf16_fj = 0;
        std::uint64_t mac_fp8_fj = 0;
        std::uint64_t mac_mxfp8_fj = 0;
        std::uint64_t mac_mxfp6_fj = 0;
        std::uint64_t mac_mxfp4_fj = 0;
        std::uint64_t mac_mxint8_fj = 0;
        std::uint64_t vector_operation_fj = 0;
        std::uint64_t l1_fj_per_byte = 0;
        std::uint64_t sram_fj_per_byte = 0;
        std::uint64_t crossbar_fj_per_byte = 0;
        std::uint64_t mesh_fj_per_byte_hop = 0;
        std::uint64_t hbm_fj_per_byte = 0;
        std::uint64_t ram_fj_per_byte = 0;
        std::uint64_t static_mw = 0;  ///< milliwatts of the whole chip
    } energy;

    /// Of a program's own (device.h); a board file need not have any.
    struct Device {
        std::string name;
        std::string kind;
        std::string compatible;  ///< in the device tree
        std::uint64_t base = 0;
        std::uint64_t size = 0;
        unsigned interrupt = 0;  ///< source of the PLIC; 0: none
        std::string where;       ///< FILE:LINE
    };
    std::vector<Device> devices;
};

}  // namespace athena::platform
