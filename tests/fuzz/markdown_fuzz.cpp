// Any text as an answer that grows, and as code. What is shown must be what the whole text gives,
// and colours must lie within the lines.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ui/markdown/highlighter.h"
#include "ui/markdown/language.h"
#include "ui/markdown/markdown_document.h"

using namespace alcove::ui;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    const uint8_t first = data[0];
    const QString text =
        QString::fromUtf8(reinterpret_cast<const char*>(data + 1), qsizetype(size - 1));
    const ParseOptions options{.citations = first & 3, .unfinished = (first & 4) != 0};
    MarkdownDocument document;
    const qsizetype step = 1 + (first >> 3);
    for (qsizetype at = 0; at < text.size(); at += step) {
        document.setText(text.first(at), options);
        if (document.blocks() != parseMarkdown(text.first(at), options)) __builtin_trap();
    }
    const auto languages = allLanguages();
    const Language& language = languages[first % languages.size()];
    const Highlighter highlighter(language.aliases.split(u' ').front());
    LineState state;
    for (const QString& line : text.split(u'\n')) {
        std::vector<Token> tokens;
        state = highlighter.highlight(line, state, tokens);
        qsizetype last = 0;
        for (const Token& token : tokens) {
            if (token.begin < last || token.length <= 0) __builtin_trap();
            last = token.begin + token.length;
        }
        if (last > line.size() || state.levels.size() > 8) __builtin_trap();
    }
    return 0;
}
