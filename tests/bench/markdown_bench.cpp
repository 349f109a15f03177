// What an answer costs while it streams, in the parser and on the screen (Qt's software backend).
//
//   markdown_bench                     parsing, streaming and scrolling, in milliseconds
//   markdown_bench --picture OUT.png [--dark] [--scale 2] [--file ANSWER.md]
#include <QElapsedTimer>
#include <QFile>
#include <QGuiApplication>
#include <QQmlComponent>
#include <QQmlEngine>
#include <QQmlError>
#include <QQuickItem>
#include <QQuickRenderControl>
#include <QQuickRenderTarget>
#include <QQuickWindow>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "ui/markdown/highlighter.h"
#include "ui/markdown/markdown_document.h"
#include "ui/markdown/markdown_model.h"

using namespace alcove::ui;

namespace {

QString answer(int index, qsizetype size) {
    QString text;
    for (int i = 0; text.size() < size; ++i) {
        text += QStringLiteral(
                    "## Part %1 of %2\n\nThe tenant may end the lease early with **three months' "
                    "notice** [1], given in writing and at the *earliest* after `twelve` months "
                    "[2]. A shorter period needs agreement.\n\n- one item with some words\n- "
                    "another [link](https://example.org)\n  1. nested\n\n| Lease | Notice |\n|---|"
                    "--:|\n| Elm Street 4 | 3 months |\n| Harbour Row 12 | 2 months |\n\n```cpp\n"
                    "// adds\nint add(int a, int b) { return a + b; }\nauto s = \"text\";\n```\n\n")
                    .arg(i)
                    .arg(index);
    }
    return text.first(size);
}

struct Times {
    std::vector<double> values;
    void add(double value) { values.push_back(value); }
    double at(double part) {
        std::sort(values.begin(), values.end());
        return values[size_t(double(values.size() - 1) * part)];
    }
    void print(const char* what, const char* unit) {
        std::printf("%-52s median %8.3f  p99 %8.3f  most %8.3f %s\n", what, at(0.5), at(0.99),
                    at(1), unit);
    }
};

double milliseconds(const QElapsedTimer& clock) { return double(clock.nsecsElapsed()) / 1e6; }

void measureParser() {
    const QString text = answer(0, 20'000);
    Times whole;
    for (int i = 0; i < 50; ++i) {
        QElapsedTimer clock;
        clock.start();
        const Blocks blocks = parseMarkdown(text, {.citations = 3});
        whole.add(milliseconds(clock));
        if (blocks.empty()) std::abort();
    }
    whole.print("20,000 characters, whole", "ms");
    Times tokens;
    MarkdownDocument document;
    for (qsizetype size = 4; size <= text.size(); size += 4) {
        const QString prefix = text.first(size);
        QElapsedTimer clock;
        clock.start();
        document.setText(prefix, {.citations = 3, .unfinished = true});
        tokens.add(milliseconds(clock) * 1000);
    }
    tokens.print("a token appended, up to 20,000 characters", "us");
    const QString paragraph = QStringLiteral("word **bold** and `code` [1] ").repeated(690);
    Times one;
    MarkdownDocument single;
    for (qsizetype size = paragraph.size() - 400; size <= paragraph.size(); size += 4) {
        const QString prefix = paragraph.first(size);
        QElapsedTimer clock;
        clock.start();
        single.setText(prefix, {.citations = 3, .unfinished = true});
        one.add(milliseconds(clock) * 1000);
    }
    one.print("the same in one paragraph of 20,000 characters", "us");
}

void measureHighlighter() {
    const QString line =
        QStringLiteral("    auto value = call(\"text\", 42, std::vector<int>{});  // why");
    const Highlighter highlighter(u"cpp");
    Times times;
    std::vector<Token> tokens;
    for (int i = 0; i < 50; ++i) {
        QElapsedTimer clock;
        clock.start();
        LineState state;
        for (int n = 0; n < 1000; ++n) {
            tokens.clear();
            state = highlighter.highlight(line, state, tokens);
        }
        times.add(milliseconds(clock));
    }
    times.print("1,000 lines of C++ coloured", "ms");
}

/// A window that renders into memory, frame by frame, when it is told.
class Stage {
public:
    Stage(QSize size, qreal scale, const QByteArray& source, const QVariantMap& properties)
        : m_window(&m_control), m_image(size * scale, QImage::Format_ARGB32_Premultiplied) {
        m_image.setDevicePixelRatio(scale);
        auto target = QQuickRenderTarget::fromPaintDevice(&m_image);
        target.setDevicePixelRatio(scale);
        m_window.setRenderTarget(target);
        m_window.setGeometry(0, 0, size.width(), size.height());
        m_engine.setIncubationController(m_window.incubationController());
        m_engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
        QQmlComponent component(&m_engine);
        component.setData(source, QUrl(QStringLiteral("qrc:/qt/qml/Alcove/stage.qml")));
        if (!component.isReady()) {
            for (const QQmlError& error : component.errors())
                std::fprintf(stderr, "%s\n", qPrintable(error.toString()));
            std::exit(1);
        }
        m_root.reset(qobject_cast<QQuickItem*>(component.createWithInitialProperties(properties)));
        if (!m_root) {
            std::fprintf(stderr, "%s\n", qPrintable(component.errorString()));
            std::exit(1);
        }
        m_root->setParentItem(m_window.contentItem());
        m_root->setSize(size);
        m_window.contentItem()->setSize(size);
    }

    double frame() {
        QElapsedTimer clock;
        clock.start();
        QCoreApplication::processEvents();  // what is made in pieces, as in a window
        m_control.polishItems();
        m_control.beginFrame();
        m_control.sync();
        m_control.render();
        m_control.endFrame();
        return milliseconds(clock);
    }
    QQuickItem* root() const { return m_root.get(); }
    const QImage& image() const { return m_image; }

private:
    QQuickRenderControl m_control;
    QQuickWindow m_window;
    QImage m_image;
    QQmlEngine m_engine;
    std::unique_ptr<QQuickItem> m_root;
};

constexpr char kConversation[] = R"(
import QtQuick
import Alcove.Controls
import Alcove.Markdown
Rectangle {
    id: page
    required property var models
    property alias list: list
    color: Theme.background
    ListView {
        id: list
        anchors.fill: parent
        model: page.models
        spacing: 24
        cacheBuffer: 400
        delegate: MarkdownView {
            required property var modelData
            width: ListView.view.width
            content: modelData
        }
    }
})";

void measureWindow() {
    std::vector<std::unique_ptr<MarkdownModel>> models;
    QVariantList list;
    for (int i = 0; i < 2000; ++i) {
        models.push_back(std::make_unique<MarkdownModel>());
        models.back()->setCitations(3);
        models.back()->setText(answer(i, 400 + i * 37 % 2400));
        list.push_back(QVariant::fromValue(static_cast<QObject*>(models.back().get())));
    }
    Stage stage({720, 800}, 1, kConversation, {{"models", list}});
    std::printf("%-52s %8.3f ms\n", "2,000 messages: the first frame", stage.frame());
    auto* view = stage.root()->property("list").value<QQuickItem*>();
    Times scrolling;
    for (int i = 0; i < 600; ++i) {
        QElapsedTimer clock;
        clock.start();
        view->setProperty("contentY", view->property("contentY").toReal() + 60);
        stage.frame();
        scrolling.add(milliseconds(clock));
    }
    scrolling.print("2,000 messages: a frame that scrolls by 60", "ms");
    QMetaObject::invokeMethod(view, "positionViewAtEnd");
    for (int i = 0; i < 5; ++i) stage.frame();
    MarkdownModel& last = *models.back();
    last.setStreaming(true);
    const QString text = answer(7, 6000);
    Times streaming;
    for (qsizetype size = 4; size <= text.size(); size += 4) {
        QElapsedTimer clock;
        clock.start();
        last.setText(text.first(size));
        QMetaObject::invokeMethod(view, "positionViewAtEnd");
        stage.frame();
        streaming.add(milliseconds(clock));
    }
    streaming.print("2,000 messages: a frame with a new token", "ms");
}

constexpr char kPage[] = R"(
import QtQuick
import Alcove.Controls
import Alcove.Markdown
Rectangle {
    id: page
    required property var content
    required property bool dark
    color: Theme.background
    Component.onCompleted: Theme.dark = dark
    implicitHeight: view.implicitHeight + 48
    MarkdownView {
        id: view
        x: 24; y: 24
        width: page.width - 48
        content: page.content
        openCitation: 1
    }
})";

int takePicture(const QString& out, const QString& file, bool dark, qreal scale, int width) {
    QFile source(file);
    if (!source.open(QIODevice::ReadOnly)) {
        std::fprintf(stderr, "%s cannot be read: %s\n", qPrintable(file),
                     qPrintable(source.errorString()));
        return 1;
    }
    MarkdownModel model;
    model.setCitations(9);
    const QString text = QString::fromUtf8(source.readAll());
    model.setText(text);
    const auto from = int(text.indexOf(QStringLiteral("Interest on")));
    if (from >= 0) model.setUnsupported({from, from + 50});
    Stage probe({width, 100}, 1, kPage, {{"content", QVariant::fromValue(&model)}, {"dark", dark}});
    probe.frame();
    const int height = int(probe.root()->implicitHeight());
    Stage stage({width, height}, scale, kPage,
                {{"content", QVariant::fromValue(&model)}, {"dark", dark}});
    stage.frame();
    stage.frame();
    return stage.image().save(out) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    qputenv("QT_QUICK_BACKEND", "software");
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    QGuiApplication application(argc, argv);
    const QStringList arguments = QGuiApplication::arguments();
    const auto value = [&arguments](const QString& name, const QString& otherwise) {
        const qsizetype at = arguments.indexOf(name);
        return at > 0 && at + 1 < arguments.size() ? arguments[at + 1] : otherwise;
    };
    const QString picture = value("--picture", {});
    if (!picture.isEmpty())
        return takePicture(picture, value("--file", {}), arguments.contains("--dark"),
                           value("--scale", "1").toDouble(), value("--width", "680").toInt());
    measureParser();
    measureHighlighter();
    measureWindow();
    return 0;
}
