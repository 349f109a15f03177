// Which format a file has. Its name claims one and its content must agree; a name that claims
// nothing leaves it to the content.
#include <algorithm>
#include <array>

#include "rag/reader/formats/archive.h"
#include "rag/reader/formats/formats.h"
#include "rag/reader/text/encoding.h"

namespace alcove::rag {
namespace {

using namespace std::string_view_literals;

constexpr size_t kMostText = size_t{240} << 20;  // bytes of a text that are looked at

struct Claim {
    std::string_view extension;
    SourceKind kind;
    std::string_view language = {};
};

constexpr std::array kClaims = {
    Claim{"pdf", SourceKind::Pdf},
    Claim{"docx", SourceKind::Docx},
    Claim{"docm", SourceKind::Docx},
    Claim{"dotx", SourceKind::Docx},
    Claim{"odt", SourceKind::Odt},
    Claim{"ott", SourceKind::Odt},
    Claim{"pptx", SourceKind::Pptx},
    Claim{"pptm", SourceKind::Pptx},
    Claim{"ppsx", SourceKind::Pptx},
    Claim{"xlsx", SourceKind::Xlsx},
    Claim{"xlsm", SourceKind::Xlsx},
    Claim{"ods", SourceKind::Ods},
    Claim{"ots", SourceKind::Ods},
    Claim{"epub", SourceKind::Epub},
    Claim{"html", SourceKind::Html},
    Claim{"htm", SourceKind::Html},
    Claim{"xhtml", SourceKind::Html},
    Claim{"md", SourceKind::Markdown},
    Claim{"markdown", SourceKind::Markdown},
    Claim{"txt", SourceKind::Text},
    Claim{"text", SourceKind::Text},
    Claim{"log", SourceKind::Text},
    Claim{"rtf", SourceKind::Rtf},
    Claim{"csv", SourceKind::Csv},
    Claim{"tsv", SourceKind::Csv},
    Claim{"tab", SourceKind::Csv},
    Claim{"eml", SourceKind::Eml},
    Claim{"mbox", SourceKind::Mbox},
    Claim{"mbx", SourceKind::Mbox},
    Claim{"json", SourceKind::Json},
    Claim{"jsonl", SourceKind::Json},
    Claim{"ndjson", SourceKind::Json},
    Claim{"geojson", SourceKind::Json},
    Claim{"c", SourceKind::Code, "c"},
    Claim{"h", SourceKind::Code, "cpp"},
    Claim{"cc", SourceKind::Code, "cpp"},
    Claim{"cpp", SourceKind::Code, "cpp"},
    Claim{"cxx", SourceKind::Code, "cpp"},
    Claim{"hpp", SourceKind::Code, "cpp"},
    Claim{"hh", SourceKind::Code, "cpp"},
    Claim{"hxx", SourceKind::Code, "cpp"},
    Claim{"cs", SourceKind::Code, "csharp"},
    Claim{"java", SourceKind::Code, "java"},
    Claim{"kt", SourceKind::Code, "kotlin"},
    Claim{"swift", SourceKind::Code, "swift"},
    Claim{"go", SourceKind::Code, "go"},
    Claim{"rs", SourceKind::Code, "rust"},
    Claim{"py", SourceKind::Code, "python"},
    Claim{"rb", SourceKind::Code, "ruby"},
    Claim{"pl", SourceKind::Code, "perl"},
    Claim{"php", SourceKind::Code, "php"},
    Claim{"js", SourceKind::Code, "javascript"},
    Claim{"mjs", SourceKind::Code, "javascript"},
    Claim{"jsx", SourceKind::Code, "javascript"},
    Claim{"ts", SourceKind::Code, "typescript"},
    Claim{"tsx", SourceKind::Code, "typescript"},
    Claim{"qml", SourceKind::Code, "qml"},
    Claim{"sh", SourceKind::Code, "shell"},
    Claim{"bash", SourceKind::Code, "shell"},
    Claim{"ps1", SourceKind::Code, "powershell"},
    Claim{"bat", SourceKind::Code, "batch"},
    Claim{"sql", SourceKind::Code, "sql"},
    Claim{"lua", SourceKind::Code, "lua"},
    Claim{"r", SourceKind::Code, "r"},
    Claim{"jl", SourceKind::Code, "julia"},
    Claim{"hs", SourceKind::Code, "haskell"},
    Claim{"scala", SourceKind::Code, "scala"},
    Claim{"m", SourceKind::Code, "matlab"},
    Claim{"f90", SourceKind::Code, "fortran"},
    Claim{"css", SourceKind::Code, "css"},
    Claim{"xml", SourceKind::Code, "xml"},
    Claim{"yaml", SourceKind::Code, "yaml"},
    Claim{"yml", SourceKind::Code, "yaml"},
    Claim{"toml", SourceKind::Code, "toml"},
    Claim{"ini", SourceKind::Code, "ini"},
    Claim{"cmake", SourceKind::Code, "cmake"},
    Claim{"tex", SourceKind::Code, "tex"},
    Claim{"comp", SourceKind::Code, "glsl"},
    Claim{"glsl", SourceKind::Code, "glsl"},
};

const Claim* claimOf(std::string_view name) {
    const size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) return nullptr;
    std::string extension(name.substr(dot + 1));
    for (char& c : extension) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    const auto found = std::find_if(kClaims.begin(), kClaims.end(), [&](const Claim& claim) {
        return claim.extension == extension;
    });
    return found == kClaims.end() ? nullptr : &*found;
}

std::string_view title(SourceKind kind) {
    switch (kind) {
        case SourceKind::Pdf:
            return "PDF";
        case SourceKind::Docx:
            return "DOCX";
        case SourceKind::Odt:
            return "ODT";
        case SourceKind::Pptx:
            return "PPTX";
        case SourceKind::Xlsx:
            return "XLSX";
        case SourceKind::Ods:
            return "ODS";
        case SourceKind::Epub:
            return "EPUB";
        case SourceKind::Rtf:
            return "RTF";
        default:
            return "text";
    }
}

enum class Content : uint8_t { Pdf, Zip, Ole, Rtf, Binary, Text };

Content look(std::string_view bytes) {
    if (bytes.substr(0, 1024).find("%PDF-") != std::string_view::npos) return Content::Pdf;
    if (bytes.substr(0, 4) == "PK\3\4" || bytes.substr(0, 4) == "PK\5\6") return Content::Zip;
    if (bytes.substr(0, 8) == "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") return Content::Ole;
    if (bytes.substr(0, 5) == "{\\rtf") return Content::Rtf;
    return looksBinary(bytes) ? Content::Binary : Content::Text;
}

/// What kind of document an archive is, as far as it is one that is read.
std::optional<SourceKind> kindOfArchive(const Archive& archive) {
    if (archive.has("word/document.xml")) return SourceKind::Docx;
    if (archive.has("ppt/presentation.xml")) return SourceKind::Pptx;
    if (archive.has("xl/workbook.xml")) return SourceKind::Xlsx;
    if (archive.has("mimetype")) {
        const auto type = archive.read("mimetype", 256);
        if (type) {
            if (type->rfind("application/vnd.oasis.opendocument.text", 0) == 0)
                return SourceKind::Odt;
            if (type->rfind("application/vnd.oasis.opendocument.spreadsheet", 0) == 0)
                return SourceKind::Ods;
            if (type->rfind("application/epub+zip", 0) == 0) return SourceKind::Epub;
        }
    }
    if (archive.has("META-INF/container.xml")) return SourceKind::Epub;
    if (archive.has("[Content_Types].xml") && archive.has("_rels/.rels")) {
        const auto names = archive.names();
        for (const auto& name : names) {
            if (name.rfind("word/", 0) == 0) return SourceKind::Docx;
            if (name.rfind("ppt/", 0) == 0) return SourceKind::Pptx;
            if (name.rfind("xl/", 0) == 0) return SourceKind::Xlsx;
        }
    }
    return std::nullopt;
}

Result<void> readArchive(const Source& source, ReadContext& context, const Claim* claim,
                         BlockWriter& out) {
    std::optional<SourceKind> kind;
    {
        const auto archive = Archive::open(source, context);
        if (!archive) return archive.error();
        kind = kindOfArchive(*archive);
    }
    if (claim && kind != claim->kind)
        return refuse(Refusal::Mislabelled, "not a ", title(claim->kind), " file: it is a ",
                      kind ? title(*kind) : "ZIP archive of another kind");
    if (!kind) return refuse(Refusal::Unsupported, "a ZIP archive that is no document");
    switch (*kind) {
        case SourceKind::Docx:
            return readDocx(source, context, out);
        case SourceKind::Pptx:
            return readPptx(source, context, out);
        case SourceKind::Xlsx:
            return readXlsx(source, context, out);
        case SourceKind::Epub:
            return readEpub(source, context, out);
        default:
            return readOdf(source, context, *kind, out);
    }
}

/// The old Office container: it also wraps what Office encrypts.
Error refuseOle(std::string_view bytes) {
    constexpr auto kEncrypted = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"sv;
    if (bytes.find(kEncrypted) != std::string_view::npos)
        return refuse(Refusal::Encrypted,
                      "Office encrypted it; save it without a password to have it read");
    return refuse(Refusal::Unsupported,
                  "an Office file of before 2007; save it as DOCX, XLSX or PPTX to have it read");
}

bool startsLike(std::string_view text, std::string_view lower) {
    const size_t begin = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    if (begin == std::string_view::npos || text.size() - begin < lower.size()) return false;
    return std::equal(lower.begin(), lower.end(), text.begin() + static_cast<ptrdiff_t>(begin),
                      [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
}

SourceKind guessText(std::string_view bytes) {
    if (startsLike(bytes, "<!doctype html") || startsLike(bytes, "<html")) return SourceKind::Html;
    if (bytes.substr(0, 5) == "From " && bytes.substr(0, 200).find('\n') != std::string_view::npos)
        return SourceKind::Mbox;
    for (const std::string_view head :
         {"received:"sv, "return-path:"sv, "delivered-to:"sv, "message-id:"sv, "mime-version:"sv})
        if (startsLike(bytes, head)) return SourceKind::Eml;
    return SourceKind::Text;
}

Result<void> readTextual(const Source& source, SourceKind kind, std::string_view language,
                         ReadContext& context, BlockWriter& out) {
    switch (kind) {
        case SourceKind::Html:
            return readHtml(source, out);
        case SourceKind::Markdown:
            return readMarkdown(source, out);
        case SourceKind::Csv:
            return readCsv(source, out);
        case SourceKind::Json:
            return readJson(source, out);
        case SourceKind::Eml:
            return readEml(source, context, out);
        case SourceKind::Mbox:
            return readMbox(source, context, out);
        case SourceKind::Code:
            return readCode(source, language, out);
        default:
            return readText(source, out);
    }
}

/// What is read from its beginning to its end, so that its beginning is of use by itself.
bool mayBeCut(SourceKind kind) {
    return kind == SourceKind::Text || kind == SourceKind::Markdown || kind == SourceKind::Csv ||
           kind == SourceKind::Json || kind == SourceKind::Code || kind == SourceKind::Mbox;
}

/// A text beyond the limits is read as far as they go, and that is said.
Result<void> readBeginning(const Source& source, SourceKind kind, std::string_view language,
                           ReadContext& context, BlockWriter& out) {
    const Source beginning{source.name, wholeLines(source.bytes, kMostText)};
    const auto done = readTextual(beginning, kind, language, context, out);
    if (!done && !out.full()) return done;
    if (out.full() || beginning.bytes.size() < source.bytes.size())
        out.documentWarning(concat("of its ", source.bytes.size() >> 20,
                                   " MB only the beginning was read, about ", out.textBytes() >> 20,
                                   " MB of text; parts of it can be read as files of their own"));
    return {};
}

bool isTextual(SourceKind kind) { return title(kind) == "text"; }

}  // namespace

Result<void> readAny(const Source& source, ReadContext& context, BlockWriter& out) {
    if (source.bytes.empty()) return refuse(Refusal::Empty, "the file has no content");
    const Claim* claim = claimOf(source.name);
    const Content content = look(source.bytes);
    // A text may speak of PDF in its first lines.
    const bool isPdf = content == Content::Pdf &&
                       !(claim && isTextual(claim->kind) && source.bytes.substr(0, 5) != "%PDF-");
    if (isPdf) {
        if (claim && claim->kind != SourceKind::Pdf)
            return refuse(Refusal::Mislabelled, "not a ", title(claim->kind), " file: it is a PDF");
        if (!context.pdf) return refuse(Refusal::Unsupported, "this reader was built without PDF");
        return context.pdf->read(source, context, out);
    }
    if (content == Content::Ole) return refuseOle(source.bytes);
    if (claim && claim->kind == SourceKind::Pdf)
        return refuse(Refusal::Mislabelled, "not a PDF: it does not begin as one");
    if (content == Content::Zip) return readArchive(source, context, claim, out);
    const bool isRtf = content == Content::Rtf;
    if (claim && !isTextual(claim->kind) && !(isRtf && claim->kind == SourceKind::Rtf))
        return refuse(Refusal::Mislabelled, "not a ", title(claim->kind),
                      " file: it does not begin as one");
    if (isRtf) return readRtf(source, out);
    if (content == Content::Binary)
        return claim ? refuse(Refusal::Mislabelled, "not a text: it has bytes that no text has")
                     : refuse(Refusal::Unsupported, "neither a text nor a document that is known");
    const SourceKind kind = claim ? claim->kind : guessText(source.bytes);
    const std::string_view language = claim ? claim->language : "";
    const bool own = context.depth == 0;  // attachments are limited by what holds them
    return own && mayBeCut(kind) ? readBeginning(source, kind, language, context, out)
                                 : readTextual(source, kind, language, context, out);
}

}  // namespace alcove::rag
