// Finds what a template does with tools by rendering small conversations with it.
#pragma once

#include "engine/chat/answer_format.h"

namespace alcove::engine {

/// Ids of calls have `idLength` letters, or any number if 0.
[[nodiscard]] TemplateTraits probeTemplate(const ChatTemplate& chatTemplate, size_t idLength);

}  // namespace alcove::engine
