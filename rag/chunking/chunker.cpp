// Blocks become units: a block that is not too long, or a piece of one that is. Units that follow
// each other are gathered into a chunk until the next would make it too long, or does not belong
// with them: it stands on another page, is of another table, or opens a section.
//
// Small sections are gathered too, so that a list of one-line paragraphs does not become as many
// chunks; each chunk then says the headings that are above all of it, and has those inside it in
// its own text.
#include "rag/chunking/chunker.h"

#include <algorithm>

#include "rag/chunking/pieces.h"

namespace alcove::rag {
namespace {

constexpr std::string_view kBetweenHeadings = " › ";
constexpr size_t kMostHeadTokens = 64;  // title and headings beside a text

struct Unit {
    const Block* block;
    TextRange range;
    size_t tokens;
};

enum class Family : uint8_t { Text, Table, Code };

Family family(BlockKind kind) {
    if (kind == BlockKind::TableHeader || kind == BlockKind::TableRow) return Family::Table;
    return kind == BlockKind::Code ? Family::Code : Family::Text;
}

class Gatherer {
public:
    Gatherer(const Document& document, const TokenCounter& counter, size_t target)
        : m_document(document), m_counter(counter), m_target(target) {}

    void add(const Block& block) {
        const std::string& text = m_document.pages[block.page].text;
        const bool code = family(block.kind) == Family::Code;
        for (const Piece& piece : cutIntoPieces(text, block.range, code, m_counter, m_target)) {
            const Unit unit{&block, piece.range, piece.tokens};
            if (!m_units.empty() && !belongs(unit)) finish();
            m_units.push_back(unit);
            m_tokens += unit.tokens;
        }
    }

    std::vector<Chunk> finishAll() {
        finish();
        return std::move(m_chunks);
    }

private:
    [[nodiscard]] bool onlyHeadings() const {
        return std::all_of(m_units.begin(), m_units.end(),
                           [](const Unit& u) { return u.block->kind == BlockKind::Heading; });
    }

    [[nodiscard]] bool belongs(const Unit& unit) const {
        const Block &last = *m_units.back().block, &next = *unit.block;
        if (next.page != last.page || m_tokens + unit.tokens > m_target) return false;
        if (onlyHeadings()) return true;  // a heading goes with what follows it
        if (family(next.kind) != family(last.kind) || next.table != last.table) return false;
        const bool opensSection = next.kind == BlockKind::Heading || next.heading != last.heading;
        return !opensSection || m_tokens < m_target / 3;
    }

    /// The headings above a unit that do not stand in the chunk itself.
    [[nodiscard]] std::string headingAbove(const Unit& first) const {
        std::string path;
        for (const std::string_view heading : m_document.headingPath(*first.block)) {
            if (!path.empty()) path += kBetweenHeadings;
            path += heading;
        }
        return path;
    }

    /// The names of the columns, for rows that stand without them.
    [[nodiscard]] std::string columns(const Unit& first) const {
        std::string names;
        if (first.block->kind != BlockKind::TableRow || first.block->table == kNone) return names;
        for (const std::string& name : m_document.tables[first.block->table].header) {
            if (!names.empty()) names += " | ";
            names += name;
        }
        return names;
    }

    void finish() {
        if (m_units.empty()) return;
        Chunk chunk;
        const Unit& first = m_units.front();
        chunk.page = first.block->page;
        chunk.range = {first.range.begin, m_units.back().range.end};
        const auto text = std::find_if(m_units.begin(), m_units.end(), [](const Unit& u) {
            return u.block->kind != BlockKind::Heading;
        });
        chunk.kind = text == m_units.end() ? BlockKind::Heading : text->block->kind;
        chunk.heading = headingAbove(first);
        if (const std::string names = columns(first); !names.empty())
            chunk.heading += (chunk.heading.empty() ? "" : std::string(kBetweenHeadings)) + names;
        chunk.body =
            m_document.pages[chunk.page].text.substr(chunk.range.begin, chunk.range.size());
        m_chunks.push_back(std::move(chunk));
        m_units.clear();
        m_tokens = 0;
    }

    const Document& m_document;
    const TokenCounter& m_counter;
    size_t m_target;
    std::vector<Unit> m_units;
    size_t m_tokens = 0;  // of m_units
    std::vector<Chunk> m_chunks;
};

/// The beginning of a text that has no more than `most` tokens.
std::string shortened(std::string_view text, const TokenCounter& counter, size_t most) {
    if (most == 0) return {};
    const auto pieces = cutIntoPieces(text, {0, text.size()}, false, counter, most);
    return pieces.empty()
               ? std::string()
               : std::string(text.substr(pieces.front().range.begin, pieces.front().range.size()));
}

}  // namespace

std::vector<Chunk> cutIntoChunks(const Document& document, const TokenCounter& counter,
                                 const ChunkerOptions& options) {
    const size_t target = std::max<size_t>(1, std::min(options.target, options.limit));
    Gatherer gatherer(document, counter, target);
    for (const Block& block : document.blocks) gatherer.add(block);
    return gatherer.finishAll();
}

std::string embeddedText(std::string_view title, const Chunk& chunk, const TokenCounter& counter,
                         size_t limit) {
    const size_t body = counter.count(chunk.body);
    std::string head(title);
    const bool titleIsThere =
        title.empty() || chunk.heading.starts_with(title) || chunk.body.starts_with(title);
    if (titleIsThere) head.clear();
    if (!chunk.heading.empty()) head += (head.empty() ? "" : "\n") + chunk.heading;
    const size_t room = limit > body ? std::min(limit - body, kMostHeadTokens) : 0;
    if (counter.count(head) > room) head = shortened(head, counter, room);
    if (head.empty()) return chunk.body;
    std::string text = head + "\n" + chunk.body;
    // A tokenizer may join across lines: rare, and the text matters more.
    return counter.count(text) <= limit ? text : chunk.body;
}

}  // namespace alcove::rag
