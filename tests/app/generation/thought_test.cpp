// Thoughts that are too long or go round in circles, and what must follow them.
#include <QtTest>

#include "tests/app/generation/letters.h"
#include "tests/engine/chat/answers.h"

using namespace alcove;
using namespace alcove::engine;
using namespace alcove::test;
using namespace alcove::app;

namespace {

std::shared_ptr<const Grammar> yesOrNo() { return *Grammar::fromGbnf("root ::= \"yes\" | \"no\""); }

}  // namespace

class ThoughtTest : public QObject {
    Q_OBJECT

    static Answer readBack(const Writer& writer, const std::string& text) {
        AnswerOptions options;
        options.inThought = true;
        return heard(writer.format, options, {text});
    }

private slots:
    void aThoughtBeyondItsBudgetIsCut_data() {
        QTest::addColumn<QString>("form");
        for (const char* form :
             {"<think></think>", "[THINK]", "<|channel> <channel|>", "<seed:think>",
              "Here is my thought process:", "<|START_THINKING|>"})
            QTest::newRow(form) << QString(form);
    }
    void aThoughtBeyondItsBudgetIsCut() {
        QFETCH(const QString, form);
        const Writer writer(answerFormatOf(form.toStdString()));
        for (uint32_t seed = 0; seed < 10; ++seed) {
            AnswerRules rules = writer.rules(nullptr, true);
            rules.thoughtBudget = 20;
            Chance chance(writer, rules, seed);
            chance.mayChooseEnd = false;
            for (int i = 0; i < 20; ++i) QVERIFY(chance.write("a"));
            QVERIFY(!chance.write("a"));
            QVERIFY(chance.guide().thoughtWasCut());
            chance.finish(static_cast<int>(rules.closing.size()));
            QVERIFY(chance.text.ends_with(writer.format.thought.closing));
            QVERIFY(chance.write("So be it."));
            const Answer answer = readBack(writer, chance.text);
            QCOMPARE(answer.thought, std::string(20, 'a'));
            QCOMPARE(answer.text, std::string("So be it."));
        }
    }

    void aThoughtThatLoopsIsCut() {
        const Writer writer(answerFormatOf("<think></think>"));
        Chance chance(writer, writer.rules(nullptr, true), 1);
        int rounds = 0;
        while (rounds < 1000 && chance.write("But wait, is that right? Let me look again.\n"))
            ++rounds;
        QVERIFY2(rounds > 3 && rounds < 40, QByteArray::number(rounds));
        QVERIFY(chance.guide().thoughtWasCut());
        chance.mayChooseEnd = false;
        chance.finish(40);
        const Answer answer = readBack(writer, chance.text);
        QVERIFY(!answer.thought.empty() && !answer.text.empty());
        // What repeats itself in the answer is the answer's own business.
        Chance free(writer, writer.rules(nullptr, false), 1);
        for (int i = 0; i < 60; ++i) QVERIFY(free.write("again and again "));
    }

    void afterACutNoThoughtBegins() {
        const Writer writer(answerFormatOf("<think></think>"));
        AnswerRules rules = writer.rules(nullptr, true);
        rules.thoughtBudget = 3;
        Chance chance(writer, rules, 1);
        QVERIFY(chance.write("aaa") && chance.write(writer.format.thought.closing));
        QVERIFY(!chance.write(writer.tokenizer->find("<think>")));
        rules.thoughtBudget.reset();
        Chance other(writer, rules, 1);
        QVERIFY(other.write("aaa</think>") && other.write(writer.tokenizer->find("<think>")));
    }

    /// A form holds from behind the thought on, whoever closes it.
    void aFormFollowsTheThought() {
        const Writer writer(answerFormatOf("<think></think>"));
        for (uint32_t seed = 0; seed < 20; ++seed) {
            AnswerRules rules = writer.rules(nullptr, true);
            rules.form = yesOrNo();
            if (seed % 2 == 0) rules.thoughtBudget = 30;
            Chance chance(writer, rules, seed);
            chance.mayChooseEnd = seed % 4 == 1;
            if (seed % 4 == 3) QVERIFY(chance.write("Let me think.\n</think>"));
            chance.finish(3000);
            const Answer answer = readBack(writer, chance.text);
            QVERIFY2(answer.text == "yes" || answer.text == "no", chance.text.c_str());
            QVERIFY(chance.ended);
        }
    }

    void theModelMayNotEndInsideItsThought() {
        const Writer writer(answerFormatOf("<think></think>"));
        AnswerRules rules = writer.rules(nullptr, true);
        rules.form = yesOrNo();
        Chance chance(writer, rules, 1);
        QVERIFY(chance.write("Hm"));
        QVERIFY(!chance.guide().end());
        QVERIFY(chance.write(writer.format.thought.closing));
        QVERIFY(!chance.write("maybe") && chance.write("no"));
        QVERIFY(chance.guide().finished());
    }

    /// Calls are found behind a thought, and not inside.
    void callsFollowTheThought() {
        const Writer writer(answerFormatOf("<think></think> <tool_call>"));
        AnswerRules rules = writer.rules(weatherTools(), true);
        auto grammars = CallGrammars::create(
            writer.format, *constrainCalls(writer.format, weatherTools(), ToolChoice::Auto),
            writer.constraints->vocabulary().controls());
        QVERIFY(grammars.ok());
        rules.calls = *grammars;
        Chance chance(writer, rules, 1);
        QVERIFY(chance.write("I might <tool_call> {} it.</think>\n\n"));
        QVERIFY(chance.write("<tool_call>"));
        QVERIFY(!chance.write("{}"));
        QVERIFY(chance.write("\n{\"name\": \"add\""));
        QCOMPARE(chance.guide().thoughtTokens(),
                 int64_t(std::string("I might  {} it.").size() + 1));
    }
};

QTEST_APPLESS_MAIN(ThoughtTest)
#include "thought_test.moc"
