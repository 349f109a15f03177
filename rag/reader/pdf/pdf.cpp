#include "rag/reader/pdf/pdf.h"

#include <QBuffer>
#include <QByteArray>
#include <QImage>
#include <QPdfBookmarkModel>
#include <QPdfDocument>
#include <QPdfSelection>
#include <QPolygonF>
#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <optional>

#include "rag/reader/pdf/image.h"
#include "rag/reader/pdf/layout.h"
#include "rag/reader/pdf/ocr.h"
#include "rag/reader/pdf/scan.h"
#include "rag/reader/pdf/watchdog.h"

namespace alcove::rag {
namespace {

using namespace pdf;

constexpr int kMostPages = 200'000;
constexpr size_t kAround = 4;  // pages before and after, that tell what repeats

std::u16string toUtf16(const QString& text) { return text.toStdU16String(); }
std::string toUtf8(const QString& text) { return text.toStdString(); }

class Pdf {
public:
    static Result<std::unique_ptr<Pdf>> open(const Source& source, const std::string& password) {
        auto pdf = std::unique_ptr<Pdf>(new Pdf);
        pdf->m_bytes = QByteArray::fromRawData(source.bytes.data(),
                                               static_cast<qsizetype>(source.bytes.size()));
        pdf->m_buffer.setBuffer(&pdf->m_bytes);
        pdf->m_buffer.open(QIODevice::ReadOnly);
        if (!password.empty()) pdf->document.setPassword(QString::fromStdString(password));
        {
            // Qt 6.4 asks for each page until it is there, and with some page trees it never is.
            constexpr int kSeconds = 5;
            const Watchdog watchdog(kSeconds, refuse(Refusal::Damaged,
                                                     "its page tree leads in circles, or so it "
                                                     "seems: opening it took more than ",
                                                     kSeconds, " seconds"));
            pdf->document.load(&pdf->m_buffer);
        }
        if (pdf->document.status() == QPdfDocument::Status::Ready &&
            pdf->document.pageCount() > 0) {
            if (pdf->document.pageCount() > kMostPages)
                return refuse(Refusal::TooLarge, "it has ", pdf->document.pageCount(), " pages");
            return pdf;
        }
        switch (pdf->document.error()) {
            case QPdfDocument::Error::IncorrectPassword:
                return password.empty()
                           ? refuse(Refusal::Encrypted, "it opens with a password only")
                           : refuse(Refusal::WrongPassword, "it does not open with this password");
            case QPdfDocument::Error::UnsupportedSecurityScheme:
                return refuse(Refusal::Encrypted, "it is locked in a way that is not known here");
            default:
                return refuse(Refusal::Damaged, "it begins as a PDF and has no pages");
        }
    }

    [[nodiscard]] RawPage raw(int page) {
        RawPage raw;
        const QSizeF size = paperOf(document, page);
        raw.width = static_cast<float>(size.width());
        raw.height = static_cast<float>(size.height());
        const QPdfSelection all = document.getAllText(page);
        raw.text = toUtf16(all.text());
        const auto bounds = all.bounds();
        raw.boxes.reserve(static_cast<size_t>(bounds.size()));
        for (const QPolygonF& polygon : bounds) raw.boxes.push_back(boxOf(polygon));
        return raw;
    }

    static Box boxOf(const QPolygonF& polygon) {
        const QRectF box = polygon.boundingRect();
        const auto sane = [](double value) {
            return std::isfinite(value) ? static_cast<float>(std::clamp(value, -1e6, 1e6)) : 0.0F;
        };
        return {sane(box.x()), sane(box.y()), sane(box.width()), sane(box.height())};
    }

    /// Titles of the outline by page, as keys.
    [[nodiscard]] std::vector<std::map<std::string, int>> outline() {
        std::vector<std::map<std::string, int>> pages(static_cast<size_t>(document.pageCount()));
        QPdfBookmarkModel model;
        model.setDocument(&document);
        size_t left = 100'000;
        addTitles(model, {}, 1, pages, left);
        return pages;
    }

    QPdfDocument document;

private:
    Pdf() = default;

    static void addTitles(const QPdfBookmarkModel& model, const QModelIndex& parent, int level,
                          std::vector<std::map<std::string, int>>& pages, size_t& left) {
        if (level > 9) return;
        for (int row = 0; row < model.rowCount(parent) && left > 0; ++row, --left) {
            const QModelIndex index = model.index(row, 0, parent);
            const int page = index.data(static_cast<int>(QPdfBookmarkModel::Role::Page)).toInt();
            const QString title =
                index.data(static_cast<int>(QPdfBookmarkModel::Role::Title)).toString();
            const std::string key = titleKey(toUtf16(title));
            if (page >= 0 && static_cast<size_t>(page) < pages.size() && key.size() > 1)
                pages[static_cast<size_t>(page)].emplace(key, level);
            addTitles(model, index, level + 1, pages, left);
        }
    }

    QByteArray m_bytes;  // before the document, which reads from them to its end
    QBuffer m_buffer;
};

bool hasText(const RawPage& page) {
    return std::any_of(page.text.begin(), page.text.end(), [](char16_t c) { return c > ' '; });
}

std::string labelOf(QPdfDocument& document, int page) {
    const std::string label = toUtf8(document.pageLabel(page));
    return label.empty() ? std::to_string(page + 1) : label;
}

/// What locate needs of a block: where its pieces came to stand in the page.
struct Placed {
    TextRange range;  // in the page's text
    Piece piece;
};

/// Writes the blocks and their lines; returns where each piece stands.
std::vector<Placed> writeBlocks(const std::vector<TextBlock>& blocks, BlockWriter& out,
                                bool withLines) {
    std::vector<Placed> placed;
    std::vector<std::string> header;
    for (size_t i = 0; i < blocks.size(); ++i) {
        const TextBlock& block = blocks[i];
        if (block.startsTable) {
            const bool headed = block.kind == BlockKind::TableHeader;
            header.clear();
            for (size_t at = 0; headed && at <= block.text.size();) {
                const size_t end = std::min(block.text.find('\t', at), block.text.size());
                header.push_back(block.text.substr(at, end - at));
                at = end + 1;
            }
            out.beginTable(header);
        }
        const uint64_t begin = out.exact(block.kind, block.level, block.text);
        for (const Piece& piece : block.pieces)
            placed.push_back({{begin + piece.out.begin, begin + piece.out.end}, piece});
    }
    std::vector<LineBox> lines;
    for (const Placed& place : placed)
        if (place.piece.box.width > 0) lines.push_back({place.range, place.piece.box});
    if (withLines) out.lines(lines);
    return placed;
}

void writeRecognized(const Recognized& found, float scale, BlockWriter& out) {
    std::vector<LineBox> lines;
    TextBlock block;
    const auto flush = [&] {
        if (block.text.empty()) return;
        const uint64_t begin = out.exact(BlockKind::Paragraph, 0, block.text);
        for (const Piece& piece : block.pieces)
            lines.push_back({{begin + piece.out.begin, begin + piece.out.end}, piece.box});
        block = {};
    };
    for (const Recognized::Line& line : found.lines) {
        const std::string text = cleanCell(line.text);
        if (text.empty()) continue;
        if (line.startsParagraph) flush();
        const bool joins = block.text.size() > 1 && block.text.back() == '-' &&
                           std::islower(static_cast<unsigned char>(text[0])) != 0;
        if (joins) {
            block.text.pop_back();
            --block.pieces.back().out.end;
        } else if (!block.text.empty()) {
            block.text += ' ';
        }
        const uint64_t begin = block.text.size();
        block.text += text;
        const Box box{line.box.x * scale, line.box.y * scale, line.box.width * scale,
                      line.box.height * scale};
        block.pieces.push_back({{begin, block.text.size()}, 0, 0, box});
    }
    flush();
    out.lines(lines);
}

void readScan(Pdf& pdf, int page, const RawPage& raw, Ocr* ocr, const std::string& missing,
              BlockWriter& out) {
    if (!ocr) {
        out.warning(concat(
            "this page is a scan",
            raw.boxes.empty() ? ": there is no text in it" : " with a few words of text on it",
            ", and ", missing.empty() ? "it was not recognised" : missing));
        return;
    }
    constexpr float kDots = 300, kMostPixels = 5000;
    float scale = kDots / 72;
    scale = std::min(scale, kMostPixels / std::max({raw.width, raw.height, 1.0F}));
    const QSize size(std::max(static_cast<int>(raw.width * scale), 8),
                     std::max(static_cast<int>(raw.height * scale), 8));
    const QImage image = paint(pdf.document, page, size);
    std::vector<uint8_t> pixels = grayOf(image);
    // What is text already must not be recognised again.
    cover(pixels, image.width(), image.height(), raw.boxes, scale, 255);
    const auto found =
        ocr->read(pixels, image.width(), image.height(), static_cast<int>(std::lround(scale * 72)));
    if (!found)
        out.warning("this page is a scan and could not be read: " + found.message());
    else
        writeRecognized(*found, 1 / scale, out);
}

/// Pages with the ones around them, which tell what repeats; a page is loaded once.
class Window {
public:
    explicit Window(Pdf& pdf) : m_pdf(pdf), m_count(pdf.document.pageCount()) {}

    /// Makes page i and its neighbours present; i ascends.
    void moveTo(int page, std::set<std::string>& hyphenated) {
        const int first = std::max(page - static_cast<int>(kAround), 0);
        const int end = std::min(page + static_cast<int>(kAround) + 1, m_count);
        if (m_pages.empty()) m_first = m_next = first;
        while (m_first < first && !m_pages.empty()) {
            m_pages.pop_front();
            ++m_first;
        }
        for (; m_next < end; ++m_next) {
            LinedPage lined;
            lined.raw = m_pdf.raw(m_next);
            lined.lines = findLines(lined.raw);
            collectHyphenated(lined.raw, hyphenated);
            m_pages.push_back(std::move(lined));
        }
    }
    [[nodiscard]] const LinedPage& at(int page) const {
        return m_pages[static_cast<size_t>(page - m_first)];
    }
    [[nodiscard]] std::vector<Line> textLines(int page) const {
        return withoutRunning(all(), static_cast<size_t>(page - m_first),
                              static_cast<size_t>(m_count));
    }
    [[nodiscard]] std::vector<const LinedPage*> all() const {
        std::vector<const LinedPage*> pages;
        for (const LinedPage& page : m_pages) pages.push_back(&page);
        return pages;
    }

private:
    Pdf& m_pdf;
    int m_count;
    int m_first = 0, m_next = 0;
    std::deque<LinedPage> m_pages;
};

Metadata metadataOf(const QPdfDocument& document) {
    Metadata about;
    about.title = toUtf8(document.metaData(QPdfDocument::MetaDataField::Title).toString());
    about.author = toUtf8(document.metaData(QPdfDocument::MetaDataField::Author).toString());
    about.date = toUtf8(document.metaData(QPdfDocument::MetaDataField::CreationDate).toString());
    return about;
}

Result<std::unique_ptr<Pdf>> openAt(const Source& source, const ReadContext& context,
                                    uint64_t page) {
    ALCOVE_TRY(auto pdf, Pdf::open(source, context.password));
    const auto count = static_cast<uint64_t>(pdf->document.pageCount());
    if (page >= count) return refuse(Refusal::Damaged, "it has ", count, " pages, not ", page + 1);
    return pdf;
}

}  // namespace

QtPdf::QtPdf(const std::string& ocrLanguage, std::chrono::seconds ocrTime)
    : m_ocrEnd(std::chrono::steady_clock::now() + ocrTime) {
    if (ocrLanguage.empty()) return;
    auto ocr = Ocr::load(ocrLanguage);
    if (ocr)
        m_ocr = std::move(*ocr);
    else
        m_ocrMissing = ocr.message();
}

QtPdf::~QtPdf() = default;

Result<void> QtPdf::read(const Source& source, ReadContext& context, BlockWriter& out) {
    ALCOVE_TRY(const auto pdf, Pdf::open(source, context.password));
    out.document(SourceKind::Pdf, metadataOf(pdf->document));
    const auto outline = pdf->outline();
    Context layout;
    Window window(*pdf);
    const int count = pdf->document.pageCount();
    for (int page = 0; page < count; ++page) {
        window.moveTo(page, layout.hyphenated);
        const RawPage& raw = window.at(page).raw;
        const bool typed = hasText(raw);
        const bool scanned =
            typed ? isScanWithText(pdf->document, page, raw) : isPainted(pdf->document, page);
        out.page(PageKind::Page, labelOf(pdf->document, page), raw.width, raw.height, scanned);
        if (typed) {
            layout.bodyEm = commonEm(window.all());
            layout.outline = outline[static_cast<size_t>(page)];
            writeBlocks(findBlocks(raw, window.textLines(page), layout), out, true);
        }
        if (scanned) {
            if (m_ocr && std::chrono::steady_clock::now() > m_ocrEnd) {
                m_ocr.reset();
                m_ocrMissing = "the time for recognising scans was over";
            }
            readScan(*pdf, page, raw, m_ocr.get(), m_ocrMissing, out);
        }
        ALCOVE_CHECK(out.status());
    }
    return {};
}

Result<std::string> QtPdf::render(const Source& source, const ReadContext& context, uint64_t page,
                                  uint64_t width) {
    ALCOVE_TRY(const auto pdf, openAt(source, context, page));
    constexpr uint64_t kMost = 8192;
    if (width == 0 || width > kMost)
        return refuse(Refusal::TooLarge, "a page is painted 1 to ", kMost, " pixels wide");
    const QSizeF points = paperOf(pdf->document, static_cast<int>(page));
    const double ratio = points.height() / points.width();
    const double height =
        std::clamp(std::round(static_cast<double>(width) * ratio), 1.0, 4.0 * kMost);
    const QImage image = paint(pdf->document, static_cast<int>(page),
                               QSize(static_cast<int>(width), static_cast<int>(height)));
    QByteArray png;
    QBuffer buffer(&png);
    buffer.open(QIODevice::WriteOnly);
    if (image.isNull() || !image.save(&buffer, "PNG"))
        return refuse(Refusal::Damaged, "the page could not be painted");
    return png.toStdString();
}

Result<void> QtPdf::locate(const Source& source, const ReadContext& context, uint64_t page,
                           TextRange range, BlockWriter& out) {
    ALCOVE_TRY(const auto pdf, openAt(source, context, page));
    const int number = static_cast<int>(page);
    out.document(SourceKind::Pdf, {});
    // The same text as reading gave needs the same knowledge: the pages around, the words before.
    Context layout;
    Window window(*pdf);
    for (int before = 0; before < number; ++before)
        if (before + static_cast<int>(kAround) < number)
            collectHyphenated(pdf->raw(before), layout.hyphenated);
    window.moveTo(number, layout.hyphenated);
    const RawPage& raw = window.at(number).raw;
    layout.bodyEm = commonEm(window.all());
    layout.outline = pdf->outline()[page];
    out.page(PageKind::Page, labelOf(pdf->document, number), raw.width, raw.height);
    const auto placed = writeBlocks(findBlocks(raw, window.textLines(number), layout), out, false);
    std::vector<LineBox> exact;
    for (const Placed& place : placed) {
        const TextRange shared{std::max(place.range.begin, range.begin),
                               std::min(place.range.end, range.end)};
        if (shared.begin >= shared.end) continue;
        const Piece& piece = place.piece;
        std::vector<uint32_t> from;
        const auto content =
            std::u16string_view(raw.text).substr(piece.begin, piece.end - piece.begin);
        static_cast<void>(toText(content, &from));
        const uint32_t first = piece.begin + from[shared.begin - place.range.begin];
        const uint32_t last = piece.begin + from[shared.end - 1 - place.range.begin];
        const QPdfSelection selection = pdf->document.getSelectionAtIndex(
            number, static_cast<int>(first), static_cast<int>(last - first + 1));
        // Characters without a code shift PDFium's count: then the line's box must do.
        const bool same = toUtf16(selection.text()) == raw.text.substr(first, last - first + 1);
        QRectF box;
        for (const QPolygonF& polygon : selection.bounds()) box |= polygon.boundingRect();
        if (same && !box.isEmpty())
            exact.push_back({shared, Pdf::boxOf(QPolygonF(box))});
        else if (piece.box.width > 0)
            exact.push_back({shared, piece.box});
    }
    out.lines(exact);
    return out.status();
}

}  // namespace alcove::rag
