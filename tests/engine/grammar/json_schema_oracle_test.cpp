// Random schemas and a model that knows nothing: whatever it writes must be valid by Python's json
// and by jsonschema, which nobody here wrote. ALCOVE_TEST_FULL=1 takes 1,000 schemas, else fewer.
#include <QtTest>
#include <nlohmann/json.hpp>

#include "engine/grammar/constraint.h"
#include "engine/model/model.h"
#include "engine/model/session.h"
#include "engine/sampling/sampler.h"
#include "tests/engine/grammar/random_model.h"
#include "tests/engine/grammar/vocabularies.h"

using namespace alcove::engine;
using namespace alcove::test;
using Json = nlohmann::ordered_json;

namespace {

struct RandomModel {
    std::unique_ptr<Runtime> runtime;
    std::shared_ptr<const Model> model;
    std::unique_ptr<Session> session;
    std::shared_ptr<const TokenTrie> vocabulary;
};

alcove::Result<RandomModel> loadRandomModel(const QString& vocabulary, const QString& folder) {
    const std::string path = (folder + "/" + vocabulary + ".gguf").toStdString();
    ALCOVE_CHECK(writeRandomModel(vocabularyFile(vocabulary).toStdString(), path));
    RandomModel out;
    ALCOVE_TRY(out.runtime, Runtime::create(1, ""));
    ALCOVE_TRY(out.model, Model::load(path));
    SessionOptions options;
    options.contextLength = 4096;
    ALCOVE_TRY(out.session, Session::create(out.model, *out.runtime, options));
    out.vocabulary = std::make_shared<const TokenTrie>(*out.model->tokenizer());
    return out;
}

/// An answer under the schema; an error also where it does not end.
alcove::Result<std::string> answer(RandomModel& with, const Json& schema, uint64_t seed) {
    ALCOVE_TRY(const auto grammar, Grammar::fromJsonSchema(schema));
    Constraint constraint(grammar, with.vocabulary);
    const Tokenizer& tokenizer = *with.model->tokenizer();
    SamplingOptions options;
    options.seed = seed;
    options.temperature = seed % 4 == 0 ? 0.0f : 1.0f;
    options.topK = seed % 3 == 0 ? 0 : 40;
    options.repetitionPenalty = 1.2f;
    Sampler sampler(options);
    StreamDecoder decoder(tokenizer);
    std::string text;
    const std::vector<Token> prompt = tokenizer.encode("Answer " + std::to_string(seed) + ":");
    ALCOVE_CHECK(with.session->prompt(prompt));
    while (!constraint.finished()) {
        if (with.session->length() == with.session->capacity())
            return alcove::fail("the answer does not end: ", text);
        ALCOVE_CHECK(constraint.mask(with.session->logits()));
        const Token token = sampler.sample(with.session->logits());
        if (token == kNoToken) return alcove::fail("no token is left after ", text);
        sampler.accept(token);
        ALCOVE_CHECK(constraint.accept(token));
        if (tokenizer.isEnd(token)) break;
        text += decoder.push(token);
        ALCOVE_CHECK(with.session->feed(std::span(&token, 1)));
    }
    return text + decoder.finish();
}

}  // namespace

class SchemaOracleTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        m_data = qEnvironmentVariable("ALCOVE_TEST_DATA");
        m_python = m_data + "/venv/bin/python";
        if (m_data.isEmpty() || !QFile::exists(m_python) || !QFile::exists(vocabularyFile("gpt-2")))
            QSKIP("needs vocabs/ and venv/bin/python in ALCOVE_TEST_DATA");
        m_schemas = qEnvironmentVariable("ALCOVE_TEST_FULL") == "1" ? 1000 : 90;
        QVERIFY(m_folder.isValid());
    }

    void answersAreValid_data() {
        QTest::addColumn<QString>("vocabulary");
        QTest::addColumn<int>("first");
        QTest::addColumn<int>("count");
        const char* const vocabularies[] = {"llama-spm", "gpt-2", "qwen2"};
        constexpr int kRow = 30;
        for (int first = 0; first < m_schemas; first += kRow) {
            const char* vocabulary = vocabularies[first / kRow % 3];
            QTest::addRow("%s, from %d", vocabulary, first)
                << QString(vocabulary) << first << std::min(kRow, m_schemas - first);
        }
    }

    void answersAreValid() {
        QFETCH(const QString, vocabulary);
        QFETCH(const int, first);
        QFETCH(const int, count);
        auto model = loadRandomModel(vocabulary, m_folder.path());
        QVERIFY2(model.ok(), model ? "" : model.message().c_str());
        const QByteArray lines = python({ALCOVE_GRAMMAR_TESTS "/random_schemas.py",
                                         QString::number(first), QString::number(count)},
                                        0);
        QVERIFY2(lines.startsWith('{'), lines);
        QFile answers(m_folder.filePath(vocabulary + ".jsonl"));
        QVERIFY(answers.open(QIODevice::WriteOnly));
        int number = first;
        for (const QByteArray& line : lines.trimmed().split('\n')) {
            const Json schema = Json::parse(line.toStdString());
            const auto made = answer(*model, schema, static_cast<uint64_t>(number));
            QVERIFY2(made.ok(), ((made ? "" : made.message()) + "\n" + line.toStdString()).c_str());
            answers.write(QByteArray::fromStdString(
                Json({{"schema", schema}, {"answer", *made}}).dump() + "\n"));
            ++number;
        }
        QCOMPARE(number - first, count);
        answers.close();
        const QByteArray said =
            python({ALCOVE_GRAMMAR_TESTS "/check_answers.py", answers.fileName()}, 0);
        QVERIFY2(said.contains(QByteArray::number(count) + " answers, 0 not valid"), said);
    }

    /// The checker must be able to find fault.
    void theOracleRefuses() {
        QFile answers(m_folder.filePath("wrong.jsonl"));
        QVERIFY(answers.open(QIODevice::WriteOnly));
        for (const auto& [schema, answer] :
             {std::pair(Json{{"type", "integer"}, {"maximum", 3}}, "4"),
              std::pair(Json{{"format", "date"}}, "\"2023-02-29\""), std::pair(Json(true), "[1,]")})
            answers.write(QByteArray::fromStdString(
                Json{{"schema", schema}, {"answer", answer}}.dump() + "\n"));
        answers.close();
        const QByteArray said =
            python({ALCOVE_GRAMMAR_TESTS "/check_answers.py", answers.fileName()}, 1);
        QVERIFY2(said.contains("3 answers, 3 not valid"), said);
    }

private:
    QByteArray python(const QStringList& arguments, int expectedCode) const {
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("PYTHONUTF8", "1");
        process.setProcessEnvironment(environment);
        process.start(m_python, arguments);
        const bool ended = process.waitForFinished(300'000);
        const QByteArray said = process.readAll();
        if (!ended || process.exitCode() != expectedCode) return "failed: " + said.right(4000);
        return said;
    }

    QString m_data, m_python;
    QTemporaryDir m_folder;
    int m_schemas = 0;
};

QTEST_APPLESS_MAIN(SchemaOracleTest)
#include "json_schema_oracle_test.moc"
