// XML as a stream of events, by expat. No entity is declared, none is fetched: a document that
// tries is refused. Names come without their namespace's prefix.
#pragma once

#include <string_view>

#include "engine/base/result.h"

namespace alcove::rag {

class XmlAttributes {
public:
    explicit XmlAttributes(const char** list) : m_list(list) {}
    /// By local name; empty when there is none.
    [[nodiscard]] std::string_view operator[](std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
    /// Only one that has a prefix: r:id, where id is something else.
    [[nodiscard]] std::string_view prefixed(std::string_view name) const;

private:
    [[nodiscard]] const char* find(std::string_view name) const;
    const char** m_list;
};

class XmlHandler {
public:
    virtual ~XmlHandler() = default;
    virtual void start(std::string_view name, const XmlAttributes& attributes) = 0;
    virtual void end(std::string_view name) = 0;
    virtual void text(std::string_view text) = 0;
    /// Looked at after each piece: an error ends the parsing.
    virtual Result<void> status() { return {}; }
};

class XmlParser {
public:
    /// `what` names the file in errors: "word/document.xml".
    XmlParser(XmlHandler& handler, std::string_view what);
    ~XmlParser();
    XmlParser(const XmlParser&) = delete;
    XmlParser& operator=(const XmlParser&) = delete;

    [[nodiscard]] Result<void> feed(std::string_view bytes, bool last = false);

    struct State;

private:
    State* m_state;
};

}  // namespace alcove::rag
