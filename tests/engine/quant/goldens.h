// Reading the golden files of tests/data/quant.
#pragma once

#include <QFile>
#include <QString>
#include <QStringList>

#include "engine/gguf/types.h"

/// The lines of a file, each split at blanks; none when it cannot be read.
inline QList<QStringList> goldens(const QString& name) {
    QFile file(QStringLiteral(ALCOVE_GOLDENS "/") + name);
    QList<QStringList> lines;
    if (file.open(QIODevice::ReadOnly))
        for (const QString& line :
             QString::fromLatin1(file.readAll()).split('\n', Qt::SkipEmptyParts))
            lines.append(line.split(' '));
    return lines;
}

inline alcove::engine::TensorType typeNamed(const QString& name) {
    return alcove::engine::typeByName(name.toStdString()).value();
}
