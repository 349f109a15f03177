#include "app/generation/stop_filter.h"

#include <QtTest>
#include <algorithm>
#include <random>

using alcove::app::StopFilter;

namespace {

/// What must come of a whole text, found without any streaming: it ends before the stop that is
/// whole first.
std::string expected(const std::string& text, const std::vector<std::string>& stops) {
    for (size_t end = 1; end <= text.size(); ++end) {
        size_t begin = std::string::npos;
        for (const std::string& stop : stops)
            if (!stop.empty() && text.substr(0, end).ends_with(stop))
                begin = std::min(begin, end - stop.size());
        if (begin != std::string::npos) return text.substr(0, begin);
    }
    return text;
}

}  // namespace

class StopFilterTest : public QObject {
    Q_OBJECT

private slots:
    /// Texts of two letters, so that stops and their beginnings are everywhere, in random pieces.
    void endsWhereTheWholeTextWould() {
        std::mt19937 random(1);
        const auto letters = [&](size_t most) {
            std::string text(random() % (most + 1), 'a');
            for (char& c : text) c = random() % 2 == 0 ? 'a' : 'b';
            return text;
        };
        size_t ended = 0;
        for (int round = 0; round < 20'000; ++round) {
            std::vector<std::string> stops;
            for (size_t i = random() % 4; i > 0; --i) stops.push_back(letters(5));
            const std::string text = letters(30);
            StopFilter filter(stops);
            std::string passed;
            for (size_t at = 0; at < text.size();) {
                const size_t size = 1 + random() % 4;
                passed += filter.push(std::string_view(text).substr(at, size));
                at += size;
                // Nothing that a stop cannot begin with is held back.
                const size_t longest =
                    std::ranges::max_element(stops, {}, &std::string::size) == stops.end()
                        ? 0
                        : std::ranges::max(stops, {}, &std::string::size).size();
                if (!filter.ended())
                    QVERIFY(std::min(at, text.size()) - passed.size() <
                            std::max<size_t>(1, longest));
            }
            passed += filter.finish();
            const std::string wanted = expected(text, stops);
            QCOMPARE(passed, wanted);
            QCOMPARE(filter.ended(), wanted.size() < text.size());
            if (!filter.ended()) continue;
            ++ended;
            QVERIFY(text.compare(passed.size(), filter.found().size(), filter.found()) == 0);
            QVERIFY(std::ranges::find(stops, filter.found()) != stops.end());
        }
        QVERIFY(ended > 5'000);
    }
};

QTEST_APPLESS_MAIN(StopFilterTest)
#include "stop_filter_test.moc"
