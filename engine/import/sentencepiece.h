// Reads the vocabulary of a SentencePiece model (tokenizer.model), which is a protocol-buffers
// message: a sequence of fields, each a tag (field number and wire type) and a value. Only the
// fields a GGUF needs are looked at; the others are stepped over. Every length is checked against
// the bytes that remain, and messages are read one level deep, so nothing recurses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace alcove::engine {

struct SentencePiece {
    enum class Kind : int32_t {
        Normal = 1,
        Unknown = 2,
        Control = 3,
        UserDefined = 4,
        Unused = 5,
        Byte = 6
    };
    std::string text;
    float score = 0;
    Kind kind = Kind::Normal;
};

struct SentencePieceModel {
    std::vector<SentencePiece> pieces;  // by id
    bool pairMerges = false;            // byte-pair merges, not a unigram model
    bool addDummyPrefix = true;         // a blank is put before the text
};

/// `name` is for messages.
[[nodiscard]] Result<SentencePieceModel> parseSentencePiece(std::span<const std::byte> bytes,
                                                            const std::string& name);

}  // namespace alcove::engine
