// How the user wants the window: kept in the settings, beside what the other parts keep there.
#pragma once

#include <QObject>
#include <QQmlEngine>
#include <QRect>
#include <QString>
#include <nlohmann/json.hpp>

#include "app/settings/settings_file.h"
#include "ui/chat/background.h"

namespace alcove::ui {

class Preferences : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the window has one")
    Q_PROPERTY(Appearance appearance READ appearance WRITE setAppearance NOTIFY changed)
    /// What `appearance` comes to, the system's look included.
    Q_PROPERTY(bool dark READ dark NOTIFY changed)
    Q_PROPERTY(qreal textScale READ textScale WRITE setTextScale NOTIFY changed)
    Q_PROPERTY(bool highContrast READ highContrast WRITE setHighContrast NOTIFY changed)
    Q_PROPERTY(bool reduceMotion READ reduceMotion WRITE setReduceMotion NOTIFY changed)
    Q_PROPERTY(QString model READ model WRITE setModel NOTIFY changed)
    Q_PROPERTY(int width READ width CONSTANT)
    Q_PROPERTY(int height READ height CONSTANT)
    /// Why what was changed is not kept; empty: it is.
    Q_PROPERTY(QString problem READ problem NOTIFY problemChanged)

public:
    enum class Appearance { System, Light, Dark };
    Q_ENUM(Appearance)

    static constexpr qreal kLeastScale = 0.8, kMostScale = 2.0;

    /// Read at once: the first frame is to look as it will. `background` ends before it does.
    Preferences(app::SettingsFile file, Background& background);

    [[nodiscard]] Appearance appearance() const { return m_appearance; }
    void setAppearance(Appearance appearance);
    [[nodiscard]] bool dark() const;
    [[nodiscard]] qreal textScale() const { return m_textScale; }
    void setTextScale(qreal scale);
    [[nodiscard]] bool highContrast() const { return m_highContrast; }
    void setHighContrast(bool on);
    [[nodiscard]] bool reduceMotion() const { return m_reduceMotion; }
    void setReduceMotion(bool on);
    [[nodiscard]] QString model() const { return m_model; }
    void setModel(const QString& model);
    [[nodiscard]] int width() const { return m_width; }
    [[nodiscard]] int height() const { return m_height; }
    [[nodiscard]] QString problem() const { return m_problem; }

    /// The size to open with the next time.
    Q_INVOKABLE void keepSize(int width, int height);
    /// Larger or smaller text by a step; 0: as it was made.
    Q_INVOKABLE void stepTextScale(int steps);

    /// The system's look has changed.
    bool eventFilter(QObject* watched, QEvent* event) override;

signals:
    void changed();
    void problemChanged();

private:
    void read(const nlohmann::ordered_json& settings);
    void keep();

    app::SettingsFile m_file;
    Background& m_background;
    Appearance m_appearance = Appearance::System;
    qreal m_textScale = 1;
    bool m_highContrast = false, m_reduceMotion = false;
    QString m_model, m_problem;
    int m_width = 1280, m_height = 800;
};

}  // namespace alcove::ui
