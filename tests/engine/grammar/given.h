// Grammars, and whether they take a text.
#pragma once

#include <QByteArray>
#include <string>
#include <string_view>

#include "engine/grammar/automaton.h"
#include "engine/grammar/grammar.h"
#include "engine/grammar/recogniser.h"

namespace alcove::test {

using GrammarPtr = std::shared_ptr<const engine::Grammar>;

inline GrammarPtr gbnf(std::string_view text) {
    auto made = engine::Grammar::fromGbnf(text);
    if (!made) qFatal("%s", made.message().c_str());
    return *made;
}

inline GrammarPtr schema(std::string_view text) {
    auto made = engine::Grammar::fromJsonSchema(nlohmann::ordered_json::parse(text));
    if (!made) qFatal("%s", made.message().c_str());
    return *made;
}

inline bool takes(const GrammarPtr& grammar, std::string_view text) {
    engine::grammar::Recogniser recogniser(grammar->automaton());
    return recogniser.mayEnd(recogniser.next(recogniser.start(), text));
}
/// Something can follow the text so that the grammar takes it.
inline bool begins(const GrammarPtr& grammar, std::string_view text) {
    engine::grammar::Recogniser recogniser(grammar->automaton());
    return recogniser.next(recogniser.start(), text) != engine::grammar::Recogniser::kDead;
}

}  // namespace alcove::test
