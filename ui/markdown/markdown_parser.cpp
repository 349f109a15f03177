#include "ui/markdown/markdown_parser.h"

#include <md4c.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "ui/markdown/entities.h"
#include "ui/markdown/prepared_text.h"
#include "ui/markdown/runs.h"
#include "ui/markdown/segments.h"
#include "ui/markdown/unfinished.h"

namespace alcove::ui {

namespace {

constexpr unsigned kFlags =
    MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_NOHTML;

// A short text can ask for an endless answer: cells that are missing in each of many rows, one long
// address used by many links. What grows beyond these is shown as it was written.
constexpr size_t kEventsPerByte = 16;
constexpr size_t kLeastEvents = 4'096;
constexpr qsizetype kAddressPerByte = 16;
/// md4c heeds nothing but negative numbers everywhere.
constexpr int kStop = -1;

/// Takes md4c's events; one for each text.
class Builder {
public:
    Builder(QStringView source, const PreparedText& text, const ParseOptions& options)
        : m_source(source), m_text(text), m_options(options) {}

    /// No blocks: the text asks for too much.
    std::optional<Blocks> build();

private:
    struct List {
        bool ordered;
        bool tight;
        int next;
    };
    struct Item {
        Block marker;
        bool shown;
    };

    static Builder& self(void* data) { return *static_cast<Builder*>(data); }
    bool count() { return ++m_events > kLeastEvents + kEventsPerByte * size_t(m_text.utf8.size()); }
    int enterBlock(MD_BLOCKTYPE type, void* detail);
    int leaveBlock(MD_BLOCKTYPE type);
    int enterSpan(MD_SPANTYPE type, void* detail);
    int leaveSpan(MD_SPANTYPE type);
    int addText(MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size);

    void enterItem(const MD_BLOCK_LI_DETAIL& detail);
    void openLeaf(BlockKind kind);
    void closeLeaf();
    void addPlain(const MD_CHAR* text, MD_SIZE size);
    void addCode(const MD_CHAR* text, MD_SIZE size);
    void addFormula(const Formula& formula);
    void addRun(RunKind kind, QString text, qsizetype begin, qsizetype end);
    void finishLeaf(Block block);
    QString attribute(const MD_ATTRIBUTE& attribute);
    QString withSource(const MD_CHAR* text, MD_SIZE size) const;
    /// Where a text that md4c tells lies in ours; -1: it is one of its own.
    qsizetype offsetOf(const MD_CHAR* text) const {
        const MD_CHAR* begin = m_text.utf8.constData();
        return text >= begin && text < begin + m_text.utf8.size() ? text - begin : -1;
    }

    QStringView m_source;
    const PreparedText& m_text;
    const ParseOptions& m_options;
    size_t m_events = 0;
    qsizetype m_addresses = 0;
    qsizetype m_place = 0;  ///< behind the last text, for what has no place of its own
    Blocks m_blocks;
    std::vector<List> m_lists;
    std::vector<Item> m_items;
    int m_quotes = 0;
    int m_quoteInset = 0;
    std::optional<Block> m_leaf;
    bool m_inCell = false;
    int m_bold = 0, m_italic = 0, m_strike = 0, m_code = 0;
    std::vector<QString> m_links;
    std::vector<QString> m_images;
    QString m_alt;
    qsizetype m_imageBegin = 0;
};

std::optional<Blocks> Builder::build() {
    MD_PARSER parser{};
    parser.flags = kFlags;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* data) {
        return self(data).enterBlock(type, detail);
    };
    parser.leave_block = [](MD_BLOCKTYPE type, void*, void* data) {
        return self(data).leaveBlock(type);
    };
    parser.enter_span = [](MD_SPANTYPE type, void* detail, void* data) {
        return self(data).enterSpan(type, detail);
    };
    parser.leave_span = [](MD_SPANTYPE type, void*, void* data) {
        return self(data).leaveSpan(type);
    };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* data) {
        return self(data).addText(type, text, size);
    };
    const int failed =
        md_parse(m_text.utf8.constData(), MD_SIZE(m_text.utf8.size()), &parser, this);
    if (failed != 0) return std::nullopt;
    return std::move(m_blocks);
}

int Builder::enterBlock(MD_BLOCKTYPE type, void* detail) {
    if (count()) return kStop;
    const bool cell = type == MD_BLOCK_THEAD || type == MD_BLOCK_TBODY || type == MD_BLOCK_TR ||
                      type == MD_BLOCK_TH || type == MD_BLOCK_TD;
    if (!cell) closeLeaf();
    switch (type) {
        case MD_BLOCK_QUOTE:
            if (m_quotes++ == 0) m_quoteInset = int(m_lists.size());
            break;
        case MD_BLOCK_UL:
            m_lists.push_back({false, static_cast<MD_BLOCK_UL_DETAIL*>(detail)->is_tight != 0, 0});
            break;
        case MD_BLOCK_OL: {
            const auto* list = static_cast<MD_BLOCK_OL_DETAIL*>(detail);
            m_lists.push_back({true, list->is_tight != 0, int(list->start)});
            break;
        }
        case MD_BLOCK_LI:
            enterItem(*static_cast<MD_BLOCK_LI_DETAIL*>(detail));
            break;
        case MD_BLOCK_HR:
            openLeaf(BlockKind::Rule);
            closeLeaf();
            break;
        case MD_BLOCK_H:
            openLeaf(BlockKind::Heading);
            m_leaf->level = int(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
            break;
        case MD_BLOCK_CODE:
            openLeaf(BlockKind::Code);
            m_leaf->language = attribute(static_cast<MD_BLOCK_CODE_DETAIL*>(detail)->lang);
            break;
        case MD_BLOCK_P:
            openLeaf(BlockKind::Paragraph);
            break;
        case MD_BLOCK_TABLE:
            openLeaf(BlockKind::Table);
            break;
        case MD_BLOCK_TR:
            m_leaf->rows.emplace_back();
            break;
        case MD_BLOCK_TH:
        case MD_BLOCK_TD: {
            m_leaf->rows.back().emplace_back();
            const auto align = static_cast<MD_BLOCK_TD_DETAIL*>(detail)->align;
            if (type == MD_BLOCK_TH) m_leaf->columns.push_back(ColumnAlign(align));
            m_inCell = true;
            break;
        }
        case MD_BLOCK_DOC:
        case MD_BLOCK_HTML:
        case MD_BLOCK_THEAD:
        case MD_BLOCK_TBODY:
            break;
    }
    return 0;
}

int Builder::leaveBlock(MD_BLOCKTYPE type) {
    if (count()) return kStop;
    switch (type) {
        case MD_BLOCK_QUOTE:
            closeLeaf();
            if (--m_quotes == 0) m_quoteInset = 0;
            break;
        case MD_BLOCK_UL:
        case MD_BLOCK_OL:
            m_lists.pop_back();
            break;
        case MD_BLOCK_LI:
            if (!m_items.back().shown) openLeaf(BlockKind::Paragraph);
            closeLeaf();
            m_items.pop_back();
            break;
        case MD_BLOCK_TH:
        case MD_BLOCK_TD:
            m_inCell = false;
            finishRuns(m_leaf->rows.back().back(), m_options.citations);
            break;
        case MD_BLOCK_H:
        case MD_BLOCK_CODE:
        case MD_BLOCK_P:
        case MD_BLOCK_TABLE:
            closeLeaf();
            break;
        default:
            break;
    }
    return 0;
}

void Builder::enterItem(const MD_BLOCK_LI_DETAIL& detail) {
    List& list = m_lists.back();
    Block marker;
    marker.tight = list.tight;
    marker.marker = list.ordered ? ItemMarker::Number : ItemMarker::Bullet;
    marker.number = list.next;
    if (list.ordered && list.next < std::numeric_limits<int>::max()) ++list.next;
    if (detail.is_task != 0)
        marker.marker = detail.task_mark == ' ' ? ItemMarker::TaskOpen : ItemMarker::TaskDone;
    m_items.push_back({std::move(marker), false});
}

void Builder::openLeaf(BlockKind kind) {
    Block block;
    block.kind = kind;
    block.listDepth = int(m_lists.size());
    block.quoteDepth = m_quotes;
    block.quoteInset = m_quoteInset;
    if (m_quotes > 0 && kind == BlockKind::Paragraph) block.kind = BlockKind::Quote;
    if (!m_items.empty() && !m_items.back().shown) {
        m_items.back().shown = true;
        const Block& marker = m_items.back().marker;
        const bool carries = kind == BlockKind::Paragraph || kind == BlockKind::Heading;
        Block first = block;
        Block& item = carries ? block : first;
        item.tight = marker.tight;
        item.marker = marker.marker;
        item.number = marker.number;
        if (kind != BlockKind::Heading) item.kind = BlockKind::ListItem;
        if (!carries) m_blocks.push_back(std::move(first));
    }
    m_leaf = std::move(block);
}

void Builder::closeLeaf() {
    if (!m_leaf) return;
    Block block = std::move(*m_leaf);
    m_leaf.reset();
    if (block.kind == BlockKind::Code && block.text.endsWith(u'\n')) block.text.chop(1);
    finishRuns(block.runs, m_options.citations);
    finishLeaf(std::move(block));
}

/// Takes the blanks away that stood beside a formula.
void trimEnds(Runs& runs) {
    Run& first = runs.front();
    while (first.kind == RunKind::Text && first.text.startsWith(u' ')) {
        first.text.remove(0, 1);
        ++first.begin;
    }
    Run& last = runs.back();
    while (last.kind == RunKind::Text && last.text.endsWith(u' ')) {
        last.text.chop(1);
        --last.end;
    }
}

/// A displayed formula within a paragraph is a block of its own.
void Builder::finishLeaf(Block block) {
    const auto displayed = [](const Run& run) { return run.kind == RunKind::DisplayMath; };
    const bool splits = block.kind == BlockKind::Paragraph || block.kind == BlockKind::Quote ||
                        block.kind == BlockKind::ListItem;
    if (!splits || std::none_of(block.runs.begin(), block.runs.end(), displayed)) {
        m_blocks.push_back(std::move(block));
        return;
    }
    const Runs runs = std::move(block.runs);
    Block text = std::move(block);
    text.runs.clear();
    const auto isGap = [](const Run& run) {
        return run.kind == RunKind::LineBreak ||
               (run.kind == RunKind::Text && QStringView(run.text).trimmed().isEmpty());
    };
    const auto flush = [&] {
        while (!text.runs.empty() && isGap(text.runs.back())) text.runs.pop_back();
        if (!text.runs.empty()) trimEnds(text.runs);
        if (text.runs.empty() && text.kind != BlockKind::ListItem) return;
        m_blocks.push_back(text);
        text.runs.clear();
        if (text.kind == BlockKind::ListItem) {
            text.kind = text.quoteDepth > 0 ? BlockKind::Quote : BlockKind::Paragraph;
            text.marker = ItemMarker::None;
            text.number = 0;
            text.tight = false;
        }
    };
    for (const Run& run : runs) {
        if (displayed(run)) {
            flush();
            Block formula = text;
            formula.runs.clear();
            formula.kind = BlockKind::DisplayMath;
            formula.text = run.text;
            formula.closed = run.closed;
            formula.runs.push_back(run);
            m_blocks.push_back(std::move(formula));
        } else if (!text.runs.empty() || !isGap(run)) {
            text.runs.push_back(run);
        }
    }
    if (!text.runs.empty()) flush();
}

int Builder::enterSpan(MD_SPANTYPE type, void* detail) {
    if (count()) return kStop;
    switch (type) {
        case MD_SPAN_STRONG:
            ++m_bold;
            break;
        case MD_SPAN_EM:
            ++m_italic;
            break;
        case MD_SPAN_DEL:
            ++m_strike;
            break;
        case MD_SPAN_CODE:
            ++m_code;
            break;
        case MD_SPAN_A:
            m_links.push_back(attribute(static_cast<MD_SPAN_A_DETAIL*>(detail)->href));
            break;
        case MD_SPAN_IMG:
            if (m_images.empty()) m_imageBegin = m_place;
            m_images.push_back(attribute(static_cast<MD_SPAN_IMG_DETAIL*>(detail)->src));
            break;
        default:
            break;
    }
    return m_addresses > kAddressPerByte * (m_text.utf8.size() + 4'096) ? kStop : 0;
}

int Builder::leaveSpan(MD_SPANTYPE type) {
    if (count()) return kStop;
    switch (type) {
        case MD_SPAN_STRONG:
            --m_bold;
            break;
        case MD_SPAN_EM:
            --m_italic;
            break;
        case MD_SPAN_DEL:
            --m_strike;
            break;
        case MD_SPAN_CODE:
            --m_code;
            break;
        case MD_SPAN_A:
            m_links.pop_back();
            break;
        case MD_SPAN_IMG: {
            const QString url = m_images.back();
            m_images.pop_back();
            if (!m_images.empty()) break;
            const QString alt = m_alt.isEmpty() ? url : m_alt;
            m_alt.clear();
            m_links.push_back(url);
            addRun(RunKind::Image, alt, m_imageBegin, m_place);
            m_links.pop_back();
            break;
        }
        default:
            break;
    }
    return 0;
}

int Builder::addText(MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size) {
    if (count()) return kStop;
    if (!m_leaf) openLeaf(BlockKind::Paragraph);
    const qsizetype at = offsetOf(text);
    if (at >= 0) m_place = m_text.origin[size_t(at) + size];
    if (m_leaf->kind == BlockKind::Code) {
        m_leaf->text += withSource(text, size);
        return 0;
    }
    switch (type) {
        case MD_TEXT_BR:
        case MD_TEXT_SOFTBR:
            if (!m_images.empty()) {
                m_alt += u' ';
            } else if (m_leaf->runs.empty()) {
                break;  // behind the box of a task: nothing is broken yet
            } else if (type == MD_TEXT_BR) {
                addRun(RunKind::LineBreak, QStringLiteral("\n"), m_place, m_place);
            } else {
                addRun(RunKind::Text, QStringLiteral(" "), m_place, m_place + 1);
            }
            break;
        case MD_TEXT_ENTITY: {
            const QString entity = entityText(QString::fromUtf8(text, size));
            const qsizetype begin = at < 0 ? m_place : m_text.origin[size_t(at)];
            addRun(RunKind::Text, entity, begin, m_place);
            break;
        }
        case MD_TEXT_NULLCHAR:
            addRun(RunKind::Text, QString(QChar(0xFFFD)), m_place, m_place);
            break;
        case MD_TEXT_CODE:
            addCode(text, size);
            break;
        default:
            addPlain(text, size);
            break;
    }
    return 0;
}

void Builder::addPlain(const MD_CHAR* text, MD_SIZE size) {
    const qsizetype at = offsetOf(text);
    if (at < 0) {
        addRun(RunKind::Text, QString::fromUtf8(text, size), m_place, m_place);
        return;
    }
    const QByteArray all = QByteArray::fromRawData(text, qsizetype(size));
    const QByteArrayView mark(kFormulaMarkUtf8);
    for (qsizetype done = 0; done < all.size();) {
        const qsizetype found = all.indexOf(mark, done);
        const qsizetype stop = found < 0 ? all.size() : found;
        if (stop > done) {
            addRun(RunKind::Text, QString::fromUtf8(text + done, stop - done),
                   m_text.origin[size_t(at + done)], m_text.origin[size_t(at + stop)]);
        }
        if (found < 0) break;
        if (const Formula* formula = formulaAt(m_text, at + found)) addFormula(*formula);
        done = found + mark.size();
    }
}

void Builder::addCode(const MD_CHAR* text, MD_SIZE size) {
    const qsizetype at = offsetOf(text);
    const QString code =
        at < 0 && size == 1 && *text == '\n' ? QStringLiteral(" ") : withSource(text, size);
    const qsizetype begin = at < 0 ? m_place : m_text.origin[size_t(at)];
    addRun(RunKind::Code, code, begin, at < 0 ? m_place + code.size() : m_place);
}

void Builder::addFormula(const Formula& formula) {
    const RunKind kind = !formula.display ? RunKind::Math : RunKind::DisplayMath;
    const bool fits = !m_inCell && m_leaf->kind != BlockKind::Heading && m_images.empty();
    addRun(fits ? kind : RunKind::Math, formula.tex, formula.begin, formula.end);
    if (m_images.empty()) {
        Runs& runs = m_inCell ? m_leaf->rows.back().back() : m_leaf->runs;
        runs.back().closed = formula.closed;
    }
}

void Builder::addRun(RunKind kind, QString text, qsizetype begin, qsizetype end) {
    if (!m_images.empty()) {
        m_alt += text;
        return;
    }
    Run run;
    run.kind = kind;
    run.bold = m_bold > 0;
    run.italic = m_italic > 0;
    run.strike = m_strike > 0;
    run.begin = begin;
    run.end = end;
    run.text = std::move(text);
    if (!m_links.empty()) run.link = m_links.back();
    appendRun(m_inCell ? m_leaf->rows.back().back() : m_leaf->runs, std::move(run));
}

QString Builder::attribute(const MD_ATTRIBUTE& attribute) {
    QString result;
    if (attribute.text == nullptr) return result;
    for (int i = 0; attribute.substr_offsets[i] < attribute.size; ++i) {
        const MD_OFFSET from = attribute.substr_offsets[i];
        const MD_SIZE size = attribute.substr_offsets[i + 1] - from;
        if (attribute.substr_types[i] == MD_TEXT_ENTITY) {
            result += entityText(QString::fromUtf8(attribute.text + from, size));
        } else {
            result += withSource(attribute.text + from, size);
        }
    }
    m_addresses += result.size();
    return result;
}

/// The text with the source of formulas put back that are none here.
QString Builder::withSource(const MD_CHAR* text, MD_SIZE size) const {
    const QByteArray all = QByteArray::fromRawData(text, qsizetype(size));
    const QByteArrayView mark(kFormulaMarkUtf8);
    qsizetype found = all.indexOf(mark);
    if (found < 0) return QString::fromUtf8(all);
    const qsizetype at = offsetOf(text);
    QString result;
    qsizetype done = 0;
    for (; found >= 0; found = all.indexOf(mark, done)) {
        result += QString::fromUtf8(text + done, found - done);
        const Formula* formula = at < 0 ? nullptr : formulaAt(m_text, at + found);
        if (formula) result += m_source.mid(formula->begin, formula->end - formula->begin);
        done = found + mark.size();
    }
    return result + QString::fromUtf8(text + done, all.size() - done);
}

/// What cannot be read as Markdown within reason is shown as it is.
Blocks asWritten(QStringView text) {
    Block block;
    block.kind = BlockKind::Code;
    block.text = text.toString();
    Blocks blocks;
    blocks.push_back(std::move(block));
    return blocks;
}

void appendSegment(QStringView text, qsizetype at, const ParseOptions& options, Blocks& blocks) {
    PreparedText prepared = prepareText(text, options.unfinished);
    if (options.unfinished) closeOpenMarkup(prepared);
    std::optional<Blocks> found = Builder(text, prepared, options).build();
    if (!found) found = asWritten(text);
    for (Block& block : *found) {
        if (at > 0) shiftSource(block, at);
        blocks.push_back(std::move(block));
    }
}

}  // namespace

Blocks parseMarkdown(QStringView text, const ParseOptions& options) {
    constexpr qsizetype kLargest = std::numeric_limits<qint32>::max() / 8;
    if (text.size() > kLargest) return asWritten(text);
    SegmentScanner scanner;
    std::vector<qsizetype> cuts;
    const qsizetype scanned =
        scanner.scan(text, 0, [&cuts](qsizetype cut) { cuts.push_back(cut); });
    if (scanner.mayDefineLinksWith(text.mid(scanned))) cuts.clear();
    Blocks blocks;
    qsizetype done = 0;
    ParseOptions whole = options;
    whole.unfinished = false;
    for (const qsizetype cut : cuts) {
        appendSegment(text.mid(done, cut - done), done, whole, blocks);
        done = cut;
    }
    appendSegment(text.mid(done), done, options, blocks);
    return blocks;
}

void shiftSource(Block& block, qsizetype by) {
    const auto shift = [by](Runs& runs) {
        for (Run& run : runs) {
            run.begin += by;
            run.end += by;
        }
    };
    shift(block.runs);
    for (auto& row : block.rows)
        for (Runs& cell : row) shift(cell);
}

void markUnsupported(Block& block, const std::vector<SourceRange>& ranges) {
    markUnsupported(block.runs, ranges);
    for (auto& row : block.rows)
        for (Runs& cell : row) markUnsupported(cell, ranges);
}

}  // namespace alcove::ui
