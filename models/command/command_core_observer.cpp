// SPDX-License-Identifier: Apache-2.0
#include "command/observer.h"

namespace athena::command {

void CommandCore::tell(Moment moment, const Pending& command, std::optional<EngineId> engine,
                       Status status) const {
    if (observer_ == nullptr) {
        return;
    }
    const CommandFacts facts{.descriptor = &command.descriptor,
                             .ring = command.ring,
                             .position = command.position,
                             .engine = engine,
                             .life = command.life,
                             .now = host_.now(),
                             .status = status};
    switch (moment) {
        case Moment::Queued:
            observer_->queued(facts);
            break;
        case Moment::Issued:
            observer_->issued(facts);
            break;
        case Moment::Ended:
            observer_->ended(facts);
            break;
    }
}

}  // namespace athena::command
