// SPDX-License-Identifier: Apache-2.0
#include "memory/sparse_storage.h"

#include <sys/mman.h>

#include "base/host_memory.h"

namespace athena::memory {

SparseStorage::SparseStorage(std::uint64_t size, const std::string& name) {
    void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) {
        throw base::HostMemoryError(name, size);
    }
    bytes_ = {static_cast<std::byte*>(mapped), size};
}

SparseStorage::~SparseStorage() {
    munmap(bytes_.data(), bytes_.size());
}

void SparseStorage::clear() {
    madvise(bytes_.data(), bytes_.size(), MADV_DONTNEED);
}

}  // namespace athena::memory
