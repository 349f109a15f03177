#include "app/generation/call_grammars.h"

namespace alcove::app {
using namespace engine;

Result<std::shared_ptr<const CallGrammars>> CallGrammars::create(
    const AnswerFormat& format, CallConstraint calls, std::vector<TokenTrie::Control> controls,
    GrammarPtr form) {
    std::shared_ptr<CallGrammars> made(new CallGrammars);
    made->m_calls = std::move(calls);
    made->m_controls = std::move(controls);
    made->m_form = std::move(form);
    grammar::CallsBegun begun;
    if (made->m_form && !made->m_form->rules().empty()) begun.otherwise = &made->m_form->rules();
    ALCOVE_TRY(made->m_whole, Grammar::fromCalls(made->m_calls, made->m_controls, begun));
    begun.otherwise = nullptr;
    // As the parser of answers knows where calls begin.
    const CallSyntax& syntax = format.calls;
    begun.marker = !syntax.sectionOpen.empty() ? syntax.sectionOpen
                   : !syntax.callOpen.empty()  ? syntax.callOpen
                                               : syntax.nameOpen;
    if (!begun.marker.empty()) {
        ALCOVE_TRY(made->m_behindMarker,
                   Grammar::fromCalls(made->m_calls, made->m_controls, begun));
    }
    return std::shared_ptr<const CallGrammars>(std::move(made));
}

Result<CallGrammars::GrammarPtr> CallGrammars::behindName(std::string_view tool,
                                                          bool inList) const {
    const std::lock_guard lock(m_mutex);
    GrammarPtr& made = m_behindNames[{std::string(tool), inList}];
    if (!made) {
        grammar::CallsBegun begun;
        begun.tool = tool;
        begun.inList = inList;
        ALCOVE_TRY(made, Grammar::fromCalls(m_calls, m_controls, begun));
    }
    return made;
}

}  // namespace alcove::app
