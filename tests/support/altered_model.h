// Copies of model files with something changed: cut into parts, or broken on purpose.
#pragma once

#include <QString>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/gguf/reader.h"
#include "engine/gguf/writer.h"

struct Alterations {
    /// True: the key is left out, and what takes its place has been written.
    std::function<bool(std::string_view key, alcove::engine::GgufWriter& writer)> metadata = {};
    std::function<void(std::string_view tensor, std::vector<std::byte>& data)> data = {};
};

inline void addTensor(alcove::engine::GgufWriter& writer, const alcove::engine::TensorInfo& tensor,
                      const Alterations& alterations) {
    using namespace alcove;
    writer.addTensor(std::string(tensor.name), tensor.type,
                     {tensor.shape.begin(), tensor.shape.begin() + tensor.rank},
                     [&tensor, alter = alterations.data]() -> Result<std::vector<std::byte>> {
                         std::vector data(tensor.data.begin(), tensor.data.end());
                         if (alter) alter(tensor.name, data);
                         return data;
                     });
}

inline bool copyModel(const QString& from, const QString& to, const Alterations& alterations) {
    using namespace alcove::engine;
    const auto file = GgufFile::open(from.toStdString());
    if (!file) return false;
    GgufWriter writer;
    for (const auto& [key, value] : file->metadata())
        if (!alterations.metadata || !alterations.metadata(key, writer))
            writer.addValue(key, value);
    for (const TensorInfo& tensor : file->tensors()) addTensor(writer, tensor, alterations);
    return writer.write(to.toStdString()).ok();
}

/// The file cut into three parts "PREFIX-0000N-of-00003.gguf", whose names come back; none: failed.
inline QStringList splitModel(const QString& from, const QString& prefix) {
    using namespace alcove::engine;
    constexpr uint32_t kParts = 3;
    const auto file = GgufFile::open(from.toStdString());
    QStringList names;
    for (uint32_t part = 0; file && part < kParts; ++part) {
        GgufWriter writer;
        writer.addU32("split.no", part);
        writer.addU32("split.count", kParts);
        writer.addU32("split.tensors.count", static_cast<uint32_t>(file->tensors().size()));
        if (part == 0)
            for (const auto& [key, value] : file->metadata()) writer.addValue(key, value);
        for (size_t i = part; i < file->tensors().size(); i += kParts)
            addTensor(writer, file->tensors()[i], {});
        names += QString("%1-0000%2-of-00003.gguf").arg(prefix).arg(part + 1);
        if (!writer.write(names.last().toStdString())) return {};
    }
    return names;
}
