// The vector index over hnswlib 0.6.2: the only file that includes its header, which defines
// functions that are not inline and so belongs into one source file alone.
//
// hnswlib lends the graph: building it and walking it. Its own files are not used. It trusts what
// it reads, so load() fills the graph's memory itself, after the checksum has been verified and
// every link has been seen to lead to a vector that is there, on a level where that has links. So
// not even a file made to harm leads outside.
//
// The file: Header, then three parts whose lengths follow from it and the file's own length:
//   elements   count × (links of level 0, vector code, id), as they lie in memory
//   levels     u32 × count: levels above 0 that a vector is on
//   upper      for each vector, for each of its levels above 0: u32 count, u32 × M links
// and last the checksum of all, a u64. Numbers are little-endian.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <string>

#if defined(ALCOVE_NO_PREFETCH)
// Its prefetching reads a link past the end of lists, which a sanitizer reports.
#define NO_MANUAL_VECTORIZATION
#endif
#include <hnswlib/hnswlib.h>

#include "engine/base/atomic_file.h"
#include "engine/base/checksum.h"
#include "engine/base/mapped_file.h"
#include "rag/vector/vector_code.h"
#include "rag/vector/vector_index.h"

namespace alcove::rag {
namespace {

using Graph = hnswlib::HierarchicalNSW<float>;
using Bytes = std::span<const std::byte>;

// Measured with bench-index on 100,000 and 1,000,000 clustered vectors of 384.
constexpr uint32_t kNeighbours = 16;
constexpr uint32_t kBreadth = 200;
constexpr size_t kLeastSearch = 100;  // breadth of a search (ef)

// What a filtered search costs, in nanoseconds of one core: for each of a walk's breadth, and for
// each vector that is looked up by its id, passed over, or compared in passing.
constexpr double kWalkCost = 4500;
constexpr double kLookUpCost = 120, kPassCost = 16, kCompareCost = 68;

double lookUpCost(uint64_t allowed) { return kLookUpCost * static_cast<double>(allowed); }
double passCost(uint64_t all, uint64_t allowed) {
    return kPassCost * static_cast<double>(all) + kCompareCost * static_cast<double>(allowed);
}
double scanCost(uint64_t all, uint64_t allowed) {
    return std::min(lookUpCost(allowed), passCost(all, allowed));
}

constexpr size_t kLeastCapacity = 1024;
constexpr uint64_t kMostVectors = uint64_t{1} << 31;
constexpr uint32_t kVersion = 1;
constexpr char kMagic[8] = {'A', 'L', 'C', 'O', 'V', 'E', 'V', 'I'};

struct Header {
    char magic[8];
    uint32_t version;
    uint32_t dimension;
    uint32_t neighbours;
    uint32_t breadth;
    uint64_t tag;
    uint64_t count;
    uint32_t entry;
    int32_t topLevel;
};
static_assert(sizeof(Header) == 48);

/// What hnswlib is told of the vectors.
class CodeSpace final : public hnswlib::SpaceInterface<float> {
public:
    CodeSpace(size_t dimension, const Distances& distances)
        : m_dimension(dimension), m_distances(&distances) {}

    size_t get_data_size() override { return vectorCodeBytes(m_dimension); }
    hnswlib::DISTFUNC<float> get_dist_func() override { return distance; }
    void* get_dist_func_param() override { return this; }

    [[nodiscard]] float cosine(const std::byte* a, const std::byte* b) const {
        return cosineOfCodes(*m_distances, a, b, m_dimension);
    }

private:
    static float distance(const void* a, const void* b, const void* self) {
        return 1.0f - static_cast<const CodeSpace*>(self)->cosine(static_cast<const std::byte*>(a),
                                                                  static_cast<const std::byte*>(b));
    }

    size_t m_dimension;
    const Distances* m_distances;
};

/// The number of levels above 0, as hnswlib would draw it, but from the id: the same ids give the
/// same graph (on one thread), and no generator is shared between threads.
int levelOf(int64_t id, uint32_t neighbours) {
    uint64_t mixed = static_cast<uint64_t>(id) + 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    mixed ^= mixed >> 31;
    const double uniform = (static_cast<double>(mixed >> 11) + 1.0) * 0x1p-53;  // (0, 1]
    return static_cast<int>(-std::log(uniform) / std::log(static_cast<double>(neighbours)));
}

class HnswIndex final : public VectorIndex {
public:
    HnswIndex(size_t dimension, const Distances& distances, uint32_t neighbours, uint32_t breadth,
              size_t capacity)
        : m_dimension(dimension),
          m_space(dimension, distances),
          m_graph(&m_space, std::max(capacity, kLeastCapacity), neighbours, breadth) {
        m_graph.mult_ = 0;  // hnswlib's own draw gives level 0; levelOf() decides
    }

    Result<void> add(std::span<const int64_t> ids, std::span<const float> vectors,
                     ThreadPool* pool) override {
        if (vectors.size() != ids.size() * m_dimension)
            return fail("vector index: ", vectors.size(), " values are not ", ids.size(),
                        " vectors of ", m_dimension);
        const std::unique_lock lock(m_mutex);
        ALCOVE_CHECK(makeRoom(ids));
        const auto addRange = [&](int64_t begin, int64_t end) -> Result<void> {
            std::vector<std::byte> code(vectorCodeBytes(m_dimension));
            for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
                if (!encodeVector(vectors.subspan(i * m_dimension, m_dimension), code))
                    return fail("vector index: the vector of id ", ids[i],
                                " has a value that is not finite");
                const int level = levelOf(ids[i], static_cast<uint32_t>(m_graph.M_));
                m_graph.addPoint(code.data(), static_cast<size_t>(ids[i]), level);
            }
            return {};
        };
        return guarded(ids.size(), pool, addRange);
    }

    void remove(std::span<const int64_t> ids) override {
        const std::unique_lock lock(m_mutex);
        for (const int64_t id : ids) {
            const auto found = m_graph.label_lookup_.find(static_cast<size_t>(id));
            if (found != m_graph.label_lookup_.end() && !m_graph.isMarkedDeleted(found->second))
                m_graph.markDeletedInternal(found->second);
        }
    }

    std::vector<VectorHit> find(std::span<const float> query, size_t count,
                                const IdRanges* allowed) const override {
        const std::shared_lock lock(m_mutex);
        std::vector<std::byte> code(vectorCodeBytes(m_dimension));
        const size_t held = m_graph.cur_element_count - m_graph.num_deleted_;
        if (query.size() != m_dimension || count == 0 || held == 0 || !encodeVector(query, code))
            return {};
        count = std::min(count, held);
        if (allowed == nullptr) return walk(code, count, nullptr);

        // hnswlib knows no filter. Where many of the vectors are allowed, a wider search passes
        // enough of them; where few are, or all are not many, looking at each is quicker and misses
        // none.
        const uint64_t wanted = std::min<uint64_t>(allowed->count(), held);
        if (wanted == 0) return {};
        count = std::min<size_t>(count, wanted);
        const double wider = 1.5 * static_cast<double>(count) * static_cast<double>(held) /
                             static_cast<double>(wanted);
        const size_t breadth = std::max(static_cast<size_t>(wider), kLeastSearch * 2);
        if (wanted > 10 * count &&
            kWalkCost * static_cast<double>(breadth) < scanCost(held, wanted)) {
            std::vector<VectorHit> hits = walk(code, breadth, allowed);
            if (hits.size() >= count) {
                hits.resize(count);
                return hits;
            }
        }
        return scan(code, count, *allowed);
    }

    size_t size() const override {
        const std::shared_lock lock(m_mutex);
        return m_graph.cur_element_count - m_graph.num_deleted_;
    }
    size_t removed() const override {
        const std::shared_lock lock(m_mutex);
        return m_graph.num_deleted_;
    }
    std::vector<int64_t> ids() const override {
        const std::shared_lock lock(m_mutex);
        std::vector<int64_t> found;
        for (uint32_t i = 0; i < m_graph.cur_element_count; ++i)
            if (!m_graph.isMarkedDeleted(i)) found.push_back(idOf(i));
        std::sort(found.begin(), found.end());
        return found;
    }
    size_t memory() const override {
        const std::shared_lock lock(m_mutex);
        constexpr size_t kBeside = sizeof(std::mutex) + sizeof(void*) + sizeof(int) +
                                   5 * sizeof(size_t) + sizeof(uint16_t);  // locks, look-up, marks
        return m_graph.max_elements_ * (m_graph.size_data_per_element_ + kBeside);
    }

    Result<void> save(const std::filesystem::path& path, uint64_t tag) const override;
    /// Only on an index that is new. The file's checksum has been verified.
    Result<void> fill(const Header& header, Bytes elements, Bytes levels, Bytes upper);

private:
    int64_t idOf(uint32_t element) const {
        return static_cast<int64_t>(m_graph.getExternalLabel(element));
    }
    const std::byte* codeOf(uint32_t element) const {
        return reinterpret_cast<const std::byte*>(m_graph.getDataByInternalId(element));
    }

    /// Calls body(begin, end) for pieces of [0, count); what hnswlib throws becomes an error.
    template <typename Body>
    Result<void> guarded(size_t count, ThreadPool* pool, const Body& body);
    Result<void> makeRoom(std::span<const int64_t> ids);

    std::vector<VectorHit> walk(const std::vector<std::byte>& code, size_t count,
                                const IdRanges* allowed) const;
    std::vector<VectorHit> scan(const std::vector<std::byte>& code, size_t count,
                                const IdRanges& allowed) const;

    size_t m_dimension;
    CodeSpace m_space;
    Graph m_graph;                      // guarded by m_mutex
    mutable std::shared_mutex m_mutex;  // find() shares it
};

template <typename Body>
Result<void> HnswIndex::guarded(size_t count, ThreadPool* pool, const Body& body) {
    std::mutex mutex;  // guards the first error
    Result<void> outcome;
    std::atomic<bool> failed{false};
    const auto piece = [&](int64_t begin, int64_t end) {
        if (failed) return;
        Result<void> result;
        try {
            result = body(begin, end);
        } catch (const std::exception& error) {
            result = fail("vector index: ", error.what());
        }
        if (result) return;
        const std::scoped_lock lock(mutex);
        if (outcome) outcome = result;
        failed = true;
    };
    if (pool == nullptr)
        piece(0, static_cast<int64_t>(count));
    else
        pool->forEach(static_cast<int64_t>(count), 16, piece);
    return outcome;
}

Result<void> HnswIndex::makeRoom(std::span<const int64_t> ids) {
    std::vector<int64_t> sorted(ids.begin(), ids.end());
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) return fail("vector index: id ", *twice, " is given twice");
    for (const int64_t id : sorted) {
        if (id < 0) return fail("vector index: id ", id, " is negative");
        if (m_graph.label_lookup_.count(static_cast<size_t>(id)) > 0)
            return fail("vector index: id ", id, " is there already");
    }
    const size_t needed = m_graph.cur_element_count + ids.size();
    if (needed > kMostVectors) return fail("vector index: more than ", kMostVectors, " vectors");
    if (needed <= m_graph.max_elements_) return {};
    try {
        m_graph.resizeIndex(std::max(needed, m_graph.max_elements_ + m_graph.max_elements_ / 2));
    } catch (const std::exception&) {
        return fail("vector index: the memory does not suffice for ", needed, " vectors");
    }
    return {};
}

std::vector<VectorHit> HnswIndex::walk(const std::vector<std::byte>& code, size_t count,
                                       const IdRanges* allowed) const {
    auto nearest = m_graph.searchKnn(code.data(), std::max(count, kLeastSearch));
    std::vector<VectorHit> hits;
    hits.reserve(nearest.size());
    for (; !nearest.empty(); nearest.pop()) {  // the farthest first
        const auto id = static_cast<int64_t>(nearest.top().second);
        if (allowed == nullptr || allowed->contains(id))
            hits.push_back({id, 1.0f - nearest.top().first});
    }
    std::reverse(hits.begin(), hits.end());
    if (hits.size() > count) hits.resize(count);
    return hits;
}

std::vector<VectorHit> HnswIndex::scan(const std::vector<std::byte>& code, size_t count,
                                       const IdRanges& allowed) const {
    std::vector<VectorHit> hits;
    const auto look = [&](uint32_t element) {
        if (!m_graph.isMarkedDeleted(element))
            hits.push_back({idOf(element), m_space.cosine(code.data(), codeOf(element))});
    };
    if (lookUpCost(allowed.count()) < passCost(m_graph.cur_element_count, allowed.count())) {
        for (const IdRanges::Range& range : allowed.ranges())
            for (int64_t id = range.first; id < range.end; ++id) {
                const auto found = m_graph.label_lookup_.find(static_cast<size_t>(id));
                if (found != m_graph.label_lookup_.end()) look(found->second);
            }
    } else {
        IdRanges::Cursor cursor(allowed);  // they were mostly added in the order of their ids
        for (uint32_t i = 0; i < m_graph.cur_element_count; ++i)
            if (cursor.contains(idOf(i))) look(i);
    }
    const auto better = [](const VectorHit& a, const VectorHit& b) {
        return a.score != b.score ? a.score > b.score : a.id < b.id;
    };
    count = std::min(count, hits.size());
    const auto end = hits.begin() + static_cast<std::ptrdiff_t>(count);
    std::partial_sort(hits.begin(), end, hits.end(), better);
    hits.resize(count);
    return hits;
}

template <typename T>
Bytes bytesOf(const T& value) {
    return std::as_bytes(std::span(&value, 1));
}

Result<void> HnswIndex::save(const std::filesystem::path& path, uint64_t tag) const {
    const std::shared_lock lock(m_mutex);
    const size_t count = m_graph.cur_element_count;
    Header header{};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    header.version = kVersion;
    header.dimension = static_cast<uint32_t>(m_dimension);
    header.neighbours = static_cast<uint32_t>(m_graph.M_);
    header.breadth = static_cast<uint32_t>(m_graph.ef_construction_);
    header.tag = tag;
    header.count = count;
    header.entry = m_graph.enterpoint_node_;
    header.topLevel = m_graph.maxlevel_;

    const Bytes elements(reinterpret_cast<const std::byte*>(m_graph.data_level0_memory_),
                         count * m_graph.size_data_per_element_);
    std::vector<uint32_t> levels(count);
    std::vector<std::byte> upper;
    for (size_t i = 0; i < count; ++i) {
        levels[i] = static_cast<uint32_t>(m_graph.element_levels_[i]);
        if (levels[i] == 0) continue;
        const auto* lists = reinterpret_cast<const std::byte*>(m_graph.linkLists_[i]);
        upper.insert(upper.end(), lists, lists + levels[i] * m_graph.size_links_per_element_);
    }
    ALCOVE_TRY(AtomicFile file, AtomicFile::create(path));
    uint64_t sum = kChecksumStart;
    for (const Bytes part :
         {bytesOf(header), elements, std::as_bytes(std::span(levels)), Bytes(upper)}) {
        sum = checksum(part, sum);
        ALCOVE_CHECK(file.write(part));
    }
    ALCOVE_CHECK(file.write(bytesOf(sum)));
    return file.commit();
}

/// A list of links as hnswlib has it: a count of 16 bits, a mark for the removed, links of 32 bits.
/// Each must lead to a vector on `level`.
bool soundLinks(const std::byte* list, size_t most, bool mayBeRemoved, size_t level,
                const std::vector<int>& levels, size_t count) {
    uint32_t head;
    std::memcpy(&head, list, sizeof head);
    const size_t links = head & 0xffff;
    const uint32_t mark = head >> 16;
    if (links > most || mark > (mayBeRemoved ? 1u : 0u)) return false;
    for (size_t i = 0; i < links; ++i) {
        uint32_t link;
        std::memcpy(&link, list + sizeof head + i * sizeof link, sizeof link);
        if (link >= count || static_cast<size_t>(levels[link]) < level) return false;
    }
    return true;
}

Result<void> HnswIndex::fill(const Header& header, Bytes elements, Bytes levels, Bytes upper) {
    const Error unsound{"its graph is unsound"};
    const size_t count = header.count;
    const size_t elementBytes = m_graph.size_data_per_element_;
    const size_t listBytes = m_graph.size_links_per_element_;
    if (count == 0) return upper.empty() ? Result<void>() : unsound;

    size_t upperLists = 0;
    for (size_t i = 0; i < count; ++i) {
        uint32_t level;
        std::memcpy(&level, levels.data() + i * sizeof level, sizeof level);
        if (level > 64) return unsound;  // chance gives 8 to a million
        m_graph.element_levels_[i] = static_cast<int>(level);
        upperLists += level;
    }
    if (upperLists * listBytes != upper.size() || header.entry >= count ||
        header.topLevel != m_graph.element_levels_[header.entry])
        return unsound;

    const std::byte* list = upper.data();
    for (size_t i = 0; i < count; ++i) {
        const std::byte* element = elements.data() + i * elementBytes;
        if (!soundLinks(element, m_graph.maxM0_, true, 0, m_graph.element_levels_, count) ||
            !std::isfinite(scaleOf(element + m_graph.offsetData_)))
            return unsound;
        const auto level = static_cast<size_t>(m_graph.element_levels_[i]);
        for (size_t l = 1; l <= level; ++l, list += listBytes)
            if (!soundLinks(list, m_graph.maxM_, false, l, m_graph.element_levels_, count))
                return unsound;
    }

    std::memcpy(m_graph.data_level0_memory_, elements.data(), elements.size());
    list = upper.data();
    m_graph.label_lookup_.reserve(count);
    for (size_t i = 0; i < count; ++i) {
        const auto level = static_cast<size_t>(m_graph.element_levels_[i]);
        if (level > 0) {
            // One byte more, as hnswlib has it.
            auto* lists = static_cast<char*>(std::malloc(level * listBytes + 1));
            if (lists == nullptr) return fail("the memory does not suffice");
            std::memcpy(lists, list, level * listBytes);
            list += level * listBytes;
            m_graph.linkLists_[i] = lists;
        }
        m_graph.cur_element_count = i + 1;  // what the graph's destructor frees
        const auto element = static_cast<uint32_t>(i);
        if (idOf(element) < 0 ||
            !m_graph.label_lookup_.emplace(static_cast<size_t>(idOf(element)), element).second)
            return unsound;
        m_graph.num_deleted_ += m_graph.isMarkedDeleted(element) ? 1 : 0;
    }
    m_graph.enterpoint_node_ = header.entry;
    m_graph.maxlevel_ = header.topLevel;
    return {};
}

Result<std::unique_ptr<HnswIndex>> makeIndex(size_t dimension, const VectorIndexOptions& options,
                                             size_t capacity) {
    if (dimension == 0 || dimension > VectorIndex::kMostDimensions)
        return fail("vector index: vectors of ", dimension, " values are not possible");
    ALCOVE_TRY(const Distances* distances, selectDistances(options.cpu));
    const uint32_t neighbours = options.neighbours == 0 ? kNeighbours : options.neighbours;
    const uint32_t breadth = options.breadth == 0 ? kBreadth : options.breadth;
    if (neighbours < 2 || neighbours > 512 || breadth > 10000)
        return fail("vector index: ", neighbours, " links found in a search of breadth ", breadth,
                    " are not possible");
    try {
        return std::make_unique<HnswIndex>(dimension, *distances, neighbours, breadth, capacity);
    } catch (const std::exception&) {
        return fail("vector index: the memory does not suffice for ", capacity, " vectors");
    }
}

Result<std::unique_ptr<HnswIndex>> read(Bytes file, size_t dimension, uint64_t tag,
                                        VectorIndexOptions options) {
    Header header;
    uint64_t sum;
    if (file.size() < sizeof header + sizeof sum) return fail("it is cut off");
    std::memcpy(&header, file.data(), sizeof header);
    std::memcpy(&sum, file.data() + file.size() - sizeof sum, sizeof sum);
    if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return fail("it is no vector index");
    if (header.version != kVersion) return fail("version ", header.version, " is not known");
    if (header.dimension != dimension)
        return fail("its vectors have ", header.dimension, " values, not ", dimension);
    if (header.tag != tag) return fail("it holds other vectors");

    // Before the checksum is known to be right, only lengths are taken from the header.
    const uint64_t links = 2 * uint64_t{header.neighbours};
    const uint64_t elementBytes =
        sizeof(uint32_t) * (1 + links) + vectorCodeBytes(dimension) + sizeof(size_t);
    const uint64_t body = file.size() - sizeof header - sizeof sum;
    if (header.count > body / (elementBytes + sizeof(uint32_t)) || header.count > kMostVectors)
        return fail("it is cut off");
    const Bytes elements = file.subspan(sizeof header, header.count * elementBytes);
    const Bytes levels =
        file.subspan(sizeof header + elements.size(), header.count * sizeof(uint32_t));
    const Bytes upper = file.subspan(sizeof header + elements.size() + levels.size(),
                                     body - elements.size() - levels.size());
    uint64_t actual = kChecksumStart;
    for (const Bytes part : {bytesOf(header), elements, levels, upper})
        actual = checksum(part, actual);
    if (actual != sum) return fail("its checksum is wrong: it is damaged");

    options.neighbours = header.neighbours;
    options.breadth = header.breadth;
    ALCOVE_TRY(auto index, makeIndex(dimension, options, header.count));
    ALCOVE_CHECK(index->fill(header, elements, levels, upper));
    return index;
}

}  // namespace

Result<std::unique_ptr<VectorIndex>> VectorIndex::create(size_t dimension, Options options) {
    ALCOVE_TRY(auto index, makeIndex(dimension, options, 0));
    return std::unique_ptr<VectorIndex>(std::move(index));
}

Result<std::unique_ptr<VectorIndex>> VectorIndex::load(const std::filesystem::path& path,
                                                       size_t dimension, uint64_t tag,
                                                       Options options) {
    ALCOVE_TRY(const MappedFile file, MappedFile::open(path));
    auto index = read(file.bytes(), dimension, tag, options);
    if (!index) return fail(path.string(), ": ", index.message());
    return std::unique_ptr<VectorIndex>(std::move(*index));
}

}  // namespace alcove::rag
