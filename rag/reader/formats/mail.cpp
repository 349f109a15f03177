// Mail (RFC 5322, MIME): the head as a note, the text, then each attachment as a document within.
// Of a message that says the same as text and as HTML, the plain text is read.
#include <algorithm>
#include <array>
#include <map>

#include "rag/reader/formats/formats.h"
#include "rag/reader/text/encoding.h"

namespace alcove::rag {
namespace {

constexpr int kDeepestParts = 16;
constexpr size_t kMostHead = 256 * 1024;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return out;
}

std::string_view trimmed(std::string_view text) {
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string decodeBase64(std::string_view text) {
    std::string out;
    uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        int value = -1;
        if (c >= 'A' && c <= 'Z')
            value = c - 'A';
        else if (c >= 'a' && c <= 'z')
            value = c - 'a' + 26;
        else if (c >= '0' && c <= '9')
            value = c - '0' + 52;
        else if (c == '+')
            value = 62;
        else if (c == '/')
            value = 63;
        else if (c == '=')
            break;
        if (value < 0) continue;
        bits = bits << 6 | static_cast<uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(bits >> count & 0xFF);
        }
    }
    return out;
}

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char small = static_cast<char>(c | 32);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// Quoted-printable; in heads '_' is a blank.
std::string decodeQuoted(std::string_view text, bool inHead) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '=' && i + 2 < text.size() && hex(text[i + 1]) >= 0 &&
            hex(text[i + 2]) >= 0) {
            out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else if (text[i] == '=' && !inHead) {
            const size_t end = text.find('\n', i);  // a line that goes on
            if (end == std::string_view::npos) break;
            if (trimmed(text.substr(i + 1, end - i - 1)).empty())
                i = end;
            else
                out += '=';
        } else {
            out += inHead && text[i] == '_' ? ' ' : text[i];
        }
    }
    return out;
}

/// =?charset?B?…?= and =?charset?Q?…?= (RFC 2047); blanks between two of them do not count.
std::string decodeWords(std::string_view text) {
    std::string out;
    bool afterWord = false;
    while (!text.empty()) {
        const size_t begin = text.find("=?");
        if (begin == std::string_view::npos) break;
        const size_t charsetEnd = text.find('?', begin + 2);
        const size_t modeEnd =
            charsetEnd == std::string_view::npos ? charsetEnd : text.find('?', charsetEnd + 1);
        const size_t end =
            modeEnd == std::string_view::npos ? modeEnd : text.find("?=", modeEnd + 1);
        if (end == std::string_view::npos || modeEnd != charsetEnd + 2) {
            out += toUtf8(text.substr(0, begin + 2));
            text.remove_prefix(begin + 2);
            afterWord = false;
            continue;
        }
        const std::string_view between = text.substr(0, begin);
        if (!afterWord || !trimmed(between).empty()) out += toUtf8(between);
        std::string_view charset = text.substr(begin + 2, charsetEnd - begin - 2);
        charset = charset.substr(0, charset.find('*'));
        const std::string_view content = text.substr(modeEnd + 1, end - modeEnd - 1);
        const bool base64 = (text[charsetEnd + 1] | 32) == 'b';
        out += toUtf8As(base64 ? decodeBase64(content) : decodeQuoted(content, true), charset);
        text.remove_prefix(end + 2);
        afterWord = true;
    }
    return out + toUtf8(text);
}

class Head {
public:
    /// Takes the head off a message or part.
    explicit Head(std::string_view& rest) {
        std::string name;
        while (!rest.empty()) {
            const size_t end = std::min(rest.find('\n'), rest.size());
            std::string_view line = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
            if (line.empty()) return;
            if (line[0] == ' ' || line[0] == '\t') {
                if (!name.empty() && m_fields[name].size() < kMostHead)
                    m_fields[name].append(" ").append(trimmed(line));
                continue;
            }
            const size_t colon = line.find(':');
            if (colon == std::string_view::npos) continue;
            name = lower(trimmed(line.substr(0, colon)));
            std::string& value = m_fields[name];
            if (!value.empty()) value += ", ";  // To: may come twice
            if (value.size() < kMostHead) value += trimmed(line.substr(colon + 1));
        }
    }

    [[nodiscard]] std::string text(const std::string& name) const {
        const auto found = m_fields.find(name);
        return found == m_fields.end() ? std::string() : decodeWords(found->second);
    }
    /// "text/plain" of "text/plain; charset=utf-8"
    [[nodiscard]] std::string value(const std::string& name) const {
        const auto found = m_fields.find(name);
        if (found == m_fields.end()) return {};
        return lower(trimmed(found->second.substr(0, found->second.find(';'))));
    }
    /// name="…", and name*=utf-8''… (RFC 2231).
    [[nodiscard]] std::string parameter(const std::string& field, std::string_view wanted) const {
        const auto found = m_fields.find(field);
        if (found == m_fields.end()) return {};
        std::string joined;  // name*0=…; name*1=…
        std::string_view rest = found->second;
        rest.remove_prefix(std::min(rest.find(';'), rest.size()));
        while (!rest.empty()) {
            rest.remove_prefix(1);
            const size_t equals = rest.find('=');
            if (equals == std::string_view::npos) break;
            const std::string name = lower(trimmed(rest.substr(0, equals)));
            rest.remove_prefix(equals + 1);
            while (!rest.empty() && rest[0] == ' ') rest.remove_prefix(1);
            std::string value;
            if (!rest.empty() && rest[0] == '"') {
                size_t at = 1;
                for (; at < rest.size() && rest[at] != '"'; ++at) {
                    if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
                    value += rest[at];
                }
                rest.remove_prefix(std::min(at + 1, rest.size()));
            } else {
                value = trimmed(rest.substr(0, rest.find(';')));
            }
            rest.remove_prefix(std::min(rest.find(';'), rest.size()));
            if (name == wanted) return decodeWords(value);
            if (name.rfind(std::string(wanted) + "*", 0) == 0)
                joined += name.back() == '*' ? extended(value) : value;
        }
        return joined;
    }

private:
    static std::string extended(std::string_view value) {
        const size_t first = value.find('\'');
        const size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
        std::string charset = "utf-8";
        if (second != std::string_view::npos) {
            charset = value.substr(0, first);
            value.remove_prefix(second + 1);
        }
        std::string bytes;
        for (size_t i = 0; i < value.size(); ++i) {
            if (value[i] == '%' && i + 2 < value.size() && hex(value[i + 1]) >= 0 &&
                hex(value[i + 2]) >= 0) {
                bytes += static_cast<char>(hex(value[i + 1]) * 16 + hex(value[i + 2]));
                i += 2;
            } else {
                bytes += value[i];
            }
        }
        return toUtf8As(bytes, charset);
    }
    std::map<std::string, std::string> m_fields;
};

class MailReader {
public:
    MailReader(ReadContext& context, BlockWriter& out) : m_context(context), m_out(out) {}

    Result<void> message(std::string_view bytes, const std::string& label) {
        const Head head(bytes);
        m_out.page(PageKind::Message, label);
        if (const std::string subject = head.text("subject"); !subject.empty())
            m_out.heading(1, subject);
        std::string about;
        for (const auto& [name, shown] : kShown)
            if (const std::string value = head.text(name); !value.empty())
                about += std::string(shown) + ": " + cleanCell(value) + "\n";
        m_out.note(about);
        ALCOVE_CHECK(part(head, bytes, 0));
        for (const Attachment& attachment : m_attachments) ALCOVE_CHECK(attached(attachment));
        return m_out.status();
    }

private:
    static constexpr std::array<std::pair<const char*, std::string_view>, 4> kShown = {
        {{"from", "From"}, {"to", "To"}, {"cc", "Cc"}, {"date", "Date"}}};
    struct Attachment {
        std::string name, bytes;
    };

    static std::string decoded(const Head& head, std::string_view body) {
        const std::string encoding = head.value("content-transfer-encoding");
        if (encoding == "base64") return decodeBase64(body);
        if (encoding == "quoted-printable") return decodeQuoted(body, false);
        return std::string(body);
    }

    Result<void> part(const Head& head, std::string_view body, int depth) {
        if (depth > kDeepestParts)
            return refuse(Refusal::Damaged, "its parts nest deeper than ", kDeepestParts);
        std::string type = head.value("content-type");
        if (type.empty()) type = "text/plain";
        if (type.rfind("multipart/", 0) == 0)
            return parts(body, head.parameter("content-type", "boundary"),
                         type == "multipart/alternative", depth);
        std::string name = head.parameter("content-disposition", "filename");
        if (name.empty()) name = head.parameter("content-type", "name");
        const bool isText = type == "text/plain" || type == "text/html";
        if (head.value("content-disposition") == "attachment" || !isText ||
            (!name.empty() && depth > 0)) {
            if (name.empty()) name = type == "message/rfc822" ? "message.eml" : "attachment";
            m_attachments.push_back({name, decoded(head, body)});
            return {};
        }
        const std::string charset = head.parameter("content-type", "charset");
        const std::string bytes = decoded(head, body);
        if (type == "text/html") return writeHtml({bytes, charset}, m_out);
        writeParagraphs(toUtf8As(bytes, charset), m_out);
        return m_out.status();
    }

    Result<void> parts(std::string_view body, const std::string& boundary, bool alternatives,
                       int depth) {
        if (boundary.empty()) return {};
        const std::string mark = "--" + boundary;
        std::vector<std::string_view> found;
        size_t begin = std::string_view::npos;
        for (size_t at = body.find(mark); at != std::string_view::npos;) {
            const bool atLine = at == 0 || body[at - 1] == '\n';
            if (atLine) {
                if (begin != std::string_view::npos)
                    found.push_back(body.substr(begin, at - begin));
                if (body.substr(at + mark.size(), 2) == "--") {
                    begin = std::string_view::npos;
                    break;
                }
                begin = std::min(body.find('\n', at), body.size() - 1) + 1;
            }
            at = body.find(mark, at + mark.size());
        }
        if (begin != std::string_view::npos) found.push_back(body.substr(begin));  // cut off
        if (alternatives) found = preferred(found);
        for (std::string_view content : found) {
            const Head head(content);
            ALCOVE_CHECK(part(head, content, depth + 1));
        }
        return {};
    }

    static std::vector<std::string_view> preferred(const std::vector<std::string_view>& parts) {
        for (const std::string_view content : parts) {
            std::string_view rest = content;
            const Head head(rest);
            if (head.value("content-type") == "text/plain" && !trimmed(rest).empty())
                return {content};
        }
        return parts.empty() ? parts : std::vector<std::string_view>{parts.back()};
    }

    Result<void> attached(const Attachment& attachment) {
        auto outer = m_out.enter("attachment " + attachment.name);
        Result<void> read = refuse(Refusal::Unsupported, "attachments nest too deep");
        if (m_context.depth < ReadContext::kDeepest) {
            ++m_context.depth;
            read = readAny({attachment.name, attachment.bytes}, m_context, m_out);
            --m_context.depth;
        }
        m_out.leave(std::move(outer));
        // A picture in the signature must not cost the letter.
        const bool fatal = !read && (!m_out.status() || refusalOf(read.error()) == Refusal::Bomb);
        if (fatal) return read;
        if (!read)
            m_out.documentWarning("the attachment " + attachment.name +
                                  " was not read: " + read.error().message);
        return {};
    }

    ReadContext& m_context;
    BlockWriter& m_out;
    std::vector<Attachment> m_attachments;
};

Metadata metadataOf(std::string_view bytes) {
    const Head head(bytes);
    return {head.text("subject"), head.text("from"), head.text("date"), {}};
}

}  // namespace

Result<void> readEml(const Source& source, ReadContext& context, BlockWriter& out) {
    const bool known = source.bytes.substr(0, kMostHead).find(':') != std::string_view::npos;
    if (!known) return refuse(Refusal::Mislabelled, "not a mail: it has no head");
    out.document(SourceKind::Eml, metadataOf(source.bytes));
    return MailReader(context, out).message(source.bytes, "");
}

/// Messages begin at lines "From …" after an empty line; lines of a text that begin so have a '>'
/// in front, which is taken away by nobody, since who wrote it is not known.
Result<void> readMbox(const Source& source, ReadContext& context, BlockWriter& out) {
    std::string_view rest = source.bytes;
    if (rest.substr(0, 5) != "From ")
        return refuse(Refusal::Mislabelled, "not an MBOX file: it does not begin with \"From \"");
    out.document(SourceKind::Mbox, {});
    int number = 0;
    while (!rest.empty()) {
        rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
        size_t end = std::min(rest.find("\nFrom "), rest.size());
        while (end < rest.size()) {
            const bool afterEmpty = (end >= 1 && rest[end - 1] == '\n') ||
                                    (end >= 2 && rest[end - 1] == '\r' && rest[end - 2] == '\n');
            if (afterEmpty) break;
            end = std::min(rest.find("\nFrom ", end + 1), rest.size());
        }
        const std::string_view message = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        auto outer = out.enter("");
        auto read = MailReader(context, out).message(message, std::to_string(++number));
        out.leave(std::move(outer));
        if (!read && (!out.status() || refusalOf(read.error()) == Refusal::Bomb)) return read;
        if (!read) out.warning("this message was not read whole: " + read.error().message);
    }
    return out.status();
}

}  // namespace alcove::rag
