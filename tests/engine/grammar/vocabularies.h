// Tokenizers of real models, from ALCOVE_TEST_DATA.
#pragma once

#include <QtTest>
#include <memory>

#include "engine/grammar/token_trie.h"
#include "engine/tokenizer/tokenizer.h"

namespace alcove::test {

inline QString vocabularyFile(const QString& name) {
    return qEnvironmentVariable("ALCOVE_TEST_DATA") + "/vocabs/ggml-vocab-" + name + ".gguf";
}

/// Null where the file is not there.
inline std::unique_ptr<const engine::Tokenizer> vocabulary(const QString& name) {
    const QString path = vocabularyFile(name);
    if (!QFile::exists(path)) return nullptr;
    auto file = engine::GgufFile::open(path.toStdString());
    if (!file) qFatal("%s", file.message().c_str());
    auto tokenizer = engine::Tokenizer::load(*file);
    if (!tokenizer) qFatal("%s", tokenizer.message().c_str());
    return std::move(*tokenizer);
}

}  // namespace alcove::test
