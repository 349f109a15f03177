// alcove-cli as a process, for its tests: run it, and what goes in and comes out.
#pragma once

#include <QtTest>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

struct Run {
    int code = -1;
    QByteArray out, error;
};

inline QString testData(const char* path) {
    const QString folder = qEnvironmentVariable("ALCOVE_TEST_DATA");
    return folder.isEmpty() ? QString() : folder + "/" + path;
}

constexpr const char* kShell = "sh";
/// The arguments for run() where a shell must set up the streams.
inline QStringList inShell(const QString& command) {
    return {kShell, "-c", QString("exec '%1' %2").arg(ALCOVE_CLI, command)};
}

/// Each command works in its own process, which is what is tested here; tests/app/host has the
/// engine that they share.
inline const bool kAlone = qputenv("ALCOVE_ALONE", "1");

/// The environment, with the models of the test data.
inline QProcessEnvironment withModels() {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("ALCOVE_MODELS", testData("models"));
    return environment;
}

/// `folder` is where it works. A variable that is QString() is taken out of the environment.
inline Run run(const QStringList& arguments, const QByteArray& input = {},
               const QMap<QString, QString>& variables = {}, const QString& folder = {}) {
    QProcess process;
    QProcessEnvironment environment = withModels();
    for (auto i = variables.begin(); i != variables.end(); ++i)
        i.value().isNull() ? environment.remove(i.key()) : environment.insert(i.key(), i.value());
    process.setProcessEnvironment(environment);
    if (!folder.isEmpty()) process.setWorkingDirectory(folder);
    const bool shell = arguments.value(0) == kShell;
    process.start(shell ? kShell : ALCOVE_CLI, shell ? arguments.mid(1) : arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(300000) || process.exitStatus() != QProcess::NormalExit) return {};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

inline nlohmann::json parsed(const QByteArray& text) {
    return nlohmann::json::parse(text.toStdString(), nullptr, false);
}

inline std::vector<float> floatsOf(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    const QByteArray bytes = file.readAll();
    std::vector<float> values(static_cast<size_t>(bytes.size()) / sizeof(float));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
}

inline void writeFile(const QString& path, const QByteArray& content) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
}

constexpr const char* kChatModel = "models/SmolLM2-135M-Instruct.Q4_1.gguf";

#define NEEDS(path) \
    if (!QFile::exists(testData(path))) QSKIP("ALCOVE_TEST_DATA has no " path)
#define NEEDS_CHAT_MODEL() \
    if (!QFile::exists(testData(kChatModel))) QSKIP("ALCOVE_TEST_DATA has no starter models")
