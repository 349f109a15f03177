// What the keyboard does anywhere in the window.
pragma ComponentBehavior: Bound
import QtQuick
import Alcove.Shell

Item {
    id: root

    required property Context context
    signal newChat
    signal search
    signal settings
    signal sidebar
    signal quit

    Shortcut {
        sequences: ["Ctrl+N"]
        onActivated: root.newChat()
    }
    Shortcut {
        sequences: ["Ctrl+K", "Ctrl+F"]
        onActivated: root.search()
    }
    Shortcut {
        sequences: ["Ctrl+,"]
        onActivated: root.settings()
    }
    Shortcut {
        sequences: ["Ctrl+B"]
        onActivated: root.sidebar()
    }
    Shortcut {
        sequences: ["Escape"]
        enabled: root.context.chat.busy
        onActivated: root.context.chat.stop()
    }
    Shortcut {
        sequences: ["Ctrl++", "Ctrl+="]
        onActivated: root.context.preferences.stepTextScale(1)
    }
    Shortcut {
        sequences: ["Ctrl+-"]
        onActivated: root.context.preferences.stepTextScale(-1)
    }
    Shortcut {
        sequences: ["Ctrl+0"]
        onActivated: root.context.preferences.stepTextScale(0)
    }
    Shortcut {
        sequences: ["Ctrl+Q"]
        onActivated: root.quit()
    }
}
