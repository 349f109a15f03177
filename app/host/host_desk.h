// The engine host's desk, for the other programs of this user.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "app/api/fields.h"
#include "engine/base/result.h"

namespace alcove::app {

class HostDesk {
public:
    using OnEvent = std::function<void(const Json& event)>;

    /// As Desk::answer(). An engine that ends in the middle is started again and asked once more,
    /// which `onEvent` is told as {"event": "opened", "notes": […]}. Nothing: the host cannot be
    /// had, or has other models or kernels than this process; `why` then says what to tell, if
    /// anything.
    [[nodiscard]] std::optional<Result<Json>> call(const std::string& name, const Json& request,
                                                   const OnEvent& onEvent,
                                                   const std::stop_token& stop,
                                                   std::string& why) const;

    /// A host that runs and has this library open closes it, unless it is at work there.
    static void release(const std::string& library);
};

}  // namespace alcove::app
