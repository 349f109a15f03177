import QtQuick
import QtTest
import Alcove.Controls

Item {
    id: page
    width: 400
    height: 400

    MenuPanel {
        id: menu
        MenuEntry { id: first; icon.name: "edit"; text: "Rename"; shortcutText: "F2" }
        MenuEntry { id: pinned; text: "Pinned"; checkable: true }
        MenuDivider {}
        MenuEntry { id: last; text: "Delete the conversation for ever"; grave: true }
    }
    Popover {
        id: popover
        width: 100
        height: 100
    }
    SignalSpy { id: triggered; signalName: "triggered" }

    TestCase {
        name: "Menu"
        when: windowShown

        function init(): void {
            menu.popup(10, 10);
            tryCompare(menu, "opened", true);
            triggered.clear();
        }
        function cleanup(): void {
            menu.close();
            tryCompare(menu, "visible", false);
        }

        function test_keys(): void {
            triggered.target = last;
            keyClick(Qt.Key_Down);
            verify(first.highlighted);
            keyClick(Qt.Key_Down);
            keyClick(Qt.Key_Down);
            verify(last.highlighted);
            keyClick(Qt.Key_Return);
            compare(triggered.count, 1);
            tryCompare(menu, "visible", false);
        }
        function test_spaceTicks(): void {
            triggered.target = pinned;
            keyClick(Qt.Key_Down);
            keyClick(Qt.Key_Down);
            const before = pinned.checked;
            keyClick(Qt.Key_Space);
            compare(pinned.checked, !before);
            compare(triggered.count, 1);
        }
        function test_enterTicks(): void {
            const before = pinned.checked;
            keyClick(Qt.Key_Down);
            keyClick(Qt.Key_Down);
            keyClick(Qt.Key_Enter);
            compare(pinned.checked, !before);
        }
        function test_escapeCloses(): void {
            triggered.target = first;
            keyClick(Qt.Key_Escape);
            tryCompare(menu, "visible", false);
            compare(triggered.count, 0);
        }
        function test_asWideAsItsWords(): void {
            verify(menu.width >= last.implicitWidth);
            verify(first.height >= 28);
        }
        function test_aPopoverClosesWithEscape(): void {
            menu.close();
            popover.open();
            tryCompare(popover, "opened", true);
            keyClick(Qt.Key_Escape);
            tryCompare(popover, "visible", false);
        }
    }
}
