// Tokenizers under libFuzzer: a file of any metadata is loaded, and the input's own last bytes are
// encoded and decoded with it. What comes out must be tokens of the vocabulary and valid UTF-8.
#include <algorithm>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/unicode.h"
#include "engine/tokenizer/tokenizer.h"

namespace {

using namespace alcove::engine;

void requireUtf8(std::string_view text) {
    while (!text.empty()) {
        const auto prefix = alcove::strictUtf8Prefix(text);
        if (prefix.state != alcove::Utf8Prefix::State::Whole) std::abort();
        text.remove_prefix(prefix.bytes);
    }
}

void exercise(const Tokenizer& tokenizer, std::string_view text, EncodeOptions options) {
    StreamDecoder decoder(tokenizer, options.parseSpecial);
    for (const Token token : tokenizer.encode(text, options)) {
        if (token < 0 || token >= tokenizer.size()) std::abort();
        static_cast<void>(tokenizer.isEnd(token) || tokenizer.isControl(token));
        requireUtf8(decoder.push(token));
    }
    requireUtf8(decoder.finish());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    const auto file = GgufFile::parse(bytes, "input");
    if (!file) return 0;
    const auto tokenizer = Tokenizer::load(*file);
    if (!tokenizer) {
        if (tokenizer.message().find("input: ") != 0) std::abort();  // names the file
        return 0;
    }
    const size_t length = std::min<size_t>(size, 256);
    const std::string_view tail(reinterpret_cast<const char*>(data) + size - length, length);
    for (const std::string& text :
         {std::string(tail), std::string("Don't  stop\n ab 123 \xC3 é 漢")}) {
        exercise(**tokenizer, text, {});
        exercise(**tokenizer, text, {true, true});
    }
    return 0;
}
