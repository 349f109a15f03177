// What a conversation is called: its first words, until the model has a better name for it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/assistant/partner.h"

namespace alcove::app {

/// The beginning of a question, on one line.
[[nodiscard]] std::string firstWords(std::string_view question);

/// Asks a model for a title of what was said.
[[nodiscard]] PartnerQuestion titleQuestion(const PartnerModel& model, std::string_view question,
                                            std::string_view answer);
/// The title in a model's answer; nothing where it is not fit to be one.
[[nodiscard]] std::optional<std::string> titleIn(std::string_view reply);

}  // namespace alcove::app
