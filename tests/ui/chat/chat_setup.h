// A chat on a store of its own, with scripted answers.
#pragma once

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>
#include <chrono>
#include <memory>

#include "app/assistant/script_partner.h"
#include "app/conversations/conversation_store.h"
#include "ui/chat/background.h"
#include "ui/chat/chat.h"
#include "ui/chat/chat_list.h"
#include "ui/chat/chat_search.h"
#include "ui/chat/model_choices.h"

constexpr int kPatience = 600'000;  // ms until what must come counts as missing

struct ChatSetup {
    explicit ChatSetup(std::chrono::microseconds perToken = {})
        : partner(alcove::app::ScriptOptions{perToken}) {
        auto opened = alcove::app::ConversationStore::open(file());
        if (!opened) qFatal("%s", opened.message().c_str());
        store = std::move(*opened);
        background = std::make_unique<alcove::ui::Background>();
        models = std::make_unique<alcove::ui::ModelChoices>(partner);
        chat = std::make_unique<alcove::ui::Chat>(partner, *store, *background, *models);
        ready();
    }
    /// The models are known, and nothing is at work.
    void ready() {
        QVERIFY(QTest::qWaitFor([this] { return models->count() > 0; }, kPatience));
        settle();
    }
    ~ChatSetup() { background->end(); }

    [[nodiscard]] std::filesystem::path file() const {
        return std::filesystem::path(folder.path().toStdString()) / "conversations.db";
    }
    /// Asks and waits until the answer has ended.
    void ask(const QString& text) {
        chat->setDraft(text);
        chat->ask();
        waitUntilIdle();
    }
    void waitUntilIdle() {
        QVERIFY(QTest::qWaitFor([this] { return !chat->busy(); }, kPatience));
    }
    /// What the background was asked for so far is done, and told.
    void settle() {
        bool done = false;
        background->run(chat.get(), [] { return 0; }, [&](int) { done = true; });
        QVERIFY(QTest::qWaitFor([&] { return done; }, kPatience));
    }
    [[nodiscard]] QVariant at(int row, int role) const {
        if (row >= chat->messages()->count()) return {};
        auto* messages = chat->messages();
        return messages->data(messages->index(row), role);
    }
    [[nodiscard]] QString text(int row) const {
        return at(row, alcove::ui::MessageModel::TextRole).toString();
    }

    QTemporaryDir folder;
    alcove::app::ScriptPartner partner;
    std::unique_ptr<alcove::app::ConversationStore> store;
    std::unique_ptr<alcove::ui::Background> background;
    std::unique_ptr<alcove::ui::ModelChoices> models;
    std::unique_ptr<alcove::ui::Chat> chat;
};
