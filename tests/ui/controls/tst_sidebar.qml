import QtQuick
import QtTest
import Alcove.Controls

Item {
    id: page
    width: 300
    height: 400

    Column {
        SidebarItem { id: row; icon.name: "folder"; text: "Case files"; count: 1204 }
        SidebarItem { id: other; text: "Manuals"; note: "Ctrl K" }
    }
    SignalSpy { id: renamed; target: row; signalName: "renamed" }
    SignalSpy { id: cancelled; target: row; signalName: "renameCancelled" }
    SignalSpy { id: menu; target: row; signalName: "menuRequested" }

    TestCase {
        name: "Sidebar"
        when: windowShown

        function cleanup(): void {
            row.editing = false;
            row.progress = -1;
            for (const spy of [renamed, cancelled, menu])
                spy.clear();
        }
        function edit(text: string): void {
            row.editing = true;
            tryVerify(() => findChild(row, "nameField") !== null);
            for (const letter of text)
                keyClick(letter);
        }

        function test_aCountHasMarksOfThousands(): void {
            compare(row.ending, Number(1204).toLocaleString(Qt.locale(), "f", 0));
            compare(other.ending, "Ctrl K");
        }
        function test_enterTakesANewName(): void {
            edit("Cases");
            keyClick(Qt.Key_Return);
            compare(renamed.count, 1);
            compare(renamed.signalArguments[0][0], "Cases");
        }
        function test_escapeLeavesTheName(): void {
            edit("Cases");
            keyClick(Qt.Key_Escape);
            compare(renamed.count, 0);
            compare(cancelled.count, 1);
        }
        function test_leavingTakesTheName(): void {
            edit("Cases");
            other.forceActiveFocus();
            compare(renamed.count, 1);
        }
        function test_anEmptyNameIsNone(): void {
            edit(" ");
            keyClick(Qt.Key_Return);
            compare(renamed.count, 0);
            compare(cancelled.count, 1);
        }
        function test_menu(): void {
            row.forceActiveFocus(Qt.TabFocusReason);
            keyClick(Qt.Key_Menu);
            keyClick(Qt.Key_F10, Qt.ShiftModifier);
            mouseClick(row, 20, 20, Qt.RightButton);
            compare(menu.count, 3);
            keyClick(Qt.Key_F10);
            compare(menu.count, 3);
        }
        function test_progressNeedsALine(): void {
            const before = row.implicitHeight;
            row.progress = 0;
            verify(row.implicitHeight > before);
        }
    }
}
