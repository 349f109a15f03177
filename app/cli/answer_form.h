// The options that hold answers to a grammar or a JSON schema.
#pragma once

#include <memory>
#include <string>

#include "app/cli/options.h"
#include "engine/base/result.h"
#include "engine/grammar/grammar.h"

namespace alcove::app {

struct AnswerForm {
    std::string grammarFile, schemaFile;  // one of them, or none
    [[nodiscard]] bool given() const { return !grammarFile.empty() || !schemaFile.empty(); }
};

/// --grammar and --json-schema.
void addFormOptions(Options& options, AnswerForm& target);
/// What of the options cannot be together; empty: nothing.
[[nodiscard]] std::string formMistake(const AnswerForm& form);
/// The grammar of a form that was given. Errors begin with the file's name.
[[nodiscard]] Result<std::shared_ptr<const engine::Grammar>> readForm(const AnswerForm& form);

}  // namespace alcove::app
