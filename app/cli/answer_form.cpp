#include "app/cli/answer_form.h"

#include "app/cli/setup.h"

namespace alcove::app {
using engine::Grammar;

void addFormOptions(Options& options, AnswerForm& target) {
    options.name("--grammar", "FILE", "answers obey this grammar (GBNF)", target.grammarFile);
    options.name("--json-schema", "FILE", "answers are JSON that obeys this schema",
                 target.schemaFile);
}

std::string formMistake(const AnswerForm& form) {
    return !form.grammarFile.empty() && !form.schemaFile.empty()
               ? "--grammar and --json-schema exclude each other"
               : "";
}

Result<std::shared_ptr<const Grammar>> readForm(const AnswerForm& form) {
    const bool isSchema = form.grammarFile.empty();
    const std::string& path = isSchema ? form.schemaFile : form.grammarFile;
    Result<std::shared_ptr<const Grammar>> made = std::shared_ptr<const Grammar>();
    if (isSchema) {
        ALCOVE_TRY(const auto schema, readJsonFile(path));
        made = Grammar::fromJsonSchema(schema);
    } else {
        ALCOVE_TRY(const std::string text, readFile(path));
        made = Grammar::fromGbnf(text);
    }
    if (!made) return fail(path, ": ", made.message());
    return made;
}

}  // namespace alcove::app
