// SPDX-License-Identifier: Apache-2.0
#include "command/observer.h"

namespace athena::command {

void CommandCore::tell(Moment moment, const Pending& command, std::optional<EngineId> engine,
                       Status status) const {
    if (!is_observed()) {
        return;
    }
    const CommandFacts facts{.descriptor = &command.descriptor,
                             .ring = command.ring,
                             .position = command.position,
                             .engine = engine,
                             .life = command.life,
                             .now = host_.now(),
                             .status = status};
    for (CommandObserver* const observer : observers_) {
        switch (moment) {
            case Moment::Queued:
                observer->queued(facts);
                break;
            case Moment::Issued:
                observer->issued(facts);
                break;
            case Moment::Ended:
                observer->ended(facts);
                break;
        }
    }
}

void CommandCore::tell_semaphore(std::uint32_t semaphore) const {
    for (CommandObserver* const observer : observers_) {
        observer->counted(semaphore, semaphores_[semaphore], host_.now());
    }
}

void CommandCore::tell_doorbell(std::uint32_t ring, std::uint32_t before,
                                std::uint32_t tail) const {
    if (!is_observed()) {
        return;
    }
    const CommandHost::Accessor by = host_.accessor();
    for (CommandObserver* const observer : observers_) {
        observer->rung({.ring = ring,
                        .before = before,
                        .tail = tail,
                        .initiator = by.initiator,
                        .pc = by.pc,
                        .now = host_.now()});
    }
}

}  // namespace athena::command
