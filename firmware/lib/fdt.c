// SPDX-License-Identifier: Apache-2.0
#include "fdt.h"

#include <string.h>

enum { TOKEN_BEGIN = 1, TOKEN_END = 2, TOKEN_PROPERTY = 3, TOKEN_NOP = 4, TOKEN_FINISH = 9 };
enum { HEADER_BYTES = 40, MAGIC = 0xd00dfeedu, OLDEST_VERSION = 17 };

// One token of the structure block.
struct token {
    uint32_t kind;
    uint32_t offset;   // where it begins
    uint32_t next;     // where the next one begins
    const char* name;  // of a node or property
    struct fdt_property property;
};

static uint32_t load_be32(const uint8_t* bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool inside(uint32_t offset, uint32_t size, uint32_t total) {
    return offset <= total && size <= total - offset;
}

// Length of the string at `offset` below `limit`, or UINT32_MAX without a terminator.
static uint32_t string_length(const uint8_t* base, uint32_t offset, uint32_t limit) {
    for (uint32_t i = offset; i < limit; ++i) {
        if (base[i] == 0) {
            return i - offset;
        }
    }
    return UINT32_MAX;
}

enum result fdt_open(struct fdt* tree, const void* blob, size_t available) {
    const uint8_t* bytes = blob;
    if (bytes == NULL || available < HEADER_BYTES) {
        return RESULT_BAD_ARGUMENT;
    }
    const uint32_t total = load_be32(bytes + 4);
    if (load_be32(bytes) != MAGIC || total < HEADER_BYTES || total > available ||
        load_be32(bytes + 20) < OLDEST_VERSION) {
        return RESULT_MALFORMED;
    }
    *tree = (struct fdt){
        .blob = bytes,
        .total_size = total,
        .structure = load_be32(bytes + 8),
        .structure_size = load_be32(bytes + 36),
        .strings = load_be32(bytes + 12),
        .strings_size = load_be32(bytes + 32),
    };
    if (!inside(tree->structure, tree->structure_size, total) ||
        !inside(tree->strings, tree->strings_size, total) || tree->structure % 4 != 0) {
        return RESULT_MALFORMED;
    }
    // The last name ends, and so does each: to read a property is to look for no end.
    const uint32_t strings_end = tree->strings + tree->strings_size;
    return tree->strings_size == 0 || bytes[strings_end - 1] == 0 ? RESULT_OK : RESULT_MALFORMED;
}

static enum result read_property(const struct fdt* tree, uint32_t offset, struct token* token) {
    const uint8_t* base = tree->blob + tree->structure;
    if (!inside(offset, 12, tree->structure_size)) {
        return RESULT_MALFORMED;
    }
    const uint32_t length = load_be32(base + offset + 4);
    const uint32_t name = load_be32(base + offset + 8);
    if (!inside(offset + 12, length, tree->structure_size) || name >= tree->strings_size) {
        return RESULT_MALFORMED;
    }
    token->name = (const char*)tree->blob + tree->strings + name;
    token->property = (struct fdt_property){base + offset + 12, length};
    token->next = offset + 12 + ((length + 3) & ~3u);
    return RESULT_OK;
}

static enum result read_token(const struct fdt* tree, uint32_t offset, struct token* token) {
    const uint8_t* base = tree->blob + tree->structure;
    if (offset % 4 != 0 || !inside(offset, 4, tree->structure_size)) {
        return RESULT_MALFORMED;
    }
    token->kind = load_be32(base + offset);
    token->offset = offset;
    token->next = offset + 4;
    token->name = "";
    switch (token->kind) {
        case TOKEN_BEGIN: {
            const uint32_t length = string_length(base, offset + 4, tree->structure_size);
            if (length == UINT32_MAX) {
                return RESULT_MALFORMED;
            }
            token->name = (const char*)base + offset + 4;
            token->next = offset + 4 + ((length + 4) & ~3u);
            return RESULT_OK;
        }
        case TOKEN_PROPERTY:
            return read_property(tree, offset, token);
        case TOKEN_END:
        case TOKEN_NOP:
        case TOKEN_FINISH:
            return RESULT_OK;
        default:
            return RESULT_MALFORMED;
    }
}

// The root's begin token, past leading NOPs.
static enum result find_root(const struct fdt* tree, uint32_t* node) {
    struct token token = {0};
    uint32_t offset = 0;
    do {
        const enum result read = read_token(tree, offset, &token);
        if (read != RESULT_OK) {
            return read;
        }
        offset = token.next;
    } while (token.kind == TOKEN_NOP);
    *node = token.offset;
    return token.kind == TOKEN_BEGIN ? RESULT_OK : RESULT_MALFORMED;
}

enum result fdt_next_child(const struct fdt* tree, uint32_t node, uint32_t* child) {
    struct token token = {0};
    uint32_t offset = *child == FDT_START ? node : *child;
    const uint32_t from = offset;
    int depth = *child == FDT_START ? -1 : 0;  // of nodes open below `node`
    for (;;) {
        const enum result read = read_token(tree, offset, &token);
        if (read != RESULT_OK) {
            return read;
        }
        if (token.kind == TOKEN_BEGIN) {
            ++depth;
            if (depth == 1 && token.offset != from) {
                *child = token.offset;
                return RESULT_OK;
            }
        } else if (token.kind == TOKEN_END) {
            if (depth-- == 0) {
                return RESULT_NOT_FOUND;
            }
        } else if (token.kind == TOKEN_FINISH) {
            return RESULT_MALFORMED;
        }
        offset = token.next;
    }
}

enum result fdt_parent(const struct fdt* tree, uint32_t node, uint32_t* parent) {
    enum { MAX_DEPTH = 32 };
    uint32_t open[MAX_DEPTH];
    uint32_t depth = 0;
    struct token token = {0};
    for (uint32_t offset = 0;; offset = token.next) {
        const enum result read = read_token(tree, offset, &token);
        if (read != RESULT_OK) {
            return read;
        }
        if (token.kind == TOKEN_FINISH) {
            return RESULT_NOT_FOUND;
        }
        if (token.kind == TOKEN_BEGIN) {
            if (token.offset == node) {
                *parent = depth == 0 ? node : open[depth - 1];
                return depth == 0 ? RESULT_NOT_FOUND : RESULT_OK;
            }
            if (depth == MAX_DEPTH) {
                return RESULT_MALFORMED;
            }
            open[depth++] = token.offset;
        } else if (token.kind == TOKEN_END) {
            if (depth == 0) {
                return RESULT_MALFORMED;
            }
            --depth;
        }
    }
}

const char* fdt_node_name(const struct fdt* tree, uint32_t node) {
    struct token token = {0};
    const enum result read = read_token(tree, node, &token);
    return read == RESULT_OK && token.kind == TOKEN_BEGIN ? token.name : "";
}

static bool component_matches(const char* name, const char* component, size_t length) {
    if (strncmp(name, component, length) != 0) {
        return false;
    }
    return name[length] == 0 || (name[length] == '@' && memchr(component, '@', length) == NULL);
}

enum result fdt_find_path(const struct fdt* tree, const char* path, uint32_t* node) {
    enum result found = find_root(tree, node);
    if (path[0] != '/') {
        return RESULT_BAD_ARGUMENT;
    }
    while (found == RESULT_OK && *path != 0) {
        path += strspn(path, "/");
        const size_t length = strcspn(path, "/");
        if (length == 0) {
            break;
        }
        uint32_t child = FDT_START;
        do {
            found = fdt_next_child(tree, *node, &child);
        } while (found == RESULT_OK &&
                 !component_matches(fdt_node_name(tree, child), path, length));
        *node = child;
        path += length;
    }
    return found;
}

enum result fdt_get(const struct fdt* tree, uint32_t node, const char* name,
                    struct fdt_property* property) {
    struct token token = {0};
    enum result read = read_token(tree, node, &token);
    if (read != RESULT_OK || token.kind != TOKEN_BEGIN) {
        return RESULT_BAD_ARGUMENT;
    }
    for (;;) {  // properties of a node come before its children
        read = read_token(tree, token.next, &token);
        if (read != RESULT_OK) {
            return read;
        }
        if (token.kind == TOKEN_PROPERTY && strcmp(token.name, name) == 0) {
            *property = token.property;
            return RESULT_OK;
        }
        if (token.kind != TOKEN_PROPERTY && token.kind != TOKEN_NOP) {
            return RESULT_NOT_FOUND;
        }
    }
}

enum result fdt_get_u32(const struct fdt* tree, uint32_t node, const char* name, uint32_t* value) {
    struct fdt_property property;
    const enum result found = fdt_get(tree, node, name, &property);
    if (found != RESULT_OK) {
        return found;
    }
    if (property.length != 4) {
        return RESULT_MALFORMED;
    }
    *value = load_be32(property.value);
    return RESULT_OK;
}

enum result fdt_get_string(const struct fdt* tree, uint32_t node, const char* name,
                           const char** value) {
    struct fdt_property property;
    const enum result found = fdt_get(tree, node, name, &property);
    if (found != RESULT_OK) {
        return found;
    }
    if (property.length == 0 || property.value[property.length - 1] != 0) {
        return RESULT_MALFORMED;
    }
    *value = (const char*)property.value;
    return RESULT_OK;
}

static bool lists(const struct fdt_property* strings, const char* name) {
    const size_t length = strlen(name) + 1;
    for (uint32_t at = 0; at < strings->length;) {
        const uint32_t own = string_length(strings->value, at, strings->length);
        if (own == UINT32_MAX) {
            return false;
        }
        if (own + 1 == length && memcmp(strings->value + at, name, length) == 0) {
            return true;
        }
        at += own + 1;
    }
    return false;
}

enum result fdt_next_compatible(const struct fdt* tree, const char* name, uint32_t* node) {
    struct token token = {0};
    uint32_t offset = 0;
    if (*node != FDT_START) {
        const enum result read = read_token(tree, *node, &token);
        if (read != RESULT_OK) {
            return read;
        }
        offset = token.next;
    }
    for (;; offset = token.next) {
        const enum result read = read_token(tree, offset, &token);
        if (read != RESULT_OK) {
            return read;
        }
        if (token.kind == TOKEN_FINISH) {
            return RESULT_NOT_FOUND;
        }
        struct fdt_property compatible;
        if (token.kind == TOKEN_BEGIN &&
            fdt_get(tree, token.offset, "compatible", &compatible) == RESULT_OK &&
            lists(&compatible, name)) {
            *node = token.offset;
            return RESULT_OK;
        }
    }
}

// "#address-cells" or "#size-cells" of a node, with the specification's default.
static enum result cells_of(const struct fdt* tree, uint32_t node, const char* name,
                            uint32_t absent, uint32_t* cells) {
    const enum result found = fdt_get_u32(tree, node, name, cells);
    if (found == RESULT_NOT_FOUND) {
        *cells = absent;
        return RESULT_OK;
    }
    return found == RESULT_OK && *cells > 2 ? RESULT_MALFORMED : found;
}

static uint64_t load_cells(const uint8_t* bytes, uint32_t cells) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < cells; ++i) {
        value = value << 32 | load_be32(bytes + (size_t)i * 4);
    }
    return value;
}

// From `bus` up to the root every bus must leave addresses as they are.
static enum result check_identity(const struct fdt* tree, uint32_t bus) {
    uint32_t root = 0;
    enum result found = find_root(tree, &root);
    while (found == RESULT_OK && bus != root) {
        struct fdt_property ranges;
        found = fdt_get(tree, bus, "ranges", &ranges);
        if (found != RESULT_OK || ranges.length != 0) {
            return RESULT_MALFORMED;
        }
        found = fdt_parent(tree, bus, &bus);
    }
    return found;
}

enum result fdt_open_bus(const struct fdt* tree, uint32_t node, struct fdt_bus* bus) {
    enum result found = cells_of(tree, node, "#address-cells", 2, &bus->address_cells);
    if (found == RESULT_OK) {
        found = cells_of(tree, node, "#size-cells", 1, &bus->size_cells);
    }
    return found == RESULT_OK ? check_identity(tree, node) : found;
}

enum result fdt_get_region_on(const struct fdt* tree, const struct fdt_bus* bus, uint32_t node,
                              uint32_t index, struct fdt_region* region) {
    struct fdt_property reg;
    const enum result found = fdt_get(tree, node, "reg", &reg);
    if (found != RESULT_OK) {
        return found;
    }
    const uint32_t entry = 4 * (bus->address_cells + bus->size_cells);
    if (entry == 0 || reg.length % entry != 0) {
        return RESULT_MALFORMED;
    }
    if (index >= reg.length / entry) {
        return RESULT_NOT_FOUND;
    }
    const uint8_t* bytes = reg.value + (size_t)index * entry;
    region->address = load_cells(bytes, bus->address_cells);
    region->size = load_cells(bytes + (size_t)bus->address_cells * 4, bus->size_cells);
    return RESULT_OK;
}

enum result fdt_get_region(const struct fdt* tree, uint32_t node, uint32_t index,
                           struct fdt_region* region) {
    uint32_t parent = 0;
    struct fdt_bus bus;
    enum result found = fdt_parent(tree, node, &parent);
    if (found == RESULT_OK) {
        found = fdt_open_bus(tree, parent, &bus);
    }
    return found == RESULT_OK ? fdt_get_region_on(tree, &bus, node, index, region) : found;
}
