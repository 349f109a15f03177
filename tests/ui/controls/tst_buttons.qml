import QtQuick
import QtTest
import Alcove.Controls

Item {
    id: page
    width: 600
    height: 500

    Column {
        id: column
        PrimaryButton { text: "Download" }
        OutlineButton { text: "In use" }
        PlainButton { text: "Copy" }
        CardButton { icon.name: "new"; text: "New chat"; note: "Ctrl N" }
        SuggestionCard { text: "Rewrite a letter"; detail: "Paste it" }
        IconButton { icon.name: "copy"; text: "Copy" }
        RoundButton {}
        Pill { id: pill; icon.name: "folder"; text: "Manuals"; closable: true }
        SidebarItem { text: "Lease" }
        TableRow { width: 200; text: "Offer" }
    }
    SignalSpy { id: clicked; signalName: "clicked" }
    SignalSpy { id: closed; target: pill; signalName: "closeRequested" }

    TestCase {
        name: "Buttons"
        when: windowShown

        function frame(control: Item): Item {
            return findChild(control, "focusFrame");
        }
        function cleanup(): void {
            Theme.textScale = 1;
            closed.clear();
            page.forceActiveFocus();
        }

        function test_keys(): void {
            for (let i = 0; i < column.children.length; ++i) {
                const button = column.children[i];
                clicked.target = button;
                clicked.clear();
                button.forceActiveFocus(Qt.TabFocusReason);
                keyClick(Qt.Key_Space);
                keyClick(Qt.Key_Return);
                keyClick(Qt.Key_Enter);
                compare(clicked.count, 3, button.text);
            }
        }
        function test_mouse(): void {
            for (let i = 0; i < column.children.length; ++i) {
                const button = column.children[i];
                clicked.target = button;
                clicked.clear();
                mouseClick(button, 10, button.height / 2);
                compare(clicked.count, 1, button.text);
                button.enabled = false;
                mouseClick(button, 10, button.height / 2);
                compare(clicked.count, 1, button.text);
                button.enabled = true;
            }
        }
        function test_theFocusIsSeenWithTheKeyboardAlone(): void {
            for (let i = 0; i < column.children.length; ++i) {
                const button = column.children[i];
                verify(frame(button), button.text);
                button.forceActiveFocus(Qt.TabFocusReason);
                verify(frame(button).visible, button.text);
                page.forceActiveFocus();
                verify(!frame(button).visible, button.text);
                button.forceActiveFocus(Qt.MouseFocusReason);
                verify(!frame(button).visible, button.text);
            }
        }
        function test_tabGoesThroughAll(): void {
            column.children[0].forceActiveFocus(Qt.TabFocusReason);
            for (let i = 0; i < column.children.length; ++i) {
                const button = column.children[i];
                verify(button.activeFocus, button.text);
                keyClick(Qt.Key_Tab);
            }
        }
        function test_largeEnoughToHit(): void {
            const heights = [];
            for (let i = 0; i < column.children.length; ++i) {
                const button = column.children[i];
                heights.push(button.implicitHeight);
                verify(button.width >= 28 && button.height >= 28, button.text + " " + button.height);
            }
            Theme.textScale = 2;
            for (let k = 0; k < heights.length; ++k)
                tryVerify(() => column.children[k].implicitHeight > 1.4 * heights[k]);
        }
        function test_aChipIsRemoved(): void {
            pill.forceActiveFocus(Qt.TabFocusReason);
            keyClick(Qt.Key_Delete);
            keyClick(Qt.Key_Backspace);
            compare(closed.count, 2);
            clicked.target = pill;
            clicked.clear();
            mouseClick(pill, pill.width - 16, pill.height / 2);
            compare(closed.count, 3);
            compare(clicked.count, 0);
        }
        function test_aTipShowsUnderThePointer(): void {
            const button = column.children[5];
            compare(button.tip, "Copy");
            mouseMove(button, 10, 10);
            tryVerify(() => findChild(button, "tip") !== null && findChild(button, "tip").visible);
            mouseMove(page, page.width - 1, page.height - 1);
            tryVerify(() => findChild(button, "tip") === null);
        }
    }
}
