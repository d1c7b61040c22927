// SPDX-License-Identifier: Apache-2.0
// Reads a flattened device tree (Devicetree Specification 0.4, chapter 5) in place. Nothing outside
// the blob's totalsize is touched, whatever it contains; a tree that breaks a rule gives
// RESULT_MALFORMED. A node is the offset of its begin token in the structure block.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct fdt {
    const uint8_t* blob;
    uint32_t total_size;
    uint32_t structure;  // offset and size of the structure block
    uint32_t structure_size;
    uint32_t strings;  // and of the strings block
    uint32_t strings_size;
};

struct fdt_property {
    const uint8_t* value;  // big-endian, not aligned
    uint32_t length;
};

struct fdt_region {
    uint64_t address;
    uint64_t size;
};

// `available` bounds what may be read to find the header's own size; pass SIZE_MAX for a tree that
// the board's reset handed over.
MUST_USE enum result fdt_open(struct fdt* tree, const void* blob, size_t available);

// Follows `path` ("/", "/soc", "/chosen"); a component without '@' matches a node with any unit
// address.
MUST_USE enum result fdt_find_path(const struct fdt* tree, const char* path, uint32_t* node);

// The next node after `*node` in tree order whose "compatible" lists `name`. To start, *node =
// FDT_START.
#define FDT_START UINT32_MAX
MUST_USE enum result fdt_next_compatible(const struct fdt* tree, const char* name, uint32_t* node);

// The first or next direct child. To start, *child = FDT_START.
MUST_USE enum result fdt_next_child(const struct fdt* tree, uint32_t node, uint32_t* child);

MUST_USE enum result fdt_parent(const struct fdt* tree, uint32_t node, uint32_t* parent);

const char* fdt_node_name(const struct fdt* tree, uint32_t node);

MUST_USE enum result fdt_get(const struct fdt* tree, uint32_t node, const char* name,
                             struct fdt_property* property);
// A property that is one cell.
MUST_USE enum result fdt_get_u32(const struct fdt* tree, uint32_t node, const char* name,
                                 uint32_t* value);
// A property that is one string.
MUST_USE enum result fdt_get_string(const struct fdt* tree, uint32_t node, const char* name,
                                    const char** value);
// A node with children, as their "reg" need it.
struct fdt_bus {
    uint32_t address_cells;
    uint32_t size_cells;
};

// It and all buses on the way up must have an empty "ranges" (addresses are the board's), else
// RESULT_MALFORMED. Looks through the tree from its beginning.
MUST_USE enum result fdt_open_bus(const struct fdt* tree, uint32_t node, struct fdt_bus* bus);

// Entry `index` of "reg" of a child of that bus.
MUST_USE enum result fdt_get_region_on(const struct fdt* tree, const struct fdt_bus* bus,
                                       uint32_t node, uint32_t index, struct fdt_region* region);

// The same of any node, whose bus is looked for.
MUST_USE enum result fdt_get_region(const struct fdt* tree, uint32_t node, uint32_t index,
                                    struct fdt_region* region);

#ifdef __cplusplus
}
#endif
