// JSON schemas: which texts they take, which they refuse, and what cannot be enforced.
#include <QtTest>

#include "tests/engine/grammar/given.h"
#ifndef Q_MOC_RUN  // see there
#include "tests/engine/grammar/json_schema_cases.h"
#endif

using namespace alcove::engine;
using namespace alcove::test;

class SchemaTest : public QObject {
    Q_OBJECT

private slots:
    void takes_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArrayList>("taken");
        QTest::addColumn<QByteArrayList>("refused");
        for (const SchemaCase& one : schemaCases())
            QTest::newRow(one.name) << QByteArray(one.schema) << one.taken << one.refused;
    }

    void takes() {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArrayList, taken);
        QFETCH(const QByteArrayList, refused);
        const GrammarPtr grammar = schema(text.toStdString());
        for (const QByteArray& one : taken)
            QVERIFY2(alcove::test::takes(grammar, one.toStdString()), one);
        for (const QByteArray& one : refused)
            QVERIFY2(!alcove::test::takes(grammar, one.toStdString()), one);
    }

    /// Digit by digit: every integer and every number with two places, against arithmetic.
    void boundsAreExact() {
        for (const auto& [low, high] : {std::pair(-12, 105), std::pair(0, 9), std::pair(7, 7),
                                        std::pair(-999, -101), std::pair(98, 1002)})
            for (const int divisor : {1, 3, 10}) {
                nlohmann::ordered_json limits = {{"type", "integer"},
                                                 {"minimum", low},
                                                 {"maximum", high},
                                                 {"multipleOf", divisor}};
                const auto grammar = Grammar::fromJsonSchema(limits);
                for (int i = -1100; i <= 1100; ++i)  // of no number there is no grammar
                    QVERIFY2((grammar && alcove::test::takes(*grammar, std::to_string(i))) ==
                                 (i >= low && i <= high && i % divisor == 0),
                             (limits.dump() + " " + std::to_string(i)).c_str());
            }
        for (const auto& [low, high] :
             {std::pair(-150, 205), std::pair(1, 99), std::pair(250, 1000)}) {
            const nlohmann::ordered_json limits = {
                {"type", "number"}, {"exclusiveMinimum", low / 100.0}, {"maximum", high / 100.0}};
            const auto grammar = Grammar::fromJsonSchema(limits);
            QVERIFY(grammar.ok());
            for (int i = -1100; i <= 1100; ++i) {
                const QByteArray text =
                    (i < 0 ? "-" : "") + QByteArray::number(std::abs(i) / 100) + "." +
                    QByteArray::number(std::abs(i) % 100).rightJustified(2, '0');
                QVERIFY2(
                    alcove::test::takes(*grammar, text.toStdString()) == (i > low && i <= high),
                    text);
            }
        }
    }

    void refuses_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("message");
        for (const RefusedSchema& one : refusedSchemas())
            QTest::newRow(one.name) << QByteArray(one.schema) << QByteArray(one.message);
    }

    void refuses() {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, message);
        const QByteArray made = errorOf(nlohmann::ordered_json::parse(text.toStdString()));
        QVERIFY2(made.contains(message), made);
    }

    void hostileSchemasAreRefusedSoon() {
        // Each refers twice to the next.
        nlohmann::ordered_json doubling = {{"$ref", "#/$defs/d0"}};
        for (int i = 0; i < 28; ++i) {
            const nlohmann::ordered_json next = {{"$ref", "#/$defs/d" + std::to_string(i + 1)}};
            doubling["$defs"]["d" + std::to_string(i)] = {{"allOf", {next, next}}};
        }
        doubling["$defs"]["d28"] = {{"type", "null"}};
        QVERIFY(errorOf(doubling).contains("too many other schemas"));
        nlohmann::ordered_json ways = {{"allOf", nlohmann::ordered_json::array()}};
        for (int i = 0; i < 30; ++i)
            ways["allOf"].push_back({{"anyOf", nlohmann::ordered_json::array(
                                                   {{{"minLength", i}}, {{"maxLength", 99}}})}});
        QVERIFY(errorOf(ways).contains("combinations"));
        nlohmann::ordered_json deep = {{"type", "null"}};
        for (int i = 0; i < 200; ++i) deep = {{"allOf", {deep}}};
        QVERIFY(errorOf(deep).contains("without an end"));
        nlohmann::ordered_json wide = {{"type", "object"}, {"properties", {}}};
        for (int i = 0; i < 3000; ++i)
            wide["properties"]["p" + std::to_string(i)] = {{"type", "null"}};
        const QByteArray message = errorOf(wide);  // taken or refused, but soon
        QVERIFY2(message.isEmpty() || message.contains("too large"), message);
        QVERIFY(errorOf({{"type", "string"}, {"minLength", 1'000'000'000}}).isEmpty());
    }

private:
    static QByteArray errorOf(const nlohmann::ordered_json& schema) {
        const auto made = Grammar::fromJsonSchema(schema);
        return made ? QByteArray() : QByteArray::fromStdString(made.message());
    }
};

QTEST_APPLESS_MAIN(SchemaTest)
#include "json_schema_test.moc"
