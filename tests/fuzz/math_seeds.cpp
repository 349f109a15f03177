// The formulas of the tests as first inputs of math_fuzz.
#include <QFile>
#include <QString>

#include "tests/ui/math/formulas.h"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    int number = 0;
    for (const char16_t* formula : kFormulas) {
        QFile file(QStringLiteral("%1/formula%2").arg(QFile::decodeName(argv[1])).arg(number++));
        if (!file.open(QIODevice::WriteOnly)) return 1;
        file.write("1" + QString::fromUtf16(formula).toUtf8());
    }
    return 0;
}
