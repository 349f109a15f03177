// alcove-cli tokenize: the tokens of a text. Needs the vocabulary alone, no weights.
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/cli/command.h"
#include "app/cli/setup.h"
#include "app/models/folder.h"
#include "engine/tokenizer/tokenizer.h"

namespace alcove::app {
using namespace engine;

namespace {

nlohmann::ordered_json describe(const Tokenizer& tokenizer, const std::vector<Token>& tokens) {
    auto list = nlohmann::ordered_json::array();
    for (const Token token : tokens)
        list.push_back({{"id", token}, {"piece", tokenizer.piece(token, true)}});
    return list;
}

Result<void> tokenize(const std::string& model, EncodeOptions encoding, bool json,
                      Streams& streams) {
    ALCOVE_TRY(const std::filesystem::path path, findModel(model, modelsFolder()));
    ALCOVE_TRY(const GgufFile file, GgufFile::open(path));
    if (!Tokenizer::hasVocabulary(file)) return fail(file.name(), ": it has no vocabulary");
    ALCOVE_TRY(const auto tokenizer, Tokenizer::load(file));
    ALCOVE_TRY(const std::string text, readAll(streams.in, "standard input"));
    const std::vector<Token> tokens = tokenizer->encode(text, encoding);
    if (json) {
        // A piece may be half a character.
        streams.out << describe(*tokenizer, tokens)
                           .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                    << '\n';
        return {};
    }
    for (size_t i = 0; i < tokens.size(); ++i) streams.out << (i ? " " : "") << tokens[i];
    streams.out << '\n';
    return {};
}

}  // namespace

ExitCode runTokenize(Words words, Streams& streams) {
    std::string model;
    EncodeOptions encoding;
    bool json = false;
    Options options("tokenize -m MODEL [--special] [--bos] [--json] <TEXT",
                    "Prints the ids of the tokens of the text on standard input, as it is, "
                    "separated by blanks.");
    options.name("-m, --model", "MODEL", "a GGUF file, or the name of a model in the folder",
                 model);
    options.required("--model");
    options.flag("--special", "control tokens written in the text become themselves",
                 encoding.parseSpecial);
    options.flag("--bos", "adds BOS, EOS, CLS and SEP where the model asks for them",
                 encoding.addSpecial);
    options.flag("--json", "an array of objects with id and piece", json);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(tokenize(model, encoding, json, streams), streams);
}

}  // namespace alcove::app
