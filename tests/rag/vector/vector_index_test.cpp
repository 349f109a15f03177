#include "rag/vector/vector_index.h"

#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <set>
#include <string>

#include "engine/base/checksum.h"
#include "engine/base/cpu_features.h"
#include "rag/vector/distances.h"

using namespace alcove;
using namespace alcove::rag;
namespace fs = std::filesystem;

namespace {

constexpr uint64_t kTag = 42;

std::vector<float> randomVectors(size_t count, size_t dimension, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(count * dimension);
    for (float& value : values) value = normal(random);
    return values;
}

std::vector<int64_t> idsFrom(int64_t first, size_t count, int64_t step = 1) {
    std::vector<int64_t> ids(count);
    for (size_t i = 0; i < count; ++i) ids[i] = first + static_cast<int64_t>(i) * step;
    return ids;
}

float cosine(std::span<const float> a, std::span<const float> b) {
    double product = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        product += static_cast<double>(a[i]) * b[i];
        aa += static_cast<double>(a[i]) * a[i];
        bb += static_cast<double>(b[i]) * b[i];
    }
    return static_cast<float>(product / std::sqrt(aa * bb));
}

/// Rows of `vectors`, the nearest to the query first; only those that `keep` names.
std::vector<int64_t> exactNearest(std::span<const float> query, std::span<const float> vectors,
                                  const std::vector<int64_t>& ids, size_t count,
                                  const IdRanges* keep = nullptr) {
    std::vector<std::pair<float, int64_t>> all;
    for (size_t i = 0; i < ids.size(); ++i)
        if (keep == nullptr || keep->contains(ids[i]))
            all.emplace_back(-cosine(query, vectors.subspan(i * query.size(), query.size())),
                             ids[i]);
    std::sort(all.begin(), all.end());
    std::vector<int64_t> nearest;
    for (size_t i = 0; i < std::min(count, all.size()); ++i) nearest.push_back(all[i].second);
    return nearest;
}

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Asks whatever can be asked of an index that came from a file.
void exercise(const VectorIndex& index, size_t dimension) {
    const std::vector<float> query = randomVectors(1, dimension, 77);
    for (const VectorHit& hit : index.find(query, 50)) QVERIFY(hit.id >= 0);
    const IdRanges some({{0, 5}});
    (void)index.find(query, 3, &some);
    (void)index.ids();
}

}  // namespace

class VectorIndexTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    fs::path m_file;

    std::unique_ptr<VectorIndex> make(size_t dimension, const std::vector<int64_t>& ids,
                                      const std::vector<float>& vectors,
                                      ThreadPool* pool = nullptr) {
        auto index = VectorIndex::create(dimension);
        if (!index.ok()) qFatal("%s", index.message().c_str());
        const Result<void> added = (*index)->add(ids, vectors, pool);
        if (!added.ok()) qFatal("%s", added.message().c_str());
        return std::move(*index);
    }

private slots:
    void init() { m_file = fs::path(m_dir.path().toStdString()) / QTest::currentTestFunction(); }

    void distancesAgreeWithThePlainOnes_data() {
        QTest::addColumn<QByteArray>("set");
        for (const char* set : {"avx2", "avx512", "neon"}) QTest::newRow(set) << QByteArray(set);
    }
    void distancesAgreeWithThePlainOnes() {
        QFETCH(const QByteArray, set);
        const auto selected = selectDistances(set.toStdString());
        if (!selected.ok()) QSKIP(selected.message().c_str());
        std::mt19937 random(5);
        for (size_t count = 0; count < 200; ++count) {
            std::vector<int8_t> a(count), b(count);
            std::vector<float> x = randomVectors(1, count, 1), y = randomVectors(1, count, 2);
            for (size_t i = 0; i < count; ++i) {
                a[i] = static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
                b[i] = count % 2 ? int8_t{-127} : static_cast<int8_t>(random() % 127);
            }
            QCOMPARE((*selected)->dotCodes(a.data(), b.data(), count),
                     kPlainDistances.dotCodes(a.data(), b.data(), count));
            double exact = 0, size = 0;
            for (size_t i = 0; i < count; ++i) {
                exact += static_cast<double>(x[i]) * y[i];
                size += std::fabs(static_cast<double>(x[i]) * y[i]);
            }
            for (const Distances* distances : {*selected, &kPlainDistances})
                QVERIFY(std::fabs(distances->dot(x.data(), y.data(), count) - exact) <=
                        1e-6 * size + 1e-30);
        }
    }

    void refusesAnUnknownSet() {
        QVERIFY(!selectDistances("abacus").ok());
        QVERIFY(!VectorIndex::create(8, {"abacus", 0, 0}).ok());
        QVERIFY(!VectorIndex::create(0).ok());
        QVERIFY(!VectorIndex::create(VectorIndex::kMostDimensions + 1).ok());
    }

    void findsTheNearest_data() {
        QTest::addColumn<int>("dimension");
        QTest::addColumn<int>("count");
        for (const int dimension : {1, 3, 32, 100, 384})
            for (const int count : {1, 2, 17, 3000})
                QTest::addRow("%d values, %d vectors", dimension, count) << dimension << count;
    }
    void findsTheNearest() {
        QFETCH(const int, dimension);
        QFETCH(const int, count);
        const auto width = static_cast<size_t>(dimension), rows = static_cast<size_t>(count);
        const std::vector<float> vectors = randomVectors(rows, width, 11);
        const std::vector<int64_t> ids = idsFrom(7, rows, 3);
        ThreadPool pool(4);
        const auto index = make(width, ids, vectors, &pool);
        QCOMPARE(index->size(), rows);
        size_t found = 0, wanted = 0;
        const std::vector<float> queries = randomVectors(20, width, 12);
        for (size_t q = 0; q < 20; ++q) {
            const auto query = std::span(queries).subspan(q * width, width);
            const std::vector<VectorHit> hits = index->find(query, 200);
            QCOMPARE(hits.size(), std::min<size_t>(200, rows));
            std::set<int64_t> seen;
            for (size_t i = 0; i < hits.size(); ++i) {
                QVERIFY(seen.insert(hits[i].id).second);
                QVERIFY(i == 0 || hits[i].score <= hits[i - 1].score);
                const auto row = static_cast<size_t>((hits[i].id - 7) / 3);
                const float exact = cosine(query, std::span(vectors).subspan(row * width, width));
                QVERIFY2(std::fabs(hits[i].score - exact) < 0.02f, "codes are too coarse");
            }
            if (dimension < 3) continue;  // all cosines are the same
            for (const int64_t id : exactNearest(query, vectors, ids, 10)) {
                found += seen.count(id);
                ++wanted;
            }
        }
        QVERIFY2(static_cast<double>(found) >= 0.98 * static_cast<double>(wanted),
                 qPrintable(QString("%1 of %2").arg(found).arg(wanted)));
    }

    void onlyWhatIsAllowedIsFound_data() {
        QTest::addColumn<int>("kept");
        for (const int kept : {0, 1, 9, 150, 1200, 2999}) QTest::addRow("%d", kept) << kept;
    }
    void onlyWhatIsAllowedIsFound() {
        QFETCH(const int, kept);
        constexpr size_t kWidth = 24, kRows = 3000;
        const std::vector<float> vectors = randomVectors(kRows, kWidth, 3);
        const std::vector<int64_t> ids = idsFrom(0, kRows);
        const auto index = make(kWidth, ids, vectors);
        const IdRanges allowed({{1500, 1500 + kept / 2}, {0, kept - kept / 2}});
        const std::vector<float> query = randomVectors(1, kWidth, 4);
        const std::vector<VectorHit> hits = index->find(query, 100, &allowed);
        QCOMPARE(hits.size(), std::min<size_t>(100, static_cast<size_t>(kept)));
        std::set<int64_t> seen;
        for (const VectorHit& hit : hits) {
            QVERIFY(allowed.contains(hit.id));
            seen.insert(hit.id);
        }
        for (const int64_t id : exactNearest(query, vectors, ids, 10, &allowed))
            QVERIFY(seen.count(id) == 1);
    }

    /// Where nearly all of many are allowed, the graph is walked as without a filter.
    void filteredWalksFindTheAllowed() {
        constexpr size_t kWidth = 8, kRows = 40'000;
        const std::vector<float> vectors = randomVectors(kRows, kWidth, 6);
        const std::vector<int64_t> ids = idsFrom(0, kRows);
        const auto index = make(kWidth, ids, vectors);
        const IdRanges allowed({{0, 17'000}, {19'000, 40'000}});
        size_t found = 0;
        for (unsigned seed = 0; seed < 20; ++seed) {
            const std::vector<float> query = randomVectors(1, kWidth, 100 + seed);
            const std::vector<VectorHit> hits = index->find(query, 100, &allowed);
            QCOMPARE(hits.size(), size_t{100});
            std::set<int64_t> seen;
            for (const VectorHit& hit : hits) {
                QVERIFY(allowed.contains(hit.id));
                seen.insert(hit.id);
            }
            for (const int64_t id : exactNearest(query, vectors, ids, 10, &allowed))
                found += seen.count(id);
        }
        QVERIFY2(found >= 198, qPrintable(QString::number(found)));
    }

    void theRemovedAreNotFound() {
        constexpr size_t kWidth = 16, kRows = 500;
        const std::vector<float> vectors = randomVectors(kRows, kWidth, 5);
        const auto index = make(kWidth, idsFrom(0, kRows), vectors);
        const std::vector<int64_t> gone = idsFrom(0, 100), unknown = {9999, 0, -4};
        index->remove(gone);
        index->remove(unknown);
        QCOMPARE(index->size(), kRows - 100);
        QCOMPARE(index->removed(), size_t{100});
        QCOMPARE(index->ids(), idsFrom(100, kRows - 100));
        const auto hits = index->find(std::span(vectors).first(kWidth), kRows);
        QCOMPARE(hits.size(), kRows - 100);
        for (const VectorHit& hit : hits) QVERIFY(hit.id >= 100);

        QVERIFY(index->save(m_file, kTag).ok());
        const auto loaded = VectorIndex::load(m_file, kWidth, kTag);
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.message().c_str());
        QCOMPARE((*loaded)->ids(), index->ids());
        QCOMPARE((*loaded)->removed(), size_t{100});
    }

    void wrongInputIsAnError() {
        const auto index = make(4, {1, 2}, randomVectors(2, 4, 1));
        std::vector<float> one = randomVectors(1, 4, 2);
        const std::vector<int64_t> there = {2}, negative = {-1}, fresh = {3}, twice = {5, 5};
        QVERIFY(!index->add(there, one).ok());
        QVERIFY(!index->add(negative, one).ok());
        QVERIFY(!index->add(twice, randomVectors(2, 4, 3)).ok());
        QVERIFY(!index->add(fresh, std::span(one).first(3)).ok());
        one[2] = std::numeric_limits<float>::quiet_NaN();
        QVERIFY(!index->add(fresh, one).ok());
        QVERIFY(index->find(one, 5).empty());
        QVERIFY(index->find(std::span(one).first(2), 5).empty());
        QCOMPARE(index->size(), size_t{2});
        const std::vector<float> zeros(4);
        QVERIFY(index->add(fresh, zeros).ok());
        QCOMPARE(index->find(zeros, 5).size(), size_t{3});
    }

    void whatWasSavedIsFoundAgain() {
        constexpr size_t kWidth = 20, kRows = 2000;
        const std::vector<float> vectors = randomVectors(kRows, kWidth, 8);
        ThreadPool pool(2);
        const auto index = make(kWidth, idsFrom(1, kRows), vectors, &pool);
        QVERIFY(index->save(m_file, kTag).ok());
        const auto loaded = VectorIndex::load(m_file, kWidth, kTag);
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.message().c_str());
        const auto same = [&](size_t row) {
            const auto query = std::span(vectors).subspan(row * kWidth, kWidth);
            const auto a = index->find(query, 30), b = (*loaded)->find(query, 30);
            return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                              [](auto& x, auto& y) { return x.id == y.id && x.score == y.score; });
        };
        for (size_t row = 0; row < 50; ++row) QVERIFY(same(row));
        // and it grows as the first does
        const std::vector<float> more = randomVectors(1500, kWidth, 9);
        QVERIFY(index->add(idsFrom(5000, 1500), more).ok());
        QVERIFY((*loaded)->add(idsFrom(5000, 1500), more).ok());
        for (size_t row = 0; row < 50; ++row) QVERIFY(same(row));
    }

    void anEmptyIndexIsSavedToo() {
        const auto index = make(4, {}, {});
        QVERIFY(index->find(randomVectors(1, 4, 1), 3).empty());
        QVERIFY(index->save(m_file, kTag).ok());
        const auto loaded = VectorIndex::load(m_file, 4, kTag);
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.message().c_str());
        QVERIFY((*loaded)->add(idsFrom(0, 2), randomVectors(2, 4, 1)).ok());
        QCOMPARE((*loaded)->size(), size_t{2});
    }

    void anotherIndexIsRefused() {
        const auto index = make(4, {1, 2}, randomVectors(2, 4, 1));
        QVERIFY(index->save(m_file, kTag).ok());
        QVERIFY(VectorIndex::load(m_file, 4, kTag).ok());
        QVERIFY(!VectorIndex::load(m_file, 5, kTag).ok());
        QVERIFY(!VectorIndex::load(m_file, 4, kTag + 1).ok());
        QVERIFY(!VectorIndex::load(m_file.string() + "-not-there", 4, kTag).ok());
    }

    void everyTruncationIsAnError() {
        const auto index = make(3, idsFrom(0, 40), randomVectors(40, 3, 1));
        QVERIFY(index->save(m_file, kTag).ok());
        const std::string whole = contents(m_file);
        for (size_t length = 0; length < whole.size(); ++length) {
            write(m_file, whole.substr(0, length));
            QVERIFY2(!VectorIndex::load(m_file, 3, kTag).ok(), std::to_string(length).c_str());
        }
        write(m_file, whole + '\0');
        QVERIFY(!VectorIndex::load(m_file, 3, kTag).ok());
    }

    void everyChangedByteIsAnError() {
        const auto index = make(3, idsFrom(0, 40), randomVectors(40, 3, 1));
        QVERIFY(index->save(m_file, kTag).ok());
        const std::string whole = contents(m_file);
        for (size_t at = 0; at < whole.size(); ++at) {
            std::string changed = whole;
            changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
            write(m_file, changed);
            QVERIFY2(!VectorIndex::load(m_file, 3, kTag).ok(), std::to_string(at).c_str());
        }
    }

    /// With a checksum made to fit, the structure itself is what is looked at.
    void aForgedFileDoesNoHarm() {
        constexpr size_t kWidth = 3, kRows = 300, kHeader = 48;
        const auto index = make(kWidth, idsFrom(0, kRows), randomVectors(kRows, kWidth, 1));
        QVERIFY(index->save(m_file, kTag).ok());
        const std::string whole = contents(m_file);
        const auto forge = [&](std::string bytes) {
            const auto all = std::as_bytes(std::span(bytes));
            const size_t elements = kRows * (4 * 33 + 4 + 4 + 8), levels = kRows * 4;
            uint64_t sum = checksum(all.first(kHeader));
            sum = checksum(all.subspan(kHeader, elements), sum);
            sum = checksum(all.subspan(kHeader + elements, levels), sum);
            const size_t upper = kHeader + elements + levels;
            sum = checksum(all.subspan(upper, bytes.size() - 8 - upper), sum);
            std::memcpy(bytes.data() + bytes.size() - 8, &sum, 8);
            return bytes;
        };
        QCOMPARE(forge(whole), whole);
        std::mt19937 random(9);
        int refused = 0;
        for (int round = 0; round < 4000; ++round) {
            std::string changed = whole;
            for (unsigned change = 0; change <= random() % 3; ++change) {
                const size_t at = kHeader - 8 + random() % (whole.size() - kHeader);
                changed[at] = static_cast<char>(random());
            }
            write(m_file, forge(changed));
            const auto loaded = VectorIndex::load(m_file, kWidth, kTag);
            refused += loaded.ok() ? 0 : 1;
            if (loaded.ok()) exercise(**loaded, kWidth);
        }
        QVERIFY(refused > 100);
    }
};

QTEST_GUILESS_MAIN(VectorIndexTest)
#include "vector_index_test.moc"
