#include "rag/reader/formats/archive.h"

#include <zip.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace alcove::rag {
namespace {

constexpr zip_int64_t kMostEntries = 100'000;

bool leadsOut(std::string_view name) {
    if (name.empty()) return false;
    if (name[0] == '/' || name[0] == '\\' || (name.size() > 1 && name[1] == ':')) return true;
    for (size_t at = 0; at <= name.size();) {
        const size_t end = std::min(name.find_first_of("/\\", at), name.size());
        if (name.substr(at, end - at) == "..") return true;
        at = end + 1;
    }
    return false;
}

}  // namespace

struct Archive::State {
    zip_t* zip = nullptr;
    ReadContext* context = nullptr;
    std::unordered_map<std::string, zip_uint64_t> entries;

    ~State() {
        if (zip) zip_discard(zip);
    }
};

Archive::Archive(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Archive::Archive(Archive&&) noexcept = default;
Archive::~Archive() = default;

Result<Archive> Archive::open(const Source& source, ReadContext& context) {
    auto state = std::make_unique<State>();
    state->context = &context;
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* bytes =
        zip_source_buffer_create(source.bytes.data(), source.bytes.size(), 0, &error);
    if (!bytes) return refuse(Refusal::Damaged, zip_error_strerror(&error));
    state->zip = zip_open_from_source(bytes, ZIP_RDONLY, &error);
    if (!state->zip) {
        zip_source_free(bytes);
        Error refusal =
            refuse(Refusal::Damaged, "the archive can not be opened: ", zip_error_strerror(&error));
        zip_error_fini(&error);
        return refusal;
    }
    const zip_int64_t count = zip_get_num_entries(state->zip, 0);
    if (count > kMostEntries) return refuse(Refusal::Bomb, "the archive has ", count, " entries");
    for (zip_int64_t i = 0; i < count; ++i) {
        const char* name = zip_get_name(state->zip, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
        if (!name) continue;
        if (leadsOut(name))
            return refuse(Refusal::Unsafe, "its entry \"", name, "\" leads out of the archive");
        state->entries.emplace(name, i);
    }
    return Archive(std::move(state));
}

bool Archive::has(const std::string& name) const { return m_state->entries.count(name) != 0; }

std::vector<std::string> Archive::names() const {
    std::vector<std::string> names;
    for (const auto& [name, index] : m_state->entries) names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
}

Result<void> Archive::unpack(const std::string& name,
                             const std::function<Result<void>(std::string_view, bool)>& use) const {
    const auto found = m_state->entries.find(name);
    if (found == m_state->entries.end())
        return refuse(Refusal::Damaged, "the part ", name, " is missing");
    zip_stat_t about;
    zip_stat_init(&about);
    if (zip_stat_index(m_state->zip, found->second, 0, &about) != 0)
        return refuse(Refusal::Damaged, name, ": ", zip_strerror(m_state->zip));
    const auto tooLarge = [&] {
        return refuse(Refusal::Bomb, name, " unpacks to more than the ",
                      m_state->context->unpackBudget >> 20, " MB that are left to this file");
    };
    uint64_t& budget = m_state->context->unpackBudget;
    if ((about.valid & ZIP_STAT_SIZE) != 0 && about.size > budget) return tooLarge();
    if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE) {
        if (m_state->context->password.empty())
            return refuse(Refusal::Encrypted, "its parts need a password");
        zip_set_default_password(m_state->zip, m_state->context->password.c_str());
    }
    zip_file_t* opened = zip_fopen_index(m_state->zip, found->second, 0);
    if (!opened) {
        const int code = zip_error_code_zip(zip_get_error(m_state->zip));
        return refuse(code == ZIP_ER_WRONGPASSWD ? Refusal::WrongPassword : Refusal::Damaged, name,
                      ": ", zip_strerror(m_state->zip));
    }
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(opened, zip_fclose);
    std::array<char, 64 * 1024> buffer;
    for (;;) {
        const zip_int64_t got = zip_fread(file.get(), buffer.data(), buffer.size());
        if (got < 0) return refuse(Refusal::Damaged, name, ": ", zip_file_strerror(file.get()));
        if (static_cast<uint64_t>(got) > budget) return tooLarge();
        budget -= static_cast<uint64_t>(got);
        ALCOVE_CHECK(use({buffer.data(), static_cast<size_t>(got)}, got == 0));
        if (got == 0) return {};
    }
}

Result<std::string> Archive::read(const std::string& name, uint64_t most) const {
    std::string out;
    const auto unpacked = unpack(name, [&](std::string_view bytes, bool) -> Result<void> {
        if (out.size() + bytes.size() > most)
            return refuse(Refusal::Bomb, name, " unpacks to more than ", most >> 20, " MB");
        out += bytes;
        return {};
    });
    if (!unpacked) return unpacked.error();
    return out;
}

Result<void> Archive::parse(const std::string& name, XmlHandler& handler) const {
    XmlParser parser(handler, name);
    return unpack(name,
                  [&](std::string_view bytes, bool last) { return parser.feed(bytes, last); });
}

std::string resolveInside(std::string_view base, std::string_view target) {
    std::vector<std::string_view> parts;
    const auto add = [&](std::string_view path) {
        for (size_t at = 0; at <= path.size();) {
            const size_t end = std::min(path.find('/', at), path.size());
            const std::string_view part = path.substr(at, end - at);
            at = end + 1;
            if (part.empty() || part == ".") continue;
            if (part != "..") {
                parts.push_back(part);
            } else if (parts.empty()) {
                return false;
            } else {
                parts.pop_back();
            }
        }
        return true;
    };
    if (!target.empty() && target[0] == '/') base = {};
    const size_t folder = base.rfind('/');
    if (!add(folder == std::string_view::npos ? std::string_view() : base.substr(0, folder)) ||
        !add(target))
        return {};
    std::string out;
    for (const std::string_view part : parts) out.append(out.empty() ? "" : "/").append(part);
    return out;
}

namespace {

class RelationHandler : public XmlHandler {
public:
    explicit RelationHandler(const std::string& part) : m_part(part) {}
    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name != "Relationship" || attributes["TargetMode"] == "External") return;
        const std::string_view type = attributes["Type"];
        relations.push_back({std::string(attributes["Id"]),
                             std::string(type.substr(type.rfind('/') + 1)),
                             resolveInside(m_part, attributes["Target"])});
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    std::vector<Relation> relations;

private:
    const std::string& m_part;
};

class MetadataHandler : public XmlHandler {
public:
    void start(std::string_view name, const XmlAttributes&) override {
        m_target = name == "title"                        ? &metadata.title
                   : name == "creator"                    ? &metadata.author
                   : name == "modified" || name == "date" ? &metadata.date
                                                          : nullptr;
        if (m_target && !m_target->empty()) m_target = nullptr;
    }
    void end(std::string_view) override { m_target = nullptr; }
    void text(std::string_view text) override {
        if (m_target && m_target->size() < 4096) m_target->append(text);
    }
    Metadata metadata;

private:
    std::string* m_target = nullptr;
};

}  // namespace

Result<std::vector<Relation>> readRelations(const Archive& archive, const std::string& part) {
    const size_t slash = part.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : part.substr(0, slash + 1);
    const std::string name =
        folder + "_rels/" + (slash == std::string::npos ? part : part.substr(slash + 1)) + ".rels";
    RelationHandler handler(part);
    if (!archive.has(name)) return handler.relations;
    ALCOVE_CHECK(archive.parse(name, handler));
    return handler.relations;
}

Metadata readMetadata(const Archive& archive, const std::string& part) {
    MetadataHandler handler;
    if (archive.has(part) && !archive.parse(part, handler)) return {};
    return handler.metadata;
}

}  // namespace alcove::rag
