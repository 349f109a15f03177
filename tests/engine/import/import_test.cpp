// Whole imports, against what llama.cpp's own converter made of the same folders: every key and
// every tensor.
#include "engine/import/import.h"

#include <QtTest>
#include <cmath>
#include <cstring>

#include "engine/gguf/reader.h"
#include "engine/import/convert.h"
#include "engine/quant/quantize.h"
#include "tests/engine/import/folders.h"
#include "tests/support/altered_model.h"

using namespace alcove;
using namespace alcove::engine;
using namespace alcove::tests;

namespace {

/// Keys about authors and names, which import.h says are made differently.
bool isAuthorship(std::string_view key) {
    for (const std::string_view prefix :
         {"general.name", "general.version", "general.organization", "general.basename",
          "general.finetune", "general.tags", "general.languages", "general.dataset",
          "general.base_model"})
        if (key.starts_with(prefix)) return true;
    return false;
}

void compareKeys(const GgufFile& file, const Json& golden) {
    for (const auto& [key, wanted] : golden.items()) {
        if (isAuthorship(key)) continue;
        const GgufValue* value = file.find(key);
        QVERIFY2(value, key.c_str());
        const Json got = goldenForm(*value);
        QVERIFY2(got == wanted,
                 concat(key, ": ", got.dump(), " instead of ", wanted.dump()).c_str());
    }
    for (const auto& [key, value] : file.metadata())
        QVERIFY2(isAuthorship(key) || golden.contains(key), std::string(key).c_str());
}

/// Tensors that differ from F32's are in `golden`, the others in `plain`.
void compareTensors(const GgufFile& file, const Json& golden, const Json& plain) {
    QCOMPARE(file.tensors().size(), plain.size());
    for (const auto& [name, inF32] : plain.items()) {
        const TensorInfo* tensor = file.tensor(name);
        QVERIFY2(tensor, name.c_str());
        const Json& wanted = golden.contains(name) ? golden[name] : inF32;
        const Json got = goldenForm(*tensor);
        if (name == "rope_freqs.weight") continue;  // see ropeFactors()
        QVERIFY2(got == wanted,
                 concat(name, ": ", got.dump(), " instead of ", wanted.dump()).c_str());
    }
}

}  // namespace

class ImportTest : public QObject {
    Q_OBJECT

private slots:
    void equalsReference_data();
    void equalsReference();
    void equalsReferenceOnMiniLm_data();
    void equalsReferenceOnMiniLm();
    void ropeFactors();
    void kTypesAndTheirFallbacks();
    void threadsChangeNothing();
    void reportsProgressAndStops();
    void mergesGiveTheOrderOfScores();
    void readsVocabTxt();
    void readsVocabularyAndMergesFiles();
    void adapterEqualsReference();
    void adapterDoesNotReplaceItsBase();
    void rankStabilisedAdapter();
    void refusesBrokenFolders_data();
    void refusesBrokenFolders();
    void refusesBrokenAdapters_data();
    void refusesBrokenAdapters();
    void refusesWhatATypeCannotHold();
    void leavesTiedOutputOut();
};

void ImportTest::equalsReference_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("type");
    for (const char* name : {"bert", "llama3", "smollm", "mistral", "qwen2", "qwen3", "gemma3"})
        for (const char* type : {"F32", "F16", "BF16", "Q8_0"})
            QTest::addRow("%s %s", name, type) << name << type;
}

void ImportTest::equalsReference() {
    QFETCH(QString, name);
    QFETCH(QString, type);
    ModelFolder folder(name.toStdString());
    const auto report = importModel(folder.path(), folder.out(), {.type = type.toStdString()});
    QVERIFY2(report.ok(), report.ok() ? "" : report.message().c_str());
    const auto file = GgufFile::open(folder.out());
    QVERIFY(file.ok());
    const Json golden = readJsonFile(ModelFolder::data() / name.toStdString() / "golden.json");
    const Json& inType = golden[type.toLower().toStdString()];
    Json keys = golden["f32"]["keys"];
    if (type != "F32") keys["general.file_type"][1] = inType["file_type"];
    compareKeys(*file, keys);
    compareTensors(*file, inType["tensors"], golden["f32"]["tensors"]);
    QCOMPARE(report->tensors + (file->tensor("rope_freqs.weight") ? 1 : 0), file->tensors().size());
}

void ImportTest::equalsReferenceOnMiniLm_data() {
    QTest::addColumn<QString>("type");
    for (const char* type : {"F16", "Q8_0"}) QTest::addRow("%s", type) << type;
}

void ImportTest::equalsReferenceOnMiniLm() {
    QFETCH(QString, type);
    const auto folder = std::filesystem::path(qgetenv("ALCOVE_TEST_DATA").toStdString()) /
                        "models" / "all-MiniLM-L6-v2";
    if (!std::filesystem::exists(folder / "model.safetensors"))
        QSKIP("ALCOVE_TEST_DATA has no models/all-MiniLM-L6-v2");
    QTemporaryDir temporary;
    const auto out = std::filesystem::path(temporary.path().toStdString()) / "out.gguf";
    const auto report = importModel(folder, out, {.type = type.toStdString()});
    QVERIFY2(report.ok(), report.ok() ? "" : report.message().c_str());
    const auto file = GgufFile::open(out);
    QVERIFY(file.ok());
    const Json golden = readJsonFile(ModelFolder::data() / "minilm_golden.json");
    Json keys = golden["f32"]["keys"];
    const Json& inType = golden[type.toLower().toStdString()];
    keys["general.file_type"][1] = inType["file_type"];
    compareKeys(*file, keys);
    compareTensors(*file, inType["tensors"], golden["f32"]["tensors"]);
}

/// The reference raises to powers in single precision; a last bit may differ.
void ImportTest::ropeFactors() {
    ModelFolder folder("llama3");
    QVERIFY(importModel(folder.path(), folder.out()).ok());
    const auto file = GgufFile::open(folder.out());
    QVERIFY(file.ok());
    const TensorInfo* tensor = file->tensor("rope_freqs.weight");
    QVERIFY(tensor && tensor->type == TensorType::F32);
    QCOMPARE(tensor->elements(), 16);
    std::array<float, 16> factors{};
    std::memcpy(factors.data(), tensor->data.data(), sizeof factors);
    constexpr double kPi = 3.14159265358979323846;
    for (size_t i = 0; i < factors.size(); ++i) {
        const double wavelength = 2 * kPi * std::pow(500000.0, static_cast<double>(i) / 16);
        double wanted = 32;
        if (wavelength < 512.0 / 4)
            wanted = 1;
        else if (wavelength <= 512.0) {
            const double smooth = (512 / wavelength - 1) / (4 - 1);
            wanted = 1 / ((1 - smooth) / 32 + smooth);
        }
        QVERIFY(std::abs(factors[i] - wanted) <= 1e-5 * wanted);
    }
}

void ImportTest::kTypesAndTheirFallbacks() {
    ModelFolder folder("llama3");  // rows of 256, and of 96 in ffn_down; tied
    QVERIFY(importModel(folder.path(), folder.out(), {.type = "q4_k"}).ok());
    const auto file = GgufFile::open(folder.out());
    QVERIFY(file.ok());
    QCOMPARE(file->tensor("token_embd.weight")->type, TensorType::Q6_K);
    QCOMPARE(file->tensor("blk.0.ffn_up.weight")->type, TensorType::Q4_K);
    QCOMPARE(file->tensor("blk.0.ffn_down.weight")->type, TensorType::Q5_0);
    QCOMPARE(file->tensor("blk.0.attn_norm.weight")->type, TensorType::F32);
    QCOMPARE(file->integer("general.file_type"), std::optional<int64_t>(14));

    // The values are those quantize() makes of the checkpoint's rows.
    const auto up = file->tensor("blk.0.ffn_up.weight");
    const auto made = madeValues({"model.layers.0.mlp.up_proj.weight", "BF16", {96, 256}, {}});
    std::vector<float> row(256);
    for (size_t i = 0; i < row.size(); ++i) {
        uint16_t bits = 0;
        std::memcpy(&bits, made.data() + (95 * 256 + i) * 2, 2);
        row[i] = std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
    }
    std::vector<std::byte> blocks(static_cast<size_t>(rowBytes(TensorType::Q4_K, 256)));
    quantize(TensorType::Q4_K, row.data(), blocks.data(), 256);
    QVERIFY(std::equal(blocks.begin(), blocks.end(), up->data.end() - blocks.size()));

    ModelFolder narrow("qwen3");  // ffn_down has rows of 80, no multiple of 32
    QVERIFY(importModel(narrow.path(), narrow.out(), {.type = "Q6_K"}).ok());
    const auto other = GgufFile::open(narrow.out());
    QVERIFY(other.ok());
    QCOMPARE(other->tensor("blk.0.ffn_up.weight")->type, TensorType::Q8_0);
    QCOMPARE(other->tensor("blk.0.ffn_down.weight")->type, TensorType::F16);
}

void ImportTest::threadsChangeNothing() {
    ModelFolder folder("llama3");
    QVERIFY(importModel(folder.path(), folder.out(), {.type = "Q8_0"}).ok());
    const std::string alone = readWhole(folder.out());
    ThreadPool pool(3);
    QVERIFY(importModel(folder.path(), folder.out(), {.type = "Q8_0", .pool = &pool}).ok());
    QVERIFY(readWhole(folder.out()) == alone);
}

void ImportTest::reportsProgressAndStops() {
    ModelFolder folder("qwen2");
    std::vector<ImportProgress> seen;
    ImportOptions options;
    options.name = "A Name";
    options.progress = [&](const ImportProgress& progress) { seen.push_back(progress); };
    const auto report = importModel(folder.path(), folder.out(), options);
    QVERIFY(report.ok());
    QCOMPARE(seen.size(), report->tensors);
    for (size_t i = 0; i < seen.size(); ++i) QCOMPARE(seen[i].tensorsDone, i);
    QVERIFY(seen.back().bytesDone < seen.back().bytes);
    QCOMPARE(report->bytes, std::filesystem::file_size(folder.out()));
    QCOMPARE(GgufFile::open(folder.out())->string("general.name"), "A Name");

    std::filesystem::remove(folder.out());
    std::stop_source stop;
    options.stop = stop.get_token();
    options.progress = [&](const ImportProgress& progress) {
        if (progress.tensorsDone == 3) stop.request_stop();
    };
    QVERIFY(!importModel(folder.path(), folder.out(), options).ok());
    QVERIFY(folder.leftNothing());
}

void ImportTest::mergesGiveTheOrderOfScores() {
    ModelFolder folder("mistral");
    QVERIFY(importModel(folder.path(), folder.out()).ok());
    const auto fromModel = GgufFile::open(folder.out());
    QVERIFY(fromModel.ok());

    std::filesystem::rename(folder.path() / "merges.json", folder.path() / "tokenizer.json");
    std::filesystem::remove(folder.path() / "tokenizer.model");
    const auto out = folder.path() / "again.gguf";
    const auto report = importModel(folder.path(), out);
    QVERIFY2(report.ok(), report.ok() ? "" : report.message().c_str());
    const auto fromMerges = GgufFile::open(out);
    QVERIFY(fromMerges.ok());
    QCOMPARE(fromMerges->string("tokenizer.ggml.model"), "llama");

    const auto& tokens = fromModel->array("tokenizer.ggml.tokens")->strings;
    const auto& types = *fromModel->array("tokenizer.ggml.token_type");
    const auto& scores = *fromModel->array("tokenizer.ggml.scores");
    const auto& otherScores = *fromMerges->array("tokenizer.ggml.scores");
    QVERIFY(tokens.size() > 300);
    size_t ordered = 0;
    for (size_t i = 0; i < 340; ++i) {
        QCOMPARE(fromMerges->array("tokenizer.ggml.tokens")->strings[i], tokens[i]);
        QCOMPARE(fromMerges->array("tokenizer.ggml.token_type")->integer(i), types.integer(i));
        for (size_t j = i + 1; j < 340; ++j) {
            const bool both = otherScores.number(i) > -1e3 && otherScores.number(j) > -1e3 &&
                              types.integer(i) == 1 && types.integer(j) == 1;
            if (!both || otherScores.number(i) == otherScores.number(j)) continue;
            QCOMPARE(otherScores.number(i) > otherScores.number(j),
                     scores.number(i) > scores.number(j));
            ++ordered;
        }
    }
    QVERIFY(ordered > 100);
}

void ImportTest::readsVocabTxt() {
    ModelFolder folder("bert");
    QVERIFY(importModel(folder.path(), folder.out()).ok());
    const std::string whole = readWhole(folder.out());
    const Json tokenizer = readJsonFile(folder.path() / "tokenizer.json");
    std::vector<std::string> words(tokenizer["model"]["vocab"].size());
    for (const auto& [word, id] : tokenizer["model"]["vocab"].items()) words[id] = word;
    std::string text;
    for (const std::string& word : words) text += word + "\r\n";
    writeText(folder.path() / "vocab.txt", text);
    std::filesystem::remove(folder.path() / "tokenizer.json");
    const auto report = importModel(folder.path(), folder.out());
    QVERIFY2(report.ok(), report.ok() ? "" : report.message().c_str());
    QVERIFY(readWhole(folder.out()) == whole);
}

void ImportTest::readsVocabularyAndMergesFiles() {
    ModelFolder folder("qwen2");
    const Json tokenizer = readJsonFile(folder.path() / "tokenizer.json");
    QVERIFY(importModel(folder.path(), folder.out()).ok());
    const auto whole = GgufFile::open(folder.out());
    QVERIFY(whole.ok());
    writeText(folder.path() / "vocab.json", tokenizer["model"]["vocab"].dump());
    std::string merges = "#version: 0.2\n";
    for (const Json& merge : tokenizer["model"]["merges"])
        merges += merge[0].get<std::string>() + ' ' + merge[1].get<std::string>() + '\n';
    writeText(folder.path() / "merges.txt", merges);
    Json added = Json::object();
    for (const Json& token : tokenizer["added_tokens"])
        added[std::to_string(token["id"].get<int>())] = token;
    folder.set("tokenizer_config.json", "added_tokens_decoder", added);
    std::filesystem::remove(folder.path() / "tokenizer.json");
    const auto out = folder.path() / "again.gguf";
    const auto report = importModel(folder.path(), out);
    QVERIFY2(report.ok(), report.ok() ? "" : report.message().c_str());
    const auto again = GgufFile::open(out);
    QVERIFY(again.ok());
    for (const char* key :
         {"tokenizer.ggml.tokens", "tokenizer.ggml.token_type", "tokenizer.ggml.merges",
          "tokenizer.ggml.pre", "tokenizer.ggml.eos_token_id"})
        QVERIFY2(goldenForm(*again->find(key)) == goldenForm(*whole->find(key)), key);
}

void ImportTest::adapterEqualsReference() {
    ModelFolder base("smollm");
    QVERIFY(importModel(base.path(), base.out(), {.type = "Q8_0"}).ok());
    ModelFolder folder("lora");
    const auto report = importAdapter(folder.path(), base.out(), folder.out());
    QVERIFY2(report.ok(), report.ok() ? "" : report.message().c_str());
    QCOMPARE(report->tensors, size_t{12});
    const auto file = GgufFile::open(folder.out());
    QVERIFY(file.ok());
    const Json golden = readJsonFile(ModelFolder::data() / "lora" / "golden.json")["f32"];
    compareKeys(*file, golden["keys"]);
    compareTensors(*file, golden["tensors"], golden["tensors"]);
}

void ImportTest::adapterDoesNotReplaceItsBase() {
    ModelFolder base("smollm"), folder("lora");
    QVERIFY(importModel(base.path(), base.out()).ok());
    const QStringList parts = splitModel(QString::fromStdString(base.out().string()),
                                         QString::fromStdString((base.path() / "split").string()));
    QCOMPARE(parts.size(), 3);
    const std::filesystem::path first = parts[0].toStdString();
    for (const QString& part : parts) {
        const std::string before = readWhole(part.toStdString());
        const auto report = importAdapter(folder.path(), first, part.toStdString());
        QVERIFY(!report.ok());
        QVERIFY2(report.message().ends_with("is one of the files in use; write to another file"),
                 report.message().c_str());
        QVERIFY(readWhole(part.toStdString()) == before);
    }
}

void ImportTest::rankStabilisedAdapter() {
    ModelFolder base("smollm");
    QVERIFY(importModel(base.path(), base.out()).ok());
    ModelFolder folder("lora");
    folder.set("adapter_config.json", "use_rslora", true);
    QVERIFY(importAdapter(folder.path(), base.out(), folder.out()).ok());
    const auto alpha = GgufFile::open(folder.out())->number("adapter.lora.alpha");
    QVERIFY(alpha && std::abs(*alpha - 12 * std::sqrt(8.0)) < 1e-5);
}

namespace {

using Change = void (*)(ModelFolder&);

void writeWith(ModelFolder& folder, void (*change)(std::vector<MadeTensor>&)) {
    auto tensors = folder.tensors();
    change(tensors);
    folder.writeTensors(tensors);
}

}  // namespace

Q_DECLARE_METATYPE(Change)

void ImportTest::refusesBrokenFolders_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("message");  // what it must say
    const auto row = [](const char* name, const char* what, Change change, const char* message) {
        QTest::newRow(what) << name << change << message;
    };
    row(
        "qwen2", "no config",
        [](ModelFolder& f) { std::filesystem::remove(f.path() / "config.json"); }, "config.json");
    row(
        "qwen2", "no weights",
        [](ModelFolder& f) { std::filesystem::remove(f.path() / "model.safetensors"); },
        "neither model.safetensors");
    row(
        "qwen2", "no tokenizer",
        [](ModelFolder& f) { std::filesystem::remove(f.path() / "tokenizer.json"); },
        "no tokenizer");
    row(
        "qwen2", "settings that are a number",
        [](ModelFolder& f) { writeText(f.path() / "tokenizer_config.json", "5"); },
        "tokenizer_config.json: not an object");
    row(
        "qwen2", "no tokenizer in its file",
        [](ModelFolder& f) { writeText(f.path() / "tokenizer.json", "null"); },
        "tokenizer.json: not an object");
    row(
        "qwen2", "unknown architecture",
        [](ModelFolder& f) { f.set("config.json", "architectures", {"MambaForCausalLM"}); },
        "\"MambaForCausalLM\" is not imported; known are bert");
    row(
        "qwen2", "quantised weights",
        [](ModelFolder& f) { f.set("config.json", "quantization_config", {{"bits", 4}}); },
        "quantization_config");
    row(
        "qwen2", "another activation",
        [](ModelFolder& f) { f.set("config.json", "hidden_act", "relu"); }, "\"relu\"");
    row(
        "qwen2", "another scaling",
        [](ModelFolder& f) { f.set("config.json", "/rope_scaling/type", "longrope"); },
        "\"longrope\"");
    row(
        "qwen2", "too many layers",
        [](ModelFolder& f) { f.set("config.json", "num_hidden_layers", 2000000000); },
        "num_hidden_layers is 2000000000");
    row(
        "qwen2", "a layer more",
        [](ModelFolder& f) { f.set("config.json", "num_hidden_layers", 3); },
        "tensor layers.2.input_layernorm.weight is missing");
    row(
        "qwen2", "a layer less",
        [](ModelFolder& f) { f.set("config.json", "num_hidden_layers", 1); },
        "has no use for tensor model.layers.1.");
    row(
        "qwen2", "negative size", [](ModelFolder& f) { f.set("config.json", "hidden_size", -1); },
        "hidden_size is -1");
    row(
        "qwen2", "size as text", [](ModelFolder& f) { f.set("config.json", "hidden_size", "64"); },
        "hidden_size is \"64\"");
    row(
        "qwen2", "another shape",
        [](ModelFolder& f) { f.set("config.json", "intermediate_size", 97); },
        "shape [96, 64], but config.json asks for [97, 64]");
    row(
        "qwen2", "huge vocabulary",
        [](ModelFolder& f) { f.set("config.json", "vocab_size", 2147483647); },
        "embed_tokens.weight");
    row(
        "qwen2", "vocabulary too small for the tokenizer",
        [](ModelFolder& f) {
            f.set("config.json", "vocab_size", 301);
            writeWith(f, [](std::vector<MadeTensor>& tensors) {
                for (MadeTensor& tensor : tensors)
                    if (tensor.shape[0] == 320) tensor.shape[0] = 301;
            });
        },
        "outside the 301");
    row(
        "qwen2", "an unknown tensor",
        [](ModelFolder& f) {
            writeWith(f, [](std::vector<MadeTensor>& tensors) {
                tensors.push_back({"model.layers.0.mlp.experts.weight", "F32", {4}, {}});
            });
        },
        "no use for tensor model.layers.0.mlp.experts.weight");
    row(
        "qwen2", "a tensor missing",
        [](ModelFolder& f) {
            writeWith(f,
                      [](std::vector<MadeTensor>& tensors) { tensors.erase(tensors.begin() + 4); });
        },
        "is missing");
    row(
        "qwen2", "F8 weights",
        [](ModelFolder& f) {
            writeWith(f, [](std::vector<MadeTensor>& tensors) {
                tensors[2].type = "F8_E4M3";
                tensors[2].data.resize(
                    static_cast<size_t>(tensors[2].shape[0] * tensors[2].shape[1]));
            });
        },
        "type F8_E4M3 is not imported");
    row(
        "qwen2", "not a number",
        [](ModelFolder& f) {
            writeWith(f, [](std::vector<MadeTensor>& tensors) {
                tensors[2].data = madeValues(tensors[2]);
                tensors[2].data[15] = std::byte{0x7f};
                tensors[2].data[14] = std::byte{0xff};
            });
        },
        "value 7 is nan");
    row(
        "qwen2", "rules without a name",
        [](ModelFolder& f) {
            f.set("tokenizer.json", "/pre_tokenizer/pretokenizers/0/pattern/Regex", "\\w+");
        },
        "no reader knows these rules: \\w+");
    row(
        "qwen2", "an unknown normaliser",
        [](ModelFolder& f) { f.set("tokenizer.json", "normalizer", {{"type", "NFKC"}}); },
        "\"NFKC\"");
    row(
        "qwen2", "a unigram tokenizer",
        [](ModelFolder& f) { f.set("tokenizer.json", "/model/type", "Unigram"); },
        "\"Unigram\" is not imported");
    row(
        "qwen2", "a negative id",
        [](ModelFolder& f) { f.set("tokenizer.json", "/model/vocab/a", -3); }, "has id -3");
    row(
        "qwen2", "a merge of one",
        [](ModelFolder& f) { f.set("tokenizer.json", "/model/merges/5", {"a"}); },
        "model.merges: entry 5");
    row(
        "llama3", "a part missing",
        [](ModelFolder& f) {
            std::filesystem::remove(f.path() / "model-00002-of-00002.safetensors");
        },
        "model-00002-of-00002.safetensors");
    row(
        "llama3", "an index that leaves the folder",
        [](ModelFolder& f) {
            f.set("model.safetensors.index.json", "/weight_map/model.norm.weight", "../x");
        },
        "not a file name of this folder");
    row(
        "llama3", "an index that names a wrong file",
        [](ModelFolder& f) {
            f.set("model.safetensors.index.json", "/weight_map/model.norm.weight",
                  "model-00002-of-00002.safetensors");
        },
        "is not listed there");
    row(
        "llama3", "an index with a tensor too many",
        [](ModelFolder& f) {
            f.set("model.safetensors.index.json", "/weight_map/ghost",
                  "model-00002-of-00002.safetensors");
        },
        "tensor ghost is not in");
    row(
        "bert", "another kind of positions",
        [](ModelFolder& f) { f.set("config.json", "position_embedding_type", "relative_key"); },
        "relative_key");
    row(
        "bert", "a pooling that is not known",
        [](ModelFolder& f) { f.set("1_Pooling/config.json", "pooling_mode_cls_token", false); },
        "pooling is neither");
    row(
        "bert", "a pooling folder elsewhere",
        [](ModelFolder& f) { f.set("modules.json", "/1/path", "../elsewhere"); },
        "is no folder of the model");
    row(
        "gemma3", "another window pattern",
        [](ModelFolder& f) { f.set("config.json", "/text_config/sliding_window_pattern", 4); },
        "sliding_window_pattern is 4");
    row(
        "gemma3", "another score scale",
        [](ModelFolder& f) { f.set("config.json", "/text_config/query_pre_attn_scalar", 64); },
        "query_pre_attn_scalar is 64");
    row(
        "mistral", "a cut tokenizer.model",
        [](ModelFolder& f) {
            std::string bytes = readWhole(f.path() / "tokenizer.model");
            writeText(f.path() / "tokenizer.model", bytes.substr(0, bytes.size() / 2));
        },
        "tokenizer.model: byte ");
}

void ImportTest::refusesBrokenFolders() {
    QFETCH(QString, name);
    QFETCH(Change, change);
    QFETCH(QString, message);
    ModelFolder folder(name.toStdString());
    change(folder);
    const auto report = importModel(folder.path(), folder.out());
    QVERIFY(!report.ok());
    QVERIFY2(QString::fromStdString(report.message()).contains(message), report.message().c_str());
    QVERIFY(folder.leftNothing());
}

void ImportTest::refusesBrokenAdapters_data() {
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* what, Change change, const char* message) {
        QTest::newRow(what) << change << message;
    };
    row(
        "another method", [](ModelFolder& f) { f.set("adapter_config.json", "peft_type", "IA3"); },
        "\"IA3\" is not LORA");
    row("dora", [](ModelFolder& f) { f.set("adapter_config.json", "use_dora", true); }, "use_dora");
    row("biases", [](ModelFolder& f) { f.set("adapter_config.json", "bias", "all"); }, "biases");
    row(
        "no alpha", [](ModelFolder& f) { f.set("adapter_config.json", "lora_alpha", nullptr); },
        "lora_alpha is missing");
    row(
        "whole modules",
        [](ModelFolder& f) { f.set("adapter_config.json", "modules_to_save", {"lm_head"}); },
        "modules_to_save");
    row(
        "an unknown weight",
        [](ModelFolder& f) {
            auto tensors = f.tensors();
            for (MadeTensor& tensor : tensors) {
                const size_t at = tensor.name.find("q_proj");
                if (at != std::string::npos) tensor.name.replace(at, 6, "w_proj");
            }
            writeFile(f.path() / "adapter_model.safetensors", safetensorsBytes(tensors));
        },
        "layers.0.self_attn.w_proj.weight is adapted, but is no matrix");
    row(
        "half a pair",
        [](ModelFolder& f) {
            auto tensors = f.tensors();
            tensors.pop_back();
            writeFile(f.path() / "adapter_model.safetensors", safetensorsBytes(tensors));
        },
        "only half of a pair");
    row(
        "another shape",
        [](ModelFolder& f) {
            auto tensors = f.tensors();
            tensors[0].shape = {8, 65};
            writeFile(f.path() / "adapter_model.safetensors", safetensorsBytes(tensors));
        },
        "do not fit blk.0.attn_q.weight [64, 64]");
    row(
        "a whole matrix",
        [](ModelFolder& f) {
            auto tensors = f.tensors();
            tensors.push_back({"base_model.model.lm_head.weight", "F32", {4, 4}, {}});
            writeFile(f.path() / "adapter_model.safetensors", safetensorsBytes(tensors));
        },
        "is no LoRA update of a matrix");
}

void ImportTest::refusesBrokenAdapters() {
    QFETCH(Change, change);
    QFETCH(QString, message);
    ModelFolder base("smollm");
    QVERIFY(importModel(base.path(), base.out()).ok());
    ModelFolder folder("lora");
    change(folder);
    const auto report = importAdapter(folder.path(), base.out(), folder.out());
    QVERIFY(!report.ok());
    QVERIFY2(QString::fromStdString(report.message()).contains(message), report.message().c_str());
    QVERIFY(folder.leftNothing());
}

void ImportTest::refusesWhatATypeCannotHold() {
    ModelFolder folder("qwen2");
    auto tensors = folder.tensors();
    tensors[2].data = madeValues(tensors[2]);
    tensors[2].data[21] = std::byte{0x48};  // 131072 and a bit in BF16, beyond F16
    tensors[2].data[20] = std::byte{0x00};
    folder.writeTensors(tensors);
    const auto half = importModel(folder.path(), folder.out(), {.type = "F16"});
    QVERIFY(!half.ok());
    QVERIFY2(half.message().ends_with("value 10 is 131072, which F16 cannot hold"),
             half.message().c_str());
    QVERIFY(folder.leftNothing());
    QVERIFY(importModel(folder.path(), folder.out(), {.type = "BF16"}).ok());
}

void ImportTest::leavesTiedOutputOut() {
    ModelFolder folder("qwen2");
    folder.set("config.json", "tie_word_embeddings", true);
    const auto report = importModel(folder.path(), folder.out());
    QVERIFY2(report.ok(), report.ok() ? "" : report.message().c_str());
    QVERIFY(!GgufFile::open(folder.out())->tensor("output.weight"));
    QVERIFY(report->notes.size() == 1 && report->notes[0] == "left out: lm_head.weight");
}

QTEST_GUILESS_MAIN(ImportTest)
#include "import_test.moc"
