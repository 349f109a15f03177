// The grammars of a request's tools: of an answer that has to be a call, and of what follows where
// a free answer begins one.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/chat/answer_format.h"
#include "engine/chat/call_shape.h"
#include "engine/grammar/grammar.h"

namespace alcove::app {

class CallGrammars {
public:
    using GrammarPtr = std::shared_ptr<const engine::Grammar>;

    /// `controls` are the model's own markers; `form` is what an answer must obey that is no call,
    /// if it is of a schema. Fails where a strict tool's schema cannot be kept.
    [[nodiscard]] static Result<std::shared_ptr<const CallGrammars>> create(
        const engine::AnswerFormat& format, engine::CallConstraint calls,
        std::vector<engine::TokenTrie::Control> controls, GrammarPtr form = nullptr);

    /// Of an answer that is nothing but calls, or obeys the form.
    [[nodiscard]] const GrammarPtr& whole() const { return m_whole; }
    /// Of what follows the marker that opens a call; null where calls have none.
    [[nodiscard]] const GrammarPtr& behindMarker() const { return m_behindMarker; }
    /// Of what follows `{"name": "tool"`; made when it is first asked for.
    [[nodiscard]] Result<GrammarPtr> behindName(std::string_view tool, bool inList) const;

private:
    CallGrammars() = default;

    engine::CallConstraint m_calls;
    std::vector<engine::TokenTrie::Control> m_controls;
    GrammarPtr m_form, m_whole, m_behindMarker;
    mutable std::mutex m_mutex;  // guards m_behindNames
    mutable std::map<std::pair<std::string, bool>, GrammarPtr> m_behindNames;
};

}  // namespace alcove::app
