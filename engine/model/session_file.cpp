// Sessions in files. Little-endian:
//
//     "ALCOVEKV"  u32 version  u32 cache type  u64 model fingerprint  u64 adapters  u64 context
//     length u64 tokens  u64 cache bytes  i32 × tokens  cache rows (KvCache::save)  u64 checksum of
//     all before
//
// A file is taken back only when every one of these agrees with the session it is read into.

#include <cstring>

#include "engine/base/atomic_file.h"
#include "engine/base/checksum.h"
#include "engine/base/mapped_file.h"
#include "engine/model/adapter.h"
#include "engine/model/kv_cache.h"
#include "engine/model/session.h"

namespace alcove::engine {
namespace {

constexpr char kMagic[8] = {'A', 'L', 'C', 'O', 'V', 'E', 'K', 'V'};
constexpr uint32_t kVersion = 1;

struct Header {
    char magic[8];
    uint32_t version;
    uint32_t cacheType;
    uint64_t fingerprint;
    uint64_t adapters;
    uint64_t contextLength;
    uint64_t tokens;
    uint64_t cacheBytes;
};
static_assert(sizeof(Header) == 56);

}  // namespace

uint64_t Session::adapterKey() const {
    uint64_t key = 0;
    for (const auto& [adapter, scale] : m_adapters) {
        uint32_t bits;
        std::memcpy(&bits, &scale, sizeof bits);
        key = (key * 31 + adapter->fingerprint()) * 31 + bits;
    }
    return key;
}

Result<void> Session::save(const std::filesystem::path& path) const {
    Header header{};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    header.version = kVersion;
    header.cacheType = static_cast<uint32_t>(m_options.cache);
    header.fingerprint = m_model->fingerprint();
    header.adapters = adapterKey();
    header.contextLength = static_cast<uint64_t>(capacity());
    header.tokens = m_tokens.size();
    header.cacheBytes = m_cache->savedBytes(length());

    const size_t tokenBytes = m_tokens.size() * sizeof(Token);
    std::vector<std::byte> bytes(sizeof header + tokenBytes + header.cacheBytes + sizeof(uint64_t));
    std::memcpy(bytes.data(), &header, sizeof header);
    if (tokenBytes) std::memcpy(bytes.data() + sizeof header, m_tokens.data(), tokenBytes);
    m_cache->save(bytes.data() + sizeof header + tokenBytes);
    const uint64_t sum = checksum(std::span(bytes).first(bytes.size() - sizeof sum));
    std::memcpy(bytes.data() + bytes.size() - sizeof sum, &sum, sizeof sum);
    // What was said can be read in it.
    ALCOVE_TRY(AtomicFile file, AtomicFile::create(path, Readers::OwnerAlone));
    ALCOVE_CHECK(file.write(bytes));
    return file.commit();
}

Result<Session::Saved> Session::describeSaved(const std::filesystem::path& path) {
    ALCOVE_TRY(const MappedFile file, MappedFile::open(path));
    Header header{};
    if (file.bytes().size() < sizeof header) return fail(path.string(), ": no saved session");
    std::memcpy(&header, file.bytes().data(), sizeof header);
    const size_t room = (file.bytes().size() - sizeof header) / sizeof(Token);
    if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.version != kVersion ||
        header.tokens > room)
        return fail(path.string(), ": no saved session");
    Saved saved{header.fingerprint, std::vector<Token>(static_cast<size_t>(header.tokens))};
    if (!saved.tokens.empty())
        std::memcpy(saved.tokens.data(), file.bytes().data() + sizeof header,
                    saved.tokens.size() * sizeof(Token));
    return saved;
}

Result<void> Session::restore(const std::filesystem::path& path) {
    ALCOVE_TRY(const MappedFile file, MappedFile::open(path));
    const std::span<const std::byte> bytes = file.bytes();
    const auto refuse = [&](std::string_view why) {
        return fail(path.string(), ": ", why, "; the session is unchanged");
    };
    Header header{};
    if (bytes.size() < sizeof header + sizeof(uint64_t))
        return refuse("too short for a saved session");
    std::memcpy(&header, bytes.data(), sizeof header);
    if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return refuse("not a saved session");
    if (header.version != kVersion)
        return refuse(concat("saved in version ", header.version, ", known is ", kVersion));
    if (header.fingerprint != m_model->fingerprint()) return refuse("saved with another model");
    if (header.adapters != adapterKey()) return refuse("saved with other adapters");
    if (header.cacheType != static_cast<uint32_t>(m_options.cache))
        return refuse("saved with another kind of cache");
    if (header.contextLength != static_cast<uint64_t>(capacity()))
        return refuse(concat("saved with a context of ", header.contextLength,
                             " tokens, this one has ", capacity()));
    if (header.tokens > header.contextLength)
        return refuse("it claims more tokens than its context");
    const uint64_t tokenBytes = header.tokens * sizeof(Token);
    const uint64_t cacheBytes = m_cache->savedBytes(static_cast<int64_t>(header.tokens));
    if (header.cacheBytes != cacheBytes ||
        bytes.size() != sizeof header + tokenBytes + cacheBytes + sizeof(uint64_t))
        return refuse("its length is wrong: it is cut off or not a saved session of this kind");
    uint64_t sum;
    std::memcpy(&sum, bytes.data() + bytes.size() - sizeof sum, sizeof sum);
    if (sum != checksum(bytes.first(bytes.size() - sizeof sum)))
        return refuse("its checksum is wrong: it is damaged");

    std::vector<Token> tokens(header.tokens);
    if (tokenBytes) std::memcpy(tokens.data(), bytes.data() + sizeof header, tokenBytes);
    m_cache->restore(bytes.data() + sizeof header + tokenBytes,
                     static_cast<int64_t>(header.tokens));
    m_tokens = std::move(tokens);
    m_logits.clear();
    checkpoint();  // the document that was saved is gone back to after each answer
    return {};
}

}  // namespace alcove::engine
