// The text goes through byte by byte, so that where a piece ends cannot matter. There are three
// states: in the answer's text and in a thought, bytes wait while they are the beginning of a
// marker; in a section of calls, everything since its first marker waits (m_raw), so that it can
// be given back if it proves to be no call. In between, a CallReader has the bytes of one call.
#include "engine/chat/answer_parser.h"

#include <utility>

#include "engine/chat/json_scanner.h"

namespace alcove::engine {

using Kind = AnswerEvent::Kind;

AnswerParser::AnswerParser(AnswerFormat format, AnswerOptions options)
    : m_given(std::make_shared<const Given>(Given{std::move(format), std::move(options)})),
      m_idState(m_given->options.idSeed) {
    if (m_given->options.inThought) {
        m_state = State::Thought;
        m_dropBlanks = true;
    }
}

AnswerParser::AnswerParser(const AnswerParser& other)
    : m_given(other.m_given),
      m_events(other.m_events),
      m_state(other.m_state),
      m_held(other.m_held),
      m_blanks(other.m_blanks),
      m_fresh(other.m_fresh),
      m_dropBlanks(other.m_dropBlanks),
      m_thoughtBegun(other.m_thoughtBegun),
      m_expect(other.m_expect),
      m_raw(other.m_raw),
      m_seek(other.m_seek),
      m_inList(other.m_inList),
      m_bare(other.m_bare),
      m_reader(other.m_reader ? other.m_reader->clone() : nullptr),
      m_begun(other.m_begun),
      m_calls(other.m_calls),
      m_callsInSection(other.m_callsInSection),
      m_idState(other.m_idState) {}

AnswerParser& AnswerParser::operator=(const AnswerParser& other) {
    return *this = AnswerParser(other);
}

std::vector<AnswerEvent> AnswerParser::push(std::string_view text) {
    for (const char byte : text) take(byte);
    return std::exchange(m_events, {});
}

std::vector<AnswerEvent> AnswerParser::finish() {
    if (m_state == State::Section) {
        const bool whole = !m_reader && m_expect == Expect::Next;
        const bool closing = m_given->format.calls.callClose.starts_with(m_seek) ||
                             m_given->format.calls.sectionClose.starts_with(m_seek);
        if (whole) leaveSection();
        if (whole && closing) {
            tell(Kind::Markup, std::exchange(m_seek, {}));
        } else {
            failCall({});
        }
    }
    while (!m_held.empty()) releaseHeld();
    // A thought that ends without its marker keeps its last blanks, and so does an answer that is
    // nothing else.
    const bool dropped = m_state == State::Text ? m_dropBlanks : !m_thoughtBegun;
    const Kind kind = m_state == State::Text ? Kind::Text : Kind::Thought;
    tell(dropped ? Kind::Markup : kind, std::exchange(m_blanks, {}));
    return std::exchange(m_events, {});
}

void AnswerParser::take(char byte) {
    switch (m_state) {
        case State::Text:
        case State::Thought:
            return takeText(byte);
        case State::Section:
            return takeSection(byte);
    }
}

void AnswerParser::tell(Kind kind, std::string_view text) {
    if (text.empty()) return;
    if (!m_events.empty() && m_events.back().kind == kind &&
        (kind == Kind::Text || kind == Kind::Thought || kind == Kind::Markup)) {
        m_events.back().text += text;
    } else {
        m_events.push_back({kind, std::string(text), 0, {}, {}});
    }
}

// Text and thought

/// The marker that `held` is; or, by `mayBe`, whether it is the beginning of one.
std::string_view AnswerParser::markerAt(std::string_view held, bool& mayBe) const {
    std::string_view found;
    const auto look = [&](std::string_view marker) {
        if (marker.empty()) return;
        if (held == marker) found = marker;
        mayBe = mayBe || marker.starts_with(held);
    };
    const CallSyntax& calls = m_given->format.calls;
    const ThoughtSyntax& thought = m_given->format.thought;
    const bool mayCall = m_given->options.tools.is_array() && !m_given->options.tools.empty();
    const std::string& callMarker = calls.sectionOpen.empty() ? calls.callOpen : calls.sectionOpen;
    if (m_state == State::Thought) {
        look(thought.close);
        if (mayCall && calls.control) look(callMarker);
        return found;
    }
    if (m_fresh || thought.anywhere) look(thought.open);
    if (m_fresh) look(thought.close);
    for (const std::string& marker : thought.dropped) look(marker);
    if (!mayCall) return found;
    if (!callMarker.empty()) {
        look(callMarker);
    } else {
        look(calls.nameOpen);
    }
    if (m_fresh && calls.bare) {
        look("{");
        look("[");
    }
    return found;
}

void AnswerParser::takeText(char byte) {
    m_held += byte;
    bool mayBe = false;
    if (const std::string_view marker = markerAt(m_held, mayBe); !marker.empty()) {
        m_held.clear();
        return actOn(marker);
    }
    if (!mayBe) releaseHeld();
}

/// The first of the held bytes begins no marker; those behind it may.
void AnswerParser::releaseHeld() {
    const std::string held = std::exchange(m_held, {});
    if (m_state == State::Thought) {
        thoughtByte(held.front());
    } else {
        textByte(held.front());
    }
    for (const char byte : std::string_view(held).substr(1)) take(byte);
}

void AnswerParser::textByte(char byte) {
    if (!m_fresh) return tell(Kind::Text, {&byte, 1});
    m_blanks += byte;
    if (isJsonBlank(byte)) return;
    const std::string waited = std::exchange(m_blanks, {});
    const std::string_view blanks = std::string_view(waited).substr(0, waited.size() - 1);
    tell(m_dropBlanks ? Kind::Markup : Kind::Text, blanks);
    tell(Kind::Text, {&byte, 1});
    m_fresh = false;
}

/// Blanks at both ends of a thought belong to its markers.
void AnswerParser::thoughtByte(char byte) {
    if (isJsonBlank(byte)) {
        m_blanks += byte;
        return;
    }
    tell(m_thoughtBegun ? Kind::Thought : Kind::Markup, std::exchange(m_blanks, {}));
    tell(Kind::Thought, {&byte, 1});
    m_thoughtBegun = true;
}

void AnswerParser::actOn(std::string_view marker) {
    const ThoughtSyntax& thought = m_given->format.thought;
    const bool isThought = marker == thought.open || marker == thought.close;
    bool isDropped = false;
    for (const std::string& each : thought.dropped) isDropped = isDropped || marker == each;
    if (!isThought && !isDropped) return openSection(marker);
    tell(Kind::Markup, std::exchange(m_blanks, {}));
    tell(Kind::Markup, marker);
    m_dropBlanks = true;
    if (m_state == State::Text && marker == thought.open) {
        m_state = State::Thought;
        m_thoughtBegun = false;
    } else if (m_state == State::Thought) {
        m_state = State::Text;
        m_fresh = true;
    }
}

// Sections of calls

void AnswerParser::openSection(std::string_view marker) {
    tell(Kind::Markup, std::exchange(m_blanks, {}));
    const CallSyntax& calls = m_given->format.calls;
    m_state = State::Section;
    m_inList = false;
    m_callsInSection = 0;
    m_seek.clear();
    m_bare = marker == "{" || marker == "[";
    if (m_bare || (calls.callOpen.empty() && calls.sectionOpen.empty())) {
        // The marker belongs to the call itself.
        m_expect = Expect::Body;
        for (const char byte : marker) takeSection(byte);
        return;
    }
    m_raw = marker;
    const bool opensCall = calls.callOpen.empty() || marker == calls.callOpen;
    m_expect = opensCall ? Expect::Body : Expect::Call;
}

void AnswerParser::takeSection(char byte) {
    if (m_reader) return takeInCall(byte);
    takeBetweenCalls(byte);
}

void AnswerParser::beginCall() {
    m_reader = makeCallReader(m_given->format.calls, m_given->options.tools, m_bare);
    m_begun = false;
}

void AnswerParser::takeBetweenCalls(char byte) {
    const CallSyntax& calls = m_given->format.calls;
    const bool isJson = calls.notation == CallNotation::JsonObject;
    if (m_seek.empty() && isJsonBlank(byte)) {
        m_raw += byte;
        return;
    }
    const bool mayOpenList = isJson && byte == '[' && m_seek.empty() && !m_inList &&
                             m_callsInSection == 0 && m_expect == Expect::Body;
    if (mayOpenList) {
        m_raw += byte;
        m_inList = true;
        return;
    }
    const bool sectioned = m_inList || m_bare || !calls.sectionOpen.empty();
    const bool opensObject = isJson && byte == '{' && m_seek.empty() &&
                             (m_expect == Expect::Body || (m_expect == Expect::Next && sectioned));
    if (opensObject || (!isJson && m_expect == Expect::Body)) {
        beginCall();
        return takeInCall(byte);
    }
    m_seek += byte;
    if (actOnSeek()) return;
    // Nothing that can stand here.
    const std::string again = std::exchange(m_seek, {});
    if (m_expect != Expect::Next) return failCall(again);
    leaveSection();
    for (const char each : again) take(each);
}

/// True if what stands between calls is a marker, or may become one.
bool AnswerParser::actOnSeek() {
    const CallSyntax& calls = m_given->format.calls;
    const auto isMarker = [&](const std::string& marker) {
        return !marker.empty() && m_seek == marker;
    };
    const bool opener = isMarker(calls.callOpen) ||
                        (m_expect == Expect::Next && !m_bare && isMarker(calls.sectionOpen));
    if (opener) {
        m_expect = calls.callOpen.empty() || m_seek == calls.callOpen ? Expect::Body : Expect::Call;
        m_raw += std::exchange(m_seek, {});
        m_inList = m_inList && m_expect != Expect::Body;
        if (m_expect == Expect::Body) m_callsInSection = 0;
        return true;
    }
    // Where calls have no marker of their own, the next one's first tag tells of it.
    const bool tagged = m_expect == Expect::Next && calls.callOpen.empty() &&
                        calls.notation == CallNotation::Tagged;
    if (tagged && m_seek == calls.nameOpen) {
        beginCall();
        for (const char byte : std::exchange(m_seek, {})) takeInCall(byte);
        return true;
    }
    if (tagged && calls.nameOpen.starts_with(m_seek)) return true;
    if (m_expect == Expect::Next) {
        const bool between = (m_inList && m_seek == ",") || (calls.bare && m_seek == ";");
        const bool ends = (m_inList && m_seek == "]") || isMarker(calls.callClose) ||
                          isMarker(calls.sectionClose);
        if (between || ends) {
            m_inList = m_inList && m_seek != "]";
            const bool last = isMarker(calls.sectionClose);
            m_raw += std::exchange(m_seek, {});
            if (ends) tell(Kind::Markup, std::exchange(m_raw, {}));
            if (last) leaveSection();
            return true;
        }
    }
    for (const std::string* marker :
         {&calls.callOpen, &calls.callClose, &calls.sectionOpen, &calls.sectionClose}) {
        const bool closes = marker == &calls.callClose || marker == &calls.sectionClose;
        if ((m_expect == Expect::Next || (!closes && m_expect == Expect::Call)) &&
            marker->starts_with(m_seek)) {
            return true;
        }
    }
    return false;
}

void AnswerParser::takeInCall(char byte) {
    const CallReader::State state = m_reader->take(byte);
    if (state == CallReader::State::Failed) return failCall({&byte, 1});
    m_raw += byte;
    passArguments();
    if (state == CallReader::State::Done) endCall();
}

void AnswerParser::passArguments() {
    if (!m_reader->begun()) return;
    if (!m_begun) {
        m_begun = true;
        std::string id = m_reader->id().empty() ? makeId() : m_reader->id();
        m_events.push_back({Kind::CallBegun, {}, m_calls, m_reader->name(), std::move(id)});
    }
    const std::string arguments = m_reader->takeArguments();
    if (arguments.empty()) return;
    if (!m_events.empty() && m_events.back().kind == Kind::CallArguments) {
        m_events.back().text += arguments;  // two calls have other events between them
    } else {
        m_events.push_back({Kind::CallArguments, arguments, m_calls, {}, {}});
    }
}

void AnswerParser::endCall() {
    m_events.push_back({Kind::CallEnded, std::exchange(m_raw, {}), m_calls++, {}, {}});
    m_reader.reset();
    ++m_callsInSection;
    m_expect = Expect::Next;
}

/// What has come of the call is text; the bytes `again` may yet be something else.
void AnswerParser::failCall(std::string_view again) {
    if (m_reader && m_begun) m_events.push_back({Kind::CallWithdrawn, {}, m_calls++, {}, {}});
    m_reader.reset();
    m_begun = false;
    m_state = State::Text;
    tell(Kind::Text, std::exchange(m_raw, {}));
    tell(Kind::Text, std::exchange(m_seek, {}));
    m_fresh = false;
    const std::string rest(again);
    for (const char byte : rest) take(byte);
}

/// Blanks and separators behind the last call are markup; text may follow.
void AnswerParser::leaveSection() {
    tell(Kind::Markup, std::exchange(m_raw, {}));
    m_state = State::Text;
    m_fresh = m_dropBlanks = true;
}

/// Letters and digits from a counter, mixed (SplitMix64).
std::string AnswerParser::makeId() {
    constexpr std::string_view kDigits =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    constexpr size_t kLength = 24;
    std::string id = m_given->format.idLength > 0 ? "" : "call_";
    const size_t length =
        m_given->format.idLength > 0 ? m_given->format.idLength : id.size() + kLength;
    while (id.size() < length) {
        m_idState += 0x9E3779B97F4A7C15u;
        uint64_t mixed = m_idState;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
        id += kDigits[(mixed ^ (mixed >> 31)) % kDigits.size()];
    }
    return id;
}

}  // namespace alcove::engine
