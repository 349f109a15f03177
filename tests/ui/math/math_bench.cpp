// How long formulas take: the first, which reads the font, and then each to be laid out and
// painted.
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <vector>

#include "tests/ui/math/formulas.h"
#include "ui/math/math.h"

int main(int argc, char** argv) {
    QGuiApplication application(argc, argv);
    QElapsedTimer clock;
    clock.start();
    if (!alcove::ui::layoutMath(u"x", false, 15, Qt::black)) return 1;
    std::printf("first formula: %.2f ms\n", static_cast<double>(clock.nsecsElapsed()) / 1e6);
    for (const char16_t* formula : kFormulas) alcove::ui::layoutMath(formula, true, 15, Qt::black);
    QImage image(800, 400, QImage::Format_ARGB32_Premultiplied);
    QPainter painter(&image);
    std::vector<double> laying, painting;
    for (const char16_t* formula : kFormulas) {
        double best = 1e9, bestPaint = 1e9;
        for (int round = 0; round < 5; ++round) {
            clock.start();
            const auto picture = alcove::ui::layoutMath(formula, true, 15, Qt::black);
            best = std::min(best, static_cast<double>(clock.nsecsElapsed()) / 1e6);
            clock.start();
            if (picture) picture->paint(painter, QPointF(5, 5));
            bestPaint = std::min(bestPaint, static_cast<double>(clock.nsecsElapsed()) / 1e6);
        }
        laying.push_back(best);
        painting.push_back(bestPaint);
    }
    for (auto* times : {&laying, &painting}) {
        std::sort(times->begin(), times->end());
        std::printf("%s: median %.3f ms, longest %.3f ms\n",
                    times == &laying ? "laying out" : "painting", (*times)[times->size() / 2],
                    times->back());
    }
    return 0;
}
