// Damaged files: every truncated prefix, each byte of tiny files overwritten with numbers that lie,
// and thousands of random mutations. None may crash, none may make the reader allocate out of
// proportion, and each refusal names file, byte and field. The bytes stand in allocations of their
// exact size, so that under AddressSanitizer a read beyond them is seen.
#include <QRegularExpression>
#include <QtTest>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <random>

#include "tests/engine/gguf/exercise.h"
#include "tests/engine/gguf/raw.h"

using namespace alcove::engine;

namespace {

size_t g_allocated = 0;  // bytes asked of operator new since it was set to 0

}  // namespace

void* operator new(size_t size) {
    g_allocated += size;
    void* memory = std::malloc(size ? size : 1);
    if (!memory) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace {

using Bytes = std::vector<std::byte>;

/// Bytes allocated for a file of `size` bytes, with all that growing vectors have given back and
/// room for a message.
size_t allowance(size_t size) { return 40 * size + 8192; }

QString mismatch(const std::string& message) {
    static const QRegularExpression form("^tiny: (at byte \\d+, .+: .+|\"split\\.count\" is .+)$",
                                         QRegularExpression::DotMatchesEverythingOption);
    const QString text = QString::fromStdString(message);
    return form.match(text).hasMatch() ? QString() : text;
}

/// Parses a copy in an exact allocation. Returns what is wrong with the outcome, if anything.
QString tryBytes(const Bytes& bytes, int* read = nullptr) {
    const auto exact = std::make_unique<std::byte[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), exact.get());
    g_allocated = 0;
    const auto file = GgufFile::parse({exact.get(), bytes.size()}, "tiny");
    const size_t allocated = g_allocated;
    if (allocated > allowance(bytes.size()))
        return QString("%1 bytes allocated for %2").arg(allocated).arg(bytes.size());
    if (!file.ok()) return mismatch(file.message());
    if (read) ++*read;
    volatile uint64_t sum = raw::touch(*file);
    Q_UNUSED(sum);
    return {};
}

Bytes mutated(Bytes bytes, const Bytes& other, std::mt19937_64& random) {
    const auto below = [&](size_t limit) { return static_cast<size_t>(random() % limit); };
    for (size_t count = 1 + below(4); count > 0 && bytes.size() > 16; --count) {
        const size_t at = below(bytes.size());
        switch (below(6)) {
            case 0:
                bytes[at] ^= std::byte{1} << below(8);
                break;
            case 1:
                bytes[at] = static_cast<std::byte>(random());
                break;
            case 2: {  // a random number, mostly small
                const uint64_t value = random() >> below(64);
                std::memcpy(bytes.data() + std::min(at, bytes.size() - 8), &value, 8);
                break;
            }
            case 3: {  // a piece of another file
                const size_t from = below(other.size());
                const size_t length = std::min({below(64), other.size() - from, bytes.size() - at});
                std::copy_n(other.begin() + static_cast<long>(from), length,
                            bytes.begin() + static_cast<long>(at));
                break;
            }
            case 4:  // a piece taken out
                bytes.erase(
                    bytes.begin() + static_cast<long>(at),
                    bytes.begin() + static_cast<long>(std::min(at + below(32), bytes.size())));
                break;
            default: {  // a piece of itself put in
                const size_t from = below(bytes.size());
                const Bytes piece(
                    bytes.begin() + static_cast<long>(from),
                    bytes.begin() + static_cast<long>(std::min(from + below(64), bytes.size())));
                bytes.insert(bytes.begin() + static_cast<long>(at), piece.begin(), piece.end());
            }
        }
    }
    return bytes;
}

}  // namespace

class HostileTest : public QObject {
    Q_OBJECT

private slots:
    void everyPrefix_data() {
        QTest::addColumn<uint>("version");
        QTest::newRow("version 2") << 2u;
        QTest::newRow("version 3") << 3u;
    }

    void everyPrefix() {
        QFETCH(uint, version);
        const Bytes whole = raw::tinyFile(version);
        int read = 0;
        for (size_t size = 0; size <= whole.size(); ++size) {
            const Bytes prefix(whole.begin(), whole.begin() + static_cast<long>(size));
            const QString wrong = tryBytes(prefix, &read);
            QVERIFY2(wrong.isEmpty(), qPrintable(QString("%1 bytes: %2").arg(size).arg(wrong)));
        }
        QCOMPARE(read, 1);  // only the whole file
    }

    /// Each position of the header overwritten as if a count, length, type or offset stood there.
    void everyNumberLies() {
        const Bytes whole = raw::tinyFile();
        const uint64_t lies[] = {0,
                                 1,
                                 7,
                                 0xff,
                                 0xffff,
                                 0x7fffffff,
                                 0x80000000,
                                 0xffffffff,
                                 uint64_t{1} << 32,
                                 uint64_t{1} << 61,
                                 (uint64_t{1} << 61) + 1,
                                 std::numeric_limits<uint64_t>::max() / 8,
                                 std::numeric_limits<uint64_t>::max() / 2,
                                 std::numeric_limits<uint64_t>::max() - 31,
                                 std::numeric_limits<uint64_t>::max()};
        for (size_t at = 0; at + 8 <= whole.size(); ++at)
            for (const uint64_t lie : lies)
                for (const size_t width : {size_t{4}, size_t{8}}) {
                    Bytes bytes = whole;
                    std::memcpy(bytes.data() + at, &lie, width);
                    const QString wrong = tryBytes(bytes);
                    QVERIFY2(wrong.isEmpty(),
                             qPrintable(QString("%1 at %2: %3").arg(lie).arg(at).arg(wrong)));
                }
    }

    void randomMutations() {
        const int count = qEnvironmentVariableIntValue("ALCOVE_TEST_FULL") ? 500000 : 20000;
        const Bytes seeds[] = {raw::tinyFile(2), raw::tinyFile(3)};
        std::mt19937_64 random(20240229);
        int read = 0;
        for (int i = 0; i < count; ++i) {
            const Bytes bytes = mutated(seeds[i % 2], seeds[(i + 1) % 2], random);
            const QString wrong = tryBytes(bytes, &read);
            QVERIFY2(wrong.isEmpty(), qPrintable(QString("mutation %1: %2").arg(i).arg(wrong)));
        }
        qInfo("%d mutations, %d of them still readable", count, read);
        QVERIFY(read > 0 && read < count / 2);
    }
};

QTEST_GUILESS_MAIN(HostileTest)
#include "hostile_test.moc"
