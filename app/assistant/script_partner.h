// Answers as a script has them: `alcove --fake` and the tests of the window. What it says depends
// on a word in the question, so that each scene can be called up by hand.
//
//   code, table, think, long, slow, fail, cut      anything else: the question is said back
#pragma once

#include <chrono>

#include "app/assistant/partner.h"

namespace alcove::app {

struct ScriptOptions {
    std::chrono::microseconds perToken{10'000};  // 100 tokens a second
};

class ScriptPartner final : public Partner {
public:
    explicit ScriptPartner(ScriptOptions options = {}) : m_options(options) {}

    [[nodiscard]] Result<std::vector<PartnerModel>> models(std::stop_token stop) override;
    [[nodiscard]] Result<ChatReply> answer(const PartnerQuestion& question,
                                           const Listener& listener, std::stop_token stop) override;

private:
    ScriptOptions m_options;
};

}  // namespace alcove::app
