// What a model was said to need, beside what a process grew by that loaded it and filled its
// context. Each is measured in a process of its own: what one gives back another would not ask for.
#include "engine/model/memory_need.h"

#include <QtTest>
#include <cmath>
#include <cstdio>

#include "engine/gguf/writer.h"
#include "engine/model/session.h"
#include "engine/tokenizer/tokenizer.h"

using namespace alcove::engine;

namespace {

/// 0 where the system does not tell.
uint64_t residentBytes() {
    QFile file("/proc/self/status");
    if (!file.open(QIODevice::ReadOnly)) return 0;
    for (const QByteArray& line : file.readAll().split('\n'))
        if (line.startsWith("VmRSS:"))
            return line.simplified().split(' ').value(1).toULongLong() * 1024;
    return 0;
}

SessionOptions optionsFor(int64_t context, CacheType cache) {
    SessionOptions options;
    options.contextLength = context;
    options.cache = cache;
    return options;
}

/// Says what the process grew by, and returns its exit status.
int measure(const QStringList& arguments) {
    const int64_t context = arguments[1].toLongLong();
    const auto cache = arguments[2] == "q8" ? CacheType::Q8_0 : CacheType::F16;
    const auto fail = [](const std::string& reason) {
        std::fprintf(stderr, "%s\n", reason.c_str());
        return 1;
    };
    auto runtime = Runtime::create(2, qgetenv("ALCOVE_CPU").toStdString());
    if (!runtime) return fail(runtime.message());
    const uint64_t before = residentBytes();
    const auto model = Model::load(arguments[0].toStdString(), Residence::InMemory);
    if (!model) return fail(model.message());
    const auto session = Session::create(*model, **runtime, optionsFor(context, cache));
    if (!session) return fail(session.message());
    std::vector<Token> tokens;
    for (int64_t i = 0; i < context; ++i)
        tokens.push_back(static_cast<Token>(i * 37 % (*model)->info().vocabulary));
    const auto fed = (*session)->prompt(tokens);
    if (!fed) return fail(fed.message());
    std::printf("grew by %llu\n", static_cast<unsigned long long>(residentBytes() - before));
    return 0;
}

/// Llama-3.2-1B's layers, fewer of them, with its vocabulary and the mixture of Q4_K_M.
alcove::Result<void> writeShape(const QString& vocabulary, const std::string& out) {
    constexpr int64_t kWidth = 2048, kInner = 8192, kKeys = 512;
    constexpr uint32_t kLayers = 3;
    ALCOVE_TRY(const GgufFile file, GgufFile::open(vocabulary.toStdString()));
    ALCOVE_TRY(const auto tokenizer, Tokenizer::load(file));
    GgufWriter writer;
    writer.addString("general.architecture", "llama");
    for (const auto& [key, value] :
         {std::pair("context_length", 32768U), std::pair("embedding_length", uint32_t{kWidth}),
          std::pair("block_count", kLayers), std::pair("feed_forward_length", uint32_t{kInner}),
          std::pair("attention.head_count", 32U), std::pair("attention.head_count_kv", 8U)})
        writer.addU32(std::string("llama.") + key, value);
    writer.addF32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
    for (const auto& [key, value] : file.metadata())
        if (key.starts_with("tokenizer.")) writer.addValue(key, value);
    const auto add = [&](const std::string& name, TensorType type, std::vector<int64_t> shape) {
        int64_t bytes = rowBytes(type, shape[0]);
        for (size_t i = 1; i < shape.size(); ++i) bytes *= shape[i];
        // Any bytes will do that are no great numbers.
        writer.addTensor(name + ".weight", type, std::move(shape),
                         [bytes]() -> alcove::Result<std::vector<std::byte>> {
                             return std::vector<std::byte>(static_cast<size_t>(bytes),
                                                           std::byte{0x11});
                         });
    };
    add("token_embd", TensorType::Q6_K, {kWidth, tokenizer->size()});
    add("output_norm", TensorType::F32, {kWidth});
    for (uint32_t layer = 0; layer < kLayers; ++layer) {
        const std::string block = "blk." + std::to_string(layer) + ".";
        add(block + "attn_norm", TensorType::F32, {kWidth});
        add(block + "ffn_norm", TensorType::F32, {kWidth});
        add(block + "attn_q", TensorType::Q4_K, {kWidth, kWidth});
        add(block + "attn_k", TensorType::Q4_K, {kWidth, kKeys});
        add(block + "attn_v", TensorType::Q6_K, {kWidth, kKeys});
        add(block + "attn_output", TensorType::Q4_K, {kWidth, kWidth});
        add(block + "ffn_gate", TensorType::Q4_K, {kWidth, kInner});
        add(block + "ffn_up", TensorType::Q4_K, {kWidth, kInner});
        add(block + "ffn_down", TensorType::Q6_K, {kInner, kWidth});
    }
    return writer.write(out);
}

}  // namespace

class MemoryNeedTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private slots:
    void isWhatItTakes_data() {
        QTest::addColumn<QString>("model");
        QTest::addColumn<qlonglong>("context");
        QTest::addColumn<QString>("cache");
        QTest::newRow("SmolLM2-135M, 2,048 tokens") << "smollm2" << 2048LL << "f16";
        QTest::newRow("SmolLM2-135M, 512 tokens") << "smollm2" << 512LL << "f16";
        QTest::newRow("SmolLM2-135M, 2,048 tokens, Q8_0") << "smollm2" << 2048LL << "q8";
        QTest::newRow("three layers of a 1B") << "llama-bpe" << 1024LL << "f16";
        // The vocabularies that nothing was fitted to.
        QTest::newRow("the same with Qwen2's words") << "qwen2" << 512LL << "f16";
        QTest::newRow("the same with Llama 2's words") << "llama-spm" << 512LL << "q8";
    }

    void isWhatItTakes() {
        QFETCH(const QString, model);
        QFETCH(const qlonglong, context);
        QFETCH(const QString, cache);
        if (residentBytes() == 0) QSKIP("the system does not tell what a process takes");
        const QString data = qEnvironmentVariable("ALCOVE_TEST_DATA");
        QString file = data + "/models/SmolLM2-135M-Instruct.Q4_1.gguf";
        const bool isShape = model != "smollm2";
        const QString vocabulary = data + "/vocabs/ggml-vocab-" + model + ".gguf";
        if (!QFile::exists(isShape ? vocabulary : file))
            QSKIP("needs models/ and vocabs/ in ALCOVE_TEST_DATA");
        if (isShape) {
            file = m_folder.filePath("shape.gguf");
            const auto written = writeShape(vocabulary, file.toStdString());
            QVERIFY2(written.ok(), written ? "" : written.message().c_str());
        }
        const auto need =
            memoryNeed(file.toStdString(),
                       optionsFor(context, cache == "q8" ? CacheType::Q8_0 : CacheType::F16));
        QVERIFY2(need.ok(), need ? "" : need.message().c_str());
        QProcess process;
        process.start(QCoreApplication::applicationFilePath(),
                      {"--measure", file, QString::number(context), cache});
        QVERIFY(process.waitForFinished(300'000));
        const QByteArray said = process.readAllStandardOutput().simplified();
        QVERIFY2(said.startsWith("grew by "), process.readAllStandardError());
        const double grew = said.mid(8).toDouble();
        const double off = static_cast<double>(*need) / grew - 1.0;
        const QByteArray words =
            QByteArray::number(static_cast<double>(*need) / 1048576.0, 'f', 1) + " MiB said, " +
            QByteArray::number(grew / 1048576.0, 'f', 1) + " MiB taken, " +
            QByteArray::number(off * 100.0, 'f', 1) + " %";
        qInfo("%s", words.constData());
        QVERIFY2(std::abs(off) <= 0.05, words);
    }
};

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    if (arguments.value(1) == "--measure" && arguments.size() == 5)
        return measure(arguments.mid(2));
    MemoryNeedTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "memory_need_test.moc"
