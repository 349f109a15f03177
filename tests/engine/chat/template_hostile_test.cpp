// Broken templates: every prefix of the goldens' templates, and seeded random changes of them. All
// may fail, none may crash or outlast its limits.
#include <QtTest>
#include <random>

#include "engine/chat/jinja/render.h"
#include "tests/engine/chat/given.h"

using namespace alcove::engine;
using namespace alcove::test;

class TemplateHostileTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        const Json file = readJson(ALCOVE_CHAT_DATA "/goldens.json");
        m_input = inputOf(file["variables"]);
        for (const Json& golden : file["goldens"])
            m_sources.push_back(golden[0].get<std::string>());
        const QDir real(qEnvironmentVariable("ALCOVE_TEST_DATA") + "/templates");
        if (qEnvironmentVariableIsEmpty("ALCOVE_TEST_DATA")) return;
        for (const QString& name : real.entryList({"*.jinja"}, QDir::Files)) {
            m_real.push_back(readAll(real.filePath(name)));
        }
    }

    void survivesEveryPrefix() {
        for (const std::string& source : m_sources) {
            for (size_t length = 0; length <= source.size(); ++length) {
                run(std::string_view(source).substr(0, length));
            }
        }
        for (const std::string& source : m_real) {
            const size_t step = qEnvironmentVariableIsSet("ALCOVE_TEST_FULL") ? 1 : 97;
            for (size_t length = 0; length <= source.size(); length += step) {
                run(std::string_view(source).substr(0, length));
            }
        }
        QVERIFY(m_runs > 0);
    }

    void survivesChanges() {
        std::mt19937 random(20250309);
        const int rounds = qEnvironmentVariableIsSet("ALCOVE_TEST_FULL") ? 200'000 : 20'000;
        for (int round = 0; round < rounds; ++round) run(changed(m_sources, random));
        if (m_real.empty()) QSKIP("the real models' templates need ALCOVE_TEST_DATA");
        for (int round = 0; round < rounds / 10; ++round) run(changed(m_real, random));
    }

private:
    std::string changed(const std::vector<std::string>& sources, std::mt19937& random) {
        const auto below = [&random](size_t limit) { return limit ? random() % limit : 0; };
        std::string source = sources[below(sources.size())];
        for (size_t count = 1 + below(4); count > 0; --count) {
            const size_t at = below(source.size() + 1);
            const std::string& other = sources[below(sources.size())];
            const size_t from = below(other.size() + 1);
            switch (below(5)) {
                case 0:
                    source.insert(at, 1, static_cast<char>(below(256)));
                    break;
                case 1:
                    source.erase(at, below(8));
                    break;
                case 2:
                    source.insert(at, other, from, below(40));
                    break;
                case 3:
                    source.insert(at, source, below(source.size() + 1), below(20));
                    break;
                default:
                    source.insert(at, 1, "{}%#()[]|.,:-+*/~='\"<>"[below(22)]);
            }
        }
        return source;
    }

    void run(std::string_view source) {
        jinja::Limits limits;
        limits.steps = 100'000;
        limits.memory = size_t{16} << 20;
        limits.output = size_t{4} << 20;
        // An exact copy, so that the sanitizer sees a read past the end.
        const std::vector<char> exact(source.begin(), source.end());
        const auto made =
            jinja::render(std::string_view(exact.data(), exact.size()), m_input, limits);
        QVERIFY(made.ok() || !made.message().empty());
        ++m_runs;
    }

    ChatInput m_input;
    std::vector<std::string> m_sources, m_real;
    size_t m_runs = 0;
};

QTEST_MAIN(TemplateHostileTest)
#include "template_hostile_test.moc"
