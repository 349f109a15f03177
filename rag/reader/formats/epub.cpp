// EPUB: the chapters in the order of the spine, each an HTML text.
#include <algorithm>
#include <map>
#include <set>

#include "rag/reader/formats/archive.h"
#include "rag/reader/formats/formats.h"

namespace alcove::rag {
namespace {

class ContainerHandler : public XmlHandler {
public:
    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name == "rootfile" && package.empty()) package = attributes["full-path"];
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    std::string package;
};

class PackageHandler : public XmlHandler {
public:
    struct Item {
        std::string href, type;
    };
    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name == "item")
            items[std::string(attributes["id"])] = {std::string(attributes["href"]),
                                                    std::string(attributes["media-type"])};
        if (name == "itemref") spine.emplace_back(attributes["idref"]);
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    std::map<std::string, Item> items;
    std::vector<std::string> spine;
};

/// What is sold with a lock lists here what is locked; so do fonts that are only scrambled.
class EncryptionHandler : public XmlHandler {
public:
    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name == "CipherReference") locked.emplace_back(attributes["URI"]);
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    std::vector<std::string> locked;
};

/// "a%20b.xhtml#part" → "a b.xhtml"
std::string pathOf(std::string_view href) {
    href = href.substr(0, href.find('#'));
    std::string out;
    const auto digit = [](char c) {
        return c >= '0' && c <= '9'                 ? c - '0'
               : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                    : -1;
    };
    for (size_t i = 0; i < href.size(); ++i) {
        if (href[i] == '%' && i + 2 < href.size() && digit(href[i + 1]) >= 0 &&
            digit(href[i + 2]) >= 0) {
            out += static_cast<char>(digit(href[i + 1]) * 16 + digit(href[i + 2]));
            i += 2;
        } else {
            out += href[i];
        }
    }
    return out;
}

Result<std::set<std::string>> lockedParts(const Archive& archive) {
    constexpr std::string_view kList = "META-INF/encryption.xml";
    std::set<std::string> parts;
    if (!archive.has(std::string(kList))) return parts;
    EncryptionHandler list;
    ALCOVE_CHECK(archive.parse(std::string(kList), list));
    for (const std::string& uri : list.locked) parts.insert(pathOf(uri));
    return parts;
}

}  // namespace

Result<void> readEpub(const Source& source, ReadContext& context, BlockWriter& out) {
    ALCOVE_TRY(const Archive archive, Archive::open(source, context));
    ContainerHandler container;
    ALCOVE_CHECK(archive.parse("META-INF/container.xml", container));
    if (!archive.has(container.package))
        return refuse(Refusal::Damaged, "its list of chapters is missing");
    PackageHandler package;
    ALCOVE_CHECK(archive.parse(container.package, package));
    out.document(SourceKind::Epub, readMetadata(archive, container.package));
    ALCOVE_TRY(const std::set<std::string> lockedPaths, lockedParts(archive));
    std::set<std::string> read;  // a chapter is read once, however often the list names it
    int number = 0;
    size_t locked = 0;
    for (const std::string& id : package.spine) {
        const auto item = package.items.find(id);
        if (item == package.items.end()) continue;
        const std::string path = resolveInside(container.package, pathOf(item->second.href));
        const bool isText = item->second.type.find("html") != std::string::npos;
        if (!isText || !archive.has(path) || !read.insert(path).second) continue;
        out.page(PageKind::Chapter, std::to_string(++number));
        ALCOVE_TRY(const std::string text, archive.read(path));
        // Not every lock is listed; but noise is seldom a text.
        if (lockedPaths.contains(path) || text.find('<') == std::string::npos) {
            ++locked;
            out.warning("this chapter is locked (DRM) and was not read");
            continue;
        }
        ALCOVE_CHECK(writeHtml({text, "utf-8"}, out));
    }
    if (number > 0 && locked == static_cast<size_t>(number))
        return refuse(Refusal::Encrypted, "its chapters are locked (DRM)");
    return out.status();
}

}  // namespace alcove::rag
