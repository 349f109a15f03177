// LoRA adapters against the oracle's logits, at two scales each.

#include "engine/model/adapter.h"

#include <QTest>

#include "golden.h"

using namespace alcove;
using namespace alcove::engine;

class AdapterTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        if (const std::string why = golden::missingTinyModels(); !why.empty()) QSKIP(why.c_str());
        GOLDEN_TRY(m_goldens, golden::Goldens::load());
        GOLDEN_TRY(m_runtime, golden::runtime(1));
    }

    void logits_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("index");
        if (!m_goldens) return;
        for (const golden::File* file : m_goldens->ofKind("adapter"))
            for (size_t i = 0; i < file->goldens.size(); ++i)
                QTest::addRow("%s/%g", file->name.c_str(),
                              static_cast<double>(file->goldens[i].scale))
                    << QString::fromStdString(file->name) << static_cast<int>(i);
    }
    void logits() {
        QFETCH(QString, name);
        QFETCH(int, index);
        const golden::File& file = m_goldens->file(name.toStdString());
        const golden::Rows& rows = file.goldens[static_cast<size_t>(index)];
        GOLDEN_TRY(auto session, create(file.base));
        GOLDEN_TRY(auto adapter, Adapter::load(golden::tinyPath(file.name), session->model()));
        QVERIFY(adapter->updates() > 0);
        GOLDEN_OK(session->feed(rows.tokens));
        GOLDEN_OK(session->addAdapter(adapter, rows.scale));
        QCOMPARE(session->length(), 0);  // what was held belongs to other weights
        GOLDEN_OK(session->feed(rows.tokens, Logits::All));
        const auto found = golden::rowsAt(session->logits(), rows.width, rows.positions);
        GOLDEN_BELOW(golden::nmse(found, rows.exact), file.exactTolerance, "prefill");

        session->truncate(0);
        std::vector<float> all;
        for (const Token token : rows.tokens) {
            GOLDEN_OK(session->feed(std::span(&token, 1)));
            all.insert(all.end(), session->logits().begin(), session->logits().end());
        }
        GOLDEN_BELOW(golden::nmse(golden::rowsAt(all, rows.width, rows.positions), rows.exact),
                     file.exactTolerance, "token by token");
    }

    /// Half the scale twice is the whole scale; none at all is the plain model.
    void severalAndNone() {
        const golden::File& file = m_goldens->file("adapter-everywhere");
        const golden::Rows& rows = file.goldens.front();
        QCOMPARE(rows.scale, 1.0f);
        GOLDEN_TRY(auto session, create(file.base));
        GOLDEN_TRY(auto adapter, Adapter::load(golden::tinyPath(file.name), session->model()));
        GOLDEN_OK(session->addAdapter(adapter, 0.5f));
        GOLDEN_OK(session->addAdapter(adapter, 0.5f));
        GOLDEN_OK(session->feed(rows.tokens, Logits::All));
        GOLDEN_BELOW(
            golden::nmse(golden::rowsAt(session->logits(), rows.width, rows.positions), rows.exact),
            file.exactTolerance, "two halves");
        session->clearAdapters();
        QCOMPARE(session->length(), 0);
        GOLDEN_OK(session->feed(rows.tokens));
        GOLDEN_TRY(auto plain, create(file.base));
        GOLDEN_OK(plain->feed(rows.tokens));
        GOLDEN_BELOW(golden::nmse(session->logits(), plain->logits()), 0.0, "cleared");
    }

    void refusals() {
        GOLDEN_TRY(auto qwen, Model::load(golden::tinyPath("qwen2")));
        GOLDEN_TRY(auto llama, Model::load(golden::tinyPath("llama")));
        GOLDEN_TRY(auto narrow, Model::load(golden::tinyPath("llama-mha-odd")));
        const auto refuses = [](const char* name, const Model& model, const char* word) {
            const auto result = Adapter::load(golden::tinyPath(name), model);
            return !result.ok() && result.message().find(word) != std::string::npos;
        };
        QVERIFY(refuses("adapter-attention", *qwen, "qwen2"));            // another architecture
        QVERIFY(refuses("adapter-attention", *narrow, "attn_q.weight"));  // other shapes
        QVERIFY(refuses("adapter-everywhere", *llama, "output.weight"));  // no such weight
        QVERIFY(refuses("llama", *llama, "adapter"));                     // a model
        // the output is the same matrix there: what the update means for it is not known
        QVERIFY(refuses("adapter-embeddings", *llama, "token_embd.weight"));
        QVERIFY(!Adapter::load(golden::tinyPath("absent"), *llama).ok());
        GOLDEN_TRY(auto adapter, Adapter::load(golden::tinyPath("adapter-attention"), *llama));
        GOLDEN_TRY(auto other, create("llama-linear"));  // the same shapes, another model
        QVERIFY(!other->addAdapter(adapter, 1.0f).ok());
    }

private:
    Result<std::unique_ptr<Session>> create(const std::string& name) {
        ALCOVE_TRY(auto model, Model::load(golden::tinyPath(name)));
        return Session::create(
            model, *m_runtime,
            {.contextLength = 256, .cache = CacheType::F32, .precision = Precision::Exact});
    }

    std::unique_ptr<golden::Goldens> m_goldens;
    std::unique_ptr<Runtime> m_runtime;
};

QTEST_GUILESS_MAIN(AdapterTest)
#include "adapter_test.moc"
