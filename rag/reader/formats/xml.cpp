#include "rag/reader/formats/xml.h"

#include <expat.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "rag/refusal.h"

namespace alcove::rag {
namespace {

constexpr char kSeparator = '|';  // between a namespace and a name, in what expat gives
constexpr int kDeepest = 512;

std::string_view localName(const char* name) {
    const char* separator = std::strrchr(name, kSeparator);
    return separator ? separator + 1 : name;
}

}  // namespace

struct XmlParser::State {
    XML_Parser parser = nullptr;
    XmlHandler* handler = nullptr;
    std::string what;
    int depth = 0;
    bool entities = false, deep = false;

    static State& of(void* data) { return *static_cast<State*>(data); }

    static void start(void* data, const char* name, const char** attributes) {
        State& self = of(data);
        if (++self.depth > kDeepest) {
            self.deep = true;
            XML_StopParser(self.parser, XML_FALSE);
            return;
        }
        self.handler->start(localName(name), XmlAttributes(attributes));
    }
    static void end(void* data, const char* name) {
        --of(data).depth;
        of(data).handler->end(localName(name));
    }
    static void text(void* data, const char* text, int size) {
        of(data).handler->text({text, static_cast<size_t>(size)});
    }
    static void entity(void* data, const char*, int, const char*, int, const char*, const char*,
                       const char*, const char*) {
        of(data).entities = true;
        XML_StopParser(of(data).parser, XML_FALSE);
    }
};

const char* XmlAttributes::find(std::string_view name) const {
    for (const char** at = m_list; *at != nullptr; at += 2)
        if (localName(at[0]) == name) return at[1];
    return nullptr;
}

std::string_view XmlAttributes::operator[](std::string_view name) const {
    const char* value = find(name);
    return value ? value : std::string_view();
}

std::string_view XmlAttributes::prefixed(std::string_view name) const {
    for (const char** at = m_list; *at != nullptr; at += 2)
        if (std::strchr(at[0], kSeparator) && localName(at[0]) == name) return at[1];
    return {};
}

bool XmlAttributes::has(std::string_view name) const { return find(name) != nullptr; }

XmlParser::XmlParser(XmlHandler& handler, std::string_view what) : m_state(new State) {
    m_state->parser = XML_ParserCreateNS(nullptr, kSeparator);
    m_state->handler = &handler;
    m_state->what = what;
    if (!m_state->parser) return;
    XML_SetUserData(m_state->parser, m_state);
    XML_SetElementHandler(m_state->parser, State::start, State::end);
    XML_SetCharacterDataHandler(m_state->parser, State::text);
    XML_SetEntityDeclHandler(m_state->parser, State::entity);
}

XmlParser::~XmlParser() {
    XML_ParserFree(m_state->parser);
    delete m_state;
}

Result<void> XmlParser::feed(std::string_view bytes, bool last) {
    if (!m_state->parser) return refuse(Refusal::TooLarge, "no memory to read ", m_state->what);
    constexpr size_t kPiece = 1 << 20;
    do {
        const size_t size = std::min(bytes.size(), kPiece);
        const bool end = last && size == bytes.size();
        const XML_Status status =
            XML_Parse(m_state->parser, bytes.data(), static_cast<int>(size), end ? 1 : 0);
        if (m_state->entities)
            return refuse(Refusal::Bomb, m_state->what,
                          " declares entities of its own, which can unpack to any size");
        if (m_state->deep)
            return refuse(Refusal::Damaged, m_state->what, " nests deeper than ", kDeepest);
        ALCOVE_CHECK(m_state->handler->status());
        if (status != XML_STATUS_OK)
            return refuse(Refusal::Damaged, m_state->what, ", line ",
                          XML_GetCurrentLineNumber(m_state->parser), ": ",
                          XML_ErrorString(XML_GetErrorCode(m_state->parser)));
        bytes.remove_prefix(size);
    } while (!bytes.empty());
    return {};
}

}  // namespace alcove::rag
