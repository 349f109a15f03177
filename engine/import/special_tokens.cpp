// Special tokens are named in several files that do not always agree. In order of weight: the text
// that the tokenizer's post-processor really puts before and after a text, then
// tokenizer_config.json, then the ids of config.json.
#include <algorithm>

#include "engine/import/vocabulary.h"

namespace alcove::engine {

namespace {

constexpr uint64_t kTemplateBytes = uint64_t{4} << 20;
constexpr int kNormalizerDepth = 8;

/// The roles whose text or flags are followed through the files.
enum Role { Bos, Eos, Unk, Sep, Pad, Cls, Mask, Eot, Eom, kRoles };
constexpr std::string_view kRoleNames[kRoles] = {"bos", "eos",  "unk", "sep", "pad",
                                                 "cls", "mask", "eot", "eom"};

/// What is known so far.
struct Roles {
    std::string text[kRoles];
    std::optional<bool> added[kRoles];
    bool eotIsUsed = false, eomIsUsed = false;
};

/// "bos_token" is a string or an object with "content".
std::string tokenText(const Json& settings, std::string_view role) {
    const Json* entry = find(settings, concat(role, "_token"));
    if (const std::string* text = asString(entry)) return *text;
    return std::string(stringAt(entry, "content"));
}

std::string_view specialAt(const Json& pattern, size_t index) {
    return stringAt(find(pattern[index], "SpecialToken"), "id");
}

std::string_view sequenceAt(const Json& pattern, size_t index) {
    return stringAt(find(pattern[index], "Sequence"), "id");
}

/// The end of a text is not what tokenizer_config.json calls EOS: that one, which then ends a turn,
/// becomes EOT (or EOM), and the template's takes its place.
void replaceEnd(Roles& roles, std::string_view last) {
    if (!roles.eotIsUsed) {
        roles.eotIsUsed = true;
        roles.text[Eot] = roles.text[Eos];
    } else if (!roles.eomIsUsed) {
        roles.eomIsUsed = true;
        roles.text[Eom] = roles.text[Eos];
    }
    roles.text[Eos] = last;
}

/// Between two texts: [sep] or [sep] [eos] after the first, apart from what closes every text.
void readPair(const Json& pair, std::string_view first, std::string_view last, Roles& roles) {
    if (!pair.is_array() || pair.empty()) return;
    size_t begin = 0, end = pair.size();
    if (!first.empty() && specialAt(pair, 0) == first) ++begin;
    if (!last.empty() && specialAt(pair, end - 1) == last) --end;
    if (begin + 2 >= end || sequenceAt(pair, begin) != "A" || sequenceAt(pair, end - 1) != "B")
        return;
    const auto separates = [&](size_t index) {
        const std::string_view token = specialAt(pair, index);
        return !token.empty() && (token == roles.text[Sep] || token == roles.text[Eos]);
    };
    bool separator = separates(begin + 1) && last.empty();
    if (end - begin == 4 && separates(begin + 2)) separator = true;
    roles.added[Sep] = separator;
    if (separator && roles.text[Sep].empty()) roles.text[Sep] = roles.text[Eos];
}

void readTemplate(const Json& processor, Roles& roles) {
    const Json* single = find(processor, "single");
    std::string_view first, last;
    if (single && single->is_array() && single->size() > 1) {
        first = specialAt(*single, 0);
        last = specialAt(*single, single->size() - 1);
    }
    if (!first.empty()) {
        if (first != roles.text[Bos] && first != roles.text[Cls]) {
            if (roles.text[Bos].empty()) roles.text[Bos] = first;
            if (roles.text[Cls].empty()) roles.text[Cls] = first;
        }
        roles.added[Bos] = first == roles.text[Bos] || first == roles.text[Cls];
    }
    if (!last.empty()) {
        if (last != roles.text[Eos]) replaceEnd(roles, last);
        roles.added[Eos] = true;
    }
    if (const Json* pair = find(processor, "pair")) readPair(*pair, first, last, roles);
}

void readProcessor(const Json& processor, Roles& roles) {
    const std::string_view type = stringAt(&processor, "type");
    if (type == "ByteLevel") {
        for (const Role role : {Bos, Eos})
            if (!roles.added[role]) roles.added[role] = false;
    } else if (type == "RobertaProcessing") {
        for (const Role role : {Bos, Eos, Sep}) roles.added[role] = true;
    } else if (type == "TemplateProcessing") {
        readTemplate(processor, roles);
    }
}

void readNormalizer(const Json& normalizer, SpecialTokens& special, int depth) {
    const std::string_view type = stringAt(&normalizer, "type");
    if (type == "Lowercase") special.lowercase = true;
    if (type == "StripAccents") special.stripAccents = true;
    if (type == "BertNormalizer") {
        if (const auto lower = asBoolean(find(normalizer, "lowercase"))) special.lowercase = lower;
        if (const auto strip = asBoolean(find(normalizer, "strip_accents")))
            special.stripAccents = strip;
    }
    const Json* list = find(normalizer, "normalizers");
    if (type != "Sequence" || !list || !list->is_array() || depth == kNormalizerDepth) return;
    for (const Json& part : *list) readNormalizer(part, special, depth + 1);
}

std::optional<int64_t> idOf(const Json* addedTokens, const std::string& text) {
    if (text.empty() || !addedTokens || !addedTokens->is_array()) return std::nullopt;
    for (const Json& token : *addedTokens)
        if (stringAt(&token, "content") == text) return asInteger(find(token, "id"));
    return std::nullopt;
}

/// Templates are text, a list of named texts, or in a file of their own.
Result<void> readTemplates(const TokenizerFiles& files, SpecialTokens& special) {
    Json chat;
    if (const Json* own = find(files.settings, "chat_template")) chat = *own;
    std::error_code ignored;
    const auto jinja = files.folder / "chat_template.jinja";
    const auto json = files.folder / "chat_template.json";
    if (chat.is_null() && std::filesystem::exists(jinja, ignored)) {
        ALCOVE_TRY(chat, readText(jinja, kTemplateBytes));
    } else if (chat.is_null() && std::filesystem::exists(json, ignored)) {
        ALCOVE_TRY(const Json file, readJsonObject(json));
        if (const Json* text = find(file, "chat_template")) chat = *text;
    }
    if (const std::string* text = asString(&chat)) special.chatTemplate = *text;
    if (!chat.is_array()) return {};
    for (const Json& choice : chat) {
        std::string name(stringAt(&choice, "name"));
        const std::string* text = asString(find(choice, "template"));
        if (name.empty() || !text) continue;
        for (char& c : name)
            if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
        if (name == "default")
            special.chatTemplate = *text;
        else
            special.namedTemplates.emplace_back(std::move(name), *text);
    }
    return {};
}

/// What the files say of each role, without the ids.
Roles readRoles(const TokenizerFiles& files) {
    Roles roles;
    for (int role = 0; role < kRoles; ++role)
        roles.text[role] = tokenText(files.settings, kRoleNames[role]);
    roles.text[Eot].clear();  // only the post-processor brings these two up
    roles.text[Eom].clear();
    if (roles.text[Bos].empty()) roles.text[Bos] = roles.text[Cls];
    if (roles.text[Eos].empty()) roles.text[Eos] = roles.text[Sep];
    if (const Json* processor = find(files.tokenizer, "post_processor")) {
        const Json* list = find(processor, "processors");
        if (list && list->is_array())
            for (const Json& part : *list) readProcessor(part, roles);
        else
            readProcessor(*processor, roles);
    }
    for (const Role role : {Bos, Eos, Unk, Sep, Pad, Cls, Mask}) {
        const auto flag =
            asBoolean(find(files.settings, concat("add_", kRoleNames[role], "_token")));
        if (flag && !roles.added[role]) roles.added[role] = flag;
    }
    return roles;
}

}  // namespace

Result<SpecialTokens> readSpecialTokens(const TokenizerFiles& files, const ModelConfig& config,
                                        size_t vocabulary) {
    SpecialTokens special;
    const Roles roles = readRoles(files);
    if (const Json* normalizer = find(files.tokenizer, "normalizer"))
        readNormalizer(*normalizer, special, 0);

    const Json* addedTokens = find(files.tokenizer, "added_tokens");
    const Json* nested = find(config.root, "text_config");
    for (int role = 0; role < kRoles; ++role) {
        if (role == Cls) continue;  // a GGUF knows it as BOS
        const bool late = role == Eot || role == Eom;
        if (late && !(role == Eot ? roles.eotIsUsed : roles.eomIsUsed)) continue;
        std::optional<int64_t> id = idOf(addedTokens, roles.text[role]);
        const std::string key = concat(kRoleNames[role], "_token_id");
        if (!id) {
            const Json* entry = find(config.root, key);
            id = asInteger(entry ? entry : find(nested, key));
        }
        if (id && *id >= 0 && *id < static_cast<int64_t>(vocabulary))
            special.ids.emplace_back(kRoleNames[role], static_cast<uint32_t>(*id));
    }
    for (const Role role : {Bos, Eos, Sep})
        if (roles.added[role]) special.added.emplace_back(kRoleNames[role], *roles.added[role]);
    ALCOVE_CHECK(readTemplates(files, special));
    return special;
}

}  // namespace alcove::engine
