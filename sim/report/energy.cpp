// SPDX-License-Identifier: Apache-2.0
#include "sim/report/energy.h"

namespace athena::sim {

namespace {

std::uint64_t bytes_at(const Work& work, Place place) {
    const auto index = static_cast<std::size_t>(place);
    return work.read[index] + work.written[index];
}

}  // namespace

EnergyShares energy_of(const Work& work, std::uint64_t time, std::uint64_t hop_bytes,
                       const platform::BoardConfig::Energy& table) {
    const std::array<std::uint64_t, kMacFormats> macs = {table.mac_bf16_fj,  table.mac_mxint8_fj,
                                                         table.mac_fp8_fj,   table.mac_mxfp8_fj,
                                                         table.mac_mxfp6_fj, table.mac_mxfp4_fj};
    EnergyShares energy;
    for (std::size_t format = 0; format < kMacFormats; ++format) {
        energy.multiply += work.macs[format] * macs[format];
    }
    energy.vector = work.vector_operations * table.vector_operation_fj;
    // What lies in another cluster is taken for L1.
    const std::uint64_t l1 = bytes_at(work, Place::OwnL1) + bytes_at(work, Place::OtherCluster);
    energy.l1 = (work.tile_l1_bytes + l1) * table.l1_fj_per_byte;
    energy.sram =
        (work.vector_sram_bytes + bytes_at(work, Place::OwnSram)) * table.sram_fj_per_byte;
    std::uint64_t moved = 0;
    for (std::size_t place = 0; place < kPlaces; ++place) {
        moved += work.read[place] + work.written[place];
    }
    energy.crossbar = moved * table.crossbar_fj_per_byte;
    energy.mesh = hop_bytes * table.mesh_fj_per_byte_hop;
    energy.hbm = bytes_at(work, Place::Hbm) * table.hbm_fj_per_byte;
    energy.ram = bytes_at(work, Place::Ram) * table.ram_fj_per_byte;
    // A milliwatt is a femtojoule a picosecond.
    energy.idle = time * table.static_mw;
    return energy;
}

}  // namespace athena::sim
