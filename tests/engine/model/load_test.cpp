// What Model::load refuses, and that it says why: unused, missing and misshapen tensors by name,
// unknown architectures with the known ones, hyper-parameters that make no sense.
//
// Broken copies of the tiny models are written with the engine's own writer.

#include <QTemporaryDir>
#include <QTest>
#include <limits>
#include <map>
#include <set>
#include <variant>

#include "engine/gguf/writer.h"
#include "engine/model/embedder.h"
#include "golden.h"

using namespace alcove;
using namespace alcove::engine;

namespace {

/// What is done to a copy.
struct Edit {
    std::string dropTensor = {}, dropKey = {};
    std::string reshaped = {};        // this tensor gets `shape`
    std::vector<int64_t> shape = {};  // of as many elements
    std::string extraTensor = {};     // a copy of token_embd.weight under this name
    std::string changedKey = {};      // gets `value`
    std::variant<std::monostate, uint32_t, int32_t, float, bool, std::string> value = {};
};

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

void setValue(GgufWriter& writer, const Edit& edit) {
    const std::string_view key = edit.changedKey;
    if (const auto* u = std::get_if<uint32_t>(&edit.value)) writer.addU32(key, *u);
    if (const auto* i = std::get_if<int32_t>(&edit.value)) writer.addI32(key, *i);
    if (const auto* f = std::get_if<float>(&edit.value)) writer.addF32(key, *f);
    if (const auto* b = std::get_if<bool>(&edit.value)) writer.addBool(key, *b);
    if (const auto* s = std::get_if<std::string>(&edit.value)) writer.addString(key, *s);
}

Result<void> writeCopy(const std::string& name, const Edit& edit,
                       const std::filesystem::path& path) {
    ALCOVE_TRY(const GgufFile source, GgufFile::open(golden::tinyPath(name)));
    GgufWriter writer;
    bool changed = edit.changedKey.empty();
    for (const auto& [key, value] : source.metadata()) {
        if (key == edit.dropKey) continue;
        if (key == edit.changedKey) {
            setValue(writer, edit);
            changed = true;
        } else {
            writer.addValue(key, value);
        }
    }
    if (!changed) setValue(writer, edit);
    const auto add = [&](std::string as, const TensorInfo& tensor, std::vector<int64_t> shape) {
        const std::span<const std::byte> bytes = tensor.data;
        writer.addTensor(std::move(as), tensor.type, std::move(shape),
                         [bytes]() -> Result<std::vector<std::byte>> {
                             return std::vector<std::byte>(bytes.begin(), bytes.end());
                         });
    };
    for (const TensorInfo& tensor : source.tensors()) {
        std::vector<int64_t> shape(tensor.shape.begin(), tensor.shape.begin() + tensor.rank);
        if (tensor.name == edit.dropTensor) continue;
        if (tensor.name == edit.reshaped) shape = edit.shape;
        add(std::string(tensor.name), tensor, std::move(shape));
    }
    if (!edit.extraTensor.empty()) {
        const TensorInfo* norm = source.tensor("token_embd.weight");
        add(edit.extraTensor, *norm, {norm->shape[0], norm->shape[1]});
    }
    return writer.write(path);
}

}  // namespace

class LoadTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        if (const std::string why = golden::missingTinyModels(); !why.empty()) QSKIP(why.c_str());
        GOLDEN_TRY(m_goldens, golden::Goldens::load());
        GOLDEN_TRY(m_runtime, golden::runtime(1));
        QVERIFY(m_folder.isValid());
    }

    void descriptions() {
        GOLDEN_TRY(auto model, Model::load(golden::tinyPath("llama-Q4_1")));
        const ModelInfo& info = model->info();
        QCOMPARE(info.architecture, std::string("llama"));
        QCOMPARE(info.quantisation, std::string("Q4_1"));
        QCOMPARE(info.name, std::string("llama-Q4_1"));
        QCOMPARE(info.contextLength, 1024);
        QCOMPARE(info.embeddingLength, 96);
        QCOMPARE(info.layers, 2);
        QCOMPARE(info.vocabulary, 96);
        QCOMPARE(info.fileBytes, std::filesystem::file_size(golden::tinyPath("llama-Q4_1")));
        QVERIFY(info.causal);
        QVERIFY(!model->tokenizer());
        GOLDEN_TRY(auto encoder, Model::load(golden::tinyPath("bert-cls")));
        QVERIFY(!encoder->info().causal);
        QVERIFY(encoder->info().pooling == Pooling::Cls);
        GOLDEN_TRY(auto ranker, Model::load(golden::tinyPath("qwen3-rank")));
        QVERIFY(ranker->info().pooling == Pooling::Rank);
        QCOMPARE(ranker->info().outputLength, 2);
    }

    void fingerprintsDiffer() {
        std::map<uint64_t, std::string> seen;
        for (const golden::File& file : m_goldens->files()) {
            if (file.kind == "adapter") continue;
            GOLDEN_TRY(auto model, Model::load(golden::tinyPath(file.name)));
            const auto [place, added] = seen.emplace(model->fingerprint(), file.name);
            QVERIFY2(added, concat(file.name, " and ", place->second).c_str());
            GOLDEN_TRY(auto again, Model::load(golden::tinyPath(file.name)));
            QCOMPARE(again->fingerprint(), model->fingerprint());
        }
    }

    void unusedTensor_data() { addModels(); }
    void unusedTensor() {
        for (const char* name : {"blk.0.mystery.weight", "blk.0.ffn_gate_shexp.weight",
                                 "blk.99.attn_q.weight", "vision.patch.weight"}) {
            const std::string why = refusal({.extraTensor = name});
            QVERIFY2(contains(why, name), why.c_str());
        }
    }

    void missingTensor_data() { addModels(); }
    /// Each tensor in turn: the file is refused with a name, or the tensor was optional and the
    /// model computes without it.
    void missingTensor() {
        GOLDEN_TRY(const GgufFile source, GgufFile::open(golden::tinyPath(current())));
        int refused = 0;
        for (const TensorInfo& tensor : source.tensors()) {
            const std::string why = refusal({.dropTensor = std::string(tensor.name)});
            if (why.empty()) continue;
            ++refused;
            const std::string_view stem = tensor.name.substr(0, tensor.name.rfind('.'));
            QVERIFY2(contains(why, tensor.name) || contains(why, stem) || contains(why, "tensor"),
                     concat(tensor.name, ": ", why).c_str());
        }
        QVERIFY(refused > 5);
    }

    void misshapenTensor_data() { addModels(); }
    void misshapenTensor() {
        GOLDEN_TRY(const GgufFile source, GgufFile::open(golden::tinyPath(current())));
        for (const TensorInfo& tensor : source.tensors()) {
            if (traitsOf(tensor.type)->blockSize > 1 || tensor.elements() < 4) continue;
            const int64_t elements = tensor.elements();
            for (const auto& shape :
                 {std::vector<int64_t>{elements / 2, 2}, std::vector<int64_t>{2, elements / 2},
                  std::vector<int64_t>{elements}}) {
                if (shape[0] * (shape.size() > 1 ? shape[1] : 1) != elements) continue;
                const std::array<int64_t, 2> padded = {shape[0], shape.size() > 1 ? shape[1] : 1};
                if (tensor.shape[0] == padded[0] && tensor.shape[1] == padded[1]) continue;
                const std::string why =
                    refusal({.reshaped = std::string(tensor.name), .shape = shape});
                QVERIFY2(contains(why, tensor.name) || contains(why, "tensor"),
                         concat(tensor.name, " as ", shape[0], " × ", padded[1], ": ",
                                why.empty() ? "was accepted" : why)
                             .c_str());
            }
        }
    }

    void missingKey_data() { addModels(); }
    void missingKey() {
        GOLDEN_TRY(const GgufFile source, GgufFile::open(golden::tinyPath(current())));
        for (const char* part : {"context_length", "embedding_length", "block_count",
                                 "feed_forward_length", "attention.head_count"}) {
            const std::string key = concat(*source.string("general.architecture"), ".", part);
            const std::string why = refusal({.dropKey = key});
            QVERIFY2(contains(why, key), concat(key, ": ", why).c_str());
        }
        const std::string why = refusal({.dropKey = "general.architecture"});
        QVERIFY2(contains(why, "general.architecture"), why.c_str());
    }

    void unknownArchitecture() {
        m_name = "llama";
        for (const char* name : {"mamba", "", "llama ", "LLAMA", "clip"}) {
            const std::string why =
                refusal({.changedKey = "general.architecture", .value = std::string(name)});
            QVERIFY2(contains(why, concat('"', name, '"')), why.c_str());
            for (const std::string& known : knownArchitectures())
                QVERIFY2(contains(why, known), why.c_str());
        }
        const auto names = knownArchitectures();
        QVERIFY(std::ranges::is_sorted(names));
        for (const golden::File& file : m_goldens->files())
            QVERIFY(std::ranges::find(names, file.architecture) != names.end());
    }

    void wrongNumbers_data() { addModels(); }
    /// Every key with numbers that make no sense: refused, or the model still computes (tokens in,
    /// a row out) without touching memory that is not its own.
    void wrongNumbers() {
        GOLDEN_TRY(const GgufFile source, GgufFile::open(golden::tinyPath(current())));
        using Value = decltype(Edit::value);
        const std::vector<Value> values = {uint32_t{0},
                                           uint32_t{1},
                                           uint32_t{3},
                                           uint32_t{255},
                                           uint32_t{1} << 31,
                                           ~uint32_t{0},
                                           int32_t{-1},
                                           -1e30f,
                                           0.0f,
                                           1e30f,
                                           std::numeric_limits<float>::quiet_NaN(),
                                           true,
                                           std::string("linear"),
                                           std::string("yarn"),
                                           std::string("longrope")};
        for (const auto& [key, old] : source.metadata())
            for (const Value& value : values)
                refusal({.changedKey = std::string(key), .value = value});
        for (const char* part :
             {"attention.head_count_kv", "attention.key_length", "attention.value_length",
              "rope.dimension_count", "rope.scaling.factor", "rope.freq_base", "rope.scaling.type",
              "rope.scaling.original_context_length", "attention.sliding_window",
              "attention.sliding_window_pattern", "pooling_type", "nextn_predict_layers",
              "expert_count", "expert_used_count", "attention.temperature_scale", "attention.scale",
              "attention.causal", "final_logit_softcapping"})
            for (const Value& value : values)
                refusal({.changedKey = concat(*source.string("general.architecture"), ".", part),
                         .value = value});
    }

    void notAModel() {
        const auto refuses = [](const std::filesystem::path& path) {
            const auto result = Model::load(path);
            return !result.ok() && !result.message().empty();
        };
        QVERIFY(refuses(golden::tinyPath("adapter-attention")));
        QVERIFY(refuses(golden::tinyPath("absent")));
        QVERIFY(refuses(m_folder.path().toStdString()));
        QVERIFY(refuses(std::filesystem::path(ALCOVE_MODEL_DATA) / "manifest.json"));
    }

private:
    void addModels() {
        QTest::addColumn<QString>("name");
        if (!m_goldens) return;
        const bool all = qEnvironmentVariableIsSet("ALCOVE_TEST_FULL");
        std::set<std::string> seen;
        for (const golden::File& file : m_goldens->files())
            if (file.kind != "adapter" &&
                (all || seen.insert(file.architecture).second || contains(file.name, "experts") ||
                 contains(file.name, "rank")))
                QTest::newRow(file.name.c_str()) << QString::fromStdString(file.name);
    }

    std::string current() const {
        if (!QTest::currentDataTag()) return m_name;
        return static_cast<QString*>(QTest::qData("name", QMetaType::QString))->toStdString();
    }

    /// Why the edited copy of the current model does not load; empty when it does. One that loads
    /// is computed with.
    std::string refusal(const Edit& edit) {
        const std::filesystem::path path =
            std::filesystem::path(m_folder.path().toStdString()) / "copy.gguf";
        if (const auto written = writeCopy(current(), edit, path); !written.ok())
            return "not written: " + written.message();
        const auto model = Model::load(path);
        if (!model.ok()) return model.message();
        compute(*model);
        return {};
    }

    void compute(const std::shared_ptr<const Model>& model) {
        const auto tokens =
            golden::someTokens(1, 20, std::min<int64_t>(model->info().vocabulary, 39));
        if (auto embedder = Embedder::create(model, *m_runtime); embedder.ok())
            (void)(*embedder)->embedTokens(std::span(&tokens, 1));
        if (auto session = Session::create(model, *m_runtime, {.contextLength = 32});
            session.ok()) {
            (void)(*session)->feed(tokens);
            (void)(*session)->feed(std::span(tokens).first(1));
        }
    }

    QTemporaryDir m_folder{golden::scratchPattern()};
    std::unique_ptr<golden::Goldens> m_goldens;
    std::unique_ptr<Runtime> m_runtime;
    std::string m_name;
};

QTEST_GUILESS_MAIN(LoadTest)
#include "load_test.moc"
