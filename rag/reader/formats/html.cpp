// HTML by gumbo, which reads what browsers read. The tree is walked without recursion: hostile
// pages nest a million elements.
#include <gumbo.h>

#include <algorithm>

#include "engine/base/unicode.h"
#include "rag/reader/formats/formats.h"
#include "rag/reader/text/encoding.h"

namespace alcove::rag {
namespace {

std::string_view attribute(const GumboElement& element, const char* name) {
    const GumboAttribute* found = gumbo_get_attribute(&element.attributes, name);
    return found ? found->value : std::string_view();
}

const GumboVector* childrenOf(const GumboNode* node) {
    if (node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE)
        return &node->v.element.children;
    if (node->type == GUMBO_NODE_DOCUMENT) return &node->v.document.children;
    return nullptr;
}

/// enter(node) → whether to go inside; leave(node) after what is inside.
template <typename Enter, typename Leave>
void walk(const GumboNode* root, const Enter& enter, const Leave& leave) {
    const GumboNode* node = root;
    for (;;) {
        const bool inside = enter(node);
        const GumboVector* children = inside ? childrenOf(node) : nullptr;
        if (children && children->length > 0) {
            node = static_cast<const GumboNode*>(children->data[0]);
            continue;
        }
        if (inside) leave(node);
        for (;;) {
            if (node == root) return;
            const GumboNode* parent = node->parent;
            const size_t next = node->index_within_parent + 1;
            if (next < childrenOf(parent)->length) {
                node = static_cast<const GumboNode*>(childrenOf(parent)->data[next]);
                break;
            }
            node = parent;
            leave(node);
        }
    }
}

GumboTag tagOf(const GumboNode* node) {
    return node->type == GUMBO_NODE_ELEMENT ? node->v.element.tag : GUMBO_TAG_UNKNOWN;
}

int headingLevel(GumboTag tag) {
    return tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6 ? tag - GUMBO_TAG_H1 + 1 : 0;
}

/// A table that only places things on the page.
bool isLayout(const GumboNode* table) {
    if (attribute(table->v.element, "role") == "presentation") return true;
    bool layout = false;
    walk(
        table,
        [&](const GumboNode* node) {
            const GumboTag tag = tagOf(node);
            layout = layout || (node != table && tag == GUMBO_TAG_TABLE) || headingLevel(tag) != 0;
            return !layout;
        },
        [](const GumboNode*) {});
    return layout;
}

bool isHidden(const GumboElement& element) {
    if (gumbo_get_attribute(&element.attributes, "hidden")) return true;
    std::string style(attribute(element, "style"));
    style.erase(std::remove(style.begin(), style.end(), ' '), style.end());
    return style.find("display:none") != std::string::npos ||
           style.find("visibility:hidden") != std::string::npos;
}

class HtmlWriter {
public:
    explicit HtmlWriter(BlockWriter& out) : m_out(out) {}

    bool enter(const GumboNode* node) {
        if (!m_out.status()) return false;
        if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
            node->type == GUMBO_NODE_CDATA) {
            append(node->v.text.text);
            return false;
        }
        if (node->type != GUMBO_NODE_ELEMENT) return node->type == GUMBO_NODE_DOCUMENT;
        if (isHidden(node->v.element)) return false;
        switch (node->v.element.tag) {
            case GUMBO_TAG_HEAD:
            case GUMBO_TAG_SCRIPT:
            case GUMBO_TAG_STYLE:
            case GUMBO_TAG_TEMPLATE:
            case GUMBO_TAG_NOSCRIPT:
            case GUMBO_TAG_SVG:
            case GUMBO_TAG_MATH:
            case GUMBO_TAG_IFRAME:
            case GUMBO_TAG_OBJECT:
            case GUMBO_TAG_SELECT:
            case GUMBO_TAG_TEXTAREA:
                return false;
            case GUMBO_TAG_BR:
                m_text += '\n';
                return false;
            case GUMBO_TAG_IMG:
                append(attribute(node->v.element, "alt"));
                return false;
            case GUMBO_TAG_UL:
            case GUMBO_TAG_OL:
                flush();
                ++m_listDepth;
                return true;
            case GUMBO_TAG_LI:
                flush();
                m_inItem = true;
                return true;
            case GUMBO_TAG_PRE:
                flush();
                ++m_pre;
                return true;
            case GUMBO_TAG_TABLE:
                flush();
                if (!m_table && !isLayout(node)) beginTable(node);
                return true;
            case GUMBO_TAG_TR:
                if (m_table) beginRow();
                return true;
            case GUMBO_TAG_TH:
            case GUMBO_TAG_TD:
                if (m_table) m_headerCells += node->v.element.tag == GUMBO_TAG_TH ? 1 : 0;
                flush();
                return true;
            default:
                if (isBlock(node->v.element.tag)) flush();
                return true;
        }
    }

    void leave(const GumboNode* node) {
        if (node->type != GUMBO_NODE_ELEMENT) return;
        const GumboTag tag = node->v.element.tag;
        if (const int level = headingLevel(tag); level != 0 && !m_table) {
            m_out.heading(level, m_text);
            m_text.clear();
            return;
        }
        switch (tag) {
            case GUMBO_TAG_UL:
            case GUMBO_TAG_OL:
                flush();
                --m_listDepth;
                break;
            case GUMBO_TAG_LI:
                flush();
                m_inItem = false;
                break;
            case GUMBO_TAG_PRE:
                flush();
                --m_pre;
                break;
            case GUMBO_TAG_TABLE:
                if (m_table == node) endTable();
                break;
            case GUMBO_TAG_TR:
                if (m_table) endRow();
                break;
            case GUMBO_TAG_TH:
            case GUMBO_TAG_TD:
                if (m_table)
                    endCell(node->v.element);
                else
                    flush();
                break;
            case GUMBO_TAG_CAPTION:
                if (m_table) {
                    m_out.paragraph(m_text);
                    m_text.clear();
                }
                break;
            default:
                if (isBlock(tag)) flush();
        }
    }

    void flush() {
        if (m_table) {
            m_text += ' ';
            return;
        }
        if (m_pre > 0)
            m_out.code(m_text);
        else if (m_inItem && m_listDepth > 0)
            m_out.listItem(m_listDepth, m_text);
        else
            m_out.paragraph(m_text);
        m_text.clear();
    }

private:
    static bool isBlock(GumboTag tag) {
        switch (tag) {
            case GUMBO_TAG_P:
            case GUMBO_TAG_DIV:
            case GUMBO_TAG_SECTION:
            case GUMBO_TAG_ARTICLE:
            case GUMBO_TAG_ASIDE:
            case GUMBO_TAG_HEADER:
            case GUMBO_TAG_FOOTER:
            case GUMBO_TAG_MAIN:
            case GUMBO_TAG_NAV:
            case GUMBO_TAG_BLOCKQUOTE:
            case GUMBO_TAG_ADDRESS:
            case GUMBO_TAG_FIGURE:
            case GUMBO_TAG_FIGCAPTION:
            case GUMBO_TAG_DL:
            case GUMBO_TAG_DT:
            case GUMBO_TAG_DD:
            case GUMBO_TAG_HR:
            case GUMBO_TAG_FORM:
            case GUMBO_TAG_FIELDSET:
            case GUMBO_TAG_DETAILS:
            case GUMBO_TAG_SUMMARY:
            case GUMBO_TAG_BODY:
            case GUMBO_TAG_CENTER:
            case GUMBO_TAG_H1:
            case GUMBO_TAG_H2:
            case GUMBO_TAG_H3:
            case GUMBO_TAG_H4:
            case GUMBO_TAG_H5:
            case GUMBO_TAG_H6:
            case GUMBO_TAG_CAPTION:
                return true;
            default:
                return false;
        }
    }

    /// Line feeds in the source are blanks, except in <pre>.
    void append(std::string_view text) {
        if (m_pre > 0) {
            m_text += text;
            return;
        }
        for (const char c : text) m_text += c == '\n' || c == '\r' || c == '\f' ? ' ' : c;
    }

    void beginTable(const GumboNode* node) {
        m_table = node;
        m_headerWritten = false;
    }
    void beginRow() {
        m_cells.clear();
        m_headerCells = 0;
    }
    void endCell(const GumboElement& cell) {
        m_cells.push_back(cleanCell(m_text));
        m_text.clear();
        // A cell over several columns keeps the cells after it under their names.
        const std::string span(attribute(cell, "colspan"));
        const long columns = std::clamp(std::strtol(span.c_str(), nullptr, 10), 1L, 100L);
        m_cells.resize(m_cells.size() + static_cast<size_t>(columns) - 1);
    }
    void endRow() {
        if (m_cells.empty()) return;
        const bool header = m_headerCells == m_cells.size();
        if (!m_headerWritten) {
            m_out.table(header ? m_cells : std::vector<std::string>());
            m_headerWritten = true;
            if (header) return;
        }
        m_out.row(m_cells);
    }
    void endTable() {
        m_table = nullptr;
        m_text.clear();
    }

    BlockWriter& m_out;
    std::string m_text;
    int m_listDepth = 0, m_pre = 0;
    bool m_inItem = false;
    const GumboNode* m_table = nullptr;
    std::vector<std::string> m_cells;
    size_t m_headerCells = 0;
    bool m_headerWritten = false;
};

/// What <meta> says of the encoding, near the beginning.
std::string declaredCharset(std::string_view bytes) {
    std::string head(bytes.substr(0, 2048));
    for (char& c : head) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    const size_t at = std::min(head.find("charset="), head.find("encoding="));
    if (at == std::string::npos) return {};
    const size_t begin = head.find_first_not_of("\"' ", head.find('=', at) + 1);
    if (begin == std::string::npos) return {};
    return head.substr(begin, std::min(head.find_first_of("\"' ;>?", begin), head.size()) - begin);
}

/// Parsed HTML. It is not freed: gumbo frees by recursion, and the process ends soon.
class Parsed {
public:
    explicit Parsed(std::string text) : m_text(std::move(text)) {
        GumboOptions options = kGumboDefaultOptions;
        options.max_errors = 0;
        m_output = gumbo_parse_with_options(&options, m_text.data(), m_text.size());
        measureDepth();
    }
    ~Parsed() {
        if (m_depth < 5000) gumbo_destroy_output(&kGumboDefaultOptions, m_output);
    }
    Parsed(const Parsed&) = delete;
    Parsed& operator=(const Parsed&) = delete;
    [[nodiscard]] const GumboNode* root() const { return m_output->document; }

private:
    void measureDepth() {
        int depth = 0;
        walk(
            m_output->document,
            [&](const GumboNode*) {
                m_depth = std::max(m_depth, ++depth);
                return true;
            },
            [&](const GumboNode*) { --depth; });
    }
    std::string m_text;
    GumboOutput* m_output = nullptr;
    int m_depth = 0;
};

std::string titleOf(const GumboNode* root) {
    std::string title;
    bool done = false;
    walk(
        root,
        [&](const GumboNode* node) {
            if (done) return false;
            if (tagOf(node) == GUMBO_TAG_BODY) return false;
            if (node->type == GUMBO_NODE_TEXT && tagOf(node->parent) == GUMBO_TAG_TITLE)
                title += node->v.text.text;
            return true;
        },
        [&](const GumboNode* node) { done = done || tagOf(node) == GUMBO_TAG_TITLE; });
    return title;
}

constexpr size_t kLargest = size_t{48} << 20;  // its tree takes about ten times as much

Result<std::string> decode(const HtmlText& html) {
    if (html.bytes.size() > kLargest)
        return refuse(Refusal::TooLarge, "HTML is read up to ", kLargest >> 20, " MB");
    const std::string declared =
        html.charset.empty() ? declaredCharset(html.bytes) : std::string(html.charset);
    return toUtf8(html.bytes, declared);
}

Result<void> writeTree(const GumboNode* root, BlockWriter& out) {
    HtmlWriter writer(out);
    walk(
        root, [&](const GumboNode* node) { return writer.enter(node); },
        [&](const GumboNode* node) { writer.leave(node); });
    writer.flush();
    return out.status();
}

}  // namespace

Result<void> writeHtml(const HtmlText& html, BlockWriter& out) {
    ALCOVE_TRY(std::string text, decode(html));
    const Parsed parsed(std::move(text));
    return writeTree(parsed.root(), out);
}

Result<void> readHtml(const Source& source, BlockWriter& out) {
    ALCOVE_TRY(std::string text, decode({source.bytes, {}}));
    const Parsed parsed(std::move(text));
    Metadata about;
    about.title = titleOf(parsed.root());
    out.document(SourceKind::Html, about);
    out.page(PageKind::Flow, "");
    return writeTree(parsed.root(), out);
}

}  // namespace alcove::rag
